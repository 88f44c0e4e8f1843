"""What becomes of every alert at every receiver: told, in which message, or not told, and why.

Each function works inside the caller's transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from monitor.archive import documents, stories
from monitor.archive.schema import alerts, batches, deliveries, notifications, sources
from monitor.archive.schema import documents as documents_table
from monitor.archive.schema import matches as matches_table
from monitor.archive.sources import provenance
from monitor.model import (
    Archived,
    Document,
    Fate,
    Kind,
    Match,
    Notification,
    Provenance,
    Severity,
    State,
)

Side = tuple[str, Kind]

_LOST = (State.DEAD.value, State.DROPPED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a receiver heard, or is to hear, of one document of a story."""

    alert_id: int
    fate: Fate
    side: Side
    source: str
    words: str  #: the content hash: the same for the same title and text
    rules: frozenset[str]
    severity: Severity
    batch: int | None
    delivery: int | None  #: the message, unless it was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that waits for its batch."""

    alert_id: int
    story: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A rule's match that was to be told, and what it was in."""

    match: Match
    source: Provenance
    archived: Archived
    document: Document
    story: int | None
    at: datetime


def add(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    alert_id: int,
    receiver: str,
    story_id: int | None,
    fate: Fate,
    rules: Collection[str],
    now: datetime,
    why: str = "",
    batch_id: int | None = None,
    delivery_id: int | None = None,
) -> None:
    """Write down what becomes of an alert at a receiver."""
    tx.execute(
        insert(notifications).values(
            alert_id=alert_id,
            receiver=receiver,
            story_id=story_id,
            fate=fate.value,
            why=why,
            rules=sorted(rules),
            batch_id=batch_id,
            delivery_id=delivery_id,
            made_at=now,
        )
    )


def of_story(tx: Connection, story_id: int, receiver: str) -> tuple[Heard, ...]:
    """Return what a receiver heard of a story or is to hear of it, in the order of its alerts."""
    heard = [fate.value for fate in Fate if fate.heard]
    statement = (
        select(
            notifications,
            alerts.c.document_id,
            documents_table.c.source_id,
            documents_table.c.content_hash,
            sources.c.country,
            sources.c.kind,
            deliveries.c.state,
        )
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .join(documents_table, documents_table.c.id == alerts.c.document_id)
        .join(sources, sources.c.id == documents_table.c.source_id)
        .outerjoin(deliveries, deliveries.c.id == notifications.c.delivery_id)
        .where(
            notifications.c.story_id == story_id,
            notifications.c.receiver == receiver,
            notifications.c.fate.in_(heard),
        )
        .order_by(notifications.c.alert_id)
    )
    rows = tx.execute(statement).all()
    loudness = _severities(tx, [row.document_id for row in rows])
    return tuple(_heard(row, loudness[row.document_id]) for row in rows)


def lately(tx: Connection, receiver: str, since: datetime) -> tuple[frozenset[str], ...]:
    """Return the rules of each message that told a receiver of one alert since then."""
    one_by_one = [Fate.TOLD.value, Fate.NEWS.value]
    statement = select(notifications.c.rules).where(
        notifications.c.receiver == receiver,
        notifications.c.made_at > since,
        notifications.c.fate.in_(one_by_one),
    )
    return tuple(frozenset(rules) for rules in tx.execute(statement).scalars())


def waiting(tx: Connection, batch_id: int) -> tuple[Waiting, ...]:
    """Return what waits in a batch, in the order in which it was published or, else, seen."""
    statement = (
        select(
            notifications.c.alert_id,
            notifications.c.story_id,
            documents_table.c.published_at,
            documents_table.c.seen_at,
        )
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .join(documents_table, documents_table.c.id == alerts.c.document_id)
        .where(notifications.c.batch_id == batch_id, notifications.c.fate == Fate.WAITS.value)
    )
    rows = list(tx.execute(statement))
    rows.sort(key=lambda row: (row.published_at or row.seen_at, row.alert_id))
    return tuple(Waiting(alert_id=row.alert_id, story=row.story_id) for row in rows)


