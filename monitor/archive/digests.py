"""What a receiver heard in a day or a week, and which digests of that were sent.

A digest is queued in the transaction that remembers it: one of each receiver, period and local
date, whatever happens in between. What it counts is looked up when it is claimed.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from monitor.archive import queueing
from monitor.archive.schema import alerts, deliveries, digests, documents, matches, notifications
from monitor.archive.schema import sources as sources_table
from monitor.archive.sources import provenance
from monitor.model import Copy, Count, Digest, Fate, Form, Period, Severity, State, TopStory

#: How many stories are told of at the most.
STORIES = 10
#: What a story is called where its first document has no title.
_CALLED = 140

_HEARD = tuple(fate.value for fate in Fate if fate.heard)
_OPEN = (State.QUEUED.value, State.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One digest: whose, of when, and the local date that names it."""

    receiver: str
    period: Period
    date: date
    since: datetime
    until: datetime  #: the first moment after it: when it is due

    @property
    def ref(self) -> str:
        """Return its short name for people: "daily-2022-09-10"."""
        return f"{self.period}-{self.date.isoformat()}"


class _Heard(NamedTuple):
    """A rule that a receiver heard of in a document."""

    document: Row[Any]
    rule: str
    title: str
    severity: Severity


def of_edition(tx: Connection, edition: Edition, now: datetime) -> Digest:
    """Return what is to be said of a period as it stands now, without its picture."""
    return _digest(tx, edition, unseen(tx), now)


def of_delivery(tx: Connection, receiver: str, payload: Mapping[str, Any]) -> Digest:
    """Return what a delivery of the form DIGEST says, from its receiver and its payload."""
    edition = Edition(
        receiver=receiver,
        period=Period(payload["period"]),
        date=date.fromisoformat(payload["date"]),
        since=datetime.fromisoformat(payload["since"]),
        until=datetime.fromisoformat(payload["until"]),
    )
    picture = tx.execute(select(digests.c.picture).where(_is(edition))).scalar()
    raised_at = datetime.fromisoformat(payload["raised_at"])
    return _digest(tx, edition, tuple(payload["blind"]), raised_at, picture)


def queue(tx: Connection, edition: Edition, picture: bytes | None, now: datetime) -> bool:
    """Queue a digest and remember it; return False where that was done before."""
    if is_settled(tx, edition):
        return False
    payload = {
        "period": edition.period.value,
        "date": edition.date.isoformat(),
        "since": edition.since.isoformat(),
        "until": edition.until.isoformat(),
        "blind": list(unseen(tx)),
        "raised_at": now.isoformat(),
    }
    delivery_id = queueing.queue(tx, form=Form.DIGEST, receiver=edition.receiver, payload=payload)
    _let_go(tx, edition.receiver, edition.period)
    _remember(tx, edition, delivery_id, picture)
    return True


def skip(tx: Connection, edition: Edition) -> bool:
    """Remember that a digest is not sent; return False where it was sent or skipped before."""
    if is_settled(tx, edition):
        return False
    _remember(tx, edition, None, None)
    return True


def is_settled(tx: Connection, edition: Edition) -> bool:
    """Return whether a digest was queued, or skipped."""
    found = tx.execute(select(digests.c.date).where(_is(edition))).first()
    return found is not None


def latest(tx: Connection, receiver: str, period: Period) -> date | None:
    """Return the date of the last digest that was queued or skipped; None before the first."""
    statement = (
        select(digests.c.date)
        .where(digests.c.receiver == receiver, digests.c.period == period.value)
        .order_by(digests.c.date.desc())
        .limit(1)
    )
    found = tx.execute(statement).scalar()
    return None if found is None else date.fromisoformat(found)


def forget_others(tx: Connection, wanted: Collection[tuple[str, Period]]) -> None:
    """Forget all about digests that nobody wants any more, but for those that still wait.

    Whoever wants them again later begins anew.
    """
    pairs = [(receiver, period.value) for receiver, period in wanted]
    waits = select(deliveries.c.id).where(deliveries.c.state.in_(_OPEN))
    unwanted = tuple_(digests.c.receiver, digests.c.period).not_in(pairs)
    tx.execute(
        delete(digests).where(
            unwanted, or_(digests.c.delivery_id.is_(None), digests.c.delivery_id.not_in(waits))
        )
    )


def unseen(tx: Connection) -> Sequence[str]:
    """Return the names of the sources of which the operator knows that they are not seen."""
    found = select(sources_table.c.name).where(
        sources_table.c.active.is_(True), sources_table.c.blind_since.is_not(None)
    )
    return tuple(tx.execute(found.order_by(sources_table.c.name)).scalars())


def _is(edition: Edition) -> Any:
    return and_(
        digests.c.receiver == edition.receiver,
        digests.c.period == edition.period.value,
        digests.c.date == edition.date.isoformat(),
    )


def _remember(
    tx: Connection, edition: Edition, delivery_id: int | None, picture: bytes | None
) -> None:
    tx.execute(
        insert(digests).values(
            receiver=edition.receiver,
            period=edition.period.value,
            date=edition.date.isoformat(),
            delivery_id=delivery_id,
            picture=picture,
        )
    )


