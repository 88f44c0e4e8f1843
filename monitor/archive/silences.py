"""What people do not want to hear for a while."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from monitor.archive.schema import silences
from monitor.model import Silence


def add(  # noqa: PLR0913  # the columns of a row
    tx: Connection,
    *,
    matchers: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    created_by: str,
    comment: str,
    now: datetime,
) -> Silence:
    """Write a silence."""
    statement = insert(silences).values(
        matchers=list(matchers),
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=created_by,
        comment=comment,
        created_at=now,
    )
    row = tx.execute(statement.returning(silences)).one()
    return _silence(row)


def active(tx: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold now, the first to end first."""
    statement = select(silences).where(silences.c.starts_at <= now, silences.c.ends_at > now)
    return tuple(_silence(row) for row in tx.execute(statement.order_by(silences.c.ends_at)))


def expire(tx: Connection, silence_id: int, now: datetime) -> bool:
    """End a silence now; return whether it still held, or was to begin."""
    statement = (
        update(silences)
        .where(silences.c.id == silence_id, silences.c.ends_at > now)
        .values(ends_at=now)
    )
    return tx.execute(statement).rowcount > 0


def _silence(row: Row[tuple[object, ...]]) -> Silence:
    return Silence(
        id=row.id,
        matchers=tuple(row.matchers),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_by=row.created_by,
        comment=row.comment,
    )
