"""Every way that was ever found past a guard, tried in a network that holds nothing but a loopback.

Run inside `unshare -rnm`; with the word `open`, everything is allowed. The loopback carries a
public address and some that are not, with a web on each, so that a guard with a hole in it reaches
one of ours and nobody else's network. Names are resolved by a server of our own. Prints what each
source ended with, and who was called.
"""

import asyncio
import json
import random
import socket
import struct
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import QUICK, LinesReader, MemoryDesk, poll, source
from proxying import HttpProxy, SocksProxy
from web import Web

from monitor.collect.crawl import Crawl
from monitor.collect.proxies import Proxy

PUBLIC = "93.184.215.14"
ADDED = (PUBLIC, "10.0.0.1", "100.64.0.1", "169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::")
INNER = ("127.0.0.1", "::1", *ADDED[1:])
LITERALS = {
    "loopback": "127.0.0.1",
    "short": "127.1",
    "hexadecimal": "0x7f000001",
    "decimal": "2130706433",
    "octal": "0177.0.0.1",
    "zero": "0",
    "circled digits": "①②⑦.⓪.⓪.①",
    "with a dot": "127.0.0.1.",
    "six": "[::1]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped in hexadecimal": "[::ffff:7f00:1]",
    "private": "10.0.0.1",
    "metadata": "169.254.169.254",
    "carrier NAT": "100.64.0.1",
    "NAT64": "[64:ff9b::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "name of loopback": "inner.test",
    "name of both": "mixed.test",
}


class Names(asyncio.DatagramProtocol):
    """A name server: the answers of a name in turn, the last for ever."""

    def __init__(self) -> None:
        self.book = {
            "public.test": [[PUBLIC]],
            "inner.test": [["127.0.0.1"]],
            "mixed.test": [[PUBLIC, "127.0.0.1"]],
            "rebinding.test": [[PUBLIC], ["127.0.0.1"]],
        }

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple) -> None:
        labels, at = [], 12
        while size := data[at]:
            labels.append(data[at + 1 : at + 1 + size].decode())
            at += 1 + size
        question, kind = data[12 : at + 5], int.from_bytes(data[at + 1 : at + 3])
        answers = self.book.get(".".join(labels).lower())
        found = []
        if answers and kind == 1:
            found = answers.pop(0) if len(answers) > 1 else answers[0]
        head = data[:2] + struct.pack("!HHHHH", 0x8180 if answers else 0x8183, 1, len(found), 0, 0)
        body = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + socket.inet_aton(one) for one in found
        )
        self._transport.sendto(head + question + body, addr)


class Bench:
    """The webs, the proxies and a crawl that may call what is public."""

    def __init__(self, allow: list[str]) -> None:
        self.allow = allow
        self.public, self.inner, self.desk = Web(), Web(), MemoryDesk()
        self.http, self.socks = HttpProxy(), SocksProxy()
        self.hidden, self.hidden_socks = HttpProxy(), SocksProxy()  # they stand on the loopback
        self.ends: dict[str, dict[str, object]] = {}

    async def start(self, names: Names) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: names, local_addr=("127.0.0.1", 53)
        )
        await self.public.start((PUBLIC,))
        self.inner.port = self.public.port
        await self.inner.start(INNER)
        await self.http.start(PUBLIC)
        await self.socks.start(PUBLIC)
        await self.hidden.start()
        await self.hidden_socks.start()
        self.inner.say("/feed", "lines\n1|Secret")
        self.public.say("/feed", "lines\n1|News")
        self.public.say("/robots.txt", status=404)
        await self.begin()

    async def begin(self) -> None:
        """Begin with no connection and no name in mind."""
        proxies = {
            "http": f"http://{PUBLIC}:{self.http.port}",
            "socks": f"socks5://{PUBLIC}:{self.socks.port}",
            "hidden": f"http://127.0.0.1:{self.hidden.port}",
            "hidden-socks": f"socks5://127.0.0.1:{self.hidden_socks.port}",
            "named": f"http://inner.test:{self.hidden.port}",
        }
        settings = QUICK | {
            "EGRESS_ALLOW": self.allow,
            "ROBOTSTXT_OBEY": True,
            "DOWNLOAD_TIMEOUT": 10,
            "PROXIES": {name: Proxy(name=name, url=url) for name, url in proxies.items()},
        }
        clock = lambda: datetime(2022, 9, 10, 12, tzinfo=UTC)  # noqa: E731 - as short as it is
        self.hub = Crawl(self.desk, LinesReader(), clock, random.Random(1), settings)
        await self.hub.start()

    async def begin_again(self) -> None:
        await self.hub.stop(timedelta(seconds=10))
        await self.begin()

    async def stop(self) -> None:
        await self.hub.stop(timedelta(seconds=10))
        for one in (self.public, self.inner, *self._all_proxies):
            await one.stop()

    def url(self, host: str, path: str = "/feed") -> str:
        return f"http://{host}:{self.public.port}{path}"

    async def ask(self, case: str, url: str, name: str = "", **more: object) -> None:
        """Poll a source and keep how it ended, with who was called meanwhile."""
        inner, proxied = len(self.inner.asked), self._proxied()
        await poll(self.hub, source(url, name or f"s{len(self.ends)}", **more))
        last = self.desk.last
        self.ends[case] = {
            "error": last.error,
            "called": len(self.inner.asked) - inner,
            "proxied": self._proxied() - proxied,
            "new": last.new,
        }

    @property
    def _all_proxies(self) -> tuple[HttpProxy | SocksProxy, ...]:
        return (self.http, self.socks, self.hidden, self.hidden_socks)

    def _proxied(self) -> int:
        return sum(len(one.asked) for one in self._all_proxies)


