"""robots.txt is obeyed, by everything that waits for it."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from desk import GRACE, QUICK, LinesReader, poll, source
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from web import HOSTS

from monitor.collect.crawl import Crawl
from monitor.collect.robots import Forbidden, Robots
from monitor.collect.ways import Via
from monitor.model import Outcome

FORBIDS = b"User-agent: *\nDisallow: /private\n"
HOUR = 3600.0


class Site:
    """Robots files of one site, and how often they were asked for."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.now = 0.0

    async def fetch(self, url: str, via: Via) -> Response:
        self.asked.append(url)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer.replace(url=url)

    def robots(self) -> Robots:
        return Robots(self.fetch, "media-monitor", lambda: self.now)


def answer(status: int, body: bytes = b"") -> Response:
    return Response("http://example.org/robots.txt", status=status, body=body)


async def allowed(robots: Robots, path: str = "/private", host: str = "example.org") -> bool:
    try:
        await robots.check(f"http://{host}{path}")
    except Forbidden:
        return False
    return True


async def test_what_is_forbidden_is_named():
    robots = Site(answer(200, FORBIDS)).robots()

    with pytest.raises(Forbidden, match=r"^robots.txt of example.org forbids /private/a\?b=c$"):
        await robots.check("http://example.org/private/a?b=c")
    assert await allowed(robots, "/feed")


async def test_everybody_who_waits_hears_the_answer_to_one_question():
    site = Site(answer(200, FORBIDS))
    robots = site.robots()

    answers = await asyncio.gather(*(allowed(robots) for _ in range(40)))

    assert answers == [False] * 40
    assert site.asked == ["http://example.org/robots.txt"]


async def test_each_origin_is_asked_for_itself():
    site = Site(answer(200, FORBIDS))
    robots = site.robots()

    await allowed(robots, host="example.org")
    await allowed(robots, host="example.org:8080")
    await allowed(robots, host="www.example.org")

    assert len(set(site.asked)) == 3


async def test_one_who_stops_waiting_leaves_the_others_their_answer():
    robots = Site(answer(200, FORBIDS)).robots()
    first = asyncio.create_task(allowed(robots))
    second = asyncio.create_task(allowed(robots))
    await asyncio.sleep(0)

    first.cancel()

    assert await second is False


async def test_rules_for_our_name_go_before_those_for_all():
    body = b"User-agent: *\nDisallow: /\n\nUser-agent: Media-Monitor\nDisallow: /private\n"
    robots = Site(answer(200, body)).robots()

    assert await allowed(robots, "/feed")
    assert not await allowed(robots)


async def test_the_answer_holds_for_a_day():
    site = Site(answer(200, FORBIDS), answer(200, b""))
    robots = site.robots()
    await allowed(robots)

    site.now = 23.9 * HOUR
    assert not await allowed(robots)
    site.now = 24.1 * HOUR

    assert await allowed(robots)
    assert len(site.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_robots_allows_everything(status):
    assert await allowed(Site(answer(status, FORBIDS)).robots())


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_site_that_cannot_say_allows_nothing_for_a_minute(status):
    site = Site(answer(status), answer(200, b""))
    robots = site.robots()

    assert not await allowed(robots, "/feed")
    site.now = 59
    assert not await allowed(robots, "/feed")
    site.now = 61

    assert await allowed(robots, "/feed")


async def test_a_site_that_cannot_be_reached_fails_with_the_cause():
    robots = Site(DownloadTimeoutError("too slow")).robots()

    for _ in range(2):
        with pytest.raises(DownloadTimeoutError, match="too slow"):
            await robots.check("http://example.org/feed")


async def test_what_was_said_holds_while_the_site_cannot_be_reached():
    site = Site(answer(200, FORBIDS), answer(503), answer(503), answer(200, b""))
    robots = site.robots()
    await allowed(robots)

    for hour in (25, 26):
        site.now = hour * HOUR
        assert not await allowed(robots)
        assert await allowed(robots, "/feed")
    site.now = 27 * HOUR

    assert await allowed(robots)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"<html>404</html>", b"Disallow", b"\xef\xbb\xbf"]
)
async def test_nonsense_forbids_nothing(body):
    assert await allowed(Site(answer(200, body)).robots())


async def test_the_delay_that_a_site_asks_for_is_told():
    body = b"User-agent: *\nCrawl-delay: 7\n"

    assert await Site(answer(200, body)).robots().check("http://example.org/feed") == 7


@pytest.mark.parametrize(
    "body",
    [
        b"User-agent: Others\nClean-param: a /\n\nUser-agent: *\nDisallow: /private\n",
        b"User-agent: A\nUser-agent: B\nSitemap: /map\nUser-agent: *\nDisallow: /private\n",
        b"User-Agent *\nDissalow /private # and nothing else",
        b"User-agent: a\nUser-agent: *\nUser-agent: b\nUser-agent: *\nDisallow: /private\n",
    ],
)
async def test_what_is_said_to_others_changes_nothing_for_us(body):
    robots = Site(answer(200, body)).robots()

    assert await allowed(robots, "/feed")
    assert not await allowed(robots)


