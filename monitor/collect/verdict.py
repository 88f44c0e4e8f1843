"""What an answer means: how a fetch ends and what it leaves behind."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.collect.causes import explain_status
from monitor.collect.schedule import next_poll, retry_after
from monitor.collect.ways import Way
from monitor.config.schema import Source
from monitor.errors import Cause, Trouble
from monitor.model import Entry, Fetch, Outcome, Page, SourceState

#: What was published longer ago is no news when its source is fetched for the first time.
FRESH = timedelta(hours=24)
# What a source published so shortly before the newest thing we know may have come late.
_LATE = timedelta(hours=1)


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
    offered: int = 0  #: of them, those that were unknown
    new: int = 0  #: documents and revisions
    filled: int | None = None  #: of them, those that going back over a gap found; None: it did not
    newest: datetime | None = None  #: when the newest of them was published
    marks: set[str] = field(default_factory=set)  #: fingerprints to remember
    lost: list[str] = field(default_factory=list)  #: what could not be archived, and why
    problems: list[Trouble] = field(default_factory=list)
    gap: bool = False  #: entries may have been missed
    hole: str | None = None  #: where going back goes on
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


def is_gap(poll: Poll, page: Page, new: int) -> bool:
    """Return whether nothing on the page, by its bytes or in the archive, was known before.

    Another way than the last one has other bytes.
    """
    known = poll.state.fingerprints
    return (
        poll.way.key == poll.state.way
        and bool(known and page.fingerprints)
        and known.isdisjoint(page.fingerprints)
        and new == len(page.entries)
    )


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
    due = next_poll(
        now, poll.source.every, how, failures=state.failures + 1, retry_after=None, rng=rng
    )
    closed = state.hole is not None and tally.hole is None
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
        gap_at=now if tally.gap else None if closed else state.gap_at,
        filled=tally.filled,
        hole=state.hole if partial else tally.hole,
        error=trouble.text if trouble else None,
        cause=trouble.cause if trouble else None,
        pace=state.pace,
        newest_at=_later(state.newest_at, tally.newest),
        way=poll.way.key,
        detour=poll.detour,
        ways_tried_at=poll.ways_tried_at,
        moved_to=answer.moved_to,
    )


def newest(entries: Sequence[Entry], now: datetime) -> datetime | None:
    """Return when the newest of some entries was published, as far as one can believe it."""
    return max(
        (e.published_at for e in entries if e.published_at and e.published_at <= now), default=None
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
