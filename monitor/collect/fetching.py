"""One fetch, from the answer to its one settle.

unread? | the spider kind's read | desk.ingest, entry by entry | desk.settle
"""

import asyncio
import hashlib
import logging
import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from scrapy import Request
from scrapy.http import Response

from monitor.collect.causes import explain
from monitor.collect.verdict import Answer, Poll, ended, read, unread
from monitor.config.schema import Source
from monitor.errors import MonitorError, StoreUnusable
from monitor.model import Entry, Fetch, Outcome, Page, SourceState

log = logging.getLogger(__name__)

_NOTHING = Page(entries=(), fingerprints=())


class Desk(Protocol):
    """What a fetch needs of the archive."""

    async def state(self, source_id: str) -> SourceState:
        """Return what is remembered of a source."""

    async def ingest(self, entry: Entry, source: Source, *, first_fetch: bool) -> bool:
        """Archive an entry; return whether that made a new document or revision.

        Raises if it could not be archived.
        """

    async def settle(self, fetch: Fetch) -> None:
        """Write down how a fetch ended."""


class Kind(Protocol):
    """What a fetch needs of a spider."""

    def request(self, state: SourceState) -> Request:
        """Return the request that asks the source for what is new."""

    async def read(self, response: Response, known: Collection[str]) -> Page:
        """Return what a response says."""


class NoSuchKind(MonitorError):
    """A source names a spider that is not there, or that cannot be used."""


class Abandoned(MonitorError):
    """The program stops: this fetch ends without a settle, and is still due."""


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

    async def finish(self, poll: Poll, kind: Kind, response: Response) -> Sequence[Entry]:
        """Archive what an answer says and settle its fetch; return the entries."""
        try:
            self._step("fetch.received")
            return await self._take(poll, kind, response)
        except Abandoned:
            log.info("%s: abandoned; it is still due", poll.source.id)
        except Exception as error:  # noqa: BLE001 - said in the fetch's row
            await self.fail(poll, error)
        return ()

    async def fail(self, poll: Poll, cause: BaseException | str) -> None:
        """Settle a fetch that brought nothing."""
        if not self.abandoned:
            await self._settle(poll, Outcome.FAILED, error=_words(poll, cause))

    async def _take(self, poll: Poll, kind: Kind, response: Response) -> Sequence[Entry]:
        answer = _answer(response)
        end = unread(poll, answer)
        if end is not None:
            await self._settle(poll, end[0], error=end[1], answer=answer)
            return ()
        page = await kind.read(response, poll.state.fingerprints)
        self._step("fetch.parsed")
        new, lost = await self._ingest(poll, page)
        self._step("fetch.ingested")
        outcome, error = read(poll, page, lost)
        await self._settle(poll, outcome, error=error, answer=answer, page=page, new=new)
        return page.entries

    async def _ingest(self, poll: Poll, page: Page) -> tuple[int, list[str]]:
        """Return how many documents and revisions were new, and what could not be archived."""
        new = 0
        lost: list[str] = []
        first = poll.state.first_fetched_at is None
        for entry in page.entries:
            async with self._one_entry:
                if self.abandoned:
                    raise Abandoned
                try:
                    new += await self._desk.ingest(entry, poll.source, first_fetch=first)
                except StoreUnusable as error:
                    lost.append(f"{entry.id}: {error}")
                    break  # the others would fare no better
                except Exception as error:
                    log.exception("%s: %s could not be archived", poll.source.id, entry.id)
                    lost.append(f"{entry.id}: {error}")
        return new, lost

    async def _settle(  # noqa: PLR0913 - passes on what the row consists of
        self,
        poll: Poll,
        outcome: Outcome,
        *,
        error: str | None = None,
        answer: Answer | None = None,
        page: Page = _NOTHING,
        new: int = 0,
    ) -> None:
        now = self._clock()
        fetch = ended(poll, now, self._rng, outcome, error=error, answer=answer, page=page, new=new)
        if fetch.error is not None:
            log.warning("%s: %s: %s", poll.source.id, outcome, fetch.error)
        if fetch.gap:
            log.warning("%s: nothing on the page was known; some may be missed", poll.source.id)
        try:
            await self._desk.settle(fetch)
        except StoreUnusable as trouble:
            log.error("%s: not settled, it is still due: %s", poll.source.id, trouble)  # noqa: TRY400 - said in words
        except Exception:
            log.exception("%s: could not be settled; it is still due", poll.source.id)


def _words(poll: Poll, cause: BaseException | str) -> str:
    if isinstance(cause, str):
        return cause
    if isinstance(cause, NoSuchKind):
        return f"spider: {cause}"
    if (known := explain(cause, poll.source.url)) is not None:
        return known.text
    log.error("%s: a fault of our own", poll.source.id, exc_info=cause)
    return f"internal: {type(cause).__name__}: {cause}"


def _answer(response: Response) -> Answer:
    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1").strip() if value else None

    return Answer(
        status=response.status,
        etag=header("ETag"),
        last_modified=header("Last-Modified"),
        retry_after=header("Retry-After"),
        body_hash=hashlib.sha256(response.body).hexdigest(),
    )
