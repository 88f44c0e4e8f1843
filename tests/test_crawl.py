"""One fetch after another: real Scrapy, a web on loopback, a memory in memory."""

import hashlib
from dataclasses import replace

from desk import poll, source

from monitor.model import Outcome

# The four stops


async def test_a_first_fetch_archives_every_entry_and_remembers_the_page(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"', modified="Sat, 10 Sep 2022 09:00 GMT")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert [id_ for _, id_ in memory.archived] == ["1", "2"]
    assert memory.offered == [("1", True), ("2", True)]
    assert len(memory.settled) == 1
    assert memory.last.outcome is Outcome.WHOLE
    assert (memory.last.seen, memory.last.new, memory.last.gap) == (2, 2, False)
    assert (memory.last.etag, memory.last.status) == ('"a"', 200)
    assert memory.last.last_modified == "Sat, 10 Sep 2022 09:00 GMT"
    assert len(memory.last.fingerprints) == 2


async def test_a_second_fetch_is_conditional_and_stops_at_304(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"', modified="Sat, 10 Sep 2022 09:00 GMT")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    before = memory.states["ria"]

    await poll(hub, source(web.url("/feed")))

    asked = web.requests("/feed")
    assert "If-None-Match" not in asked[0].headers
    assert asked[1].headers["If-None-Match"] == '"a"'
    assert asked[1].headers["If-Modified-Since"] == "Sat, 10 Sep 2022 09:00 GMT"
    assert (memory.last.outcome, memory.last.status) == (Outcome.UNCHANGED, 304)
    assert replace(memory.states["ria"], last_outcome=None) == replace(before, last_outcome=None)
    assert len(memory.offered) == 1


async def test_the_same_bytes_are_not_read_again_but_their_validators_are_kept(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n1|Первая", etag='"b"')

    await poll(hub, source(web.url("/feed")))

    assert (memory.last.outcome, memory.last.status) == (Outcome.UNCHANGED, 200)
    assert memory.states["ria"].etag == '"b"'
    assert memory.last.fingerprints is None
    assert len(memory.states["ria"].fingerprints) == 1


async def test_a_page_without_an_unknown_entry_is_unchanged(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n2|Вторая\n1|Первая", etag='"b"')

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.UNCHANGED
    assert memory.states["ria"].etag == '"b"'
    assert memory.last.body_hash == hashlib.sha256("lines\n2|Вторая\n1|Первая".encode()).hexdigest()
    assert len(memory.offered) == 2


async def test_only_what_is_new_or_edited_is_offered_again(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n1|Первая, исправлено\n2|Вторая\n3|Третья")

    await poll(hub, source(web.url("/feed")))

    assert memory.offered[2:] == [("1", False), ("3", False)]
    assert (memory.last.outcome, memory.last.seen, memory.last.new) == (Outcome.WHOLE, 3, 2)


async def test_a_304_to_a_question_that_was_not_asked_is_a_failure(web, memory, crawl):
    web.say("/feed", status=304)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.FAILED
    assert memory.last.error.startswith("http 304: ")


# What may have been missed


async def test_a_page_that_shares_nothing_with_what_we_knew_is_a_gap(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines\n8|Восьмая\n9|Девятая")

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.WHOLE
    assert memory.last.gap


async def test_entries_that_the_archive_knew_under_other_bytes_are_no_gap(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая|")
    hub = await crawl()
    web.say("/feed", "lines\n1|Первая")
    await poll(hub, source(web.url("/feed")))
    memory.states["ria"] = replace(memory.states["ria"], fingerprints=frozenset({"f" * 16}))
    web.say("/feed", "lines\n1|Первая\n2|Вторая")

    await poll(hub, source(web.url("/feed")))

    assert not memory.last.gap


async def test_an_empty_page_is_no_gap_and_forgets_nothing(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    web.say("/feed", "lines")

    await poll(hub, source(web.url("/feed")))

    assert (memory.last.outcome, memory.last.gap, memory.last.fingerprints) == (
        Outcome.UNCHANGED,
        False,
        None,
    )


async def test_an_entry_that_cannot_be_archived_makes_the_fetch_partial(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    remembered = memory.states["ria"]
    web.say("/feed", "lines\n1|Первая\n2|Вторая\n3|Третья", etag='"b"')
    memory.unwritable = {"2"}

    await poll(hub, source(web.url("/feed")))

    assert memory.last.outcome is Outcome.PARTIAL
    assert (memory.last.etag, memory.last.body_hash) == ('"a"', remembered.body_hash)
    assert memory.last.fingerprints is None
    assert memory.last.new == 1
    assert memory.last.error == (
        "1 of 2 entries could not be archived; the first: 2: the disk is full"
    )
    assert ("ria", "3") in memory.archived, "one bad entry must not hold up the others"


async def test_what_was_not_archived_is_offered_again_until_it_is(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"b"')
    memory.unwritable = {"2"}
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    memory.unwritable = set()

    await poll(hub, source(web.url("/feed")))

    assert "If-None-Match" not in web.requests("/feed")[1].headers
    assert memory.last.outcome is Outcome.WHOLE
    assert ("ria", "2") in memory.archived


async def test_a_page_that_was_cut_leaves_no_validators_to_hide_the_rest(web, memory, crawl):
    web.say("/feed", "cut\n1|Первая", etag='"a"')
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))
    assert memory.last.outcome is Outcome.WHOLE
    assert memory.last.error == "the page ends in the middle of an entry"
    web.say("/feed", "lines\n1|Первая\n2|Вторая", etag='"a"')

    await poll(hub, source(web.url("/feed")))

    assert ("ria", "2") in memory.archived


async def test_a_page_with_a_problem_is_read_again_however_often_it_is_the_same(web, memory, crawl):
    web.say("/feed", "cut\n1|Первая", etag='"a"')
    hub = await crawl()

    for _ in range(3):
        await poll(hub, source(web.url("/feed")))

    assert [fetch.error is not None for fetch in memory.settled] == [True] * 3
    assert all("If-None-Match" not in asked.headers for asked in web.requests("/feed"))


async def test_a_feed_that_has_lost_all_its_entries_says_so(web, memory, crawl):
    web.say("/feed", "lines\n1|Первая")
    hub = await crawl()
    await poll(hub, source(web.url("/feed")))

    web.say("/feed", "lines")
    await poll(hub, source(web.url("/feed")))

    assert memory.settled[-1].error == "it had entries, and now has none"
