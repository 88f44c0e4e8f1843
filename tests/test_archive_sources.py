"""What is remembered of a source between two fetches."""

from dataclasses import replace
from datetime import timedelta

import pytest
from archived import MINUTE, MOD, NOW

from monitor.archive import sources
from monitor.collect.ways import ways
from monitor.config.source import Source
from monitor.errors import Cause
from monitor.model import Fetch, Outcome


def fetched(outcome: Outcome, **more) -> Fetch:
    return Fetch(
        source="mod",
        started_at=NOW,
        finished_at=NOW,
        outcome=outcome,
        next_poll_at=NOW + 5 * MINUTE,
        **more,
    )


def due(store) -> list[str]:
    return [state.id for state in store.read_now(lambda tx: sources.due(tx, NOW))]


def test_a_new_source_is_due_at_once_and_after_a_fetch_when_the_fetch_says(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    at_once = due(store)

    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.WHOLE)))

    assert at_once == ["mod"]
    assert due(store) == []
    assert store.read_now(sources.next_due) == NOW + 5 * MINUTE


def test_a_source_that_left_the_configuration_is_kept_but_not_due(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))

    store.write_now(lambda tx: sources.sync(tx, [], NOW))

    assert due(store) == []
    assert [row.active for row in store.read_now(sources.rows)] == [False]


def test_a_whole_fetch_leaves_its_validators_and_fingerprints(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    prints = frozenset({"00112233aabbccdd", "ffffffffffffffff"})

    store.write_now(
        lambda tx: sources.settle(
            tx, fetched(Outcome.WHOLE, etag='"1"', body_hash="b", fingerprints=prints)
        )
    )

    state = store.read_now(lambda tx: sources.state(tx, "mod"))
    assert (state.etag, state.body_hash, state.fingerprints) == ('"1"', "b", prints)
    assert state.first_fetched_at == NOW


@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.FAILED])
def test_a_fetch_that_was_not_whole_leaves_the_old_validators(store, outcome):
    prints = frozenset({"00112233aabbccdd"})
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    store.write_now(
        lambda tx: sources.settle(
            tx, fetched(Outcome.WHOLE, etag='"1"', body_hash="b", fingerprints=prints)
        )
    )

    store.write_now(
        lambda tx: sources.settle(
            tx, fetched(outcome, etag='"2"', fingerprints=frozenset({"f" * 16}), error="disk")
        )
    )

    state = store.read_now(lambda tx: sources.state(tx, "mod"))
    assert (state.etag, state.fingerprints, state.failures) == ('"1"', prints, 1)
    assert state.last_error == "disk"


def test_fingerprints_of_entries_that_left_the_feed_are_remembered_for_a_while(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    one, two = frozenset({"1" * 16}), frozenset({"2" * 16})
    for prints in (one, two):
        store.write_now(
            lambda tx, prints=prints: sources.settle(
                tx, fetched(Outcome.WHOLE, fingerprints=prints)
            )
        )

    assert store.read_now(lambda tx: sources.state(tx, "mod")).fingerprints == one | two


def test_an_answer_that_nothing_changed_keeps_the_validators(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    store.write_now(
        lambda tx: sources.settle(tx, fetched(Outcome.WHOLE, etag='"1"', body_hash="b"))
    )

    unchanged = fetched(Outcome.UNCHANGED, status=304, etag='"1"', body_hash="b")
    store.write_now(lambda tx: sources.settle_unchanged(tx, [unchanged]))

    assert store.read_now(lambda tx: sources.state(tx, "mod")).etag == '"1"'


def test_a_source_with_a_new_address_forgets_the_validators_of_the_old_one(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    store.write_now(
        lambda tx: sources.settle(tx, fetched(Outcome.WHOLE, etag='"1"', body_hash="b"))
    )

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/new")], NOW))

    assert store.read_now(lambda tx: sources.state(tx, "mod")).etag is None
    assert due(store) == ["mod"]


def test_unchanged_fetches_leave_no_row_and_others_do(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))

    for outcome in (Outcome.UNCHANGED, Outcome.FAILED):
        store.write_now(lambda tx, o=outcome: sources.settle(tx, fetched(o)))

    logged = store.read_now(lambda tx: sources.fetches_of(tx, "mod", 10))
    assert [fetch.outcome for fetch in logged] == [Outcome.FAILED]


FEED = "https://example.org/feed"
DAY = timedelta(days=1)
SOURCE = Source(
    id="mod",
    name="Минобороны",
    country="ru",
    kind="official",
    url="https://example.org/new",
    fallbacks=[{"url": FEED}],
)


def state_of(store):
    return store.read_now(lambda tx: sources.state(tx, "mod"))


def test_a_source_that_was_fetched_by_a_clock_that_was_ahead_is_due(store):
    ahead = replace(
        fetched(Outcome.FAILED),
        started_at=NOW + 30 * DAY,
        finished_at=NOW + 30 * DAY,
        next_poll_at=NOW + 30 * DAY + 5 * MINUTE,
    )
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED)], NOW))
    store.write_now(lambda tx: sources.settle(tx, ahead))
    before = due(store)

    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.FAILED)))

    assert before == ["mod"]
    assert due(store) == []
    assert state_of(store).failing_since == NOW


