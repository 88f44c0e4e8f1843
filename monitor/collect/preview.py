"""The public preview of a Telegram channel, https://t.me/s/<channel>, to entries.

Each post is cut out of the page and read alone. Service messages (channel created, photo changed,
message pinned) say nothing and are left out. The text of a link's preview card and of the post that
is answered belong to others, and stay in `raw` only. That a post was edited is shown without when,
so there is no `updated_at`; its fingerprint changes with its words.
"""

import hashlib
import re
from collections.abc import Iterator

from lxml import etree

from monitor.collect.charset import to_utf8
from monitor.collect.dates import moment
from monitor.collect.entries import oldest_first
from monitor.collect.plaintext import element_text, fragment, one_line
from monitor.collect.served import Served
from monitor.errors import Cause, PageError
from monitor.model import Entry, Page

_POST = re.compile(rb"<div\s[^>]*?class=[\"']tgme_widget_message_wrap[\s\"'][^>]*>")
_DIV = re.compile(rb"<(/?)div(?=[\s/>])", re.IGNORECASE)
_CHANNEL = re.compile(rb"tgme_channel_(?:history|info)")
_LANDING = re.compile(rb"class=[\"']tgme_page[\s_\"']")
_META_TITLE = re.compile(rb"<meta property=[\"']og:title[\"'] content=[\"']([^\"']*)")
_TITLE = re.compile(rb"<title[^>]*>([^<]{0,500})", re.IGNORECASE)

_OTHERS = frozenset({"tgme_widget_message_reply", "tgme_widget_message_link_preview"})
_WORDS = frozenset(
    {
        "tgme_widget_message_text",
        "tgme_widget_message_poll_question",
        "tgme_widget_message_poll_option_text",
    }
)


def read(served: Served) -> Page:
    """Return the posts on a preview page whose fingerprints are not known, oldest first.

    The fingerprint is of the words, the date and whom they are passed on from: counters of views
    and the addresses of pictures change by themselves. Raises PageError where there is no preview.
    """
    text = to_utf8(served.body, served.content_type)
    raws = list(_raw_posts(text))
    if not raws and not _CHANNEL.search(text):
        raise _instead(text, served.url)
    messages = [(raw, _message(raw)) for raw in raws]
    said = [(raw, one) for raw, one in messages if one is None or not _is_service(one)]
    posts = [_post(raw, one, served) for raw, one in said if one is not None]
    return Page(
        # The page runs downwards in time, feeds run upwards.
        entries=oldest_first(
            post for post in reversed(posts) if post.fingerprint not in served.known
        ),
        fingerprints=tuple(post.fingerprint for post in posts),
        problem=_problem(len(raws), len(said) - len(posts)),
    )


def _problem(shown: int, unreadable: int) -> str | None:
    if unreadable:
        return f"{unreadable} of {shown} posts cannot be read"
    return None if shown else "the preview shows no posts"


def _raw_posts(text: bytes) -> Iterator[bytes]:
    """Yield the bytes of each post, to its own end tag."""
    starts = [found.start() for found in _POST.finditer(text)]
    for start, limit in zip(starts, [*starts, len(text)][1:], strict=True):
        depth = 0
        end = limit
        for tag in _DIV.finditer(text, start, limit):
            depth += -1 if tag[1] else 1
            if depth == 0:
                end = text.index(b">", tag.start()) + 1
                break
        yield text[start:end]


def _message(raw: bytes) -> etree._Element | None:
    """Return the message in the bytes of a post; None where there is none that has a name."""
    root = fragment(raw.decode(errors="replace"))
    for element in _with_class(root, "tgme_widget_message"):
        if element.get("data-post") or _is_service(element):
            return element
    return None


def _is_service(message: etree._Element) -> bool:
    return "service_message" in _classes(message)


def _post(raw: bytes, message: etree._Element, served: Served) -> Entry:
    """Return what a post says."""
    name = message.get("data-post") or ""
    forwarded = _forwarded(message)
    text = "\n".join(filter(None, map(element_text, _spoken(message))))
    written = _written(message)
    said = "\0".join((name, text, forwarded or "", written))
    return Entry(
        id=name,
        source=served.source,
        url=f"https://t.me/{name}",
        title="",
        text=text,
        language=served.language,
        published_at=moment(written),
        author=_author(message),
        forwarded_from=forwarded,
        fingerprint=hashlib.sha256(said.encode()).hexdigest()[:16],
        raw=raw,
    )


def _spoken(message: etree._Element) -> Iterator[etree._Element]:
    """Yield the outermost elements that hold the words of the post itself."""
    walk = etree.iterwalk(message, events=("start",))
    for _event, element in walk:
        classes = _classes(element)
        if classes & _OTHERS:
            walk.skip_subtree()
        elif classes & _WORDS:
            yield element
            walk.skip_subtree()


def _written(message: etree._Element) -> str:
    """Return when the post was written, as it is spelled: its own time, not a video's length."""
    for link in _with_class(message, "tgme_widget_message_date"):
        for time in link.iter("time"):
            return time.get("datetime") or ""
    return ""


def _author(message: etree._Element) -> str | None:
    """Return who signed the post, or the channel's name."""
    for name in ("tgme_widget_message_from_author", "tgme_widget_message_owner_name"):
        for element in _with_class(message, name):
            return one_line(element_text(element)) or None
    return None


def _forwarded(message: etree._Element) -> str | None:
    """Return whose words these are: a name, with the @name of a public channel."""
    for element in _with_class(message, "tgme_widget_message_forwarded_from_name"):
        name = one_line(element_text(element))
        public = re.match(r"https?://t\.me/([A-Za-z]\w{3,31})(?:[/?]|$)", element.get("href") or "")
        return f"{name} (@{public[1]})" if public else name or None
    return None


def _with_class(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in root.iter(etree.Element) if name in _classes(element))


def _classes(element: etree._Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _instead(text: bytes, url: str) -> PageError:
    """Return why a page is no preview of a channel."""
    if not text:
        return PageError("the body is empty", Cause.EMPTY)
    found = _META_TITLE.search(text) or _TITLE.search(text)
    title = one_line(element_text(fragment(found[1].decode(errors="replace")))) if found else ""
    if _LANDING.search(text):
        who = f" (“{title}”)" if title else ""
        return PageError(
            f"{url} shows no preview{who}: the channel is private, has none, or does not exist,"
            " or the name is a person's, a group's or a bot's",
            Cause.NO_PREVIEW,
        )
    said = f": a page titled “{title}”" if title else ", and no post in it"
    return PageError(f"not a Telegram preview{said}", Cause.NOT_A_FEED)
