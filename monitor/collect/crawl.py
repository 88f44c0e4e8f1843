"""The hub: one long-lived Scrapy engine that fetches every source.

    submit(source) | whose turn | desk.state | the spider kind's request
      | Scrapy: robots.txt, guard, download | Fetching

Each poll ends in exactly one settle; one that a stop cut short in none: it is still due.
"""

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from monitor.collect.egress import ABANDON
from monitor.collect.fetching import Desk, Fetching, Kind, NoSuchKind
from monitor.collect.sandbox import Sandbox
from monitor.collect.turns import Turns
from monitor.collect.verdict import Poll
from monitor.config.schema import Source
from monitor.model import Entry, SourceState

log = logging.getLogger(__name__)

_LAST_WORDS = timedelta(seconds=5)  # after the grace, for what is cut short to end
_LONGEST_PAUSE = 60.0  # seconds, between two starts of an engine that keeps ending by itself


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Sent:
    """A poll whose request is under way."""

    poll: Poll
    kind: Kind
    deadline: asyncio.TimerHandle


class HubSpider(Spider):
    """The one spider of the daemon: it asks what the hub tells it to ask."""

    name = "hub"

    def __init__(self, hub: "Crawl") -> None:
        super().__init__()
        self._hub = hub

    async def start(self) -> AsyncIterator[Request]:
        """Yield requests for ever."""
        async for request in self._hub.requests(self.crawler):
            yield request


