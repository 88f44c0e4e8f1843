"""The bot's answers, line by line, from what the desk knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.notify.bot_desk import (
    EVERY_RULE,
    Found,
    Heard,
    Hushed,
    Place,
    RuleLine,
    Searched,
    Sights,
    Why,
)
from monitor.notify.bot_pages import Line, bold, code, link
from monitor.notify.bot_phrases import phrase
from monitor.notify.bot_words import COMMANDS, FATES, MONTHS, REASONS, STATES
from monitor.notify.legible import clipped, line
from monitor.notify.message import MARKS

_TITLE = 160
_WORDS = 6  # that are quoted of a match
_BLIND = 20  # sources that are named
_MISTAKES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """When it is said, and by which clock on the wall."""

    moment: datetime
    zone: ZoneInfo

    def spelled(self, moment: datetime, language: str) -> str:
        """Return a moment as people there write it, with its date unless it is today's."""
        there, today = moment.astimezone(self.zone), self.moment.astimezone(self.zone)
        if there.date() == today.date():
            return f"{there:%H:%M}"
        year = "" if there.year == today.year else f" {there.year}"
        return f"{there.day} {MONTHS[language][there.month - 1]}{year}, {there:%H:%M}"


def named(language: str, rule: str) -> str:
    """Return a rule's id, or that it is every rule."""
    return phrase(language, "every_rule") if rule == EVERY_RULE else rule


def hello(language: str, place: Place, heard: Sequence[str], *, numbers: bool) -> Sequence[Line]:
    """Return who the bot is, what is heard here, and what it can do."""
    said: list[Line] = [[phrase(language, "hello")]]
    if heard:
        said.append([phrase(language, "hears"), bold(", ".join(heard)), "."])
    if numbers:
        topic: Line = [phrase(language, "topic"), code(str(place.topic))] if place.topic else []
        said.append([phrase(language, "this_chat"), code(str(place.id)), *topic])
    return [*said, [""], *commands(language)]


def commands(language: str) -> Sequence[Line]:
    """Return every command and what it is for."""
    menu: list[Line] = [[f"/{name} – {said[language]}"] for name, said in COMMANDS.items()]
    return [
        [bold(phrase(language, "commands"))],
        *menu,
        [""],
        [phrase(language, "help_more")],
    ]


def no_rule(language: str, name: str) -> Sequence[Line]:
    """Return that there is no such rule."""
    return [[phrase(language, "no_rule"), bold(clipped(name, 64)), phrase(language, "see_rules")]]


def rules(language: str, found: Sequence[RuleLine], now: Now) -> Sequence[Line]:
    """Return all rules, with those that are heard here marked."""
    if not found:
        return [[phrase(language, "no_rules")]]
    said: list[Line] = [[bold(phrase(language, "rules"))]]
    for rule in found:
        mark = "✓ " if rule.subscribed else ""
        title = f" {clipped(rule.title, _TITLE)}" if rule.title != rule.id else ""
        silent = ""
        if rule.silent_until is not None:
            when = now.spelled(rule.silent_until, language)
            silent = f" · {phrase(language, 'silent_until', when=when)}"
        said.append([f"{mark}{MARKS[rule.severity]} ", code(rule.id), title, silent])
    if any(rule.subscribed for rule in found):
        said += [[""], [phrase(language, "rules_legend")]]
    return said


def latest(language: str, found: Sequence[Found], now: Now) -> Sequence[Line]:
    """Return the latest alerts."""
    if not found:
        return [[phrase(language, "no_alerts")]]
    return [[bold(phrase(language, "latest"))], *_list(language, found, now)]


def searched(language: str, answer: Searched, now: Now) -> Sequence[Line]:
    """Return what was found, or why not."""
    if answer.busy:
        return [[phrase(language, "busy")]]
    if answer.mistakes:
        mistakes = answer.mistakes[:_MISTAKES]
        return [[phrase(language, "mistake")], *([f"• {clipped(one, 500)}"] for one in mistakes)]
    if answer.found:
        said: list[Line] = [
            [bold(phrase(language, "found", days=answer.days))],
            *_list(language, answer.found, now),
        ]
        more = [] if answer.whole else [[""], [phrase(language, "not_whole")]]
        return [*said, *more]
    nothing: Line = [phrase(language, "found_nothing", days=answer.days)]
    return [nothing] if answer.whole else [nothing, [phrase(language, "no_time")]]


