"""Dates as feeds write them become the right moment, or none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.dates import credible, home_zone, moment

MOSCOW = ZoneInfo("Europe/Moscow")
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 05 Sep 2022 09:05:00 +0300",
        "Mon, 5 Sep 22 09:05 +0300",
        "05 Sep 2022 06:05:00 GMT",
        "Mon, 05 Sep 2022 06:05:00 Z",
        "Mon, 05 Sep 2022 02:05:00 EDT",
        "Mon, 05 Sep 2022 09:05:00 MSK",
        "Mon, 05 Sep 2022 09:05:00 GMT+3",
        "Пн, 05 сен 2022 09:05:00 +0300",
        "понедельник, 5 сентября 2022 г., 09:05 МСК",
        "5 сент. 2022, 9:05 (МСК)",
        "05.09.2022 09:05 MSK",
        "09:05 МСК, 05.09.2022",
        "5 вересня 2022 року о 09:05 EEST",
        "Пн, 05 вер 2022 09:05:00 +03:00",
        "05.09.2022 08:05 EET",
        "2022-09-05T09:05:00+03:00",
        "2022-09-05T06:05:00Z",
        "2022-09-05T06:05:00.123456Z",
        "2022-09-05 09:05:00 +0300",
        "20220905T060500Z",
        "2022/09/05 06:05",
        "2022.09.05 06:05:00",
        "Mon Sep  5 09:05:00 MSK 2022",
        "Sep 5, 2022 6:05 am UTC",
        "September 5, 2022, 9:05 AM MSK",
        "2022-09-05T11:05:00 MSK+2",
        "  \n 2022-09-05T06:05Z \t",
    ],
)
def test_every_spelling_names_the_same_moment(text: str) -> None:
    assert moment(text) == datetime(2022, 9, 5, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize(
    "months",
    [
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "січ лют бер квіт трав черв лип серп вер жовт лист груд",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ],
)
def test_every_month_is_known(months: str, number: int) -> None:
    assert moment(f"3 {months.split()[number - 1]} 2022 12:00") == datetime(
        2022, number, 3, 12, tzinfo=UTC
    )


def test_a_time_without_a_zone_is_that_of_its_newsroom() -> None:
    assert moment("05.09.2022 09:05", MOSCOW) == datetime(2022, 9, 5, 6, 5, tzinfo=UTC)
    assert moment("05.01.2022 09:05", KYIV) == datetime(2022, 1, 5, 7, 5, tzinfo=UTC)
    assert moment("05.07.2022 09:05", KYIV) == datetime(2022, 7, 5, 6, 5, tzinfo=UTC)
    assert moment("05.09.2022 09:05") == datetime(2022, 9, 5, 9, 5, tzinfo=UTC)


def test_a_named_zone_is_stronger_than_the_newsroom() -> None:
    assert moment("2022-09-05T09:05:00Z", KYIV) == datetime(2022, 9, 5, 9, 5, tzinfo=UTC)


def test_the_newsroom_follows_from_the_country() -> None:
    assert home_zone("ru") == MOSCOW
    assert home_zone("ua") == KYIV
    assert home_zone("de") == home_zone(None) == UTC


def test_a_day_without_a_time_is_its_first_minute() -> None:
    assert moment("2022-09-05", MOSCOW) == datetime(2022, 9, 4, 21, tzinfo=UTC)


def test_midnight_may_be_the_end_of_a_day_and_a_minute_may_have_a_leap_second() -> None:
    assert moment("2022-09-05T24:00:00Z") == datetime(2022, 9, 6, tzinfo=UTC)
    assert moment("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "сегодня", "вчера в 12:00", "12:00", "2022", "2022-09", "сентябрь 2022"),
        *("0000-00-00 00:00:00", "Mon, 01 Jan 0000 00:00:00 +0000", "31.02.2022 10:00"),
        *("05.13.2022 10:00", "2022-09-05T25:00:00Z", "2022-09-05T10:61:00Z", "12 майнеров 2022"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "09/05/2022", "1662357900"),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "01.01.0001 00:00"),
        *("Выпуск 5 от 2022 года", "13:05 pm 5 Sep 2022", "версия 1.2.2022.3"),
    ],
)
def test_what_names_no_moment_gives_none(text: str) -> None:
    assert moment(text) is None


@given(st.text(max_size=200))
def test_nonsense_never_raises(text: str) -> None:
    found = moment(text, KYIV)

    assert found is None or found.tzinfo is UTC


@given(st.from_regex(r"\A[0-9:.,+\- TZадекsepmsk]{1,40}\Z"))
def test_what_looks_like_a_date_never_raises_either(text: str) -> None:
    moment(text, MOSCOW)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_date_survives_being_written_and_read(when: datetime) -> None:
    when = when.replace(microsecond=0, tzinfo=UTC)

    assert moment(when.isoformat()) == when
    assert moment(when.strftime("%a, %d %b %Y %H:%M:%S GMT")) == when
    assert moment(when.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M:%S %z")) == when


NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "when",
    [
        NOW,
        NOW - timedelta(days=3),
        NOW - timedelta(days=30 * 365),
        NOW + timedelta(minutes=14),
        datetime(1990, 1, 1, tzinfo=UTC),
    ],
)
def test_a_date_that_can_be_is_believed(when: datetime) -> None:
    assert credible(when, NOW, MOSCOW) == when


@pytest.mark.parametrize(
    "when",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1989, 12, 31, 23, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        NOW + timedelta(hours=24, seconds=1),
        datetime(2031, 1, 1, tzinfo=UTC),
    ],
)
def test_a_date_that_cannot_be_is_none(when: datetime) -> None:
    assert credible(when, NOW, MOSCOW) is None


@pytest.mark.parametrize("zone", [MOSCOW, KYIV])
def test_local_time_marked_z_is_read_as_local_time(zone: ZoneInfo) -> None:
    really = NOW - timedelta(minutes=20)
    marked = really.astimezone(zone).replace(tzinfo=UTC)

    assert credible(marked, NOW, zone) == really


def test_the_same_in_winter_is_two_hours_in_kyiv() -> None:
    now = datetime(2022, 12, 10, 12, tzinfo=UTC)

    assert credible(now + timedelta(hours=2), now, KYIV) == now
    assert credible(now + timedelta(hours=3), now, KYIV) == now, "as late as it can be"


def test_what_is_ahead_of_every_clock_at_home_was_published_now_at_the_latest() -> None:
    assert credible(NOW + timedelta(hours=10), NOW, MOSCOW) == NOW
    assert credible(NOW + timedelta(hours=1), NOW, UTC) == NOW


@given(
    st.datetimes(timezones=st.sampled_from([UTC, MOSCOW, KYIV])),
    st.sampled_from([UTC, MOSCOW, KYIV]),
)
def test_whatever_is_believed_is_not_ahead_of_us(when: datetime, zone: ZoneInfo) -> None:
    believed = credible(when, NOW, zone)

    assert believed is None or datetime(1990, 1, 1, tzinfo=UTC) <= believed
    assert believed is None or believed <= NOW + timedelta(minutes=15)
    assert believed in {None, when, NOW} or when > NOW
