"""Which documents tell one story. Every function works inside the caller's transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from monitor.archive.documents import matches_of
from monitor.archive.schema import documents, sketches, sources, stories
from monitor.model import Archived, Copy, Kind, Match, Provenance, Severity

_AT_ONCE = 1_000  # sketches


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document of a story: the newest text of an entry."""

    archived: Archived
    copy: Copy
    language: str | None
    matches: Sequence[Match]  #: loudest first, of all its texts

    @property
    def severity(self) -> Severity | None:
        """Return the loudest of its matches; None where no rule found it."""
        return self.matches[0].severity if self.matches else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A story with all that belongs to it."""

    id: int
    begun_at: datetime
    last_at: datetime
    documents: Sequence[Told]  #: the first one first

    @property
    def ref(self) -> str:
        """Return its short name for people: "s17"."""
        return f"s{self.id}"

    @property
    def first(self) -> Told:
        """Return what was published first, of all that we saw."""
        return self.documents[0]

    @property
    def sources(self) -> Sequence[Provenance]:
        """Return who told it, each once, the first one first."""
        return tuple({one.copy.source.id: one.copy.source for one in self.documents}.values())

    @property
    def span(self) -> timedelta:
        """Return how much later than the first document the last one was published."""
        return self.documents[-1].copy.at - self.first.copy.at

    @property
    def rules(self) -> Sequence[Match]:
        """Return the rules that found it, loudest first, each once."""
        found = [match for one in self.documents for match in one.matches]
        return _each_once(found)


def begin(tx: Connection, at: datetime) -> int:
    """Begin a story; return its id. It has no documents until some `join` it."""
    statement = insert(stories).values(begun_at=at, last_at=at).returning(stories.c.id)
    return int(tx.execute(statement).scalar_one())


def join(tx: Connection, story_id: int, document_id: int, at: datetime, sketch: bytes) -> None:
    """Make a document one of a story's, and keep what likens it to others."""
    tx.execute(update(documents).where(documents.c.id == document_id).values(story_id=story_id))
    tx.execute(
        insert(sketches).values(
            document_id=document_id, story_id=story_id, seen_at=at, sketch=sketch
        )
    )
    later = (stories.c.id == story_id) & (stories.c.last_at < at)
    tx.execute(update(stories).where(later).values(last_at=at))


def of_document(tx: Connection, document_id: int) -> int | None:
    """Return the story of a document; None of one that was archived before there were stories."""
    statement = select(documents.c.story_id).where(documents.c.id == document_id)
    return tx.execute(statement).scalar()


def of_entry(tx: Connection, source: str, uid: str) -> int | None:
    """Return the story of an entry: that of its newest text that has one."""
    statement = (
        select(documents.c.story_id)
        .where(
            documents.c.source_id == source,
            documents.c.uid == uid,
            documents.c.story_id.is_not(None),
        )
        .order_by(documents.c.revision.desc())
        .limit(1)
    )
    return tx.execute(statement).scalar()


def begun_at(tx: Connection, story_id: int) -> datetime:
    """Return when the first document of a story was published, as it was when the story began."""
    statement = select(stories.c.begun_at).where(stories.c.id == story_id)
    began: datetime = tx.execute(statement).scalar_one()
    return began


def remembered(
    tx: Connection, since: datetime
) -> Iterator[tuple[int, int, str, datetime, bytes, datetime]]:
    """Yield the documents of the stories that began since then, in the order they were archived.

    Each with its story, its source, the moment it joined, its sketch, and the moment when its
    story began: what `Window.add` takes.
    """
    statement = (
        select(
            sketches.c.document_id,
            sketches.c.story_id,
            documents.c.source_id,
            sketches.c.seen_at,
            sketches.c.sketch,
            stories.c.begun_at,
        )
        .join(documents, documents.c.id == sketches.c.document_id)
        .join(stories, stories.c.id == sketches.c.story_id)
        .where(stories.c.begun_at >= since)
        .order_by(sketches.c.document_id)
    )
    for row in tx.execute(statement.execution_options(yield_per=_AT_ONCE)):
        yield row.document_id, row.story_id, row.source_id, row.seen_at, row.sketch, row.begun_at


def forget(tx: Connection, before: datetime) -> int:
    """Delete the sketches of stories that began before then; return how many. The rest stays."""
    old = select(stories.c.id).where(stories.c.begun_at < before)
    return tx.execute(delete(sketches).where(sketches.c.story_id.in_(old))).rowcount


def summary(tx: Connection, story_id: int) -> Summary | None:
    """Return a story with its documents, each once with its newest text; None where none is."""
    found = summaries(tx, [story_id])
    return found[0] if found else None


def summaries(tx: Connection, story_ids: Sequence[int]) -> Sequence[Summary]:
    """Return those of the stories that have documents, in the order that was asked for."""
    return tuple(one for story_id in story_ids if (one := _summary(tx, story_id)) is not None)


def _summary(tx: Connection, story_id: int) -> Summary | None:
    story = tx.execute(select(stories).where(stories.c.id == story_id)).first()
    if story is None:
        return None
    moment = func.coalesce(documents.c.published_at, documents.c.seen_at)
    statement = (
        select(
            *(documents.c[name] for name in ("id", "ref", "source_id", "uid", "revision", "url")),
            *(documents.c[name] for name in ("title", "text", "language")),
            moment.label("at"),
            *(sources.c[name] for name in ("name", "country", "kind")),
            sources.c.language.label("speaks"),
        )
        .join(sources, sources.c.id == documents.c.source_id, isouter=True)
        .where(documents.c.story_id == story_id)
        .order_by(moment, documents.c.id)
    )
    rows = tx.execute(statement).all()
    newest: dict[tuple[str, str], Any] = {}
    found: dict[tuple[str, str], list[Match]] = {}
    for row in rows:
        entry = (row.source_id, row.uid)
        found.setdefault(entry, []).extend(matches_of(tx, row.id))
        if entry not in newest or newest[entry].revision < row.revision:
            newest[entry] = row
    told = [_told(row, _each_once(found[entry])) for entry, row in newest.items()]
    if not told:
        return None
    told.sort(key=lambda one: (one.copy.at, one.archived.id))
    return Summary(
        id=story_id, begun_at=story.begun_at, last_at=story.last_at, documents=tuple(told)
    )


def _told(row: Any, found: Sequence[Match]) -> Told:
    known = row.name is not None
    source = Provenance(
        id=row.source_id,
        name=row.name if known else row.source_id,
        country=row.country if known else "",
        kind=Kind(row.kind) if known else Kind.INDEPENDENT,
        language=row.speaks,
    )
    return Told(
        archived=Archived(id=row.id, ref=row.ref, revision=row.revision),
        copy=Copy(
            ref=row.ref,
            source=source,
            title=row.title or row.text[:200],
            url=row.url,
            at=row.at,
        ),
        language=row.language,
        matches=tuple(found),
    )


def _each_once(found: Sequence[Match]) -> Sequence[Match]:
    """Return matches loudest first, of each rule the loudest."""
    each: dict[str, Match] = {}
    for match in sorted(found, key=lambda one: (-one.severity.rank, one.rule)):
        each.setdefault(match.rule, match)
    return tuple(each.values())
