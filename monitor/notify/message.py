"""A card in Telegram's words: HTML made of escaped fields, in as many messages as it needs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.model import Severity
from monitor.model.telling import Alert, Delivery, Notice
from monitor.notify.card import Card, card
from monitor.notify.legible import Span, Text, boundary, clipped, units
from monitor.notify.template import FULL, Template

__all__ = [
    "LIMIT",
    "MARKS",
    "REPEAT",
    "Button",
    "Card",
    "Look",
    "Part",
    "card",
    "messages",
    "parts",
    "tagged",
]

#: What Telegram takes in one message, after its entities are parsed, in UTF-16 units.
LIMIT = 4096
REPEAT = "↻ possible repeat"
MARKS = {
    Severity.INFO: "⚪",
    Severity.LOW: "🔵",
    Severity.MEDIUM: "🟡",
    Severity.HIGH: "🟠",
    Severity.CRITICAL: "🔴",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What a reader may press under a message."""

    text: str
    data: str  #: "mute:12", "story:12" or "not:12", with the number of the delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message, in the spellings a receiver may need."""

    html: str
    plain: str
    minimal: str = ""  #: what is left to say when neither was accepted
    silent: bool = False
    buttons: tuple[tuple[Button, ...], ...] = ()  #: row by row
    photo: bytes | None = None  #: then the text is its caption
    preview: str | None = None  #: the address whose preview may be shown
    edits: str | None = None  #: the message that it replaces
    answers: str | None = None  #: the message that it answers
    pins: bool = False  #: it is to stay in sight; new, where there is nothing to replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one receiver wants to be told."""

    zone: ZoneInfo
    language: Literal["en", "uk", "ru"] = "en"
    template: Template = FULL
    silent_below: Severity = Severity.MEDIUM
    buttons: bool = False


def messages(delivery: Delivery, look: Look) -> tuple[Part, ...]:
    """Return the messages that say it: none empty, none over a limit, nothing torn or lost.

    Where they divide does not depend on `delivery.uncertain`; the one that may have arrived
    before carries the mark. Only the first of them may make a sound.
    """
    about = delivery.about
    if not isinstance(about, (Alert, Notice)):
        raise NotImplementedError
    silent = about.severity.rank < look.silent_below.rank
    shown = card(about, zone=look.zone, repeat=False)
    found = list(parts(shown, silent=silent))
    if delivery.uncertain and delivery.parts_sent < len(found):
        marked = parts(replace(shown, repeat=True), silent=silent)
        found[delivery.parts_sent] = marked[delivery.parts_sent]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Line:
    spans: Text
    quoted: bool = False
    link: str | None = None  #: where its first span leads


def parts(card: Card, limit: int = LIMIT, *, silent: bool = False) -> tuple[Part, ...]:
    """Return the messages that say it: none empty, none over the limit, nothing torn or lost.

    Where they divide does not depend on `card.repeat`. Only the first of them makes a sound.
    """
    reserve = units(f"{REPEAT} · #{card.ref} · 1000/1000\n")
    pages = list(_pages(_lines(card), limit - reserve))
    minimal = _minimal(card, limit)
    return tuple(
        Part(
            html="\n".join(_html(_with_head(card, page, number, len(pages)))),
            plain="\n".join(_plain(_with_head(card, page, number, len(pages)))),
            minimal=minimal if number == 1 else f"#{card.ref} · {number}/{len(pages)}",
            silent=silent or number > 1,
        )
        for number, page in enumerate(pages, 1)
    )


def tagged(tags: Iterable[str]) -> str:
    """Return tags as Telegram makes them searchable."""
    return " ".join(f"#{tag.replace('-', '_')}" for tag in tags)


