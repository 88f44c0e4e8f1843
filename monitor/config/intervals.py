"""When something holds, in Alertmanager's words: times of day, weekdays, days, months, years."""

import re
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from monitor.config.fields import Id, Many, Some
from monitor.config.source import Strict

DAY: Final = 24 * 60
#: As Python counts them: Monday is 0.
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: As calendars count them: the first is at 1.
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORT = 3

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_NUMBER = re.compile(r"-?[0-9]{1,4}")


class Span(NamedTuple):
    """From one to another, both included."""

    first: int
    last: int


def minute(value: object) -> int:
    """Read `07:30` as minutes after midnight."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"`{value}` is no time of day: write 00:00 to 23:59, as in 07:30")
    return int(found[1]) * 60 + int(found[2])


def clock(minutes: int) -> str:
    """Return minutes after midnight as they are written."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _end_minute(value: object) -> int:
    return DAY if value == "24:00" else minute(value)


def _ends(value: object, what: str) -> tuple[str, str]:
    """Return the two ends of `one:other`; one that stands alone is both."""
    words = str(value).lower().split(":")
    if not isinstance(value, str | int) or isinstance(value, bool) or len(words) > 2:
        raise ValueError(f"write {what}")
    return words[0].strip(), words[-1].strip()


def _weekdays(value: object) -> Span:
    first, last = _ends(value, "a weekday, or two with a colon between: monday:friday")
    return Span(_named(first, WEEKDAYS, "weekday"), _named(last, WEEKDAYS, "weekday"))


def _months(value: object) -> Span:
    first, last = _ends(value, "a month, or two with a colon between: may:august, 5:8")
    return Span(_month(first), _month(last))


def _month(word: str) -> int:
    if word.isdecimal():
        return _number(word, 1, len(MONTHS), "month")
    return _named(word, MONTHS, "month") + 1


def _named(word: str, names: tuple[str, ...], what: str) -> int:
    for number, name in enumerate(names):
        if word in {name, name[:_SHORT]}:
            return number
    raise ValueError(f"`{word}` is no {what}: write {names[0]}, {names[1]} …")


def _number(word: str, least: int, most: int, what: str) -> int:
    if not _NUMBER.fullmatch(word) or not least <= int(word) <= most or not int(word):
        raise ValueError(f"`{word}` is no {what} that there is")
    return int(word)


def _days(value: object) -> Span:
    first, last = _ends(value, "a day, or two with a colon between: 1:5; -1 is the last of a month")
    span = Span(_number(first, -31, 31, "day of a month"), _number(last, -31, 31, "day of a month"))
    at_best = [day if day > 0 else 32 + day for day in span]
    if at_best[0] > at_best[1] or span.first < 0 < span.last:
        raise ValueError(f"the first of `{value}` is never before the last: turn them round")
    return span


def _years(value: object) -> Span:
    first, last = _ends(value, "a year, or two with a colon between: 2026:2028")
    span = Span(_number(first, 1, 9999, "year"), _number(last, 1, 9999, "year"))
    if span.first > span.last:
        raise ValueError(f"the first of `{value}` is after the last: turn them round")
    return span


def _spelled(span: Span) -> str:
    return str(span.first) if span.first == span.last else f"{span.first}:{span.last}"


def _weekdays_spelled(span: Span) -> str:
    first, last = WEEKDAYS[span.first], WEEKDAYS[span.last]
    return first if first == last else f"{first}:{last}"


def _schema(*examples: object) -> WithJsonSchema:
    kinds: Any = ["string", "integer"] if any(isinstance(x, int) for x in examples) else "string"
    return WithJsonSchema({"type": kinds, "examples": list(examples)})


Clock = Annotated[
    int, PlainValidator(minute), PlainSerializer(clock, return_type=str), _schema("09:00")
]
_EndClock = Annotated[
    int, PlainValidator(_end_minute), PlainSerializer(clock, return_type=str), _schema("24:00")
]
_Spelled = PlainSerializer(_spelled, return_type=str)
_Weekdays = Annotated[
    Span,
    PlainValidator(_weekdays),
    PlainSerializer(_weekdays_spelled, return_type=str),
    _schema("monday:friday", "sunday"),
]
_Months = Annotated[Span, PlainValidator(_months), _Spelled, _schema("may:august", 12)]
_Days = Annotated[Span, PlainValidator(_days), _Spelled, _schema("1:5", "-1", 15)]
_Years = Annotated[Span, PlainValidator(_years), _Spelled, _schema("2026:2028", 2026)]


class TimeOfDay(Strict):
    """From one time of day until another, which is not part of it."""

    start_time: Clock
    end_time: _EndClock = Field(description="the first minute after it; 24:00 ends the day")

    @model_validator(mode="after")
    def _in_order(self) -> "TimeOfDay":
        if self.start_time < self.end_time:
            return self
        first, last = clock(self.start_time), clock(self.end_time)
        mend = "write the earlier one first"
        if self.end_time and self.start_time != self.end_time:
            mend = f"a night is two: {first} to 24:00, and 00:00 to {last}"
        raise ValueError(f"{first} is not before {last}; {mend}")


class TimeInterval(Strict):
    """A time at which every key that is given holds, as seen from one place."""

    times: Many[TimeOfDay] = ()
    weekdays: Many[_Weekdays] = ()
    days_of_month: Many[_Days] = Field((), description="-1 is the last day of a month")
    months: Many[_Months] = ()
    years: Many[_Years] = ()
    location: str | None = Field(None, description="Europe/Kyiv; `timezone:` by default")

    @model_validator(mode="after")
    def _something(self) -> "TimeInterval":
        if self.times or self.weekdays or self.days_of_month or self.months or self.years:
            return self
        raise ValueError("give times:, weekdays:, days_of_month:, months: or years:")


class NamedIntervals(Strict):
    """Times that routes can name; one of them is enough."""

    name: Id
    time_intervals: Some[TimeInterval]
