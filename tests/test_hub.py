"""The engine under the hub: many sources at once, stops, other people's components."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from desk import GRACE, QUICK, LinesReader, poll, source
from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from web import HOSTS

from monitor.collect.crawl import Crawl
from monitor.collect.sandbox import Sandbox
from monitor.model import Outcome

# With the real parsers

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Проба</title><link>http://example.org/</link>
<item><guid>http://example.org/1</guid><title>Войска перегруппированы</title>
<pubDate>Sat, 10 Sep 2022 12:00:00 +0300</pubDate></item>
</channel></rss>
"""


async def test_a_feed_is_read_by_a_worker_that_is_gone_in_the_end(web, memory, clock):
    web.say("/feed", FEED, headers={"Content-Type": "application/rss+xml"})
    web.say("/none", "<html><body>Технические работы</body></html>")
    sandbox = Sandbox(workers=1)
    hub = Crawl(memory, sandbox, clock, random.Random(1), QUICK)
    await hub.start()

    await poll(hub, source(web.url("/feed")), source(web.url("/none"), "none"))
    await hub.stop(GRACE)
    await sandbox.close()

    ends = {fetch.source: fetch for fetch in memory.settled}
    assert ends["ria"].outcome is Outcome.WHOLE
    assert memory.archived["ria", "http://example.org/1"].title == "Войска перегруппированы"
    assert ends["none"].outcome is Outcome.FAILED
    assert ends["none"].error.startswith("page: ")
    assert _children() == set()


def _children() -> set[str]:
    return set(Path("/proc/thread-self/children").read_text().split())


# Many at once


async def test_a_host_is_asked_one_thing_at_a_time(web, memory, crawl):
    paths = [f"/{n}" for n in range(8)]
    for path in paths:
        web.say(path, f"lines\n{path}|Новость")
    hub = await crawl()

    await poll(
        hub,
        *(
            source(web.url(path, host=host), f"s{i}-{path[1:]}")
            for i, host in enumerate(HOSTS)
            for path in paths
        ),
    )

    assert len(memory.settled) == len(HOSTS) * len(paths)
    assert {fetch.outcome for fetch in memory.settled} == {Outcome.WHOLE}
    assert dict(web.most_at_once) == dict.fromkeys(HOSTS, 1)
    assert memory.most_inside == 1


async def test_a_slow_host_holds_up_nobody_else(web, memory, crawl):
    slow = web.say("/slow", "lines\n1|Медленная", hold=asyncio.Event())
    web.say("/feed", "lines\n2|Быстрая")
    hub = await crawl(CONCURRENT_REQUESTS=2)
    for n in range(5):
        hub.submit(source(web.url("/slow"), f"slow-{n}"))
    quick = [source(web.url("/feed", host=HOSTS[1]), f"quick-{n}") for n in range(5)]
    settled = asyncio.create_task(poll(hub, *quick))
    await web.arrival("/slow")

    await memory.has_settled([one.id for one in quick])

    assert hub.in_flight >= {f"slow-{n}" for n in range(5)}
    slow.hold.set()
    await settled


async def test_a_source_that_is_in_flight_is_not_asked_twice(web, memory, crawl):
    reply = web.say("/feed", "lines\n1|Первая", hold=asyncio.Event())
    hub = await crawl()
    hub.submit(source(web.url("/feed")))
    await web.arrival("/feed")

    hub.submit(source(web.url("/feed")))

    assert hub.in_flight == {"ria"}
    reply.hold.set()
    await hub.idle()
    assert web.times("/feed") == 1
    assert len(memory.settled) == 1


# Stopping and starting