class Crawl:
    """Fetches sources as they are submitted, for as long as the program runs."""

    def __init__(  # noqa: PLR0913 - a daemon's part is given all that it may touch
        self,
        desk: Desk,
        sandbox: Sandbox,
        clock: Callable[[], datetime],
        rng: random.Random,
        settings: Mapping[str, object] | None = None,
        *,
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._desk = desk
        self._sandbox = sandbox
        self._clock = clock
        self._settings = _settings(settings or {})
        self._fetching = Fetching(desk, clock, rng, step)
        self._turns = self._new_turns()
        self._open: dict[str, Source] = {}
        self._sent: dict[str, _Sent] = {}
        self._moves: set[tuple[str, str]] = set()
        self._failing: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._asking = asyncio.Event()
        self._stopping = asyncio.Event()
        self._heard = False  # whether the engine that runs now has ended any request
        self._runner: AsyncCrawlerRunner | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def in_flight(self) -> frozenset[str]:
        """Return the ids of the sources that were submitted and have not ended."""
        return frozenset(self._open)

    def submit(self, source: Source) -> None:
        """Fetch a source as soon as its host is free, unless it is in flight already."""
        if source.id in self._open:
            return
        self._open[source.id] = source
        self._idle.clear()
        self._turns.put(_host(source), source)

    async def idle(self) -> None:
        """Wait until nothing is in flight."""
        await self._idle.wait()

    async def start(self) -> None:
        """Start the engine; return when it asks."""
        if self._supervisor is not None:
            raise RuntimeError("the crawl is running")
        self._stopping.clear()
        self._fetching.abandoned = False
        self._runner = AsyncCrawlerRunner(self._settings)  # loads the spiders
        self._supervisor = asyncio.create_task(self._supervise(self._runner))
        if not await _comes(self._asking, self._supervisor):
            failed, self._supervisor, self._runner = self._supervisor, None, None
            await failed

    async def stop(self, grace: timedelta) -> None:
        """Ask nothing more, let what is under way end within `grace`, abandon the rest.

        What is abandoned is not settled: the store still has it due.
        """
        supervisor, runner = self._supervisor, self._runner
        if supervisor is None or runner is None:
            return
        self._stopping.set()
        for source in self._turns.clear():
            del self._open[source.id]
        # An engine that is told to stop before its spider has started would not hear it.
        await _comes(self._asking, supervisor)
        stopping = asyncio.create_task(runner.stop())
        if not await _ends(supervisor, grace):
            self._fetching.abandoned = True
            for crawler in tuple(runner.crawlers):
                crawler.signals.send_catch_log(signal=ABANDON)
            if not await _ends(supervisor, _LAST_WORDS):
                log.error("the crawl does not end; it is left behind")
        if stopping.done():
            await stopping
        self._forget()

    def _forget(self) -> None:
        for sent in self._sent.values():
            sent.deadline.cancel()
        self._sent.clear()
        self._open.clear()
        self._turns = self._new_turns()
        self._asking.clear()
        self._idle.set()
        self._supervisor = self._runner = None

    def _new_turns(self) -> Turns[Source]:
        return Turns(self._settings.getint("CONCURRENT_REQUESTS"))

    async def _supervise(self, runner: AsyncCrawlerRunner) -> None:
        """Keep an engine running: Scrapy ends without a word when something closes its spider."""
        pause = 0.0
        begun = False
        while not self._stopping.is_set():
            self._asking.clear()
            self._heard = False
            crawl = runner.crawl(runner.create_crawler(HubSpider), hub=self)
            await asyncio.wait({crawl})
            if self._stopping.is_set():
                return
            why = None if crawl.cancelled() else crawl.exception()
            begun = begun or self._asking.is_set()
            if not begun:
                raise why or RuntimeError("the crawl ended before it began")
            log.error("the crawl ended by itself and is started again: %s", why or "see above")
            for sent in tuple(self._sent.values()):
                if self._answered(sent):
                    await self._fail(sent.poll, "engine: the crawl ended during this fetch")
            pause = 0.0 if self._heard else min(max(1.0, 2 * pause), _LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def requests(self, crawler: Crawler) -> AsyncIterator[Request]:
        """Yield the request of each source whose turn has come; whatever happens, go on."""
        self._asking.set()
        while True:
            source = await self._turns.next()
            try:
                request = await self._ask(source, crawler)
            except asyncio.CancelledError:
                if source.id in self._open:
                    self._turns.done(_host(source))
                    self._turns.put(_host(source), source)
                raise
            if request is not None:
                yield request

    async def _ask(self, source: Source, crawler: Crawler) -> Request | None:
        """Return the request for a source; None if that failed, which is settled."""
        now = self._clock()
        poll = Poll(source=source, state=SourceState(id=source.id), started_at=now)
        try:
            state = await self._desk.state(source.id)
            poll = Poll(source=source, state=state, started_at=now)
            kind = self._kind(source, crawler)
            request = kind.request(state)
        except Exception as error:  # noqa: BLE001 - said in the fetch's row
            await self._fail(poll, error)
            return None
        patience = self._settings.getfloat("FETCH_DEADLINE")
        timer = asyncio.get_running_loop().call_later(patience, self._lost, source.id)
        sent = _Sent(poll=poll, kind=kind, deadline=timer)
        self._sent[source.id] = sent
        request.callback = self._received
        request.errback = self._failed
        request.cb_kwargs["sent"] = sent
        request.dont_filter = True
        return request

    def _kind(self, source: Source, crawler: Crawler) -> Kind:
        if self._runner is None:
            raise RuntimeError("the crawl is not running")
        try:
            spider = self._runner.spider_loader.load(source.spider)
        except KeyError as error:
            known = ", ".join(sorted(self._runner.spider_loader.list()))
            raise NoSuchKind(f"there is no `{source.spider}`; there are: {known}") from error
        if not (hasattr(spider, "request") and hasattr(spider, "read")):
            raise NoSuchKind(f"`{source.spider}` has no request() and read(), as SourceSpider has")
        return cast("Kind", spider.from_crawler(crawler, source=source, sandbox=self._sandbox))

    # Scrapy calls one of these two for each request that it does not lose.

    async def _received(self, response: Response, sent: _Sent) -> Sequence[Entry]:
        self._heard = True
        if not self._answered(sent):
            return ()
        self._note_moves(sent.poll.source, response)
        try:
            return await self._fetching.finish(sent.poll, sent.kind, response)
        finally:
            self._close(sent.poll.source)

    async def _failed(self, failure: Failure) -> None:
        sent = failure.request.cb_kwargs["sent"]  # type: ignore[attr-defined] # set by Scrapy
        self._heard = True
        if self._answered(sent):
            await self._fail(sent.poll, failure.value or "engine: the request failed")

    def _lost(self, source_id: str) -> None:
        """Fail a poll of which Scrapy has said nothing for too long: a component dropped it."""
        sent = self._sent.get(source_id)
        if sent is not None and self._answered(sent):
            why = "engine: the request was lost; does a middleware of yours drop requests?"
            task = asyncio.create_task(self._fail(sent.poll, why))
            self._failing.add(task)
            task.add_done_callback(self._failing.discard)

    def _answered(self, sent: _Sent) -> bool:
        """Return whether this is the first answer to a request; only that one is heard."""
        if self._sent.get(sent.poll.source.id) is not sent:
            return False
        del self._sent[sent.poll.source.id]
        sent.deadline.cancel()
        return True

    async def _fail(self, poll: Poll, cause: BaseException | str) -> None:
        try:
            await self._fetching.fail(poll, cause)
        finally:
            self._close(poll.source)

    def _close(self, source: Source) -> None:
        self._turns.done(_host(source))
        self._open.pop(source.id, None)
        if not self._open:
            self._idle.set()

    def _note_moves(self, source: Source, response: Response) -> None:
        """Log, once, that a source has moved for good."""
        reasons = response.meta.get("redirect_reasons", ())
        move = (source.id, response.url)
        if reasons and set(reasons) <= {301, 308} and move not in self._moves:
            self._moves.add(move)
            log.info("%s has moved for good: change its url to %s", *move)


def _settings(own: Mapping[str, object]) -> Settings:
    """Return ours, then those of the user's Scrapy project where the environment names one."""
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    if project := os.environ.get("SCRAPY_SETTINGS_MODULE"):
        settings.setmodule(project, priority="project")
    settings.setdict(dict(own), priority="cmdline")
    return settings


def _host(source: Source) -> str:
    return urlsplit(source.url).hostname or ""


async def _comes(event: asyncio.Event, task: asyncio.Task[None]) -> bool:
    """Wait for an event, or for the end of the task that would set it; return which it was."""
    coming = asyncio.create_task(event.wait())
    await asyncio.wait({coming, task}, return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
    return event.is_set()


async def _ends(task: asyncio.Task[None], within: timedelta) -> bool:
    """Return whether a task ends in time; raise what it raises."""
    done, _ = await asyncio.wait({task}, timeout=within.total_seconds())
    for one in done:
        await one
    return bool(done)
