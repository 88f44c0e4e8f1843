"""What was missed between two fetches is found by going back, as far as a source lets us."""

from datetime import timedelta

from desk import poll, source
from test_fetching import HOUR, NEWS, ids, lines, two_ways


async def known(web, memory, crawl, **more):
    web.say("/feed", lines(1, 2))
    hub = await crawl()
    one = source(web.url("/feed"), **more)
    await poll(hub, one)
    return hub, one


async def test_going_back_over_a_gap_stops_where_the_known_begins(web, memory, crawl):
    hub, one = await known(web, memory, crawl)
    web.say("/feed", lines(7, 8, older="/p2"))
    web.say("/p2", lines(5, 6, older="/p3"))
    web.say("/p3", lines(2, 3, older="/p4"))

    await poll(hub, one)

    assert ids(memory) == ["1", "2", "7", "8", "5", "6", "3"]
    assert (memory.last.gap, memory.last.filled, memory.last.hole) == (False, 3, None)
    assert web.times("/p4") == 0


async def test_a_gap_that_cannot_be_filled_is_marked(web, memory, crawl, clock):
    hub, one = await known(web, memory, crawl)
    web.say("/feed", lines(7, 8))

    await poll(hub, one)

    assert memory.last.gap
    assert memory.last.gap_at == clock()


async def test_a_gap_is_gone_on_with_by_the_next_fetch_even_of_an_unchanged_page(
    web, memory, crawl
):
    hub, one = await known(web, memory, crawl)
    web.say("/feed", lines(7, 8, older="/p2"), etag='"b"')
    web.say("/p2", status=503)
    await poll(hub, one)
    broken = memory.last
    web.say("/p2", lines(5, 6, older="/p3"))
    web.say("/p3", lines(1, 2))

    await poll(hub, one)

    assert (broken.gap, broken.hole) == (True, web.url("/p2"))
    assert "a gap is not filled yet" in broken.error
    assert set(ids(memory)) == set("125678")
    assert (memory.last.filled, memory.last.hole, memory.last.gap_at) == (2, None, None)


async def test_pages_are_counted_where_the_configuration_knows_their_addresses(web, memory, crawl):
    hub, one = await known(web, memory, crawl, older=web.url("/feed?page={page}"))
    web.say("/feed", lines(7, 8))
    web.say("/feed?page=2", lines(5, 6))
    web.say("/feed?page=3", lines(3, 4))
    web.say("/feed?page=4", lines(1, 2))

    await poll(hub, one)

    assert set(ids(memory)) == set("12345678")
    assert not memory.last.gap


async def test_a_page_that_names_itself_as_older_ends_the_going_back(web, memory, crawl):
    hub, one = await known(web, memory, crawl)
    web.say("/feed", lines(7, 8, older="/p2"))
    web.say("/p2", lines(5, 6, older="/p2"))

    await poll(hub, one)

    assert web.times("/p2") == 1
    assert set(ids(memory)) == set("125678")


async def test_an_older_page_without_entries_does_not_end_the_going_back(web, memory, crawl):
    hub, one = await known(web, memory, crawl)
    web.say("/feed", lines(7, 8, older="/p2"))
    web.say("/p2", "cut")

    await poll(hub, one)

    assert memory.last.hole == web.url("/p2")


def articles_of(web, *numbers: int) -> None:
    for number in numbers:
        web.say(f"/article/{number}", f"article\nТекст {number}")


MINUTE = timedelta(minutes=1)


async def test_more_articles_than_one_fetch_reads_leave_nothing_on_an_older_page(
    web, memory, crawl, clock
):
    articles_of(web, *range(1, 200))
    hub, one = await known(web, memory, crawl, article=True)
    web.say("/feed", lines(190, 191, older="/p2"))
    web.say("/p2", lines(1, 2, *range(100, 140)))

    for _ in range(3):
        clock.forward(MINUTE)
        await poll(hub, one)

    assert {str(n) for n in range(100, 140)} <= set(ids(memory))
    assert (memory.last.hole, memory.last.gap_at) == (None, None)


async def test_a_gap_is_filled_though_the_numbers_of_the_pages_shift(web, memory, crawl, clock):
    hub, one = await known(web, memory, crawl, older=web.url("/feed?page={page}"))
    clock.forward(MINUTE)
    web.say("/feed", lines(9, 10))
    web.say("/feed?page=2", status=503)
    await poll(hub, one)
    web.say("/feed", lines(10, 11))
    for page, numbers in ((2, (8, 9)), (3, (6, 7)), (4, (4, 5)), (5, (2, 3))):
        web.say(f"/feed?page={page}", lines(*numbers))

    clock.forward(MINUTE)
    await poll(hub, one)

    assert {str(n) for n in range(1, 12)} == set(ids(memory))
    assert (memory.last.hole, memory.last.gap_at) == (None, None)


async def test_a_second_gap_does_not_forget_the_first(web, memory, crawl, clock):
    hub, one = await known(web, memory, crawl)
    clock.forward(MINUTE)
    web.say("/feed", lines(9, 10, older="/b9"))
    web.say("/b9", status=503)
    await poll(hub, one)
    web.say("/feed", lines(13, 14, older="/b13"))
    for n in range(13, 3, -2):
        web.say(f"/b{n}", lines(n - 2, n - 1, older=f"/b{n - 2}"))
    web.say("/b3", lines(1, 2))

    clock.forward(MINUTE)
    await poll(hub, one)

    assert {str(n) for n in range(1, 15)} == set(ids(memory))
    assert (memory.last.hole, memory.last.gap_at) == (None, None)


