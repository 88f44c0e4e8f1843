"""Telegram's HTML: read strictly, kept as a text with entities, written again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Final
from urllib.parse import urlsplit

from monitor.notify.legible import units

#: What Telegram takes in one message, after its entities are parsed, in UTF-16 units.
LIMIT: Final = 4096
#: Of more entities Telegram drops the rest without a word.
ENTITIES: Final = 100

_KINDS: Final = {
    **dict.fromkeys(("b", "strong"), "b"),
    **dict.fromkeys(("i", "em"), "i"),
    **dict.fromkeys(("u", "ins"), "u"),
    **dict.fromkeys(("s", "strike", "del"), "s"),
    **{kind: kind for kind in ("code", "pre", "blockquote", "tg-spoiler", "a", "span")},
}
_STYLES: Final = frozenset({"b", "i", "u", "s", "tg-spoiler"})
#: Nothing stands inside these.
_CLOSED: Final = frozenset({"code", "pre"})
_TOKEN = re.compile(r"<[^<>]*>|&[^;\s<>&]{0,12};?|[<>]|[^<>&]+")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r"""\s+([a-z-]+)(?:=(?:"([^"]*)"|'([^']*)'))?""")
_REFERENCES: Final = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
_NUMERIC = re.compile(r"&#(?:([0-9]{1,7})|[xX]([0-9a-fA-F]{1,6}));")
_ADDRESS = re.compile(r"(?:https?://|tg://)\S+", re.IGNORECASE)
_CHANNEL = re.compile(r"/(?:s/)?([A-Za-z][A-Za-z0-9_]{2,31})(?:/|\Z)")
_SPACES = re.compile(r"[ \t]+(?=\n)")
_EMPTY = re.compile(r"(?<=\n\n)\n+")


class MarkupError(ValueError):
    """What Telegram would not take, and where in the HTML it stands."""

    def __init__(self, text: str, at: int) -> None:
        """Say what is wrong; `at` counts characters of the HTML."""
        super().__init__(text)
        self.at = at


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text that looks, or leads, otherwise. Places count characters."""

    kind: str  #: its tag
    start: int
    end: int
    value: str = ""  #: the address of a link; "expandable"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with its entities, which are properly nested."""

    text: str
    entities: tuple[Entity, ...] = ()

    def html(self) -> str:
        """Return it as Telegram reads it."""
        return "".join(_written(self))

    def plain(self, limit: int = LIMIT) -> str:
        """Return it without markup: addresses written out where there is room for them."""
        written = "".join(_written_out(self))
        return written if units(written) <= limit else self.text

    def after(self, head: str) -> "Marked":
        """Return it with a plain text before it."""
        by = len(head)
        return Marked(
            head + self.text,
            tuple(
                replace(each, start=each.start + by, end=each.end + by) for each in self.entities
            ),
        )

    def cut(self, start: int, end: int) -> "Marked":
        """Return a piece of it, in which entities that reach beyond it end."""
        kept = (
            replace(each, start=max(each.start, start) - start, end=min(each.end, end) - start)
            for each in self.entities
            if each.start < end and each.end > start
        )
        return Marked(self.text[start:end], tuple(kept))


def joined(pieces: Iterable[Marked], by: str = "\n") -> Marked:
    """Return the pieces as one."""
    text, entities = "", list[Entity]()
    for number, piece in enumerate(pieces):
        placed = piece.after(text + by * bool(number))
        text, entities = placed.text, [*entities, *placed.entities]
    return Marked(text, tuple(entities))


def parse(html: str) -> Marked:
    """Return what the HTML says; raise MarkupError where Telegram would refuse it, or we do.

    Only the tags that Telegram documents, each closed in its order; `<`, `>` and `&` only as
    `&lt;`, `&gt;`, `&amp;`; links only to addresses that people can follow.
    """
    reader = _Reader()
    for token in _TOKEN.finditer(html):
        reader.take(token[0], token.start())
    reader.finish()
    # Outer entities first: that is the order in which they are opened again.
    entities = sorted(reader.entities, key=lambda each: (each.start, -each.end))
    return Marked("".join(reader.text), tuple(each for each in entities if each.end > each.start))


def tidied(marked: Marked) -> Marked:
    """Return it without spaces at line ends, and with one empty line where there were several."""
    marked = _without(marked, [match.span() for match in _SPACES.finditer(marked.text)])
    marked = _without(marked, [match.span() for match in _EMPTY.finditer(marked.text)])
    ends = (len(marked.text) - len(marked.text.lstrip(" \n")), len(marked.text.rstrip()))
    return _without(marked, [(0, ends[0]), (ends[1], len(marked.text))])


def _without(marked: Marked, gone: Iterable[tuple[int, int]]) -> Marked:
    missing = {at for span in gone for at in range(*span)}
    place, places = 0, [0]
    for at in range(len(marked.text)):
        place += at not in missing
        places.append(place)
    moved = (
        replace(each, start=places[each.start], end=places[each.end]) for each in marked.entities
    )
    kept = "".join(char for at, char in enumerate(marked.text) if at not in missing)
    return Marked(kept, tuple(each for each in moved if each.end > each.start))


