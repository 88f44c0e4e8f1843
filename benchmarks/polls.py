"""CPU of a poll answered 304, the whole daemon path with its store, against bare aiohttp.

Both ask the same loopback server, which is a process of its own, in turn and in one run:
`./run.sh bench polls [SOURCES] [ROUNDS]`. Prints milliseconds of CPU per poll, the ratio, and the
memory of this process.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
from aiohttp import web
from rich.console import Console

from monitor.app.program import Program, World
from monitor.config.load import load

HOSTS = [f"127.0.1.{n}" for n in range(1, 41)]
PORT = 8797
ITEM = "<item><title>Новость {0}</title><guid>{0}</guid><link>https://a.test/{0}</link></item>"
FEED = "<rss version='2.0'><channel><title>a</title>{}</channel></rss>".format(
    "".join(map(ITEM.format, range(50)))
)


def serve(ready) -> None:
    """Answer every address with one feed, or 304 to whoever knows it."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        if request.headers.get("If-None-Match") == '"a"':
            return web.Response(status=304, headers={"ETag": '"a"'})
        return web.Response(text=FEED, headers={"ETag": '"a"'}, content_type="application/rss+xml")

    async def main() -> None:
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        for host in HOSTS:
            await web.TCPSite(runner, host, PORT).start()
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(main())


async def bare(urls: list[str]) -> float:
    """Ask them all with aiohttp alone; return seconds of CPU."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as session:
        gate = asyncio.Semaphore(32)

        async def one(url: str) -> None:
            async with gate, session.get(url, headers={"If-None-Match": '"a"'}) as response:
                await response.read()

        await asyncio.gather(*map(one, urls[: len(HOSTS)]))
        begun = time.process_time()
        await asyncio.gather(*map(one, urls))
        return time.process_time() - begun


async def polled(program: Program, now: datetime) -> float:
    """Do what a tick does until all that was due is settled; return seconds of CPU."""
    begun = time.process_time()
    await program.fetch_due(now)
    await program.crawl.idle()
    await program.ingest.flush()
    return time.process_time() - begun


async def main(number: int, rounds: int) -> None:
    urls = [f"http://{HOSTS[n % len(HOSTS)]}:{PORT}/{n}" for n in range(number)]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        sources = "".join(
            f'  - {{id: s{n}, name: S, country: ru, kind: state, language: ru, url: "{url}"}}\n'
            for n, url in enumerate(urls)
        )
        head = "version: 1\nroute: {receiver: here}\negress: {allow: [127.0.0.0/8]}\nsources:\n"
        config.write_text(head + sources, encoding="utf-8")
        now = datetime.now(UTC)
        clock = [now]
        world = World(
            clock=lambda: clock[0],
            rng=Random(0),
            console=Console(quiet=True),
            crawl_settings=(("DOWNLOAD_DELAY", 0),),
        )
        program = Program(load(config), world)
        await program.start()
        await polled(program, now)
        ratios = []
        for _ in range(rounds):
            clock[0] += timedelta(hours=1)
            peer = await bare(urls) / number * 1000
            ours = await polled(program, clock[0]) / number * 1000
            ratios.append(ours / peer)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"bare aiohttp {peer:.3f} ms · daemon {ours:.3f} ms · ratio {ours / peer:.1f}"
                f" · {memory:.0f} MB",
                flush=True,
            )
        await program.stop(timedelta(seconds=5))
        print(f"ratio, median of {rounds}: {sorted(ratios)[rounds // 2]:.1f} (to reach: 10)")


if __name__ == "__main__":
    known = multiprocessing.get_context("spawn")
    up = known.Event()
    server = known.Process(target=serve, args=(up,), daemon=True)
    server.start()
    up.wait()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    asyncio.run(main(count, times))
    server.terminate()
