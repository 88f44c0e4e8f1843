"""Keeps the pinned message of each receiver that wants one: which sources are seen, which are not.

    tick(now) | what the archive remembers of the sources | a text | a row, where it says more

It is written anew when something has turned, and every quarter of an hour to show that somebody is
there. What was said last stands in the store.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.app.boardtext import Board, board_text, facts
from monitor.archive import boards, health
from monitor.archive.store import Store, Transaction
from monitor.collect.sight import Seeing, judge
from monitor.config.receivers import Receiver
from monitor.config.source import Source
from monitor.model import State

#: How often it looks.
EVERY = timedelta(minutes=1)
#: How long a board stands that has nothing new to say.
STANDS = timedelta(minutes=15)
#: When a board is tried again that was refused.
REFUSED = timedelta(days=1)


class Boards:
    """Looks at the sources once a minute, for those who have a board."""

    def __init__(self, store: Store, queued: Callable[[], None], begun: datetime) -> None:
        """Look for the first time when there was time to fetch what was due at the beginning."""
        self._store = store
        self._queued = queued
        self._due = begun + EVERY

    def next_due(self, receivers: Sequence[Receiver]) -> datetime | None:
        """Return when the next tick looks; None where nobody wants a board."""
        return self._due if _wanting(receivers) else None

    async def tick(
        self,
        now: datetime,
        receivers: Sequence[Receiver],
        watched: Mapping[str, Source],
        zone: ZoneInfo,
    ) -> None:
        """Look if it is time; where that raises StoreUnusable, it still is."""
        wanting = _wanting(receivers)
        if not wanting or now < self._due:
            return
        said = await self._store.read(lambda tx: _said(tx, wanting, watched, zone, now))
        if said:
            await self._store.write(lambda tx: _post(tx, said, now))
            self._queued()
        self._due = now + EVERY


def says_more(posted: boards.Posted | None, text: str, now: datetime) -> bool:
    """Return whether a board is to be written anew."""
    if posted is None:
        return True
    age = now - posted.at
    if posted.state is State.DEAD:
        return age >= REFUSED
    return facts(text) != facts(posted.text) or age >= STANDS


def board_of(tx: Transaction, watched: Mapping[str, Source], now: datetime) -> Board:
    """Return what is seen at this moment, but for when a receiver last heard."""
    states = {state.id: state for state in health.states(tx)}
    blind, waiting = [], 0
    for name, source in watched.items():
        state = states.get(name)
        if state is not None and state.blind_since is not None:
            blind.append((source.name, state.blind_cause, state.blind_since))
        elif state is None or judge(state, source, now).seeing is Seeing.WAITING:
            waiting += 1
    return Board(
        sources=len(watched),
        waiting=waiting,
        blind=tuple(sorted(blind, key=lambda one: (one[2], one[0]), reverse=True)),
    )


def _wanting(receivers: Sequence[Receiver]) -> tuple[Receiver, ...]:
    return tuple(one for one in receivers if one.telegram and one.telegram.pinned_status)


def _said(
    tx: Transaction,
    wanting: Sequence[Receiver],
    watched: Mapping[str, Source],
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, str]:
    """Return what each board is to say that is to be written anew."""
    board, said = board_of(tx, watched, now), {}
    for receiver in wanting:
        heard_at = boards.heard_at(tx, receiver.name)
        text = board_text(board, heard_at, receiver.language, zone, now)
        if says_more(boards.last(tx, receiver.name), text, now):
            said[receiver.name] = text
    return said


def _post(tx: Transaction, said: Mapping[str, str], now: datetime) -> None:
    for name, text in said.items():
        boards.post(tx, name, text, now)
