"""What people do not want to hear for a while."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from monitor.archive.schema import silences
from monitor.model import Silence


def active(tx: Connection, now: datetime) -> list[Silence]:
    """Return the silences that count now, oldest first."""
    counts = and_(silences.c.starts_at <= now, silences.c.ends_at > now)
    return [_silence(row) for row in tx.execute(_oldest_first().where(counts))]


def rows(tx: Connection, now: datetime, *, expired: bool = False) -> list[Silence]:
    """Return the silences that count now or will, oldest first; those that did, on demand."""
    asked = _oldest_first()
    return [
        _silence(row)
        for row in tx.execute(asked if expired else asked.where(silences.c.ends_at > now))
    ]


def standing(tx: Connection, now: datetime) -> int:
    """Return how many count now or will."""
    asked = select(func.count()).select_from(silences).where(silences.c.ends_at > now)
    found: int = tx.execute(asked).scalar_one()
    return found


def add(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    matchers: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    created_by: str,
    comment: str,
    now: datetime,
) -> int:
    """Write a silence; return its id. Whether it may be is the caller's to say."""
    values = {
        "matchers": list(matchers),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "created_by": created_by,
        "comment": comment,
        "created_at": now,
    }
    found: int = tx.execute(insert(silences).values(values).returning(silences.c.id)).scalar_one()
    return found


def expire(tx: Connection, silence_id: int, now: datetime) -> bool:
    """End a silence now; False where there is none of that id, or it has ended."""
    row = tx.execute(
        select(silences.c.starts_at).where(silences.c.id == silence_id, silences.c.ends_at > now)
    ).one_or_none()
    if row is None:
        return False
    ended = {"starts_at": min(row.starts_at, now), "ends_at": now}
    tx.execute(update(silences).where(silences.c.id == silence_id).values(ended))
    return True


def _oldest_first() -> Select[Any]:
    return select(silences).order_by(silences.c.id)


def _silence(row: Row[Any]) -> Silence:
    return Silence(
        id=row.id,
        matchers=tuple(row.matchers),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_by=row.created_by,
        comment=row.comment,
    )
