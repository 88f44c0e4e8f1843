"""What was told lately, and what stands behind one message: for those who ask the bot."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from monitor.archive import documents as texts
from monitor.archive.schema import (
    alerts,
    deliveries,
    documents,
    matches,
    notifications,
    receivers,
)
from monitor.model import Archived, Document, Fate, Match, Notification, Reason, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document of which somebody heard."""

    archived: Archived
    document: Document
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What one message is about."""

    receiver: str
    document_id: int
    story_id: int | None
    rules: Sequence[str]  #: of which its receiver heard


def told(tx: Connection, rules: Collection[str] | None, most: int) -> tuple[Told, ...]:
    """Return the latest documents that were told for one of these rules, or any; newest first."""
    reasons = [reason.value for reason in Reason if reason.told]
    statement = (
        select(alerts.c.document_id)
        .where(alerts.c.reason.in_(reasons))
        .order_by(alerts.c.id.desc())
        .limit(most)
    )
    if rules is not None:
        found = select(matches.c.document_id).where(matches.c.rule_id.in_(list(rules)))
        statement = statement.where(alerts.c.document_id.in_(found))
    return tuple(_told(tx, one) for one in tx.execute(statement).scalars())


def newest(tx: Connection) -> datetime | None:
    """Return when the last document came."""
    return tx.execute(select(func.max(documents.c.seen_at))).scalar()


def behind(tx: Connection, delivery_id: int) -> Behind | None:
    """Return what a message is about; None where there is none, or it is about no one document."""
    statement = (
        select(deliveries.c.receiver, alerts.c.document_id, documents.c.story_id, alerts.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(documents, documents.c.id == alerts.c.document_id)
        .where(deliveries.c.id == delivery_id)
    )
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    mine = (notifications.c.alert_id == row.id, notifications.c.receiver == row.receiver)
    heard = tx.execute(select(notifications.c.rules).where(*mine)).scalar()
    found = [match.rule for match in texts.matches_of(tx, row.document_id)]
    return Behind(
        receiver=row.receiver,
        document_id=row.document_id,
        story_id=row.story_id,
        rules=[rule for rule in found if not heard or rule in heard],
    )


def fates(tx: Connection, document_id: int) -> tuple[Notification, ...]:
    """Return what became of a document at every receiver, as far as that was written down."""
    statement = (
        select(notifications)
        .join(alerts, alerts.c.id == notifications.c.alert_id)
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
            made_at=row.made_at,
        )
        for row in tx.execute(statement)
    )


def waiting(tx: Connection, names: Collection[str] | None) -> int:
    """Return how many messages wait for these receivers, or for all."""
    statement = select(func.count()).where(deliveries.c.state == State.QUEUED.value)
    if names is not None:
        statement = statement.where(deliveries.c.receiver.in_(list(names)))
    return tx.execute(statement).scalar_one()


def try_now(tx: Connection, names: Collection[str], now: datetime) -> bool:
    """Let parked receivers be tried at once; return whether there were any."""
    statement = (
        update(receivers)
        .where(receivers.c.name.in_(list(names)), receivers.c.parked_until.is_not(None))
        .values(parked_until=now)
    )
    return tx.execute(statement).rowcount > 0


def _told(tx: Connection, document_id: int) -> Told:
    archived, document = texts.by_id(tx, document_id)
    return Told(archived=archived, document=document, matches=texts.matches_of(tx, document_id))
