"""What the bot says, as lines of escaped pieces, and the messages that they fill."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from monitor.notify.legible import clipped, line, units

#: What Telegram takes in one message, in UTF-16 units after its entities are parsed.
LIMIT = 4096
#: Words that are bold, copied or linked in one message; Telegram drops those beyond a hundred.
MOST_MARKS = 100
#: An answer is no book: what is longer ends with an ellipsis.
MOST_PAGES = 3

_PIECE = 600
_LINE = 3000  # units, with its addresses: shorter than a message in any case
_URL = 1000
_UNSEEN = "CMZ"  # controls and formats, marks without a letter, spaces


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line. Whatever they are, they stay words."""

    text: str
    bold: bool = False
    code: bool = False
    link: str | None = None


Line = Sequence[Piece | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message of an answer, in both spellings."""

    html: str
    plain: str


class _Spelled(NamedTuple):
    """A line, or a piece of one, in both spellings."""

    html: str
    plain: str
    marks: int = 0


_MORE = _Spelled("…", "…")


def bold(text: str) -> Piece:
    """Return the words in bold."""
    return Piece(text, bold=True)


def code(text: str) -> Piece:
    """Return the words as something to copy."""
    return Piece(text, code=True)


def link(text: str, url: str) -> Piece:
    """Return the words as a link, where the address can be one."""
    whole = url.isprintable() and " " not in url and len(url) <= _URL
    usable = whole and url.lower().startswith(("http://", "https://"))
    return Piece(text, link=url if usable else None)


def pages(lines: Iterable[Line], limit: int = LIMIT, most: int = MOST_PAGES) -> tuple[Page, ...]:
    """Return the messages that say it: none empty, none over the limit, no line divided."""
    found: list[list[_Spelled]] = [[]]
    used = marks = 0
    room = limit - units(_MORE.plain) - 1
    for line_ in map(_spelled, lines):
        needs = units(line_.plain) + 1
        if found[-1] and (used + needs > room or marks + line_.marks > MOST_MARKS):
            if len(found) == most:
                found[-1].append(_MORE)
                break
            found.append([])
            used = marks = 0
        found[-1].append(line_)
        used, marks = used + needs, marks + line_.marks
    return tuple(filter(_says_something, map(_page, found)))


def _page(lines: Sequence[_Spelled]) -> Page:
    return Page(
        html="\n".join(line_.html for line_ in lines).strip("\n"),
        plain="\n".join(line_.plain for line_ in lines).strip("\n"),
    )


def _says_something(page: Page) -> bool:
    return any(unicodedata.category(char)[0] not in _UNSEEN for char in page.plain)


def _spelled(pieces: Line) -> _Spelled:
    spelled = list(_pieces(pieces))
    return _Spelled(
        html="".join(one.html for one in spelled),
        plain="".join(one.plain for one in spelled),
        marks=sum(one.marks for one in spelled),
    )


def _pieces(pieces: Line) -> Iterator[_Spelled]:
    left = _LINE
    for each in pieces:
        piece = Piece(each) if isinstance(each, str) else each
        # Cut before it is made legible, which closes what the writing direction leaves open.
        text = _spaced(clipped(piece.text, max(min(_PIECE, left // 2), 1)))
        left -= units(text)
        html = escape(text)
        if not text.strip():
            yield _Spelled(html, text)
        elif piece.link and units(piece.link) < left:
            left -= units(piece.link)
            linked = f'<a href="{escape(piece.link)}">{html}</a>'
            yield _Spelled(linked, f"{text} {piece.link}", 1)
        elif piece.code:
            yield _Spelled(f"<code>{html}</code>", text, 1)
        elif piece.bold:
            yield _Spelled(f"<b>{html}</b>", text, 1)
        else:
            yield _Spelled(html, text)


def _spaced(text: str) -> str:
    """Return it legible on one line, with the spaces that divide it from its neighbours."""
    said = line(text)
    if not said.strip():
        return " " if text else ""
    return " " * text.startswith(" ") + said + " " * text.endswith(" ")
