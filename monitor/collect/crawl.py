"""The hub: one long-lived Scrapy engine that fetches every source.

    submit(source) | whose turn | desk.state | the spider kind's request
      | Scrapy: robots.txt, guard, download | Fetching | Scrapy: item pipelines, item_scraped

Each poll ends in exactly one settle; one that a stop cut short in none: it is still due.

Polls take the engine's `download_async`, past its scheduler and the spider middlewares: that is
40 % less CPU, and nothing on the way can drop a request without a word.
"""

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import Settings

from monitor.collect.asking import Kind, NoSuchKind
from monitor.collect.downloading import ABANDON
from monitor.collect.fetching import Desk, Fetching
from monitor.collect.sandbox import Sandbox
from monitor.collect.turns import Turns
from monitor.collect.ways import DIRECT, VIA, Way
from monitor.config.source import Source
from monitor.model import Entry, SourceState

log = logging.getLogger(__name__)

_LAST_WORDS = timedelta(seconds=5)  # after the grace, for what is cut short to end
_LONGEST_PAUSE = 60.0  # seconds, between two starts of an engine that keeps ending by itself


class HubSpider(Spider):
    """The one spider of the daemon; its crawl lasts as long as its start() does."""

    name = "hub"

    def __init__(self, hub: "Crawl") -> None:
        super().__init__()
        self._hub = hub

    async def start(self) -> AsyncIterator[Request]:
        """Ask what the hub is told to ask, for ever; yield nothing."""
        nothing: Sequence[Request] = await self._hub.ask(self.crawler)
        for request in nothing:  # Scrapy wants a generator
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
        self._settings = project_settings(settings or {})
        self._patience = self._settings.getfloat("FETCH_DEADLINE")
        self._fetching = Fetching(desk, clock, rng, step)
        self._turns: Turns[Source] = Turns(self._settings.getint("CONCURRENT_REQUESTS"))
        self._open: dict[str, Source] = {}
        self._states: dict[str, SourceState] = {}
        self._polls: set[asyncio.Task[None]] = set()
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

    def submit(self, source: Source, state: SourceState | None = None) -> None:
        """Fetch a source as soon as its host is free, unless it is in flight already.

        `state` is what is remembered of it, for whom has it at hand. While the hub is stopping,
        nothing is taken.
        """
        if source.id in self._open or self._stopping.is_set():
            return
        self._open[source.id] = source
        if state is not None:
            self._states[source.id] = state
        self._idle.clear()
        self._turns.put(_host(source), source)

    async def idle(self) -> None:
        """Wait until nothing is in flight."""
        await self._idle.wait()

    async def start(self) -> None:
        """Start the engine; return when it asks."""
        if self._supervisor is not None:
            raise RuntimeError("the crawl is running")
        self._fetching.abandoned = False
        self._runner = AsyncCrawlerRunner(self._settings)  # loads the spiders
        self._supervisor = asyncio.create_task(self._supervise(self._runner, self._stopping))
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
            self._close(source)
        if late := await _late(self._polls, grace):
            self._fetching.abandoned = True
            for crawler in tuple(runner.crawlers):
                crawler.signals.send_catch_log(signal=ABANDON)
            for poll in await _late(late, _LAST_WORDS):
                poll.cancel()
        # An engine that is told to stop before its spider has started would not hear it.
        await _comes(self._asking, supervisor)
        engine = asyncio.create_task(runner.stop())
        if await _late({engine, supervisor}, _LAST_WORDS):
            log.error("the crawl does not end; it is left behind")
        self._asking.clear()
        self._stopping = asyncio.Event()
        self._supervisor = self._runner = None

    async def _supervise(self, runner: AsyncCrawlerRunner, stopping: asyncio.Event) -> None:
        """Keep an engine running: Scrapy ends without a word when something closes its spider."""
        pause = 0.0
        begun = False
        while not stopping.is_set():
            self._asking.clear()
            self._heard = False
            crawl = runner.crawl(runner.create_crawler(HubSpider), hub=self)
            await asyncio.wait({crawl})
            if stopping.is_set():
                return
            why = None if crawl.cancelled() else crawl.exception()
            begun = begun or self._asking.is_set()
            if not begun:
                raise why or RuntimeError("the crawl ended before it began")
            log.error("the crawl ended by itself and is started again: %s", why or "see above")
            pause = 0.0 if self._heard else min(max(1.0, 2 * pause), _LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)

    async def ask(self, crawler: Crawler) -> Sequence[Request]:
        """Poll each source whose turn has come, for ever."""
        self._asking.set()
        while True:
            source = await self._turns.next()
            poll = asyncio.create_task(self._poll(source, crawler))
            self._polls.add(poll)
            poll.add_done_callback(self._polls.discard)

    async def _poll(self, source: Source, crawler: Crawler) -> None:
        try:
            await self._fetch(source, crawler)
        except Exception:
            log.exception("%s: a component of the crawl failed after the fetch", source.id)
        finally:
            self._turns.done(_host(source))
            self._close(source)

    async def _fetch(self, source: Source, crawler: Crawler) -> None:
        state = self._states.pop(source.id, None)
        try:
            state = state or await self._desk.state(source.id)
        except Exception as error:  # noqa: BLE001 - said in the fetch's row
            await self._fetching.fail(source, error)
            return
        asking = _Asking(self, crawler, source)
        entries = await self._fetching.fetch(source, state, asking)
        await _show(entries, asking.response, crawler)

    async def download(self, request: Request, crawler: Crawler) -> Response:
        """Return what is answered to a request; raises what Scrapy raises."""
        request.callback = NO_CALLBACK
        try:
            async with asyncio.timeout(self._patience):
                return await crawler.engine.download_async(request)
        except TimeoutError as error:
            raise DownloadTimeoutError(f"nothing was heard for {self._patience:g} s") from error
        finally:
            self._heard = True

    def kind(self, way: Way, crawler: Crawler) -> Kind:
        """Return the spider that reads by a way; raises NoSuchKind."""
        if self._runner is None:
            raise RuntimeError("the crawl is not running")
        loader = self._runner.spider_loader
        name = way.source.spider
        try:
            spider = loader.load(name)
        except KeyError as error:
            known = ", ".join(sorted(loader.list()))
            raise NoSuchKind(f"there is no `{name}`; there are: {known}") from error
        if not (hasattr(spider, "request") and hasattr(spider, "read")):
            raise NoSuchKind(f"`{name}` has no request() and read(), as SourceSpider has")
        made = spider.from_crawler(crawler, source=way.source, sandbox=self._sandbox)
        return cast("Kind", made)

    def _close(self, source: Source) -> None:
        self._open.pop(source.id, None)
        if not self._open:
            self._idle.set()


