"""Sends each receiver its day, or its week, in a picture: once a local date.

    tick(now) | what is due | drawn beside the store | the row and its delivery, together

What was sent stands in the store: a restart repeats nothing, and what was due while the program did
not run is sent late. Whoever is new to a digest gets the next one.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.app.editions import LATE, between, edition, following, wanted
from monitor.archive import digests
from monitor.archive.digests import Edition
from monitor.archive.store import Store, Transaction
from monitor.config.receivers import Receiver
from monitor.model import Digest, Period
from monitor.notify.picture import Sketch, sketch

log = logging.getLogger(__name__)

#: What draws: the bytes of a PNG, or None where it failed.
Draw = Callable[[Sketch], Awaitable[bytes | None]]
Wanted = tuple[str, Period, str]


class Digests:
    """Queues digests when they are due."""

    def __init__(self, store: Store, draw: Draw, queued: Callable[[], None]) -> None:
        """Look for what is due at the first tick."""
        self._store = store
        self._draw = draw
        self._queued = queued
        self._known: tuple[Sequence[Wanted], ZoneInfo] | None = None
        self._settled_until: datetime | None = None

    def next_due(
        self, now: datetime, receivers: Sequence[Receiver], zone: ZoneInfo
    ) -> datetime | None:
        """Return when the next tick has something to do; None where nobody wants a digest."""
        asked = tuple(wanted(receivers))
        if self._known != (asked, zone) or self._settled_until is None:
            return now if asked or self._known else None
        times = [following(period, when, zone, self._settled_until) for _, period, when in asked]
        return min(times, default=None)

    async def tick(self, now: datetime, receivers: Sequence[Receiver], zone: ZoneInfo) -> None:
        """Queue what is due; where that raises StoreUnusable, it still is."""
        due = self.next_due(now, receivers, zone)
        if due is None or due > now:
            return
        asked = tuple(wanted(receivers))
        if self._known != (asked, zone):
            before = None if self._known is None else _pairs(self._known[0])
            await self._store.write(lambda tx: _take(tx, asked, before, zone, now))
            self._known = (asked, zone)
        languages = {receiver.name: receiver.language for receiver in receivers}
        for name, period, when in asked:
            one = edition(name, period, when, zone, now)
            await self._settle(one, languages[name], zone, now)
        self._settled_until = now

    async def _settle(self, one: Edition, language: str, zone: ZoneInfo, now: datetime) -> None:
        """Send a digest, or skip it, unless that was done before."""
        found = await self._store.read(
            lambda tx: None if digests.is_settled(tx, one) else _read(tx, one, now)
        )
        if found is None:
            return
        digest, missed = found
        if missed:
            log.warning(
                "%s: %s %s digests before %s were not sent, for this program did not run",
                one.receiver,
                missed,
                one.period,
                one.date,
            )
        if now - one.until >= LATE:
            log.warning(
                "%s: the digest %s is skipped, %s late", one.receiver, one.ref, now - one.until
            )
            await self._store.write(lambda tx: digests.skip(tx, one))
            return
        picture = await self._draw(sketch(digest, language, zone))
        if await self._store.write(lambda tx: digests.queue(tx, one, picture, now)):
            log.info("%s: the digest %s is queued", one.receiver, one.ref)
            self._queued()


def _pairs(asked: Sequence[Wanted]) -> frozenset[tuple[str, Period]]:
    return frozenset((name, period) for name, period, _ in asked)


def _take(
    tx: Transaction,
    asked: Sequence[Wanted],
    before: frozenset[tuple[str, Period]] | None,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Let those who are new to a digest get the next one, and forget those who left it."""
    digests.forget_others(tx, _pairs(asked))
    for name, period, when in asked:
        is_new = before is not None and (name, period) not in before
        if is_new or digests.latest(tx, name, period) is None:
            digests.skip(tx, edition(name, period, when, zone, now))


def _read(tx: Transaction, one: Edition, now: datetime) -> tuple[Digest, int]:
    """Return what a digest says, and how many before it were neither sent nor skipped."""
    last = digests.latest(tx, one.receiver, one.period)
    missed = 0 if last is None else between(one.period, last, one.date)
    return digests.of_edition(tx, one, now), missed
