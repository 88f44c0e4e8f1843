"""What the bot does when somebody speaks to it, and what it says; Telegram itself is elsewhere."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.notify import bot_says as says
from monitor.notify.bot_desk import EVERY_RULE, Desk, Joined, Permits, Place, Standing
from monitor.notify.bot_pace import Pace
from monitor.notify.bot_pages import Line, bold
from monitor.notify.bot_phrases import LANGUAGES, phrase, spoken
from monitor.notify.bot_reading import Asked, Pressed
from monitor.notify.bot_rights import Person, Right, Verdict, verdict
from monitor.notify.legible import clipped, line

#: What was said longer ago than that is not done any more: whoever said it has moved on.
STALE = timedelta(minutes=10)
#: What was said longer ago than that is not even excused.
FORGOTTEN = timedelta(hours=24)
MUTE = timedelta(hours=2)
LONGEST_MUTE = timedelta(days=30)
LONGEST_QUERY = 500
#: What Telegram shows to somebody who pressed a button, in characters.
LONGEST_TOAST = 190

_RULE = re.compile(r"\*|[a-z0-9][a-z0-9-]{0,63}")
_DURATION = re.compile(r"([0-9]{1,5})([^\W\d_]{1,4})")
_UNITS = {
    **dict.fromkeys(("m", "min", "хв", "мин", "м"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "год", "г", "ч"), timedelta(hours=1)),
    **dict.fromkeys(("d", "д", "дн"), timedelta(days=1)),
}
_EVERYWHERE = {"everywhere", "всюди", "везде"}
_RIGHTS = {
    "start": Right.HELLO,
    "help": Right.HELP,
    "rules": Right.RULES,
    "last": Right.READ,
    "search": Right.READ,
    "why": Right.READ,
    "status": Right.READ,
    "subscribe": Right.SUBSCRIBE,
    "unsubscribe": Right.UNSUBSCRIBE,
    "mute": Right.SILENCE,
    "unmute": Right.SILENCE,
    "language": Right.LANGUAGE,
}

IsAdmin = Callable[[Place, Person], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """What somebody sees who pressed a button, and what the others are told of it."""

    text: str = ""
    said: Sequence[Line] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A command with all that is known of who gave it, and where."""

    asked: Asked
    standing: Standing
    language: str
    listed: bool  #: whether the person is one of the bot's administrators

    @property
    def place(self) -> Place:
        return self.asked.place

    @property
    def rest(self) -> str:
        return self.asked.rest

    @property
    def who(self) -> str:
        return who(self.asked.person)

    def say(self, name: str, **filled: object) -> str:
        return phrase(self.language, name, **filled)


def who(person: Person) -> str:
    """Return a person's name for the audit."""
    return f"telegram:{person.id}"


