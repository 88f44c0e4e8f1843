"""Broken XML to XML, entry by entry: damage in one entry never reaches another.

Nothing here knows what a feed says. Where markup begins that never ends, it is text; where an
element is never closed, it ends with what it stands in, or where the next field begins.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from monitor.collect import scan
from monitor.collect.scan import Span

_ENTRY = rb"(?:[A-Za-z0-9_-]{1,40}:)?(?:item|entry)(?=[\s/>])"
_ROOT = re.compile(rb"<(?:[A-Za-z0-9_-]{1,40}:)?(?:rss|feed|rdf|channel)(?=[\s>])", re.IGNORECASE)
_SECTION = re.compile(
    rb"(?P<instruction><\?[^<]*?\?>)|<\?|<!\[CDATA\[|\]\]>|<!--|-->|(?P<entry></?" + _ENTRY + rb")",
    re.IGNORECASE,
)
_END = re.compile(rb"</(?:[A-Za-z0-9_-]{1,40}:)?(?:rss|feed|rdf|channel|entry)\s*>", re.IGNORECASE)
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_TOKEN = re.compile(
    rb"(?P<cdata><!\[CDATA\[.*?\]\]>)|<!--.*?-->|<\?[^<]*?\?>|<![A-Za-z][^<>]*>"
    rb"|<(?P<close>/?)(?P<name>[A-Za-z_][A-Za-z0-9_.:-]*)"
    rb"(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(?P<empty>/?)>"
    rb"|(?P<bare><|\]\]>)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    rb"([A-Za-z_][A-Za-z0-9_.:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
)
_CONTAINERS = frozenset({b"rss", b"feed", b"rdf", b"channel"})
_EMPTY = frozenset({b"br", b"hr", b"img", b"wbr"})
# Half of one of these is worse than none.
_EXACT = frozenset(
    {b"link", b"guid", b"id", b"pubdate", b"dc:date", b"published", b"updated", b"modified"}
)
# These hold no other field of the entry: where one begins, the one before it was not closed.
_FIELDS = _EXACT | {
    *(b"title", b"description", b"summary", b"content", b"content:encoded", b"category"),
    *(b"author", b"dc:creator", b"enclosure", b"comments", b"source"),
    *(b"yandex:full-text", b"media:content", b"media:group", b"media:thumbnail"),
}
_LEAVES = _EXACT | {b"title", b"description", b"summary", b"content:encoded", b"category"}
# An entry that has one of these twice is the beginning of one and the end of another.
_ONCE = frozenset({b"title", b"guid", b"id", b"pubdate", b"published"})


@dataclass(frozen=True, slots=True)
class Mended:
    """A feed whose entries can be told apart and stand in nothing but its own head."""

    text: bytes
    spans: Sequence[Span]
    raws: Sequence[bytes]  #: each entry as it was served
    count: int  #: of entries that were there
    cut: int  #: of those of which a part is missing
    breaks_off: bool  #: before its end


def mend(body: bytes) -> Mended | None:
    """Return a feed that can be read for one that is not well-formed; None where it has no entry.

    The text between entries is left out: it is no part of any.
    """
    body, visible = _settled(body)
    found = scan.lenient(visible)
    if not found:
        return None
    root = _ROOT.search(visible)
    start = root.start() if root and root.start() < found[0].start else 0
    head, ends = _head(body[start : found[0].start])
    # One whose start tag is lost cannot be told from the head; that it was there can.
    missing = int(scan.CLOSING.search(visible, 0, found[0].start) is not None)
    entries = [entry for span in found for entry in _entries(span.of(body))]
    pieces, spans, position = [head], [], len(head)
    for entry in entries:
        pieces += [entry.text, b"\n"]
        spans.append(Span(position, position + len(entry.text)))
        position += len(entry.text) + 1
    return Mended(
        text=b"".join([*pieces, ends]),
        spans=spans,
        raws=[entry.raw for entry in entries],
        count=len(entries) + missing,
        cut=sum(not entry.whole for entry in entries) + missing,
        breaks_off=_END.search(visible[-1000:]) is None,
    )


def _settled(body: bytes) -> tuple[bytes, bytes]:
    """Return a feed in which every section that begins also ends, twice: as it is, and its markup.

    A section that holds the beginning of another entry and of another section was never ended.
    What is taken away leaves spaces, so that everything stays where it stands.
    """
    text, visible = bytearray(body), bytearray(body)
    opened: re.Match[bytes] | None = None
    entries = 0

    def blank(target: bytearray, start: int, end: int) -> None:
        target[start:end] = b" " * (end - start)

    for found in _SECTION.finditer(body):
        mark = found[0].upper()
        if opened is not None and mark == _ENDS[opened[0].upper()]:
            blank(visible, opened.start(), found.end())
            opened = None
        elif opened is not None:
            entries += found["entry"] is not None
            if mark == opened[0].upper() and (entries or mark == b"<!--"):
                blank(text, *opened.span())
                blank(visible, *opened.span())
                opened, entries = found, 0
        elif found["instruction"] is not None:
            blank(visible, *found.span())
        elif mark == b"<?":
            blank(text, *found.span())
        elif mark in _ENDS:
            opened, entries = found, 0
    if opened is not None:
        blank(text, *opened.span())
        blank(visible, *opened.span())
    return bytes(text), bytes(visible)


def _head(raw: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the entries, and the end tags of what they stand in."""
    balance = _Balance()
    balance.read(raw)
    names = [_local(name) for name, _ in balance.open]
    balance.close_to(
        next((n for n, name in enumerate(names) if name not in _CONTAINERS), len(names))
    )
    ends = b"".join(b"</" + name + b">" for name, _ in reversed(balance.open))
    return b"".join(balance.out), ends


