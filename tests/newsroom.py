"""A program that polls a few sites on a simulated clock, and what its operator hears."""

import hashlib
from datetime import datetime, timedelta
from random import Random

from rich.console import Console
from scrapy.http import Request, Response

from monitor.app.program import Program, World
from monitor.archive import deliveries, sources
from monitor.collect.fetching import Fetching
from monitor.config.load import Loader
from monitor.model import Entry, Page, State

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HEAD = """\
version: 1
timezone: Europe/Kyiv
route: {receiver: here}
operator: {receiver: ops}
receivers:
  - {name: here, console: {}}
  - {name: ops, console: {}}
"""
NAMES = {
    "mod": "Минобороны",
    "kremlin": "Кремль",
    "duma": "Госдума",
    "tass": "ТАСС",
    "ria": "РИА Новости",
    "rt": "RT",
    "genshtab": "Генштаб ЗСУ",
    "ukrinform": "Укрінформ",
}


class Site:
    """What one source says: a page of its latest news, or what keeps it from us."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.news: list[datetime] = []
        self.trouble: int | Exception | None = None
        self.empty = False
        self.headers: dict[str, str] = {}

    def kind(self, way):
        return self

    def request(self, state):
        return Request(self.url)

    reads_articles = False

    async def ask(self, request: Request) -> Response:
        if isinstance(self.trouble, Exception):
            raise self.trouble
        body = b"" if self.empty else repr(self.news[-20:]).encode()
        status = self.trouble or 200
        return Response(self.url, status=status, headers=self.headers, body=body, request=request)

    async def read(self, response: Response, known) -> Page:
        entries = [] if self.empty else [self.entry(at) for at in self.news[-20:]]
        return Page(
            entries=[one for one in entries if one.fingerprint not in known],
            fingerprints=[one.fingerprint for one in entries],
        )

    def entry(self, at: datetime) -> Entry:
        raw = f"{self.url} {at.isoformat()}".encode()
        return Entry(
            id=at.isoformat(),
            source=self.url.split("/")[2].removesuffix(".test"),
            url=f"{self.url}{at.isoformat()}",
            title="",
            text=f"Обстановка на {at:%H:%M}",
            language="ru",
            published_at=at,
            fingerprint=hashlib.sha256(raw).hexdigest()[:16],
            raw=raw,
        )


class Newsroom:
    """A program that polls some sites, its operator, and a clock."""

    def __init__(self, folder, store_url, clock) -> None:
        self.file = folder / "config.yaml"
        self.store_url = store_url
        self.clock = clock
        self.sites: dict[str, Site] = {}
        self.program: Program | None = None

    async def open(self, *ids: str, every: str = "2m", more: str = "") -> None:
        lines = [
            f"  - {{id: {id_}, name: {NAMES[id_]}, country: ru, kind: state,"
            f' url: "https://{id_}.test/", every: {every}, pace: steady{more}}}'
            for id_ in ids
        ]
        said = f"{HEAD}store: {self.store_url}\nsources:\n" + "\n".join(lines)
        self.file.write_text(said, encoding="utf-8")
        world = World(clock=self.clock, rng=Random(0), console=Console(quiet=True), durable=False)
        self.program = Program(Loader(environ={}).load(self.file), world)
        await self.program.use_sources(self.program.config.sources, self.clock())
        self.fetching = Fetching(self.program.ingest, self.clock, Random(0), lambda step: None)
        for id_ in ids:
            self.sites.setdefault(id_, Site(f"https://{id_}.test/"))

    async def close(self) -> None:
        await self.program.stop(timedelta(seconds=5))

    async def restart(self) -> None:
        ids = list(self.sites)
        await self.close()
        await self.open(*ids)

    async def live(self, length: timedelta, step: timedelta = MINUTE) -> None:
        end = self.clock() + length
        while self.clock() < end:
            self.clock.forward(step)
            await self.tick()

    async def tick(self) -> None:
        now = self.clock()
        configured = {one.id: one for one in self.program.config.sources}
        for state in self.program.store.read_now(lambda tx: sources.due(tx, now)):
            await self.fetching.fetch(configured[state.id], state, self.sites[state.id])
        await self.program.ingest.flush()
        await self.program.look(now)

    def heard(self) -> list[str]:
        return [f"{notice.subject}\n{notice.text}" for notice in self.notices()]

    def notices(self):
        rows = self.program.store.read_now(lambda tx: deliveries.rows(tx, list(State), 1000))
        return [row.about for row in rows if row.receiver == "ops"]

    def state(self, id_: str):
        return self.program.store.read_now(lambda tx: sources.state(tx, id_))
