"""What we remember of each source between two fetches, and when it is next due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from monitor.archive.fingerprints import Packed, remember
from monitor.archive.schema import Time, documents, fetches, sources
from monitor.errors import Cause
from monitor.model import Day, Fetch, Kind, Outcome, Provenance, SourceState

# No way has this key: what is asked next is another way than the last one.
_MOVED = "moved"
# Fetches end while those that are due are looked up; that is no clock that was ahead.
_SAME_TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source as `status` shows it."""

    provenance: Provenance
    state: SourceState
    active: bool
    documents: int


#: A configured source, its URL, and a word that is another one when it is asked in another manner.
Configured = tuple[Provenance, str] | tuple[Provenance, str, str]


def sync(tx: Connection, configured: Iterable[Configured], now: datetime) -> None:
    """Make the configured sources the active ones; new ones are due at once.

    So are those that are asked at another URL or in another manner: they forget what the last
    answer said of its freshness. At another URL nothing has been missed, and what is older than
    the newest thing we know is no news.
    """
    columns = (sources.c.id, sources.c.url, sources.c.asked_as)
    known = {row.id: row for row in tx.execute(select(*columns))}
    tx.execute(update(sources).values(active=False))
    for source, url, *manner in configured:
        values: dict[str, object] = {
            "name": source.name,
            "country": source.country,
            "kind": source.kind.value,
            "language": source.language,
            "url": url,
            "active": True,
        }
        if manner:
            values["asked_as"] = manner[0]
        before = known.get(source.id)
        if before is None:
            fresh = {"fingerprints": b"", "failures": 0, "next_poll_at": now}
            tx.execute(insert(sources).values(id=source.id, **values, **fresh))
            continue
        if before.url != url:
            values |= {"way": _MOVED, "next_poll_at": now, **_OF_ADDRESS, **_FRESHNESS}
        elif manner and before.asked_as not in {None, *manner}:
            values |= {"next_poll_at": now, **_FRESHNESS}
        tx.execute(update(sources).where(sources.c.id == source.id).values(**values))


_FRESHNESS = dict.fromkeys(("etag", "last_modified", "body_hash"))
_OF_ADDRESS = dict.fromkeys(("detour", "hole", "hole_since", "moved_to"))


def due(tx: Connection, now: datetime) -> tuple[SourceState, ...]:
    """Return what we remember of the active sources whose time has come, longest overdue first.

    One that was fetched in the future is due: the clock was ahead then, and so is its due time.
    """
    statement = (
        select(sources)
        .where(
            sources.c.active.is_(True),
            or_(sources.c.next_poll_at <= now, sources.c.last_fetched_at > now + _SAME_TICK),
        )
        .order_by(sources.c.next_poll_at, sources.c.id)
    )
    return tuple(map(state_of, tx.execute(statement)))


def ask_failing(tx: Connection, now: datetime) -> None:
    """Make what fails due, but for whom we asked too often: at a start it may be mended."""
    tx.execute(
        update(sources)
        .where(
            sources.c.failures > 0,
            sources.c.next_poll_at > now,
            func.coalesce(sources.c.last_cause, "") != Cause.TOO_OFTEN.value,
        )
        .values(next_poll_at=now)
    )


def next_due(tx: Connection) -> datetime | None:
    """Return when the next active source is due; None where there is none."""
    statement = select(sources.c.next_poll_at).where(sources.c.active.is_(True))
    return tx.execute(statement.order_by(sources.c.next_poll_at).limit(1)).scalar()


def state(tx: Connection, source_id: str) -> SourceState:
    """Return what we remember of a source that `sync` has seen."""
    return state_of(tx.execute(select(sources).where(sources.c.id == source_id)).one())


def rows(tx: Connection) -> tuple[SourceRow, ...]:
    """Return all sources that were ever configured, with how much we have of each."""
    texts = (
        select(documents.c.source_id, func.count().label("texts"))
        .group_by(documents.c.source_id)
        .subquery()
    )
    statement = (
        select(sources, func.coalesce(texts.c.texts, 0).label("texts"))
        .outerjoin(texts, texts.c.source_id == sources.c.id)
        .order_by(sources.c.id)
    )
    return tuple(
        SourceRow(
            provenance=provenance(row), state=state_of(row), active=row.active, documents=row.texts
        )
        for row in tx.execute(statement)
    )


