"""Sources that say things, an archive, routes as config.yaml has them, and what receivers hear.

chatter = Chatter(store, clock, "route: {receiver: desk}")
await chatter.say("tass", "Войска прошли перегруппировку.", about=1)
chatter.heard("desk")
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from monitor.archive import alerts, deliveries, documents, notifications, silences, sources
from monitor.archive.store import Store
from monitor.config.load import Loader
from monitor.config.source import Source
from monitor.ingest import Ingest, Watch
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import Delivery, Entry, Fate, Kind, Notification, Reason, State
from monitor.notify.dispatch import Dispatch

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)  # 15:00 in Kyiv
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RETREAT = "Войска прошли перегруппировку."
MOBILIZE = "Заговорили о мобилизации."
BRIDGE = "Мост закрыт."
ALL_TO_DESK = "route: {receiver: desk}"
SIDES = {
    "tass": ("ТАСС", "ru", Kind.STATE),
    "ria": ("РИА Новости", "ru", Kind.STATE),
    "lenta": ("Лента", "ru", Kind.STATE),
    "kremlin": ("Кремль", "ru", Kind.OFFICIAL),
    "meduza": ("Медуза", "ru", Kind.INDEPENDENT),
    "ukrinform": ("Укрінформ", "ua", Kind.STATE),
    "genshtab": ("Генштаб ЗСУ", "ua", Kind.OFFICIAL),
}
RULES = """\
rules:
  - {id: reshuffling, severity: medium, tags: [euphemism], match: {any: [перегруппировка]}}
  - {id: mobilization, severity: high, labels: {desk: moscow}, match: {any: [мобилизация]}}
  - {id: bridges, severity: low, match: {any: [мост]}}
  - {id: reactor, severity: critical, match: {any: [реактор]}}
"""
RECEIVERS = """\
receivers:
  - {name: desk, telegram: {chat_id: -1001}}
  - {name: night, telegram: {chat_id: -1002}}
  - {name: here, console: {}}
