"""The outbox: rows to claim under a lease, send, and settle; one at a time per receiver."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from monitor.archive import documents
from monitor.archive.schema import alerts, deliveries, receivers, sources
from monitor.archive.schema import moved_chats as moved_chats_table
from monitor.archive.sources import provenance
from monitor.model import Alert, Delivery, Form, Notice, Reason, Severity, State

_OPEN = (State.QUEUED.value, State.SENDING.value)


def claim(
    tx: Connection, now: datetime, lease: timedelta, among: Collection[str]
) -> Delivery | None:
    """Lease the oldest due delivery of those receivers whose turn it is; None if there is none.

    A receiver's turn comes when nothing of it is under a lease, it is not parked, and its oldest
    open row is due: the order of a chat is never broken. A lease that ran out is taken back
    first; its row comes again, marked uncertain.
    """
    _take_back(tx, deliveries.c.lease_until <= now)
    heads = (
        select(func.min(deliveries.c.id))
        .where(deliveries.c.state.in_(_OPEN), deliveries.c.receiver.in_(list(among)))
        .group_by(deliveries.c.receiver)
    )
    statement = (
        _rows()
        .where(
            deliveries.c.id.in_(heads),
            deliveries.c.state == State.QUEUED.value,
            _reached(deliveries.c.not_before, now),
            _reached(receivers.c.parked_until, now),
            _reached(receivers.c.not_before, now),
        )
        .order_by(deliveries.c.id)
        .limit(1)
    )
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    _set(tx, row.id, state=State.SENDING.value, lease_until=now + lease)
    return _delivery(tx, row, State.SENDING)


def next_due(tx: Connection, now: datetime, among: Collection[str]) -> datetime | None:
    """Return when the next delivery of those receivers can be tried; None if nothing waits.

    `now` where something is due already.
    """
    heads = (
        select(func.min(deliveries.c.id))
        .where(deliveries.c.state.in_(_OPEN), deliveries.c.receiver.in_(list(among)))
        .group_by(deliveries.c.receiver)
    )
    statement = (
        select(
            deliveries.c.not_before,
            deliveries.c.lease_until,
            receivers.c.parked_until,
            receivers.c.not_before.label("paused_until"),
        )
        .outerjoin(receivers, receivers.c.name == deliveries.c.receiver)
        .where(deliveries.c.id.in_(heads))
    )
    times = [max((t for t in row if t is not None), default=now) for row in tx.execute(statement)]
    return max(min(times), now) if times else None


def settle_part(tx: Connection, delivery_id: int, message_id: str) -> None:
    """Note that one more part of the message was accepted."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    _set(
        tx,
        delivery_id,
        parts_sent=row.parts_sent + 1,
        message_ids=[*row.message_ids, message_id],
        uncertain=False,
    )


def settle_sent(tx: Connection, delivery_id: int, now: datetime) -> None:
    """Note that the whole message was accepted."""
    _set(
        tx,
        delivery_id,
        state=State.SENT.value,
        sent_at=now,
        lease_until=None,
        not_before=None,
        error=None,
    )


def settle_retry(  # noqa: PLR0913  # what became of an attempt
    tx: Connection,
    delivery_id: int,
    *,
    not_before: datetime,
    reason: str,
    uncertain: bool,
    counts: bool,
) -> None:
    """Give the row back to the queue, to be tried again; an uncertain one stays uncertain."""
    _set(
        tx,
        delivery_id,
        state=State.QUEUED.value,
        lease_until=None,
        not_before=not_before,
        error=reason,
        uncertain=or_(deliveries.c.uncertain, literal(uncertain)),
        attempts=deliveries.c.attempts + int(counts),
    )


def settle_dead(tx: Connection, delivery_id: int, reason: str) -> None:
    """Give up on a message that was refused in every form; its row says why."""
    _set(tx, delivery_id, state=State.DEAD.value, lease_until=None, error=reason)


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
    parked = receivers.c.parked_until.is_not(None)
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


def release_leases(tx: Connection) -> int:
    """Take back every lease; return how many there were. For the store's owner, at start."""
    return _take_back(tx, deliveries.c.lease_until.is_not(None))


def retry(tx: Connection, delivery_id: int, now: datetime) -> bool:
    """Let a dead, dropped, waiting or parked delivery be tried at once; return whether it is."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    if row is None or row.state in {State.SENT.value, State.SENDING.value}:
        return False
    _set(tx, delivery_id, state=State.QUEUED.value, not_before=None)
    tx.execute(
        update(receivers)
        .where(receivers.c.name == row.receiver, receivers.c.parked_until.is_not(None))
        .values(parked_until=now)
    )
    return True


def drop(tx: Connection, delivery_id: int) -> bool:
    """Let an open or dead delivery never be sent, by a person's word; return whether it is."""
    statement = (
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.state.in_((State.QUEUED.value, State.DEAD.value)),
        )
        .values(state=State.DROPPED.value, not_before=None)
    )
    return tx.execute(statement).rowcount > 0


