"""A small world that outlives the program: what is published, who hears, who pulls the plug.

The program under test is the real one but for Scrapy's download and Telegram's network: the real
fetch, heart, archive and outbox, on a real database.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from scrapy.http import Request, Response

from monitor.archive import deliveries, sources
from monitor.archive.store import Store
from monitor.collect.fetching import Fetching
from monitor.config.receivers import ConsoleReceiver, Receiver
from monitor.config.routing import FloodLimit, Route
from monitor.config.schema import Config, MatchBlock, Rule
from monitor.config.source import Source
from monitor.config.vocabulary import Vocabulary
from monitor.errors import RetryLater
from monitor.ingest import Ingest, Watch
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import Alert, Delivery, Entry, Page
from monitor.notify.dispatch import Dispatch
from monitor.notify.message import Part
from monitor.notify.outbox import Outbox

SEPTEMBER = datetime(2022, 9, 10, 12, tzinfo=UTC)
MOD = Source(
    id="mod",
    name="Минобороны",
    country="ru",
    kind="official",
    language="ru",
    url="https://mod.test/",
)
WATCHED = ("перегруппировка", "мобилизация")


class Crash(BaseException):
    """The power is cut. Nothing of the program may answer it."""


@dataclass
class Item:
    """Something published; its words may change."""

    name: str
    text: str

    def entry(self) -> Entry:
        raw = f"<item>{self.name}: {self.text}</item>".encode()
        return Entry(
            id=self.name,
            source="mod",
            url=f"https://mod.test/{self.name}",
            title="",
            text=self.text,
            language="ru",
            published_at=SEPTEMBER,
            fingerprint=hashlib.sha256(raw).hexdigest()[:16],
            raw=raw,
        )


@dataclass
class World:
    """What is there before the program starts and after it dies."""

    items: list[Item] = field(default_factory=list)
    heard: list[tuple[str, bool]] = field(default_factory=list)  #: the words, and "a repeat?"
    crashes: list[int] = field(default_factory=list)  #: at which of a life's steps the power is cut
    shows: int = 1000  #: how many items a page has
    busy: int = 0  #: how often the chat says 429 before it listens
    now: datetime = SEPTEMBER
    lives: int = 0
    steps: list[str] = field(default_factory=list)  #: of the present life
    _dies_at: int | None = None
    _dead: bool = False

    def clock(self) -> datetime:
        return self.now

    def begin(self) -> None:
        self.lives += 1
        self.steps, self._dead = [], False
        self._dies_at = self.crashes.pop(0) if self.crashes else None

    def step(self, name: str) -> None:
        """Whatever touches the world says so; here the plug is pulled."""
        self.steps.append(name)
        if self._dead or len(self.steps) == self._dies_at:
            self._dead = True  # nothing that is still running in this life does anything any more
            raise Crash(name)

    @property
    def alive(self) -> bool:
        """Whether the last life ended by itself."""
        return not self._dead

    @property
    def etag(self) -> str:
        return hashlib.sha256(repr(self.items).encode()).hexdigest()[:8]

    def expected(self) -> set[str]:
        """What must have been heard: whatever stands there with a watched word."""
        return {
            item.text
            for item in self.items
            if any(word[:-1] in item.text.lower() for word in WATCHED)
        }


#: One chat that hears everything, one by one.
DESK = Config(
    version=1,
    receivers=(Receiver(name="desk", console=ConsoleReceiver()),),
    route=Route(receiver="desk"),
    flood_limit=FloodLimit(per_rule=1000, per_receiver=1000),
)


@cache
def watch() -> Watch:
    rules = [Rule(id="watched", match=MatchBlock(any=WATCHED))]
    compiled, problems = compile_rules(rules, Vocabulary(), Expander(None))
    assert not problems
    return Watch(
        dispatch=Dispatch(DESK),
        identifier=LanguageIdentifier("letters+fasttext"),
        matcher=Matcher(compiled),
        route=Route(receiver="desk"),
        operator=None,
    )


class Site:
    """The kind of spider that reads this world; it answers as a server with validators does.

    It shows its newest items, and the ones before them on pages of their own.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def request(self, state):
        return Request(MOD.url, meta={"etag": state.etag, "end": len(self.world.items)})

    def older(self, url: str) -> Request:
        return Request(url, meta={"etag": None, "end": int(url.partition("=")[2])})

    reads_articles = False

    def kind(self, way):
        return self

    async def ask(self, request: Request) -> Response:
        self.world.step("site.asked")
        end = request.meta["end"]
        if end == len(self.world.items) and request.meta["etag"] == self.world.etag:
            return Response(MOD.url, status=304, request=request)
        body = "\n".join(item.text for item in self.world.items[:end]).encode()
        headers = {"ETag": self.world.etag}
        return Response(request.url, status=200, body=body, headers=headers, request=request)

    async def read(self, response: Response, known: Collection[str]) -> Page:
        end = response.meta["end"]
        begin = max(0, end - self.world.shows)
        entries = [item.entry() for item in self.world.items[begin:end]]
        return Page(
            entries=tuple(one for one in entries if one.fingerprint not in known),
            fingerprints=tuple(one.fingerprint for one in entries),
            older=f"{MOD.url}?before={begin}" if begin else None,
        )


class Chat:
    """A sender whose other side outlives the program."""

    chat = None

    def __init__(self, world: World) -> None:
        self.world = world

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        about = delivery.about
        text = about.document.text if isinstance(about, Alert) else about.subject
        mark = "repeat" if delivery.uncertain else ""
        return (Part(html=mark, plain=text),)

    async def send(self, part: Part) -> str:
        self.world.step("chat.asked")
        if self.world.busy:
            self.world.busy -= 1
            raise RetryLater("429", after=timedelta(seconds=30))
        self.world.heard.append((part.plain, part.html == "repeat"))
        self.world.step("chat.answered")
        return str(len(self.world.heard))

    async def close(self) -> None:
        pass


@dataclass(frozen=True)
class Parts:
    """The parts of the program; a sabotage replaces one."""

    ingest: type[Ingest] = Ingest
    fetching: type[Fetching] = Fetching
    outbox: Callable[..., Outbox] = Outbox
    chat: Callable[[World], Chat] = Chat
    at_start: Callable[[Store], object] = lambda store: store.write_now(deliveries.release_leases)


async def live(world: World, url: str, parts: Parts) -> None:
    """One life of the program: it starts, polls, delivers, and ends, or is killed on the way."""
    world.begin()
    store = Store(url, step=world.step, durable=False)
    try:
        store.lock()
        parts.at_start(store)
        store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], world.now))
        ingest = parts.ingest(store, watch(), world.clock)
        site = Site(world)
        fetching = parts.fetching(ingest, world.clock, random.Random(0), world.step)
        for state in store.read_now(lambda tx: sources.due(tx, world.now)):
            await fetching.fetch(MOD, state, site)
            await ingest.flush()
        outbox = parts.outbox(
            store,
            {"desk": parts.chat(world)},
            clock=world.clock,
            rng=random.Random(0),
            tell_operator=tell_nobody,
            step=world.step,
        )
        await outbox.drain()
    finally:
        store.close()


def tell_nobody(tx, **notice: object) -> None:
    """There is no operator here."""


def lives(world: World, url: str, parts: Parts = Parts(), most: int = 40) -> None:
    """Live until everything is quiet: no crash is left, and a life had nothing more to do."""
    for _ in range(most):
        left = len(world.crashes)
        try:
            asyncio.run(live(world, url, parts))
        except Crash:
            left = 1
        world.now += timedelta(hours=2)
        if not left and not world.busy and "chat.asked" not in world.steps:
            return
