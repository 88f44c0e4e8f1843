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
        self._polls: set[asyncio.Task[None]] = set()
        self._moves: set[tuple[str, str]] = set()
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
        """Fetch a source as soon as its host is free, unless it is in flight already.

        While the hub is stopping, nothing is taken.
        """
        if source.id in self._open or self._stopping.is_set():
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
        now = self._clock()
        poll = Poll(source=source, state=SourceState(id=source.id), started_at=now)
        try:
            state = await self._desk.state(source.id)
            poll = Poll(source=source, state=state, started_at=now)
            kind = self._kind(source, crawler)
            response = await self._download(kind.request(state), crawler)
        except Exception as error:  # noqa: BLE001 - said in the fetch's row
            await self._fetching.fail(poll, error)
        else:
            self._note_moves(source, response)
            await _show(await self._fetching.finish(poll, kind, response), response, crawler)

    async def _download(self, request: Request, crawler: Crawler) -> Response:
        request.callback = NO_CALLBACK
        try:
            async with asyncio.timeout(self._patience):
                return await crawler.engine.download_async(request)
        except TimeoutError as error:
            raise DownloadTimeoutError(f"nothing was heard for {self._patience:g} s") from error
        finally:
            self._heard = True

    def _kind(self, source: Source, crawler: Crawler) -> Kind:
        if self._runner is None:
            raise RuntimeError("the crawl is not running")
        loader = self._runner.spider_loader
        try:
            spider = loader.load(source.spider)
        except KeyError as error:
            known = ", ".join(sorted(loader.list()))
            raise NoSuchKind(f"there is no `{source.spider}`; there are: {known}") from error
        if not (hasattr(spider, "request") and hasattr(spider, "read")):
            raise NoSuchKind(f"`{source.spider}` has no request() and read(), as SourceSpider has")
        return cast("Kind", spider.from_crawler(crawler, source=source, sandbox=self._sandbox))

    def _close(self, source: Source) -> None:
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