"""
LEASE = timedelta(minutes=5)
_NOUNS = [
    "берег",
    "дорога",
    "станция",
    "завод",
    "школа",
    "больница",
    "посёлок",
    "рынок",
    "площадь",
    "вокзал",
    "склад",
    "ферма",
    "озеро",
    "канал",
    "гавань",
    "улица",
    "район",
    "город",
    "деревня",
    "крепость",
    "музей",
    "театр",
    "стадион",
    "библиотека",
    "аптека",
    "гостиница",
    "переправа",
    "колонна",
    "пехота",
    "танкист",
    "сапёр",
    "артиллерия",
    "авиация",
    "штаб",
    "батальон",
    "рота",
    "отряд",
    "комендант",
    "губернатор",
    "депутат",
    "министр",
    "посол",
    "журналист",
    "эксперт",
    "свидетель",
    "житель",
    "учитель",
    "врач",
    "инженер",
    "строитель",
    "шахтёр",
    "рыбак",
    "фермер",
    "водитель",
    "почтальон",
    "художник",
    "писатель",
    "актёр",
]


def filler(number: int, words: int = 24) -> str:
    """Return words that no other number has in this order."""
    rng = Random(number)
    return " ".join(rng.choice(_NOUNS) for _ in range(words)).capitalize() + "."


@cache
def _matcher(rules: str) -> Matcher:
    said = f"version: 1\nroute: {{receiver: here}}\n{rules}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(said, "utf-8")
        config = Loader(environ={}).load(file).config
    compiled, problems = compile_rules(
        config.rules, config.vocabulary, Expander(None), advice=False
    )
    assert not problems
    return Matcher(compiled)


class Chatter:
    """A newsroom's afternoon."""

    def __init__(self, store: Store, clock, said: str, folder, rules: str = RULES) -> None:
        self.store, self.clock = store, clock
        receivers = "" if "receivers:" in said else RECEIVERS
        file = folder / "config.yaml"
        file.write_text(f"version: 1\ntimezone: Europe/Kyiv\n{receivers}{said}\n{rules}", "utf-8")
        self.config = Loader(environ={}).load(file).config
        self.watch = Watch(
            identifier=LanguageIdentifier("letters+fasttext"),
            matcher=_matcher(rules),
            dispatch=Dispatch(self.config),
            route=self.config.route,
            operator=None,
        )
        self.sources = {
            id_: Source(
                id=id_,
                name=name,
                country=country,
                kind=kind,
                language="ru",
                url=f"https://{id_}.test/",
            )
            for id_, (name, country, kind) in SIDES.items()
        }
        listed = [(source.provenance, source.url) for source in self.sources.values()]
        store.write_now(lambda tx: sources.sync(tx, listed, clock()))
        self.ingest = Ingest(store, self.watch, clock)
        self.entries: list[Entry] = []
        self._said = 0

    async def say(
        self,
        source: str,
        words: str,
        *,
        about: int,
        at: datetime | None = None,
        title: str = "",
        fresh_since: datetime | None = None,
        uid: str = "",
    ) -> str:
        """Let a source say some words about something; return the document's short name."""
        self._said += 1
        uid = uid or f"{self._said}"
        entry = Entry(
            id=uid, source=source, url=f"https://{source}.test/{uid}", title=title,
            text=f"{words} {filler(about)}", language="ru", published_at=at or self.clock(),
            raw=f"{uid}".encode(),
        )  # fmt: skip
        self.entries.append(entry)
        await self.ingest.ingest(entry, self.sources[source], fresh_since=fresh_since)
        return documents.ref(source, uid)

    async def wait(self, length: timedelta) -> None:
        """Let time pass; what was gathered and is due becomes messages."""
        self.clock.forward(length)
        await self.ingest.tell_gathered()

    def outbox(self, receiver: str, states: Iterable[State] = State) -> tuple[Delivery, ...]:
        rows = self.store.read_now(lambda tx: deliveries.rows(tx, list(states), 10_000))
        return tuple(row for row in rows if row.receiver == receiver)

    def heard(self, receiver: str = "desk") -> list[str]:
        """Return the forms of the messages to a receiver, oldest first."""
        return [row.form.value for row in self.outbox(receiver)]

    def sent(self, receiver: str = "desk") -> None:
        """Let everything that waits for a receiver arrive."""
        for row in self.outbox(receiver, [State.QUEUED]):
            self.store.write_now(lambda tx, row=row: self._arrive(tx, row))

    def claim(self, receiver: str) -> Delivery | None:
        now = self.clock()
        return self.store.write_now(lambda tx: deliveries.claim(tx, now, LEASE, [receiver]))

    def silence(self, matcher: str, length: timedelta) -> int:
        now = self.clock()
        return self.store.write_now(
            lambda tx: silences.add(
                tx,
                matchers=[matcher],
                starts_at=now,
                ends_at=now + length,
                created_by="editor",
                comment="",
                now=now,
            )
        )

    def reason(self, ref: str) -> Reason | None:
        found = self.store.read_now(lambda tx: documents.find(tx, ref))
        return self.store.read_now(lambda tx: alerts.reason_of(tx, found[-1][0].id))

    def entry_again(self, uid: str, *, id_: str, at: datetime) -> Entry:
        """Return an entry that was said before, under another id and date, at the same link."""
        (source,) = {one.source for one in self.entries if one.id == uid}
        before = next(one for one in self.entries if (one.id, one.source) == (uid, source))
        return replace(before, id=id_, published_at=at)

    def _arrive(self, tx, row: Delivery) -> None:
        claimed = deliveries.claim(tx, self.clock(), LEASE, [row.receiver])
        assert claimed is not None
        deliveries.settle_part(tx, claimed.id, f"m{claimed.id}")
        deliveries.settle_sent(tx, claimed.id, self.clock())

    def fates(self, ref: str) -> dict[str, Notification]:
        """Return what became of the newest text of a document, by receiver."""
        found = self.store.read_now(lambda tx: documents.find(tx, ref))
        id_ = found[-1][0].id
        rows = self.store.read_now(lambda tx: notifications.of_document(tx, id_))
        return {row.receiver: row for row in rows}

    def fate(self, ref: str, receiver: str = "desk") -> Fate:
        return self.fates(ref)[receiver].fate


def only(rows):
    (row,) = rows
    return row
