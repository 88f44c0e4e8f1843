"""One fetch after another: real Scrapy against a web on loopback; the archive is a desk in memory."""

import asyncio
import gzip
import hashlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import GRACE, QUICK, LinesReader, MemoryDesk, poll, source
from web import HOSTS, Web

from monitor.collect.crawl import Crawl
from monitor.model import Outcome


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    await web.start()
    yield web
    await web.stop()


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
async def crawl(desk: MemoryDesk, clock: Callable[[], datetime]) -> AsyncIterator[Callable]:
    """Start hubs; all are stopped in the end."""
    made: list[Crawl] = []

    async def start(**settings: object) -> Crawl:
        hub = Crawl(desk, LinesReader(), clock, random.Random(1), QUICK | settings)
        made.append(hub)
        await hub.start()
        return hub

    yield start
    for hub in made:
        await hub.stop(GRACE)


# The four stops


async def test_a_first_fetch_archives_every_entry_and_remembers_the_page(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"', modified="Sat, 10 Sep 2022 09:00 GMT")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert [id_ for _, id_ in desk.archived] == ["1", "2"]
    assert desk.offered == [("1", True), ("2", True)]
    assert len(desk.settled) == 1
    assert desk.last.outcome is Outcome.WHOLE
    assert (desk.last.seen, desk.last.new, desk.last.gap) == (2, 2, False)
    assert (desk.last.etag, desk.last.status) == ('"a"', 200)
    assert desk.last.last_modified == "Sat, 10 Sep 2022 09:00 GMT"
    assert len(desk.last.fingerprints) == 2


async def test_a_second_fetch_is_conditional_and_stops_at_304(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"', modified="Sat, 10 Sep 2022 09:00 GMT")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    before = desk.states["ria"]

    await poll(hub, source(web.url("/feed")))

    asked = web.requests("/feed")
    assert "If-None-Match" not in asked[0].headers
    assert asked[1].headers["If-None-Match"] == '"a"'
    assert asked[1].headers["If-Modified-Since"] == "Sat, 10 Sep 2022 09:00 GMT"
    assert (desk.last.outcome, desk.last.status) == (Outcome.UNCHANGED, 304)
    assert replace(desk.states["ria"], last_outcome=None) == replace(before, last_outcome=None)
    assert len(desk.offered) == 1


async def test_the_same_bytes_are_not_read_again_but_their_validators_are_kept(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n1|Первая", etag='"b"')

    await poll(hub, source(web.url("/feed")))

    assert (desk.last.outcome, desk.last.status) == (Outcome.UNCHANGED, 200)
    assert desk.states["ria"].etag == '"b"'
    assert desk.last.fingerprints is None
    assert len(desk.states["ria"].fingerprints) == 1


async def test_a_page_without_an_unknown_entry_is_unchanged(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n2|Вторая\n1|Первая", etag='"b"')

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.UNCHANGED
    assert desk.states["ria"].etag == '"b"'
    assert desk.last.body_hash == hashlib.sha256("lines\n2|Вторая\n1|Первая".encode()).hexdigest()
    assert len(desk.offered) == 2


async def test_only_what_is_new_or_edited_is_offered_again(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n1|Первая, исправлено\n2|Вторая\n3|Третья")

    await poll(hub, source(web.url("/feed")))

    assert desk.offered[2:] == [("1", False), ("3", False)]
    assert (desk.last.outcome, desk.last.seen, desk.last.new) == (Outcome.WHOLE, 3, 2)


async def test_a_304_to_a_question_that_was_not_asked_is_a_failure(web, desk, crawl):
    web.say("/feed", status=304)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.FAILED
    assert desk.last.error.startswith("http 304: ")


# What may have been missed


async def test_a_page_that_shares_nothing_with_what_we_knew_is_a_gap(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n8|Восьмая\n9|Девятая")

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.WHOLE
    assert desk.last.gap


async def test_entries_that_the_archive_knew_under_other_bytes_are_no_gap(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая|")
    hub = await crawl()
    web.say("/feed", "lines\n1|Первая")
    await poll(hub, source(web.url("/feed")))
    desk.states["ria"] = replace(desk.states["ria"], fingerprints=frozenset({"f" * 16}))
    web.say("/feed", "lines\n1|Первая\n2|Вторая")

    await poll(hub, source(web.url("/feed")))

    assert not desk.last.gap


async def test_an_empty_page_is_no_gap_and_forgets_nothing(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines")

    await poll(hub, source(web.url("/feed")))

    assert (desk.last.outcome, desk.last.gap, desk.last.fingerprints) == (
        Outcome.UNCHANGED,
        False,
        None,
    )


async def test_an_entry_that_cannot_be_archived_makes_the_fetch_partial(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    remembered = desk.states["ria"]
    web.say("/feed", "lines\n1|Первая\n2|Вторая\n3|Третья", etag='"b"')
    desk.unwritable = {"2"}

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.PARTIAL
    assert (desk.last.etag, desk.last.body_hash) == ('"a"', remembered.body_hash)
    assert desk.last.fingerprints is None
    assert desk.last.new == 1
    assert desk.last.error == (
        "1 of 2 entries could not be archived; the first: 2: the disk is full"
    )
    assert ("ria", "3") in desk.archived, "one bad entry must not hold up the others"


async def test_what_was_not_archived_is_offered_again_until_it_is(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"b"')
    desk.unwritable = {"2"}
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    desk.unwritable = set()

    await poll(hub, source(web.url("/feed")))

    assert "If-None-Match" not in web.requests("/feed")[1].headers
    assert desk.last.outcome is Outcome.WHOLE
    assert ("ria", "2") in desk.archived


async def test_a_page_that_was_cut_leaves_no_validators_that_would_hide_the_rest(web, desk, crawl):
    web.say("/feed", "cut\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    assert desk.last.outcome is Outcome.WHOLE
    assert desk.last.error == "the page ends in the middle of an entry"
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"')

    await poll(hub, source(web.url("/feed")))

    assert ("ria", "2") in desk.archived


# Failures, each with its cause


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (403, "http 403: the site refuses us"),
        (404, "http 404: there is nothing at this address"),
        (410, "http 410: the site says that this is gone for good"),
        (429, "http 429: the site says that we ask too often"),
        (500, "http 500: the site has a fault of its own"),
        (503, "http 503: the site has a fault of its own"),
    ],
)
async def test_a_refusal_is_named_and_leaves_everything_as_it_was(web, desk, crawl, status, cause):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n9|Не страница", status=status, etag='"e"')

    await poll(hub, source(web.url("/feed")))

    assert (desk.last.outcome, desk.last.status) == (Outcome.FAILED, status)
    assert desk.last.error == cause
    assert desk.states["ria"].etag == '"a"'
    assert desk.states["ria"].failures == 1
    assert len(desk.offered) == 1


async def test_what_is_not_a_feed_fails_with_the_parsers_words(web, desk, crawl):
    web.say("/feed", "<html>Технические работы</html>")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.FAILED
    assert desk.last.error == "page: this is not a page of lines"


async def test_a_host_that_does_not_exist_is_named(desk, crawl):
    hub = await crawl()

    await poll(hub, source("http://nowhere.invalid/feed"))

    assert desk.last.error == "dns: no address is known for nowhere.invalid:80"


async def test_a_closed_port_is_named(web, desk, crawl):
    hub = await crawl()
    url = web.url("/feed")
    await web.stop()

    await poll(hub, source(url))

    assert desk.last.error.startswith(f"refused: {HOSTS[0]}:{web.port} does not take connections")


async def test_a_page_that_does_not_come_in_time_is_named(web, desk, crawl):
    web.say("/feed", "lines", hold=asyncio.Event())
    hub = await crawl(DOWNLOAD_TIMEOUT=0.2)

    await poll(hub, source(web.url("/feed")))

    assert desk.last.error.startswith("timeout: ")


async def test_a_page_that_is_cut_off_is_not_read(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая", announce=4000)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.FAILED
    assert desk.last.error.startswith("truncated: ")
    assert desk.archived == {}


async def test_a_connection_that_ends_without_a_word_is_named(web, desk, crawl):
    web.say("/feed", hang_up=True)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert desk.last.error.startswith("connection: ")


@pytest.mark.parametrize(
    "how",
    [
        {"body": b"lines\n" * 40_000},
        {"body": b"lines\n", "announce": 1 << 40},
        {"body": b"lines\n" * 1000, "endless": True},
        {"body": gzip.compress(b"\0" * 3_000_000), "headers": {"Content-Encoding": "gzip"}},
    ],
    ids=["sent", "announced", "endless", "packed"],
)
async def test_a_page_that_is_too_large_is_refused(web, desk, crawl, how):
    web.say("/feed", **how)
    hub = await crawl(DOWNLOAD_MAXSIZE=100_000)

    await poll(hub, source(web.url("/feed")))

    assert desk.last.outcome is Outcome.FAILED
    assert desk.last.error.startswith("too large: ")


async def test_a_page_that_cannot_be_unpacked_is_named(web, desk, crawl):
    web.say("/feed", b"\x1f\x8b nonsense", headers={"Content-Encoding": "gzip"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert desk.last.error.startswith("page: ")


async def test_a_kind_of_spider_that_does_not_exist_is_named(web, desk, crawl):
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), spider="fead"))

    assert desk.last.error == "spider: there is no `fead`; there are: feed, telegram_preview"
    assert web.asked == []


async def test_an_address_that_is_not_public_is_refused_with_the_mend(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl(EGRESS_ALLOW=[])

    await poll(hub, source(web.url("/feed")))

    assert desk.last.error == (
        "egress: 127.0.0.1 is a loopback address; if it is meant, write "
        "`egress: {allow: [127.0.0.1]}` in config.yaml"
    )
    assert web.asked == []


async def test_a_redirect_to_an_address_that_is_not_allowed_is_refused(web, desk, crawl):
    web.say("/feed", status=302, headers={"Location": web.url("/secret", host="127.0.0.2")})
    web.say("/secret", "lines\n1|Тайна")
    hub = await crawl(EGRESS_ALLOW=["127.0.0.1"])

    await poll(hub, source(web.url("/feed")))

    assert desk.last.error.startswith("egress: 127.0.0.2 is a loopback address")
    assert web.times("/secret") == 0


async def test_an_archive_that_cannot_be_asked_fails_the_fetch_and_stops_nothing(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая")
    desk.broken = {"state ria"}
    hub = await crawl()

    await poll(hub, source(web.url("/feed")), source(web.url("/feed"), "tass"))

    ends = {fetch.source: fetch for fetch in desk.settled}
    assert ends["ria"].error == "internal: OSError: the disk is gone"
    assert ends["tass"].outcome is Outcome.WHOLE


async def test_a_settle_that_fails_frees_the_source(web, desk, crawl):
    web.say("/feed", "lines\n1|Первая")
    desk.broken = {"settle ria"}
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    assert desk.settled == []
    desk.broken = set()

    await poll(hub, source(web.url("/feed")))

    assert len(desk.settled) == 1
    assert hub.in_flight == frozenset()


# When to ask again


async def test_a_failing_source_is_asked_less_and_less_often(web, desk, crawl, clock):
    web.say("/feed", status=500)
    hub = await crawl()
    pauses = []

    for _ in range(4):
        await poll(hub, source(web.url("/feed"), every="10m"))
        pauses.append((desk.last.next_poll_at - clock.now) / timedelta(minutes=10))

    assert [round(pause) for pause in pauses] == pytest.approx([1, 2, 4, 6], abs=0.7)


async def test_a_site_that_says_when_to_come_again_is_obeyed(web, desk, crawl, clock):
    web.say("/feed", status=429, headers={"Retry-After": "7200"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), every="1m"))

    assert desk.last.next_poll_at == clock.now + timedelta(hours=2)


async def test_a_date_to_come_again_is_obeyed(web, desk, crawl, clock):
    assert clock.now == datetime(2022, 9, 10, 12, tzinfo=UTC)
    web.say("/feed", status=503, headers={"Retry-After": "Sat, 10 Sep 2022 15:30:00 GMT"})
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), every="1m"))

    assert desk.last.next_poll_at == datetime(2022, 9, 10, 15, 30, tzinfo=UTC)