def known(tx: Connection) -> dict[str, Provenance]:
    """Return all sources that were ever configured, by id."""
    rows = tx.execute(select(sources).order_by(sources.c.id))
    return {row.id: provenance(row) for row in rows}


def settle(tx: Connection, fetch: Fetch) -> None:
    """Write down how a fetch ended and when the next one is due.

    A fetch that was not whole leaves validators and fingerprints as they were, so that what it
    did not bring is offered again.
    """
    mine = sources.c.id == fetch.source
    values: dict[str, object] = {
        "last_fetched_at": fetch.finished_at,
        "last_outcome": fetch.outcome.value,
        "last_error": fetch.error,
        "last_cause": fetch.cause,
        "next_poll_at": fetch.next_poll_at,
        "ways_tried_at": fetch.ways_tried_at,
        "pace": None if fetch.pace is None else int(fetch.pace.total_seconds()),
    }
    if fetch.outcome in {Outcome.WHOLE, Outcome.UNCHANGED}:
        values |= _seen(fetch) | {
            "failures": 0,
            "read_at": fetch.finished_at,
            "failing_since": _since(sources.c.failing_since, fetch.started_at)
            if _is_blank(fetch)
            else None,
            "seen_since": None
            if _is_blank(fetch)
            else _since(sources.c.seen_since, fetch.finished_at),
            "first_fetched_at": sources.c.first_fetched_at
            if fetch.unfinished
            else func.coalesce(sources.c.first_fetched_at, fetch.finished_at),
        }
        if fetch.fingerprints is not None:
            old = tx.execute(select(sources.c.fingerprints).where(mine)).scalar_one()
            values["fingerprints"] = remember(old, fetch.fingerprints)
    else:
        values["failures"] = sources.c.failures + 1
        values["seen_since"] = None
        values["failing_since"] = _since(sources.c.failing_since, fetch.started_at)
    tx.execute(update(sources).where(mine).values(**values))
    if fetch.outcome is not Outcome.UNCHANGED:
        _log(tx, fetch)


def settle_unchanged(tx: Connection, fetches: Sequence[Fetch]) -> None:
    """Write down fetches that brought nothing and changed nothing, all at once."""
    if fetches:
        tx.execute(_UNCHANGED, [_unchanged(fetch) for fetch in fetches])


def _since(begun: ColumnElement[datetime], at: Any) -> ColumnElement[datetime]:
    """Return when something began that still goes on `at` a moment, or that moment.

    What began later than that was written by a clock that was ahead.
    """
    return case((begun <= at, begun), else_=at)


_UNCHANGED = (
    update(sources)
    .where(sources.c.id == bindparam("source"))
    .values(
        last_fetched_at=bindparam("at"),
        last_outcome=Outcome.UNCHANGED.value,
        last_error=bindparam("error"),
        last_cause=bindparam("cause"),
        failures=0,
        read_at=bindparam("at"),
        failing_since=case(
            (
                bindparam("blank", type_=Boolean),
                _since(sources.c.failing_since, bindparam("at", type_=Time)),
            ),
            else_=None,
        ),
        seen_since=case(
            (bindparam("blank", type_=Boolean), None),
            else_=_since(sources.c.seen_since, bindparam("at", type_=Time)),
        ),
        first_fetched_at=func.coalesce(sources.c.first_fetched_at, bindparam("at")),
        next_poll_at=bindparam("due"),
        pace=bindparam("seconds"),
        etag=bindparam("tag"),
        last_modified=bindparam("modified"),
        body_hash=bindparam("hash"),
        way=bindparam("by"),
        detour=bindparam("because"),
        ways_tried_at=bindparam("tried"),
        moved_to=bindparam("moved"),
    )
)


def _unchanged(fetch: Fetch) -> dict[str, object]:
    return {
        "source": fetch.source,
        "at": fetch.finished_at,
        "error": fetch.error,
        "cause": fetch.cause,
        "blank": _is_blank(fetch),
        "due": fetch.next_poll_at,
        "seconds": None if fetch.pace is None else int(fetch.pace.total_seconds()),
        "tag": fetch.etag,
        "modified": fetch.last_modified,
        "hash": fetch.body_hash,
        "by": fetch.way,
        "because": fetch.detour,
        "tried": fetch.ways_tried_at,
        "moved": fetch.moved_to,
    }


