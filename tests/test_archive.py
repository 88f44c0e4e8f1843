"""The archive keeps its promises on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from archived import FOUND, MINUTE, NOW, RETREAT, tell
from sqlalchemy import inspect, text

from monitor.archive import documents, health, rules
from monitor.archive.migrations import MIGRATIONS, migrate
from monitor.archive.schema import metadata
from monitor.archive.store import Store
from monitor.errors import StoreLocked, StoreTooNew, StoreUnusable
from monitor.model import MatchError, Reason


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


def test_a_store_of_the_first_version_learns_when_each_source_spoke_last(store):
    def begin_anew(tx):
        for table in reversed(metadata.sorted_tables):
            tx.execute(text(f"DROP TABLE {table.name}"))
        migrate(tx, MIGRATIONS[:1])
        tx.execute(
            text(
                "INSERT INTO sources (id, name, country, kind, url, active, fingerprints, failures)"
                " VALUES ('mod', 'M', 'ru', 'state', 'u', TRUE, '', 0),"
                " ('tass', 'T', 'ru', 'state', 'u', TRUE, '', 0),"
                " ('rt', 'R', 'ru', 'state', 'u', TRUE, '', 0)"
            )
        )
        dated = replace(RETREAT, published_at=NOW - 9 * MINUTE, seen_at=NOW - 8 * MINUTE)
        documents.add(tx, dated)
        early = replace(RETREAT, uid="2", published_at=NOW + 60 * MINUTE, seen_at=NOW - 7 * MINUTE)
        documents.add(tx, early)
        undated = replace(RETREAT, source="tass", published_at=None, seen_at=NOW - 5 * MINUTE)
        documents.add(tx, undated)

    store.write_now(begin_anew)

    store.write_now(migrate)

    newest = {state.id: state.newest_at for state in store.read_now(health.states)}
    assert newest == {"mod": NOW - 7 * MINUTE, "tass": NOW - 5 * MINUTE, "rt": None}


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


@pytest.mark.parametrize(("reason", "told"), [(Reason.FIRST, True), (Reason.TOO_OLD, False)])
def test_only_what_somebody_was_to_hear_counts_as_told(store, reason, told):
    def work(tx):
        archived = documents.add(tx, RETREAT)
        documents.add_matches(tx, archived.id, [FOUND], [])
        tell(tx, archived.id, reason=reason)

    store.write_now(work)

    found = store.read_now(lambda tx: documents.rules_told(tx, RETREAT))
    assert (found == {"reshuffling"}) is told


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({"uid": "other"}, False),
        ({"uid": "other", "url": "https://example.org/other"}, True),
        ({"uid": "other", "published_at": NOW}, True),
        ({"uid": "other", "published_at": None}, True),
        ({"source": "ria"}, True),
    ],
    ids=["a new id", "a new id and link", "said again", "undated", "said by another"],
)
def test_the_same_words_link_and_moment_are_the_same_entry_whatever_its_id(store, change, new):
    store.write_now(lambda tx: documents.add(tx, RETREAT))

    again = store.write_now(lambda tx: documents.add(tx, replace(RETREAT, **change)))

    assert (again is not None) is new


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path):
    (tmp_path / "monitor.db").write_text("not a database, but long enough to look at" * 100)

    with pytest.raises(StoreUnusable, match=r"monitor\.db cannot be used: file is not a database"):
        Store(f"sqlite:///{tmp_path}/monitor.db")


def test_a_database_that_is_not_there_is_refused_in_words_without_its_password():
    with pytest.raises(StoreUnusable, match=r"127\.0\.0\.1:9") as refusal:
        Store("postgresql://me:secret@127.0.0.1:9/nothing")

    assert "secret" not in str(refusal.value)


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
