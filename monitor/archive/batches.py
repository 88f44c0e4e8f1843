"""Alerts that one receiver hears together, later. Every function works in a transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from monitor.archive.schema import batches, notifications
from monitor.model import Fate, Gathered

_FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is gathered for one receiver until it is due."""

    id: int
    receiver: str
    key: str
    gathered: Gathered
    due_at: datetime


def gather(  # noqa: PLR0913  # the columns of a row
    tx: Connection, *, receiver: str, key: str, gathered: Gathered, due: datetime, now: datetime
) -> int:
    """Return the batch of this key that is open, or else a new one that is due then."""
    mine = (batches.c.receiver == receiver, batches.c.key == key, batches.c.flushed_at.is_(None))
    open_one = tx.execute(select(batches.c.id, batches.c.due_at).where(*mine)).first()
    if open_one is not None:
        if due < open_one.due_at:  # other hours by now, or a clock that was ahead
            tx.execute(update(batches).where(batches.c.id == open_one.id).values(due_at=due))
        found: int = open_one.id
        return found
    statement = insert(batches).values(
        receiver=receiver, key=key, cause=gathered.value, opened_at=now, due_at=due
    )
    batch_id: int = tx.execute(statement.returning(batches.c.id)).scalar_one()
    return batch_id


def is_open(tx: Connection, receiver: str, key: str) -> bool:
    """Return whether something is gathered under this key now."""
    statement = select(batches.c.id).where(
        batches.c.receiver == receiver, batches.c.key == key, batches.c.flushed_at.is_(None)
    )
    return tx.execute(statement).first() is not None


def last_flushed(tx: Connection, receiver: str, key: str, now: datetime) -> datetime | None:
    """Return when what was gathered under this key was last told; by a clock ahead, never."""
    statement = select(func.max(batches.c.flushed_at)).where(
        batches.c.receiver == receiver, batches.c.key == key, batches.c.flushed_at <= now
    )
    return tx.execute(statement).scalar()


def due(tx: Connection, now: datetime) -> tuple[Batch, ...]:
    """Return what is to be told now, what was due first first."""
    statement = (
        select(batches)
        .where(batches.c.flushed_at.is_(None), batches.c.due_at <= now)
        .order_by(batches.c.due_at, batches.c.id)
    )
    return tuple(
        Batch(
            id=row.id,
            receiver=row.receiver,
            key=row.key,
            gathered=Gathered(row.cause),
            due_at=row.due_at,
        )
        for row in tx.execute(statement)
    )


def waiting(tx: Connection) -> tuple[tuple[Batch, int], ...]:
    """Return what is gathered now, and how many alerts wait in each, what is due first first."""
    every = due(tx, _FAR)
    count = select(notifications.c.batch_id, func.count()).where(
        notifications.c.batch_id.in_([one.id for one in every]),
        notifications.c.delivery_id.is_(None),
        notifications.c.fate.in_([Fate.WAITS.value, Fate.JOINED.value]),
    )
    counted = {row[0]: row[1] for row in tx.execute(count.group_by(notifications.c.batch_id))}
    return tuple((one, counted.get(one.id, 0)) for one in every)


def hurry(tx: Connection, now: datetime) -> None:
    """Let what is gathered be told at once: the routes that it waited by are others now."""
    late = and_(batches.c.flushed_at.is_(None), batches.c.due_at > now)
    tx.execute(update(batches).where(late).values(due_at=now))


def next_due(tx: Connection) -> datetime | None:
    """Return when something gathered is to be told; None if nothing is."""
    statement = select(func.min(batches.c.due_at)).where(batches.c.flushed_at.is_(None))
    return tx.execute(statement).scalar()


def flushed(tx: Connection, batch_id: int, now: datetime) -> None:
    """Note that a batch was turned into a message, or into none."""
    tx.execute(update(batches).where(batches.c.id == batch_id).values(flushed_at=now))
