"""One fetch and all that it asks: other ways, the pages of entries, what was missed between."""

from datetime import timedelta

from desk import poll, source

from monitor.errors import Cause
from monitor.model import Outcome

HOUR = timedelta(hours=1)
NEWS = "lines\n1|Первая|2022-09-10T11:30+00:00"


def lines(*numbers: int, older: str = "") -> str:
    said = "\n".join(f"{n}|Новость {n}" for n in numbers)
    return f"lines{' ' + older if older else ''}\n{said}"


def ids(memory) -> list[str]:
    return [id_ for _, id_ in memory.archived]


# Ways


def two_ways(web, **more):
    other = {"spider": "telegram_preview", "url": web.url("/preview", "127.0.0.2")}
    return source(web.url("/site"), fallbacks=[other], **more)


async def test_a_source_that_refuses_us_is_read_by_its_fallback(web, memory, crawl):
    web.say("/site", status=403)
    web.say("/preview", NEWS)
    hub = await crawl()

    await poll(hub, two_ways(web))

    assert ids(memory) == ["1"]
    assert memory.last.outcome is Outcome.WHOLE
    assert memory.last.way.startswith("direct telegram_preview")
    assert memory.last.detour == "http 403: the site refuses us"


async def test_the_way_that_worked_is_asked_first_until_an_hour_has_gone(web, memory, crawl, clock):
    web.say("/site", status=403)
    web.say("/preview", NEWS, etag='"a"')
    hub = await crawl()
    await poll(hub, two_ways(web))

    await poll(hub, two_ways(web))
    soon = (web.times("/site"), web.times("/preview"), memory.last.status)
    clock.forward(HOUR)
    await poll(hub, two_ways(web))

    assert soon == (1, 2, 304)
    assert (web.times("/site"), web.times("/preview")) == (2, 3)
    assert memory.last.detour == "http 403: the site refuses us"


async def test_a_source_that_answers_again_is_read_by_its_first_way(web, memory, crawl, clock):
    web.say("/site", status=403)
    web.say("/preview", NEWS)
    hub = await crawl()
    await poll(hub, two_ways(web))
    web.say("/site", NEWS)
    clock.forward(HOUR)

    await poll(hub, two_ways(web))

    assert (memory.last.way, memory.last.detour) == (None, None)


async def test_what_another_way_shows_from_before_is_not_told_again(web, memory, crawl, clock):
    web.say("/site", NEWS)
    hub = await crawl()
    await poll(hub, two_ways(web))
    web.say("/site", status=500)
    old, late = "2022-09-10T08:00+00:00", "2022-09-10T12:00+00:00"
    web.say("/preview", f"lines\nold|Старая|{old}\nnew|Новая|{late}")
    clock.forward(HOUR)
    memory.offered.clear()

    await poll(hub, two_ways(web))

    assert memory.fresh == {"1": True, "old": False, "new": True}
    assert not memory.last.gap


async def test_a_source_that_no_way_reads_says_what_each_way_met(web, memory, crawl):
    web.say("/site", status=403)
    web.say("/preview", "<html>")
    hub = await crawl()

    await poll(hub, two_ways(web))

    fetch = memory.last
    assert (fetch.outcome, fetch.status, fetch.cause) == (Outcome.FAILED, 403, Cause.WALL)
    assert fetch.error.startswith("http 403: the site refuses us; telegram_preview http://")
    assert fetch.error.endswith("page: this is not a page of lines")


# The pages of entries


async def test_the_page_of_an_entry_is_read_where_the_source_says_so(web, memory, crawl):
    web.say("/feed", lines(1))
    web.say("/article/1", "article\nВойска перегруппированы.")
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), article=True))

    [kept] = memory.archived.values()
    assert (kept.title, kept.text) == ("Новость 1", "Войска перегруппированы.")
    assert kept.raw.endswith("article\nВойска перегруппированы.".encode())


async def test_an_entry_whose_page_fails_is_archived_and_its_page_asked_again(web, memory, crawl):
    web.say("/feed", lines(1), etag='"a"')
    web.say("/article/1", status=503)
    hub = await crawl()
    await poll(hub, source(web.url("/feed"), article=True))
    [without] = memory.archived.values()
    first = memory.last
    web.say("/article/1", "article\nТекст.")

    await poll(hub, source(web.url("/feed"), article=True))

    assert without.problem.startswith("only what the list says, its page could not be read")
    assert first.cause is Cause.INCOMPLETE
    assert "the page of an entry could not be read" in first.error
    [kept] = memory.archived.values()
    assert (kept.text, kept.problem, memory.last.error) == ("Текст.", None, None)


async def test_a_page_that_is_gone_for_good_is_not_asked_again(web, memory, crawl):
    web.say("/feed", lines(1))
    web.say("/article/1", status=410)
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), article=True))
    await poll(hub, source(web.url("/feed"), article=True))

    assert web.times("/article/1") == 1


async def test_a_site_that_refuses_its_articles_is_left_alone_after_three(web, memory, crawl):
    web.say("/feed", lines(*range(1, 9)))
    for number in range(1, 9):
        web.say(f"/article/{number}", status=403)
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), article=True))

    assert sum(web.times(f"/article/{number}") for number in range(1, 9)) == 3
    assert len(memory.archived) == 8


async def test_more_articles_than_one_fetch_reads_are_read_by_the_next(web, memory, crawl):
    web.say("/feed", lines(*range(1, 41)), etag='"a"')
    for number in range(1, 41):
        web.say(f"/article/{number}", f"article\nТекст {number}")
    hub = await crawl()
    await poll(hub, source(web.url("/feed"), article=True))
    first = len(memory.archived)

    await poll(hub, source(web.url("/feed"), article=True))

    assert (first, len(memory.archived)) == (30, 40)
    assert all(one.text for one in memory.archived.values())


async def test_old_entries_of_a_first_fetch_are_archived_without_their_pages(web, memory, crawl):
    web.say("/feed", "lines\n1|Старая|2022-08-01T10:00+00:00")
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), article=True))

    assert ids(memory) == ["1"]
    assert web.times("/article/1") == 0