def rows(tx: Connection, states: Iterable[State], most: int) -> tuple[Delivery, ...]:
    """Return deliveries in those states, oldest first; PARKED ones wait for their receiver."""
    wanted = set(states)
    statement = _rows().order_by(deliveries.c.id)
    found = (_delivery(tx, row, _shown(row)) for row in tx.execute(statement.where(_kept(wanted))))
    return tuple([one for one in found if one.state in wanted][:most])


def of_document(tx: Connection, document_id: int) -> tuple[Delivery, ...]:
    """Return who was, or is, to hear of a document."""
    statement = _rows().where(alerts.c.document_id == document_id).order_by(deliveries.c.id)
    return tuple(_delivery(tx, row, _shown(row)) for row in tx.execute(statement))


def of_notice(tx: Connection, notice_id: int) -> tuple[Delivery, ...]:
    """Return who was, or is, to hear something that the program itself had to say."""
    mine = (deliveries.c.alert_id == notice_id, alerts.c.document_id.is_(None))
    statement = _rows().where(*mine).order_by(deliveries.c.id)
    return tuple(_delivery(tx, row, _shown(row)) for row in tx.execute(statement))


def counts(tx: Connection) -> dict[State, int]:
    """Return how many deliveries are in each state."""
    parked = and_(deliveries.c.state == State.QUEUED.value, receivers.c.parked_until.is_not(None))
    statement = (
        select(deliveries.c.state, parked.label("parked"), func.count().label("number"))
        .outerjoin(receivers, receivers.c.name == deliveries.c.receiver)
        .group_by(deliveries.c.state, parked)
    )
    found: dict[State, int] = {}
    for row in tx.execute(statement):
        state = State.PARKED if row.parked else State(row.state)
        found[state] = found.get(state, 0) + row.number
    return found


def _take_back(tx: Connection, which: ColumnElement[bool]) -> int:
    statement = (
        update(deliveries)
        .where(deliveries.c.state == State.SENDING.value, which)
        .values(state=State.QUEUED.value, lease_until=None, uncertain=True)
    )
    return tx.execute(statement).rowcount


def _reached(column: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    return or_(column.is_(None), column <= now)


def _set(tx: Connection, delivery_id: int, **values: object) -> None:
    tx.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values))


def _ensure(tx: Connection, receiver: str) -> None:
    known = tx.execute(select(receivers.c.name).where(receivers.c.name == receiver)).scalar()
    if known is None:
        tx.execute(insert(receivers).values(name=receiver, probes=0))


def _kept(wanted: Collection[State]) -> ColumnElement[bool]:
    stored = {State.QUEUED if state is State.PARKED else state for state in wanted}
    return deliveries.c.state.in_([state.value for state in stored])


def _rows() -> Select[tuple[object, ...]]:
    """Return what a Delivery is made of."""
    return (
        select(
            deliveries,
            alerts.c.document_id,
            alerts.c.reason,
            alerts.c.subject,
            alerts.c.text.label("notice"),
            alerts.c.severity,
            alerts.c.raised_at,
            receivers.c.parked_until,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .outerjoin(receivers, receivers.c.name == deliveries.c.receiver)
    )


def _shown(row: Row[tuple[object, ...]]) -> State:
    parked = row.state == State.QUEUED.value and row.parked_until is not None
    return State.PARKED if parked else State(row.state)


def _delivery(tx: Connection, row: Row[tuple[object, ...]], state: State) -> Delivery:
    return Delivery(
        id=row.id,
        receiver=row.receiver,
        about=_notice(row) if row.document_id is None else _alert(tx, row),
        state=state,
        form=Form(row.form),
        attempts=row.attempts,
        not_before=row.parked_until if state is State.PARKED else row.not_before,
        parts_sent=row.parts_sent,
        message_ids=tuple(row.message_ids),
        uncertain=row.uncertain,
        error=row.error,
        sent_at=row.sent_at,
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        id=row.alert_id,
        ref=f"n{row.alert_id}",
        subject=row.subject,
        text=row.notice,
        severity=Severity(row.severity),
        raised_at=row.raised_at,
    )


def _alert(tx: Connection, row: Row[tuple[object, ...]]) -> Alert:
    archived, document = documents.by_id(tx, row.document_id)
    source = tx.execute(select(sources).where(sources.c.id == document.source)).one()
    return Alert(
        id=row.alert_id,
        ref=archived.ref,
        document=document,
        revision=archived.revision,
        source=provenance(source),
        matches=documents.matches_of(tx, row.document_id),
        reason=Reason(row.reason),
        raised_at=row.raised_at,
    )
