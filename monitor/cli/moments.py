"""`--since`, `--until`, `--at`, `--starts` and `--for`, as people write them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.errors import MonitorError

_BACK = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_TURNED = re.compile(r"([0-9]{1,2})[./]([0-9]{1,2})[./]([0-9]{4})")
_FIRST_YEAR = 1990
_AHEAD = timedelta(days=2)
_WRITE = (
    "write a date (2022-09-12), a date and a time (2022-09-12T14:30), or how far back (30d, 12h)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time; what is None is open."""

    since: datetime | None = None
    until: datetime | None = None  #: the first moment after it

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment is inside."""
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment < self.until
        )


def window(since: str | None, until: str | None, now: datetime, zone: tzinfo) -> Window:
    """Return the stretch that is meant, in this zone; raise MonitorError where none is.

    A date alone is its first moment as `since` and the whole of that day as `until`.
    """
    begin = None if since is None else _moment("--since", since, now, zone, whole_day=False)
    end = None if until is None else _moment("--until", until, now, zone, whole_day=True)
    if begin is not None and end is not None and begin >= end:
        raise MonitorError(f"--since {since} is not before --until {until}")
    return Window(since=begin, until=end)


def credible(moment: datetime | None, now: datetime) -> datetime | None:
    """Return a moment at which something may have been published by now; None for any other.

    Feeds say 1970, 0001 and 2099 where they know nothing better.
    """
    if moment is None or moment.year < _FIRST_YEAR or moment.year > now.year + 1:
        return None  # so near the ends of the calendar that no zone may be asked about it
    return moment if moment.astimezone(UTC) <= now + _AHEAD else None


def moment(option: str, said: str, zone: tzinfo) -> datetime:
    """Return the moment that is meant, in this zone; raise MonitorError where none is."""
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError:
        raise MonitorError(
            f"{option}: “{said}” is no time here: write a date and a time, 2022-09-12 14:30"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def length(option: str, said: str) -> timedelta:
    """Return how long is meant; raise MonitorError where nothing is."""
    found = _BACK.fullmatch(said.strip())
    if found is None or not int(found[1]):
        raise MonitorError(
            f"{option}: “{said}” is no length of time: write a number and s, m, h, d or w, as in 2h"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _moment(option: str, said: str, now: datetime, zone: tzinfo, *, whole_day: bool) -> datetime:
    said = said.strip()
    try:
        if back := _BACK.fullmatch(said):
            return now - timedelta(**{_UNITS[back[2]]: int(back[1])})
        if _DAY.fullmatch(said):
            day = date(*map(int, said.split("-")))
            return _begin(day + timedelta(days=whole_day), zone)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        raise MonitorError(f"{option}: “{said}” is no time here: {_mend(said)}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _mend(said: str) -> str:
    turned = _TURNED.fullmatch(said)
    if turned and int(turned[2]) <= 12:
        return f"write {turned[3]}-{int(turned[2]):02}-{int(turned[1]):02}"
    return _WRITE
