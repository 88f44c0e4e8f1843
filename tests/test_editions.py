"""When a digest is due, in zones whose clocks are changed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from digest_world import receiver
from hypothesis import given
from hypothesis import strategies as st

from monitor.app.editions import between, edition, following, moment, on, wanted
from monitor.model import Period

KYIV = ZoneInfo("Europe/Kyiv")
SPRING, AUTUMN = date(2022, 3, 27), date(2022, 10, 30)  # 03:00 → 04:00, 04:00 → 03:00
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY, WEEKLY = Period.DAILY, Period.WEEKLY


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


def test_a_digest_is_due_at_its_time_of_day_and_not_before():
    before = edition("desk", DAILY, "09:00", KYIV, utc(2022, 9, 11, 5, 59, 59))
    at = edition("desk", DAILY, "09:00", KYIV, utc(2022, 9, 11, 6))

    assert (before.date, at.date) == (date(2022, 9, 10), date(2022, 9, 11))
    assert (at.since, at.until) == (utc(2022, 9, 10, 6), utc(2022, 9, 11, 6))
    assert at.ref == "daily-2022-09-11"


def test_a_week_begins_on_its_day():
    last = edition("desk", WEEKLY, "mon 09:00", KYIV, utc(2022, 9, 12, 5))
    this = edition("desk", WEEKLY, "mon 09:00", KYIV, utc(2022, 9, 12, 6))
    later = edition("desk", WEEKLY, "mon 09:00", KYIV, utc(2022, 9, 18, 20))

    assert [one.date for one in (last, this, later)] == [
        date(2022, 9, 5),
        date(2022, 9, 12),
        date(2022, 9, 12),
    ]
    assert this.until - this.since == 7 * DAY
    assert this.ref == "weekly-2022-09-12"


@pytest.mark.parametrize(
    ("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (SPRING + DAY, 24), (AUTUMN + DAY, 24)]
)
def test_a_day_on_which_the_clock_is_changed_is_as_long_as_it_is(day, hours):
    one = on("desk", DAILY, "09:00", KYIV, day)

    assert one.until - one.since == hours * HOUR


@pytest.mark.parametrize(("last", "hours"), [(SPRING + DAY, -1), (AUTUMN + DAY, 1)])
def test_a_week_in_which_the_clock_is_changed_is_as_long_as_it_is(last, hours):
    one = on("desk", WEEKLY, "mon 09:00", KYIV, last)

    assert one.until - one.since == 7 * DAY + hours * HOUR


def test_a_time_that_the_clock_skips_comes_as_much_later():
    assert moment(SPRING, "03:30", KYIV).astimezone(KYIV).strftime("%H:%M") == "04:30"
    assert edition("d", DAILY, "03:30", KYIV, utc(2022, 3, 27, 1, 29)).date == SPRING - DAY
    assert edition("d", DAILY, "03:30", KYIV, utc(2022, 3, 27, 1, 30)).date == SPRING


def test_a_time_that_comes_twice_counts_the_first_time():
    first, second = utc(2022, 10, 30, 0, 30), utc(2022, 10, 30, 1, 30)
    assert first.astimezone(KYIV).time() == second.astimezone(KYIV).time()

    assert edition("desk", DAILY, "03:30", KYIV, first).until == first
    assert edition("desk", DAILY, "03:30", KYIV, second).until == first
    assert following(DAILY, "03:30", KYIV, first) == utc(2022, 10, 31, 1, 30)


def test_a_zone_that_left_out_a_date_has_no_empty_digest():
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011

    one = edition("desk", DAILY, "09:00", apia, utc(2011, 12, 30, 20))

    assert one.date == date(2011, 12, 31)
    assert one.until - one.since == DAY


ZONES = ("Europe/Kyiv", "America/Havana", "America/Asuncion", "Australia/Lord_Howe", "UTC")
TIMES = st.times().map(lambda one: f"{one:%H:%M}")


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    when=TIMES,
    begin=st.integers(0, 3 * 365 * 24 * 60).map(lambda n: utc(2021, 1, 1) + timedelta(minutes=n)),
    step=st.integers(1, 90),
)
def test_every_local_date_has_one_digest_and_each_begins_where_the_last_one_ended(
    zone, when, begin, step
):
    looks = [begin + number * step * timedelta(minutes=1) for number in range(120)]
    found = list(dict.fromkeys(edition("desk", DAILY, when, zone, now) for now in looks))

    dates = [one.date for one in found]
    assert [later - earlier for earlier, later in pairwise(dates)] == [DAY] * (len(dates) - 1)
    assert all(earlier.until == later.since for earlier, later in pairwise(found))
    for one, now in zip(
        (edition("desk", DAILY, when, zone, now) for now in looks), looks, strict=True
    ):
        assert one.since < one.until <= now < following(DAILY, when, zone, now)


def test_what_is_wanted_is_read_from_the_receivers():
    said = [
        receiver("none"),
        receiver("both", digest={"daily": "09:00", "weekly": "fri 18:30"}),
        receiver("day", digest={"daily": "21:15"}),
    ]

    assert list(wanted(said)) == [
        ("both", DAILY, "09:00"),
        ("both", WEEKLY, "fri 18:30"),
        ("day", DAILY, "21:15"),
    ]


def test_it_is_counted_how_many_lie_between():
    monday = date(2022, 9, 5)

    assert [between(DAILY, monday, monday + n * DAY) for n in (-3, 0, 1, 4)] == [0, 0, 0, 3]
    assert [between(WEEKLY, monday, monday + n * DAY) for n in (7, 21)] == [0, 2]
