"""2,000 sources at five minutes over 40 hosts on loopback, each with a delay of a second.

The whole daemon on its real clock, with 1,000 rules and its store: `./run.sh bench around_the_clock
[MINUTES] [SOURCES] [HOSTS]`. Prints what the hosts saw (two requests at once, the shortest time
between two), how late the latest source was, memory, the lag of the loop, and CPU against bare
aiohttp and feedparser that are asked for as many polls in the same run.

To reach: never two at once nor sooner than a second, nobody more than one interval late, main
process ≤ 250 MB, lag p99 ≤ 50 ms.
"""

import asyncio
import itertools
import json
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import aiohttp
import feedparser
from aiohttp import web
from rich.console import Console

from monitor.app.daemon import Daemon
from monitor.app.program import Program, World
from monitor.app.reload import Reloader
from monitor.config.load import Loader

EVERY = 300.0  # seconds
PORT = 8798
ITEM = (
    "<item><title>{word} {n}: сообщение ведомства</title><guid>{n}</guid>"
    "<link>https://a.test/{n}</link><pubDate>{date}</pubDate>"
    "<description>&lt;p&gt;Сводка за сутки, пункт {n}: {word} в районе города.&lt;/p&gt;"
    "</description></item>"
)
WORDS = ("Войска", "Мобилизация", "Город", "Совещание", "Переговоры", "Обстрел", "Выставка")


def hosts(number: int) -> list[str]:
    return [f"127.0.2.{n}" for n in range(1, number + 1)]


def feed(seed: int, now: float, begun: float) -> tuple[str, str]:
    """Return a feed of 50 items that gets a new one every so often, and its ETag."""
    period = 120 + seed * 37 % 1800  # seconds between two news
    newest = int((now - begun + 86_400) / period)
    items = "".join(
        ITEM.format(
            n=f"{seed}-{n}",
            word=WORDS[(seed + n) % len(WORDS)],
            date=datetime.fromtimestamp(begun - 86_400 + n * period, UTC).strftime(
                "%a, %d %b %Y %H:%M:%S +0000"
            ),
        )
        for n in range(newest, newest - 50, -1)
    )
    head = "<title>Лента</title>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>", f'"{newest}"'


def serve(number: int, ready, seen: str) -> None:
    """Answer every address with its feed; write down who was asked when, at the end."""
    begun = time.time()
    asked: dict[str, list[tuple[float, float, str, int]]] = defaultdict(list)

    async def answer(request: web.BaseRequest) -> web.Response:
        at = time.monotonic()
        if request.path == "/robots.txt":
            response = web.Response(status=404)
        else:
            body, etag = feed(int(request.path[1:]), time.time(), begun)
            known = request.headers.get("If-None-Match") == etag
            response = (
                web.Response(status=304, headers={"ETag": etag})
                if known
                else web.Response(
                    text=body, headers={"ETag": etag}, content_type="application/rss+xml"
                )
            )
        if request.headers.get("User-Agent", "").startswith("media-monitor"):
            host = request.host.split(":")[0]
            asked[host].append((at, time.monotonic(), request.path, response.status))
        return response

    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        for host in hosts(number):
            await web.TCPSite(runner, host, PORT).start()
        ready.set()
        await stop.wait()
        Path(seen).write_text(json.dumps(asked), encoding="utf-8")  # noqa: ASYNC240 - at the end

    asyncio.run(main())


async def lag(stop: asyncio.Event, found: list[float]) -> None:
    """Note every 20 ms how much later than asked for the loop wakes us."""
    while not stop.is_set():
        begun = time.monotonic()
        await asyncio.sleep(0.02)
        found.append(time.monotonic() - begun - 0.02)


