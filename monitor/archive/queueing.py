"""Messages put into the outbox. Every function works inside the caller's transaction."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from monitor.archive.schema import deliveries
from monitor.model import Form, State


def queue(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    form: Form,
    receiver: str,
    alert_id: int | None = None,
    batch_id: int | None = None,
    root_id: int | None = None,
    payload: Mapping[str, object] | None = None,
) -> int:
    """Put a message into the outbox and return its number."""
    statement = insert(deliveries).values(
        form=form.value,
        receiver=receiver,
        alert_id=alert_id,
        batch_id=batch_id,
        root_id=root_id,
        payload=payload,
        state=State.QUEUED.value,
        attempts=0,
        parts_sent=0,
        message_ids=[],
        uncertain=False,
    )
    delivery_id: int = tx.execute(statement.returning(deliveries.c.id)).scalar_one()
    return delivery_id


def is_untold(tx: Connection, delivery_id: int) -> bool:
    """Return whether nothing of a message can have been sent yet."""
    row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    return row.state == State.QUEUED.value and not (row.parts_sent or row.uncertain)


def add_copy(tx: Connection, root_id: int) -> int:
    """See to it that a message names one more document; return the delivery that will.

    That is itself, as long as nothing of it can have been sent; else a change of it, of which
    never more than one waits.
    """
    if is_untold(tx, root_id):
        return root_id
    waiting = select(deliveries.c.id).where(
        deliveries.c.root_id == root_id,
        deliveries.c.form == Form.EDIT.value,
        deliveries.c.state == State.QUEUED.value,
    )
    edit: int | None = tx.execute(waiting).scalar()
    if edit is not None:
        return edit
    root = tx.execute(select(deliveries).where(deliveries.c.id == root_id)).one()
    return queue(
        tx,
        form=Form.EDIT,
        receiver=root.receiver,
        alert_id=root.alert_id,
        batch_id=root.batch_id,
        root_id=root_id,
    )
