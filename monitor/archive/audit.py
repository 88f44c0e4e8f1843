"""Who changed what, by the command line or in a chat."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from monitor.archive.schema import audit


def note(tx: Connection, now: datetime, who: str, what: str, detail: Mapping[str, object]) -> None:
    """Write down that somebody changed something, in the transaction that changes it."""
    tx.execute(insert(audit).values(at=now, who=who, what=what, detail=dict(detail)))
