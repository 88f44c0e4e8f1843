"""A document, its match, and a store that was told of it."""

from datetime import UTC, datetime, timedelta

from monitor.archive import alerts, deliveries, documents, notifications, queueing, sources
from monitor.archive.store import Store
from monitor.model import (
    Document,
    Fate,
    Form,
    Hit,
    Kind,
    Match,
    Provenance,
    Reason,
    Severity,
)

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")
RETREAT = Document(
    source="mod",
    uid="post/1",
    url="https://example.org/1",
    title="",
    text="Войска перегруппированы.",
    language="ru",
    published_at=NOW - MINUTE,
    seen_at=NOW,
    raw="<item>Войска перегруппированы.</item>".encode("windows-1251"),
)
FOUND = Match(
    rule="reshuffling",
    title="Retreat called reshuffling",
    severity=Severity.HIGH,
    tags=("euphemism",),
    hits=(Hit(field="text", start=7, end=23, text="перегруппированы", term="перегруппировать"),),
)


def tell(tx, document_id: int, receivers=(), now=None, *, reason=Reason.FIRST, story=None) -> int:
    """Raise the alert of a document, and queue it for these receivers."""
    alert_id = alerts.raise_alert(
        tx, document_id=document_id, reason=reason, severity=Severity.HIGH, now=now or NOW
    )
    for receiver in receivers:
        delivery = queueing.queue(tx, form=Form.ALERT, receiver=receiver, alert_id=alert_id)
        notifications.add(
            tx,
            alert_id=alert_id,
            receiver=receiver,
            story_id=story,
            fate=Fate.TOLD,
            rules=(),
            now=now or NOW,
            delivery_id=delivery,
        )
    return alert_id


def told(store: Store, document: Document, *receivers: str) -> int:
    """Archive a document with one match, and queue its alert."""

    def work(tx):
        archived = documents.add(tx, document)
        documents.add_matches(tx, archived.id, [FOUND], [])
        return tell(tx, archived.id, receivers, NOW)

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://example.org/feed")], NOW))
    return store.write_now(work)


def claim(store: Store, now: datetime = NOW, *among: str):
    return store.write_now(lambda tx: deliveries.claim(tx, now, MINUTE, among or ("desk", "night")))
