"""Whose turn it is to be fetched."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue that hands out one thing per host at a time, and so many together at most.

    A host with many sources delays only its own: hosts take turns.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[str, deque[T]] = {}
        self._busy: set[str] = set()
        self._changed = asyncio.Event()

    def put(self, host: str, thing: T) -> None:
        """Let a thing wait for its host's turn."""
        self._waiting.setdefault(host, deque()).append(thing)
        self._changed.set()

    def done(self, host: str) -> None:
        """Free a host that was handed out."""
        self._busy.discard(host)
        self._changed.set()

    def clear(self) -> tuple[T, ...]:
        """Return all that waits, and let it wait no longer."""
        waiting = tuple(thing for queue in self._waiting.values() for thing in queue)
        self._waiting.clear()
        return waiting

    async def next(self) -> T:
        """Return the next thing as soon as its turn has come; its host is busy until `done`."""
        while (host := self._free()) is None:
            self._changed.clear()
            await self._changed.wait()
        queue = self._waiting.pop(host)
        thing = queue.popleft()
        if queue:
            self._waiting[host] = queue  # behind the hosts that wait already
        self._busy.add(host)
        return thing

    def _free(self) -> str | None:
        if len(self._busy) >= self._most:
            return None
        return next((host for host in self._waiting if host not in self._busy), None)
