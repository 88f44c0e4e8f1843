"""What there is to say, and who is to hear it: written together, or not at all."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from monitor.archive import queueing
from monitor.archive.schema import alerts
from monitor.model import Form, Reason, Severity


def raise_alert(
    tx: Connection, *, document_id: int, reason: Reason, severity: Severity, now: datetime
) -> int:
    """Write a document's alert; its reason says whether it is to be told to anybody."""
    values = {
        "document_id": document_id,
        "reason": reason.value,
        "severity": severity.value,
        "raised_at": now,
    }
    return _add(tx, values)


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
    alert_id = _add(
        tx, {"subject": subject, "text": text, "severity": severity.value, "raised_at": now}
    )
    for receiver in receivers:
        queueing.queue(tx, form=Form.NOTICE, receiver=receiver, alert_id=alert_id)
    return alert_id


def reason_of(tx: Connection, document_id: int) -> Reason | None:
    """Return why a document's matches were told or not; None where nothing matched."""
    found = tx.execute(select(alerts.c.reason).where(alerts.c.document_id == document_id)).scalar()
    return None if found is None else Reason(found)


def _add(tx: Connection, values: Mapping[str, object]) -> int:
    statement = insert(alerts).values(dict(values)).returning(alerts.c.id)
    alert_id: int = tx.execute(statement).scalar_one()
    return alert_id
