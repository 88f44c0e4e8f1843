"""The program: its parts, one tick of its work, and how it begins and ends.

    tick(now) | unchanged fetches written down | due sources to the crawl | who is blind
              | what was gathered | outbox drained

Everything timed is due by what stands in the store, so the same tick serves the daemon, a single
round, and a simulated clock.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from rich.console import Console

from monitor.app.board import Boards
from monitor.app.digests import Digests
from monitor.app.health import Health
from monitor.app.heartbeat import Heartbeat
from monitor.app.receivers import NO_SECRETS, Secrets, Senders
from monitor.app.rulebook import Rulebook, faults_said, rulebook
from monitor.app.talking import Talking
from monitor.archive import (
    alerts,
    batches,
    deliveries,
    health,
    receivers,
    rules,
    sources,
    subscriptions,
)
from monitor.archive.store import Store, Transaction, no_step
from monitor.collect.crawl import Crawl
from monitor.collect.proxies import settings_of
from monitor.collect.sandbox import Sandbox
from monitor.config.load import Loaded
from monitor.config.schema import Config
from monitor.config.source import Source
from monitor.ingest import Ingest, Watch
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher
from monitor.match.words.morphology import Expander
from monitor.model import Severity
from monitor.notify.dispatch import Dispatch
from monitor.notify.drawing import draw
from monitor.notify.outbox import Outbox
from monitor.notify.route import receivers_for
from monitor.notify.sender import Sender

log = logging.getLogger(__name__)

#: How often the stories that are over are let go of.
_TIDY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the program touches outside of itself; tests and the demo bring their own."""

    clock: Callable[[], datetime]
    rng: Random
    console: Console
    secrets: Secrets = NO_SECRETS
    cache: Path | None = None  #: where expanded words are kept between two starts
    crawl_settings: tuple[tuple[str, object], ...] = ()
    step: Callable[[str], None] = no_step
    durable: bool = True