def why(language: str, found: Why, now: Now) -> Sequence[Line]:
    """Return what became of a document, and why."""
    seen = phrase(language, "seen_at", when=now.spelled(found.seen_at, language))
    said: list[Line] = [
        [link(clipped(found.title, _TITLE), found.url)],
        [f"{found.source} · {seen} · ", code(found.ref)],
        [""],
    ]
    for match in found.matched:
        words = ", ".join(f"“{clipped(line(word), 60)}”" for word in match.words[:_WORDS])
        said.append(
            [
                phrase(language, "found_by"),
                bold(match.rule),
                f" {MARKS[match.severity]}",
                f": {words}" if words else "",
            ]
        )
    if not found.matched:
        return [*said, [phrase(language, "no_match")]]
    if found.reason is not None:
        said.append([REASONS[found.reason][language]])
    said += [_heard(language, one, now) for one in found.heard]
    if not found.heard:
        said.append([phrase(language, "nobody_heard")])
    return said


def status(language: str, found: Sights, now: Now) -> Sequence[Line]:
    """Return how the program fares."""
    return list(_status(language, found, now))


def muted(language: str, hushed: Hushed, now: Now, *, everywhere: bool) -> Sequence[Line]:
    """Return what is silent now, and until when."""
    if hushed.until is None:
        return [[phrase(language, "too_silent")]]
    when = now.spelled(hushed.until, language)
    if hushed.story is not None:
        return [[phrase(language, "muted_story", when=when)]]
    names = ", ".join(named(language, rule) for rule in hushed.rules)
    said = phrase(language, "muted_everywhere" if everywhere else "muted", when=when)
    return [[said, bold(names), "."]]


def _list(language: str, found: Sequence[Found], now: Now) -> Iterator[Line]:
    for one in found:
        mark = f"{MARKS[one.severity]} " if one.severity else "• "
        yield [mark, link(clipped(one.title, _TITLE), one.url)]
        of = f" · {', '.join(one.rules[:4])}" if one.rules else ""
        yield [f"   {one.source} · {now.spelled(one.at, language)}{of} · ", code(one.ref)]


def _heard(language: str, one: Heard, now: Now) -> Line:
    parts = []
    if one.fate is not None:
        parts.append(FATES[one.fate][language])
    if one.state is not None:
        when = f" {now.spelled(one.at, language)}" if one.at is not None else ""
        parts.append(f"{STATES[one.state][language]}{when}")
    if one.why:
        parts.append(clipped(one.why, 200))
    return [bold(one.receiver), f": {', '.join(parts)}"]


def _status(language: str, found: Sights, now: Now) -> Iterator[Line]:
    seen = found.sources - len(found.blind)
    name = "sees_some" if found.blind else "sees_all"
    yield [bold(phrase(language, name, seen=seen, total=found.sources))]
    if found.blind:
        yield [phrase(language, "blind")]
    for source in found.blind[:_BLIND]:
        since = now.spelled(source.since, language) if source.since else ""
        when = f" {phrase(language, 'since', when=since)}" if since else ""
        yield [f"• {clipped(source.name, 100)}{when}"]
    if len(found.blind) > _BLIND:
        yield [phrase(language, "and_more", more=len(found.blind) - _BLIND)]
    if found.newest is None:
        yield [phrase(language, "nothing_yet")]
    else:
        yield [phrase(language, "newest", when=now.spelled(found.newest, language))]
    yield [phrase(language, "rules_in_force", number=found.rules)]
    if found.waiting:
        yield [phrase(language, "waiting", number=found.waiting)]
    if found.silences:
        yield [phrase(language, "silences")]
    for silence in found.silences:
        until = phrase(language, "silent_until", when=now.spelled(silence.ends_at, language))
        yield [f"• {clipped(', '.join(silence.matchers), 200)} · {until}"]
