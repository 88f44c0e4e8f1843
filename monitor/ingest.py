"""THE HEART: one document, one transaction: archived, matched, and its alert queued.

    entry → its language, its matches, what is like it
          → ① document + matches + story + alert + what becomes of it + messages
    a whole fetch                      → ② validators, fingerprints, next poll

Before ① nothing has happened; after it nothing can be forgotten. ② is written only when every
document that the fetch announced is committed: what was lost on the way is offered again.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from monitor.archive import alerts, batches, documents, sources, stories
from monitor.archive.storable import document_of
from monitor.archive.store import Store, Transaction
from monitor.config.routing import Operator, Route, Stories
from monitor.config.source import Source
from monitor.errors import StoreUnusable
from monitor.match.language import LanguageIdentifier, Tongue
from monitor.match.matcher import Matcher
from monitor.model import (
    Archived,
    Document,
    Entry,
    Fetch,
    Match,
    MatchError,
    Outcome,
    Provenance,
    Reason,
    Severity,
    SourceState,
)
from monitor.notify import first_look
from monitor.notify.dispatch import Dispatch, Raised
from monitor.notify.gathered import flush
from monitor.notify.route import decide, receivers_for
from monitor.stories.sketch import Sketch, sketch
from monitor.stories.window import Window

log = logging.getLogger(__name__)

# What was published so long before it was seen is not told where only its page says so, later.
OLD = timedelta(hours=24)
# An entry that fails this often is archived as it is, with its error, instead of being lost.
PATIENCE = 3
# How long a source rests whose fetch could not be written down.
UNWRITTEN = timedelta(minutes=5)
# Settles of unchanged fetches are written together, at the latest when there are this many.
BATCH = 200
_SPAN = Stories().window


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What we look for, and who hears of it; a reload puts another one in its place."""

    identifier: LanguageIdentifier
    matcher: Matcher
    dispatch: Dispatch
    route: Route
    operator: Operator | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What is known of a document before it is archived."""

    document: Document
    source: Provenance
    matches: Sequence[Match]
    errors: Sequence[MatchError]
    sketch: Sketch
    fresh: bool

    @property
    def at(self) -> datetime:
        """Return when it was published; nobody publishes after it was seen."""
        published, seen = self.document.published_at, self.document.seen_at
        return seen if published is None else min(published, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What came of writing ①."""

    id: int
    story: int
    begun_at: datetime  #: when that story began
    queued: bool  #: whether a message waits


