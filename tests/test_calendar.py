"""Time intervals and the hours of digests, walked minute by minute across clock changes."""

import calendar as almanac
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.config.intervals import WEEKDAYS, TimeInterval
from monitor.notify.calendar import Calendar, Stretch, first_moment, next_hour

KYIV = ZoneInfo("Europe/Kyiv")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# In Kyiv 03:00 became 04:00 on 29 March 2026, and 04:00 becomes 03:00 on 25 October.
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)


def stretch(zone: ZoneInfo = KYIV, **said) -> Stretch:
    return Stretch(zone=zone, said=TimeInterval.model_validate(said))


def named(*stretches: Stretch) -> Calendar:
    return Calendar(name="x", stretches=stretches)


def kyiv(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV, fold=fold)


@pytest.mark.parametrize(
    ("said", "inside", "outside"),
    [
        (
            {"times": [{"start_time": "09:00", "end_time": "17:00"}]},
            ["2026-11-26 09:00", "2026-11-26 16:59"],
            ["2026-11-26 08:59", "2026-11-26 17:00"],
        ),
        ({"times": [{"start_time": "23:00", "end_time": "24:00"}]}, ["2026-11-26 23:59"], []),
        ({"weekdays": ["monday:friday"]}, ["2026-11-27 12:00"], ["2026-11-28 12:00"]),
        ({"weekdays": "saturday:sunday"}, ["2026-11-29 23:59"], ["2026-11-30 00:00"]),
        ({"weekdays": ["friday:monday"]}, ["2026-11-30 12:00"], ["2026-12-01 12:00"]),
        ({"weekdays": ["Sun"]}, ["2026-11-29 12:00"], ["2026-11-28 12:00"]),
        ({"days_of_month": ["-3:-1"]}, ["2026-02-26 12:00"], ["2026-02-25 12:00"]),
        ({"days_of_month": ["1:5", -1]}, ["2028-02-29 12:00"], ["2028-02-28 12:00"]),
        ({"days_of_month": ["28:31"]}, ["2026-02-28 12:00"], ["2026-02-27 12:00"]),
        ({"days_of_month": [31]}, ["2026-10-31 12:00"], ["2026-11-30 12:00"]),
        ({"days_of_month": ["10:-1"]}, ["2026-11-30 12:00"], ["2026-11-09 12:00"]),
        ({"months": ["june:august", 12]}, ["2026-12-01 00:00"], ["2026-05-31 23:59"]),
        ({"months": ["november:february"]}, ["2026-01-15 12:00"], ["2026-03-01 00:00"]),
        ({"years": ["2026:2027"]}, ["2027-12-31 23:59"], ["2028-01-01 00:00"]),
        (
            {"weekdays": ["friday"], "times": [{"start_time": "18:00", "end_time": "24:00"}]},
            ["2026-11-27 18:00"],
            ["2026-11-26 18:00", "2026-11-27 17:59"],
        ),
    ],
)
def test_a_time_interval_holds(said, inside, outside):
    assert [stretch(**said).holds(kyiv(text)) for text in inside] == [True] * len(inside)
    assert [stretch(**said).holds(kyiv(text)) for text in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"times": [{"start_time": "23:00", "end_time": "07:00"}]},
        {"times": [{"start_time": "09:00", "end_time": "09:00"}]},
        {"times": [{"start_time": "24:00", "end_time": "24:00"}]},
        {"times": [{"start_time": "09:60", "end_time": "10:00"}]},
        {"times": [{"start_time": 900, "end_time": "10:00"}]},
        {"weekdays": ["caturday"]},
        {"weekdays": ["mon:tue:wed"]},
        {"days_of_month": [0]},
        {"days_of_month": ["1:32"]},
        {"days_of_month": ["-1:-3"]},
        {"days_of_month": ["-3:1"]},
        {"days_of_month": ["20:-20"]},
        {"months": [13]},
        {"months": ["junuary"]},
        {"years": ["2028:2026"]},
        {"weekdays": [True]},
    ],
)
def test_a_time_that_does_not_exist_is_refused(said):
    with pytest.raises(ValidationError):
        TimeInterval.model_validate(said)


@pytest.mark.parametrize(
    "said",
    [
        {"times": [{"start_time": "00:00", "end_time": "24:00"}]},
        {"weekdays": ["monday:friday", "sunday"], "months": ["may:august"]},
        {"days_of_month": ["-3:-1", "15"], "years": ["2026", "2028:2030"]},
    ],
)
def test_a_time_interval_is_written_as_it_was_read(said):
    read = TimeInterval.model_validate(said)

    assert TimeInterval.model_validate(read.model_dump(mode="json")) == read


def test_the_hour_that_comes_twice_is_muted_both_times_and_the_other_never():
    three = stretch(times=[{"start_time": "03:00", "end_time": "04:00"}])

    assert [three.holds(AUTUMN + n * MINUTE) for n in (-61, -60, 0, 59, 60)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert not any(three.holds(SPRING + n * MINUTE) for n in range(-1380, 1380))


# --- Against a walk, minute by minute -------------------------------------------------------------

CLOCKS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda t: t[0] < t[1])


