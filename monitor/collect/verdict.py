"""What an answer means: how a fetch ends and what it leaves behind."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.collect.causes import explain_status
from monitor.collect.rhythm import expected, learned
from monitor.collect.schedule import adapted, next_poll, retry_after
from monitor.collect.ways import Way
from monitor.config.source import Pace, Source
from monitor.errors import Cause, Trouble
from monitor.model import Entry, Fetch, Outcome, Page, Rhythm, SourceState

#: What was published longer ago is no news when its source is fetched for the first time.
FRESH = timedelta(hours=24)
# What a source published so shortly before the newest thing we know may have come late.
_LATE = timedelta(hours=1)
# A source that says nothing at night is not at rest.
_REST = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A source that is being asked, by which way, and what we knew of it when we asked."""

    source: Source
    state: SourceState
    known: SourceState  #: what of it holds for this way: validators are those of one address
    started_at: datetime
    way: Way
    detour: str | None = None  #: why not by the first way
    ways_tried_at: datetime | None = None

    @property
    def gap_since(self) -> datetime | None:
        """Return when the source was last read whole before the first gap that is still open."""
        return self.state.hole_since if self.state.hole else self.state.read_at

    @property
    def fresh_since(self) -> datetime | None:
        """Return since when what is published is news; None where all that is unknown is.

        What another way than the last one shows was told by that one already, in other bytes.
        """
        if self.state.first_fetched_at is None:
            return self.started_at - FRESH
        if self.way.key != self.state.way:
            return (self.state.newest_at or self.started_at - FRESH) - _LATE
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    body_hash: str
    body: bytes = b""
    moved_to: str | None = None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the entries of a fetch, as it goes on."""

    seen: int = 0  #: entries on the newest page
    offered: int = 0  #: entries of all pages that were unknown
    new: int = 0  #: documents and revisions
    filled: int | None = None  #: of them, those that going back over a gap found; None: it did not
    marks: set[str] = field(default_factory=set)  #: fingerprints to remember
    lost: list[str] = field(default_factory=list)  #: what could not be archived, and why
    problems: list[Trouble] = field(default_factory=list)
    gap: bool = False  #: entries may have been missed
    hole: str | None = None  #: where going back goes on
    unmet: bool = False  #: going back came to an end, and had not met what was known
    unfinished: bool = False  #: some of the newest page is left for the next fetch
    entries: list[Entry] = field(default_factory=list)

    @property
    def trouble(self) -> Trouble | None:
        """Return what to say of a fetch that was read all the same."""
        if not self.problems:
            return None
        text = "; ".join(one.text for one in self.problems)
        return Trouble(cause=self.problems[0].cause, text=text)


def unread(state: SourceState, answer: Answer) -> Outcome | Trouble | None:
    """Return how the fetch ends without reading the page, or why it fails; None: read it."""
    if answer.status == 304:
        if state.etag or state.last_modified:
            return Outcome.UNCHANGED
        text = "http 304: unchanged, says the site, though nothing was known of it"
        return Trouble(cause=Cause.HTTP, text=text)
    if not 200 <= answer.status < 300:
        return explain_status(answer.status, answer.body)
    if answer.body_hash == state.body_hash:
        return Outcome.UNCHANGED
    return None


def nothing_in(page: Page) -> Trouble | None:
    """Return why a page counts as not read: it says nothing, and that is not as it should be."""
    if page.fingerprints or not page.problem:
        return None
    return Trouble(cause=page.cause or Cause.EMPTY, text=f"page: {page.problem}")


def problem_of(state: SourceState, page: Page) -> Trouble | None:
    """Return what is wrong with a page that was read."""
    if page.problem:
        return Trouble(cause=page.cause or Cause.INCOMPLETE, text=page.problem)
    if state.first_fetched_at and not page.fingerprints and state.fingerprints:
        return Trouble(cause=Cause.EMPTY, text="it had entries, and now has none")
    return None


def outcome(state: SourceState, tally: Tally) -> tuple[Outcome, Trouble | None]:
    """Return how the fetch of a page ends."""
    if tally.lost:
        count = f"{len(tally.lost)} of {tally.offered} entries could not be archived"
        text = f"{count}; the first: {tally.lost[0]}"
        return Outcome.PARTIAL, Trouble(cause=Cause.INCOMPLETE, text=text)
    known = not tally.offered and not tally.filled and state.first_fetched_at is not None
    return Outcome.UNCHANGED if known else Outcome.WHOLE, tally.trouble


def may_be_gap(poll: Poll, page: Page) -> bool:
    """Return whether nothing on the page was known before, by its bytes.

    Another way than the last one has other bytes: there the dates must all be later.
    """
    state = poll.state
    if poll.way.key != state.way:
        dates = [entry.published_at for entry in page.entries if entry.published_at]
        return bool(dates and state.newest_at and min(dates) > state.newest_at)
    known = state.fingerprints
    return bool(known and page.fingerprints) and known.isdisjoint(page.fingerprints)


def failed(
    poll: Poll, now: datetime, rng: random.Random, trouble: Trouble, answer: Answer | None
) -> Fetch:
    """Return the row of a fetch that brought nothing: what was remembered stays."""
    wish = retry_after(answer.retry_after, now) if answer is not None else None
    due = next_poll(
        now,
        poll.source.every,
        Outcome.FAILED,
        failures=poll.state.failures + 1,
        retry_after=wish,
        rng=rng,
    )
    return Fetch(
        source=poll.source.id,
        started_at=poll.started_at,
        finished_at=now,
        outcome=Outcome.FAILED,
        next_poll_at=due,
        status=answer.status if answer else None,
        error=trouble.text,
        cause=trouble.cause,
        pace=poll.state.pace,
        ways_tried_at=poll.ways_tried_at,
    )


def ended(poll: Poll, now: datetime, rng: random.Random, answer: Answer, tally: Tally) -> Fetch:
    """Return the row of a fetch: what it brought, what to remember, when to ask again.

    Only a page that was read and archived leaves new validators. One that was read with a
    problem leaves none: had it been cut short, a later 304 would hide the rest of it for good.
    """
    state = poll.known
    how, trouble = outcome(state, tally)
    partial = how is Outcome.PARTIAL
    keeps = partial or answer.status == 304
    etag, modified = state.etag, state.last_modified
    if not keeps:
        etag, modified = (None, None) if trouble else (answer.etag, answer.last_modified)
    pace = state.pace if partial else _pace(poll, now, tally)
    every = poll.source.every if partial or pace is None else pace
    due = next_poll(now, every, how, failures=state.failures + 1, retry_after=None, rng=rng)
    open_ = tally.hole is not None or tally.unmet or state.hole is None
    return Fetch(
        source=poll.source.id,
        started_at=poll.started_at,
        finished_at=now,
        outcome=how,
        next_poll_at=due,
        status=answer.status,
        etag=etag,
        last_modified=modified,
        # Nor its hash: the same bytes again would be taken for "unchanged", and be forgotten.
        body_hash=state.body_hash if keeps else "" if trouble else answer.body_hash,
        fingerprints=None if partial or not tally.marks else frozenset(tally.marks),
        seen=tally.seen,
        new=tally.new,
        gap=tally.gap,
        gap_at=now if tally.gap else state.gap_at if open_ else None,
        filled=tally.filled,
        hole=state.hole if partial else tally.hole,
        hole_since=state.hole_since if partial else poll.gap_since if tally.hole else None,
        unfinished=tally.unfinished,
        error=trouble.text if trouble else None,
        cause=trouble.cause if trouble else None,
        pace=pace,
        newest_at=_newest(state, now, tally),
        rhythm=_rhythm(poll, now, tally),
        way=poll.way.key,
        detour=poll.detour,
        ways_tried_at=poll.ways_tried_at,
        moved_to=answer.moved_to,
    )


def _spoken(tally: Tally, now: datetime) -> tuple[list[datetime], int]:
    """Return when what came was published, and how much of it says no moment one can believe.

    Where nothing is new to the archive, nothing came, though its bytes may be others.
    """
    if not tally.new:
        return [], 0
    said = [entry.published_at for entry in tally.entries]
    dated = [moment for moment in said if moment is not None and moment <= now]
    return dated, min(len(said) - len(dated), tally.new)


def _newest(state: SourceState, now: datetime, tally: Tally) -> datetime | None:
    """Return when the newest thing that the source says was published, or else seen."""
    dated, undated = _spoken(tally, now)
    before = () if state.newest_at is None else (state.newest_at,)
    return now if undated else max((*dated, *before), default=None)


def _rhythm(poll: Poll, now: datetime, tally: Tally) -> Rhythm | None:
    """Return how the source speaks, if that is known better now.

    A first page shows no silences: what stands on it may have been chosen. What is undated was
    said at the earliest when we had looked last; that we did not look is no silence.
    """
    state = poll.state
    dated, undated = _spoken(tally, now)
    if state.first_fetched_at is None or not (dated or undated):
        return None
    looked = state.failing_since or state.last_fetched_at or now
    times = [*dated, *[max(looked, state.newest_at or looked)] * undated]
    missed = tally.gap or tally.hole is not None
    return learned(state.rhythm, state.newest_at, times, now.date(), missed=missed)


def _pace(poll: Poll, now: datetime, tally: Tally) -> timedelta | None:
    """Return the interval from now on; None is the configured one."""
    source, state = poll.source, poll.state
    if source.pace is Pace.STEADY:
        return None
    spoke_at = state.newest_at or state.first_fetched_at or now
    rest = max(_REST, expected(state.rhythm, source.cadence) or _REST)
    pace = adapted(
        state.pace or source.every,
        source.every,
        overlap=_overlap(poll, tally),
        gap=tally.gap or (tally.filled is not None and state.hole is None),
        rests=now - spoke_at > rest,
    )
    return None if pace == source.every else pace


def _overlap(poll: Poll, tally: Tally) -> float | None:
    """Return how much of the newest page the archive had; None where that says nothing.

    An entry whose bytes are others and whose text is not is had.
    """
    if poll.state.first_fetched_at is None or poll.way.key != poll.state.way:
        return None
    if tally.filled is not None:
        return None  # what is new is not of the newest page alone
    return 1 - min(tally.new, tally.seen) / tally.seen if tally.seen else 1.0