class Ingest:
    """Takes what was fetched into the archive, and queues what is to be said of it."""

    def __init__(
        self,
        store: Store,
        watch: Watch,
        clock: Callable[[], datetime],
        queued: Callable[[], None] = lambda: None,
        span: timedelta = _SPAN,
    ) -> None:
        """Take the clock for "seen at", and whom to wake when something was queued.

        `span` is how long documents can be copies of each other.
        """
        self.watch = watch
        self._span = span
        self._window = Window(span)
        self._placing = asyncio.Lock()  # two copies must not both be the first
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
            read = await asyncio.to_thread(
                _read, watch, document, tongue, source.provenance, fresh=fresh
            )
            written = await self._place(watch, read)
        except StoreUnusable:
            raise  # no fault of the document, and nothing could be counted now
        except Exception as error:
            if not await self._give_up(document, error):
                raise
            return True
        if written is not None and written.queued:
            self._queued()
        return written is not None

    async def recall(self) -> None:
        """Take up what later documents may be copies of; once, before the first one comes."""
        since = self._clock() - self._span
        self._window.forget(since)  # what began before takes nothing, as if we had never stopped
        for document_id, story, source, at, packed, begun_at in await self._store.read(
            lambda tx: tuple(stories.remembered(tx, since))
        ):
            shape = Sketch.from_bytes(packed)
            if shape is not None:  # another version of this program may have packed it
                self._window.add(document_id, story, source, shape, at, begun_at=begun_at)

    async def forget(self) -> None:
        """Let go of what nothing can be a copy of any more."""
        before = self._clock() - self._span
        async with self._placing:
            await asyncio.to_thread(self._window.forget, before)
        await self._store.write(lambda tx: stories.forget(tx, before))

    async def tell_gathered(self) -> None:
        """Turn what was gathered for later, and is due, into messages."""
        now = self._clock()
        failed: set[int] = set()
        while True:
            due = await self._store.read(lambda tx: batches.due(tx, now))
            batch = next((one for one in due if one.id not in failed), None)
            if batch is None:
                return
            try:
                told = await self._store.write(
                    partial(flush, batch=batch, now=now), name="gathered"
                )
            except StoreUnusable:
                raise
            except Exception:
                # The others must not wait for it; it is tried again at the next tick.
                log.exception("batch %s of %s cannot be told", batch.id, batch.receiver)
                failed.add(batch.id)
            else:
                if told:
                    self._queued()

    async def _place(self, watch: Watch, read: _Read) -> _Written | None:
        """Write ① with the story that a document belongs to; None for a text that is known."""
        async with self._placing:
            like = await asyncio.to_thread(
                self._window.find, read.sketch, source=read.source.id, at=read.at
            )
            story = None if like is None else like.story_id
            written = await self._store.write(
                lambda tx: _write(tx, watch, read, story, self._window), name="ingest"
            )
            if written is not None:
                await asyncio.to_thread(
                    self._window.add,
                    written.id,
                    written.story,
                    read.source.id,
                    read.sketch,
                    read.at,
                    begun_at=written.begun_at,
                )
            return written

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
        alerts.notice(
            tx,
            subject=first_look.subject(fetch.source, len(old), again=not first),
            text=first_look.summary(old),
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


def is_fresh(published_at: datetime | None, since: datetime | None) -> bool:
    """Return whether a document is news; an undated one is not where only the new is."""
    return since is None or (published_at is not None and published_at >= since)


def _read(
    watch: Watch, document: Document, tongue: Tongue, source: Provenance, *, fresh: bool
) -> _Read:
    found, errors = watch.matcher.match(document.title, document.text, tongue, source)
    return _Read(
        document=document,
        source=source,
        matches=found,
        errors=errors,
        sketch=_shape(document, tongue),
        fresh=fresh,
    )


def _shape(document: Document, tongue: Tongue) -> Sketch:
    """Return what likens a document to others; where that fails it is like none, but not lost."""
    try:
        return sketch(document.title, document.text, tongue.code)
    except Exception:
        log.exception("%s %s cannot be likened to others", document.source, document.uid)
        return sketch("", "", None)


def _write(
    tx: Transaction, watch: Watch, read: _Read, like: int | None, window: Window
) -> _Written | None:
    """Write ①, in the story `like` or one of its own; return None for a text that is known.

    An edited text stays in its story, and tells no rule twice, unless nothing of it is left: a page
    that is written anew is another document.
    """
    document = read.document
    told = documents.rules_told(tx, document)
    before = stories.of_entry(tx, document.source, document.uid)
    archived = documents.add(tx, document)
    if archived is None:
        return None
    # A few words are soon put otherwise; only of a longer text it can be that nothing is left.
    kept = None if before is None else window.is_of(read.sketch, before, source=document.source)
    if kept is False and not read.sketch.is_short:
        told, before = frozenset(), None
    story = next((one for one in (before, like) if one is not None), None)
    if story is None:
        story = stories.begin(tx, read.at)
    stories.join(tx, story, archived.id, read.at, read.sketch.to_bytes())
    documents.add_matches(tx, archived.id, read.matches, read.errors)
    fresh = read.fresh
    if archived.revision > 1 and document.published_at is not None:
        # Not an edit, if its page could only be read now: what is old in it is old.
        first_seen = documents.incomplete_since(tx, document.source, document.uid, archived)
        fresh = fresh and is_fresh(document.published_at, first_seen and first_seen - OLD)
    queued = False
    if read.matches:
        queued = _raise(
            tx, watch, read, archived, story, decide(read.matches, told, archived.revision, fresh)
        )
    begun_at = stories.begun_at(tx, story)
    return _Written(id=archived.id, story=story, begun_at=begun_at, queued=queued)


def _raise(  # noqa: PLR0913, PLR0917  # all that an alert is made of
    tx: Transaction, watch: Watch, read: _Read, archived: Archived, story: int, reason: Reason
) -> bool:
    """Write a document's alert and what becomes of it; return whether a message waits."""
    now = read.document.seen_at
    alert_id = alerts.raise_alert(
        tx,
        document_id=archived.id,
        reason=reason,
        severity=max((match.severity for match in read.matches), key=lambda one: one.rank),
        now=now,
    )
    if not reason.told:
        return False
    raised = Raised(
        alert_id=alert_id,
        archived=archived,
        document=read.document,
        source=read.source,
        matches=read.matches,
        story=story,
        now=now,
    )
    return watch.dispatch.tell(tx, raised)