async def test_a_stop_lets_what_is_under_way_end_and_leaves_the_rest_due(web, memory, crawl):
    before = asyncio.all_tasks()
    reply = web.say("/feed", "lines\n1|Первая", hold=asyncio.Event())
    hub = await crawl()
    for n in range(3):
        hub.submit(source(web.url("/feed"), f"s{n}"))
    await web.arrival("/feed")

    stopping = asyncio.create_task(hub.stop(GRACE))
    await asyncio.sleep(0)
    reply.hold.set()
    await stopping

    assert [fetch.source for fetch in memory.settled] == ["s0"]
    assert memory.last.outcome is Outcome.WHOLE
    assert hub.in_flight == frozenset()
    assert _of_ours(asyncio.all_tasks() - before) == set()


async def test_a_stop_without_grace_abandons_downloads_and_settles_nothing(web, memory, crawl):
    before = asyncio.all_tasks()
    web.say("/feed", "lines\n1|Первая", hold=asyncio.Event())
    hub = await crawl()
    for n, host in enumerate(HOSTS):
        hub.submit(source(web.url("/feed", host=host), f"s{n}"))
    await web.arrival("/feed")

    await hub.stop(timedelta())

    assert memory.settled == []
    assert hub.in_flight == frozenset()
    assert _of_ours(asyncio.all_tasks() - before) == set()
    await hub.idle()


async def test_a_stop_without_grace_waits_for_no_robots_and_no_turn(web, memory, crawl):
    before = asyncio.all_tasks()
    web.say("/robots.txt", hold=asyncio.Event())
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl(ROBOTSTXT_OBEY=True, DOWNLOAD_DELAY=0.2)
    hub.submit(source(web.url("/feed")))
    await web.arrival("/robots.txt")

    await hub.stop(timedelta())

    assert memory.settled == []
    assert _of_ours(asyncio.all_tasks() - before) == set()


