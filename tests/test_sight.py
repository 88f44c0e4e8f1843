"""Whether a source is seen, and what to do where it is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.sight import Seeing, is_reliable, judge, mend, spell
from monitor.config.source import Fallback, Source
from monitor.errors import Cause
from monitor.model import Day, Outcome, SourceState

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TASS = Source(
    id="tass",
    name="ТАСС",
    country="ru",
    kind="state",
    url="https://tass.test/rss",
    every=2 * MINUTE,
    fallbacks=[Fallback(url="https://tass.test/other"), Fallback(url="https://t.test/tass")],
)
READ = SourceState(
    id="tass",
    first_fetched_at=NOW - 30 * DAY,
    last_fetched_at=NOW - MINUTE,
    last_outcome=Outcome.UNCHANGED,
    next_poll_at=NOW + MINUTE,
    newest_at=NOW - HOUR,
)
REFUSED = replace(
    READ,
    last_outcome=Outcome.FAILED,
    last_cause=Cause.WALL,
    last_error="http 403: the site refuses us",
    failures=4,
    failing_since=NOW - 14 * MINUTE,
)
EIGHT_HOURS = tuple(
    Day(date=date(2022, 8, 28) + n * DAY, news=5, longest=8 * HOUR) for n in range(13)
)


def seeing(state, source=TASS, now=NOW):
    return judge(state, source, now).seeing


def test_a_source_that_was_never_asked_waits():
    assert seeing(SourceState(id="tass")) is Seeing.WAITING


def test_a_source_that_answers_is_seen_without_a_word():
    sight = judge(READ, TASS, NOW)

    assert (sight.seeing, sight.words) == (Seeing.SEEN, "")


def test_a_source_that_fails_for_long_enough_is_blind_with_its_cause():
    sight = judge(REFUSED, TASS, NOW)

    assert sight.seeing is Seeing.BLIND
    assert sight.cause is Cause.WALL
    assert sight.since == NOW - 14 * MINUTE
    assert sight.words == "http 403: the site refuses us"


@pytest.mark.parametrize(
    "change",
    [
        {"failures": 2},
        {"failing_since": NOW - 9 * MINUTE},
        {"last_outcome": Outcome.PARTIAL},
    ],
    ids=["only twice", "not for ten minutes", "it is we who cannot write"],
)
def test_a_source_that_stumbles_is_seen_with_a_remark(change):
    sight = judge(replace(REFUSED, **change), TASS, NOW)

    assert sight.seeing is Seeing.SEEN
    assert "times in a row: http 403: the site refuses us" in sight.words


def test_a_source_that_is_asked_seldom_has_more_time():
    hourly = TASS.model_copy(update={"every": HOUR})

    assert seeing(REFUSED, hourly) is Seeing.SEEN
    assert seeing(replace(REFUSED, failing_since=NOW - 3 * HOUR), hourly) is Seeing.BLIND


def test_a_source_that_told_us_to_wait_for_a_day_is_blind_after_an_hour():
    told = replace(
        REFUSED, failures=1, failing_since=NOW - HOUR, next_poll_at=NOW - HOUR + DAY, newest_at=NOW
    )

    assert seeing(told) is Seeing.BLIND
    assert seeing(told, now=NOW - MINUTE) is Seeing.SEEN


def test_a_source_that_is_asked_once_a_month_is_blind_after_a_day():
    monthly = TASS.model_copy(update={"every": 30 * DAY})
    once = replace(
        REFUSED, failures=1, failing_since=NOW - DAY, next_poll_at=NOW + 29 * DAY, newest_at=NOW
    )

    assert seeing(once, monthly) is Seeing.BLIND


@given(
    every=st.integers(1, 366 * 24 * 60),
    failures=st.integers(1, 9),
    failing=st.integers(0, 3 * 24 * 60),
    waits=st.integers(0, 3 * 24 * 60),
)
def test_nobody_hears_too_soon_or_too_late_that_a_source_fails(every, failures, failing, waits):
    source = TASS.model_copy(update={"every": every * MINUTE})
    state = replace(
        REFUSED,
        failures=failures,
        failing_since=NOW - failing * MINUTE,
        next_poll_at=NOW + waits * MINUTE,
    )

    blind = seeing(state, source) is Seeing.BLIND

    if failing >= 24 * 60:
        assert blind
    if failing < (10 if failures >= 3 else 60) or failing < min(3 * every, 24 * 60):
        assert not blind
    if blind:
        assert seeing(state, source, NOW + waits * MINUTE) is Seeing.BLIND


def test_a_new_source_that_fails_waits_until_it_is_blind():
    new = replace(REFUSED, first_fetched_at=None, newest_at=None)

    assert seeing(replace(new, failures=1)) is Seeing.WAITING
    assert seeing(new) is Seeing.BLIND


def test_while_this_program_was_down_nobody_failed():
    down = replace(
        REFUSED, failures=3, failing_since=NOW - 3 * DAY, next_poll_at=NOW - 3 * DAY + 8 * MINUTE
    )

    assert seeing(down) is Seeing.SEEN


def test_while_this_program_was_down_nobody_was_silent():
    down = replace(
        READ, newest_at=NOW - 3 * DAY, last_fetched_at=NOW - 3 * DAY + HOUR, rhythm=EIGHT_HOURS
    )

    assert seeing(down) is Seeing.SEEN


@pytest.mark.parametrize("cause", [Cause.EMPTY, Cause.LAYOUT, Cause.MOJIBAKE])
@pytest.mark.parametrize("outcome", [Outcome.WHOLE, Outcome.UNCHANGED])
def test_a_page_that_shows_nothing_for_long_enough_is_blind(cause, outcome):
    blank = replace(
        READ, last_outcome=outcome, last_cause=cause, last_error="nothing", failing_since=NOW - HOUR
    )

    assert judge(blank, TASS, NOW).cause is cause
    assert seeing(replace(blank, failing_since=NOW - 5 * MINUTE)) is Seeing.SEEN


@pytest.mark.parametrize("cause", [Cause.INCOMPLETE, Cause.TRUNCATED])
def test_a_page_that_is_not_whole_is_seen_with_a_remark(cause):
    cut = replace(READ, last_cause=cause, last_error="2 of 50 entries cannot be read")

    sight = judge(cut, TASS, NOW)

    assert (sight.seeing, sight.words) == (Seeing.SEEN, "2 of 50 entries cannot be read")


def test_nothing_new_for_twice_the_usual_silence_is_frozen():
    silent = replace(READ, newest_at=NOW - 17 * HOUR, rhythm=EIGHT_HOURS)

    sight = judge(silent, TASS, NOW)

    assert sight.cause is Cause.FROZEN
    assert sight.since == NOW - 17 * HOUR
    assert sight.words == "it answers, but nothing new for 16h59m; as a rule 8h at the most"
    assert seeing(replace(silent, newest_at=NOW - 15 * HOUR)) is Seeing.SEEN


def test_a_source_of_which_no_silence_is_known_is_never_frozen():
    silent = replace(READ, newest_at=NOW - 300 * DAY)

    assert seeing(silent) is Seeing.SEEN
    assert seeing(silent, TASS.model_copy(update={"cadence": DAY})) is Seeing.BLIND


def test_a_source_that_was_empty_from_the_first_is_frozen_some_time():
    empty = replace(READ, newest_at=None, first_fetched_at=NOW - 3 * HOUR)
    hourly = TASS.model_copy(update={"cadence": HOUR})

    sight = judge(empty, hourly, NOW)

    assert (sight.cause, sight.since) == (Cause.FROZEN, NOW - 3 * HOUR)
    assert seeing(replace(empty, first_fetched_at=NOW - HOUR), hourly) is Seeing.SEEN


KNOWN = replace(REFUSED, blind_since=NOW - DAY, blind_cause=Cause.WALL)


@pytest.mark.parametrize(
    "change",
    [
        {"failures": 1, "failing_since": NOW},
        {"last_cause": Cause.TIMEOUT},
        {"last_outcome": Outcome.PARTIAL},
        {"last_outcome": Outcome.WHOLE, "last_cause": Cause.EMPTY, "failing_since": NOW},
        {"last_outcome": Outcome.WHOLE, "last_cause": None, "newest_at": NOW - 2 * DAY},
    ],
    ids=["frozen, then fails", "another cause", "not archived", "empty", "nothing new"],
)
def test_what_is_known_to_be_blind_stays_so_until_a_page_was_read_whole(change):
    source = TASS.model_copy(update={"cadence": 8 * HOUR})

    before = {"failing_since": None, "failures": 0} if "newest_at" in change else {}
    assert seeing(replace(KNOWN, **before, **change), source) is Seeing.BLIND


@pytest.mark.parametrize("outcome", [Outcome.WHOLE, Outcome.UNCHANGED])
def test_one_page_that_was_read_lets_a_source_be_seen_again(outcome):
    read = replace(
        KNOWN,
        last_outcome=outcome,
        last_cause=None,
        last_error=None,
        failures=0,
        failing_since=None,
    )

    assert seeing(read) is Seeing.SEEN


@pytest.mark.parametrize(
    ("every", "seen_since", "reliable"),
    [
        (2 * MINUTE, NOW - 6 * MINUTE, True),
        (2 * MINUTE, NOW - 5 * MINUTE, False),
        (DAY, NOW - 30 * MINUTE, True),
        (DAY, NOW - 29 * MINUTE, False),
        (DAY, None, False),
    ],
)
def test_a_source_is_reliable_once_it_was_read_for_a_while(every, seen_since, reliable):
    source = TASS.model_copy(update={"every": every})

    assert is_reliable(replace(READ, seen_since=seen_since), source, NOW) is reliable


def test_while_this_program_was_down_nobody_was_reliable():
    down = replace(READ, seen_since=NOW - DAY, next_poll_at=NOW - DAY + 2 * MINUTE)

    assert not is_reliable(down, TASS, NOW)


def test_a_source_that_has_moved_is_seen_with_the_mend_as_a_remark():
    moved = replace(READ, moved_to="https://tass.test/new")

    assert judge(moved, TASS, NOW).words == (
        "moved for good: change its url to https://tass.test/new"
    )
    assert seeing(moved) is Seeing.SEEN


def test_a_source_that_is_read_by_a_detour_says_by_which_and_why():
    detour = replace(READ, way="direct feed https://t.test/tass", detour="http 403: a wall")

    assert judge(detour, TASS, NOW).words == "read by its 3rd way, because http 403: a wall"
    gone = TASS.model_copy(update={"fallbacks": ()})
    assert judge(detour, gone, NOW).words == "read by another way, because http 403: a wall"


@pytest.mark.parametrize("cause", [None, *Cause])
def test_a_mend_is_one_line_and_names_what_the_configuration_has(cause):
    said = mend(cause, TASS, REFUSED)

    assert "\n" not in said
    for key in ("via", "fallbacks", "ca", "every", "select", "cadence", "url", "spider"):
        if f"`{key}:`" in said:
            assert key in Source.model_fields


def test_the_mend_of_what_has_moved_is_the_new_address():
    gone = replace(REFUSED, moved_to="https://tass.test/new")

    assert mend(Cause.GONE, TASS, gone) == "change its url to https://tass.test/new"


def test_a_russian_site_that_is_not_trusted_may_need_the_russian_authority():
    kyiv = TASS.model_copy(update={"country": "ua"})

    assert "`ca: russian-trusted-root`" in mend(Cause.TLS, TASS, REFUSED)
    assert "russian" not in mend(Cause.TLS, kyiv, REFUSED)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0s"),
        (40 * MINUTE / 60, "40s"),
        (80 * MINUTE / 60, "1m20s"),
        (4 * MINUTE, "4m"),
        (HOUR + 10 * MINUTE + MINUTE / 3, "1h10m"),
        (HOUR - MINUTE / 300, "1h"),
        (3 * DAY + 4 * HOUR + MINUTE, "3d4h"),
        (3 * DAY + MINUTE, "3d"),
        (-HOUR, "0s"),
    ],
)
def test_lengths_of_time_are_short(length, said):
    assert spell(length) == said


maybe = st.none() | st.integers(-60 * 24, 60 * 24).map(lambda hours: NOW + hours * HOUR)


@given(
    st.builds(
        SourceState,
        id=st.just("tass"),
        first_fetched_at=maybe,
        last_fetched_at=maybe,
        last_outcome=st.none() | st.sampled_from(Outcome),
        last_cause=st.none() | st.sampled_from(Cause),
        last_error=st.none() | st.text(max_size=5),
        failures=st.integers(0, 9),
        failing_since=maybe,
        next_poll_at=maybe,
        newest_at=maybe,
        rhythm=st.sampled_from([(), EIGHT_HOURS]),
        way=st.sampled_from([None, "nowhere", "direct feed https://t.test/tass"]),
        detour=st.none() | st.text(max_size=5),
        moved_to=st.none() | st.just("https://tass.test/new"),
        blind_since=maybe,
        blind_cause=st.none() | st.sampled_from(Cause),
    )
)
def test_every_state_can_be_judged(state):
    sight = judge(state, TASS, NOW)

    assert sight.seeing is not Seeing.SEEN or sight.cause in {None, Cause.MOVED}
