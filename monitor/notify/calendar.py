"""Whether it is the time for something, and when it will be; clocks may change meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor.config.intervals import DAY, Span, TimeInterval

_CHUNK: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
#: How far ahead is looked for a moment.
HORIZON: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time interval as seen from one place: what the clocks on the wall say there."""

    zone: ZoneInfo
    said: TimeInterval

    def holds(self, moment: datetime) -> bool:
        """Return whether it is that time."""
        there, said = moment.astimezone(self.zone), self.said
        now = there.hour * 60 + there.minute
        return (
            (not said.times or any(one.start_time <= now < one.end_time for one in said.times))
            and (not said.weekdays or any(_around(there.weekday(), s) for s in said.weekdays))
            and (not said.months or any(_around(there.month, s) for s in said.months))
            and (not said.days_of_month or any(_is_day(there, s) for s in said.days_of_month))
            and (not said.years or any(s.first <= there.year <= s.last for s in said.years))
        )

    def turns(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments between the two at which it may begin or end, in no order."""
        minutes = {0, *(m for one in self.said.times for m in (one.start_time, one.end_time))}
        day, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        while day <= last:
            for minute in minutes:
                yield from moments(day, minute, self.zone)
            day += _CHUNK
        yield from _clock_change(since, until, self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Times under one name; one of them is enough."""

    name: str
    stretches: Sequence[Stretch]

    def holds(self, moment: datetime) -> bool:
        """Return whether it is one of these times."""
        return any(one.holds(moment) for one in self.stretches)


def first_moment(
    wanted: Callable[[datetime], bool], calendars: Sequence[Calendar], after: datetime
) -> datetime | None:
    """Return the first moment, from that one on, which is as wanted; None if none is for a year.

    What is wanted may change only where one of the calendars begins or ends.
    """
    if wanted(after):
        return after
    stretches = [one for calendar in calendars for one in calendar.stretches]
    for number in range(HORIZON // _CHUNK):
        since = after + number * _CHUNK
        until = since + _CHUNK
        found = {turn for one in stretches for turn in one.turns(since, until)}
        for turn in sorted(turn for turn in found if since < turn <= until):
            if wanted(turn):
                return turn
    return None


def next_hour(hours: Sequence[int], zone: ZoneInfo, after: datetime) -> datetime:
    """Return when the clocks there next show one of these minutes of the day, once a local date.

    An hour that comes twice counts when it first comes; one that is left out, as if it came.
    """
    day = after.astimezone(zone).date() - _CHUNK
    while True:
        due = [next(moments(day, minute, zone)) for minute in hours]
        later = [moment for moment in due if moment > after]
        if later:
            return min(later)
        day += _CHUNK


def moments(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the clocks there show that minute of that day: first, and once more."""
    whole, minute = divmod(minute, DAY)
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + whole * _CHUNK
    local = local.replace(hour=minute // 60, minute=minute % 60)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    yield first
    if second > first:
        yield second


def _around(number: int, span: Span) -> bool:
    """Return whether a weekday or a month is between two, past the turn of the week or year too."""
    if span.first <= span.last:
        return span.first <= number <= span.last
    return number >= span.first or number <= span.last


def _is_day(there: datetime, span: Span) -> bool:
    """Return whether a day is between two of its month; one beyond its end is its end."""
    length = _month_length(there)
    first, last = (day if day > 0 else length + 1 + day for day in span)
    return max(first, 1) <= there.day <= last and first <= length


def _month_length(there: datetime) -> int:
    return (there.replace(day=28).date() + timedelta(days=4)).replace(day=1).toordinal() - (
        there.date().replace(day=1).toordinal()
    )


def _clock_change(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the clocks there change between the two moments, if they do."""
    before = since.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == before:
        return
    begin = since.replace(second=0, microsecond=0).astimezone(UTC)
    low, high = 0, 1 + (until - begin) // _MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        moment = begin + middle * _MINUTE
        low, high = (
            (middle, high) if moment.astimezone(zone).utcoffset() == before else (low, middle)
        )
    yield begin + high * _MINUTE