async def test_a_stop_without_grace_archives_no_further_entry(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая\n3|Третья")
    memory.busy = asyncio.Event()
    hub = await crawl()
    hub.submit(source(web.url("/feed")))
    await memory.waits.wait()

    stopping = asyncio.create_task(hub.stop(timedelta()))
    while not hub._fetching.abandoned:
        await asyncio.sleep(0)
    memory.busy.set()
    await stopping

    assert memory.offered == [("1", True)]
    assert memory.settled == []


async def test_a_stopped_hub_starts_again(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    await hub.stop(GRACE)
    hub.submit(source(web.url("/feed")))

    await hub.start()
    await hub.idle()

    assert [fetch.outcome for fetch in memory.settled] == [Outcome.WHOLE, Outcome.UNCHANGED]


async def test_a_hub_that_was_never_started_stops(memory, clock):
    hub = Crawl(memory, LinesReader(), clock, random.Random(1), QUICK)

    await hub.stop(GRACE)


async def test_a_component_that_cannot_be_made_is_said_at_the_start(memory, clock):
    settings = QUICK | {"DOWNLOADER_MIDDLEWARES": {"nowhere.Middleware": 1}}
    hub = Crawl(memory, LinesReader(), clock, random.Random(1), settings)

    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        await hub.start()

    await hub.stop(GRACE)


# What other people's components can do to us


class ClosesTheSpider:
    """A component that ends the crawl at the first response, as CLOSESPIDER_* do."""

    closed = 0

    @classmethod
    def from_crawler(cls, crawler):
        one = cls()
        crawler.signals.connect(one.response, signal=signals.response_received)
        one._crawler = crawler
        return one

    def response(self, request):
        if request.url.endswith("/close") and not ClosesTheSpider.closed:
            ClosesTheSpider.closed += 1
            self._closing = asyncio.ensure_future(
                self._crawler.engine.close_spider_async(reason="somebody wanted it")
            )


class HoldsRequests:
    """A downloader middleware that keeps a request to itself."""

    async def process_request(self, request):
        if "/held-back" in request.url:
            await asyncio.Event().wait()


class IgnoresRequests:
    """A downloader middleware that refuses a request."""

    def process_request(self, request):
        if "/ignored" in request.url:
            raise IgnoreRequest("somebody does not want this")


async def test_a_crawl_that_ends_by_itself_is_started_again(web, memory, crawl, caplog):
    ClosesTheSpider.closed = 0
    web.say("/close", "lines\n1|Первая")
    web.say("/feed", "lines\n2|Вторая")
    held = web.say("/held", "lines\n3|Третья", hold=asyncio.Event())
    hub = await crawl(EXTENSIONS={"test_hub.ClosesTheSpider": 1})
    hub.submit(source(web.url("/held", host=HOSTS[1]), "held"))
    await web.arrival("/held")
    hub.submit(source(web.url("/close"), "close"))
    hub.submit(source(web.url("/feed"), "later"))
    held.hold.set()

    await hub.idle()
    await poll(hub, source(web.url("/feed"), "again"))

    assert ClosesTheSpider.closed == 1
    assert sorted(fetch.source for fetch in memory.settled) == ["again", "close", "held", "later"]
    assert "the crawl ended by itself" in caplog.text


async def test_a_request_that_a_component_keeps_fails_in_the_end(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    keeping = {"test_hub.HoldsRequests": 1}
    hub = await crawl(DOWNLOADER_MIDDLEWARES=keeping, FETCH_DEADLINE=2)

    await poll(hub, source(web.url("/held-back"), "held"), source(web.url("/feed")))

    ends = {fetch.source: fetch for fetch in memory.settled}
    assert ends["held"].error == "timeout: nothing was heard for 2 s"
    assert ends["ria"].outcome is Outcome.WHOLE


async def test_a_request_that_a_component_refuses_fails_with_its_words(web, memory, crawl):
    hub = await crawl(DOWNLOADER_MIDDLEWARES={"test_hub.IgnoresRequests": 1})

    await poll(hub, source(web.url("/ignored")))

    assert memory.last.error == "ignored: somebody does not want this"


async def test_an_answer_after_the_deadline_is_not_settled_twice(web, memory, crawl):
    reply = web.say("/feed", "lines\n1|Первая", hold=asyncio.Event())
    hub = await crawl(FETCH_DEADLINE=0.1)
    await poll(hub, source(web.url("/feed")))
    assert memory.last.error == "timeout: nothing was heard for 0.1 s"
    reply.hold.set()

    await hub.stop(GRACE)

    assert len(memory.settled) == 1
    assert memory.offered == []


async def test_a_long_cyrillic_address_is_asked(web, memory, crawl):
    path = "/" + "лента" * 100
    hub = await crawl()

    await poll(hub, source(web.url(path)))

    assert memory.last.error.startswith("http 404")


async def test_items_reach_scrapys_own_extensions(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая")
    CountsItems.seen = []
    hub = await crawl(EXTENSIONS={"test_hub.CountsItems": 1})

    await poll(hub, source(web.url("/feed")))
    await hub.stop(GRACE)

    assert CountsItems.seen == ["1", "2"]


class CountsItems:
    seen: ClassVar[list[str]] = []

    @classmethod
    def from_crawler(cls, crawler):
        one = cls()
        crawler.signals.connect(one.item, signal=signals.item_scraped)
        return one

    def item(self, item):
        CountsItems.seen.append(item.id)


async def test_the_steps_of_a_fetch_come_in_the_order_of_its_writes(web, memory, clock):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    steps = []
    hub = Crawl(memory, LinesReader(), clock, random.Random(1), QUICK, step=steps.append)
    await hub.start()

    await poll(hub, source(web.url("/feed")))
    await poll(hub, source(web.url("/feed")))
    await hub.stop(GRACE)

    assert steps == ["fetch.received", "fetch.parsed", "fetch.ingested", "fetch.received"]


def _of_ours(tasks: set[asyncio.Task]) -> set[asyncio.Task]:
    """Leave out the connections of the web, which is not part of the program."""
    return {task for task in tasks if "RequestHandler" not in repr(task.get_coro())}
