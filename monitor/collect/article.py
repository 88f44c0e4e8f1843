"""The page of one article to its text, its dates and its own address.

What somebody wrote about the page in the source's `select` counts first, then what the page says
of itself, then what it looks like.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from lxml import etree

from monitor.collect import metadata
from monitor.collect.charset import to_utf8
from monitor.collect.dates import home_zone, moment
from monitor.collect.extraction import main_text
from monitor.collect.links import absolute
from monitor.collect.metadata import Metadata
from monitor.collect.plaintext import element_text, one_line
from monitor.collect.selecting import (
    depth,
    document,
    drop,
    first_words,
    select,
    time,
    title_of,
    words,
)
from monitor.collect.served import Served
from monitor.collect.sites import same_site
from monitor.collect.walls import wall
from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Article

_SHORT = 300  # characters: more than a wall says of itself
_FAR_LONGER = 1.5  # times
_DEEPEST = 250  # levels: what looks for the text recurses, and gives up below

_MORE = re.compile(
    r"(?:читать|читайте|читати) (?:далее|далі|дальше|полностью|повністю|больше|більше)"
    r"(?: .{0,60})?|подробнее|подробности|докладніше|детальніше|дивитися повністю"
    r"|(?:read|continue) (?:more|reading)(?: .{0,60})?|полный текст|повний текст",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:материал|статья|текст)\w* доступ\w+ (?:только |лишь )?"
    r"(?:подписчикам|по подписке|для подписч)"
    r"|(?:доступно|доступен|доступна) только (?:подписчикам|по подписке|для подписч)"
    r"|оформите подписку, чтобы|чтобы (?:читать|прочитать|прочесть) (?:материал |статью |текст )?"
    r"(?:дальше|далее|полностью),? (?:оформите|купите|войдите)"
    r"|(?:матеріал|стаття|текст)\w* доступн\w+ (?:лише |тільки )?(?:передплатникам|за передплатою"
    r"|для передпл)|оформіть передплату, щоб"
    r"|(?:only )?(?:available|accessible) (?:only )?to subscribers|subscribe to (?:continue|read)"
    r"|this (?:article|content) is (?:only )?for subscribers",
    re.IGNORECASE,
)
_EDGES = " .…:>»›→-—*[]()"


def read(served: Served) -> Article:
    """Return what the page of an article says.

    `problem` says why the text is not whole: it ends in “read more”, it is for subscribers, its
    place is not where `select.body` says. `select.title` is of the list where there is an `entry`.
    Times without a zone are those of the source's country. Raises PageError for a page that keeps
    programs out, asks to log in, or has no text.
    """
    raw = to_utf8(served.body, served.content_type)
    if not raw:
        raise PageError("the body is empty", Cause.EMPTY)
    rules = served.select or Select()
    root, whole = document(raw)
    said = metadata.read(root)
    zone = home_zone(served.country)
    title = _title(root, rules, said)
    own = time(select(root, rules.published))
    published = _first([*own, *said.published], zone) or _shown(root, zone)
    keeps_out = wall(root, raw, certain=True)
    for css in rules.remove:
        drop(root, css)
    text, problems = _text(root, rules, said, whole=whole)
    if len(text) < _SHORT and keeps_out:
        raise keeps_out
    if not text:
        raise wall(root, raw) or _nothing(root)
    text = _without_title(text, title)
    return Article(
        url=_own_address(said.addresses, served.url),
        title=title,
        text=text,
        published_at=published,
        updated_at=_first(said.modified, zone),
        author=said.author or None,
        problem="; ".join([*problems, *_cut(text, root, said)]) or None,
    )


def _title(root: etree._Element, rules: Select, said: Metadata) -> str:
    chosen = "" if rules.entry else first_words(select(root, rules.title))
    headings = list(filter(None, (one_line(element_text(one)) for one in root.iter("h1"))))
    only = headings[0] if len(headings) == 1 else ""
    return chosen or said.title or only or metadata.social_title(root) or title_of(root)


def _text(
    root: etree._Element, rules: Select, said: Metadata, *, whole: bool
) -> tuple[str, list[str]]:
    """Return the text of the article, and what is wrong with it."""
    if text := words(select(root, rules.body)):
        return text, []
    problems = []
    if rules.body:
        problems.append(f"`body` ({rules.body}) finds nothing: this is what looks like the text")
    if whole and depth(root) <= _DEEPEST:
        text = main_text(root)
    else:
        text = element_text(root)
        problems.append("it is nested so deep that the text is that of the whole page")
    marked = words(select(root, '[itemprop~="articleBody"]'))
    for better in (marked, said.body):
        if len(better) > _FAR_LONGER * len(text):
            text = better
    return text, problems


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if rest and first == title else text


def _first(spelled: Iterable[str], zone: tzinfo) -> datetime | None:
    return next(filter(None, (moment(one, zone) for one in spelled)), None)


def _shown(root: etree._Element, zone: tzinfo) -> datetime | None:
    """Return the time that stands with the headline, or the only one on the page."""
    for heading in root.iter("h1"):
        for scope in heading.iterancestors("article"):
            return _first(_times(scope), zone)
    moments = {moment(spelled, zone) for spelled in _times(root)} - {None}
    return moments.pop() if len(moments) == 1 else None


def _times(root: etree._Element) -> Iterator[str]:
    for one in root.iter("time"):
        yield from time([one])[:1]


def _cut(text: str, root: etree._Element, said: Metadata) -> Iterator[str]:
    """Yield why a text is not the whole one."""
    last = text.rpartition("\n")[2]
    if _MORE.fullmatch(last.strip(_EDGES)):
        yield f"it is cut off: it ends in “{last}”"
    elif last.rstrip('»"”) ').endswith(("…", "...", "[…]", "[...]")):
        yield "it may be cut off: it ends in “…”"
    if not said.free:
        yield "it is not free to read, the page says"
    elif found := _PAYWALL.search(one_line(element_text(root))):
        yield f"it is for subscribers: “{found[0]}”"


def _own_address(said: Iterable[str], url: str) -> str:
    """Return what a page calls its address, if that is one of the same site."""
    for one in said:
        found = absolute(one, url)
        try:
            there, here = urlsplit(found), urlsplit(url)
            same = same_site(there.hostname or "", here.hostname or "")
        except ValueError:
            continue
        if found and same and (there.path.strip("/") or not here.path.strip("/")):
            return found
    return ""


def _nothing(root: etree._Element) -> PageError:
    title = title_of(root)
    called = f" titled “{title}”" if title else ""
    return PageError(f"no text is found on the page{called}", Cause.LAYOUT)
