"""Who changed what, by the command line or in a chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from monitor.archive.schema import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that somebody did."""

    at: datetime
    who: str
    what: str  #: in two or three words: "silence added"
    detail: Mapping[str, object]


def note(tx: Connection, now: datetime, who: str, what: str, detail: Mapping[str, object]) -> None:
    """Write down what somebody does, in the transaction that does it."""
    tx.execute(insert(audit).values(at=now, who=who, what=what, detail=dict(detail)))


def rows(tx: Connection, most: int) -> list[Noted]:
    """Return what was done, the latest first."""
    asked = select(audit).order_by(audit.c.id.desc()).limit(most)
    return [
        Noted(at=row.at, who=row.who, what=row.what, detail=row.detail) for row in tx.execute(asked)
    ]
