"""What every language of the messages must be able to say; the languages fill it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import Kind, Severity

#: Forms of a noun: for one and many in English; for 1, 2 to 4, and 5 in Slavic languages.
Forms = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """All that stands around the news, in one language. `{}` is filled in."""

    code: str
    severities: Mapping[Severity, str]
    months: tuple[str, ...]  #: as they stand after a day
    zones: Mapping[str, str]  #: zones that people have words for; others have their letters
    adjectives: Mapping[str, str]  #: of countries, as far as `kinds` need them
    kinds: Mapping[Kind, str]  #: with `{}` for the adjective
    bare_kinds: Mapping[Kind, str]  #: of a country without an adjective
    plural: Callable[[int], int]  #: which of the forms belongs to a number

    # An alert
    repeat: str
    also: str
    now_also: str
    first: str
    forwarded: str
    further_rule: str
    raised: str
    more_rules: Forms
    more_copies: Forms
    undated: str
    dated: str
    edited: str
    edited_seen: str
    late: str
    no_link: str
    no_words: str

    # Times that pass: after a number
    short_minutes: str
    short_hours: str
    days: Forms
    minutes: Forms  #: as in "within 10 minutes"
    hours: Forms

    # Several alerts
    alerts: Forms
    in_time: str
    together: str
    held: str
    since: str
    more_alerts: Forms

    # A digest
    periods: Mapping[str, str]
    nothing: str
    by_rules: Forms
    top: str
    sources: Forms
    documents: Forms
    blind: str
    more_blind: Forms

    # What the program itself says
    notice: str
    mute_rule: str
    mute_story: str
    irrelevant: str

    def many(self, number: int, forms: Forms) -> str:
        """Return a number with its noun, or a sentence about so many."""
        form = forms[self.plural(number)]
        return form.format(number) if "{}" in form else f"{number} {form}"

    def side(self, country: str, kind: Kind) -> str:
        """Return who stands behind a source, as a reader calls it: "Russian state media"."""
        adjective = self.adjectives.get(country.lower())
        return self.kinds[kind].format(adjective) if adjective else self.bare_kinds[kind]

    def time(self, moment: datetime, now: datetime, zone: ZoneInfo) -> str:
        """Return the time there, with the date unless that is today."""
        there, today = moment.astimezone(zone), now.astimezone(zone)
        if there.date() == today.date():
            return f"{there:%H:%M}"
        return f"{self.date(moment, now, zone)}, {there:%H:%M}"

    def date(self, moment: datetime, now: datetime, zone: ZoneInfo) -> str:
        """Return the day there, with the year unless that is the present one."""
        there, today = moment.astimezone(zone), now.astimezone(zone)
        year = "" if there.year == today.year else f" {there.year}"
        return f"{there.day} {self.months[there.month - 1]}{year}"

    def clock(self, moment: datetime, now: datetime, zone: ZoneInfo) -> str:
        """Return the time there, and whose time it is."""
        return f"{self.time(moment, now, zone)} {self._zone(moment, zone)}"

    def span(self, time: timedelta) -> str:
        """Return a time that has passed in one unit, as short as it can be."""
        minutes = int(time.total_seconds() // 60)
        if minutes < 120:
            return f"{minutes} {self.short_minutes}"
        if minutes < 48 * 60:
            return f"{minutes // 60} {self.short_hours}"
        return self.many(minutes // 1440, self.days)

    def lag(self, time: timedelta) -> str:
        """Return how much later something was: "+5 min", "+1 h 50", "+2 days"."""
        minutes = int(time.total_seconds() // 60)
        if minutes < 60 or minutes >= 48 * 60:
            return f"+{self.span(time)}"
        rest = f" {minutes % 60:02}" if minutes % 60 else ""
        return f"+{minutes // 60} {self.short_hours}{rest}"

    def within(self, time: timedelta) -> str:
        """Return a time in which something was, in whole words: "10 minutes"."""
        minutes = max(-(-int(time.total_seconds()) // 60), 1)
        if minutes < 120:
            return self.many(minutes, self.minutes)
        if minutes < 48 * 60:
            return self.many(-(-minutes // 60), self.hours)
        return self.many(-(-minutes // 1440), self.days)

    def _zone(self, moment: datetime, zone: ZoneInfo) -> str:
        if zone.key in self.zones:
            return self.zones[zone.key]
        name = moment.astimezone(zone).tzname() or ""
        return f"UTC{name}" if name.startswith(("+", "-")) else name


def english(number: int) -> int:
    """Return which form belongs to a number: 1 alert, 2 alerts."""
    return 0 if number == 1 else 1


def slavic(number: int) -> int:
    """Return which form belongs to a number: 1 and 21, 2 to 4 and 22, 5 to 20."""
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else 2
