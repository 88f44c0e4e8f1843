"""What the operator hears of sources that go blind and are seen again, on a simulated clock."""

import asyncio
import os
import signal
from datetime import UTC, datetime

import pytest
from newsroom import DAY, HOUR, MINUTE, NAMES, Newsroom
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from sqlalchemy import text

from monitor.app.daemon import Daemon
from monitor.app.reload import Reloader
from monitor.archive import health, sources
from monitor.config.load import Loader
from monitor.errors import Cause
from monitor.model import Fetch, Outcome, Severity


@pytest.fixture
async def newsroom(tmp_path, store_url, clock):
    one = Newsroom(tmp_path, store_url, clock)
    yield one
    await one.close()


async def test_a_source_that_fails_ten_times_is_told_of_once_and_so_is_that_it_sees_again(newsroom):
    await newsroom.open("tass", "mod")
    await newsroom.live(10 * MINUTE)
    newsroom.sites["tass"].trouble = 403

    await newsroom.live(4 * HOUR)
    (blind,) = newsroom.heard()
    newsroom.sites["tass"].trouble = None
    await newsroom.live(2 * HOUR)

    # The Kyiv clock stands at 15:00 in the beginning.
    assert newsroom.program.config.timezone == "Europe/Kyiv"
    assert blind == (
        "Blind: ТАСС (tass), refused since 15:11\n"
        "http 403: the site refuses us\n"
        "→ name a proxy under `via:`, or another way under `fallbacks:`"
    )
    _, again = newsroom.heard()
    assert again.startswith("Seen again: ТАСС (tass)\nblind from 15:11 (refused, ")
    assert [one.severity for one in newsroom.notices()] == [Severity.HIGH, Severity.LOW]
    assert newsroom.state("tass").blind_since is None


async def test_a_source_that_tells_us_to_wait_for_a_day_is_told_of_within_the_hour(newsroom):
    await newsroom.open("tass")
    newsroom.sites["tass"].trouble = 503
    newsroom.sites["tass"].headers = {"Retry-After": "86400"}

    await newsroom.live(HOUR + 2 * MINUTE)

    (blind,) = newsroom.heard()
    assert blind.startswith("Blind: ТАСС (tass), server fault since 15:01")


async def test_nothing_is_told_again_after_a_restart(newsroom):
    await newsroom.open("tass", "mod")
    newsroom.sites["tass"].trouble = 403
    await newsroom.live(HOUR)

    await newsroom.restart()
    await newsroom.live(2 * HOUR)

    assert len(newsroom.heard()) == 1


async def test_what_is_seen_again_while_the_program_starts_is_told(newsroom):
    await newsroom.open("tass")
    newsroom.sites["tass"].trouble = 403
    await newsroom.live(HOUR)
    newsroom.sites["tass"].trouble = None

    await newsroom.restart()
    newsroom.clock.forward(3 * DAY)
    await newsroom.live(10 * MINUTE)

    assert [one.split(":")[0] for one in newsroom.heard()] == ["Blind", "Seen again"]


async def test_another_cause_is_no_news(newsroom):
    await newsroom.open("tass")
    newsroom.sites["tass"].trouble = 403
    await newsroom.live(HOUR)

    newsroom.sites["tass"].trouble = 404
    await newsroom.live(5 * HOUR)

    assert len(newsroom.heard()) == 1


async def test_sources_that_are_cut_off_together_are_told_of_together(newsroom):
    await newsroom.open(*NAMES)
    await newsroom.live(10 * MINUTE)
    cut_off = list(NAMES)[:6]
    for n, id_ in enumerate(cut_off):
        newsroom.sites[id_].trouble = (
            DownloadTimeoutError("nothing was heard for 30 s")
            if n % 3 == 2
            else CannotResolveHostError()
        )

    await newsroom.live(3 * HOUR)
    (blind,) = newsroom.heard()
    for id_ in cut_off:
        newsroom.sites[id_].trouble = None
    await newsroom.live(2 * HOUR)

    assert blind == (
        "This machine seems to be cut off: 6 of 8 sources do not answer\n"
        "Since 15:11: 4 × dns, 2 × timeout. The first: timeout: nothing was heard for 30 s\n"
        "duma, kremlin, mod, ria, rt, tass\n"
        "They are asked again all the time, and at once when the first one answers."
    )
    _, again = newsroom.heard()
    assert again.count("●") == 6


