"""The one message of a receiver that says what is seen: queued, changed in place, never in rows.

The last board that was sent names the message that is pinned; the next one is a change of it, and
so has it as its root. A board without a root is a new message, to be pinned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from monitor.archive import queueing
from monitor.archive.schema import deliveries
from monitor.model import Form, State, StatusBoard

_SAYS_SOMETHING = (Form.ALERT.value, Form.REPLY.value, Form.COPIES.value, Form.LIST.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The last board of a receiver."""

    text: str
    at: datetime
    state: State


def last(tx: Connection, receiver: str) -> Posted | None:
    """Return the last board of a receiver, sent or not."""
    row = tx.execute(_of(receiver).order_by(deliveries.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    at = datetime.fromisoformat(row.payload["at"])
    return Posted(text=row.payload["text"], at=at, state=State(row.state))


def post(tx: Connection, receiver: str, text: str, now: datetime) -> bool:
    """Queue a board, in place of one that still waits; return False while one is under way."""
    payload = {"text": text, "at": now.isoformat()}
    rows = {row.state: row for row in tx.execute(_of(receiver).order_by(deliveries.c.id))}
    if State.SENDING.value in rows:
        return False
    if (waits := rows.get(State.QUEUED.value)) is not None:
        mine = deliveries.c.id == waits.id
        tx.execute(update(deliveries).where(mine).values(payload=payload))
        return True
    root = _sent(tx, receiver)
    _clear(tx, receiver, root)
    queueing.queue(tx, form=Form.STATUS, receiver=receiver, root_id=root, payload=payload)
    return True


def of_delivery(payload: Mapping[str, Any]) -> StatusBoard:
    """Return what a delivery of the form STATUS says, from its payload."""
    return StatusBoard(text=payload["text"], raised_at=datetime.fromisoformat(payload["at"]))


def heard_at(tx: Connection, receiver: str) -> datetime | None:
    """Return when the last alert reached a receiver; None where none ever did."""
    statement = (
        select(deliveries.c.sent_at)
        .where(
            deliveries.c.state == State.SENT.value,
            deliveries.c.receiver == receiver,
            deliveries.c.form.in_(_SAYS_SOMETHING),
        )
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    found: datetime | None = tx.execute(statement).scalar()
    return found


def _of(receiver: str) -> Any:
    columns = (deliveries.c.id, deliveries.c.payload, deliveries.c.state)
    return select(*columns).where(
        deliveries.c.receiver == receiver, deliveries.c.form == Form.STATUS.value
    )


def _sent(tx: Connection, receiver: str) -> int | None:
    """Return the last one that was sent: the id of the message stands there, were it another."""
    found: int | None = tx.execute(
        select(func.max(deliveries.c.id)).where(
            deliveries.c.receiver == receiver,
            deliveries.c.form == Form.STATUS.value,
            deliveries.c.state == State.SENT.value,
        )
    ).scalar()
    return found


def _clear(tx: Connection, receiver: str, root: int | None) -> None:
    """Let go of the boards before; nobody asks what they said, and there are a hundred a day."""
    tx.execute(
        delete(deliveries).where(
            deliveries.c.receiver == receiver,
            deliveries.c.form == Form.STATUS.value,
            deliveries.c.id != (root or 0),
        )
    )
