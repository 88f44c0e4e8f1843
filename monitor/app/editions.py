"""When a digest is due, and what it looks back on: pure, whatever the clocks do.

A time of day that a clock change skips is as much later; one that comes twice counts once, the
first time. So there is one moment for each local date, and a digest ends where the next one begins.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.archive.digests import Edition
from monitor.config.receivers import Receiver
from monitor.model import Period

#: A digest that could not be sent in time is sent late until then, and skipped afterwards.
LATE = timedelta(hours=12)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_STEP = {Period.DAILY: timedelta(days=1), Period.WEEKLY: timedelta(weeks=1)}


def wanted(receivers: Iterable[Receiver]) -> Iterator[tuple[str, Period, str]]:
    """Return the digests that are asked for: who gets which, and when, as it is written."""
    for receiver in receivers:
        if receiver.digest is None:
            continue
        if receiver.digest.daily is not None:
            yield receiver.name, Period.DAILY, receiver.digest.daily
        if receiver.digest.weekly is not None:
            yield receiver.name, Period.WEEKLY, receiver.digest.weekly


def edition(receiver: str, period: Period, when: str, zone: ZoneInfo, now: datetime) -> Edition:
    """Return the last digest that is due by now: "09:00", or "mon 09:00", in this zone."""
    day = now.astimezone(zone).date()
    day -= timedelta(days=_days_since(period, when, day))
    if moment(day, when, zone) > now:
        day -= _STEP[period]
    return on(receiver, period, when, zone, day)


def on(receiver: str, period: Period, when: str, zone: ZoneInfo, day: date) -> Edition:
    """Return the digest of that local date."""
    until = moment(day, when, zone)
    before = day - _STEP[period]
    while moment(before, when, zone) >= until:  # a zone that left out a whole date
        before -= timedelta(days=1)
    return Edition(
        receiver=receiver,
        period=period,
        date=day,
        since=moment(before, when, zone),
        until=until,
    )


def following(period: Period, when: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the next digest is due after now."""
    day = edition("", period, when, zone, now).date + _STEP[period]
    while moment(day, when, zone) <= now:
        day += _STEP[period]
    return moment(day, when, zone)


def moment(day: date, when: str, zone: ZoneInfo) -> datetime:
    """Return the moment of that local date at which the time of day in `when` comes."""
    clock = time.fromisoformat(when.rsplit(" ", 1)[-1])
    # To UTC, for differences and comparisons within one zone leave out what its clock does.
    return datetime.combine(day, clock, zone).astimezone(UTC)


def between(period: Period, earlier: date, later: date) -> int:
    """Return how many digests of that period lie between those of two dates."""
    return max((later - earlier) // _STEP[period] - 1, 0)


def _days_since(period: Period, when: str, day: date) -> int:
    """Return how long ago its day of the week was: 0 for today, and for daily ones."""
    if period is Period.DAILY:
        return 0
    return (day.weekday() - _DAYS.index(when.split(" ", maxsplit=1)[0])) % 7
