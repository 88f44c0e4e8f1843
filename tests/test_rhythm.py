"""How a source speaks, learned from when it spoke."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from desk import asked
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.rhythm import expected, learned, said_on, too_long
from monitor.collect.verdict import Answer, Tally, ended
from monitor.model import Day, Entry, SourceState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2022, 9, 5, 9, tzinfo=UTC)
KNOWN = SourceState(
    id="ria",
    first_fetched_at=MONDAY - DAY,
    last_fetched_at=MONDAY + 2 * HOUR,
    newest_at=MONDAY,
)
moments = st.integers(0, 60 * 24).map(lambda hours: MONDAY + hours * HOUR)


def lived(days: int, *hours: int, start: datetime = MONDAY, rhythm=(), weekends=False):
    """The rhythm of a source that speaks at these hours for so many days, and its last word."""
    last = None
    for n in range(days):
        day = start.replace(hour=0) + timedelta(days=n)
        if day.weekday() >= 5 and not weekends:
            continue
        for hour in hours:
            rhythm = learned(rhythm, last, [day.replace(hour=hour)], day.date())
            last = day.replace(hour=hour)
    return rhythm, last


def test_a_silence_belongs_to_the_day_on_which_it_ends():
    rhythm = learned((), MONDAY, [MONDAY + HOUR, MONDAY + 26 * HOUR], date(2022, 9, 6))

    assert rhythm == (
        Day(date=date(2022, 9, 5), news=1, longest=HOUR),
        Day(date=date(2022, 9, 6), news=1, longest=25 * HOUR),
    )


def test_what_is_seen_late_because_we_were_away_is_no_silence():
    away = [MONDAY + n * HOUR for n in range(1, 40)]

    rhythm = learned((), MONDAY, away, date(2022, 9, 7))

    assert max(day.longest for day in rhythm) == HOUR


def test_where_some_was_missed_the_silence_before_is_not_known():
    rhythm = learned((), MONDAY, [MONDAY + 50 * HOUR], date(2022, 9, 7), missed=True)

    assert rhythm == (Day(date=date(2022, 9, 7), news=1, longest=timedelta()),)


def test_what_comes_late_is_no_news():
    rhythm = (Day(date=date(2022, 9, 5), news=3, longest=HOUR),)

    assert learned(rhythm, MONDAY, [MONDAY - HOUR], date(2022, 9, 5)) == rhythm


def test_a_source_that_dates_by_the_day_counts_everything_it_says():
    midnight = MONDAY.replace(hour=0)

    rhythm = learned((), midnight, [midnight, midnight], date(2022, 9, 5))

    assert said_on(rhythm, date(2022, 9, 5)) == 2
    assert said_on(rhythm, date(2022, 9, 6)) == 0


def test_only_two_weeks_are_remembered():
    rhythm, _ = lived(40, 9, 15)

    assert rhythm[-1].date - rhythm[0].date < timedelta(days=14)


def test_what_the_configuration_says_holds_until_a_week_and_twenty_documents_are_known():
    few, _ = lived(14, 9)
    short, _ = lived(5, 9, 10, 11, 12, 15)
    enough, _ = lived(9, 9, 12, 15)

    assert expected((), None) is None
    assert expected(few, HOUR) == HOUR
    assert expected(short, HOUR) == HOUR
    assert expected(enough, HOUR) == (24 - 15 + 9 + 48) * HOUR


def test_a_silence_that_was_an_outage_does_not_become_the_rule():
    rhythm, last = lived(14, 8, 12, 16, 20, weekends=True)
    usual = expected(rhythm, None)

    dead = learned(rhythm, last, [last + timedelta(days=6)], (last + timedelta(days=6)).date())

    assert usual == 12 * HOUR
    assert expected(dead, None) == 24 * HOUR


@pytest.mark.parametrize(
    ("usual", "silence"),
    [(timedelta(minutes=5), 2 * HOUR), (HOUR, 2 * HOUR), (8 * HOUR, 16 * HOUR)],
)
def test_twice_the_usual_silence_is_too_long_but_nothing_under_two_hours(usual, silence):
    assert too_long(usual) == silence


@given(st.lists(st.lists(moments, max_size=5), max_size=30))
def test_whatever_comes_the_rhythm_is_two_weeks_of_days_in_order(batches):
    rhythm, before = (), None
    for batch in batches:
        today = max([*batch, before or MONDAY]).date()
        rhythm = learned(rhythm, before, batch, today)
        before = max([*batch, *([before] if before else [])], default=None)

        dates = [day.date for day in rhythm]
        assert dates == sorted(set(dates))
        assert len(dates) <= 14
        assert all(day.longest >= timedelta() for day in rhythm)
        assert all(day.news > 0 for day in rhythm)


# What a fetch learns

SEEN_AT = MONDAY + DAY


def learns(*published: datetime | None, state=None, new: int | None = None, **tally):
    """Return how a fetch of entries with these dates ends."""
    entries = [
        Entry(
            id=str(n),
            source="ria",
            url=f"http://example.org/{n}",
            title="Новость",
            text="",
            language="ru",
            published_at=at,
        )
        for n, at in enumerate(published)
    ]
    found = Tally(
        entries=entries,
        seen=len(entries),
        offered=len(entries),
        new=len(entries) if new is None else new,
        **tally,
    )
    return ended(
        asked(state=state or KNOWN), SEEN_AT, Random(1), Answer(status=200, body_hash="b"), found
    )


def test_a_first_page_shows_when_the_source_spoke_last_and_no_silence():
    fetch = learns(MONDAY, MONDAY + HOUR, state=SourceState(id="ria"))

    assert fetch.newest_at == MONDAY + HOUR
    assert fetch.rhythm is None


def test_a_later_page_shows_how_long_the_source_was_silent():
    fetch = learns(MONDAY + 3 * HOUR, MONDAY + 4 * HOUR)

    assert fetch.newest_at == MONDAY + 4 * HOUR
    assert fetch.rhythm == (Day(date=MONDAY.date(), news=2, longest=3 * HOUR),)


@pytest.mark.parametrize("said", [None, SEEN_AT + 3 * HOUR], ids=["undated", "of the future"])
def test_what_has_no_credible_date_was_said_after_we_had_looked_last(said):
    fetch = learns(said)

    assert fetch.newest_at == SEEN_AT
    assert fetch.rhythm == (Day(date=MONDAY.date(), news=1, longest=2 * HOUR),)


def test_other_bytes_of_what_the_archive_has_are_no_news():
    fetch = learns(None, MONDAY + 5 * HOUR, new=0)

    assert fetch.newest_at == KNOWN.newest_at
    assert fetch.rhythm is None


def test_a_gap_is_no_silence():
    fetch = learns(MONDAY + 20 * HOUR, MONDAY + 21 * HOUR, gap=True)

    assert fetch.rhythm == (Day(date=SEEN_AT.date(), news=2, longest=HOUR),)
