"""CPU for a changed feed with 1 new entry of 50, against feedparser on the whole feed.

Goal: at most 1/5. Run: python benchmarks/changed_feed.py
"""

import asyncio
import random
import resource
import time
from collections.abc import Callable

import feedparser

from monitor.collect import feed
from monitor.collect.sandbox import Sandbox
from monitor.collect.served import Served

WORDS = ("войска", "отошли", "район", "город", "сообщили", "ведомство", "области", "вечером")
SAID = {
    "content_type": "application/rss+xml",
    "url": "https://news.example/rss.xml",
    "source": "news",
    "language": "ru",
}


def text(length: int, rng: random.Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(length))


def item(number: int, rng: random.Random) -> str:
    link = f"https://news.example/2022/09/{number}.html"
    return (
        f"<item><title>{text(9, rng)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>Mon, 05 Sep 2022 09:{number % 60:02}:00 +0300</pubDate>"
        f"<description><![CDATA[<p>{text(40, rng)}</p><p>{text(30, rng)}</p>]]></description>"
        f'<enclosure url="{link}.jpg" type="image/jpeg" length="1000"/></item>\n'
    )


def body(items: list[str]) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Лента</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


def cpu(work: Callable[[], object], rounds: int = 7, times: int = 20) -> float:
    """Return milliseconds of CPU for one call, in the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - start) / times)
    return best * 1000


async def in_workers(page: bytes, known: frozenset[str], times: int) -> float:
    """Return seconds of CPU that so many readings cost, in both processes, with their start."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = -time.process_time() - started.ru_utime - started.ru_stime
    box = Sandbox(workers=1, recycle=10_000)
    for _ in range(times):
        await box.read("feed", Served(body=page, known=known, **SAID))
    await box.close()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent + time.process_time() + ended.ru_utime + ended.ru_stime


async def through_a_worker(page: bytes, known: frozenset[str]) -> float:
    """Return milliseconds of CPU for one reading, the start of the worker taken off."""
    many, one = await in_workers(page, known, 501), await in_workers(page, known, 1)
    return (many - one) / 500 * 1000


def main() -> None:
    """Print the ratios."""
    rng = random.Random(1)
    items = [item(number, rng) for number in range(51)]
    page = body(items[:50])
    known = frozenset(feed.read(Served(body=body(items[1:]), **SAID)).fingerprints)
    assert len(feed.read(Served(body=page, known=known, **SAID)).entries) == 1
    whole = cpu(lambda: feedparser.parse(page, sanitize_html=False, resolve_relative_uris=False))
    default = cpu(lambda: feedparser.parse(page))
    ours = cpu(lambda: feed.read(Served(body=page, known=known, **SAID)))
    worker = asyncio.run(through_a_worker(page, known))
    print(
        f"feedparser, whole feed of {len(page)} bytes:      {whole:6.2f} ms (default {default:.2f})"
    )
    print(f"ours, 1 new entry of 50:                  {ours:6.2f} ms, ratio {ours / whole:.3f}")
    print(f"ours through a worker, both processes:    {worker:6.2f} ms, ratio {worker / whole:.3f}")


if __name__ == "__main__":
    main()
