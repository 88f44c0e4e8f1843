"""`monitor run --once`: every source polled once, everything due delivered, the end."""

from dataclasses import dataclass
from datetime import timedelta

from monitor.app.program import Program, World
from monitor.archive import deliveries, documents, sources
from monitor.archive.store import Transaction
from monitor.collect.sight import explained
from monitor.config.load import Loaded
from monitor.model import Outcome, SourceState, State

_GRACE = timedelta(seconds=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round brought."""

    polled: int
    failed: dict[str, str]  #: why, by source
    new: int
    delivered: int
    waiting: int


async def one_round(loaded: Loaded, world: World) -> Round:
    """Poll every source once, whatever its interval, deliver what is due, and stop."""
    program = Program(loaded, world)
    await program.start()
    try:
        before = await program.store.read(documents.count)
        await program.fetch_all()
        delivered = await program.deliver()
        return await program.store.read(lambda tx: _round(tx, before, delivered))
    finally:
        await program.stop(_GRACE)


def _round(tx: Transaction, before: int, delivered: int) -> Round:
    rows = [row for row in sources.rows(tx) if row.active]
    waiting = deliveries.counts(tx)
    return Round(
        polled=len(rows),
        failed={
            row.provenance.id: _why(row.state)
            for row in rows
            if row.state.last_outcome is Outcome.FAILED
        },
        new=documents.count(tx) - before,
        delivered=delivered,
        waiting=waiting.get(State.QUEUED, 0) + waiting.get(State.PARKED, 0),
    )


def _why(state: SourceState) -> str:
    words = explained(state.last_cause, state.last_error or "")
    return f"{state.last_cause}: {words}" if state.last_cause else words
