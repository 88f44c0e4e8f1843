"""What a receiver heard, written as the heart writes it, and an archive to look at."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from monitor.archive import documents, sources
from monitor.archive.schema import alerts, deliveries, notifications
from monitor.archive.store import Store
from monitor.config.receivers import Receiver
from monitor.model import Document, Fate, Form, Kind, Match, Provenance, Severity, State

SUNDAY = datetime(2022, 9, 11, 6, tzinfo=UTC)  # 09:00 in Kyiv
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOURCES = {
    one.id: one
    for one in (
        Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru"),
        Provenance(id="tass", name="ТАСС", country="ru", kind=Kind.STATE, language="ru"),
        Provenance(id="ukrinform", name="Укрінформ", country="ua", kind=Kind.STATE, language="uk"),
        Provenance(id="dw", name="DW", country="de", kind=Kind.STATE, language="ru"),
    )
}


def receiver(name: str = "desk", **said: object) -> Receiver:
    given = {"console": {}} if "telegram" not in said else {}
    return Receiver.model_validate({"name": name, **given, **said})


def begin(store: Store) -> None:
    asked = [(one, f"https://{one.id}.test/") for one in SOURCES.values()]
    store.write_now(lambda tx: sources.sync(tx, asked, SUNDAY - DAY))


def hear(
    store: Store,
    uid: str,
    *,
    source: str = "mod",
    by: str = "desk",
    at: datetime = SUNDAY - HOUR,
    fate: Fate = Fate.TOLD,
    story: int | None = None,
    rules: dict[str, Severity] | None = None,
    only: tuple[str, ...] | None = None,
    title: str = "Войска перегруппированы",
    rule_title: str = "",
) -> int:
    """Archive a document with its matches, and write down what became of it; return its id."""
    rules = {"reshuffling": Severity.HIGH} if rules is None else rules

    def work(tx) -> int:
        archived = documents.add(
            tx,
            Document(
                source=source,
                uid=uid,
                url=f"https://{source}.test/{uid}",
                title=title,
                text=f"{uid}: сообщают о перегруппировке войск.",
                language="ru",
                published_at=at - timedelta(minutes=1),
                seen_at=at,
            ),
        )
        tx.execute(
            documents.documents.update()
            .where(documents.documents.c.id == archived.id)
            .values(story_id=story)
        )
        found = [
            Match(rule=rule, title=rule_title or f"Rule {rule}", severity=severity)
            for rule, severity in rules.items()
        ]
        documents.add_matches(tx, archived.id, found, [])
        loudest = max(rules.values(), key=lambda one: one.rank)
        values = {"document_id": archived.id, "reason": "first", "raised_at": at}
        alert = tx.execute(
            insert(alerts).values(severity=loudest.value, **values).returning(alerts.c.id)
        ).scalar_one()
        tx.execute(
            insert(notifications).values(
                alert_id=alert,
                receiver=by,
                story_id=story,
                fate=fate.value,
                adds=True,
                why="",
                rules=list(rules if only is None else only),
                made_at=at,
            )
        )
        return archived.id

    return store.write_now(work)


def rows(store: Store, form: Form) -> list:
    """Return the deliveries of a form, oldest first."""
    statement = select(deliveries).where(deliveries.c.form == form.value).order_by(deliveries.c.id)
    return store.read_now(lambda tx: list(tx.execute(statement)))


def settle(store: Store, delivery: int, state: State, at: datetime = SUNDAY) -> None:
    """Let a delivery be in a state, as the outbox leaves it."""
    values = {"state": state.value, "sent_at": at if state is State.SENT else None}
    mine = deliveries.c.id == delivery
    store.write_now(lambda tx: tx.execute(deliveries.update().where(mine).values(**values)))
