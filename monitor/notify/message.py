"""What one receiver is to hear, as messages that Telegram takes."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from monitor.model import Severity
from monitor.model.telling import (
    Alert,
    AlertList,
    Delivery,
    Digest,
    Form,
    Notice,
    StatusBoard,
)
from monitor.notify import digests, lists, news
from monitor.notify.card import COPIES, card, link, title_of
from monitor.notify.dividing import Row, divided, paged
from monitor.notify.legible import lines, short, units, visible
from monitor.notify.markup import LIMIT, Entity, Marked, joined, parse, tidied
from monitor.notify.phrases import ENGLISH, PHRASES, Language, Phrases
from monitor.notify.template import BRIEF, FULL, Template, TemplateMistake
from monitor.notify.view import MARKS, tagged, variables

__all__ = ["LIMIT", "MARKS", "REPEAT", "Button", "Look", "Part", "messages", "tagged"]

log = logging.getLogger(__name__)

REPEAT: Final = ENGLISH.repeat
#: Forms that make no sound, however loud their alert: nothing in them is new.
_QUIET: Final = frozenset({Form.EDIT, Form.COPIES, Form.STATUS})
_MINIMAL: Final = LIMIT // 8


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
    language: Language = "en"
    template: Template = FULL
    silent_below: Severity = Severity.MEDIUM
    buttons: bool = False

    @property
    def say(self) -> Phrases:
        """Return the words of its language."""
        return PHRASES[self.language]


@dataclass(frozen=True, slots=True)
class _Page:
    """One message before it is known which of how many it is."""

    marked: Marked
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """All that is to be said, in pages that leave room for a line above."""

    pages: Sequence[_Page]
    minimal: Sequence[str]
    preview: str | None = None
    photo: bytes | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()


def messages(delivery: Delivery, look: Look) -> tuple[Part, ...]:
    """Return the messages that say it: none empty, none over a limit, nothing torn or lost.

    Where they divide does not depend on `delivery.uncertain`; the one that may have arrived
    before carries the mark. Only the first of them may make a sound.
    """
    about, ref = delivery.about, delivery.about.ref
    sheet = _sheet(delivery, look)
    silent = about.severity.rank < look.silent_below.rank or delivery.form in _QUIET
    parts, total = list[Part](), len(sheet.pages)
    for number, page in enumerate(sheet.pages):
        repeats = delivery.uncertain and delivery.form is not Form.EDIT
        head = [look.say.repeat] if repeats and number == delivery.parts_sent else []
        minimal = [*head, *(sheet.minimal if number == 0 else ())]
        # A digest is one picture and one list: nobody has to count them.
        numbered = total > 1 and delivery.form is not Form.DIGEST
        head += [f"#{ref} · {number + 1}/{total}"] if numbered else []
        above = " · ".join(head) + "\n" * bool(head)
        last = number == total - 1
        parts.append(
            Part(
                html=page.marked.after(above).html(),
                plain=above + page.plain,
                minimal="\n".join([*minimal, f"#{ref}" + f" · {number + 1}/{total}" * (total > 1)]),
                silent=silent or number > 0,
                buttons=sheet.buttons if last else (),
                photo=sheet.photo if number == 0 else None,
                preview=sheet.preview if last else None,
            )
        )
    return tuple(parts)


def _sheet(delivery: Delivery, look: Look) -> _Sheet:
    match delivery.about:
        case Alert() as alert:
            return _alert(alert, delivery, look)
        case AlertList() as told:
            rows = lists.rows(told, look.zone, look.say)
            pages = tuple(map(_of_rows, paged(rows, LIMIT - _reserve(told.ref, look))))
            return _Sheet(pages=pages, minimal=[lists.heading(told, look.zone, look.say)])
        case Notice() as notice:
            return _notice(notice, look)
        case Digest() as digest:
            return _digest(digest, look)
        case StatusBoard() as board:
            text = "\n".join(lines(board.text))
            shown = Marked(text if visible(text) else "—")
            one, *_ = divided(shown, LIMIT - _reserve(board.ref, look))
            return _Sheet(pages=[_Page(one, one.text)], minimal=[])


def _alert(alert: Alert, delivery: Delivery, look: Look) -> _Sheet:
    pages = _alert_pages(alert, delivery, look)
    url, _ = link(alert.document.url)
    title = short(title_of(alert.matches[0]), _MINIMAL)
    return _Sheet(
        pages=[_Page(one, one.plain(LIMIT - _reserve(alert.ref, look))) for one in pages],
        minimal=[title, *([url] if url else [])],
        preview=None if delivery.form is Form.COPIES else url,
        buttons=_buttons(alert, delivery, look),
    )


def _alert_pages(alert: Alert, delivery: Delivery, look: Look) -> Sequence[Marked]:
    room = LIMIT - _reserve(alert.ref, look)
    if delivery.form is Form.REPLY:
        return divided(tidied(parse(news.news(alert, look.zone, look.say))), room)
    if delivery.form is Form.COPIES:
        shown = card(alert, zone=look.zone, say=look.say)
        return divided(parse(news.copies(shown, look.say)), room)
    if delivery.form is not Form.EDIT or not delivery.root:
        return divided(_rendered(alert, look), room)
    # It takes the place of messages that there are: copies must not make it longer than these.
    pages: Sequence[Marked] = ()
    for template, copies in (*((look.template, n) for n in (COPIES, 5, 2, 0)), (BRIEF, 0)):
        pages = divided(_rendered(alert, replace(look, template=template), copies), room)
        if len(pages) <= len(delivery.root):
            break
    return pages[: len(delivery.root)]


def _rendered(alert: Alert, look: Look, copies: int = COPIES) -> Marked:
    """Return what the template makes of it; what ours makes, where that fails."""
    shown = card(alert, zone=look.zone, say=look.say, copies=copies)
    filled = variables(shown, look.say)
    for template in (look.template, FULL):
        try:
            return template.marked(filled)
        except TemplateMistake as error:
            if template.fails_first():
                log.warning("template %s fails: %s; the alert looks as usual", template.name, error)
    return Marked(
        "\n".join([f"{MARKS[shown.severity]} {shown.heading}", *filter(None, [shown.url])])
    )


def _buttons(alert: Alert, delivery: Delivery, look: Look) -> tuple[tuple[Button, ...], ...]:
    if not look.buttons or delivery.form is Form.COPIES:
        return ()
    say, number = look.say, delivery.id
    above = [Button(text=say.mute_rule, data=f"mute:{number}")]
    if alert.story is not None:
        above.append(Button(text=say.mute_story, data=f"story:{number}"))
    return (tuple(above), (Button(text=say.irrelevant, data=f"not:{number}"),))


def _notice(notice: Notice, look: Look) -> _Sheet:
    say = look.say
    shown = card(notice, zone=look.zone, say=say)
    before = f"{MARKS[shown.severity]} {say.severities[shown.severity]} · "
    subject = Marked(shown.heading, (Entity("b", 0, len(shown.heading)),)).after(before)
    body = ["", *("".join(span.text for span in text) for text in shown.body)]
    foot = ["", *shown.when, f"#{shown.ref}"]
    text = joined([subject, *map(Marked, [*(body if shown.body else []), *foot])])
    pages = divided(text, LIMIT - _reserve(notice.ref, look))
    return _Sheet(
        pages=[_Page(one, one.text) for one in pages], minimal=[short(shown.heading, _MINIMAL)]
    )


def _digest(digest: Digest, look: Look) -> _Sheet:
    reserve = _reserve(digest.ref, look)
    pages = digests.pages(digest, look.zone, look.say, limit=LIMIT, reserve=reserve)
    return _Sheet(
        pages=tuple(map(_of_rows, pages)),
        minimal=[digests.heading(digest, look.zone, look.say)],
        photo=digest.picture,
    )


def _of_rows(rows: Iterable[Row]) -> _Page:
    several = tuple(rows)
    return _Page(joined(row.marked for row in several), "\n".join(row.plain for row in several))


def _reserve(ref: str, look: Look) -> int:
    """Return the room that the line above a message may need."""
    return units(f"{look.say.repeat} · #{ref} · 1000/1000\n")