class Program:
    """All parts of the monitor, wired."""

    def __init__(self, loaded: Loaded, world: World) -> None:
        """Open the store as its only owner and compile the rules; raises MonitorError."""
        self.config: Config = loaded.config
        self.world = world
        self.store = Store(self.config.store, step=world.step, durable=world.durable)
        try:
            self.store.lock()
            self._build(loaded)
        except BaseException:
            self.store.close()
            raise

    def _build(self, loaded: Loaded) -> None:
        world, store, config = self.world, self.store, self.config
        self.expander = Expander(world.cache)
        self.rulebook = self._take_rules(loaded)
        self.faults = faults_said(loaded, self.rulebook)
        self.queued = asyncio.Event()  #: set when something new waits in the outbox
        self.ingest = Ingest(
            store,
            watch_of(config, self.rulebook),
            world.clock,
            self.queued.set,
            span=config.stories.window,
        )
        self.senders = Senders(world.secrets, world.console, clock=world.clock)
        self.outbox = Outbox(
            store,
            store.read_now(lambda tx: self.senders_of(tx, config)),
            clock=world.clock,
            rng=world.rng,
            tell_operator=self.tell,
            limiter=self.senders.limiter,
            step=world.step,
        )
        self._tidy_at = world.clock() + _TIDY
        self.health = Health(store, self.tell, self.queued.set, world.clock())
        self.digests = Digests(store, draw, self.queued.set)
        self.boards = Boards(store, self.queued.set, world.clock())
        self.heartbeat = Heartbeat(store)
        self.sandbox = Sandbox()
        self.crawl = Crawl(
            self.ingest,
            self.sandbox,
            world.clock,
            world.rng,
            {**settings_of(config), **dict(world.crawl_settings)},
            step=world.step,
        )
        self.talking = Talking(self) if config.bot.enabled else None

    async def start(self) -> None:
        """Take back what an earlier life left under way, learn the sources, start the crawl."""
        now = self.world.clock()
        released = await self.store.write(deliveries.release_leases)
        await self.store.write(lambda tx: receivers.probe(tx, now))
        await self.use_receivers()
        await self.ingest.recall()
        if released:
            log.warning("%s deliveries were under way when the program ended", released)
        await self.store.write(self._say_faults)
        await self.use_sources(self.config.sources, now)
        await self.store.write(lambda tx: sources.ask_failing(tx, now))
        # Loads models and dictionaries now, beside the loop, not when the first alert is waiting.
        await asyncio.to_thread(self.ingest.watch.identifier.identify, "", "проба", None)
        await self.crawl.start()

    async def tick(self, now: datetime) -> None:
        """Do what is due: hand sources to the crawl, and deliver."""
        await self.fetch_due(now)
        await self.look(now)
        await self.publish(now)
        await self.deliver()

    async def fetch_due(self, now: datetime) -> None:
        """Hand every source whose time has come to the crawl."""
        await self.ingest.flush()
        due = await self.store.read(lambda tx: sources.due(tx, now))
        unsettled = self.ingest.unsettled
        for state in due:
            if state.id not in unsettled and state.id in self._sources:
                self.crawl.submit(self._sources[state.id], state)

    async def look(self, now: datetime) -> None:
        """See which sources have gone blind, and what was gathered, if it is time for that."""
        await self.health.tick(now, self._sources, ZoneInfo(self.config.timezone))
        await self.ingest.tell_gathered()
        if now >= self._tidy_at:
            await self.ingest.forget()
            self._tidy_at = now + _TIDY
        self.heartbeat.ticked_at = now

    async def publish(self, now: datetime) -> None:
        """Queue digests and boards at their time, and call whoever is to notice when we stop."""
        receivers, zone = self.config.receivers, ZoneInfo(self.config.timezone)
        await self.digests.tick(now, receivers, zone)
        await self.boards.tick(now, receivers, self._sources, zone)
        names = [receiver.name for receiver in receivers]
        await self.heartbeat.tick(now, self._heartbeat, self._beats_every, names)

    async def fetch_all(self) -> None:
        """Fetch every source once, due or not, and wait until all are settled."""
        for source in self._sources.values():
            self.crawl.submit(source)
        await self.crawl.idle()
        await self.ingest.flush()

    async def deliver(self) -> int:
        """Deliver what is due; return how many messages arrived."""
        return await self.outbox.drain()

    async def next_due(self) -> datetime | None:
        """Return when the next tick has something to do; None if nothing ever will be."""
        fetch = await self.store.read(sources.next_due)
        delivery = await self.outbox.next_due()
        gathered = await self.store.read(batches.next_due)
        look = self.health.next_due() if self._sources else None
        now, zone = self.world.clock(), ZoneInfo(self.config.timezone)
        digest = self.digests.next_due(now, self.config.receivers, zone)
        board = self.boards.next_due(self.config.receivers)
        beat = self.heartbeat.next_due(now, self._heartbeat)
        times = (fetch, delivery, gathered, look, digest, board, beat)
        return min((one for one in times if one is not None), default=None)

    async def stop(self, grace: timedelta) -> None:
        """End what is under way within the grace time; what does not end is done again later."""
        await self.crawl.stop(grace)
        try:
            await self.ingest.flush()
            async with asyncio.timeout(grace.total_seconds()):
                await self.deliver()
        except TimeoutError:
            log.warning("some messages were under way; they are sent at the next start")
        finally:
            await self.outbox.close()
            await self.senders.close()
            await self.sandbox.close()
            self.store.close()

    async def use_receivers(self) -> None:
        """Let what waits for receivers who are not configured wait for their return."""
        names = self.outbox.receivers
        await self.store.write(lambda tx: receivers.use(tx, names))

    async def use_sources(self, configured: tuple[Source, ...], now: datetime) -> None:
        """Poll these sources from now on."""
        enabled = [source for source in configured if source.enabled]
        asked = [(source.provenance, source.url, _manner(source)) for source in enabled]

        def work(tx: Transaction) -> None:
            sources.sync(tx, asked, now)
            health.forget_inactive(tx)

        await self.store.write(work)
        self._sources = {source.id: source for source in enabled}

    def senders_of(self, tx: Transaction, config: Config) -> dict[str, Sender]:
        """Return who carries messages to whom under this configuration; may raise NoSecret."""
        allowed = config.bot.subscriptions if config.bot.enabled else "off"
        chats = subscriptions.chats(tx, allowed)
        return self.senders.of(config, receivers.moved_chats(tx), chats)

    async def hear_subscribers(self) -> None:
        """Carry messages from now on to the chats that are subscribers now."""
        self.outbox.use(await self.store.read(lambda tx: self.senders_of(tx, self.config)))
        await self.use_receivers()
        self.queued.set()

    def tell(
        self,
        tx: Transaction,
        *,
        subject: str,
        text: str,
        severity: Severity,
        receiver: str | None = None,
    ) -> None:
        """Queue a notice to the operator, unless it is about the only receiver who would hear.

        That somebody who subscribed himself cannot be reached is not the operator's business.
        """
        if receiver is not None and subscriptions.is_chat(receiver):
            return
        operator = self.config.operator
        names = receivers_for(operator) if operator is not None else ()
        alerts.notice(
            tx,
            subject=subject,
            text=text,
            severity=severity,
            receivers=[name for name in names if name != receiver],
            now=self.world.clock(),
        )

    @property
    def _heartbeat(self) -> str | None:
        """Return the address to call for as long as all is well; the environment's wins."""
        configured = self.config.heartbeat
        return self.world.secrets.heartbeat_url or (configured.url if configured else None)

    @property
    def _beats_every(self) -> timedelta:
        return self.config.heartbeat.every if self.config.heartbeat else timedelta(minutes=1)

    def _say_faults(self, tx: Transaction) -> None:
        """Tell the operator which rules are not in force as they are written."""
        for line in self.faults:
            log.error(line)
        if self.faults:
            self.tell(
                tx,
                subject="Started, but not every rule is in force as it is written",
                text="\n".join(self.faults),
                severity=Severity.HIGH,
            )

    def _take_rules(self, loaded: Loaded) -> Rulebook:
        good = self.store.read_now(rules.good)
        book = rulebook(loaded.config, loaded.broken_rules, good, self.expander)
        now = self.world.clock()
        self.store.write_now(lambda tx: rules.remember(tx, book.good, now))
        return book


#: What decides how a source is asked, and how what it says is read; but for its URL.
_MANNER = {"spider", "every", "select", "article", "older", "via", "fallbacks", "ca"}


def _manner(source: Source) -> str:
    """Return a word that is another one when a source is to be asked in another manner."""
    said = source.model_dump_json(include=_MANNER)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def watch_of(config: Config, book: Rulebook, like: Matcher | None = None) -> Watch:
    """Return what to look for, and who hears of it, under this configuration.

    Rules that are the same objects in the matcher `like` are not indexed again.
    """
    return Watch(
        identifier=LanguageIdentifier(config.language.engine),
        matcher=Matcher(book.rules, like=like),
        dispatch=Dispatch(config),
        route=config.route,
        operator=config.operator,
    )