class _Asking:
    """How the fetch of one source asks: each question waits for its answer."""

    def __init__(self, hub: Crawl, crawler: Crawler, source: Source) -> None:
        self._hub = hub
        self._crawler = crawler
        self._source = source
        self._via = DIRECT
        self.response = Response(source.url)  #: the newest that was answered

    def kind(self, way: Way) -> Kind:
        """Return the spider that reads by this way; what is asked from now on goes by it."""
        self._via = way.via
        return self._hub.kind(way, self._crawler)

    async def ask(self, request: Request) -> Response:
        """Return what is answered."""
        request.meta[VIA] = self._via
        self.response = await self._hub.download(request, self._crawler)
        return self.response


def project_settings(own: Mapping[str, object]) -> Settings:
    """Return ours, then those of the user's Scrapy project where the environment names one."""
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    if project := os.environ.get("SCRAPY_SETTINGS_MODULE"):
        settings.setmodule(project, priority="project")
    settings.setdict(dict(own), priority="cmdline")
    return settings


def _host(source: Source) -> str:
    return urlsplit(source.url).hostname or ""


async def _show(entries: Sequence[Entry], response: Response, crawler: Crawler) -> None:
    """Let the user's own item pipelines and extensions see what was settled."""
    for entry in entries:
        await crawler.engine.scraper.start_itemproc_async(entry, response=response)


async def _comes(event: asyncio.Event, task: asyncio.Task[None]) -> bool:
    """Wait for an event, or for the end of the task that would set it; return which it was."""
    coming = asyncio.create_task(event.wait())
    await asyncio.wait({coming, task}, return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
    return event.is_set()


async def _late(
    tasks: Collection[asyncio.Task[None]], within: timedelta
) -> set[asyncio.Task[None]]:
    """Return the tasks that do not end in time."""
    if not tasks:
        return set()
    _, late = await asyncio.wait(tuple(tasks), timeout=within.total_seconds())
    return late
