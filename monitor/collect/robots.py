"""robots.txt, obeyed: read once a day for each origin, however many requests wait for it.

It is asked for by the way that the request goes: what cannot be reached directly says nothing of
what a proxy reaches.

Scrapy's own middleware lets all but the first of several waiting requests through.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
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

# It is parsed in the loop, and anybody to whom a link leads may have written it.
_LARGEST = 500 * 1024  # bytes: RFC 9309 asks for no more
_MOST = 2000  # lines that say something
_LONGEST = 2000  # characters of an address that rules are compared with
_REMEMBERED = 100_000  # lines of all origins
_ORIGIN = 50  # lines that an origin counts for at least, so that there are 2000 of them at most
_AGENT = re.compile(r"user[-\s]*agent[\s:]+(.*)", re.IGNORECASE)
_RULE = re.compile(r"(?:allow|di[as]+l+[ao]w|(?:crawl|request)[-\s]+\w+)(?:[\s:]|$)", re.IGNORECASE)
_SITEWIDE = re.compile(r"(?:site-?maps?|host)[\s:]", re.IGNORECASE)


class Forbidden(IgnoreRequest):
    """The site does not want this to be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    rules: Protego | Exception  #: or why they could not be read
    until: float
    size: int = _ORIGIN  #: in lines, more or less


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
        if not known.rules.can_fetch(url[:_LONGEST], self._agent):
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
            lines = _lines(await self._fetch(f"{origin}/robots.txt", via), self._agent)
            rules = Protego.parse("\n".join(lines))
            size = _ORIGIN + len(lines)
            answer = _Known(rules=rules, until=self._clock() + _DAY, size=size)
        except Exception as error:  # noqa: BLE001 - kept, and raised for each request that asks
            # What it said yesterday holds while it cannot be asked today.
            before = self._known.get(place)
            held = before.rules if before and isinstance(before.rules, Protego) else error
            log.info("robots.txt of %s could not be read: %s", origin, error)
            size = before.size if before else _ORIGIN
            answer = _Known(rules=held, until=self._clock() + _SOON, size=size)
        self._known.pop(place, None)
        self._known[place] = answer  # the last one: the first ones are forgotten first
        self._forget()
        return answer

    def _forget(self) -> None:
        remembered = sum(known.size for known in self._known.values())
        while remembered > _REMEMBERED:
            remembered -= self._known.pop(next(iter(self._known))).size


def _kept(known: _Known, now: float) -> bool:
    """Expired rules are kept for another day, in case their origin cannot be reached."""
    return now < known.until + _DAY


def _lines(response: Response, agent: str) -> list[str]:
    """Return what a site says to programs, as far as it is read; raises Forbidden."""
    host = urlsplit(response.url).netloc
    if response.status >= 500 or response.status == 429:
        raise Forbidden(
            f"robots.txt of {host} answers {response.status}; nothing is fetched there until it"
            " can be read"
        )
    if not 200 <= response.status < 300:
        return []
    body = response.body
    if len(body) > _LARGEST:  # half a rule would be another one
        body = body[: body.rfind(b"\n", 0, _LARGEST) + 1]
    return list(islice(_concise(body.decode("utf-8-sig", errors="ignore"), agent.lower()), _MOST))


def _concise(text: str, agent: str) -> Iterator[str]:
    """Yield the lines that count for this agent, and what divides its rules from others'.

    A parser applies each rule to each name above it: of those, no two are the same.
    """
    above: set[str] = set()
    for spelled in text.splitlines():
        line = spelled.partition("#")[0].strip()
        if found := _AGENT.match(line):
            name = found[1].strip().lower()
            name = name if name.replace("*", "") in agent else "others"
            if name not in above:
                above.add(name)
                yield f"User-agent: {name}"
        elif _RULE.match(line) or (":" in line and not _SITEWIDE.match(line)):
            above.clear()
            yield line


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
