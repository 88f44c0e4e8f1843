"""What a row of the outbox is about: looked up when it is claimed, so it says what is so now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from monitor.archive import boards, digests, documents
from monitor.archive.schema import alerts, batches, deliveries, notifications, sources
from monitor.archive.schema import documents as documents_table
from monitor.archive.sources import provenance
from monitor.model import (
    About,
    Alert,
    AlertList,
    Copy,
    Document,
    Fate,
    Form,
    Gathered,
    Kind,
    News,
    Notice,
    Provenance,
    Reason,
    Severity,
    Story,
)

#: Of a text without a headline, what stands for one.
_BEGINNING = 120


def about(tx: Connection, row: Row[tuple[object, ...]], form: Form) -> About:
    """Return what a delivery says; `row` has its columns and those of its alert."""
    if form is Form.NOTICE:
        return _notice(row)
    if form is Form.LIST:
        return _list(tx, row, row.id)
    if row.batch_id is not None and form in {Form.EDIT, Form.COPIES}:
        return _list(tx, row, row.root_id) if form is Form.EDIT else _copies_of_list(tx, row)
    if form is Form.STATUS:
        return boards.of_delivery(row.payload)
    if form is Form.DIGEST:
        return digests.of_delivery(tx, row.receiver, row.payload)
    return _of_alert(tx, row, form)


def payload_of(news: News) -> dict[str, object]:
    """Return news as a row keeps it."""
    return {
        "sides": [[country, kind.value] for country, kind in news.sides],
        "rules": list(news.rules),
        "severity": news.severity.value if news.severity else None,
    }


def _of_alert(tx: Connection, row: Row[tuple[object, ...]], form: Form) -> Alert:
    alert = _alert(tx, row.alert_id, row.receiver)
    if form is Form.EDIT or alert.story is None:
        return alert
    # A message names what joined while it waited; what it says must not change later.
    alert = replace(alert, story=_only(alert.story, _given(tx, [row.id])))
    return replace(alert, news=_news(row.payload)) if form is Form.REPLY else alert


def _news(payload: Mapping[str, Any]) -> News:
    severity = payload["severity"]
    return News(
        sides=tuple((country, Kind(kind)) for country, kind in payload["sides"]),
        rules=tuple(payload["rules"]),
        severity=Severity(severity) if severity else None,
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        id=row.alert_id,
        ref=f"n{row.alert_id}",
        subject=row.subject,
        text=row.notice,
        severity=Severity(row.severity),
        raised_at=row.raised_at,
    )


def _list(tx: Connection, row: Row[Any], list_id: int) -> AlertList:
    """Return the list that a delivery told, with the copies that it, or a change of it, names."""
    batch = tx.execute(select(batches).where(batches.c.id == row.batch_id)).one()
    listed = select(notifications.c.alert_id).where(
        notifications.c.delivery_id == list_id, notifications.c.fate == Fate.LISTED.value
    )
    changes = select(deliveries.c.id).where(
        deliveries.c.root_id == list_id, deliveries.c.form == Form.EDIT.value
    )
    joined = _given(tx, [list_id, *(tx.execute(changes).scalars() if row.id != list_id else ())])
    alerts_ = [_alert(tx, one, row.receiver) for one in tx.execute(listed).scalars().all()]
    found = sorted(alerts_, key=lambda one: (_at(one.document), one.id))
    shown = set[int]()
    for number, one in enumerate(found):
        if one.story is not None:  # its copies stand beside its first line
            copies = joined if one.story.id not in shown else frozenset[str]()
            found[number] = replace(one, story=_only(one.story, copies))
            shown.add(one.story.id)
    return AlertList(
        id=batch.id,
        ref=f"b{batch.id}",
        gathered=Gathered(batch.cause),
        alerts=tuple(found),
        raised_at=batch.flushed_at or batch.due_at,
    )


def _copies_of_list(tx: Connection, row: Row[Any]) -> AlertList:
    """Return what joined stories that a list told of, where the list cannot be changed."""
    batch = tx.execute(select(batches).where(batches.c.id == row.batch_id)).one()
    given = select(notifications.c.alert_id).where(notifications.c.delivery_id == row.id)
    found = [_alert(tx, one, row.receiver) for one in tx.execute(given).scalars().all()]
    return AlertList(
        id=batch.id,
        ref=f"b{batch.id}",
        gathered=Gathered(batch.cause),
        alerts=tuple(replace(one, story=None) for one in found),
        raised_at=batch.flushed_at or batch.due_at,
    )


def _alert(tx: Connection, alert_id: int, receiver: str) -> Alert:
    """Return an alert as a receiver hears it: its rules, and the others of its story."""
    row = tx.execute(select(alerts).where(alerts.c.id == alert_id)).one()
    archived, document = documents.by_id(tx, row.document_id)
    matches = documents.matches_of(tx, row.document_id)
    mine = tx.execute(
        select(notifications.c.rules, notifications.c.story_id).where(
            notifications.c.alert_id == alert_id, notifications.c.receiver == receiver
        )
    ).one_or_none()
    if mine is not None and mine.rules:
        matches = tuple(match for match in matches if match.rule in mine.rules) or matches
    story = None if mine is None or mine.story_id is None else mine.story_id
    return Alert(
        id=alert_id,
        ref=archived.ref,
        document=document,
        revision=archived.revision,
        source=_provenance(tx, document.source),
        matches=matches,
        reason=Reason(row.reason),
        raised_at=row.raised_at,
        story=None if story is None else _story(tx, story, receiver, archived.ref),
    )


def _story(tx: Connection, story_id: int, receiver: str, ref: str) -> Story:
    """Return a story as a receiver is to see it beside the document `ref`, which it has."""
    texts = documents_table
    # Nothing is published after it was seen.
    at = case((texts.c.published_at < texts.c.seen_at, texts.c.published_at), else_=texts.c.seen_at)
    columns = (
        texts.c.ref,
        texts.c.title,
        func.substr(texts.c.text, 1, 2 * _BEGINNING).label("text"),
        texts.c.url,
        texts.c.published_at,
        texts.c.seen_at,
        sources,
    )
    of_story = (
        select(*columns)
        .join(sources, sources.c.id == texts.c.source_id)
        .where(texts.c.story_id == story_id)
        .order_by(at, texts.c.ref, texts.c.revision)
    )
    heard = (
        of_story.join(alerts, alerts.c.document_id == texts.c.id)
        .join(notifications, notifications.c.alert_id == alerts.c.id)
        .where(
            texts.c.ref != ref,
            notifications.c.receiver == receiver,
            notifications.c.fate.in_([Fate.JOINED.value, Fate.NEWS.value]),
        )
    )
    first = _copy(tx.execute(of_story.limit(1)).one())
    copies = {row.ref: _copy(row) for row in reversed(tx.execute(heard).all())}
    return Story(id=story_id, first=first, copies=tuple(reversed(copies.values())))


def _copy(row: Row[Any]) -> Copy:
    title = " ".join((row.title or row.text).split())
    return Copy(
        ref=row.ref,
        source=provenance(row),
        title=title if row.title else title[:_BEGINNING],
        url=row.url,
        at=_believable(row.published_at, row.seen_at),
    )


def _only(story: Story, refs: Collection[str]) -> Story:
    return replace(story, copies=tuple(copy for copy in story.copies if copy.ref in refs))


def _given(tx: Connection, delivery_ids: Iterable[int]) -> frozenset[str]:
    """Return the documents that were given to these messages to name."""
    statement = (
        select(documents_table.c.ref)
        .join(alerts, alerts.c.document_id == documents_table.c.id)
        .join(notifications, notifications.c.alert_id == alerts.c.id)
        .where(notifications.c.delivery_id.in_(list(delivery_ids)))
    )
    return frozenset(tx.execute(statement).scalars())


def _at(document: Document) -> datetime:
    return _believable(document.published_at, document.seen_at)


def _believable(published: datetime | None, seen: datetime) -> datetime:
    """Return when it was published; nothing is published after it was seen."""
    return seen if published is None else min(published, seen)


def _provenance(tx: Connection, source_id: str) -> Provenance:
    return provenance(tx.execute(select(sources).where(sources.c.id == source_id)).one())