async def test_when_the_line_is_back_every_source_is_asked_at_once(newsroom):
    await newsroom.open(*NAMES)
    await newsroom.live(10 * MINUTE)
    for site in newsroom.sites.values():
        site.trouble = CannotResolveHostError()
    await newsroom.live(4 * HOUR)
    for site in newsroom.sites.values():
        site.trouble = None

    while not any(newsroom.state(id_).failures == 0 for id_ in NAMES):
        await newsroom.live(MINUTE)
    await newsroom.live(2 * MINUTE)
    failures = [newsroom.state(id_).failures for id_ in NAMES]
    await newsroom.live(10 * MINUTE)

    assert failures == [0] * 8
    assert len(newsroom.heard()) == 2


async def test_a_machine_without_a_name_server_at_its_start_is_told_of_after_ten_minutes(newsroom):
    await newsroom.open(*NAMES)
    for site in newsroom.sites.values():
        site.trouble = CannotResolveHostError()

    await newsroom.live(9 * MINUTE)
    before = newsroom.heard()
    await newsroom.live(10 * MINUTE)

    assert before == []
    assert len(newsroom.heard()) == 1


async def test_a_page_that_has_lost_its_entries_is_blind_though_it_is_answered(newsroom):
    await newsroom.open("tass")
    newsroom.sites["tass"].news = [newsroom.clock()]
    await newsroom.live(10 * MINUTE)
    newsroom.sites["tass"].empty = True

    await newsroom.live(HOUR)
    (blind,) = newsroom.heard()
    newsroom.sites["tass"].empty = False
    await newsroom.live(10 * MINUTE)

    assert "empty since 15:1" in blind
    assert "it had entries, and now has none" in blind
    assert len(newsroom.heard()) == 2


WEEKDAYS = range(5)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_nights_and_weekends_are_no_silence_and_a_silence_is(newsroom):
    newsroom.clock.now = datetime(2022, 8, 29, tzinfo=UTC)  # a Monday
    await newsroom.open("mod", every="30m")
    site = newsroom.sites["mod"]

    async def work(days: int) -> None:
        for _ in range(days * 48):
            now = newsroom.clock()
            if now.weekday() in WEEKDAYS and 6 <= now.hour < 18 and not now.minute:
                site.news.append(now)
            await newsroom.live(30 * MINUTE, 30 * MINUTE)

    await work(14)
    calm = newsroom.heard()
    last = site.news[-1]  # on Friday at 17:00
    told = await _silent_until_told(newsroom, last)
    site.news.append(newsroom.clock())
    await newsroom.live(HOUR, 30 * MINUTE)
    await work(7)

    assert calm == []
    assert 2 * 61 * HOUR < told - last <= 2 * 61 * HOUR + HOUR  # Friday 17:00 to Monday 6:00
    blind, again = newsroom.heard()
    assert "frozen since 9 Sep 20:00" in blind
    assert "as a rule 2d13h at the most" in blind
    assert again.startswith("Seen again: Минобороны (mod)")


async def test_a_source_that_never_says_anything_is_told_of(newsroom):
    await newsroom.open("mod", every="30m", more=", cadence: 3h")

    await newsroom.live(DAY, 30 * MINUTE)

    (blind,) = newsroom.heard()
    assert blind.startswith("Blind: Минобороны (mod), frozen since 15:")


async def _silent_until_told(newsroom, last: datetime) -> datetime:
    while not newsroom.heard():
        assert newsroom.clock() - last < 30 * DAY
        await newsroom.live(30 * MINUTE, 30 * MINUTE)
    return newsroom.clock()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_while_the_program_was_away_nobody_was_silent(newsroom):
    await newsroom.open("mod", every="30m")
    site = newsroom.sites["mod"]
    for _ in range(8 * 24):
        site.news.append(newsroom.clock())
        await newsroom.live(HOUR, 30 * MINUTE)

    await newsroom.close()
    for _ in range(3 * 24):
        site.news.append(newsroom.clock.forward(HOUR))
    await newsroom.open("mod")
    await newsroom.live(5 * HOUR, 30 * MINUTE)

    assert newsroom.heard()[0].startswith("Blind: Минобороны (mod), frozen")
    assert max(day.longest for day in newsroom.state("mod").rhythm) <= 2 * HOUR


async def test_a_source_that_leaves_the_configuration_is_forgotten_without_a_word(newsroom):
    await newsroom.open("tass", "mod")
    newsroom.sites["tass"].trouble = 403
    await newsroom.live(HOUR)

    await newsroom.close()
    await newsroom.open("mod")
    await newsroom.live(HOUR)
    await newsroom.close()
    newsroom.sites["tass"].trouble = None
    await newsroom.open("tass", "mod")
    await newsroom.live(HOUR)

    assert len(newsroom.heard()) == 1


