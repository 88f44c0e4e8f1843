"""The public preview of a Telegram channel, https://t.me/s/<channel>, to entries.

Each post is cut out of the page and read alone.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml import etree

from monitor.collect.charset import to_utf8
from monitor.collect.entries import oldest_first
from monitor.collect.plaintext import element_text, fragment, one_line
from monitor.collect.post import Post, withheld
from monitor.collect.post import read as read_post
from monitor.collect.served import Served
from monitor.errors import Cause, PageError, Trouble
from monitor.model import Page

_POST = re.compile(rb"<div\s[^<>]*?class=[\"']tgme_widget_message_wrap[\s\"']")
_DIV = re.compile(rb"<(/?)div(?=[\s/>])", re.IGNORECASE)
_CHANNEL = re.compile(rb"class=[\"']tgme_channel_(?:history|info)")
_LANDING = re.compile(rb"class=[\"']tgme_page[\s_\"']")
_CHANNEL_PATH = re.compile(r"/s/[^/]+")
_NUMBER = re.compile(r"[0-9]{1,18}")
_HEAD = 200_000  # bytes of a page without posts in which we look for what it is
_MOST = 5_000  # posts of one page; Telegram shows twenty

_ELSEWHERE = (
    "read it from a country where it is shown (`via: proxy:NAME`), or name another source for it"
)
_ANOTHER = "name another source for it: its site, or a feed"


def read(served: Served) -> Page:
    """Return the posts on a preview page whose fingerprints are not known, oldest first.

    `older` is the address of the posts before them, as long as it leads further back. Raises
    PageError where there is no preview, and where Telegram withholds everything on it.
    """
    text = to_utf8(served.body, served.content_type)
    raws = list(_raw_posts(text))
    found = [read_post(raw, served) for raw in raws[-_MOST:]]
    posts = [post for post in found if post is not None]
    kept = [post.withheld for post in posts if post.entry is not None]
    if kept and all(kept):
        raise _withheld(served.url, kept[0] or "")
    if not posts:
        _refuse(text, served.url, wrapped=bool(raws))
    entries = [post.entry for post in posts if post.entry is not None]
    trouble = _trouble(text, shown=len(raws), found=len(found), read=len(posts))
    return Page(
        # The page runs downwards in time, feeds run upwards.
        entries=oldest_first(
            entry for entry in reversed(entries) if entry.fingerprint not in served.known
        ),
        fingerprints=tuple(entry.fingerprint for entry in entries),
        problem=trouble.text if trouble else None,
        cause=trouble.cause if trouble else None,
        older=_older(served.url, posts),
    )


def _raw_posts(text: bytes) -> Iterator[bytes]:
    """Yield the bytes of each post, to its own end tag or to where the next one begins."""
    starts = [found.start() for found in _POST.finditer(text)]
    for start, limit in zip(starts, [*starts, len(text)][1:], strict=True):
        raw = text[start : _end(text, start, limit)]
        # What says that there are no posts is wrapped like one.
        if b"data-post" in raw or b"tme_no_messages_found" not in raw:
            yield raw


def _end(text: bytes, start: int, limit: int) -> int:
    depth = 0
    for tag in _DIV.finditer(text, start, limit):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return text.find(b">", tag.start(), limit) + 1 or limit
    return limit


def _trouble(text: bytes, *, shown: int, found: int, read: int) -> Trouble | None:
    """Return why a page was not read whole."""
    if read < found:
        cause = Cause.INCOMPLETE if read else Cause.LAYOUT
        return Trouble(cause=cause, text=f"{found - read} of {found} posts cannot be read")
    if found < shown:
        said = f"it shows {shown} posts; only the last {found} are read"
        return Trouble(cause=Cause.TOO_LARGE, text=said)
    if shown:
        return None
    if b"data-post=" in text:
        said = "it shows posts in a way that we do not know"
        return Trouble(cause=Cause.LAYOUT, text=said)
    return Trouble(cause=Cause.EMPTY, text="the preview shows no posts")


def _older(url: str, posts: list[Post]) -> str | None:
    """Return the address of what came before these posts; never one that leads back to them."""
    lowest = min((post.number for post in posts), default=1)
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    asked = query.get("before", "")
    if lowest <= 1 or (_NUMBER.fullmatch(asked) and lowest >= int(asked)):
        return None
    query.pop("after", None)
    query["before"] = str(lowest)
    channel = _CHANNEL_PATH.match(parts.path)  # without the number of a post
    path = channel[0] if channel else parts.path
    return parts._replace(path=path, query=urlencode(query), fragment="").geturl()


def _refuse(text: bytes, url: str, *, wrapped: bool) -> None:
    """Raise PageError where a page without readable posts is no preview of a channel."""
    if not text:
        raise PageError("the body is empty", Cause.EMPTY)
    root = fragment(text[:_HEAD].decode(errors="replace"))
    notice = next(filter(None, map(withheld, element_text(root).splitlines())), None)
    if notice:
        raise _withheld(url, notice)
    if wrapped or _CHANNEL.search(text):
        return
    title = _title(root)
    if not _LANDING.search(text):
        said = f": a page titled “{title}”" if title else ", and no post in it"
        raise PageError(f"not a Telegram preview{said}", Cause.NOT_A_FEED)
    raise _landing(root, f"{url} (“{title}”)" if title else url)


def _withheld(url: str, notice: str) -> PageError:
    return PageError(f"{url} is withheld: Telegram says “{notice}”; {_ELSEWHERE}", Cause.WITHHELD)


def _landing(root: etree._Element, what: str) -> PageError:
    """Return what is behind a name of which Telegram shows a card, and no posts."""
    count, about, button = (
        _text(root, f"tgme_page_{part}").lower() for part in ("extra", "description", "action")
    )
    hidden = any(
        meta.get("name") == "robots" and "noindex" in (meta.get("content") or "")
        for meta in root.iter("meta")
    )
    if hidden and "view posts" in about:
        kept = f"{what} is withheld: Telegram shows neither its posts nor its name; {_ELSEWHERE}"
        return PageError(kept, Cause.WITHHELD)
    if "subscriber" in count:
        why = f"the channel is there, and its preview is switched off; {_ANOTHER}"
    elif "member" in count:
        why = "it is a group, and only channels have one"
    elif "start bot" in button or "monthly user" in count:
        why = "it is a bot, and only channels have one"
    elif hidden and "contact" in about:
        why = "nobody has this name any more; see whether the channel has another one"
    else:
        why = (
            "the channel is private, has none, or does not exist, or the name is a person's,"
            f" a group's or a bot's; {_ANOTHER}"
        )
    return PageError(f"{what} shows no preview: {why}", Cause.NO_PREVIEW)


def _title(root: etree._Element) -> str:
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title":
            return one_line(meta.get("content") or "")
    return next((one_line(title.text or "")[:500] for title in root.iter("title")), "")


def _text(root: etree._Element, name: str) -> str:
    """Return the text of the first element of a class."""
    named = (e for e in root.iter(etree.Element) if name in (e.get("class") or "").split())
    return next((one_line(element_text(element)) for element in named), "")
