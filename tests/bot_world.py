"""A bot, the desk behind it with a real archive, and a Telegram on loopback where people speak."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from archived import tell
from bot_api import TOKEN, BotApi
from said import RIA

from monitor.app.desk import ArchiveDesk, World
from monitor.archive import deliveries, documents, silences, sources, subscriptions
from monitor.archive.schema import audit
from monitor.archive.store import Store
from monitor.config.load import Loader
from monitor.match.matcher import compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import Document, Hit, Match, Severity
from monitor.notify.bot import Patience, TalkingBot
from monitor.notify.bot_desk import Permits
from monitor.notify.telegram import Account

BOSS, ANNA, BORIS, EVE = 1, 2, 3, 4  # an admin of the bot, one of the group, a member, a stranger
DESK, OTHER, CHANNEL = -1001, -1002, -1003
NAMES = ("bridges", "ferries")
CONFIG = """\
version: 1
timezone: Europe/Kyiv
route: {{receiver: newsroom}}
receivers:
  - {{name: newsroom, language: uk, telegram: {{chat_id: {desk}}}}}
  - {{name: kyiv, telegram: {{chat_id: {desk}, message_thread_id: 7}}}}
  - {{name: channel, telegram: {{chat_id: {channel}}}}}
bot: {{enabled: true, admins: [{boss}], subscriptions: {subscriptions}}}
rules:
  - {{id: bridges, title: Мости та переправи, severity: high, query: міст OR мост}}
  - {{id: ferries, query: пором OR паром}}
sources:
  - {{id: ria, name: РИА Новости, country: ru, kind: state, url: "https://ria.example/feed"}}
"""
AS_GROUP = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}


EXPANDER = Expander(None)
LOADED = {}  # by what the file says: reading it takes longer than most tests


def compiled(config):
    return compile_rules(config.rules, config.vocabulary, EXPANDER, advice=False)[0]


class Free:
    """A floor on which everybody may always speak."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    async def turn(self, chat: int, size: int = 0) -> None:
        self.taken.append(chat)


class BotWorld:
    """Everything between a person and the archive."""

    def __init__(self, folder: Path, store: Store, api: BotApi, clock) -> None:
        self.file = folder / "config.yaml"
        self.store = store
        self.api = api
        self.clock = clock
        clock.now = datetime.now(UTC).replace(microsecond=0)  # the stand-in dates by this machine
        self.changes = 0
        self.queued = asyncio.Event()
        self.floor = Free()
        self._numbers = itertools.count(1)
        self.configure()
        self.account = Account(TOKEN, api=api.url)
        self.desk = ArchiveDesk(
            World(
                store=store,
                config=lambda: self.config,
                rules=lambda: self.rules,
                clock=clock,
                changed=self._changed,
                queued=self.queued.set,
            )
        )
        self.bot = self.another_bot()
        api.admins[str(DESK)] = api.admins[str(OTHER)] = [ANNA]
        store.write_now(
            lambda tx: sources.sync(tx, [(RIA, "https://ria.example/feed")], self.clock())
        )

    def configure(self, subscriptions: str = "groups") -> None:
        said = CONFIG.format(desk=DESK, channel=CHANNEL, boss=BOSS, subscriptions=subscriptions)
        self.file.write_text(said, encoding="utf-8")
        if said not in LOADED:
            config = Loader(environ={}).load(self.file).config
            LOADED[said] = config, compiled(config)
        self.config, self.rules = LOADED[said]

    def another_bot(self, **more) -> TalkingBot:
        patience = Patience(again=timedelta(0), refused=timedelta(0), long_poll=0)
        return TalkingBot(
            self.account,
            self.desk,
            lambda: Permits(
                admins=self.config.bot.admins, subscriptions=self.config.bot.subscriptions
            ),
            self.floor,
            clock=self.clock,
            zone=lambda: ZoneInfo("Europe/Kyiv"),
            **{"patience": patience, **more},
        )

    async def _changed(self) -> None:
        self.changes += 1

    async def say(self, text: str, *, chat: int = DESK, user: int = ANNA, **more) -> list[str]:
        """Say something; return what the bot answers there."""
        before = len(self.api.messages)
        self.api.say(text, chat=chat, user=user, **more)
        await self.bot.hear()
        return [message.text for message in self.api.messages[before:]]

    async def press(self, data: str, *, chat: int = DESK, user: int = ANNA) -> str | None:
        """Press a button with that data under a message; return what is seen of it."""
        before = len(self.api.answers)
        self.api.press(self.alert_shown(chat), data, user=user)
        await self.bot.hear()
        answers = self.api.answers[before:]
        assert len(answers) == 1, "every press is answered, once"
        return answers[0].get("text")

    def alert_shown(self, chat: int):
        message = self.api.send({"chat_id": str(chat), "text": "an alert"})
        self.api.messages.remove(message)
        return message

    def publish(
        self,
        title: str,
        text: str = "",
        *rules: str,
        to: tuple[str, ...] = ("newsroom",),
        story=None,
    ) -> int:
        """Archive a document that matches some rules and is told to some; return the delivery."""
        number = next(self._numbers)
        hits = (Hit(field="title", start=0, end=4, text=title[:4], term="x"),)
        found = [Match(rule=r, title=r, severity=Severity.HIGH, hits=hits) for r in rules]

        def work(tx):
            said = Document(
                source="ria",
                uid=str(number),
                url=f"https://ria.example/{number}",
                title=title,
                text=text,
                language="uk",
                published_at=self.clock(),
                seen_at=self.clock(),
            )
            archived = documents.add(tx, said)
            documents.add_matches(tx, archived.id, found, [])
            if story is not None:
                table = documents.documents
                tx.execute(table.update().where(table.c.id == archived.id).values(story_id=story))
            if found:
                tell(tx, archived.id, to, self.clock(), story=story)
            return [one.id for one in deliveries.of_document(tx, archived.id)]

        made = self.store.write_now(work)
        return made[0] if made else 0

    def silences(self) -> list[tuple[str, ...]]:
        now = self.clock()
        return [one.matchers for one in self.store.read_now(lambda tx: silences.active(tx, now))]

    def heard(self, chat: int) -> tuple[str, ...]:
        found = self.store.read_now(lambda tx: subscriptions.of(tx, chat))
        return () if found is None else tuple(found.rules)

    def audited(self) -> list[tuple[str, str]]:
        return self.store.read_now(
            lambda tx: [(row.who, row.what) for row in tx.execute(audit.select())]
        )


@pytest.fixture
async def api():
    """A Telegram on loopback; test files take it by its name."""
    async with BotApi().serving() as serving:
        yield serving


@pytest.fixture
async def world(tmp_path, api, clock):
    """A bot that has begun."""
    store = Store(f"sqlite:///{tmp_path}/monitor.db", durable=False)
    world = BotWorld(tmp_path, store, api, clock)
    await world.bot.begin()
    yield world
    await world.account.close()
    store.close()