async def test_a_site_that_shows_one_page_for_every_number_leaves_the_gap_marked(
    web, memory, crawl, clock
):
    hub, one = await known(web, memory, crawl, older=web.url("/feed?page={page}"))
    for path in ("/feed", *(f"/feed?page={n}" for n in range(2, 30))):
        web.say(path, lines(8, 9))
    clock.forward(MINUTE)
    await poll(hub, one)
    marked = memory.last

    clock.forward(MINUTE)
    await poll(hub, one)

    assert (marked.gap, marked.hole) == (True, None)
    assert web.times("/feed?page=3") == 0
    assert memory.states["ria"].gap_at is not None


async def test_pages_that_end_before_the_known_leave_the_gap_marked(web, memory, crawl, clock):
    hub, one = await known(web, memory, crawl, older=web.url("/feed?page={page}"))
    web.say("/feed", lines(8, 9))
    web.say("/feed?page=2", lines(6, 7))
    web.say("/feed?page=3", status=404)

    clock.forward(MINUTE)
    await poll(hub, one)

    assert set(ids(memory)) == set("126789")
    assert (memory.last.gap, memory.last.hole, memory.last.error) == (True, None, None)


async def test_a_gap_is_seen_by_another_way_too(web, memory, crawl, clock):
    web.say("/site", NEWS)
    hub = await crawl()
    await poll(hub, two_ways(web))
    web.say("/site", status=500)
    web.say("/preview", "lines /old\n8|Восьмая|2022-09-10T15:00+00:00")
    web.say("/old", "lines\n7|Седьмая|2022-09-10T14:00+00:00\n1|Первая|2022-09-10T11:30+00:00")
    clock.forward(4 * HOUR)

    await poll(hub, two_ways(web))

    assert set(ids(memory)) == {"1", "7", "8"}


async def test_a_hole_is_not_asked_for_by_another_way(web, memory, crawl, clock):
    web.say("/site", NEWS)
    hub = await crawl()
    await poll(hub, two_ways(web))
    clock.forward(MINUTE)
    web.say("/site", "lines /p2\n9|Девятая")
    web.say("/p2", status=503)
    await poll(hub, two_ways(web))
    web.say("/site", status=500)
    web.say("/preview", NEWS)

    clock.forward(HOUR)
    await poll(hub, two_ways(web))

    assert web.times("/p2", "127.0.0.1") == 1
    assert memory.last.error is None
    assert memory.last.hole == web.url("/p2")


async def test_a_day_without_a_time_is_news_by_another_way_all_day(web, memory, crawl, clock):
    web.say("/site", NEWS)
    hub = await crawl()
    await poll(hub, two_ways(web))
    web.say("/site", status=500)
    web.say("/preview", "lines\n5|Новая|2022-09-10T00:00+03:00")
    clock.forward(HOUR)

    await poll(hub, two_ways(web))

    assert memory.fresh["5"]


async def test_pages_that_were_asked_for_in_vain_keep_no_new_ones_waiting(
    web, memory, crawl, clock
):
    web.say("/feed", lines(1, 2, 3))
    for number in (1, 2, 3):
        web.say(f"/article/{number}", status=500)
    hub = await crawl()
    await poll(hub, source(web.url("/feed"), article=True))
    articles_of(web, 4, 5)
    web.say("/feed", lines(1, 2, 3, 4, 5))

    clock.forward(MINUTE)
    await poll(hub, source(web.url("/feed"), article=True))

    texts = {one.id: one.text for one in memory.archived.values()}
    assert (texts["4"], texts["5"]) == ("Текст 4", "Текст 5")


async def test_what_a_first_fetch_leaves_for_the_next_is_no_more_news_than_the_rest(
    web, memory, crawl
):
    web.say("/feed", lines(*range(1, 41)))
    articles_of(web, *range(1, 41))
    hub = await crawl()

    await poll(hub, source(web.url("/feed"), article=True))
    await poll(hub, source(web.url("/feed"), article=True))

    assert len(memory.fresh) == 40
    assert not any(memory.fresh.values())
    assert memory.states["ria"].first_fetched_at is not None


async def test_a_sitemap_fills_a_gap_with_nothing_from_before_it(web, memory, crawl, clock):
    web.say("/feed", lines(1, 2))
    hub = await crawl()
    one = source(web.url("/feed"), older=web.url("/map.xml"), article=False)
    await poll(hub, one)
    clock.forward(24 * HOUR)
    web.say("/feed", lines(7, 8))
    old, missed = "2021-01-01T10:00+00:00", "2022-09-11T10:00+00:00"
    web.say("/map.xml", f"lines\n1|Новость 1|{old}\n50|Давняя|{old}\n5|Пропущенная|{missed}")

    await poll(hub, one)

    assert set(ids(memory)) == set("12578")
    assert (memory.last.gap, memory.last.filled, memory.last.hole) == (False, 1, None)
