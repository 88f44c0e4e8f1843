"""What tells a monitor that works from one that only runs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from monitor.archive.schema import deliveries, meta, receivers, sources
from monitor.model import State

_BEAT = "beat"
_OPEN = (State.QUEUED.value, State.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The message that a receiver hears next."""

    receiver: str
    delivery: int
    attempts: int
    due: bool  #: nothing keeps it from being sent now


def beat(tx: Connection, now: datetime) -> None:
    """Write something, to see that something can be written."""
    known = tx.execute(select(meta.c.value).where(meta.c.key == _BEAT)).scalar()
    if known is None:
        tx.execute(insert(meta).values(key=_BEAT, value=now.isoformat()))
    else:
        tx.execute(update(meta).where(meta.c.key == _BEAT).values(value=now.isoformat()))


def heads(tx: Connection, among: Collection[str], now: datetime) -> tuple[Head, ...]:
    """Return what those receivers hear next, but for the parked ones, which cannot be reached."""
    first = (
        select(func.min(deliveries.c.id))
        .where(deliveries.c.state.in_(_OPEN), deliveries.c.receiver.in_(list(among)))
        .group_by(deliveries.c.receiver)
    )
    statement: Select[Any] = (
        select(
            deliveries.c.id,
            deliveries.c.receiver,
            deliveries.c.attempts,
            deliveries.c.not_before,
            deliveries.c.lease_until,
            receivers.c.not_before.label("paused_until"),
        )
        .outerjoin(receivers, receivers.c.name == deliveries.c.receiver)
        .where(deliveries.c.id.in_(first), receivers.c.parked_until.is_(None))
        .order_by(deliveries.c.id)
    )
    return tuple(_head(row, now) for row in tx.execute(statement))


def unreachable(tx: Connection) -> frozenset[str]:
    """Return the receivers that are parked."""
    parked = select(receivers.c.name).where(receivers.c.parked_until.is_not(None))
    return frozenset(tx.execute(parked).scalars())


def seeing(tx: Connection) -> tuple[int, int]:
    """Return how many sources are read, and of how many the operator knows that they are blind."""
    blind = func.count(sources.c.blind_since)
    row = tx.execute(select(func.count(), blind).where(sources.c.active.is_(True))).one()
    return row[0], row[1]


def _head(row: Row[Any], now: datetime) -> Head:
    gates = (row.not_before, row.lease_until, row.paused_until)
    return Head(
        receiver=row.receiver,
        delivery=row.id,
        attempts=row.attempts,
        due=all(gate is None or gate <= now for gate in gates),
    )
