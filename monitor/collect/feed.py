"""Feeds of every format to entries: only what is new is parsed, and nothing is lost over it."""

import html
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace

from monitor.collect import entries, jsonfeed, mojibake, scan, syndication
from monitor.collect.charset import to_utf8
from monitor.collect.dates import home_zone
from monitor.collect.entries import Item, Origin
from monitor.collect.links import onward
from monitor.collect.mend import Mended, mend
from monitor.collect.plaintext import one_line, plain_text
from monitor.collect.scan import Span
from monitor.collect.served import Served
from monitor.errors import Cause, PageError
from monitor.model import Page

_DOCTYPE = re.compile(rb"(?:\s|<!--.*?-->|<\?.*?\?>)*(<!DOCTYPE)", re.DOTALL | re.IGNORECASE)
_DOCTYPE_PARTS = re.compile(rb"\"[^\"]*\"|'[^']*'|<!--.*?-->|[\[\]>]", re.DOTALL)
_ENTITIES = "it declares its own entities, which are not expanded"
_KEY = re.compile(
    rb"<(?:[A-Za-z0-9_-]{1,40}:)?(?:guid|id)(?:\s[^>]*)?>(?:\s*<!\[CDATA\[)?([^<\]]*)"
)
_ABOUT = re.compile(rb"<[^>]*\srdf:about\s*=\s*[\"']([^\"'>]*)")
_LINK = re.compile(
    rb"<link(?:\s[^>]*)?>(?:\s*<!\[CDATA\[)?([^<\]]*)|<link\s[^>]*href=[\"']([^\"']*)"
)
_FEED_LINK = re.compile(rb"<(?:[A-Za-z0-9_-]{1,40}:)?link(\s[^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([A-Za-z_:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TITLE = re.compile(rb"<title[^>]*>([^<]{0,500})", re.IGNORECASE)

_ENOUGH = 3  # entries, to judge a page by


def read(served: Served) -> Page:
    """Return the entries of a feed whose fingerprints are not known, oldest first.

    Takes RSS, RDF, Atom and JSON Feed, well-formed or not. Times without a zone are those of the
    source's country. Raises PageError, which says what it is instead, where it is no feed.
    """
    text = to_utf8(served.body, served.content_type)
    known = served.known
    if not text:
        raise PageError("the body is empty", Cause.EMPTY)
    origin = Origin(
        url=served.url,
        source=served.source,
        language=served.language,
        zone=home_zone(served.country),
    )
    if text.startswith((b"{", b"[")):
        return _legible(jsonfeed.read(text, origin, known))
    text, problem = _without_doctype(text)
    page = _entries(text, origin, known)
    if problem:
        page = entries.troubled(page, problem, Cause.INCOMPLETE)
    return _legible(replace(page, older=_older(text, origin.url)))


def _entries(text: bytes, origin: Origin, known: Collection[str]) -> Page:
    try:
        spans = scan.strict(text)
    except scan.Entangled:
        return _whole(text, scan.lenient(text), origin, known)
    if spans is None or scan.is_swallowed(text):
        mended = mend(text)
        return _mended(mended, origin, known) if mended else _whole(text, (), origin, known)
    raws = [span.of(text) for span in spans]
    page = _new_only(text, spans, raws, origin, known) if spans else None
    return page or _whole(text, spans, origin, known)


def _mended(mended: Mended, origin: Origin, known: Collection[str]) -> Page:
    """Return the page of a feed that was damaged, and what that has cost."""
    parts = mended.text, mended.spans, mended.raws, origin, known
    page = _new_only(*parts) or _one_by_one(*parts)
    if mended.cut:
        cut = f"{mended.cut} of {mended.count} entries arrived in part"
        page = entries.troubled(page, cut, Cause.INCOMPLETE)
    if mended.breaks_off:
        page = entries.troubled(page, "it breaks off before its end", Cause.TRUNCATED)
    return page


def _older(text: bytes, url: str) -> str | None:
    """Return where the feed says that the entries before these are: RFC 5005."""
    first = scan.OPENING.search(text)
    last = max(text.rfind(b"</item"), text.rfind(b"</entry"))
    around = text[: first.start()] + text[last:] if first else text
    named: dict[bytes, str | None] = {}
    for tag in _FEED_LINK.findall(around):
        said = {name.lower(): one or two for name, one, two in _ATTRIBUTE.findall(tag)}
        href = html.unescape(said.get(b"href", b"").decode(errors="replace"))
        named.setdefault(said.get(b"rel", b"").lower(), onward(href, url))
    return named.get(b"next") or named.get(b"prev-archive")


def _legible(page: Page) -> Page:
    """Return the page, having said which of its entries are no language at all.

    It shows nothing only if most of them are, and enough were read to tell that.
    """
    kinds = [
        kind for entry in page.entries if (kind := mojibake.kind(f"{entry.title}\n{entry.text}"))
    ]
    if not kinds:
        return page
    usual = max(kinds, key=kinds.count)
    total = len(page.entries)
    count = f"{len(kinds)} of {total} new entries are mojibake"
    mostly = total >= _ENOUGH and len(kinds) > total / 2
    cause = Cause.MOJIBAKE if mostly else page.cause or Cause.INCOMPLETE
    return entries.troubled(page, f"{count}: {usual}", cause)


def _new_only(
    text: bytes,
    spans: Sequence[Span],
    raws: Sequence[bytes],
    origin: Origin,
    known: Collection[str],
) -> Page | None:
    """Return the page, having parsed no more than its new entries; None if that does not work."""
    fingerprints = [scan.fingerprint(raw) for raw in raws]
    choice = entries.choose(fingerprints, known)
    items: dict[int, Item] = {}
    if choice.new:
        numbers = sorted({*choice.new, *_namesakes(raws, choice.new)})
        try:
            feed = syndication.parse(scan.trim(text, spans, frozenset(numbers)))
        except PageError:
            return None
        if len(feed.items) != len(numbers):
            return None
        items = dict(zip(numbers, feed.items, strict=True))
        origin = _in_its_language(origin, feed)
    return entries.assemble(items, raws, fingerprints, choice, origin)


def _namesakes(raws: Sequence[bytes], new: Collection[int]) -> set[int]:
    """Return the entries that have the id of a new one: which of them keeps it needs them all."""
    keys = [_key(raw) for raw in raws]
    wanted = {keys[number] for number in new} - {""}
    return {number for number, own in enumerate(keys) if own in wanted}


def _key(raw: bytes) -> str:
    found = _KEY.search(raw) or _ABOUT.match(raw) or _LINK.search(raw)
    if found is None:
        return ""
    spelled = found[1] or (found[2] if found.re is _LINK else b"") or b""
    return entries.key(html.unescape(spelled.decode(errors="replace")))


def _whole(text: bytes, spans: Sequence[Span], origin: Origin, known: Collection[str]) -> Page:
    """Return the page, having parsed all of it."""
    raws = [span.of(text) for span in spans]
    try:
        feed = syndication.parse(text)
    except PageError:
        return _one_by_one(text, spans, raws, origin, known)
    if not feed.items and not feed.recognised:
        raise _instead(text)
    origin = _in_its_language(origin, feed)
    if len(raws) != len(feed.items):
        # Where nobody can say which bytes made an entry, what was read of it stands for them.
        raws = [_spelled(item) for item in feed.items]
    fingerprints = [scan.fingerprint(raw) for raw in raws]
    choice = entries.choose(fingerprints, known)
    items = {n: item for n, item in enumerate(feed.items) if n not in choice.later}
    return entries.assemble(items, raws, fingerprints, choice, origin)


def _one_by_one(
    text: bytes,
    spans: Sequence[Span],
    raws: Sequence[bytes],
    origin: Origin,
    known: Collection[str],
) -> Page:
    """Return the page without the entries that break the parser."""
    origin = _in_its_language(origin, syndication.parse(scan.trim(text, spans, ())))
    fingerprints = [scan.fingerprint(raw) for raw in raws]
    choice = entries.choose(fingerprints, known)
    items = _readable(text, spans, [n for n in range(len(spans)) if n not in choice.later])
    return entries.assemble(items, raws, fingerprints, choice, origin)


def _readable(text: bytes, spans: Sequence[Span], numbers: Sequence[int]) -> dict[int, Item]:
    """Return those of some entries that can be parsed, by halving until the others are alone."""
    try:
        items = syndication.parse(scan.trim(text, spans, frozenset(numbers))).items
    except PageError:
        items = []
    if len(items) == len(numbers):
        return dict(zip(numbers, items, strict=True))
    if len(numbers) <= 1:
        return {}
    half = len(numbers) // 2
    return _readable(text, spans, numbers[:half]) | _readable(text, spans, numbers[half:])


def _in_its_language(origin: Origin, feed: syndication.Feed) -> Origin:
    return replace(origin, language=origin.language or feed.language)


def _spelled(item: Item) -> bytes:
    return json.dumps(asdict(item), ensure_ascii=False, sort_keys=True).encode(errors="replace")


def _without_doctype(text: bytes) -> tuple[bytes, str | None]:
    """Return a feed without its document type: what it could declare can only do harm."""
    found = _DOCTYPE.match(text)
    if found is None:
        return text, None
    depth, end = 0, len(text)
    for part in _DOCTYPE_PARTS.finditer(text, found.end()):
        if part[0] in {b"[", b"]"}:
            depth += 1 if part[0] == b"[" else -1
        elif part[0] == b">" and depth <= 0:
            end = part.end()
            break
    declaration = text[found.start(1) : end]
    problem = _ENTITIES if b"<!ENTITY" in declaration.upper() else None
    return text[: found.start(1)] + text[end:], problem


def _instead(text: bytes) -> PageError:
    """Return what a page is that is no feed."""
    found = _TITLE.search(text)
    title = one_line(plain_text(found[1].decode(errors="replace"))) if found else ""
    called = f" titled “{title}”" if title else ""
    head = text[:200_000].lower()
    if b'type="password"' in head or b"type='password'" in head:
        return PageError(f"not a feed: a page{called} that asks to log in", Cause.LOGIN)
    if b"<html" in head or b"<body" in head or found:
        return PageError(f"not a feed: an HTML page{called}", Cause.NOT_A_FEED)
    start = one_line(text[:60].decode(errors="replace"))
    if not start:
        return PageError("not a feed: there is nothing in it", Cause.EMPTY)
    return PageError(f"not a feed: it begins with “{start}”", Cause.NOT_A_FEED)