def settle(
    tx: Connection, alert_ids: Collection[int], receiver: str, fate: Fate, delivery_id: int | None
) -> None:
    """Write down what has become of alerts that waited."""
    tx.execute(
        update(notifications)
        .where(notifications.c.alert_id.in_(alert_ids), notifications.c.receiver == receiver)
        .values(fate=fate.value, delivery_id=delivery_id)
    )


def joined(tx: Connection, batch_id: int, story_id: int) -> tuple[int, ...]:
    """Return the alerts that joined a story while it waited in a batch, and have no message yet."""
    statement = select(notifications.c.alert_id).where(
        notifications.c.batch_id == batch_id,
        notifications.c.story_id == story_id,
        notifications.c.fate == Fate.JOINED.value,
        notifications.c.delivery_id.is_(None),
    )
    return tuple(tx.execute(statement).scalars())


def of_document(tx: Connection, document_id: int) -> tuple[Notification, ...]:
    """Return what became of a document's alert, by receiver."""
    statement = (
        select(notifications, batches.c.due_at)
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .outerjoin(batches, batches.c.id == notifications.c.batch_id)
        .where(alerts.c.document_id == document_id)
        .order_by(notifications.c.receiver)
    )
    return tuple(
        Notification(
            receiver=row.receiver,
            fate=Fate(row.fate),
            rules=tuple(row.rules),
            why=row.why,
            delivery=row.delivery_id,
            due_at=row.due_at if row.fate == Fate.WAITS.value else None,
            made_at=row.made_at,
        )
        for row in tx.execute(statement)
    )


def said(tx: Connection, since: datetime, but: int) -> Iterator[Said]:
    """Yield what was to be told since then, oldest first, without the alert `but`."""
    told = select(notifications.c.alert_id).where(
        notifications.c.fate.in_([fate.value for fate in Fate if fate.heard])
    )
    statement = select(alerts.c.id, alerts.c.document_id, alerts.c.raised_at).where(
        alerts.c.raised_at > since,
        alerts.c.document_id.is_not(None),
        alerts.c.id != but,
        alerts.c.id.in_(told),
    )
    for alert in tx.execute(statement.order_by(alerts.c.id)).all():
        archived, document = documents.by_id(tx, alert.document_id)
        row = tx.execute(select(sources).where(sources.c.id == document.source)).one()
        story = stories.of_document(tx, alert.document_id)
        for match in documents.matches_of(tx, alert.document_id):
            yield Said(
                match=match,
                source=provenance(row),
                archived=archived,
                document=document,
                story=story,
                at=alert.raised_at,
            )


def _severities(tx: Connection, ids: Sequence[int]) -> Mapping[int, Mapping[str, Severity]]:
    """Return how loud each rule was on each of these documents."""
    found: dict[int, dict[str, Severity]] = {one: {} for one in ids}
    columns = (matches_table.c.document_id, matches_table.c.rule_id, matches_table.c.severity)
    for row in tx.execute(select(*columns).where(matches_table.c.document_id.in_(ids))):
        found[row.document_id][row.rule_id] = Severity(row.severity)
    return found


def _heard(row: Row[tuple[object, ...]], loudness: Mapping[str, Severity]) -> Heard:
    # Rows of before there were stories do not name their rules: they told of all.
    rules = frozenset(row.rules) or frozenset(loudness)
    loud = [loudness[rule] for rule in rules if rule in loudness] or [Severity.INFO]
    return Heard(
        alert_id=row.alert_id,
        fate=Fate(row.fate),
        side=(row.country, Kind(row.kind)),
        source=row.source_id,
        words=row.content_hash,
        rules=rules,
        severity=max(loud, key=lambda severity: severity.rank),
        batch=row.batch_id,
        delivery=None if row.state in _LOST else row.delivery_id,
    )
