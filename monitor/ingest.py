"""THE HEART: one document, one transaction: archived, matched, and its alert queued.

    entry → its language → its matches → ① document + matches + alert + deliveries
    a whole fetch                      → ② validators, fingerprints, next poll

Before ① nothing has happened; after it nothing can be forgotten. ② is written only when every
document that the fetch announced is committed: what was lost on the way is offered again.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.archive import alerts, documents, sources
from monitor.archive.store import Store, Transaction
from monitor.config.routing import Operator, Route
from monitor.config.source import Source
from monitor.errors import StoreUnusable
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher
from monitor.model import (
    Document,
    Entry,
    Fetch,
    Match,
    MatchError,
    Outcome,
    Reason,
    Severity,
    SourceState,
)
from monitor.notify.route import decide, receivers_for

log = logging.getLogger(__name__)

# What was published so long before it was seen is not told where only its page says so, later.
OLD = timedelta(hours=24)
# An entry that fails this often is archived as it is, with its error, instead of being lost.
PATIENCE = 3
# How long a source rests whose fetch could not be written down.
UNWRITTEN = timedelta(minutes=5)
# What the summary of a first fetch names, and the room it has: subscribers get one message.
SHOWN, ONE_MESSAGE = 10, 3000
# Settles of unchanged fetches are written together, at the latest when there are this many.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What we look for, and who hears of it; a reload puts another one in its place."""

    identifier: LanguageIdentifier
    matcher: Matcher
    route: Route
    operator: Operator | None


