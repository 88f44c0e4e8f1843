"""Dates as feeds write them, in three languages and with the zones that newsrooms use."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_LONGEST = 100
_MIDNIGHT = datetime.min.time()
# Clocks differ by this much, and feeds are written ahead of what they announce.
_SLACK = timedelta(minutes=15)
_FAR = timedelta(hours=24)
_FIRST_YEAR = 1990  # before it there was no web: a clock that was never set says 1970

_HOME: dict[str, tzinfo] = {"ru": ZoneInfo("Europe/Moscow"), "ua": ZoneInfo("Europe/Kyiv")}

_MONTHS = (
    ("january", "январь", "января", "січень", "січня"),
    ("february", "февраль", "февраля", "лютий", "лютого"),
    ("march", "март", "марта", "березень", "березня"),
    ("april", "апрель", "апреля", "квітень", "квітня"),
    ("may", "май", "мая", "травень", "травня"),
    ("june", "июнь", "июня", "червень", "червня"),
    ("july", "июль", "июля", "липень", "липня"),
    ("august", "август", "августа", "серпень", "серпня"),
    ("september", "сентябрь", "сентября", "вересень", "вересня"),
    ("october", "октябрь", "октября", "жовтень", "жовтня"),
    ("november", "ноябрь", "ноября", "листопад", "листопада"),
    ("december", "декабрь", "декабря", "грудень", "грудня"),
)
_HOURS = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("bst", "west", "cet"), 1),
    **dict.fromkeys(("cest", "eet"), 2),
    **dict.fromkeys(("eest", "msk", "мск"), 3),
    **dict.fromkeys(("msd", "мсд"), 4),
    "edt": -4,
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    "pst": -8,
}

_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?![\d:])"
    r"(?:\s*(?P<half>[ap])\.?m\b)?"
)
_COMPACT_TIME = re.compile(
    r"(?<=\dt)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<half>)(?!\d)"
)
_ZONE = re.compile(
    r"\s*[(\[]?\s*(?P<name>[a-zа-я]{1,5}\b)?\s*"
    r"(?:(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?![\d.:]))?"
)
_ISO = re.compile(
    r"(?<![\d.])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"
)
_COMPACT = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?!\d)")
_DOTTED = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d\d)(?!\.?\d)"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s\-]+(?P<month>[^\W\d_]{3,10})\.?,?[\s\-]+"
    r"(?P<year>\d{4}|\d\d)(?!\d)"
)
_MONTH_FIRST = re.compile(
    r"\b(?P<month>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,|\s)[^\d]*"
    r"(?P<year>\d{4})(?!\d)"
)


def home_zone(country: str | None) -> tzinfo:
    """Return the zone in which a source of this country means a time that names none."""
    return _HOME.get(country or "", UTC)


def is_day(moment: datetime | None, zone: tzinfo) -> bool:
    """Return whether a moment is the first of a day there: all that a day without a time says."""
    return moment is not None and moment.astimezone(zone).time() == _MIDNIGHT


def moment(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment that a text names, in UTC; None where it names none.

    A time without a zone is taken in `zone`, a day without a time as its first minute. What does
    not say year, month and day gives None: a date is never invented.
    """
    text = " ".join(text[:_LONGEST].lower().split())
    time = _TIME.search(text) or _COMPACT_TIME.search(text)
    rest = text[: time.start()] + " " + text[time.end() :] if time else text
    day = _day(rest)
    if day is None:
        return None
    if time is None:
        return _in_utc(day.replace(tzinfo=zone))
    clock = _clock(time)
    if clock is None:
        return None
    return _in_utc(day.replace(tzinfo=_zone(text[time.end() :]) or zone), clock)


def credible(moment: datetime, seen_at: datetime, zone: tzinfo) -> datetime | None:
    """Return when something that we see now can have been published; None where nobody can say.

    A date ahead of us that is past when it is read as wall-clock time in `zone`, its source's home,
    is just that: many sites write their local time and mark it Z. What else is ahead by up to a day
    is as late as it can be, which is now. What is further ahead, and what is older than the web,
    names no moment.
    """
    if moment.year < _FIRST_YEAR or moment - seen_at > _FAR:
        return None
    if moment - seen_at <= _SLACK:
        return moment
    local = moment.astimezone(UTC).replace(tzinfo=zone).astimezone(UTC)
    return local if local - seen_at <= _SLACK else seen_at


def _day(text: str) -> datetime | None:
    for pattern in (_ISO, _DAY_FIRST, _DOTTED, _MONTH_FIRST, _COMPACT):
        for found in pattern.finditer(text):
            month = _month(found["month"])
            if month is None:
                continue
            year = int(found["year"])
            if len(found["year"]) == 2:
                year += 2000 if year < 69 else 1900  # as POSIX does
            try:
                return datetime(year, month, int(found["day"]))  # noqa: DTZ001 - the zone comes later
            except ValueError:
                return None
    return None


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    for number, names in enumerate(_MONTHS, start=1):
        if any(name.startswith(word) for name in names):
            return number
    return None


def _clock(found: re.Match[str]) -> timedelta | None:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))  # 60 is a leap second


def _zone(text: str) -> tzinfo | None:
    """Return the zone that stands right behind a time."""
    found = _ZONE.match(text)
    if found is None:
        return None
    named = _HOURS.get(found["name"] or "")
    if found["sign"] is None:
        return None if named is None else timezone(timedelta(hours=named))
    digits = found["hours"]
    hours, minutes = int(digits), int(found["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(timedelta(hours=named or 0) + (offset if found["sign"] == "+" else -offset))


def _in_utc(moment: datetime, clock: timedelta = timedelta()) -> datetime | None:
    """Return the wall-clock time in UTC; None where the calendar ends."""
    try:
        # 24:00 is the next day's 0:00 on the wall clock, so the sum comes before the zone.
        there = (moment.replace(tzinfo=None) + clock).replace(tzinfo=moment.tzinfo)
        here = there.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    # The first and the last year have moments that no other zone can write.
    return here if MINYEAR < here.year < MAXYEAR else None
