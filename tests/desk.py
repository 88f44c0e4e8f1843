"""The archive's side of a crawl, in memory, and pages that are quickly read."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from monitor.collect.crawl import Crawl
from monitor.collect.served import Served
from monitor.collect.verdict import Poll
from monitor.collect.ways import ways
from monitor.config.source import Source
from monitor.errors import PageError
from monitor.ingest import is_fresh
from monitor.model import Article, Entry, Fetch, Kind, Outcome, Page, SourceState

GRACE = timedelta(seconds=30)
QUICK = {
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_TIMEOUT": 30,
    "ROBOTSTXT_OBEY": False,
    "EGRESS_ALLOW": ["127.0.0.0/8"],
}


class LinesReader:
    """Stands in for the sandbox: a page is `lines`, then one entry per line, `id|title|time`.

    `lines /p2` names the page of what came before. The page of an entry is `article`, then its
    text.
    """

    async def read(self, kind: str, served: Served) -> Page:
        head, *lines = served.body.decode().splitlines()
        first, _, older = head.partition(" ")
        if first not in {"lines", "cut"}:
            raise PageError("this is not a page of lines")
        prints = {line: hashlib.sha256(line.encode()).hexdigest()[:16] for line in lines}
        entries = [
            entry(served, *line.split("|"), fingerprint=prints[line], raw=line.encode())
            for line in lines
            if prints[line] not in served.known
        ]
        problem = "the page ends in the middle of an entry" if first == "cut" else None
        return Page(
            entries=entries,
            fingerprints=list(prints.values()),
            problem=problem,
            older=urljoin(served.url, older) if older else None,
        )

    async def read_article(self, served: Served) -> Article:
        first, _, text = served.body.decode().partition("\n")
        if first != "article":
            raise PageError("this is not an article")
        return Article(url="", title="", text=text)


class MemoryDesk:
    """An archive in memory that can be told to fail, and remembers what it was asked."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[str, datetime]] = {}  #: link and time of each entry
        self.states: dict[str, SourceState] = {}
        self.archived: dict[tuple[str, str], Entry] = {}
        self.offered: list[tuple[str, bool]] = []
        self.fresh: dict[str, bool] = {}  #: whether each entry would be told
        self.settled: list[Fetch] = []
        self.unwritable: set[str] = set()
        self.broken: set[str] = set()  #: sources whose state or settle cannot be had
        self.busy: asyncio.Event | None = None
        self.waits = asyncio.Event()
        self.inside = 0
        self._settling = asyncio.Event()
        self.most_inside = 0

    async def state(self, source_id: str) -> SourceState:
        if f"state {source_id}" in self.broken:
            raise OSError("the disk is gone")
        return self.states.get(source_id, SourceState(id=source_id))

    async def ingest(self, entry: Entry, source: Source, *, fresh_since: datetime | None) -> bool:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            if self.busy is not None:
                self.waits.set()
                await self.busy.wait()
            await asyncio.sleep(0)
            self.offered.append((entry.id, fresh_since is not None))
            self.fresh[entry.id] = is_fresh(entry.published_at, fresh_since)
            if entry.id in self.unwritable:
                raise OSError("the disk is full")
            key = (entry.source, entry.id)
            known = self.archived.get(key)
            self.archived[key] = entry
            self._seen.setdefault(entry.id, (entry.url, self._clock()))
            return known is None or known.title != entry.title
        finally:
            self.inside -= 1

    async def had(
        self, source_id: str, entries: Collection[Entry], before: datetime
    ) -> frozenset[str]:
        shared = Counter(link for link, _ in self._seen.values())
        known = {link for link, at in self._seen.values() if at <= before and shared[link] == 1}
        return frozenset(
            one.id
            for one in entries
            if (one.id in self._seen and self._seen[one.id][1] <= before) or one.url in known
        )

    async def settle(self, fetch: Fetch) -> None:
        if f"settle {fetch.source}" in self.broken:
            raise OSError("the disk is gone")
        self.settled.append(fetch)
        self._settling.set()
        self._settling.clear()
        before = self.states.get(fetch.source, SourceState(id=fetch.source))
        after = replace(
            before,
            last_outcome=fetch.outcome,
            last_error=fetch.error,
            last_cause=fetch.cause,
            ways_tried_at=fetch.ways_tried_at,
        )
        if fetch.outcome in {Outcome.WHOLE, Outcome.UNCHANGED}:
            self.states[fetch.source] = replace(
                after,
                etag=fetch.etag,
                last_modified=fetch.last_modified,
                body_hash=fetch.body_hash,
                fingerprints=before.fingerprints | (fetch.fingerprints or frozenset()),
                first_fetched_at=before.first_fetched_at
                or (None if fetch.unfinished else fetch.finished_at),
                failures=0,
                read_at=fetch.finished_at,
                newest_at=fetch.newest_at or before.newest_at,
                way=fetch.way,
                detour=fetch.detour,
                hole=fetch.hole,
                hole_since=fetch.hole_since,
                gap_at=fetch.gap_at,
                moved_to=fetch.moved_to or before.moved_to,
            )
        else:
            self.states[fetch.source] = replace(after, failures=before.failures + 1)

    async def has_settled(self, ids: Collection[str]) -> None:
        """Wait until each of these sources was settled."""
        while not set(ids) <= {fetch.source for fetch in self.settled}:
            await self._settling.wait()

    @property
    def last(self) -> Fetch:
        return self.settled[-1]


def entry(served: Served, id_: str, title: str, at: str = "", **more: object) -> Entry:
    return Entry(
        id=id_,
        source=served.source,
        url=urljoin(served.url, f"/article/{id_}"),
        title=title,
        text="",
        language="ru",
        published_at=datetime.fromisoformat(at) if at else None,
        **more,
    )


def source(url: str, id_: str = "ria", **more: object) -> Source:
    facts = {"name": id_, "country": "ru", "kind": Kind.STATE, "language": "ru"} | more
    return Source(id=id_, url=url, **facts)


def asked(state: SourceState, at: datetime | None = None, **more: object) -> Poll:
    """A source that is being asked by its first way."""
    one = source("http://example.org/feed", **more)
    started = at or state.last_fetched_at or datetime(2022, 9, 10, 12, tzinfo=UTC)
    return Poll(source=one, state=state, known=state, started_at=started, way=ways(one)[0])


async def poll(hub: Crawl, *sources: Source) -> None:
    for one in sources:
        hub.submit(one)
    await hub.idle()