def test_a_source_that_ended_while_the_due_ones_were_looked_up_is_not_due_again(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED)], NOW))
    just_now = replace(fetched(Outcome.WHOLE), finished_at=NOW + MINUTE / 60)
    store.write_now(lambda tx: sources.settle(tx, just_now))

    assert due(store) == []


def test_a_source_that_is_unchanged_where_it_moved_to_is_marked_as_moved(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED)], NOW))

    moved = fetched(Outcome.UNCHANGED, status=304, moved_to="https://example.org/new")
    store.write_now(lambda tx: sources.settle_unchanged(tx, [moved]))

    assert state_of(store).moved_to == "https://example.org/new"


def read_and_due_in_a_day(store, manner="slow"):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED, manner)], NOW))
    read = fetched(Outcome.WHOLE, etag='"1"', body_hash="b", fingerprints=frozenset({"1" * 16}))
    store.write_now(lambda tx: sources.settle(tx, replace(read, next_poll_at=NOW + DAY)))


def test_a_source_that_is_asked_in_another_manner_is_asked_at_once_and_read_again(store):
    read_and_due_in_a_day(store)

    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED, "fast")], NOW))

    state = state_of(store)
    assert due(store) == ["mod"]
    assert (state.etag, state.body_hash, state.fingerprints) == (None, None, {"1" * 16})


@pytest.mark.parametrize("again", [(MOD, FEED, "slow"), (MOD, FEED)])
def test_a_source_that_is_asked_in_the_same_manner_keeps_its_time(store, again):
    read_and_due_in_a_day(store)

    store.write_now(lambda tx: sources.sync(tx, [again], NOW))

    assert due(store) == []
    assert state_of(store).etag == '"1"'


def test_a_source_whose_manner_was_never_written_down_keeps_its_time(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED)], NOW))
    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.WHOLE)))

    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED, "slow")], NOW))

    assert due(store) == []


def test_a_new_address_is_another_way_than_the_last_one(store):
    read_and_due_in_a_day(store)

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/new", "slow")], NOW))

    assert state_of(store).way not in {way.key for way in ways(SOURCE)}


@pytest.mark.parametrize(
    ("then", "since"),
    [
        (fetched(Outcome.WHOLE), NOW),
        (fetched(Outcome.UNCHANGED), NOW),
        (fetched(Outcome.WHOLE, cause=Cause.EMPTY), None),
        (fetched(Outcome.UNCHANGED, cause=Cause.EMPTY), None),
        (fetched(Outcome.PARTIAL), None),
        (fetched(Outcome.FAILED), None),
    ],
)
def test_a_source_is_seen_since_it_was_read_every_time(store, then, since):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, FEED)], NOW))
    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.WHOLE)))
    later = replace(then, started_at=NOW + MINUTE, finished_at=NOW + MINUTE)

    if later.is_quiet:
        store.write_now(lambda tx: sources.settle_unchanged(tx, [later]))
    else:
        store.write_now(lambda tx: sources.settle(tx, later))

    assert state_of(store).seen_since == since


@pytest.mark.parametrize(("cause", "asked"), [(Cause.WALL, ["mod"]), (Cause.TOO_OFTEN, [])])
def test_at_a_start_what_fails_is_asked_but_for_whom_we_asked_too_often(store, cause, asked):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    failed = fetched(Outcome.FAILED, error="no", cause=cause)
    store.write_now(lambda tx: sources.settle(tx, failed))
    before = due(store)

    store.write_now(lambda tx: sources.ask_failing(tx, NOW))

    assert (before, due(store)) == ([], asked)