class _Reader:
    """Reads token by token."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.entities: list[Entity] = []
        self._open: list[tuple[str, Entity, int]] = []  # the tag, what it opens, where
        self._length = 0

    def take(self, token: str, at: int) -> None:
        """Take the next token, which stands there."""
        if token.startswith("<"):
            self._tag(token, at)
        elif token.startswith("&"):
            self._add(_character(token, at))
        elif token.startswith(">"):
            raise MarkupError("`>` stands alone: write &gt;", at)
        else:
            self._add(token)

    def finish(self) -> None:
        """Object to tags that are open still."""
        if self._open:
            tag, _, at = self._open[-1]
            raise MarkupError(f"<{tag}> is never closed", at)

    def _add(self, text: str) -> None:
        self.text.append(text)
        self._length += len(text)

    def _tag(self, token: str, at: int) -> None:
        found = _TAG.fullmatch(token)
        if found is None:
            raise MarkupError("`<` begins no tag here: write &lt;", at)
        closing, tag, rest = found[1], found[2].lower(), found[3]
        if tag not in _KINDS:
            raise MarkupError(f"Telegram has no <{tag}>", at)
        if closing:
            self._close(tag, at)
            return
        kind, value = _opened(tag, _attributes(tag, rest, at), at)
        inside = [entity.kind for _, entity, _ in self._open]
        if kind in inside and kind not in _STYLES:
            raise MarkupError(f"<{tag}> stands inside the same", at)
        if _CLOSED & set(inside):
            raise MarkupError(f"nothing can stand inside <{inside[-1]}>", at)
        self._open.append((tag, Entity(kind, self._length, self._length, value), at))

    def _close(self, tag: str, at: int) -> None:
        if not self._open or self._open[-1][0] != tag:
            expected = f"; </{self._open[-1][0]}> must come first" if self._open else ""
            raise MarkupError(f"</{tag}> closes nothing{expected}", at)
        _, entity, _ = self._open.pop()
        # What is bold already becomes no bolder.
        if entity.kind not in {outer.kind for _, outer, _ in self._open}:
            self.entities.append(replace(entity, end=self._length))


def _attributes(tag: str, rest: str, at: int) -> dict[str, str | None]:
    given: dict[str, str | None] = {}
    place = 0
    while rest[place:].strip():
        found = _ATTRIBUTE.match(rest, place)
        if found is None:
            raise MarkupError(f"<{tag}> cannot be read: attributes stand in quotes", at)
        quoted = found[2] if found[2] is not None else found[3]
        given[found[1]] = None if quoted is None else unescaped(quoted, at)
        place = found.end()
    return given


def _opened(tag: str, given: dict[str, str | None], at: int) -> tuple[str, str]:
    """Return what a tag with its attributes begins."""
    match tag, given:
        case "a", {"href": str(address), **more} if not more:
            if not _ADDRESS.fullmatch(address):
                raise MarkupError("a link begins with https://, http:// or tg://", at)
            return "a", address
        case "a", _:
            raise MarkupError('a link is written <a href="…">', at)
        case "span", {"class": "tg-spoiler", **more} if not more:
            return "tg-spoiler", ""
        case "span", _:
            raise MarkupError('<span> can only be <span class="tg-spoiler">', at)
        case "blockquote", {"expandable": _, **more} if not more:
            return "blockquote", "expandable"
    if given:
        raise MarkupError(f"<{tag}> has no `{next(iter(given))}` in Telegram", at)
    return _KINDS[tag], ""


def unescaped(text: str, at: int) -> str:
    """Return an attribute without its references."""
    return re.sub("&[^;]{0,12};?", lambda found: _character(found[0], at), text)


def _character(reference: str, at: int) -> str:
    if reference in _REFERENCES:
        return _REFERENCES[reference]
    found = _NUMERIC.fullmatch(reference)
    if found is None:
        raise MarkupError("`&` stands alone, or names what Telegram does not know: &amp;", at)
    code = int(found[1]) if found[1] else int(found[2], 16)
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise MarkupError(f"there is no character {reference}", at)
    return chr(code)


def _edges(marked: Marked) -> Iterator[tuple[str, tuple[Entity, ...], tuple[Entity, ...]]]:
    """Yield the text in pieces, each with what ends after it and what begins then."""
    places = sorted({at for each in marked.entities for at in (each.start, each.end)})
    at = 0
    for place in places:
        ends = tuple(each for each in reversed(marked.entities) if each.end == place)
        begins = tuple(each for each in marked.entities if each.start == place)
        yield marked.text[at:place], ends, begins
        at = place
    yield marked.text[at:], (), ()


def _written(marked: Marked) -> Iterator[str]:
    for text, ends, begins in _edges(marked):
        yield escape(text, quote=False)
        yield from (f"</{each.kind}>" for each in ends)
        yield from map(_begun, begins)


def _begun(entity: Entity) -> str:
    if entity.kind == "a":
        return f'<a href="{escape(entity.value)}">'
    return f"<{entity.kind} {entity.value}>" if entity.value else f"<{entity.kind}>"


def _written_out(marked: Marked) -> Iterator[str]:
    """Yield the text with each address once: in the place of its site, else behind other words."""
    links = [each for each in marked.entities if each.kind == "a"]
    sites = {each for each in links if marked.text[each.start : each.end] == site(each.value)}
    shown = {each.value for each in sites}
    at = 0
    for each in links:
        words = marked.text[each.start : each.end]
        yield marked.text[at : each.start]
        if each in sites:
            yield each.value
        else:
            yield words if each.value in shown else f"{words} ({each.value})"
            shown.add(each.value)
        at = each.end
    yield marked.text[at:]


def site(address: str) -> str:
    """Return the host that an address leads to, as people read it; "" where there is none.

    On Telegram, which is one host for everybody, the channel says more.
    """
    try:
        split = urlsplit(address)
        host = (split.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    channel = _CHANNEL.match(split.path) if host == "t.me" else None
    return f"{host}/{channel[1]}" if channel else host
