"""Calls an address for as long as all is well, so that whoever waits there notices when it stops.

It says nothing when something is wrong: a program that died cannot say so either.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from monitor.archive import pulse
from monitor.archive.pulse import Head
from monitor.archive.store import Store, Transaction
from monitor.errors import StoreUnusable

log = logging.getLogger(__name__)

#: How long a message may be due before that is a sign of something.
STUCK = timedelta(minutes=10)
#: A message that failed so often has been failing for ten minutes, by `outbox.backoff`.
OFTEN = 9
TIMEOUT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the program fares, as far as its archive and its clock say."""

    ticked_at: datetime | None  #: when the last tick ended well
    heads: Collection[Head]  #: what each receiver that can be reached hears next
    due_since: Mapping[int, datetime]  #: by delivery: since when those of `heads` are due
    receivers: int
    parked: int
    sources: int
    blind: int


def ailment(condition: Condition, now: datetime) -> str | None:
    """Return why the program is not well, for a person; None where it is."""
    ticked_at = condition.ticked_at
    if ticked_at is None or now - ticked_at > STUCK:
        return "its work stands still"
    for head in condition.heads:
        since = condition.due_since.get(head.delivery, now)
        if now - since > STUCK:
            return f"what {head.receiver} is to hear is not sent"
        if head.attempts >= OFTEN:
            return f"{head.receiver} cannot be reached"
    if condition.receivers and condition.parked >= condition.receivers:
        return "no receiver can be reached"
    if condition.sources and condition.blind >= condition.sources:
        return "no source is seen"
    return None


def due_since(
    before: Mapping[int, datetime], heads: Collection[Head], now: datetime
) -> dict[int, datetime]:
    """Return since when each of these is due without a break, as far as somebody looked."""
    return {head.delivery: before.get(head.delivery, now) for head in heads if head.due}


class Heartbeat:
    """Calls one address, at most so often."""

    def __init__(self, store: Store) -> None:
        """Call for the first time at the first tick that finds all well."""
        self._store = store
        self._due: datetime | None = None
        self._due_since: Mapping[int, datetime] = {}
        self._trouble = ""
        self.ticked_at: datetime | None = None  #: whoever ticks says so here

    def next_due(self, now: datetime, url: str | None) -> datetime | None:
        """Return when the next tick looks; None where nobody waits for a call."""
        return None if url is None else self._due or now

    async def tick(
        self, now: datetime, url: str | None, every: timedelta, receivers: Collection[str]
    ) -> None:
        """Call, if it is time and all is well. What goes wrong disturbs nobody."""
        due = self.next_due(now, url)
        if url is None or due is None or now < due <= now + every:
            return  # a clock that was set back must not make it wait for longer
        self._due = now + every
        try:
            condition = await self._store.write(lambda tx: self._look(tx, now, receivers))
        except StoreUnusable as error:
            self._say(f"no heartbeat: {error}")
            return
        self._due_since = condition.due_since
        wrong = ailment(condition, now)
        self._say(f"no heartbeat: {wrong}" if wrong is not None else await _call(url))

    def _look(self, tx: Transaction, now: datetime, receivers: Collection[str]) -> Condition:
        """Return how the program fares; that this can be written is a part of it."""
        pulse.beat(tx, now)
        heads = pulse.heads(tx, receivers, now)
        sources, blind = pulse.seeing(tx)
        return Condition(
            ticked_at=self.ticked_at,
            heads=heads,
            due_since=due_since(self._due_since, heads, now),
            receivers=len(receivers),
            parked=len(pulse.unreachable(tx) & frozenset(receivers)),
            sources=sources,
            blind=blind,
        )

    def _say(self, trouble: str) -> None:
        """Log what keeps it from calling when that begins, changes and ends."""
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.info("the heartbeat is heard again")
        self._trouble = trouble


async def _call(url: str) -> str:
    """Call the address, which is a secret; return what went wrong, "" for nothing."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            status = response.status
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
        return f"the heartbeat was not heard: {type(error).__name__}"
    return "" if status < 400 else f"the heartbeat was not heard: http {status}"
