"""One fetch, from the first question to its one settle.

the ways to a source, until one is read
  | unread? | the spider kind's read | the pages of its entries | desk.ingest, entry by entry
  | back over a gap, page by page | desk.settle
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from scrapy.http import Response

from monitor.collect import articles, paging, verdict
from monitor.collect.articles import Completed
from monitor.collect.asking import Asking, Kind, NoSuchKind, answer_of
from monitor.collect.causes import explain
from monitor.collect.dates import home_zone, is_day
from monitor.collect.entries import believed
from monitor.collect.reading import Reading
from monitor.collect.verdict import Answer, Poll, Tally
from monitor.collect.ways import Way, detour, to_try, ways
from monitor.config.source import Source
from monitor.errors import Cause, MonitorError, StoreUnusable, Trouble
from monitor.model import Entry, Fetch, Page, SourceState

log = logging.getLogger(__name__)


class Desk(Protocol):
    """What a fetch needs of the archive."""

    async def state(self, source_id: str) -> SourceState:
        """Return what is remembered of a source."""

    async def ingest(self, entry: Entry, source: Source, *, fresh_since: datetime | None) -> bool:
        """Archive an entry; return whether that made a new document or revision.

        Raises if it could not be archived.
        """

    async def had(
        self, source_id: str, entries: Collection[Entry], before: datetime
    ) -> frozenset[str]:
        """Return the ids of those entries that it had documents of at that moment."""

    async def settle(self, fetch: Fetch) -> None:
        """Write down how a fetch ended."""


class Abandoned(MonitorError):
    """The program stops: this fetch ends without a settle, and is still due."""


class _NotRead(MonitorError):
    """A way did not bring the page."""

    def __init__(self, trouble: Trouble, answer: Answer) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble
        self.answer = answer


class Fetching:
    """Brings answers to the desk; entries of all sources pass one at a time."""

    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], datetime],
        rng: random.Random,
        step: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._rng = rng
        self._step = step
        self._one_entry = asyncio.Lock()
        self.abandoned = False  #: set when nothing more may be written

    async def fetch(self, source: Source, state: SourceState, asking: Asking) -> Sequence[Entry]:
        """Ask a source by its ways until one is read, and settle; return its new entries."""
        now = self._clock()
        some, from_first = to_try(source, state, now)
        tried_at = now if from_first and len(some) > 1 else state.ways_tried_at
        poll = Poll(
            source=source,
            state=state,
            known=state,
            started_at=now,
            way=some[0],
            ways_tried_at=tried_at,
        )
        troubles: list[tuple[Trouble, Answer | None]] = []
        for way in some:
            failed = [(one, trouble) for one, (trouble, _) in zip(some, troubles, strict=False)]
            poll = replace(poll, way=way, detour=detour(way, failed, state.detour))
            try:
                return await self._by(poll, asking)
            except Abandoned:
                log.info("%s: abandoned; it is still due", source.id)
                return ()
            except _NotRead as error:
                troubles.append((error.trouble, error.answer))
            except Exception as error:  # noqa: BLE001 - said in the fetch's row
                troubles.append((_in_words(source, error), None))
        trouble, answer = _all_of(troubles, some), troubles[0][1]
        await self._settle(verdict.failed(poll, self._clock(), self._rng, trouble, answer))
        return ()

    async def fail(self, source: Source, error: Exception) -> None:
        """Settle a fetch of which not even what is remembered could be read."""
        state = SourceState(id=source.id)
        way = ways(source)[0]
        now = self._clock()
        poll = Poll(source=source, state=state, known=state, started_at=now, way=way)
        await self._settle(verdict.failed(poll, now, self._rng, _in_words(source, error), None))

    async def _by(self, poll: Poll, asking: Asking) -> Sequence[Entry]:
        """Read a source by one way, archive what it says and settle the fetch."""
        kind = asking.kind(poll.way)
        poll = replace(poll, known=_of_way(poll.state, poll.way))
        response = await asking.ask(kind.request(poll.known))
        self._step("fetch.received")
        answer = answer_of(response)
        end = verdict.unread(poll.known, answer)
        if isinstance(end, Trouble):
            raise _NotRead(end, answer)
        talk = _Talk(poll, kind, asking, answer, Tally(hole=poll.state.hole), Reading(asking.ask))
        if end is None:
            await self._read(talk, response)
        if talk.tally.hole is not None and paging.is_of(poll.way.source, talk.tally.hole):
            await self._go_back(talk)
        talk.tally.problems += talk.reading.problems()
        if answer.moved_to and answer.moved_to != poll.state.moved_to:
            log.info("%s has moved for good: change its url to %s", poll.source.id, answer.moved_to)
        await self._settle(verdict.ended(poll, self._clock(), self._rng, answer, talk.tally))
        return talk.tally.entries

    async def _read(self, talk: "_Talk", response: Response) -> None:
        """Read the newest page of a source and archive what it says."""
        poll, tally = talk.poll, talk.tally
        page = self._believed(poll, await talk.kind.read(response, poll.state.fingerprints))
        if trouble := verdict.nothing_in(page):
            raise _NotRead(trouble, talk.answer)
        self._step("fetch.parsed")
        tally.seen = len(page.fingerprints)
        if problem := verdict.problem_of(poll.state, page):
            tally.problems.append(problem)
        if verdict.may_be_gap(poll, page) and not await self._had(poll, page, poll.state.read_at):
            tally.gap = True
            tally.hole = paging.before(poll.way.source, page, None) or tally.hole
        tally.unfinished = not await self._ingest(talk, page)
        self._step("fetch.ingested")

    async def _go_back(self, talk: "_Talk") -> None:
        """Read what came before the newest page until it meets what was known.

        What cannot be read now is gone on with by the next fetch.
        """
        tally, source = talk.tally, talk.poll.way.source
        tally.filled = 0
        for _ in range(paging.MOST):
            if tally.hole is None or tally.lost:
                return
            try:
                there, page, met = await self._older(talk, tally.hole)
            except Exception as error:  # noqa: BLE001 - said in the fetch's row
                self._stop(tally, _in_words(source, error))
                return
            if page.fingerprints and tally.marks.issuperset(page.fingerprints):
                # The same page whatever the number: the site does not count so far.
                tally.hole, tally.unmet = None, True
                return
            before = tally.new
            whole = await self._ingest(there, page)
            tally.filled += tally.new - before
            if not whole:
                return  # the next fetch reads the rest of this page
            tally.hole = None if met else paging.before(source, page, tally.hole)
            tally.gap = tally.gap and tally.hole is not None

    def _stop(self, tally: Tally, trouble: Trouble) -> None:
        """End the going back for now, or for good where there is no such page."""
        if trouble.cause is Cause.GONE:
            tally.hole, tally.unmet = None, True
            return
        text = f"a gap is not filled yet: {trouble.text}"
        tally.problems.append(Trouble(cause=Cause.INCOMPLETE, text=text))

    async def _older(self, talk: "_Talk", url: str) -> tuple["_Talk", Page, bool]:
        """Return a page of what came before, how it is read, and whether it meets the known.

        The page is without the entries that are in the archive by now. What a fetch has archived
        that was cut short, by a crash, does not count as known: nobody knows how far it came; nor
        does what was found on earlier walks over the same gap.
        """
        poll, since = talk.poll, talk.poll.gap_since
        sitemap = paging.is_sitemap(poll.way.source, url)
        if sitemap:
            there = poll.way.source.model_copy(update={"spider": "sitemap", "url": url})
            talk = replace(talk, kind=talk.asking.kind(replace(poll.way, source=there)))
        response = await talk.asking.ask(talk.kind.older(url))
        answer = answer_of(response)
        end = verdict.unread(SourceState(id=poll.source.id), answer)
        if isinstance(end, Trouble):
            raise _NotRead(end, answer)
        page = self._believed(poll, await talk.kind.read(response, frozenset()))
        if trouble := verdict.nothing_in(page):
            raise _NotRead(trouble, answer)
        first_walk = poll.state.hole is None
        met = first_walk and not poll.state.fingerprints.isdisjoint(page.fingerprints)
        met = met or bool(await self._had(poll, page, since))
        known = await self._had(poll, page, self._clock())
        new = tuple(entry for entry in page.entries if entry.id not in known)
        if sitemap:
            return talk, replace(page, entries=paging.after(new, since), fingerprints=()), True
        return talk, replace(page, entries=new), met

    async def _had(self, poll: Poll, page: Page, moment: datetime | None) -> frozenset[str]:
        """Return the ids of the entries of a page that were in the archive at that moment."""
        if moment is None:
            return frozenset()
        return await self._desk.had(poll.source.id, page.entries, moment)

    def _believed(self, poll: Poll, page: Page) -> Page:
        return believed(page, self._clock(), home_zone(poll.source.country))

    async def _ingest(self, talk: "_Talk", page: Page) -> bool:
        """Archive the entries of a page, each with its own page where that is read.

        Returns whether none is left for the next fetch.
        """
        poll, tally = talk.poll, talk.tally
        tally.offered += len(page.entries)
        wanted = articles.wanted(page.entries, poll.fresh_since)
        asks = [e.id for e in page.entries if e.id in wanted and talk.kind.reads_articles]
        # What was asked for in vain before must not keep the others waiting.
        known = await self._had(poll, page, self._clock() if asks else None)
        again: set[str] = set()  # fingerprints of what is to be offered once more
        later = False
        for entry in sorted(page.entries, key=lambda one: one.id in known):
            done = (
                await talk.reading.completed(talk.kind, entry)
                if entry.id in asks
                else Completed(entry=entry)
            )
            later = later or done is None
            if done is None or done.again:
                again.add(entry.fingerprint)
            if done is not None and not await self._archive(poll, done.entry, tally):
                break
        tally.marks |= {mark for mark in page.fingerprints if mark not in again}
        return not later

    async def _archive(self, poll: Poll, entry: Entry, tally: Tally) -> bool:
        """Archive an entry; return whether the next one may fare better, if it failed."""
        since = poll.fresh_since
        if since and is_day(entry.published_at, home_zone(poll.source.country)):
            since -= timedelta(days=1)  # it may be of any hour of that day
        async with self._one_entry:
            if self.abandoned:
                raise Abandoned
            try:
                tally.new += await self._desk.ingest(entry, poll.source, fresh_since=since)
            except StoreUnusable as error:
                tally.lost.append(f"{entry.id}: {error}")
                return False
            except Exception as error:
                log.exception("%s: %s could not be archived", poll.source.id, entry.id)
                tally.lost.append(f"{entry.id}: {error}")
            else:
                tally.entries.append(replace(entry, raw=b""))  # the archive has it
        return True

    async def _settle(self, fetch: Fetch) -> None:
        if fetch.error is not None:
            log.warning("%s: %s: %s", fetch.source, fetch.outcome, fetch.error)
        if fetch.gap:
            log.warning("%s: nothing on the page was known; some may be missed", fetch.source)
        if self.abandoned:
            return
        try:
            await self._desk.settle(fetch)
        except StoreUnusable as trouble:
            log.error("%s: not settled, it is still due: %s", fetch.source, trouble)  # noqa: TRY400 - said in words
        except Exception:
            log.exception("%s: could not be settled; it is still due", fetch.source)


@dataclass(frozen=True, slots=True)
class _Talk:
    """A source that answers by one way, and what has become of its entries so far."""

    poll: Poll
    kind: Kind
    asking: Asking
    answer: Answer
    tally: Tally
    reading: Reading


def _of_way(state: SourceState, way: Way) -> SourceState:
    """Return what is known of a way: validators are those of one address."""
    if way.key == state.way:
        return state
    return replace(state, etag=None, last_modified=None, body_hash=None)


def _all_of(troubles: Sequence[tuple[Trouble, Answer | None]], tried: Sequence[Way]) -> Trouble:
    """Return what to say of a source that no way reads: the trouble of each, the first first."""
    first = troubles[0][0]
    if len(troubles) == 1:
        return first
    others = "; ".join(
        f"{way.said}: {trouble.text}"
        for way, (trouble, _) in zip(tried[1:], troubles[1:], strict=True)
    )
    return Trouble(cause=first.cause, text=f"{first.text}; {others}")


def _in_words(source: Source, error: BaseException) -> Trouble:
    if isinstance(error, _NotRead):
        return error.trouble
    if isinstance(error, NoSuchKind):
        return Trouble(cause=Cause.ADDRESS, text=f"spider: {error}")
    if (known := explain(error, source.url)) is not None:
        return known
    log.error("%s: a fault of our own", source.id, exc_info=error)
    return Trouble(cause=Cause.INTERNAL, text=f"internal: {type(error).__name__}: {error}")