class Talk:
    """Answers commands and buttons."""

    def __init__(
        self,
        desk: Desk,
        permits: Callable[[], Permits],
        is_admin: IsAdmin,
        *,
        clock: Callable[[], datetime],
        zone: Callable[[], ZoneInfo],
    ) -> None:
        """Ask the desk, within what is permitted now; `is_admin` asks the chat."""
        self._desk = desk
        self._permits = permits
        self._is_admin = is_admin
        self._clock = clock
        self._zone = zone
        self._pace = Pace()
        self._answers: dict[str, Callable[[_Question], Awaitable[Sequence[Line]]]] = {
            "start": self._start,
            "help": self._help,
            "rules": self._rules,
            "last": self._last,
            "search": self._search,
            "why": self._why,
            "status": self._status,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "mute": self._mute,
            "unmute": self._unmute,
            "language": self._speak,
        }

    async def answer(self, asked: Asked) -> Sequence[Line]:
        """Do what is asked, where it is allowed; return what is said, or nothing."""
        now = self._clock()
        right = _RIGHTS.get(asked.command)
        if right is None or now - asked.at > FORGOTTEN:
            return ()
        if not self._pace.hears(asked.person.id, asked.place.id, now):
            return ()
        standing = await self._desk.standing(asked.place)
        language = standing.language or spoken(asked.person.language)
        if right is Right.SILENCE and _wants_everywhere(asked.rest):
            right = Right.SILENCE_ALL
        found = await self._verdict(right, asked.person, asked.place, standing)
        if found is not Verdict.YES:
            return self._refusal(found, asked, language, now)
        # Whoever wanted to hear less is taken at his word, however late.
        if now - asked.at > STALE and right is not Right.UNSUBSCRIBE:
            excused = self._pace.excuses(asked.place.id, now)
            return [[phrase(language, "stale")]] if excused else ()
        listed = not asked.person.nameless and asked.person.id in self._permits().admins
        question = _Question(asked=asked, standing=standing, language=language, listed=listed)
        return await self._answers[asked.command](question)

    async def press(self, pressed: Pressed, *, stale: bool) -> Toast:
        """Do what a button says, where it is allowed; return what is said of it."""
        place, now = pressed.place, self._clock()
        if place is None or pressed.button is None:
            return Toast()
        if not self._pace.hears(pressed.person.id, place.id, now):
            return Toast()
        standing = await self._desk.standing(place)
        language = standing.language or spoken(pressed.person.language)
        right = Right.FEEDBACK if pressed.button == "not" else Right.SILENCE
        found = await self._verdict(right, pressed.person, place, standing)
        if found is not Verdict.YES:
            return _toast(phrase(language, _SAID[found]) if found in _SAID else "")
        if stale and right is Right.SILENCE:
            return _toast(phrase(language, "stale_press"))
        if pressed.button == "not":
            return await self._irrelevant(pressed, place, language)
        return await self._hushed(pressed, place, language)

    async def _verdict(
        self, right: Right, person: Person, place: Place, standing: Standing
    ) -> Verdict:
        """Decide; ask Telegram for the person's office only where that decides it."""
        permits = self._permits()
        found = verdict(right, person, place, standing, permits)
        if found is Verdict.NOT_YOU and await self._is_admin(place, person):
            return verdict(right, person, place, standing, permits, chat_admin=True)
        return found

    def _refusal(
        self, found: Verdict, asked: Asked, language: str, now: datetime
    ) -> Sequence[Line]:
        if found is Verdict.STRANGER:
            polite = asked.by_name and self._pace.greets(asked.place.id, now)
            return [[phrase(language, "stranger")]] if polite else ()
        if found in _SAID and now - asked.at <= STALE:
            return [[phrase(language, _SAID[found])]]
        return ()

    async def _start(self, question: _Question) -> Sequence[Line]:
        rules = await self._desk.rules(question.place)
        return says.hello(
            question.language,
            question.place,
            [rule.id for rule in rules if rule.subscribed],
            numbers=question.listed,
        )

    async def _help(self, question: _Question) -> Sequence[Line]:
        return says.commands(question.language)

    async def _rules(self, question: _Question) -> Sequence[Line]:
        rules = await self._desk.rules(question.place)
        return says.rules(question.language, rules, self._now())

    async def _last(self, question: _Question) -> Sequence[Line]:
        rule = question.rest.lower() or None
        found = await self._desk.last(question.place, rule)
        if found is None:
            return says.no_rule(question.language, question.rest)
        return says.latest(question.language, found, self._now())

    async def _search(self, question: _Question) -> Sequence[Line]:
        if not question.rest:
            return [[question.say("what_search")]]
        if len(question.rest) > LONGEST_QUERY:
            return [[question.say("long_query", most=LONGEST_QUERY)]]
        found = await self._desk.search(question.rest)
        return says.searched(question.language, found, self._now())

    async def _why(self, question: _Question) -> Sequence[Line]:
        if not question.rest:
            return [[question.say("which_document")]]
        name = question.rest.split()[0]
        found = await self._desk.why(question.place, name, everybody=question.listed)
        if found is None:
            return [[question.say("unknown_document")]]
        return says.why(question.language, found, self._now())

    async def _status(self, question: _Question) -> Sequence[Line]:
        found = await self._desk.status(question.place, everybody=question.listed)
        return says.status(question.language, found, self._now())

    async def _subscribe(self, question: _Question) -> Sequence[Line]:
        rule = question.rest.lower()
        if not rule:
            return [[question.say("which_rule")]]
        if not _RULE.fullmatch(rule):
            return says.no_rule(question.language, question.rest)
        became = await self._desk.subscribe(question.place, rule, question.who, question.language)
        if became is Joined.NO_SUCH_RULE:
            return says.no_rule(question.language, question.rest)
        said = question.say(_JOINED[became])
        if became in {Joined.DONE, Joined.ALREADY}:
            return [[said, bold(says.named(question.language, rule)), "."]]
        return [[said]]

    async def _unsubscribe(self, question: _Question) -> Sequence[Line]:
        rule = question.rest.lower() or None
        left = await self._desk.unsubscribe(question.place, rule, question.who)
        if not left:
            return [[question.say("not_subscribed")]]
        names = ", ".join(says.named(question.language, one) for one in left)
        return [[question.say("unsubscribed"), bold(names), "."]]

    async def _mute(self, question: _Question) -> Sequence[Line]:
        words = [word for word in question.rest.lower().split() if word not in _EVERYWHERE]
        everywhere = _wants_everywhere(question.rest)
        if not words or (everywhere and words[0] == EVERY_RULE):
            return [[question.say("which_rule")]]
        rule, *times = words
        length = duration("".join(times)) if times else MUTE
        if not _RULE.fullmatch(rule):
            return says.no_rule(question.language, rule)
        if length is None:
            return [[question.say("how_long", rule=clipped(line(rule), 64))]]
        if not (everywhere or question.standing.known):
            return [[question.say("nothing_to_mute")]]
        until = self._clock() + length
        hushed = await self._desk.mute(
            question.place, rule, until, question.who, everywhere=everywhere
        )
        if hushed.until is None and not hushed.full:
            return says.no_rule(question.language, rule)
        return says.muted(question.language, hushed, self._now(), everywhere=everywhere)

    async def _unmute(self, question: _Question) -> Sequence[Line]:
        words = [word for word in question.rest.lower().split() if word not in _EVERYWHERE]
        if not words:
            return [[question.say("which_rule")]]
        ended = await self._desk.unmute(
            question.place,
            words[0],
            question.who,
            everywhere=_wants_everywhere(question.rest),
        )
        name = says.named(question.language, words[0])
        return [[question.say("unmuted" if ended else "not_muted"), bold(name), "."]]

    async def _speak(self, question: _Question) -> Sequence[Line]:
        language = question.rest.lower()
        if language not in LANGUAGES:
            return [[question.say("which_language")]]
        if not await self._desk.speak(question.place, language, question.who):
            return [[question.say("language_fixed")]]
        return [[phrase(language, "language_set")]]

    async def _irrelevant(self, pressed: Pressed, place: Place, language: str) -> Toast:
        new = await self._desk.irrelevant(place, pressed.delivery, who(pressed.person))
        said = {None: "not_here", True: "noted", False: "noted_already"}[new]
        return _toast(phrase(language, said))

    async def _hushed(self, pressed: Pressed, place: Place, language: str) -> Toast:
        until = self._clock() + MUTE
        if pressed.button == "story":
            hushed = await self._desk.mute_story(place, pressed.delivery, who(pressed.person))
        else:
            hushed = await self._desk.mute_alert(
                place, pressed.delivery, until, who(pressed.person)
            )
        if hushed.until is None and not hushed.full:
            return _toast(phrase(language, "not_here"))
        lines = says.muted(language, hushed, self._now(), everywhere=False)
        text = "".join(piece if isinstance(piece, str) else piece.text for piece in lines[0])
        if place.private:
            return _toast(text)
        # The others in the group must not wonder why it has become quiet.
        by = phrase(language, "by", who=clipped(line(pressed.name), 64))
        return Toast(text=clipped(text, LONGEST_TOAST), said=[[*lines[0], by]])

    def _now(self) -> says.Now:
        return says.Now(moment=self._clock(), zone=self._zone())


def duration(text: str) -> timedelta | None:
    """Return "2h", "30 хв" or "1д" as a duration; None where it is none, or out of bounds."""
    found = _DURATION.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        return None
    length = int(found[1]) * _UNITS[found[2]]
    return length if timedelta(minutes=1) <= length <= LONGEST_MUTE else None


def _wants_everywhere(rest: str) -> bool:
    return bool(_EVERYWHERE & set(rest.lower().split()))


def _toast(text: str) -> Toast:
    return Toast(text=clipped(text, LONGEST_TOAST))


_SAID = {
    Verdict.OFF: "off",
    Verdict.NOT_YOU: "not_you",
    Verdict.NAMELESS: "nameless",
    Verdict.ADMINS: "admins",
}
_JOINED = {
    Joined.DONE: "subscribed",
    Joined.ALREADY: "already_subscribed",
    Joined.TOO_MANY: "too_many",
    Joined.FULL: "full",
    Joined.CONFIGURED: "configured",
}