def _lines(card: Card) -> Iterator[_Line]:
    yield _line(f"{MARKS[card.severity]} {card.severity.value.capitalize()} · {card.heading}")
    for also in card.also:
        yield _line(f"{MARKS[also.severity]} also {also.title} {tagged(also.tags)}".rstrip())
    if card.more:
        yield _line(f"and {card.more} more rules")
    if card.origin:
        yield _line(" · ".join(card.origin))
    if card.headline:
        yield _line("")
        yield _Line(card.headline)
    if card.body:
        yield _line("")
        yield from (_Line(text, quoted=card.quoted) for text in card.body)
    yield _line("")
    yield _line(" · ".join(card.when))
    foot = [f"#{card.ref}", *filter(None, [tagged(card.tags)])]
    if card.url is None:
        yield _line(" · ".join(["no link" * card.quoted, *foot][not card.quoted :]))
    else:
        yield _Line((Span(card.site), Span(" · " + " · ".join(foot))), link=card.url)


def _line(text: str) -> _Line:
    return _Line((Span(text),))


def _with_head(card: Card, page: Sequence[_Line], number: int, total: int) -> list[_Line]:
    head = [REPEAT] if card.repeat else []
    if total > 1:
        head += [f"#{card.ref} · {number}/{total}"]
    return [_line(" · ".join(head)), *page] if head else list(page)


def _pages(lines: Iterable[_Line], room: int) -> Iterator[list[_Line]]:
    """Fill pages line by line; a line divides only where it is longer than a page."""
    page: list[_Line] = []
    used = 0
    for line in (piece for whole in lines for piece in _divided(whole, room)):
        needs = _length(line) + 1
        if page and used + needs > room:
            yield page
            page, used = [], 0
        page.append(line)
        used += needs
    yield page


def _length(line: _Line) -> int:
    plain = sum(units(span.text) for span in line.spans)
    # The plain spelling writes the address out; it has to fit as well.
    return plain + (units(line.link) + 1 if line.link else 0)


def _divided(line: _Line, room: int) -> Iterator[_Line]:
    rest = line
    while _length(rest) >= room:
        taken = _length(rest) - sum(units(span.text) for span in rest.spans)  # by the address
        first, after = _cut(rest.spans, max(room - 1 - taken, 1))
        yield replace(rest, spans=first)
        rest = _Line(after, quoted=line.quoted)
    yield rest


def _cut(spans: Text, room: int) -> tuple[Text, Text]:
    """Divide after at most `room` units: at a space if one is near, never within a character."""
    first: list[Span] = []
    for index, span in enumerate(spans):
        if units(span.text) <= room:
            first.append(span)
            room -= units(span.text)
            continue
        at = _place(span.text, room, forced=not first)
        head = [replace(span, text=span.text[:at])] if at else []
        return (*first, *head), (replace(span, text=span.text[at:]), *spans[index + 1 :])
    raise AssertionError("cut only what is longer than the room")


def _place(text: str, room: int, *, forced: bool) -> int:
    at = room
    while units(text[:at]) > room:
        at -= max(1, (units(text[:at]) - room) // 2)
    space = text.rfind(" ", at // 2, at)
    found = space + 1 if space >= 0 else boundary(text, at)
    return max(found, 1) if forced else found


def _html(lines: Sequence[_Line]) -> Iterator[str]:
    for index, line in enumerate(lines):
        text = "".join(f"<b>{escape(s.text)}</b>" if s.bold else escape(s.text) for s in line.spans)
        if line.link:
            site, *rest = line.spans
            text = f'<a href="{escape(line.link)}">{escape(site.text)}</a>' + "".join(
                escape(span.text) for span in rest
            )
        opens = line.quoted and not (index and lines[index - 1].quoted)
        closes = line.quoted and not (index + 1 < len(lines) and lines[index + 1].quoted)
        yield f"{'<blockquote>' * opens}{text}{'</blockquote>' * closes}"


def _plain(lines: Iterable[_Line]) -> Iterator[str]:
    for line in lines:
        if line.link:
            yield line.link
            yield "".join(span.text for span in line.spans[1:]).removeprefix(" · ")
        else:
            yield "".join(span.text for span in line.spans)


def _minimal(card: Card, limit: int) -> str:
    kept = [REPEAT] if card.repeat else []
    kept += [clipped(card.heading, limit // 8), *filter(None, [card.url]), f"#{card.ref}"]
    return "\n".join(kept)