@pytest.mark.parametrize("line", [b"Clean-param: a /", b"Disallow", b"Disallow:"])
async def test_what_is_forbidden_to_others_is_not_forbidden_to_us(line):
    body = b"User-agent: *\n" + line + b"\n\nUser-agent: Others\nDisallow: /private\n"

    assert await allowed(Site(answer(200, body)).robots())


def rules(robots: Robots) -> int:
    """Return how many rules are kept in memory, those of every name counted for itself."""
    names = [known.rules._user_agents.values() for known in robots._known.values()]
    return sum(len(one._rules) for values in names for one in values)


@pytest.mark.parametrize(
    "body",
    [
        FORBIDS + b"Disallow: /*a*b*c*d$\n" * 400_000,
        FORBIDS + b"".join(b"User-agent: n%d\n" % n for n in range(900)) + b"Allow: /\n" * 9000,
        FORBIDS + b"User-agent: *\nnothing\nSitemap: /a\n" * 900 + b"Allow: /a\n" * 9000,
    ],
    ids=["rules", "names", "one name again and again"],
)
async def test_of_a_huge_robots_only_the_beginning_is_kept(body):
    robots = Site(answer(200, body)).robots()

    assert not await allowed(robots)
    assert rules(robots) <= 4000


async def test_a_rule_that_does_not_fit_is_not_cut_in_two():
    filling = b"# " + b"x" * (500 * 1024 - len(FORBIDS) - 16) + b"\n"
    robots = Site(answer(200, FORBIDS + filling + b"Disallow: /feeds-of-old\n" * 2)).robots()

    assert await allowed(robots, "/feed")
    assert not await allowed(robots)


async def test_of_a_huge_address_only_the_beginning_is_judged():
    robots = Site(answer(200, b"User-agent: *\nDisallow: /private/\nDisallow: /*far\n")).robots()

    assert not await allowed(robots, "/private/" + "a" * 100_000)
    assert not await allowed(robots, "/" + "a" * 1000 + "far")
    assert await allowed(robots, "/" + "a" * 100_000 + "far")


async def test_the_origins_asked_longest_ago_are_forgotten_when_there_are_too_many():
    site = Site(answer(200, FORBIDS))
    robots = site.robots()

    for number in range(2001):
        await allowed(robots, host=f"n{number}.example.org")
    site.asked.clear()
    for number in (2000, 1000, 0):
        assert not await allowed(robots, host=f"n{number}.example.org")

    assert len(robots._known) < 2001
    assert site.asked == ["http://n0.example.org/robots.txt"]


# In the crawl


@pytest.fixture
async def hub(memory, clock) -> AsyncIterator[Crawl]:
    settings = QUICK | {"ROBOTSTXT_OBEY": True}
    hub = Crawl(memory, LinesReader(), clock, random.Random(1), settings)
    await hub.start()
    yield hub
    await hub.stop(GRACE)


async def test_a_source_that_robots_forbids_is_not_fetched(web, memory, hub):
    web.say("/robots.txt", FORBIDS)
    web.say("/private", "lines\n1|Первая")

    await poll(hub, *(source(web.url("/private"), f"s{n}") for n in range(40)))

    assert web.times("/private") == 0
    assert web.times("/robots.txt") == 1
    assert {fetch.error for fetch in memory.settled} == {
        f"robots: robots.txt of {HOSTS[0]}:{web.port} forbids /private"
    }


async def test_a_redirect_to_what_robots_forbids_is_not_followed(web, memory, hub):
    web.say("/robots.txt", FORBIDS)
    web.say("/feed", status=302, headers={"Location": web.url("/private", host=HOSTS[1])})
    web.say("/private", "lines\n1|Первая")

    await poll(hub, source(web.url("/feed")))

    assert web.times("/private") == 0
    assert memory.last.error == f"robots: robots.txt of {HOSTS[1]}:{web.port} forbids /private"


async def test_a_source_whose_robots_cannot_be_read_fails_with_the_cause(web, memory, hub):
    web.say("/robots.txt", status=503)
    web.say("/feed", "lines\n1|Первая")

    await poll(hub, source(web.url("/feed")))

    assert web.times("/feed") == 0
    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.error.startswith("robots: robots.txt of ")


async def test_a_site_without_robots_is_fetched(web, memory, hub):
    web.say("/feed", "lines\n1|Первая")

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.WHOLE
    assert web.times("/robots.txt") == 1


async def test_a_delay_that_a_site_asks_for_slows_down_its_slot(web, memory, hub):
    web.say("/robots.txt", b"User-agent: *\nCrawl-delay: 0.01\n")
    web.say("/feed", "lines\n1|Первая")

    await poll(hub, source(web.url("/feed")))

    (crawler,) = hub._runner.crawlers
    assert crawler.engine.downloader.slots[HOSTS[0]].delay == 0.01