def memory(pid: int) -> float:
    """Return how much a process held at most, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def workers() -> list[int]:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [
        int(pid)
        for pid in children
        if b"collect.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def cpu() -> float:
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def write_config(folder: Path, sources: int, number: int) -> Path:
    """Write a configuration of so many sources, and 1,000 rules that seldom match."""
    names = hosts(number)
    lines = ["version: 1", "route: {receiver: here}", "egress: {allow: [127.0.0.0/8]}", "sources:"]
    lines += [
        f"  - {{id: s{n}, name: S, country: ru, kind: state, language: ru,"
        f' url: "http://{names[n % number]}:{PORT}/{n}", every: 5m}}'
        for n in range(sources)
    ]
    lines += ["rules:"]
    lines += [
        f"  - {{id: r{n}, match: {{all: [{WORDS[n % 7].lower()}, объект {n}]}}}}"
        for n in range(1000)
    ]
    config = folder / "config.yaml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


async def run(config: Path, minutes: float) -> tuple[list[float], float, list[float]]:
    """Run the daemon for so long; return the lags, its memory and that of its workers."""
    world = World(clock=lambda: datetime.now(UTC), rng=Random(0), console=Console(quiet=True))
    loader = Loader()
    program = Program(loader.load(config), world)
    daemon = Daemon(program, Reloader(program, config, loader))
    stop, found = asyncio.Event(), []
    running = asyncio.create_task(daemon.run())
    await asyncio.sleep(5)
    watching = asyncio.create_task(lag(stop, found))
    await asyncio.sleep(minutes * 60)
    held = [memory(pid) for pid in workers()]
    stop.set()
    await watching
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    return found, memory(os.getpid()), held


async def bare(urls: list[str], changed: int) -> float:
    """Poll so many addresses, so many of them changed, with aiohttp and feedparser; return CPU."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as session:
        begun = time.process_time()
        for number, url in enumerate(urls):
            async with session.get(url) as response:
                body = await response.read()
            if number < changed:
                feedparser.parse(body)
        return time.process_time() - begun


def report(seen: dict, minutes: float) -> tuple[int, int]:
    """Print what the hosts saw; return how many polls there were, and how many changed."""
    overlaps, shortest = 0, float("inf")
    polls: dict[str, list[float]] = defaultdict(list)
    changed = 0
    for asked in seen.values():
        for (at, end, _, _), (later, *_) in itertools.pairwise(asked):
            overlaps += later < end
            shortest = min(shortest, later - at)
        for at, _, path, status in asked:
            if path != "/robots.txt":
                polls[path].append(at)
                changed += status == 200
    total = sum(map(len, polls.values()))
    end = max(at for times in polls.values() for at in times)
    latest = max(
        later - at - EVERY
        for times in polls.values()
        for at, later in zip(times, [*times[1:], end], strict=True)
    )
    print(f"{len(polls)} sources, {total} polls in {minutes:g} min, {changed} of them changed")
    print(f"two at once at one host: {overlaps} · shortest time between two: {shortest:.3f} s")
    print(f"latest source: {latest:.0f} s after its interval (one interval is {EVERY:g} s)")
    return total, changed


def main(minutes: float, sources: int, number: int) -> None:
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen.json"
        up = context.Event()
        server = context.Process(target=serve, args=(number, up, str(seen)))
        server.start()
        up.wait()
        config = write_config(Path(folder), sources, number)
        spent = -cpu()
        lags, own, others = asyncio.run(run(config, minutes))
        spent += cpu()
        urls = [f"http://{hosts(number)[n % number]}:{PORT}/{n}" for n in range(200)]
        peer = asyncio.run(bare(urls, 0)) / 200
        parsing = asyncio.run(bare(urls, 200)) / 200 - peer
        server.terminate()
        server.join()
        total, changed = report(json.loads(seen.read_text(encoding="utf-8")), minutes)
    lags.sort()
    p99 = lags[int(len(lags) * 0.99)] * 1000
    print(f"loop lag p50 {lags[len(lags) // 2] * 1000:.1f} ms, p99 {p99:.1f} ms")
    print(f"memory: main {own:.0f} MB, workers {', '.join(f'{one:.0f}' for one in others)} MB")
    theirs = total * peer + changed * parsing
    print(
        f"CPU, start and workers included: {spent:.0f} s; bare aiohttp + feedparser for the same"
        f" polls, storing and matching nothing: {theirs:.0f} s; ratio {spent / theirs:.1f}"
    )


if __name__ == "__main__":
    said = [float(one) for one in sys.argv[1:]]
    given = [*said, *(10.0, 2000.0, 40.0)[len(said) :]]
    main(given[0], int(given[1]), int(given[2]))
