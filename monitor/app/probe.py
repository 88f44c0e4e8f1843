"""What this server can see: every way to every source, asked once; nothing is kept.

It is the real crawl, with a desk that remembers nothing and archives nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from monitor.collect.crawl import Crawl
from monitor.collect.sandbox import Sandbox
from monitor.collect.ways import Way, ways
from monitor.config.source import Source
from monitor.errors import Cause
from monitor.model import Entry, Fetch, Outcome, SourceState

_GRACE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one way to a source shows."""

    way: Way
    seen: bool
    cause: Cause | None  #: why not, or why not whole
    words: str
    entries: int
    newest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all ways to a source show, the best way first."""

    source: Source
    looks: tuple[Look, ...]

    @property
    def by(self) -> Look | None:
        """Return the first way that shows it; None if this server is blind to it."""
        return next((look for look in self.looks if look.seen), None)


class _Glance:
    """A desk that keeps nothing but how each fetch ended."""

    def __init__(self, settled: Callable[[int], None]) -> None:
        self.ends: dict[str, Fetch] = {}
        self.newest: dict[str, datetime] = {}  #: when the newest entry of each was published
        self._settled = settled

    async def state(self, source_id: str) -> SourceState:
        """Return that nothing is remembered."""
        return SourceState(id=source_id)

    async def ingest(
        self,
        entry: Entry,
        source: Source,
        *,
        fresh_since: datetime | None,  # noqa: ARG002 - as every desk has it
    ) -> bool:
        """Archive nothing; keep how new it is."""
        if entry.published_at is not None:
            newest = self.newest.get(source.id, entry.published_at)
            self.newest[source.id] = max(newest, entry.published_at)
        return False

    async def had(
        self,
        source_id: str,  # noqa: ARG002 - as above
        entries: Collection[Entry],  # noqa: ARG002 - as above
        before: datetime,  # noqa: ARG002 - as above
    ) -> frozenset[str]:
        """Return that no entry is known."""
        return frozenset()

    async def settle(self, fetch: Fetch) -> None:
        """Keep how a fetch ended."""
        self.ends[fetch.source] = fetch
        self._settled(len(self.ends))


async def probe(
    sources: Sequence[Source],
    settings: Mapping[str, object],
    clock: Callable[[], datetime],
    rng: Random,
    advance: Callable[[int, int], None],
) -> list[Seen]:
    """Ask every way to every source once; `advance` hears how many have answered, of how many."""
    asked = [(source, way) for source in sources for way in ways(source)]
    questions = [_question(way, number) for number, (_, way) in enumerate(asked)]
    desk = _Glance(lambda done: advance(done, len(asked)))
    sandbox = Sandbox()
    crawl = Crawl(desk, sandbox, clock, rng, settings)
    try:
        await crawl.start()
        advance(0, len(asked))
        for question in questions:
            crawl.submit(question)
        await crawl.idle()
    finally:
        await crawl.stop(_GRACE)
        await sandbox.close()
    looks: dict[str, list[Look]] = {source.id: [] for source in sources}
    for (source, way), question in zip(asked, questions, strict=True):
        looks[source.id].append(
            _look(way, desk.ends.get(question.id), desk.newest.get(question.id))
        )
    return [Seen(source=source, looks=tuple(looks[source.id])) for source in sources]


def _question(way: Way, number: int) -> Source:
    """Return a source that has this way only, and whose entries are enough."""
    via = "direct" if way.proxy is None else f"proxy:{way.proxy}"
    update = {"id": f"{way.source.id} {number}", "via": (via,), "article": False, "older": None}
    return way.source.model_copy(update=update)


def _look(way: Way, end: Fetch | None, newest_at: datetime | None) -> Look:
    if end is None:
        return Look(
            way=way,
            seen=False,
            cause=Cause.INTERNAL,
            words="the fetch did not end",
            entries=0,
            newest_at=None,
        )
    empty = end.outcome is not Outcome.FAILED and not end.seen
    return Look(
        way=way,
        seen=end.outcome is not Outcome.FAILED and not empty,
        cause=end.cause or (Cause.EMPTY if empty else None),
        words=end.error or ("it answers, and has no entries" if empty else ""),
        entries=end.seen,
        newest_at=newest_at,
    )
