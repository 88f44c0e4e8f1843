"""What is remembered of those who hear: who cannot be reached, who asked us to wait, who moved."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, insert, select, update

from monitor.archive.schema import deliveries, receivers
from monitor.archive.schema import moved_chats as moved_chats_table
from monitor.model import State

#: Why a receiver is parked of which the configuration says nothing any more.
ABSENT = "it is not in the configuration"
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


def park(tx: Connection, receiver: str, *, until: datetime, reason: str) -> int:
    """Let nothing be sent to a receiver before `until`; return how often in a row that was.

    What was under way to it waits with the rest. 1 means that it was not parked before.
    """
    _ensure(tx, receiver)
    mine = receivers.c.name == receiver
    probes: int = tx.execute(select(receivers.c.probes).where(mine)).scalar_one() + 1
    tx.execute(
        update(receivers)
        .where(mine)
        .values(parked_until=until, parked_reason=reason, probes=probes)
    )
    sending = and_(deliveries.c.receiver == receiver, deliveries.c.state == State.SENDING.value)
    tx.execute(
        update(deliveries)
        .where(sending)
        .values(state=State.QUEUED.value, lease_until=None, error=reason)
    )
    return probes


def unpark(tx: Connection, receiver: str) -> bool:
    """Let a receiver hear again; return whether it was parked."""
    statement = (
        update(receivers)
        .where(receivers.c.name == receiver, receivers.c.parked_until.is_not(None))
        .values(parked_until=None, parked_reason=None, probes=0)
    )
    return tx.execute(statement).rowcount > 0


def probe(tx: Connection, now: datetime) -> None:
    """Let every parked receiver be tried at once: somebody may have mended what was wrong."""
    parked = and_(receivers.c.parked_until.is_not(None), receivers.c.parked_reason != ABSENT)
    tx.execute(update(receivers).where(parked).values(parked_until=now))


def pause(tx: Connection, receiver: str, until: datetime) -> None:
    """Let nothing be sent to a receiver before `until`, as its flood limit asks."""
    _ensure(tx, receiver)
    tx.execute(update(receivers).where(receivers.c.name == receiver).values(not_before=until))


def moved(tx: Connection, chat: str, new_id: int) -> None:
    """Remember the new id of a chat that the configuration still names by its old one."""
    tx.execute(moved_chats_table.delete().where(moved_chats_table.c.chat == chat))
    tx.execute(insert(moved_chats_table).values(chat=chat, new_id=new_id))


def moved_chats(tx: Connection) -> dict[str, int]:
    """Return the chats that moved: their id as the configuration has it, and the new one."""
    return {row.chat: row.new_id for row in tx.execute(select(moved_chats_table))}


def use(tx: Connection, names: Collection[str]) -> None:
    """Park what waits for receivers who are not among these; let those come back who are."""
    open_ones = select(deliveries.c.receiver).where(deliveries.c.state == State.QUEUED.value)
    for name in set(tx.execute(open_ones.distinct()).scalars()) - set(names):
        _ensure(tx, name)
        tx.execute(
            update(receivers)
            .where(receivers.c.name == name)
            .values(parked_until=_FAR, parked_reason=ABSENT)
        )
    back = and_(receivers.c.name.in_(list(names)), receivers.c.parked_reason == ABSENT)
    tx.execute(
        update(receivers).where(back).values(parked_until=None, parked_reason=None, probes=0)
    )


def _ensure(tx: Connection, receiver: str) -> None:
    known = tx.execute(select(receivers.c.name).where(receivers.c.name == receiver)).scalar()
    if known is None:
        tx.execute(insert(receivers).values(name=receiver, probes=0))
