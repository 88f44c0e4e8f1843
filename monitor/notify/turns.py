"""Answers to people wait for their turn, so that alerts need not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from monitor.notify.limiter import Chat, Limiter


class Turns:
    """Lets answers go when the limiter lets them: one after the other in each chat."""

    def __init__(
        self,
        limiter: Limiter,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Share the limiter with whoever sends alerts."""
        self._limiter = limiter
        self._clock = clock
        self._sleep = sleep
        self._queues: dict[Chat, tuple[asyncio.Lock, int]] = {}

    async def turn(self, chat: Chat, size: int = 0) -> None:
        """Wait until an answer of that length may go to this chat, and take the turn.

        In a chat that is full of alerts this may take minutes; who cannot wait, cancels it.
        """
        lock, waiting = self._queues.get(chat, (asyncio.Lock(), 0))
        self._queues[chat] = lock, waiting + 1
        try:
            async with lock:
                await self._taken(chat, size)
        finally:
            lock, waiting = self._queues.pop(chat)
            if waiting > 1:
                self._queues[chat] = lock, waiting - 1

    async def _taken(self, chat: Chat, size: int) -> None:
        # Asked again after each wait: an alert may have come first.
        while (now := self._clock()) < (ready := self._limiter.ready_at(chat, now, answer=True)):
            await self._sleep((ready - now).total_seconds())
        self._limiter.take(chat, now, size)
