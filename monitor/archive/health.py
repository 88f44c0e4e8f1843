"""Which sources the operator knows to be blind, and what is needed to judge them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, literal, or_, select, update

from monitor.archive.schema import documents, sources
from monitor.archive.sources import state_of
from monitor.errors import Cause
from monitor.model import SourceState

# Nobody judges a source by its fingerprints, which are most of its row.
_COLUMNS = [column for column in sources.c if column is not sources.c.fingerprints]
_STATES: Select[Any] = select(*_COLUMNS, literal(b"").label("fingerprints")).where(
    sources.c.active.is_(True)
)


def states(tx: Connection) -> Sequence[SourceState]:
    """Return what we remember of the active sources, but for their fingerprints."""
    return tuple(map(state_of, tx.execute(_STATES.order_by(sources.c.id))))


def doubtful(tx: Connection, silent_since: datetime) -> Sequence[SourceState]:
    """Return those of `states` that may be blind, or may see again.

    All others answer, and said something after `silent_since`.
    """
    doubt = or_(
        sources.c.blind_since.is_not(None),
        sources.c.failing_since.is_not(None),
        func.coalesce(sources.c.newest_at, sources.c.first_fetched_at) < silent_since,
    )
    return tuple(map(state_of, tx.execute(_STATES.where(doubt).order_by(sources.c.id))))


def blind(tx: Connection, source_id: str, since: datetime, cause: Cause | None) -> None:
    """Remember that the operator was told that a source is not seen."""
    mine = sources.c.id == source_id
    tx.execute(update(sources).where(mine).values(blind_since=since, blind_cause=cause))


def sees(tx: Connection, source_id: str, now: datetime) -> None:
    """Remember that the operator was told that a source is seen again."""
    mine = sources.c.id == source_id
    told = {"blind_since": None, "blind_cause": None, "seen_again_at": now}
    tx.execute(update(sources).where(mine).values(**told))


def hurry(tx: Connection, ids: Collection[str], now: datetime) -> None:
    """Let these sources be due at once."""
    tx.execute(update(sources).where(sources.c.id.in_(ids)).values(next_poll_at=now))


def forget_inactive(tx: Connection) -> None:
    """Forget how sources fared that are not read any more: they begin anew if they come back."""
    fared = {"blind_since": None, "blind_cause": None, "failing_since": None, "failures": 0}
    away = sources.c.active.is_(False)
    some = or_(sources.c.blind_since.is_not(None), sources.c.failing_since.is_not(None))
    tx.execute(update(sources).where(away, some).values(**fared))


def said_since(tx: Connection, since: datetime) -> dict[str, int]:
    """Return how many documents of each source were first seen since then."""
    statement = (
        select(documents.c.source_id, func.count().label("number"))
        .where(documents.c.seen_at >= since, documents.c.revision == 1)
        .group_by(documents.c.source_id)
    )
    return {row.source_id: row.number for row in tx.execute(statement)}