async def test_what_cannot_be_written_is_told_later(newsroom):
    await newsroom.open("tass")
    newsroom.sites["tass"].trouble = 403
    store = newsroom.program.store
    store.write_now(lambda tx: tx.execute(text("ALTER TABLE deliveries RENAME TO away")))
    with pytest.raises(Exception, match="deliveries"):
        await newsroom.live(HOUR)
    unmarked = newsroom.state("tass").blind_since

    store.write_now(lambda tx: tx.execute(text("ALTER TABLE away RENAME TO deliveries")))
    await newsroom.tick()

    assert unmarked is None
    assert len(newsroom.heard()) == 1


TROUBLES = {
    "mod": (Cause.TLS, "tls: the certificate of mod.test is not trusted (self-signed)"),
    "tass": (Cause.SERVER, "http 503: the site has a fault of its own"),
}


def fail_for_half_an_hour(tx, now: datetime) -> None:
    for id_, (cause, error) in TROUBLES.items():
        for ago in (30, 20, 1):
            at = now - ago * MINUTE
            fetch = Fetch(
                source=id_,
                started_at=at,
                finished_at=at,
                outcome=Outcome.FAILED,
                next_poll_at=now + HOUR,
                error=error,
                cause=cause,
            )
            sources.settle(tx, fetch)


async def test_all_that_turns_at_a_time_is_one_message(newsroom):
    await newsroom.open("tass", "mod", "ukrinform")
    await newsroom.live(7 * MINUTE)
    now = newsroom.clock()
    store = newsroom.program.store
    store.write_now(lambda tx: fail_for_half_an_hour(tx, now))
    store.write_now(lambda tx: health.blind(tx, "ukrinform", now - HOUR, Cause.TIMEOUT))

    await newsroom.live(MINUTE)

    (told,) = newsroom.heard()
    assert told == (
        "2 sources are blind: mod, tass; seen again: Укрінформ (ukrinform)\n"
        "✗ Минобороны (mod): tls since 14:37\n"
        "    the certificate of mod.test is not trusted (self-signed)\n"
        "    → if the Russian state certifies it: `ca: russian-trusted-root`\n"
        "✗ ТАСС (tass): server fault since 14:37\n"
        "    http 503: the site has a fault of its own\n"
        "● Укрінформ (ukrinform): blind from 14:07 (timeout, 54m)"
    )


async def test_the_daemon_looks_once_a_minute(newsroom):
    await newsroom.open("tass", "mod")
    now, program = newsroom.clock(), newsroom.program
    program.store.write_now(lambda tx: fail_for_half_an_hour(tx, now))
    due = await program.next_due()
    daemon = Daemon(program, Reloader(program, newsroom.file, Loader(environ={})))
    running = asyncio.create_task(daemon.run(MINUTE))

    newsroom.clock.forward(MINUTE)
    async with asyncio.timeout(30):
        while not newsroom.heard():
            await asyncio.sleep(0.05)

    assert due == now + MINUTE
    (blind,) = newsroom.heard()
    assert blind.startswith("2 sources are blind: mod, tass\n")
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    await newsroom.open("tass", "mod")  # to be closed


async def test_where_there_are_no_sources_nothing_is_looked_at(newsroom):
    await newsroom.open()

    assert await newsroom.program.next_due() is None


def test_only_what_may_be_blind_is_looked_at(store):
    """Two thousand sources are looked at every minute; most of them are fine."""
    now = datetime(2022, 9, 10, 12, tzinfo=UTC)
    store.write_now(
        lambda tx: tx.execute(
            text(
                "INSERT INTO sources (id, name, country, kind, url, active, fingerprints, failures)"
                " VALUES ('a', 'A', 'ru', 'state', 'u', TRUE, '', 0),"
                " ('b', 'B', 'ru', 'state', 'u', TRUE, '', 0),"
                " ('c', 'C', 'ru', 'state', 'u', FALSE, '', 0)"
            )
        )
    )
    store.write_now(lambda tx: health.blind(tx, "b", now, Cause.WALL))
    store.write_now(lambda tx: health.blind(tx, "c", now, Cause.WALL))

    doubtful = store.read_now(lambda tx: health.doubtful(tx, now))

    assert [one.id for one in doubtful] == ["b"]
    assert [one.id for one in store.read_now(health.states)] == ["a", "b"]
