"""Alerts that one receiver hears together, later. Every function works in a transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from monitor.archive.schema import batches
from monitor.model import Gathered


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
    mine = (batches.c.receiver == receiver, batches.c.key == key)
    open_one: int | None = tx.execute(
        select(batches.c.id).where(*mine, batches.c.flushed_at.is_(None))
    ).scalar()
    if open_one is not None:
        return open_one
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


def last_flushed(tx: Connection, receiver: str, key: str) -> datetime | None:
    """Return when what was gathered under this key was last told."""
    statement = select(func.max(batches.c.flushed_at)).where(
        batches.c.receiver == receiver, batches.c.key == key
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


def next_due(tx: Connection) -> datetime | None:
    """Return when something gathered is to be told; None if nothing is."""
    statement = select(func.min(batches.c.due_at)).where(batches.c.flushed_at.is_(None))
    return tx.execute(statement).scalar()


def flushed(tx: Connection, batch_id: int, now: datetime) -> None:
    """Note that a batch was turned into a message, or into none."""
    tx.execute(update(batches).where(batches.c.id == batch_id).values(flushed_at=now))
