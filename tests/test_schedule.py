"""When a source is polled next."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.schedule import next_poll, retry_after
from monitor.model import Outcome

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

every = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=30))
rngs = st.builds(random.Random, st.integers())


def pause(outcome=Outcome.WHOLE, *, often=2 * MINUTE, failures=1, wish=None, rng=None) -> timedelta:
    rng = rng or random.Random(1)
    due = next_poll(NOW, often, outcome, failures=failures, retry_after=wish, rng=rng)
    return due - NOW


@pytest.mark.parametrize("outcome", [Outcome.WHOLE, Outcome.UNCHANGED])
@given(often=every, failures=st.integers(0, 1000), rng=rngs)
def test_a_source_that_answers_is_asked_again_at_its_own_pace(outcome, often, failures, rng):
    wait = pause(outcome, often=often, failures=failures, rng=rng)

    assert 0.9 * often <= wait <= 1.1 * often


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
@given(often=every, failures=st.integers(0, 10**9), rng=rngs)
def test_a_failing_source_is_asked_less_often_but_never_given_up(outcome, often, failures, rng):
    wait = pause(outcome, often=often, failures=failures, rng=rng)

    assert 0.9 * often <= wait <= 1.1 * max(often, HOUR)


def test_failures_double_the_pause_up_to_an_hour():
    waits = [pause(Outcome.FAILED, failures=n) / MINUTE for n in range(1, 9)]

    assert waits == pytest.approx([2, 4, 8, 16, 32, 60, 60, 60], rel=0.1)


def test_two_sources_with_the_same_pace_drift_apart():
    rng = random.Random(1)

    assert pause(rng=rng) != pause(rng=rng)


@given(wish=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)), rng=rngs)
def test_what_a_server_asks_for_is_kept_up_to_a_day(wish, rng):
    wait = pause(Outcome.FAILED, wish=wish, rng=rng)

    assert wait >= min(wish, timedelta(days=1))
    assert wait <= max(min(wish, timedelta(days=1)), 1.1 * 2 * MINUTE)


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        ("120", 2 * MINUTE),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta()),
        ("Sat, 10 Sep 2022 13:00:00 GMT", HOUR),
        ("Sat, 10 Sep 2022 16:00:00 +0300", HOUR),
        ("Saturday, 10-Sep-22 13:00:00 GMT", HOUR),
        ("Sat, 10 Sep 2022 11:00:00 GMT", timedelta()),
        ("Sat, 10 Sep 2022 13:00:00 -0000", HOUR),
        ("99999999999999999999", timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, wish):
    assert retry_after(header, NOW) == wish


@given(st.text())
def test_no_retry_after_header_breaks_anything(header):
    wish = retry_after(header, NOW)

    assert wish is None or timedelta() <= wish <= timedelta(days=1)
