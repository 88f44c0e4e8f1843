"""Divide what is too long for one message, so that nothing is torn or lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.notify.legible import boundary, units, visible
from monitor.notify.markup import ENTITIES, LIMIT, Entity, Marked


@dataclass(frozen=True, slots=True)
class Row:
    """A line, and the same where nothing can lead anywhere."""

    marked: Marked
    plain: str

    @property
    def units(self) -> int:
        """Return its length with its end, however it is spelt."""
        return max(units(self.marked.text), units(self.plain)) + 1


def bold(text: str) -> Row:
    """Return a line in bold."""
    return Row(Marked(text, (Entity("b", 0, len(text)),)), text)


def same(text: str) -> Row:
    """Return a line that is the same in every spelling."""
    return Row(Marked(text), text)


def divided(marked: Marked, limit: int = LIMIT, entities: int = ENTITIES) -> tuple[Marked, ...]:
    """Return it in pieces that Telegram takes: at line ends, else between words.

    No visible character is torn; an entity that is divided ends and begins again. Only white
    space at these places is lost, and a piece in which there would be nothing to see.
    """
    pieces, at = list[Marked](), 0
    while at < len(marked.text):
        end = _end(marked, at, limit, entities)
        piece = marked.cut(at, end)
        piece = piece.cut(0, len(piece.text.rstrip(" \n")))
        if visible(piece.text):
            pieces.append(piece)
        at = end
        while at < len(marked.text) and marked.text[at] in " \n":
            at += 1
    return tuple(pieces)


def paged(
    rows: Iterable[Row], limit: int = LIMIT, *, first: int | None = None
) -> tuple[Sequence[Row], ...]:
    """Return rows, none of which is long, in as few messages as they need; no row divides.

    `first` is the limit of the first message where it is another one.
    """
    filled, page = list[Sequence[Row]](), list[Row]()
    room, left = limit if first is None else first, ENTITIES
    for row in rows:
        if page and (row.units > room or len(row.marked.entities) > left):
            filled.append(page)
            page, room, left = [], limit, ENTITIES
        if page or row.plain:  # no message begins with an empty line
            page.append(row)
            room, left = room - row.units, left - len(row.marked.entities)
    return (*filled, page) if page else tuple(filled)


def _end(marked: Marked, start: int, limit: int, entities: int) -> int:
    """Return where the piece that begins at `start` ends."""
    text = marked.text
    end = min(len(text), start + limit)
    while units(text[start:end]) > limit:
        end -= max(1, (units(text[start:end]) - limit) // 2)
    inside = sorted(each.start for each in marked.entities if start < each.end and each.start < end)
    if len(inside) > entities:
        end = max(inside[entities], start + 1)
    if end == len(text):
        return end
    for mark, share in (("\n", 2), (" ", 4)):
        place = text.rfind(mark, start + (end - start) // share, end + 1)
        if place > start:
            return place
    return max(boundary(text, end), start + 1)
