"""Where the entries of a feed stand, byte by byte, without understanding what they say.

A poll that brings one new entry should cost one entry: what is known is cut out of the feed before
the expensive parser sees it.
"""

import hashlib
import html.entities
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from xml.parsers import expat

_NAMES = frozenset({"item", "entry"})

# Elements that count readers. They change without anybody having said anything.
_COUNTER = re.compile(
    rb"<(media:community|slash:comments|thr:total)[\s>].{0,4000}?</\1\s*>", re.DOTALL
)
# An ampersand that begins no reference of XML's own.
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_MENDABLE = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|" + _BARE.pattern + rb"(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)?",
    re.DOTALL,
)
_START_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(?P<empty>/?)>")
#: Where an entry begins and ends, as far as that can be seen without reading what is around it.
OPENING = re.compile(rb"<(?:[A-Za-z0-9_-]{1,40}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
CLOSING = re.compile(rb"</(?:[A-Za-z0-9_-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Where one entry stands, from its `<` to behind its last `>`."""

    start: int
    end: int

    def of(self, body: bytes) -> bytes:
        """Return the bytes that stand there."""
        return body[self.start : self.end]


def strict(body: bytes) -> list[Span] | None:
    """Return the outermost entries of well-formed XML; None where it is not well-formed.

    Bare ampersands and the entities of HTML, which are everywhere, are no reason: see `mended`.
    Raises Entangled where entries depend on each other: one stands in another, or a prefix means
    two things, which feedparser then carries over from one entry to the next.
    """
    for candidate in (body, _BARE.sub(lambda found: b" " * len(found[0]), body)):
        try:
            return _Scanner().run(candidate)
        except expat.ExpatError:
            continue
    return None


def mended(body: bytes) -> bytes:
    """Return a feed in which bare ampersands and the entities of HTML are what they were meant."""
    if _BARE.search(body) is None:
        return body
    return _MENDABLE.sub(_reference, body)


def is_well_formed(raw: bytes) -> bool:
    """Return whether a part of a feed is well-formed XML, whatever its prefixes mean."""
    try:
        expat.ParserCreate("utf-8").Parse(mended(raw), True)
    except expat.ExpatError:
        return False
    return True


def is_swallowed(body: bytes) -> bool:
    """Return whether a CDATA section goes on into another entry: well-formed, but never meant."""
    return any(
        b"]]>" not in section and OPENING.search(section)
        for section in body.split(b"<![CDATA[")[1:-1]
    )


def lenient(body: bytes) -> list[Span]:
    """Return what looks like entries in a feed that is not well-formed.

    Each goes up to its end tag, or to where the next one begins. One whose start tag is lost stands
    behind another one, and has a title and an end tag.
    """
    starts = [found.start() for found in OPENING.finditer(body)]
    spans = []
    for start, limit in zip(starts, [*starts, len(body)][1:], strict=True):
        closing = CLOSING.search(body, start, limit)
        end = closing.end() if closing else limit
        spans.append(Span(start, end))
        stray = CLOSING.search(body, end, limit)
        if stray is not None and b"<title" in body[end : stray.start()]:
            spans.append(Span(end, stray.end()))
    return spans


def trim(body: bytes, spans: Sequence[Span], keep: Collection[int]) -> bytes:
    """Return the feed with only the entries of these numbers, and everything around them."""
    return b"".join(_kept(body, spans, keep))


def _kept(body: bytes, spans: Sequence[Span], keep: Collection[int]) -> Iterator[bytes]:
    position = 0
    for number, span in enumerate(spans):
        if number not in keep:
            yield body[position : span.start]
            position = span.end
    yield body[position:]


def fingerprint(raw: bytes) -> str:
    """Return what changes when the bytes of an entry do, counters of readers left out."""
    return hashlib.sha256(_COUNTER.sub(b"", raw)).hexdigest()[:16]


def _reference(found: re.Match[bytes]) -> bytes:
    """Return a reference that XML knows for one that it does not."""
    if found[0].startswith(b"<"):
        return found[0]
    name = (found["name"] or b"").decode()
    if name in html.entities.html5:
        return "".join(f"&#{ord(letter)};" for letter in html.entities.html5[name]).encode()
    return b"&amp;" + found[0][1:]


class Entangled(Exception):
    """One entry cannot be read without another."""


class _Scanner:
    """Reads XML once and remembers where the entries begin and end."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._body = b""
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartNamespaceDeclHandler = self._bind
        self._depth = 0
        self._inside = -1  # the depth of the entry that is open
        self._start = 0
        self._namespace = ""
        self._entangled = False
        self._bound: dict[str | None, str] = {}

    def run(self, body: bytes) -> list[Span]:
        self._body = body
        self._parser.Parse(body, True)
        if self._entangled:  # said last: what is not well-formed is only that
            raise Entangled
        return self.spans

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2].lower() in _NAMES:
            self._enter(name)
        self._depth += 1

    def _enter(self, name: str) -> None:
        namespace = name.rpartition(" ")[0]
        if self._inside < 0:
            self._inside = self._depth
            self._namespace = namespace
            self._start = self._parser.CurrentByteIndex
        elif namespace == self._namespace:
            self._entangled = True

    def _close(self, _name: str) -> None:
        self._depth -= 1
        if self._depth == self._inside:
            self._inside = -1
            self.spans.append(Span(self._start, self._end()))

    def _end(self) -> int:
        tag = _START_TAG.match(self._body, self._start)
        if tag is not None and tag["empty"]:
            return tag.end()  # expat stands behind it
        return self._body.index(b">", self._parser.CurrentByteIndex) + 1

    def _bind(self, prefix: str | None, uri: str | None) -> None:
        if prefix is not None and self._bound.setdefault(prefix, uri or "") != (uri or ""):
            self._entangled = True
