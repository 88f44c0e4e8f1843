"""Tells the operator which sources have gone blind, and which are seen again: once each.

That one is seen again is told once a day at the most, so one that comes and goes is no alarm all
day long.

    tick(now) | what the archive remembers of the doubtful | judge | marks and one notice, together

What was told stands in the store, so that nothing is told again after a restart, and nothing is
lost while the store cannot be used: the next tick judges again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.app.sightings import Sightings, sightings_of, subject, text
from monitor.archive import health
from monitor.archive.store import Store, Transaction
from monitor.collect.rhythm import too_long
from monitor.config.source import Source
from monitor.model import Severity

#: How often it looks.
EVERY = timedelta(minutes=1)


class Tell(Protocol):
    """What queues a notice to the operator."""

    def __call__(self, tx: Transaction, *, subject: str, text: str, severity: Severity) -> None:
        """Queue it in this transaction."""


class Health:
    """Looks at the sources once a minute."""

    def __init__(
        self, store: Store, tell: Tell, queued: Callable[[], None], begun: datetime
    ) -> None:
        """Look for the first time when there was time to fetch what was due at the beginning."""
        self._store = store
        self._tell = tell
        self._queued = queued
        self._due = begun + EVERY
        self._hurried = False

    def next_due(self) -> datetime:
        """Return when the next tick looks."""
        return self._due

    async def tick(self, now: datetime, watched: Mapping[str, Source], zone: ZoneInfo) -> None:
        """Look at these sources if it is time; where that raises StoreUnusable, it still is."""
        if now < self._due:
            return
        sightings = await self._store.read(lambda tx: _sightings(tx, watched, now))
        if sightings.offline and not self._hurried:
            # The line is back. All that was cut off is asked at once, and told of together.
            await self._store.write(lambda tx: health.hurry(tx, sightings.offline, now))
            self._hurried = True
        elif sightings.lost or sightings.found:
            await self._store.write(lambda tx: self._write(tx, watched, now, zone))
            self._queued()
        self._hurried = self._hurried and bool(sightings.offline)
        self._due = now + EVERY

    def _write(
        self, tx: Transaction, watched: Mapping[str, Source], now: datetime, zone: ZoneInfo
    ) -> None:
        """Tell what has turned, and that it was told; a fetch may have ended since it was read."""
        sightings = _sightings(tx, watched, now)
        for sighting in sightings.lost:
            health.blind(tx, sighting.source.id, sighting.sight.since or now, sighting.sight.cause)
        for sighting in sightings.found:
            health.sees(tx, sighting.source.id, now)
        if sightings.lost or sightings.found:
            self._tell(
                tx,
                subject=subject(sightings, zone, now),
                text=text(sightings, zone, now),
                severity=Severity.HIGH if sightings.lost else Severity.LOW,
            )


def _sightings(tx: Transaction, watched: Mapping[str, Source], now: datetime) -> Sightings:
    return sightings_of(health.doubtful(tx, now - too_long(timedelta())), watched, now)
