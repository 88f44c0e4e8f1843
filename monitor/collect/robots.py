"""robots.txt, obeyed: read once a day for each origin, however many requests wait for it.

It is asked for by the way that the request goes: what cannot be reached directly says nothing of
what a proxy reaches.

Scrapy's own middleware lets all but the first of several waiting requests through.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from monitor.collect.ways import DIRECT, VIA, Via

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0
_SOON = 60.0  # an origin whose robots.txt failed is tried again after that
_LONGEST_DELAY = 30.0  # seconds between two requests, whatever a Crawl-delay asks for
_OWN = "robots.txt"  # marks our own request in its meta


class Forbidden(IgnoreRequest):
    """The site does not want this to be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    rules: Protego | Exception  #: or why they could not be read
    until: float


#: An origin, and how it is asked.
_Place = tuple[str, Via]


class Robots:
    """What each origin allows us, asked for once and remembered for a day."""

    def __init__(
        self,
        fetch: Callable[[str, Via], Awaitable[Response]],
        agent: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._agent = agent
        self._clock = clock
        self._known: dict[_Place, _Known] = {}
        self._asking: dict[_Place, asyncio.Task[_Known]] = {}

    async def check(self, url: str, via: Via = DIRECT) -> float | None:
        """Return the delay that the origin asks for, if it asks for one.

        Raises Forbidden if the origin does not allow this URL, or while its robots.txt cannot
        be read (RFC 9309: answers of 4xx allow all, of 5xx nothing).
        """
        parts = urlsplit(url)
        known = await self._rules((f"{parts.scheme}://{parts.netloc}", via))
        if isinstance(known.rules, Exception):
            raise known.rules.with_traceback(None)
        if not known.rules.can_fetch(url, self._agent):
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            raise Forbidden(f"robots.txt of {parts.netloc} forbids {path or '/'}")
        return known.rules.crawl_delay(self._agent)

    async def _rules(self, place: _Place) -> _Known:
        known = self._known.get(place)
        if known is not None and self._clock() < known.until:
            return known
        task = self._asking.get(place)
        if task is None:
            task = asyncio.create_task(self._ask(place))
            self._asking[place] = task
            task.add_done_callback(lambda _: self._asking.pop(place, None))
        # One waiting request that is cancelled must not cancel the answer for the others.
        return await asyncio.shield(task)

    async def _ask(self, place: _Place) -> _Known:
        now = self._clock()
        origin, via = place
        self._known = {one: known for one, known in self._known.items() if _kept(known, now)}
        try:
            rules = _read(await self._fetch(f"{origin}/robots.txt", via))
            answer = _Known(rules=rules, until=self._clock() + _DAY)
        except Exception as error:  # noqa: BLE001 - kept, and raised for each request that asks
            # What it said yesterday holds while it cannot be asked today.
            before = self._known.get(place)
            held = before.rules if before and isinstance(before.rules, Protego) else error
            log.info("robots.txt of %s could not be read: %s", origin, error)
            answer = _Known(rules=held, until=self._clock() + _SOON)
        self._known[place] = answer
        return answer


def _kept(known: _Known, now: float) -> bool:
    """Expired rules are kept for another day, in case their origin cannot be reached."""
    return now < known.until + _DAY


def _read(response: Response) -> Protego:
    host = urlsplit(response.url).netloc
    if response.status >= 500 or response.status == 429:
        raise Forbidden(
            f"robots.txt of {host} answers {response.status}; nothing is fetched there until it"
            " can be read"
        )
    if not 200 <= response.status < 300:
        return Protego.parse("")
    return Protego.parse(response.body.decode("utf-8-sig", errors="ignore"))


class RobotsMiddleware:
    """Lets a request pass only if robots.txt of its origin does, for redirects as well."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        agent = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self._robots = Robots(self._fetch, agent)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make one for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise Forbidden, or let the request pass."""
        if request.meta.get(_OWN) or not self._crawler.settings.getbool("ROBOTSTXT_OBEY"):
            return
        delay = await self._robots.check(request.url, request.meta.get(VIA, DIRECT))
        if delay is not None:
            self._slow_down(urlsplit(request.url).hostname or "", min(delay, _LONGEST_DELAY))

    async def _fetch(self, url: str, via: Via) -> Response:
        meta = {_OWN: True, VIA: via}
        request = Request(url, callback=NO_CALLBACK, meta=meta, dont_filter=True)
        return await self._crawler.engine.download_async(request)

    def _slow_down(self, host: str, delay: float) -> None:
        downloader = self._crawler.engine.downloader
        usual = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        # Scrapy forgets a slot that was idle for a minute, and makes the next from these.
        downloader.per_slot_settings[host] = {"delay": max(delay, usual)}
        if slot := downloader.slots.get(host):
            slot.delay = max(delay, usual)