async def tried(bench: Bench) -> None:
    """Try everything."""
    await bench.ask("public", bench.url("public.test"))
    for how, via in (("direct", "direct"), ("http", "proxy:http"), ("socks", "proxy:socks")):
        for case, host in LITERALS.items():
            await bench.ask(f"{how}: {case}", bench.url(host), via=[via])
    userinfo = f"http://169.254.169.254:{bench.public.port}\\@public.test:{bench.public.port}/feed"
    await bench.ask("userinfo", userinfo)
    targets = {"a file": "file:///etc/passwd", "loopback": bench.url("127.0.0.1")}
    targets |= {"a name of loopback": bench.url("inner.test"), "data": "data:,lines"}
    for number, (case, target) in enumerate(targets.items()):
        bench.public.say(f"/to{number}", status=302, headers={"Location": target})
        await bench.ask(f"redirect to {case}", bench.url("public.test", f"/to{number}"))
        there = bench.url("public.test", f"/to{number}")
        await bench.ask(f"redirect by proxy to {case}", there, via=["proxy:http"])
    await bench.ask("proxy on loopback", bench.url("public.test"), via=["proxy:hidden"])
    await bench.ask("SOCKS on loopback", bench.url("public.test"), via=["proxy:hidden-socks"])
    await bench.ask("proxy named on loopback", bench.url("public.test"), via=["proxy:named"])
    for name in ("intranet", "metadata.google.internal", "printer.local"):
        await bench.ask(f"proxy to {name}", bench.url(name), via=["proxy:http"])
    await linked(bench)
    await rebound(bench)


async def linked(bench: Bench) -> None:
    """Let what a public site says lead to ours."""
    bench.public.say("/article/1", status=302, headers={"Location": bench.url("127.0.0.1")})
    bench.public.say("/linked", "lines\n1|News|2022-09-10T11:30+00:00")
    await bench.ask("link of an entry", bench.url("public.test", "/linked"), article=True)
    older = bench.url("127.0.0.1", "/older?page={page}")
    bench.inner.say("/older?page=2", "lines\n2|Secret")
    for case, number in (("a source with older pages", 1), ("older", 9)):
        bench.public.say("/gap", f"lines\n{number}|News")
        await bench.ask(case, bench.url("public.test", "/gap"), "gap", older=older)
    bench.public.say("/robots.txt", status=302, headers={"Location": bench.url("127.0.0.1")})
    await bench.begin_again()
    await bench.ask("robots", bench.url("public.test"))
    bench.public.say("/robots.txt", status=404)


async def rebound(bench: Bench) -> None:
    """Let a name lead to a public address, and then to ours."""
    await bench.begin_again()
    await bench.ask("rebinding, at first", bench.url("rebinding.test"))
    await bench.begin_again()
    await bench.ask("rebinding", bench.url("rebinding.test", "/feed?again"))


async def main(allow: list[str]) -> dict[str, object]:
    bench = Bench(allow)
    await bench.start(Names())
    await tried(bench)
    await bench.stop()
    return {"ends": bench.ends, "called": len(bench.inner.asked)}


def settle_in() -> None:
    """Give the loopback its addresses, and the resolver our name server."""
    run = lambda *words: subprocess.run(words, check=True)  # noqa: E731 - as short as it is
    run("ip", "link", "set", "lo", "up")
    for address in ADDED:
        run("ip", "address", "add", address, "dev", "lo")
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    run("mount", "--bind", file.name, "/etc/resolv.conf")
    Path(file.name).unlink()


if __name__ == "__main__":
    settle_in()
    everything = ["0.0.0.0/0", "::/0"] if "open" in sys.argv else []
    json.dump(asyncio.run(main(everything)), sys.stdout)
