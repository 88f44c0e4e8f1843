"""Documents and what matched in them. Every function works inside the caller's transaction."""

import base64
import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, Select, func, insert, literal, or_, select

from monitor.archive.schema import alerts, documents, match_errors, matches, stumbles
from monitor.model import Archived, Document, Entry, Hit, Match, MatchError, Reason, Severity

Page = tuple[tuple[Archived, Document], ...]
Read = Callable[[Callable[[Connection], Page]], Page]

_SCHEMES = ("https", "http")
_PAGE = 200  # texts
_LONG = 8  # words; an alarm has fewer
# What is read of a text to look through it: all but the bytes that it was served as.
_WORDS = [
    documents.c[name]
    for name in (
        *("id", "ref", "source_id", "uid", "revision", "url", "title", "text", "language"),
        *("published_at", "seen_at", "forwarded_from", "error"),
    )
] + [literal(b"").label("raw")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which archived texts are meant; what is None does not narrow it.

    A text is of the moment when it was published or, where nobody says, when we saw it.
    """

    since: datetime | None = None
    until: datetime | None = None  #: the first moment that is no longer meant
    sources: Collection[str] | None = None
    languages: Collection[str] | None = None


def ref(source: str, uid: str) -> str:
    """Return a document's short name for people: the same for all its revisions."""
    digest = hashlib.sha256(f"{source}\0{uid}".encode()).digest()
    return base64.b32encode(digest)[:7].decode().lower()


def add(tx: Connection, document: Document, *, error: str | None = None) -> Archived | None:
    """Archive a text that its entry never had before; return None for one that it had.

    The same words under another id are the same entry where their link is the same too, and either
    they are of the same moment, or of none and the link is one page's, which never said anything
    else: sites that give all their entries new ids at once would repeat everything. Less than that
    is not enough: two equal warnings of one day are two, where a feed's dates have no time.
    """
    mine = (documents.c.source_id == document.source, documents.c.uid == document.uid)
    same_words = select(documents.c.uid, documents.c.url, documents.c.published_at).where(
        documents.c.source_id == document.source,
        documents.c.content_hash == document.content_hash,
    )
    for uid, url, published_at in tx.execute(same_words):
        if uid == document.uid:
            return None
        linked = bool(url) and url == document.url
        same_moment = published_at == document.published_at
        if linked and same_moment and (published_at is not None or _is_its_own(tx, document)):
            return None
    revision = tx.execute(
        select(func.coalesce(func.max(documents.c.revision), 0) + 1).where(*mine)
    ).scalar_one()
    name = ref(document.source, document.uid)
    statement = insert(documents).values(
        ref=name,
        source_id=document.source,
        uid=document.uid,
        revision=revision,
        url=document.url,
        title=document.title,
        text=document.text,
        language=document.language,
        published_at=document.published_at,
        seen_at=document.seen_at,
        forwarded_from=document.forwarded_from,
        content_hash=document.content_hash,
        sha256=document.sha256,
        raw=document.raw,
        error=error or document.problem,
    )
    row_id = tx.execute(statement.returning(documents.c.id)).scalar_one()
    tx.execute(
        stumbles.delete().where(
            stumbles.c.source_id == document.source, stumbles.c.uid == document.uid
        )
    )
    return Archived(id=row_id, ref=name, revision=revision)


def _is_its_own(tx: Connection, document: Document) -> bool:
    """Return whether a link is a page's that never said anything but these words."""
    if urlsplit(document.url).path in {"", "/"}:
        return False
    others = select(documents.c.id).where(
        documents.c.source_id == document.source,
        documents.c.url == document.url,
        documents.c.content_hash != document.content_hash,
    )
    return tx.execute(others.limit(1)).first() is None


def had(
    tx: Connection, source: str, entries: Collection[Entry], before: datetime
) -> frozenset[str]:
    """Return the ids of those entries that a source has documents of, seen until that moment.

    One with the same link counts as the same, where the link is of one entry only.
    """
    uids, urls = {entry.id for entry in entries}, {entry.url for entry in entries if entry.url}
    found = select(documents.c.uid, documents.c.url).where(
        documents.c.source_id == source,
        documents.c.seen_at <= before,
        or_(documents.c.uid.in_(uids), documents.c.url.in_(urls)),
    )
    rows = tx.execute(found.distinct()).all()
    known = {row.uid for row in rows}
    shared = Counter(row.url for row in rows)
    own = {url for url, count in shared.items() if count == 1}
    named = Counter(entry.url for entry in entries)
    return frozenset(e.id for e in entries if e.id in known or (e.url in own and named[e.url] == 1))


def add_matches(
    tx: Connection, document_id: int, found: Sequence[Match], errors: Sequence[MatchError]
) -> None:
    """Write down which rules the document satisfies, where, and which could not be evaluated."""
    if found:
        tx.execute(
            insert(matches),
            [
                {
                    "document_id": document_id,
                    "rule_id": match.rule,
                    "title": match.title,
                    "severity": match.severity.value,
                    "tags": list(match.tags),
                    "labels": dict(match.labels),
                    "hits": [[h.field, h.start, h.end, h.text, h.term] for h in match.hits],
                }
                for match in found
            ],
        )
    if errors:
        tx.execute(
            insert(match_errors),
            [
                {"document_id": document_id, "rule_id": error.rule, "reason": error.reason}
                for error in errors
            ],
        )


def rules_told(tx: Connection, document: Document) -> frozenset[str]:
    """Return the rules that receivers were to hear of for some revision of the entry.

    A page that says the same once more under another id and another date was told of when it said
    so first, or was old even then. That does not go for the shortest of texts: one alarm is like
    another, and they may all link to one page.
    """
    told = [reason.value for reason in Reason if reason.told]
    known = (documents.c.uid == document.uid) & alerts.c.reason.in_(told)
    if document.url and _is_long(document):
        same = documents.c.content_hash == document.content_hash
        known |= same & (documents.c.url == document.url) & (documents.c.uid != document.uid)
    statement = (
        select(matches.c.rule_id)
        .select_from(documents)
        .join(matches, matches.c.document_id == documents.c.id)
        .join(alerts, alerts.c.document_id == documents.c.id)
        .where(documents.c.source_id == document.source, known)
    )
    return frozenset(tx.execute(statement).scalars())


def _is_long(document: Document) -> bool:
    return len(f"{document.title} {document.text}".split()) >= _LONG


def matches_of(tx: Connection, document_id: int) -> tuple[Match, ...]:
    """Return what the document satisfies, loudest first."""
    rows = tx.execute(select(matches).where(matches.c.document_id == document_id)).all()
    found = [
        Match(
            rule=row.rule_id,
            title=row.title,
            severity=Severity(row.severity),
            tags=tuple(row.tags),
            labels=row.labels,
            hits=tuple(
                Hit(field=field, start=start, end=end, text=text, term=term)
                for field, start, end, text, term in row.hits
            ),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda m: (-m.severity.rank, m.rule)))


def incomplete_since(tx: Connection, source: str, uid: str, but: Archived) -> datetime | None:
    """Return when an entry was first seen, if no text of it but this one is whole; else None."""
    others = select(documents.c.seen_at, documents.c.error).where(
        documents.c.source_id == source, documents.c.uid == uid, documents.c.id != but.id
    )
    rows = tx.execute(others.order_by(documents.c.id)).all()
    return rows[0].seen_at if rows and all(row.error for row in rows) else None


def kept_quiet(
    tx: Connection, source: str, reason: Reason, since: datetime | None = None
) -> tuple[Document, ...]:
    """Return the source's documents that match but were not told for that reason, newest first.

    Those seen from `since` on; all of them where it is None.
    """
    seen = () if since is None else (documents.c.seen_at >= since,)
    statement = (
        select(documents)
        .join(alerts, alerts.c.document_id == documents.c.id)
        .where(documents.c.source_id == source, alerts.c.reason == reason.value, *seen)
        .order_by(documents.c.published_at.desc(), documents.c.id.desc())
    )
    return tuple(document for _, document in _read(tx, statement))


def since(tx: Connection, moment: datetime) -> tuple[Document, ...]:
    """Return what was first seen since that moment, oldest first."""
    statement = select(documents).where(documents.c.seen_at >= moment).order_by(documents.c.id)
    return tuple(document for _, document in _read(tx, statement))


def select_ids(tx: Connection, selection: Selection) -> Sequence[int]:
    """Return the ids of texts, newest document first, and of each document its newest text first.

    All texts of one document stand side by side. Eight bytes a text: millions of them fit.
    """
    moment = func.coalesce(documents.c.published_at, documents.c.seen_at)
    entry = (documents.c.source_id, documents.c.uid)
    statement = select(documents.c.id).order_by(
        func.max(moment).over(partition_by=entry).desc(),
        func.max(documents.c.id).over(partition_by=entry).desc(),
        documents.c.revision.desc(),
    )
    if selection.since is not None:
        statement = statement.where(moment >= selection.since)
    if selection.until is not None:
        statement = statement.where(moment < selection.until)
    if selection.sources is not None:
        statement = statement.where(documents.c.source_id.in_(selection.sources))
    if selection.languages is not None:
        statement = statement.where(documents.c.language.in_(selection.languages))
    found = tx.execute(statement.execution_options(yield_per=10_000))
    return array("q", found.scalars())


def stream(read: Read, ids: Sequence[int]) -> Iterator[tuple[Archived, Document]]:
    """Yield texts in the order of the ids, without their raw bytes; page by page.

    `read` is `Store.read_now`: each page is a transaction of its own, so that no reader, however
    slow, keeps the writer's log from being tidied up.
    """
    for at in range(0, len(ids), _PAGE):
        page = ids[at : at + _PAGE]
        yield from read(partial(_page, ids=page))


def _page(tx: Connection, ids: Sequence[int]) -> Page:
    statement = select(*_WORDS).where(documents.c.id.in_(ids))
    found = {archived.id: (archived, text) for archived, text in _read(tx, statement)}
    return tuple(found[one] for one in ids if one in found)


def errors_of(tx: Connection, document_id: int) -> tuple[MatchError, ...]:
    """Return the rules that could not be evaluated on the document."""
    rows = tx.execute(select(match_errors).where(match_errors.c.document_id == document_id))
    return tuple(MatchError(rule=row.rule_id, reason=row.reason) for row in rows)


def find(tx: Connection, name: str) -> tuple[tuple[Archived, Document], ...]:
    """Return every revision of what a link or a short name means, oldest first."""
    statement = (
        select(documents)
        .where((documents.c.url == name) | (documents.c.ref == name.removeprefix("#")))
        .order_by(documents.c.source_id, documents.c.uid, documents.c.revision)
    )
    return _read(tx, statement)


def sources_of(tx: Connection, host: str) -> tuple[str, ...]:
    """Return the sources that ever linked to a page of this host."""
    here = or_(*(documents.c.url.startswith(f"{scheme}://{host}/") for scheme in _SCHEMES))
    statement = select(documents.c.source_id).where(here).distinct()
    return tuple(sorted(tx.execute(statement).scalars()))


def by_id(tx: Connection, document_id: int) -> tuple[Archived, Document]:
    """Return one archived document."""
    (found,) = _read(tx, select(documents).where(documents.c.id == document_id))
    return found


def count(tx: Connection) -> int:
    """Return how many texts the archive holds."""
    return tx.execute(select(func.count()).select_from(documents)).scalar_one()


def stumble(tx: Connection, source: str, uid: str, error: str) -> int:
    """Note that an entry could not be archived; return how often that happened so far."""
    mine = (stumbles.c.source_id == source) & (stumbles.c.uid == uid)
    times: int | None = tx.execute(select(stumbles.c.times).where(mine)).scalar()
    if times is None:
        tx.execute(insert(stumbles).values(source_id=source, uid=uid, times=1, error=error))
        return 1
    tx.execute(stumbles.update().where(mine).values(times=times + 1, error=error))
    return times + 1


def _read(
    tx: Connection, statement: Select[tuple[object, ...]]
) -> tuple[tuple[Archived, Document], ...]:
    return tuple((_archived(row), _document(row)) for row in tx.execute(statement))


def _archived(row: Row[tuple[object, ...]]) -> Archived:
    return Archived(id=row.id, ref=row.ref, revision=row.revision)


def _document(row: Row[tuple[object, ...]]) -> Document:
    return Document(
        source=row.source_id,
        uid=row.uid,
        url=row.url,
        title=row.title,
        text=row.text,
        language=row.language,
        published_at=row.published_at,
        seen_at=row.seen_at,
        forwarded_from=row.forwarded_from,
        problem=row.error,
        raw=row.raw,
    )
