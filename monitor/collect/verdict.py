"""What an answer means: how a fetch ends and what it leaves behind."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.collect.causes import explain_status
from monitor.collect.schedule import next_poll, retry_after
from monitor.config.schema import Source
from monitor.model import Fetch, Outcome, Page, SourceState

_NO_ENTRIES = Page(entries=(), fingerprints=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A source that is being asked, and what we knew of it when we asked."""

    source: Source
    state: SourceState
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said besides the page itself."""

    status: int
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    body_hash: str


def unread(poll: Poll, answer: Answer) -> tuple[Outcome, str | None] | None:
    """Return how the fetch ends without reading the page, and why; None if it must be read."""
    asked = poll.state.etag or poll.state.last_modified
    if answer.status == 304:
        if asked:
            return Outcome.UNCHANGED, None
        return Outcome.FAILED, "http 304: unchanged, says the site, though nothing was known of it"
    if not 200 <= answer.status < 300:
        return Outcome.FAILED, explain_status(answer.status).text
    if answer.body_hash == poll.state.body_hash:
        return Outcome.UNCHANGED, None
    return None


def read(poll: Poll, page: Page, lost: Sequence[str]) -> tuple[Outcome, str | None]:
    """Return how the fetch of a page ends, given the entries that could not be archived."""
    if lost:
        count = f"{len(lost)} of {len(page.entries)} entries could not be archived"
        return Outcome.PARTIAL, f"{count}; the first: {lost[0]}"
    if not page.fingerprints and page.problem:
        return Outcome.FAILED, f"page: {page.problem}"
    known = not page.entries and poll.state.first_fetched_at is not None
    emptied = known and not page.fingerprints and bool(poll.state.fingerprints)
    problem = page.problem or ("it had entries, and now has none" if emptied else None)
    return Outcome.UNCHANGED if known else Outcome.WHOLE, problem


def ended(  # noqa: PLR0913 - each is a fact of the row that is written
    poll: Poll,
    now: datetime,
    rng: random.Random,
    outcome: Outcome,
    *,
    error: str | None = None,
    answer: Answer | None = None,
    page: Page = _NO_ENTRIES,
    new: int = 0,
) -> Fetch:
    """Return the row of a fetch: what it brought, what to remember, when to ask again.

    Only a page that was read and archived leaves new validators. One that was read with a
    problem leaves none: had it been cut short, a later 304 would hide the rest of it for good.
    """
    failed = outcome in {Outcome.PARTIAL, Outcome.FAILED}
    keeps = failed or answer is None or answer.status == 304
    etag, modified = poll.state.etag, poll.state.last_modified
    if not keeps and answer is not None:
        etag, modified = (None, None) if error else (answer.etag, answer.last_modified)
    wish = retry_after(answer.retry_after, now) if failed and answer is not None else None
    due = next_poll(
        now,
        poll.source.every,
        outcome,
        failures=poll.state.failures + 1,
        retry_after=wish,
        rng=rng,
    )
    return Fetch(
        source=poll.source.id,
        started_at=poll.started_at,
        finished_at=now,
        outcome=outcome,
        next_poll_at=due,
        status=answer.status if answer else None,
        etag=etag,
        last_modified=modified,
        # Nor its hash: the same bytes again would be taken for "unchanged", and be forgotten.
        body_hash=poll.state.body_hash if keeps or answer is None else _hash(answer, error),
        fingerprints=None if keeps or not page.fingerprints else frozenset(page.fingerprints),
        seen=len(page.fingerprints),
        new=new,
        gap=_gap(poll.state, page, new),
        error=error,
    )


def _hash(answer: Answer, problem: str | None) -> str:
    """Return what to remember of a body: of one with a problem only that there was one."""
    return "" if problem else answer.body_hash


def _gap(state: SourceState, page: Page, new: int) -> bool:
    """Return whether nothing on the page, by its bytes or in the archive, was known before."""
    known = state.fingerprints
    return (
        bool(known and page.fingerprints)
        and known.isdisjoint(page.fingerprints)
        and new == len(page.entries)
    )