def spelled(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


SAID = st.fixed_dictionaries(
    {"times": st.lists(CLOCKS, min_size=1, max_size=3)},
    optional={
        "weekdays": st.sets(st.integers(0, 6), min_size=1),
        "days": st.sets(st.sampled_from([1, 2, 24, 25, 28, 29, 30, -1, -7]), min_size=1),
    },
)
SHORT = st.sampled_from([(180, 240), (120, 180), (210, 225), (0, 240), (240, 1440), (150, 210)])


def plain(said: dict, there: datetime) -> bool:
    """The same as `Stretch.holds`, without any cleverness."""
    last = almanac.monthrange(there.year, there.month)[1]
    days = {day if day > 0 else last + 1 + day for day in said.get("days", {there.day})}
    return (
        any(first <= there.hour * 60 + there.minute < end for first, end in said["times"])
        and there.weekday() in said.get("weekdays", {there.weekday()})
        and there.day in days
    )


def written(said: dict) -> dict:
    return {
        "times": [{"start_time": spelled(a), "end_time": spelled(b)} for a, b in said["times"]],
        "weekdays": [WEEKDAYS[day] for day in said.get("weekdays", ())],
        "days_of_month": list(said.get("days", ())),
    }


@given(
    st.lists(
        st.tuples(
            SAID | st.lists(SHORT, min_size=1, max_size=3).map(lambda times: {"times": times}),
            st.sampled_from([KYIV, ZoneInfo("UTC"), ZoneInfo("America/St_Johns")]),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(-1800, 600),
)
def test_a_mute_time_ends_when_a_walk_minute_by_minute_says_so(spans, change, offset):
    now = change + offset * MINUTE
    muted = named(*(stretch(zone, **written(said)) for said, zone in spans))

    def is_muted(moment: datetime) -> bool:
        return any(plain(said, moment.astimezone(zone)) for said, zone in spans)

    walked = next((n for n in range(2 * 1440) if not is_muted(now + n * MINUTE)), None)
    found = first_moment(lambda moment: not muted.holds(moment), [muted], now)

    assert muted.holds(now) is is_muted(now)
    if walked is None:
        assert found is None or found >= now + 2 * DAY
    else:
        assert found == now + walked * MINUTE


@pytest.mark.parametrize(
    ("times", "now", "end"),
    [
        # 03:30 does not come: the time is over when the clocks are set forward
        (("02:00", "03:30"), SPRING - 30 * MINUTE, SPRING),
        (("03:15", "04:15"), SPRING, SPRING + 15 * MINUTE),
        # 03:30 comes twice, and so does the hour before four
        (("03:00", "03:30"), AUTUMN - 50 * MINUTE, AUTUMN - 30 * MINUTE),
        (("03:00", "03:30"), AUTUMN + 10 * MINUTE, AUTUMN + 30 * MINUTE),
        (("03:30", "04:00"), AUTUMN - 10 * MINUTE, AUTUMN),
        (("02:00", "05:00"), AUTUMN - 90 * MINUTE, AUTUMN + 120 * MINUTE),
    ],
)
def test_a_mute_time_ends_where_the_clocks_change(times, now, end):
    muted = named(stretch(times=[{"start_time": times[0], "end_time": times[1]}]))

    assert muted.holds(now)
    assert first_moment(lambda moment: not muted.holds(moment), [muted], now) == end


def test_intervals_that_touch_are_one():
    night = named(
        stretch(times=[{"start_time": "23:00", "end_time": "24:00"}]),
        stretch(
            times=[
                {"start_time": "00:00", "end_time": "03:30"},
                {"start_time": "03:30", "end_time": "07:00"},
            ]
        ),
    )

    found = first_moment(lambda then: not night.holds(then), [night], kyiv("2026-11-26 23:30"))

    assert found == kyiv("2026-11-27 07:00")


def test_seconds_do_not_move_the_end():
    night = named(stretch(times=[{"start_time": "00:00", "end_time": "07:00"}]))
    now = kyiv("2026-11-27 06:59") + timedelta(seconds=59, microseconds=5)

    assert first_moment(lambda then: not night.holds(then), [night], now) == kyiv(
        "2026-11-27 07:00"
    )


def test_what_never_ends_has_no_end():
    always = named(stretch(times=[{"start_time": "00:00", "end_time": "24:00"}]))

    assert first_moment(lambda then: not always.holds(then), [always], SPRING) is None


@given(
    st.sets(st.sampled_from([0, 150, 180, 195, 210, 239, 240, 540, 1080, 1439]), min_size=1),
    st.sampled_from([SPRING, AUTUMN]),
)
def test_each_hour_of_a_digest_comes_once_a_date(hours, change):
    now, end = change - 36 * 60 * MINUTE, change + 36 * 60 * MINUTE
    told = []
    while (now := next_hour(sorted(hours), KYIV, now)) < end:
        told.append(now)
    there = [moment.astimezone(KYIV) for moment in told]
    dates = {moment.date() for moment in there}

    assert sorted(set(told)) == told
    for day in sorted(dates)[1:-1]:
        gap = change == SPRING and day == date(2026, 3, 29)
        shown = [one.hour * 60 + one.minute for one in there if one.date() == day]
        later = {minute: minute + 60 for minute in range(180, 240)} if gap else {}
        assert shown == sorted({later.get(minute, minute) for minute in hours})
