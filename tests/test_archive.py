"""The archive keeps its promises on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, text

from monitor.archive import alerts, deliveries, documents, rules, sources
from monitor.archive.migrations import MIGRATIONS, migrate
from monitor.archive.schema import metadata
from monitor.archive.store import Store
from monitor.errors import StoreLocked, StoreTooNew
from monitor.model import (
    Alert,
    Document,
    Fetch,
    Hit,
    Kind,
    Match,
    MatchError,
    Outcome,
    Provenance,
    Reason,
    Severity,
    State,
)

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")
RETREAT = Document(
    source="mod",
    uid="post/1",
    url="https://example.org/1",
    title="",
    text="Войска перегруппированы.",
    language="ru",
    published_at=NOW - MINUTE,
    seen_at=NOW,
    raw="<item>Войска перегруппированы.</item>".encode("windows-1251"),
)
FOUND = Match(
    rule="reshuffling",
    title="Retreat called reshuffling",
    severity=Severity.HIGH,
    tags=("euphemism",),
    hits=(Hit(field="text", start=7, end=23, text="перегруппированы", term="перегруппировать"),),
)


def told(store: Store, document: Document, *receivers: str) -> int:
    """Archive a document with one match, and queue its alert."""

    def work(tx):
        archived = documents.add(tx, document)
        documents.add_matches(tx, archived.id, [FOUND], [])
        return alerts.raise_alert(
            tx,
            document_id=archived.id,
            reason=Reason.FIRST,
            severity=Severity.HIGH,
            receivers=receivers,
            now=NOW,
        )

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    return store.write_now(work)


def claim(store: Store, now: datetime = NOW, *among: str):
    return store.write_now(lambda tx: deliveries.claim(tx, now, MINUTE, among or ("desk", "night")))


def test_the_tables_as_migrated_are_the_tables_as_described(store):
    def columns(tx):
        seen = inspect(tx)
        return {
            name: {(c["name"], c["nullable"]) for c in seen.get_columns(name)}
            for name in seen.get_table_names()
        }

    described = {
        table.name: {(c.name, bool(c.nullable)) for c in table.columns}
        for table in metadata.tables.values()
    }

    migrated = store.read_now(columns)
    if store.read_now(lambda tx: tx.dialect.name) == "sqlite":
        # SQLite reports a TEXT PRIMARY KEY without NOT NULL as nullable.
        primary = {t.name: {c.name for c in t.primary_key} for t in metadata.tables.values()}
        migrated = {
            table: {(n, nullable and n not in primary[table]) for n, nullable in found}
            for table, found in migrated.items()
        }
    assert migrated == described


def test_the_indexes_as_migrated_are_the_indexes_as_described(store):
    described = {
        (table.name, index.name, tuple(c.name for c in index.columns))
        for table in metadata.tables.values()
        for index in table.indexes
    }

    def indexes(tx):
        seen = inspect(tx)
        return {
            (table, index["name"], tuple(index["column_names"]))
            for table in seen.get_table_names()
            for index in seen.get_indexes(table)
            if not index["unique"]
        }

    assert store.read_now(indexes) == described


def test_a_store_is_migrated_once_and_opens_again(open_store):
    open_store().close()

    again = open_store()

    version = again.read_now(
        lambda tx: tx.execute(text("SELECT value FROM meta WHERE key = 'schema'")).scalar()
    )
    assert version == str(len(MIGRATIONS))


def test_a_later_migration_runs_on_a_store_that_has_seen_the_earlier_ones(store):
    later = (*MIGRATIONS, ("ALTER TABLE sources ADD COLUMN mood TEXT",))

    store.write_now(lambda tx: migrate(tx, later))

    names = store.read_now(lambda tx: {c["name"] for c in inspect(tx).get_columns("sources")})
    assert "mood" in names


def test_a_store_of_a_later_program_is_refused_with_the_mend(store):
    store.write_now(lambda tx: tx.execute(text("UPDATE meta SET value = '99'")))

    with pytest.raises(StoreTooNew, match="upgrade"):
        store.write_now(migrate)


def test_a_document_comes_back_as_it_was_archived(store):
    archived = store.write_now(lambda tx: documents.add(tx, RETREAT))

    ((found, document),) = store.read_now(lambda tx: documents.find(tx, archived.ref))

    assert (found, document) == (archived, RETREAT)
    assert document.sha256 == RETREAT.sha256
    assert archived.revision == 1


def test_a_document_is_found_by_its_link_and_by_its_short_name(store):
    archived = store.write_now(lambda tx: documents.add(tx, RETREAT))

    by_link = store.read_now(lambda tx: documents.find(tx, RETREAT.url))
    by_name = store.read_now(lambda tx: documents.find(tx, f"#{archived.ref}"))

    assert by_link == by_name
    assert len(by_link) == 1


def test_the_same_text_is_archived_once(store):
    store.write_now(lambda tx: documents.add(tx, RETREAT))

    again = store.write_now(lambda tx: documents.add(tx, replace(RETREAT, seen_at=NOW + MINUTE)))

    assert again is None


def test_an_edited_text_is_a_further_revision_under_the_same_name(store):
    first = store.write_now(lambda tx: documents.add(tx, RETREAT))
    edited = replace(RETREAT, text="Войска отведены.")

    second = store.write_now(lambda tx: documents.add(tx, edited))

    assert (second.ref, second.revision) == (first.ref, 2)


def test_a_text_that_alternates_between_two_versions_adds_nothing_after_the_second(store):
    edited = replace(RETREAT, text="Войска отведены.")
    store.write_now(lambda tx: documents.add(tx, RETREAT))
    store.write_now(lambda tx: documents.add(tx, edited))

    back = store.write_now(lambda tx: documents.add(tx, RETREAT))
    forth = store.write_now(lambda tx: documents.add(tx, edited))

    assert (back, forth) == (None, None)


def test_matches_and_rules_that_failed_are_remembered_with_the_document(store):
    archived = store.write_now(lambda tx: documents.add(tx, RETREAT))
    error = MatchError(rule="mobilization", reason="ValueError: 1")

    store.write_now(lambda tx: documents.add_matches(tx, archived.id, [FOUND], [error]))

    assert store.read_now(lambda tx: documents.matches_of(tx, archived.id)) == (FOUND,)
    assert store.read_now(lambda tx: documents.errors_of(tx, archived.id)) == (error,)
    assert store.read_now(lambda tx: documents.rules_matched(tx, "mod", "post/1")) == {
        "reshuffling"
    }


def test_a_transaction_that_fails_leaves_nothing_behind(store):
    def half(tx):
        documents.add(tx, RETREAT)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        store.write_now(half)

    assert store.read_now(documents.count) == 0


async def test_writes_happen_in_the_order_in_which_they_were_asked_for(store):
    texts = [replace(RETREAT, text=f"Сводка {n}.") for n in range(20)]

    pending = [store.write(lambda tx, d=d: documents.add(tx, d)) for d in texts]
    archived = [await one for one in pending]

    assert [a.revision for a in archived] == list(range(1, 21))


def test_a_claimed_delivery_carries_all_that_its_message_needs(store):
    told(store, RETREAT, "desk")

    claimed = claim(store)

    assert isinstance(claimed.about, Alert)
    assert claimed.about.document == RETREAT
    assert claimed.about.source == MOD
    assert claimed.about.matches == (FOUND,)
    assert claimed.about.severity is Severity.HIGH
    assert (claimed.state, claimed.uncertain) == (State.SENDING, False)


def test_a_receiver_has_one_delivery_under_way_and_others_go_on(store):
    told(store, RETREAT, "desk", "night")
    told(store, replace(RETREAT, uid="post/2"), "desk")

    first, second, third = claim(store), claim(store), claim(store)

    assert (first.receiver, second.receiver, third) == ("desk", "night", None)


def test_deliveries_of_a_receiver_come_in_the_order_of_their_alerts(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2"), "desk")

    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))
    second = claim(store)

    assert (first.about.document.uid, second.about.document.uid) == ("post/1", "post/2")


def test_a_delivery_that_waits_holds_back_its_receiver_but_no_other(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2"), "desk", "night")
    first = claim(store)
    store.write_now(
        lambda tx: deliveries.settle_retry(
            tx,
            first.id,
            not_before=NOW + MINUTE,
            reason="502",
            uncertain=False,
            counts=True,
        )
    )

    now, later = claim(store), claim(store, NOW + MINUTE)

    assert now.receiver == "night"
    assert (later.id, later.attempts, later.error) == (first.id, 1, "502")


def test_only_receivers_that_are_named_are_served(store):
    told(store, RETREAT, "desk")

    assert claim(store, NOW, "night") is None


def test_a_lease_that_ran_out_comes_back_marked_as_a_possible_repeat(store):
    told(store, RETREAT, "desk")
    first = claim(store)

    again = claim(store, NOW + MINUTE)

    assert (again.id, again.uncertain) == (first.id, True)


def test_at_start_every_lease_is_taken_back(store):
    told(store, RETREAT, "desk")
    claim(store)

    released = store.write_now(deliveries.release_leases)

    assert released == 1
    assert claim(store).uncertain


def test_a_delivery_that_was_never_claimed_is_not_marked_at_start(store):
    told(store, RETREAT, "desk")

    store.write_now(deliveries.release_leases)

    assert not claim(store).uncertain


def test_what_is_uncertain_stays_so_until_it_is_settled(store):
    told(store, RETREAT, "desk")
    for uncertain in (True, False):
        one = claim(store)
        store.write_now(
            lambda tx, one=one, uncertain=uncertain: deliveries.settle_retry(
                tx, one.id, not_before=NOW, reason="", uncertain=uncertain, counts=True
            )
        )

    assert claim(store).uncertain


def test_parts_that_arrived_are_not_sent_again(store):
    told(store, RETREAT, "desk")
    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_part(tx, first.id, "77"))

    again = claim(store, NOW + MINUTE)

    assert (again.parts_sent, again.message_ids) == (1, ("77",))


def test_a_parked_receiver_is_probed_again_and_comes_back(store):
    told(store, RETREAT, "desk")
    claim(store)
    first = store.write_now(
        lambda tx: deliveries.park(tx, "desk", until=NOW + MINUTE, reason="kicked")
    )

    before, (parked,) = (
        claim(store),
        store.read_now(lambda tx: deliveries.rows(tx, [State.PARKED], 10)),
    )
    probe = claim(store, NOW + MINUTE)
    back = store.write_now(lambda tx: deliveries.unpark(tx, "desk"))

    assert (first, before, back) == (1, None, True)
    assert (parked.state, parked.error) == (State.PARKED, "kicked")
    assert probe.id == parked.id
    assert not store.write_now(lambda tx: deliveries.unpark(tx, "desk"))


def test_at_start_a_parked_receiver_is_tried_at_once(store):
    told(store, RETREAT, "desk")
    claim(store)
    store.write_now(lambda tx: deliveries.park(tx, "desk", until=NOW + MINUTE, reason="kicked"))

    store.write_now(lambda tx: deliveries.probe(tx, NOW))

    assert claim(store) is not None
    again = store.write_now(
        lambda tx: deliveries.park(tx, "desk", until=NOW + MINUTE, reason="kicked")
    )
    assert again == 2, "the operator was told already"


def test_a_paused_receiver_waits_as_long_as_it_was_asked(store):
    told(store, RETREAT, "desk")
    store.write_now(lambda tx: deliveries.pause(tx, "desk", NOW + MINUTE))

    assert claim(store) is None
    assert store.read_now(lambda tx: deliveries.next_due(tx, NOW, ["desk"])) == NOW + MINUTE
    assert claim(store, NOW + MINUTE) is not None


def test_an_empty_outbox_is_never_due(store):
    assert store.read_now(lambda tx: deliveries.next_due(tx, NOW, ["desk"])) is None


def test_a_dead_delivery_lets_the_next_one_pass_and_can_be_tried_again(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2"), "desk")
    dead = claim(store)
    store.write_now(lambda tx: deliveries.settle_dead(tx, dead.id, "message is too long"))

    after = claim(store)
    revived = store.write_now(lambda tx: deliveries.retry(tx, dead.id, NOW))

    assert after.about.document.uid == "post/2"
    assert revived
    assert store.read_now(deliveries.counts) == {State.QUEUED: 1, State.SENDING: 1}


def test_a_person_can_drop_what_waits_but_not_what_was_sent(store):
    told(store, RETREAT, "desk", "night")
    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))
    (waiting,) = store.read_now(lambda tx: deliveries.rows(tx, [State.QUEUED], 10))

    dropped = store.write_now(lambda tx: deliveries.drop(tx, waiting.id))
    sent = store.write_now(lambda tx: deliveries.drop(tx, first.id))

    assert (dropped, sent) == (True, False)


def test_a_chat_that_moved_twice_is_known_by_its_last_address(store):
    store.write_now(lambda tx: deliveries.moved(tx, "-5", -100))
    store.write_now(lambda tx: deliveries.moved(tx, "-5", -101))

    assert store.read_now(deliveries.moved_chats) == {"-5": -101}


def fetched(outcome: Outcome, **more) -> Fetch:
    return Fetch(
        source="mod",
        started_at=NOW,
        finished_at=NOW,
        outcome=outcome,
        next_poll_at=NOW + 5 * MINUTE,
        **more,
    )


def test_a_new_source_is_due_at_once_and_after_a_fetch_when_the_fetch_says(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    at_once = store.read_now(lambda tx: sources.due(tx, NOW))

    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.WHOLE)))

    assert at_once == ("mod",)
    assert store.read_now(lambda tx: sources.due(tx, NOW)) == ()
    assert store.read_now(sources.next_due) == NOW + 5 * MINUTE


def test_a_source_that_left_the_configuration_is_kept_but_not_due(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))

    store.write_now(lambda tx: sources.sync(tx, [], NOW))

    assert store.read_now(lambda tx: sources.due(tx, NOW)) == ()
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

    store.write_now(lambda tx: sources.settle(tx, fetched(Outcome.UNCHANGED, status=304)))

    assert store.read_now(lambda tx: sources.state(tx, "mod")).etag == '"1"'


def test_a_source_with_a_new_address_forgets_the_validators_of_the_old_one(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    store.write_now(
        lambda tx: sources.settle(tx, fetched(Outcome.WHOLE, etag='"1"', body_hash="b"))
    )

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/new")], NOW))

    assert store.read_now(lambda tx: sources.state(tx, "mod")).etag is None
    assert store.read_now(lambda tx: sources.due(tx, NOW)) == ("mod",)


def test_unchanged_fetches_leave_no_row_and_others_do(store):
    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))

    for outcome in (Outcome.UNCHANGED, Outcome.FAILED):
        store.write_now(lambda tx, o=outcome: sources.settle(tx, fetched(o)))

    logged = store.read_now(lambda tx: sources.fetches_of(tx, "mod", 10))
    assert [fetch.outcome for fetch in logged] == [Outcome.FAILED]


def test_an_entry_that_cannot_be_archived_is_counted_until_it_can(store):
    times = [
        store.write_now(lambda tx: documents.stumble(tx, "mod", "post/1", "boom")) for _ in "123"
    ]
    store.write_now(lambda tx: documents.add(tx, RETREAT, error="boom"))

    assert times == [1, 2, 3]
    assert store.write_now(lambda tx: documents.stumble(tx, "mod", "post/1", "boom")) == 1


def test_the_last_good_version_of_a_rule_is_remembered_until_the_rule_is_gone(store):
    store.write_now(lambda tx: rules.remember(tx, {"a": "1", "b": "1"}, NOW))
    store.write_now(lambda tx: rules.remember(tx, {"a": "2"}, NOW))

    assert store.read_now(rules.good) == {"a": "2"}


def test_a_second_owner_is_refused_and_told_who_has_the_store(open_store: Callable[..., Store]):
    open_store().lock()

    with pytest.raises(StoreLocked, match=str(os.getpid())):
        open_store().lock()


def test_a_store_whose_owner_was_killed_is_free(open_store, store_url):
    script = (
        "import os, sys; from monitor.archive.store import Store; s = Store(sys.argv[1]);"
        "s.lock(); print('locked', flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, store_url], capture_output=True, text=True, check=False
    )

    open_store().lock()

    assert (killed.stdout, killed.returncode) == ("locked\n", -9)


def test_a_durable_sqlite_store_waits_for_the_disk(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/monitor.db")

    pragmas = store.read_now(
        lambda tx: (
            tx.execute(text("PRAGMA synchronous")).scalar(),
            tx.execute(text("PRAGMA journal_mode")).scalar(),
        )
    )

    assert pragmas == (2, "wal")
    store.close()
