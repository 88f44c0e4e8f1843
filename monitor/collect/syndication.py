"""RSS, RDF and Atom through feedparser. No other file knows it."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import feedparser

from monitor.collect import scan
from monitor.collect.entries import Item
from monitor.collect.plaintext import lines, one_line, plain_text
from monitor.errors import PageError

# feedparser looks for addresses in authors with a regex that is quadratic in their length.
_LONGEST_AUTHOR = 1000
_AUTHOR = re.compile(
    rb"<(author|managingeditor|webmaster|(?:dc|itunes):(?:author|creator|publisher|owner))(?=[\s>])",
    re.IGNORECASE,
)
# AiF puts <link>s of other articles here, and feedparser would take the last one for the item's.
_RELATED = re.compile(rb"<(yandex:related)(?=[\s>])", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:[A-Za-z0-9_-]{1,40}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
# feedparser would take the caption of a picture for the item's content, and forgets the text of
# elements that it does not know when they have attributes.
_RENAMED = re.compile(
    rb"<(/?)(?:(yandex:full-text)|(turbo:content)|media:description|itunes:summary)(?=[\s/>])[^>]*>"
)
# Where this stands, a text that should be plain is not.
_HTML = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|img|h[1-6])(?=[\s/>])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Feed:
    """What feedparser makes of a feed."""

    items: list[Item]
    language: str | None
    recognised: bool  #: as a feed, though perhaps an empty one


def parse(body: bytes) -> Feed:
    """Return the items of a feed in UTF-8, in the order of the document."""
    body = _without(_without(body, _RELATED, 0), _AUTHOR, _LONGEST_AUTHOR)
    body = scan.mended(_RENAMED.sub(_plain_tag, body))
    try:
        result = feedparser.parse(
            # Bytes: a string would be opened as a file or an address.
            body,
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # it raises nearly anything on hostile feeds
        raise PageError(f"the feed cannot be parsed: {type(error).__name__}: {error}") from error
    language = dict.get(result.feed, "language")
    return Feed(
        items=[_item(found) for found in result.entries],
        language=language[:2].lower() if isinstance(language, str) and language else None,
        recognised=bool(dict.get(result, "version")),
    )


def _item(found: Mapping[str, Any]) -> Item:
    return Item(
        id=_text(found, "id").strip(),
        link=_link(found),
        title=_title(found),
        text=_body(found),
        published=_text(found, "published") or _text(found, "created"),
        updated=_text(found, "updated"),
        author=one_line(_text(found, "author")),
    )


def _text(found: Mapping[str, Any], name: str) -> str:
    # Past FeedParserDict, which answers with other keys and a deprecation warning.
    value = dict.get(cast("dict[str, Any]", found), name)
    return value if isinstance(value, str) else ""


def _link(found: Mapping[str, Any]) -> str:
    links: list[Mapping[str, Any]] = dict.get(cast("dict[str, Any]", found), "links") or []
    alternates = [_text(link, "href") for link in links if _text(link, "rel") in {"", "alternate"}]
    # feedparser takes any id for the link of an item that has none.
    last = _text(found, "link")
    candidates = [_text(found, "feedburner_origlink"), *alternates]
    if last != _text(found, "id"):
        candidates.append(last)
    return next((link for link in candidates if link.strip()), "")


def _title(found: Mapping[str, Any]) -> str:
    detail: Mapping[str, Any] = dict.get(cast("dict[str, Any]", found), "title_detail") or {}
    title = _text(found, "title")
    return one_line(plain_text(title) if _is_markup(detail) else title)


def _is_markup(detail: Mapping[str, Any]) -> bool:
    return _text(detail, "type") in {"text/html", "application/xhtml+xml", "html", "xhtml"}


def _body(found: Mapping[str, Any]) -> str:
    """Return the fullest text that an item offers, in plain."""
    raw = cast("dict[str, Any]", found)
    full = plain_text(_text(found, "monitor-full")) or plain_text(_text(found, "monitor-turbo"))
    if full:
        return full
    contents = [_readable(content) for content in dict.get(raw, "content") or []]
    content = max(contents, key=len, default="")
    summary = _summary(found)
    # A second description also arrives as content: what is far longer is the text.
    if content and len(summary) <= 2 * len(content):
        return content
    return summary or _caption(_text(found, "monitor-caption"))


def _caption(text: str) -> str:
    """Return what stands in a media:description: plain text with its own lines, says Media RSS."""
    return plain_text(text) if _HTML.search(text) else lines(html.unescape(text))


def _summary(found: Mapping[str, Any]) -> str:
    detail = dict.get(cast("dict[str, Any]", found), "summary_detail")
    summary = _text(found, "summary")
    if isinstance(detail, dict) and not _is_markup(detail):
        return lines(summary)
    return plain_text(summary)


def _readable(content: Mapping[str, Any]) -> str:
    kind, value = _text(content, "type"), _text(content, "value")
    if _is_markup(content):
        return plain_text(value)
    return (
        lines(value) if kind in {"", "text/plain"} else plain_text(value) if "xml" in kind else ""
    )


def _without(body: bytes, opening: re.Pattern[bytes], longest: int) -> bytes:
    """Return a feed without the elements that are longer than this."""
    pieces, position = [], 0
    for found in opening.finditer(body):
        if found.start() < position:
            continue
        closing = re.compile(rb"</%b\s*>" % re.escape(found[1]), re.IGNORECASE)
        end = closing.search(body, found.end())
        if end is None:
            break
        if end.end() - found.start() <= longest or _ENTRY.search(body, found.end(), end.start()):
            continue  # short enough, or it was never closed and this is the end of another
        pieces.append(body[position : found.start()])
        position = end.end()
    return b"".join([*pieces, body[position:]])


def _plain_tag(found: re.Match[bytes]) -> bytes:
    if found[0].endswith(b"/>"):
        return b""
    name = b"full" if found[2] else b"turbo" if found[3] else b"caption"
    return b"<" + found[1] + b"monitor-" + name + b">"