def _is_blank(fetch: Fetch) -> bool:
    """Return whether a page was read that shows nothing: since when is remembered as well."""
    return fetch.cause is not None and fetch.cause.is_blank


def _seen(fetch: Fetch) -> dict[str, object]:
    """Return what a fetch that read its page leaves behind."""
    values: dict[str, object] = {
        "way": fetch.way,
        "detour": fetch.detour,
        "hole": fetch.hole,
        "hole_since": fetch.hole_since,
        "gap_at": fetch.gap_at,
        "moved_to": fetch.moved_to,
        "etag": fetch.etag,
        "last_modified": fetch.last_modified,
        "body_hash": fetch.body_hash,
    }
    if fetch.newest_at is not None:
        values["newest_at"] = fetch.newest_at
    if fetch.rhythm is not None:
        values["rhythm"] = [
            [day.date.isoformat(), day.news, int(day.longest.total_seconds())]
            for day in fetch.rhythm
        ]
    return values


def fetches_of(tx: Connection, source_id: str, most: int) -> Sequence[Fetch]:
    """Return the latest fetches that changed something or failed, newest first."""
    statement = select(fetches).where(fetches.c.source_id == source_id)
    newest = statement.order_by(fetches.c.finished_at.desc(), fetches.c.id.desc()).limit(most)
    return tuple(
        Fetch(
            source=row.source_id,
            started_at=row.started_at,
            finished_at=row.finished_at,
            outcome=Outcome(row.outcome),
            next_poll_at=row.finished_at,
            status=row.status,
            seen=row.seen,
            new=row.new,
            gap=row.gap,
            filled=row.filled,
            error=row.error,
            cause=Cause(row.cause) if row.cause else None,
            way=row.way,
        )
        for row in tx.execute(newest)
    )


def _log(tx: Connection, fetch: Fetch) -> None:
    tx.execute(
        insert(fetches).values(
            source_id=fetch.source,
            started_at=fetch.started_at,
            finished_at=fetch.finished_at,
            outcome=fetch.outcome.value,
            status=fetch.status,
            seen=fetch.seen,
            new=fetch.new,
            gap=fetch.gap,
            filled=fetch.filled or 0,
            error=fetch.error,
            cause=fetch.cause,
            way=fetch.way,
        )
    )


def provenance(row: Any) -> Provenance:
    """Return the source columns of a row as their noun."""
    return Provenance(
        id=row.id,
        name=row.name,
        country=row.country,
        kind=Kind(row.kind),
        language=row.language,
    )


def state_of(row: Row[tuple[object, ...]]) -> SourceState:
    """Return what a row remembers as its noun."""
    return SourceState(
        id=row.id,
        etag=row.etag,
        last_modified=row.last_modified,
        body_hash=row.body_hash,
        fingerprints=Packed(row.fingerprints),
        first_fetched_at=row.first_fetched_at,
        last_fetched_at=row.last_fetched_at,
        last_outcome=Outcome(row.last_outcome) if row.last_outcome else None,
        last_error=row.last_error,
        last_cause=Cause(row.last_cause) if row.last_cause else None,
        failures=row.failures,
        failing_since=row.failing_since,
        read_at=row.read_at,
        next_poll_at=row.next_poll_at,
        pace=None if row.pace is None else timedelta(seconds=row.pace),
        newest_at=row.newest_at,
        rhythm=tuple(
            Day(date=date.fromisoformat(day), news=news, longest=timedelta(seconds=seconds))
            for day, news, seconds in row.rhythm or ()
        ),
        way=row.way,
        detour=row.detour,
        ways_tried_at=row.ways_tried_at,
        hole=row.hole,
        hole_since=row.hole_since,
        gap_at=row.gap_at,
        moved_to=row.moved_to,
        blind_since=row.blind_since,
        blind_cause=Cause(row.blind_cause) if row.blind_cause else None,
        seen_since=row.seen_since,
        seen_again_at=row.seen_again_at,
    )
