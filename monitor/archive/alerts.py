"""What there is to say, and who is to hear it: written together, or not at all."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from monitor.archive.schema import alerts, deliveries
from monitor.model import Form, Reason, Severity, State


def raise_alert(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    document_id: int,
    reason: Reason,
    severity: Severity,
    receivers: Iterable[str],
    now: datetime,
) -> int:
    """Write a document's alert with its deliveries; without receivers its reason says why."""
    values = {
        "document_id": document_id,
        "reason": reason.value,
        "severity": severity.value,
        "raised_at": now,
    }
    return _add(tx, values, receivers)


def notice(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    subject: str,
    text: str,
    severity: Severity,
    receivers: Iterable[str],
    now: datetime,
) -> int:
    """Write something the program itself has to say, with its deliveries."""
    values = {"subject": subject, "text": text, "severity": severity.value, "raised_at": now}
    return _add(tx, values, receivers)


def reason_of(tx: Connection, document_id: int) -> Reason | None:
    """Return why a document's matches were told or not; None where nothing matched."""
    found = tx.execute(select(alerts.c.reason).where(alerts.c.document_id == document_id)).scalar()
    return None if found is None else Reason(found)


def _add(tx: Connection, values: Mapping[str, object], receivers: Iterable[str]) -> int:
    statement = insert(alerts).values(dict(values)).returning(alerts.c.id)
    alert_id: int = tx.execute(statement).scalar_one()
    for receiver in receivers:
        tx.execute(
            insert(deliveries).values(
                form=(Form.NOTICE if values.get("document_id") is None else Form.ALERT).value,
                alert_id=alert_id,
                receiver=receiver,
                state=State.QUEUED.value,
                attempts=0,
                parts_sent=0,
                message_ids=[],
                uncertain=False,
            )
        )
    return alert_id