def _let_go(tx: Connection, receiver: str, period: Period) -> None:
    """Let go of the pictures that have arrived: the archive can draw them again."""
    waits = select(deliveries.c.id).where(deliveries.c.state.not_in((State.SENT.value,)))
    tx.execute(
        update(digests)
        .where(
            digests.c.receiver == receiver,
            digests.c.period == period.value,
            digests.c.picture.is_not(None),
            digests.c.delivery_id.not_in(waits),
        )
        .values(picture=None)
    )


def _digest(
    tx: Connection,
    edition: Edition,
    blind: Sequence[str],
    raised_at: datetime,
    picture: bytes | None = None,
) -> Digest:
    heard = tuple(_heard(tx, edition))
    return Digest(
        ref=edition.ref,
        period=edition.period,
        since=edition.since,
        until=edition.until,
        counts=_counts(heard),
        stories=_stories(heard),
        blind=blind,
        raised_at=raised_at,
        picture=picture,
    )


def _heard(tx: Connection, edition: Edition) -> Iterable[_Heard]:
    """Return every rule of every document that the receiver heard of in the period, in order."""
    statement: Select[Any] = (
        select(
            notifications.c.rules,
            documents.c.id.label("document_id"),
            documents.c.ref,
            documents.c.source_id,
            documents.c.uid,
            documents.c.url,
            documents.c.title.label("headline"),
            func.substr(documents.c.text, 1, 2 * _CALLED).label("text"),
            documents.c.published_at,
            documents.c.seen_at,
            documents.c.story_id,
            *(sources_table.c[name] for name in ("id", "name", "country", "kind", "language")),
            matches.c.rule_id,
            matches.c.title.label("rule_title"),
            matches.c.severity,
        )
        .join(alerts, alerts.c.id == notifications.c.alert_id)
        .join(documents, documents.c.id == alerts.c.document_id)
        .join(sources_table, sources_table.c.id == documents.c.source_id)
        .join(matches, matches.c.document_id == documents.c.id)
        .where(
            notifications.c.receiver == edition.receiver,
            notifications.c.made_at >= edition.since,
            notifications.c.made_at < edition.until,
            notifications.c.fate.in_(_HEARD),
        )
        .order_by(notifications.c.made_at, documents.c.id, matches.c.rule_id)
    )
    for row in tx.execute(statement):
        # Before there were routes nobody wrote down which rules: it was all of them.
        if not row.rules or row.rule_id in row.rules:
            yield _Heard(row, row.rule_id, row.rule_title, Severity(row.severity))


def _counts(heard: Iterable[_Heard]) -> Sequence[Count]:
    """Return how often each rule matched, most frequent first; its title as it was last."""
    last: dict[str, _Heard] = {}
    sides: defaultdict[str, Counter[Any]] = defaultdict(Counter)
    for one in heard:
        last[one.rule] = one
        said_by = provenance(one.document)
        sides[one.rule][(said_by.country, said_by.kind)] += 1
    counts = [
        Count(rule=rule, title=one.title, severity=one.severity, sides=dict(sides[rule]))
        for rule, one in last.items()
    ]
    return tuple(sorted(counts, key=lambda c: (-c.total, -c.severity.rank, c.rule)))


def _stories(heard: Iterable[_Heard]) -> Sequence[TopStory]:
    """Return the stories that most sources told, then most often, then loudest."""
    told: defaultdict[tuple[str, object], list[_Heard]] = defaultdict(list)
    for one in heard:
        row = one.document
        own = ("document", (row.source_id, row.uid))
        told[own if row.story_id is None else ("story", row.story_id)].append(one)
    found = sorted(map(_story, told.values()), key=_most_copied_first)
    return tuple(found[:STORIES])


def _story(heard: Sequence[_Heard]) -> TopStory:
    rows = {(one.document.source_id, one.document.uid): one.document for one in reversed(heard)}
    first = min(rows.values(), key=lambda row: (_moment(row), row.document_id))
    return TopStory(
        first=Copy(
            ref=first.ref,
            source=provenance(first),
            title=first.headline or _beginning(first.text),
            url=first.url,
            at=_moment(first),
        ),
        severity=max((one.severity for one in heard), key=lambda severity: severity.rank),
        sources=len({row.source_id for row in rows.values()}),
        documents=len(rows),
    )


def _most_copied_first(story: TopStory) -> tuple[int, int, int, datetime, str]:
    return (
        -story.sources,
        -story.documents,
        -story.severity.rank,
        story.first.at,
        story.first.ref,
    )


def _moment(row: Row[Any]) -> datetime:
    """Return when it was published or, where nobody says or can be believed, when it was seen."""
    at: datetime = row.seen_at
    return min(row.published_at or at, at)


def _beginning(text: str) -> str:
    line = next(iter(text.split("\n")), "")
    if len(line) <= _CALLED:
        return line
    return line[:_CALLED].rsplit(" ", 1)[0] + "…"
