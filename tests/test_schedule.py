"""When a source is polled next."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import asked
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.schedule import adapted, bounds, next_poll, retry_after
from monitor.collect.verdict import Answer, Tally, ended, failed
from monitor.errors import Cause, Trouble
from monitor.model import Outcome, SourceState

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

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


overlaps = st.none() | st.floats(0, 1)
paces = st.builds(lambda seconds: timedelta(seconds=seconds), st.integers(1, 90 * 24 * 3600))
whole_every = st.builds(lambda seconds: timedelta(seconds=seconds), st.integers(1, 30 * 24 * 3600))


@given(pace=paces, often=every, overlap=overlaps, gap=st.booleans(), rests=st.booleans())
def test_a_pace_stays_within_its_bounds(pace, often, overlap, gap, rests):
    adapts = adapted(pace, often, overlap=overlap, gap=gap, rests=rests)

    shortest, longest = bounds(often)
    assert max(shortest, min(often, timedelta(seconds=15))) <= adapts <= longest
    assert adapts == timedelta(seconds=int(adapts.total_seconds()))


@given(pace=paces, often=every, one=st.floats(0, 1), other=st.floats(0, 1), rests=st.booleans())
def test_the_more_of_a_page_is_known_the_later_it_is_asked_again(pace, often, one, other, rests):
    little, much = sorted((one, other))

    sooner = adapted(pace, often, overlap=little, rests=rests)

    assert sooner <= adapted(pace, often, overlap=much, rests=rests)


@given(pace=paces, often=whole_every, overlap=st.floats(0, 0.999))
def test_news_bring_a_source_back_to_its_own_pace_at_the_latest(pace, often, overlap):
    assert adapted(pace, often, overlap=overlap, rests=True) <= often


@given(pace=paces, often=every, overlap=overlaps, rng=rngs, outcome=st.sampled_from(Outcome))
def test_no_poll_is_due_in_the_past(pace, often, overlap, rng, outcome):
    adapts = adapted(pace, often, overlap=overlap)

    assert pause(outcome, often=adapts, rng=rng) > timedelta()


@pytest.mark.parametrize(
    ("minutes", "facts", "then"),
    [
        (12, {"overlap": 0.2}, 8),  # little is known: faster
        (12, {"overlap": 0.5}, 12),  # as it should be
        (4, {"overlap": 0.5}, 4),
        (4, {"overlap": 0.9}, 5),  # much is known: back towards its own pace
        (11, {"overlap": 0.9}, 12),  # and no further
        (12, {"overlap": 1.0}, 12),
        (12, {"overlap": 1.0, "rests": True}, 15),  # it says nothing at all
        (20, {"overlap": 1.0, "rests": True}, 24),
        (24, {"overlap": 0.98}, 12),  # it speaks again
        (24, {"overlap": 1.0}, 12),
        (4, {"overlap": 0.1}, 3),  # a quarter is the least
        (12, {"overlap": None, "gap": True}, 6),
        (24, {"overlap": None, "gap": True}, 6),
        (8, {"overlap": None}, 8),
    ],
)
def test_a_pace_follows_what_is_known_of_a_page(minutes, facts, then):
    assert adapted(minutes * MINUTE, 12 * MINUTE, **facts) == then * MINUTE


def test_nothing_is_asked_faster_than_every_15_seconds_unless_it_is_configured():
    second = timedelta(seconds=1)

    assert adapted(20 * second, 30 * second, overlap=0.0) == 15 * second
    assert adapted(10 * second, 10 * second, overlap=0.0) == 10 * second


# The pace of a fetch

FETCHED = SourceState(id="ria", first_fetched_at=NOW - 3 * DAY, newest_at=NOW - HOUR)


def fetched(*, seen=20, new=0, state=FETCHED, every=12 * MINUTE, facts=None, **tally):
    poll = asked(state, every=every, **(facts or {}))
    found = Tally(seen=seen, offered=new, new=new, **tally)
    return ended(poll, NOW, random.Random(1), Answer(status=200, body_hash="b"), found)


@pytest.mark.parametrize(
    ("facts", "minutes"),
    [
        ({"new": 18}, 8),
        ({"new": 10}, None),
        ({"new": 0}, None),
        ({"new": 18, "facts": {"pace": "steady"}}, None),
        ({"new": 20, "state": SourceState(id="ria")}, None),  # nothing was known before
        ({"new": 20, "state": replace(FETCHED, way="by another way")}, None),
        ({"new": 20, "gap": True}, 6),
        ({"new": 60, "filled": 40}, 6),  # a gap that could be filled was one
        ({"seen": 0, "state": replace(FETCHED, pace=8 * MINUTE)}, 10),  # the same bytes
        ({"state": replace(FETCHED, newest_at=NOW - 25 * HOUR)}, 15),
        ({"state": replace(FETCHED, newest_at=NOW - 23 * HOUR)}, None),
        (
            {
                "state": replace(FETCHED, newest_at=NOW - 25 * HOUR),
                "facts": {"cadence": 2 * DAY},
            },
            None,
        ),
    ],
)
def test_a_fetch_leaves_the_pace_that_it_shows_to_be_right(facts, minutes):
    fetch = fetched(**facts)

    assert fetch.pace == (None if minutes is None else minutes * MINUTE)
    wait = fetch.next_poll_at - NOW
    assert wait / (fetch.pace or 12 * MINUTE) == pytest.approx(1, rel=0.1)


def test_a_fetch_that_fails_keeps_the_pace_but_asks_no_faster_than_it_is_configured():
    state = replace(FETCHED, pace=4 * MINUTE)
    poll = asked(state, every=12 * MINUTE)

    fetch = failed(
        poll, NOW, random.Random(1), Trouble(cause=Cause.DNS, text="dns: no address"), None
    )

    assert fetch.pace == 4 * MINUTE
    assert fetch.next_poll_at - NOW > 10 * MINUTE


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