@dataclass(frozen=True, slots=True)
class _Entry:
    raw: bytes
    text: bytes  #: the same in well-formed XML
    whole: bool


def _entries(raw: bytes) -> Iterator[_Entry]:
    """Yield what is an entry by its tags: more than one where the tags between them are lost."""
    if scan.is_well_formed(raw):
        yield _Entry(raw, raw, whole=True)
        return
    opening = scan.OPENING.match(raw)
    closing = scan.CLOSING.fullmatch(raw, max(raw.rfind(b"</"), 0))
    tag = b"<" + (opening[0][1:] if opening else closing[0][2:-1] if closing else b"item") + b">"
    inside = raw[: closing.start()] if closing else raw
    start, whole = 0, opening is not None
    while start < len(inside):
        balance = _Balance(once=_ONCE)
        if start or not opening:
            balance.read(tag)
        end = balance.read(inside, start)
        another = end < len(inside)
        whole = whole and not another and (closing is not None or len(balance.open) == 1)
        if another or closing is None:
            balance.forget_half()
        balance.close_to(0)
        yield _Entry(raw[start : end if another else None], b"".join(balance.out), whole)
        start = end


def _local(name: bytes) -> bytes:
    return name.rpartition(b":")[2].lower()


def _attributes(raw: bytes) -> bytes:
    """Return attributes in quotes, each once."""
    said = {own[1]: own[2] or own[3] or own[4] or b"" for own in _ATTRIBUTE.finditer(raw)}
    return b"".join(
        b" " + name + b'="' + value.replace(b'"', b"&quot;") + b'"' for name, value in said.items()
    )


class _Balance:
    """Writes markup down so that every element that begins also ends."""

    def __init__(self, once: Collection[bytes] = ()) -> None:
        """Take the fields that can stand only once in an entry."""
        self.out: list[bytes] = []
        self.open: list[tuple[bytes, int]] = []  # names, and where in `out` they begin
        self._names: Counter[bytes] = Counter()  # how often each is open
        self._leaves: list[int] = []  # how deep the open ones stand
        self._once = once
        self._had: set[bytes] = set()

    def read(self, raw: bytes, position: int = 0) -> int:
        """Take markup in from a position on; return where another entry begins, or the end."""
        for found in _TOKEN.finditer(raw, position):
            self.out.append(raw[position : found.start()])
            position = found.end()
            if found["name"] is None:
                bare = (found["bare"] or b"").replace(b"<", b"&lt;").replace(b">", b"&gt;")
                self.out.append(found["cdata"] or bare)
            elif found["close"]:
                self._end(found["name"])
            elif self._is_of_another(found["name"].lower()):
                return found.start()
            else:
                self._begin(found)
        self.out.append(raw[position:])
        return len(raw)

    def _is_of_another(self, name: bytes) -> bool:
        """Return whether this entry can have a field only once, and has had it."""
        depth = self._leaves[0] if self._leaves else len(self.open)
        if name not in self._once or depth > 1:
            return False
        again = name in self._had
        self._had.add(name)
        return again

    def _begin(self, found: re.Match[bytes]) -> None:
        name, lower = found["name"], found["name"].lower()
        if lower in _FIELDS and self._leaves:
            self.close_to(self._leaves[0])  # it was never closed
        if not (found["empty"] or lower in _EMPTY):
            if lower in _LEAVES:
                self._leaves.append(len(self.open))
            self._names[lower] += 1
            self.open.append((name, len(self.out)))
            self.out.append(b"<" + name + _attributes(found["attributes"]) + b">")
        else:
            self.out.append(b"<" + name + _attributes(found["attributes"]) + b"/>")

    def _end(self, name: bytes) -> None:
        """End an element and what is open in it; what was not begun has no end."""
        if not self._names[name.lower()]:
            return
        while self.open[-1][0].lower() != name.lower():
            self.close_to(len(self.open) - 1)
        self.close_to(len(self.open) - 1)

    def close_to(self, depth: int) -> None:
        """End the elements that are open beyond this depth."""
        while len(self.open) > depth:
            self.out.append(b"</" + self._forget()[0] + b">")

    def _forget(self) -> tuple[bytes, int]:
        name, start = self.open.pop()
        self._names[name.lower()] -= 1
        if self._leaves and self._leaves[-1] == len(self.open):
            self._leaves.pop()
        return name, start

    def forget_half(self) -> None:
        """Take back the field that breaks off where half of it would be wrong."""
        while len(self.open) > 1:
            name, start = self.open[-1]
            if name.lower() not in _EXACT:
                return
            self._forget()
            del self.out[start:]