class Ingest:
    """Takes what was fetched into the archive, and queues what is to be said of it."""

    def __init__(
        self,
        store: Store,
        watch: Watch,
        clock: Callable[[], datetime],
        queued: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the clock for "seen at", and whom to wake when something was queued."""
        self.watch = watch
        self._store = store
        self._clock = clock
        self._queued = queued
        self._unchanged: list[Fetch] = []
        self._unwritten: dict[str, datetime] = {}  # fetches that could not be settled, till when

    @property
    def unsettled(self) -> frozenset[str]:
        """Return the sources that are due in the store only because nothing else is written yet."""
        now = self._clock()
        held = {source for source, until in self._unwritten.items() if until > now}
        return frozenset(held.union(fetch.source for fetch in self._unchanged))

    async def state(self, source_id: str) -> SourceState:
        """Return what we remember of a source."""
        return await self._store.read(lambda tx: sources.state(tx, source_id))

    async def ingest(self, entry: Entry, source: Source, *, fresh_since: datetime | None) -> bool:
        """Archive an entry; return whether its text is new to us.

        What was published before `fresh_since`, or at no moment that one can believe, is archived
        and matched, but told to nobody; None lets everything be told.

        Raises what went wrong, so that the fetch knows it is not whole. An entry that went wrong
        three times is archived with its error, and the operator is told.
        """
        watch, now = self.watch, self._clock()
        document = document_of(entry, now)
        fresh = is_fresh(document.published_at, fresh_since)
        try:
            tongue = watch.identifier.identify(document.title, document.text, source.language)
            document = document_of(entry, now, language=tongue.code)
            # Beside the loop: a text of a megabyte must not hold up what is being sent.
            found, errors = await asyncio.to_thread(
                watch.matcher.match, document.title, document.text, tongue, source.provenance
            )
            new, queued = await self._store.write(
                lambda tx: _write(tx, watch, document, found, errors, fresh=fresh), name="ingest"
            )
        except StoreUnusable:
            raise  # no fault of the document, and nothing could be counted now
        except Exception as error:
            if not await self._give_up(document, error):
                raise
            return True
        if queued:
            self._queued()
        return new

    async def settle(self, fetch: Fetch) -> None:
        """Write down how a fetch ended; an unchanged one at the latest at the next `flush`."""
        if fetch.is_quiet:
            self._unchanged.append(fetch)
            if len(self._unchanged) >= BATCH:
                await self.flush()
            return
        try:
            told = await self._store.write(lambda tx: self._settle(tx, fetch), name="settle")
        except StoreUnusable:
            # Its site must not be asked again and again because our disk is full.
            self._unwritten[fetch.source] = self._clock() + UNWRITTEN
            raise
        self._unwritten.pop(fetch.source, None)
        if told:
            self._queued()

    async def had(
        self, source_id: str, entries: Collection[Entry], before: datetime
    ) -> frozenset[str]:
        """Return the ids of those entries that we had documents of at that moment."""
        return await self._store.read(lambda tx: documents.had(tx, source_id, entries, before))

    async def flush(self) -> None:
        """Write down the unchanged fetches that wait for it."""
        if not self._unchanged:
            return
        waiting, self._unchanged = self._unchanged, []

        try:
            await self._store.write(lambda tx: sources.settle_unchanged(tx, waiting), name="flush")
        except StoreUnusable:
            self._unchanged = [*waiting, *self._unchanged]
            raise

    def _settle(self, tx: Transaction, fetch: Fetch) -> bool:
        """Write the fetch and, after the first whole one of a way, what was too old to be told."""
        state = sources.state(tx, fetch.source)
        first, turned = state.first_fetched_at is None, state.way != fetch.way
        sources.settle(tx, fetch)
        if not (first or turned) or fetch.unfinished or fetch.outcome is not Outcome.WHOLE:
            return False
        since = None if first else fetch.started_at
        old = documents.kept_quiet(tx, fetch.source, Reason.TOO_OLD, since)
        if not old:
            return False
        look = "First look" if first else "First look by another way"
        alerts.notice(
            tx,
            subject=f"{look} at {fetch.source}: {_documents(len(old))} from before",
            text=_summary(old),
            severity=Severity.INFO,
            receivers=receivers_for(self.watch.route),
            now=self._clock(),
        )
        return True

    async def _give_up(self, document: Document, error: Exception) -> bool:
        """Count the failure; return whether the document is now archived with its error."""
        reason = f"{type(error).__name__}: {error}"
        log.warning("%s %s could not be archived: %s", document.source, document.uid, reason)
        times = await self._store.write(
            lambda tx: documents.stumble(tx, document.source, document.uid, reason)
        )
        if times < PATIENCE:
            return False
        await self._store.write(lambda tx: self._archive_unread(tx, document, reason))
        self._queued()
        return True

    def _archive_unread(self, tx: Transaction, document: Document, reason: str) -> None:
        archived = documents.add(tx, document, error=reason)
        if archived is None or self.watch.operator is None:
            return
        alerts.notice(
            tx,
            subject=f"No rule could be tried on a document of {document.source}",
            text=f"It is archived as #{archived.ref} with its error: {reason}\n{document.url}",
            severity=Severity.HIGH,
            receivers=receivers_for(self.watch.operator),
            now=self._clock(),
        )


def document_of(entry: Entry, seen_at: datetime, *, language: str | None = None) -> Document:
    """Return what we archive of an entry: all of it, with text that every store can hold."""
    return Document(
        source=entry.source,
        uid=_storable(entry.id),
        url=_storable(entry.url),
        title=_storable(entry.title),
        text=_storable(entry.text),
        language=language,
        published_at=entry.published_at,
        seen_at=seen_at,
        forwarded_from=None if entry.forwarded_from is None else _storable(entry.forwarded_from),
        problem=None if entry.problem is None else _storable(entry.problem),
        raw=entry.raw,
    )


def is_fresh(published_at: datetime | None, since: datetime | None) -> bool:
    """Return whether a document is news; an undated one is not where only the new is."""
    return since is None or (published_at is not None and published_at >= since)


def _write(  # noqa: PLR0913  # the one transaction: all that belongs together
    tx: Transaction,
    watch: Watch,
    document: Document,
    found: Sequence[Match],
    errors: Sequence[MatchError],
    *,
    fresh: bool,
) -> tuple[bool, bool]:
    """Write ①; return whether the text is new, and whether somebody is to hear of it."""
    told = documents.rules_told(tx, document.source, document.uid)
    archived = documents.add(tx, document)
    if archived is None:
        return False, False
    documents.add_matches(tx, archived.id, found, errors)
    if archived.revision > 1 and document.published_at is not None:
        # Not an edit, if its page could only be read now: what is old in it is old.
        first_seen = documents.incomplete_since(tx, document.source, document.uid, archived)
        fresh = fresh and is_fresh(document.published_at, first_seen and first_seen - OLD)
    if not found:
        return True, False
    reason = decide(found, told, archived.revision, fresh)
    alerts.raise_alert(
        tx,
        document_id=archived.id,
        reason=reason,
        severity=max((match.severity for match in found), key=lambda severity: severity.rank),
        receivers=receivers_for(watch.route) if reason.told else (),
        now=document.seen_at,
    )
    return True, reason.told


def _storable(text: str) -> str:
    """Return text without what PostgreSQL or UTF-8 refuse: NUL and halves of characters."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _documents(number: int) -> str:
    return f"{number} matching document{'' if number == 1 else 's'}"


def _summary(old: Sequence[Document]) -> str:
    """Return the newest of them, a line each, in what one message holds."""
    lines: list[str] = []
    for document in old[:SHOWN]:
        line = _line(document)
        if sum(map(len, lines)) + len(line) > ONE_MESSAGE:
            break
        lines.append(line)
    more = len(old) - len(lines)
    return "\n".join([*lines, *([f"and {more} more; all are in the archive"] if more else [])])


def _line(document: Document) -> str:
    day = document.published_at.date().isoformat() if document.published_at else "undated"
    words = " ".join((document.title or document.text).split())
    return f"{day} {words[:120]} {document.url}"
