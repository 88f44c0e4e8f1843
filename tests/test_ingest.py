"""The heart: what is archived, what is told, and what is done with what goes wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from world import MOD, Item, watch

from monitor.archive import alerts, deliveries, documents, sources
from monitor.config.routing import Route
from monitor.errors import StoreUnusable
from monitor.ingest import PATIENCE, UNWRITTEN, Ingest, Watch
from monitor.match.language import Tongue
from monitor.model import Alert, Fetch, Notice, Outcome, Reason, State
from monitor.notify.message import Look, messages

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RETREAT = Item("post-1", "Войска прошли перегруппировку.").entry()


@pytest.fixture
def ingest(store, clock):
    store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], clock()))
    return Ingest(store, watch(), clock)


def queued(store):
    return store.read_now(lambda tx: deliveries.rows(tx, list(State), 100))


def archived(store, name):
    return store.read_now(lambda tx: documents.find(tx, documents.ref("mod", name)))


async def test_a_document_that_matches_is_archived_with_its_evidence_and_queued(store, ingest):
    new = await ingest.ingest(RETREAT, MOD, fresh_since=None)

    ((_, document),) = archived(store, "post-1")
    (delivery,) = queued(store)
    assert new
    assert document.raw == RETREAT.raw
    assert document.seen_at == NOW
    assert (delivery.receiver, delivery.about.document) == ("desk", document)
    assert [hit.text for hit in delivery.about.matches[0].hits] == ["перегруппировку"]


async def test_a_document_that_nobody_asked_for_is_archived_and_nothing_is_queued(store, ingest):
    await ingest.ingest(Item("post-2", "В музее выставка.").entry(), MOD, fresh_since=None)

    assert len(archived(store, "post-2")) == 1
    assert queued(store) == ()


async def test_the_same_entry_again_changes_nothing(store, ingest):
    await ingest.ingest(RETREAT, MOD, fresh_since=None)

    assert not await ingest.ingest(RETREAT, MOD, fresh_since=None)
    assert len(queued(store)) == 1


async def test_an_edit_that_adds_nothing_new_is_a_revision_that_is_not_told(store, ingest):
    await ingest.ingest(RETREAT, MOD, fresh_since=None)
    edited = replace(RETREAT, text="Войска уже прошли перегруппировку.")

    assert await ingest.ingest(edited, MOD, fresh_since=None)

    (_, (second, _)) = archived(store, "post-1")
    reason = store.read_now(lambda tx: alerts.reason_of(tx, second.id))
    assert (second.revision, reason, len(queued(store))) == (2, Reason.ALREADY_TOLD, 1)


async def test_an_edit_that_satisfies_a_further_rule_is_told(store, ingest):
    await ingest.ingest(Item("post-3", "В Думе прошло заседание.").entry(), MOD, fresh_since=None)
    edited = Item("post-3", "В Думе заговорили о мобилизации.").entry()

    await ingest.ingest(edited, MOD, fresh_since=None)

    (delivery,) = queued(store)
    assert delivery.about.reason is Reason.NEW_RULE
    assert delivery.about.revision == 2


async def test_an_edit_of_what_was_too_old_to_tell_is_told(store, ingest):
    await ingest.ingest(replace(RETREAT, published_at=None), MOD, fresh_since=NOW - DAY)
    edited = replace(RETREAT, published_at=None, text="Срочно: перегруппировка продолжается.")

    await ingest.ingest(edited, MOD, fresh_since=None)

    (delivery,) = queued(store)
    assert delivery.about.revision == 2


async def test_what_only_its_page_says_to_be_old_is_no_news_when_that_is_read_later(store, ingest):
    bare = replace(RETREAT, text="Сводка", published_at=None, problem="its page could not be read")
    await ingest.ingest(bare, MOD, fresh_since=NOW - DAY)

    await ingest.ingest(replace(RETREAT, published_at=NOW - 400 * DAY), MOD, fresh_since=None)

    assert queued(store) == ()


async def test_what_its_page_says_to_be_new_is_told_when_that_is_read_later(store, ingest):
    bare = replace(RETREAT, text="Сводка", published_at=None, problem="its page could not be read")
    await ingest.ingest(bare, MOD, fresh_since=NOW - DAY)

    await ingest.ingest(replace(RETREAT, published_at=NOW), MOD, fresh_since=None)

    (delivery,) = queued(store)
    assert delivery.about.reason is Reason.NEW_RULE


async def test_what_another_way_shows_from_before_is_summed_up(store, ingest):
    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), body_hash="1"))
    await ingest.ingest(replace(RETREAT, published_at=None), MOD, fresh_since=NOW)

    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), way="direct feed x"))
    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), way="direct feed x"))

    (only,) = queued(store)
    assert only.about.subject == "First look by another way at mod: 1 matching document from before"


async def test_three_hundred_entries_under_new_ids_alert_nobody_again(store, ingest):
    entries = [
        replace(RETREAT, id=f"old-{n}", url=f"https://mod.test/{n}", text=f"{RETREAT.text} № {n}")
        for n in range(300)
    ]
    for entry in entries:
        await ingest.ingest(entry, MOD, fresh_since=None)
    before = len(queued(store))

    for entry in entries:
        await ingest.ingest(replace(entry, id=f"new-{entry.id}"), MOD, fresh_since=None)

    assert (before, len(store.read_now(lambda tx: deliveries.rows(tx, list(State), 1000)))) == (
        100,  # as many as `queued` shows
        300,
    )


async def test_a_source_whose_fetch_cannot_be_written_down_rests_instead_of_being_asked_again(
    store, ingest, clock
):
    if store.read_now(lambda tx: tx.dialect.name) != "sqlite":
        pytest.skip("a disk is filled by SQLite's own limit")
    pages = store.write_now(lambda tx: tx.execute(text("PRAGMA page_count")).scalar())
    store.write_now(lambda tx: tx.execute(text(f"PRAGMA max_page_count = {pages}")))
    big = replace(RETREAT, text=f"{RETREAT.text} {'слово ' * 20_000}")

    with pytest.raises(StoreUnusable, match="full"):
        await ingest.ingest(big, MOD, fresh_since=None)
    with pytest.raises(StoreUnusable, match="full"):
        await ingest.settle(fetch(Outcome.FAILED, error="disk " * 20_000))

    assert ingest.unsettled == {"mod"}
    clock.forward(UNWRITTEN)
    assert ingest.unsettled == frozenset()


@pytest.mark.parametrize(
    ("published", "first", "told"),
    [
        (NOW - timedelta(hours=23), True, True),
        (NOW - timedelta(hours=25), True, False),
        (None, True, False),
        (NOW - 30 * DAY, False, True),
        (None, False, True),
        (NOW + DAY, True, True),
    ],
    ids=["of today", "of yesterday", "undated", "late", "undated later", "of tomorrow"],
)
async def test_what_was_old_at_the_first_fetch_is_not_told(store, ingest, published, first, told):
    await ingest.ingest(
        replace(RETREAT, published_at=published), MOD, fresh_since=NOW - DAY if first else None
    )

    ((one, _),) = archived(store, "post-1")
    reason = store.read_now(lambda tx: alerts.reason_of(tx, one.id))
    assert reason is (Reason.FIRST if told else Reason.TOO_OLD)
    assert len(queued(store)) == told


def fetch(outcome: Outcome, **more) -> Fetch:
    return Fetch(
        source="mod",
        started_at=NOW,
        finished_at=NOW,
        outcome=outcome,
        next_poll_at=NOW + timedelta(minutes=5),
        **more,
    )


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_after_the_first_fetch_what_was_too_old_is_summed_up_in_one_message(store, ingest):
    for n in range(200):
        old = replace(RETREAT, id=f"old-{n}", published_at=NOW - n * DAY - 2 * DAY)
        await ingest.ingest(old, MOD, fresh_since=NOW - DAY)

    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), body_hash="1"))
    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), body_hash="2"))

    (only,) = queued(store)
    assert isinstance(only.about, Notice)
    assert "200 matching documents" in only.about.subject
    assert only.about.text.endswith("and 190 more; all are in the archive")
    assert len(messages(only, Look(zone=ZoneInfo("UTC")))) == 1


async def test_a_first_fetch_that_was_partial_sums_up_when_it_is_whole(store, ingest):
    await ingest.ingest(replace(RETREAT, published_at=NOW - 2 * DAY), MOD, fresh_since=NOW - DAY)

    await ingest.settle(fetch(Outcome.PARTIAL, error="disk"))
    before = len(queued(store))
    await ingest.settle(fetch(Outcome.WHOLE, fingerprints=frozenset(), body_hash="1"))

    assert (before, len(queued(store))) == (0, 1)


async def test_unchanged_fetches_are_written_together(store, ingest):
    store.write_now(lambda tx: sources.settle(tx, fetch(Outcome.WHOLE, body_hash="1")))

    await ingest.settle(fetch(Outcome.UNCHANGED))
    waiting = ingest.unsettled
    await ingest.flush()

    assert (waiting, ingest.unsettled) == ({"mod"}, frozenset())
    state = store.read_now(lambda tx: sources.state(tx, "mod"))
    assert state.last_outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    "said",
    [
        "Войска\0 прошли перегруппировку",
        "перегруппировку \ud83d",
        "\udcffперегруппировку",
        "😀" * 9,
    ],
    ids=["NUL", "half a character", "the other half", "emoji"],
)
async def test_text_that_a_database_refuses_is_mended_and_kept(store, ingest, said):
    await ingest.ingest(replace(RETREAT, text=said, title=said), MOD, fresh_since=None)

    ((_, document),) = archived(store, "post-1")
    assert document.text == said.replace("\0", "").encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )


class Broken:
    """An identifier that fails."""

    def identify(self, title: str, text_: str, declared: str | None) -> Tongue:
        raise ValueError("no language at all")


@pytest.fixture
def broken(store, clock, ingest):
    good = watch()
    operator = Route(receiver="ops")
    broken = Watch(identifier=Broken(), matcher=good.matcher, route=good.route, operator=operator)
    return Ingest(store, broken, clock)


async def test_an_entry_that_fails_is_offered_again_and_archived_with_its_error_at_last(
    store, broken
):
    for _ in range(PATIENCE - 1):
        with pytest.raises(ValueError, match="no language"):
            await broken.ingest(RETREAT, MOD, fresh_since=None)
    assert archived(store, "post-1") == ()

    kept = await broken.ingest(RETREAT, MOD, fresh_since=None)

    ((one, document),) = archived(store, "post-1")
    error = store.read_now(lambda tx: tx.execute(text("SELECT error FROM documents")).scalar_one())
    assert kept
    assert document.text == RETREAT.text
    assert "no language at all" in error
    (told,) = queued(store)
    assert (told.receiver, one.ref in told.about.text) == ("ops", True)


async def test_an_entry_that_recovers_is_told_as_if_nothing_had_been(store, ingest, broken):
    with pytest.raises(ValueError, match="no language"):
        await broken.ingest(RETREAT, MOD, fresh_since=None)

    await ingest.ingest(RETREAT, MOD, fresh_since=None)

    (delivery,) = queued(store)
    assert isinstance(delivery.about, Alert)


async def test_whoever_delivers_is_woken_when_something_is_queued_and_only_then(store, clock):
    store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], clock()))
    woken = []
    ingest = Ingest(store, watch(), clock, lambda: woken.append(len(queued(store))))

    await ingest.ingest(Item("quiet", "В музее выставка.").entry(), MOD, fresh_since=None)
    await ingest.ingest(RETREAT, MOD, fresh_since=None)

    assert woken == [1], "once, after the commit"
