"""What becomes of every alert at every receiver: told, in which message, or not told, and why.

Each function works inside the caller's transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, not_, or_, select, update

from monitor.archive.schema import alerts, batches, deliveries, notifications, sources
from monitor.archive.schema import documents as documents_table
from monitor.archive.schema import matches as matches_table
from monitor.archive.sources import provenance
from monitor.model import Fate, Kind, Match, Notification, Provenance, Severity, State

Side = tuple[str, Kind]

_LOST = (State.DEAD.value, State.DROPPED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A document of a story that a receiver heard of, or is to, and that added something to it."""

    alert_id: int
    fate: Fate
    side: Side
    rules: frozenset[str]
    severity: Severity
    batch: int | None
    delivery: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that waits for its batch."""

    alert_id: int
    story: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A rule's match that somebody was to hear of, and what it was in."""

    match: Match
    source: Provenance
    language: str | None
    ref: str
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
    adds: bool = True,
    batch_id: int | None = None,
    delivery_id: int | None = None,
) -> None:
    """Write down what becomes of an alert at a receiver, and whether it adds to its story there."""
    tx.execute(
        insert(notifications).values(
            alert_id=alert_id,
            receiver=receiver,
            story_id=story_id,
            fate=fate.value,
            why=why,
            rules=sorted(rules),
            adds=adds,
            batch_id=batch_id,
            delivery_id=delivery_id,
            made_at=now,
        )
    )


def of_story(tx: Connection, story_id: int, receiver: str) -> tuple[Heard, ...]:
    """Return what made up a story for a receiver, in the order of its alerts.

    Copies that added nothing are left out, and so is what was lost with its message.
    """
    statement = (
        select(
            notifications,
            alerts.c.document_id,
            sources.c.country,
            sources.c.kind,
            matches_table.c.rule_id,
            matches_table.c.severity,
        )
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .join(documents_table, documents_table.c.id == alerts.c.document_id)
        .join(sources, sources.c.id == documents_table.c.source_id)
        .join(matches_table, matches_table.c.document_id == alerts.c.document_id)
        .outerjoin(deliveries, deliveries.c.id == notifications.c.delivery_id)
        .where(
            notifications.c.story_id == story_id,
            notifications.c.receiver == receiver,
            notifications.c.adds.is_(True),
            _alive(),
        )
        .order_by(notifications.c.alert_id)
    )
    rows = tx.execute(statement).all()
    return tuple(_heard(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row.alert_id))


def said_before(  # noqa: PLR0913  # what makes two of them the same
    tx: Connection, *, story_id: int, receiver: str, source: str, uid: str, words: str, but: int
) -> bool:
    """Return whether a receiver heard, in a story, of these words of a source, or of this entry."""
    statement = (
        select(notifications.c.alert_id)
        .select_from(documents_table)
        .join(alerts, alerts.c.document_id == documents_table.c.id)
        .join(notifications, notifications.c.alert_id == alerts.c.id)
        .outerjoin(deliveries, deliveries.c.id == notifications.c.delivery_id)
        .where(
            documents_table.c.source_id == source,
            or_(documents_table.c.content_hash == words, documents_table.c.uid == uid),
            documents_table.c.story_id == story_id,
            notifications.c.receiver == receiver,
            notifications.c.alert_id != but,
            _alive(),
        )
    )
    return tx.execute(statement.limit(1)).first() is not None


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


def joined(tx: Connection, batch_id: int) -> tuple[Waiting, ...]:
    """Return the alerts that joined stories which waited in a batch, and have no message yet."""
    statement = select(notifications.c.alert_id, notifications.c.story_id).where(
        notifications.c.batch_id == batch_id,
        notifications.c.fate == Fate.JOINED.value,
        notifications.c.delivery_id.is_(None),
    )
    rows = tx.execute(statement.order_by(notifications.c.alert_id))
    return tuple(Waiting(alert_id=row.alert_id, story=row.story_id) for row in rows)


def give_up(tx: Connection, receiver: str, why: str) -> None:
    """Let nothing wait for a receiver that is to hear nothing any more."""
    waits = and_(
        notifications.c.receiver == receiver,
        notifications.c.delivery_id.is_(None),
        notifications.c.fate.in_([Fate.WAITS.value, Fate.JOINED.value]),
    )
    tx.execute(update(notifications).where(waits).values(fate=Fate.SILENCED.value, why=why))


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


def said(tx: Connection, since: datetime, receiver: str) -> Iterator[Said]:
    """Yield what a receiver heard of since then, oldest first."""
    statement = (
        select(
            alerts.c.raised_at,
            notifications.c.rules,
            documents_table.c.ref,
            documents_table.c.language.label("written_in"),
            documents_table.c.story_id,
            matches_table.c.rule_id,
            matches_table.c.title,
            matches_table.c.severity,
            matches_table.c.tags,
            matches_table.c.labels,
            sources,
        )
        .join(notifications, notifications.c.alert_id == alerts.c.id)
        .join(documents_table, documents_table.c.id == alerts.c.document_id)
        .join(sources, sources.c.id == documents_table.c.source_id)
        .join(matches_table, matches_table.c.document_id == alerts.c.document_id)
        .outerjoin(deliveries, deliveries.c.id == notifications.c.delivery_id)
        .where(
            notifications.c.receiver == receiver,
            notifications.c.made_at > since,
            _alive(),
        )
        .order_by(alerts.c.id)
    )
    for row in tx.execute(statement):
        if row.rules and row.rule_id not in row.rules:
            continue
        yield Said(
            match=Match(
                rule=row.rule_id,
                title=row.title,
                severity=Severity(row.severity),
                tags=tuple(row.tags),
                labels=row.labels,
            ),
            source=provenance(row),
            language=row.written_in,
            ref=row.ref,
            story=row.story_id,
            at=row.raised_at,
        )


def _alive() -> ColumnElement[bool]:
    """Return what holds for what was heard, or will be: its message was not lost."""
    heard = notifications.c.fate.in_([fate.value for fate in Fate if fate.heard])
    lost = and_(deliveries.c.id.is_not(None), deliveries.c.state.in_(_LOST))
    return and_(heard, not_(lost))


def _heard(rows: Sequence[Row[Any]]) -> Heard:
    """Return what a receiver heard, from a row of each rule that matched."""
    first = rows[0]
    loudness = {row.rule_id: Severity(row.severity) for row in rows}
    # Rows of before there were stories do not name their rules: they told of all.
    rules = frozenset(first.rules) or frozenset(loudness)
    loud = [loudness[rule] for rule in rules if rule in loudness] or [Severity.INFO]
    return Heard(
        alert_id=first.alert_id,
        fate=Fate(first.fate),
        side=(first.country, Kind(first.kind)),
        rules=rules,
        severity=max(loud, key=lambda severity: severity.rank),
        batch=first.batch_id,
        delivery=first.delivery_id,
    )
