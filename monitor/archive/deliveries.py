"""The outbox: rows to claim under a lease, send, and settle; one at a time per receiver."""

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from monitor.archive.abouts import about
from monitor.archive.schema import alerts, deliveries, notifications, receivers
from monitor.model import About, Delivery, Form, Notice, Severity, State

log = logging.getLogger(__name__)

#: Why a change of a message is not sent.
_NOTHING = "there is nothing to add"
#: What stands in, or under, another message: an error there would take that away.
_DEPENDENT = (Form.EDIT, Form.COPIES, Form.STATUS, Form.DIGEST)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
    while (row := tx.execute(statement).one_or_none()) is not None:
        form = _form_now(tx, row)
        if form is None:
            _set(tx, row.id, state=State.DROPPED.value, error=_NOTHING)
            continue
        delivery = _delivery(tx, row, State.SENDING, form)
        if isinstance(delivery.about, Notice) and form in _DEPENDENT:
            log.error("delivery %s cannot be composed: %s", row.id, delivery.about.text)
            _set(tx, row.id, state=State.DROPPED.value, error=delivery.about.text[:300])
            continue
        _set(tx, row.id, state=State.SENDING.value, lease_until=now + lease, form=form.value)
        return delivery
    return None


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


def tell_copies(tx: Connection, delivery_id: int, reason: str) -> None:
    """Let what cannot change a message answer it instead, without a sound."""
    _set(
        tx,
        delivery_id,
        form=Form.COPIES.value,
        state=State.QUEUED.value,
        lease_until=None,
        not_before=None,
        error=reason,
    )


def begin_anew(tx: Connection, delivery_id: int, reason: str) -> None:
    """Let a message that cannot change another one stand alone."""
    _set(
        tx,
        delivery_id,
        root_id=None,
        state=State.QUEUED.value,
        lease_until=None,
        not_before=None,
        error=reason,
    )


def settle_part(tx: Connection, delivery_id: int, message_id: str, chat: str | None = None) -> None:
    """Note that one more part of the message was accepted, and in which chat."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    _set(
        tx,
        delivery_id,
        parts_sent=row.parts_sent + 1,
        message_ids=[*row.message_ids, message_id],
        chat=chat,
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
    """Return the messages in which receivers heard, or are to hear, of a document."""
    told = (
        select(notifications.c.delivery_id)
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .where(alerts.c.document_id == document_id)
    )
    statement = _rows().where(deliveries.c.id.in_(told)).order_by(deliveries.c.id)
    return tuple(_delivery(tx, row, _shown(row)) for row in tx.execute(statement))


def of_notice(tx: Connection, notice_id: int) -> tuple[Delivery, ...]:
    """Return who was, or is, to hear something that the program itself had to say."""
    mine = (deliveries.c.alert_id == notice_id, deliveries.c.form == Form.NOTICE.value)
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


def _kept(wanted: Collection[State]) -> ColumnElement[bool]:
    stored = {State.QUEUED if state is State.PARKED else state for state in wanted}
    return deliveries.c.state.in_([state.value for state in stored])


def _form_now(tx: Connection, row: Row[tuple[object, ...]]) -> Form | None:
    """Return what kind of message a row is now that it is its turn; None: there is no use in it.

    What would change or answer a message that was never sent tells by itself.
    """
    form = Form(row.form)
    if form not in {Form.EDIT, Form.COPIES, Form.REPLY}:
        return form
    root = tx.execute(select(deliveries).where(deliveries.c.id == row.root_id)).one_or_none()
    lost = root is None or root.state in {State.DEAD.value, State.DROPPED.value}
    if form is Form.REPLY:
        return Form.ALERT if lost else form
    named = select(notifications.c.alert_id).where(notifications.c.delivery_id == row.id)
    if tx.execute(named.limit(1)).first() is None:
        return None
    # Where it was divided may have moved since; no part can be changed for what it was.
    return Form.COPIES if lost or root is None or len(root.message_ids) > 1 else form


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
            receivers.c.parked_reason,
        )
        .outerjoin(alerts, alerts.c.id == deliveries.c.alert_id)
        .outerjoin(receivers, receivers.c.name == deliveries.c.receiver)
    )


def _shown(row: Row[tuple[object, ...]]) -> State:
    parked = row.state == State.QUEUED.value and row.parked_until is not None
    return State.PARKED if parked else State(row.state)


def _delivery(
    tx: Connection, row: Row[tuple[object, ...]], state: State, form: Form | None = None
) -> Delivery:
    form = form or Form(row.form)
    root, root_chat = _root(tx, row.root_id)
    return Delivery(
        id=row.id,
        receiver=row.receiver,
        about=_about(tx, row, form),
        state=state,
        form=form,
        root=root,
        root_chat=root_chat,
        attempts=row.attempts,
        not_before=row.parked_until if state is State.PARKED else row.not_before,
        parts_sent=row.parts_sent,
        message_ids=tuple(row.message_ids),
        uncertain=row.uncertain,
        error=row.parked_reason if state is State.PARKED else row.error,
        sent_at=row.sent_at,
    )


def _about(tx: Connection, row: Row[tuple[object, ...]], form: Form) -> About:
    """Return what a row is about; where that cannot be made, what there is to say instead.

    A slip of ours in one message must neither lose it without a word nor hold up the others.
    """
    try:
        return about(tx, row, form)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("what delivery %s is about cannot be read", row.id)
        return Notice(
            id=row.id,
            ref=f"d{row.id}",
            subject="There is an alert that this program failed to write",
            text=f"{type(error).__name__}: {error}\nLook it up: monitor outbox list --state sent",
            severity=Severity.HIGH,
            raised_at=row.raised_at or _EPOCH,
        )


def _root(tx: Connection, delivery_id: int | None) -> tuple[tuple[str, ...], str | None]:
    """Return the messages of a delivery, and the chat that they are in."""
    if delivery_id is None:
        return (), None
    columns = (deliveries.c.message_ids, deliveries.c.chat)
    row = tx.execute(select(*columns).where(deliveries.c.id == delivery_id)).one_or_none()
    return ((), None) if row is None else (tuple(row.message_ids), row.chat)
