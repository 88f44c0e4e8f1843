"""The bot as a part of the program: subscribed in a chat, heard without a restart."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from bot_api import TOKEN, BotApi
from rich.console import Console
from said import RIA

from monitor.app.daemon import Daemon
from monitor.app.program import Program, World
from monitor.app.receivers import NoToken, Secrets
from monitor.app.reload import Reloader
from monitor.archive import alerts, deliveries, documents, sources
from monitor.config.load import Loader
from monitor.model import Document, Match, Reason, Severity, State
from monitor.notify.bot_webhook import BadWebhook
from monitor.notify.dispatch import Raised

ANNA, BOSS = 7, 1
CONFIG = """\
version: 1
store: sqlite:///{folder}/monitor.db
timezone: Europe/Kyiv
route: {{receiver: here}}
operator: {{receiver: here}}
receivers:
  - {{name: here, console: {{}}}}
bot: {bot}
rules:
  - {{id: bridges, title: Мости, query: міст}}
"""
OPEN = "{enabled: true, admins: [1], subscriptions: private}"


@pytest.fixture
async def api():
    async with BotApi().serving() as serving:
        yield serving


class Running:
    """A program with its daemon, as `monitor run` has them."""

    def __init__(self, folder, api, bot=OPEN, *, secrets=None) -> None:
        self.file = folder / "config.yaml"
        self.folder = folder
        self.write(bot)
        loader = Loader(environ={})
        secrets = secrets or Secrets(telegram_token=TOKEN, telegram_api=api.url)
        world = World(
            clock=lambda: datetime.now(UTC),
            rng=Random(0),
            console=Console(quiet=True),
            secrets=secrets,
            durable=False,
        )
        self.program = Program(loader.load(self.file), world)
        self.reloader = Reloader(self.program, self.file, loader)
        self.daemon = Daemon(self.program, self.reloader)

    def write(self, bot: str) -> None:
        self.file.write_text(CONFIG.format(folder=self.folder, bot=bot), encoding="utf-8")

    async def __aenter__(self):
        self._task = asyncio.create_task(self.daemon.run(timedelta(seconds=10)))
        return self

    async def __aexit__(self, *_):
        self.daemon._stopping.set()
        await asyncio.wait_for(self._task, 30)

    def alert(self, *rules: str) -> None:
        """Raise an alert for those who subscribed, as the heart of the program does."""
        found = [Match(rule=rule, title="Мости", severity=Severity.HIGH) for rule in rules]
        now = datetime.now(UTC)
        said = Document(
            source="ria",
            uid="1",
            url="https://ria.example/1",
            title="Рух мостом відновлено",
            text="",
            language="uk",
            published_at=now,
            seen_at=now,
        )

        def work(tx):
            sources.sync(tx, [(RIA, "https://ria.example/feed")], now)
            archived = documents.add(tx, said)
            documents.add_matches(tx, archived.id, found, [])
            raised = Raised(
                alert_id=alerts.raise_alert(
                    tx,
                    document_id=archived.id,
                    reason=Reason.FIRST,
                    severity=Severity.HIGH,
                    now=now,
                ),
                archived=archived,
                document=said,
                source=RIA,
                matches=found,
                story=None,
                now=now,
            )
            self.program.ingest.watch.dispatch.tell(tx, raised)

        self.program.store.write_now(work)
        self.program.queued.set()


async def until(api: BotApi, chat: int, number: int) -> list[str]:
    async with asyncio.timeout(30):
        while len(api.to(chat)) < number:
            await asyncio.sleep(0.01)
    return api.to(chat)


async def test_who_subscribes_hears_alerts_from_then_on_and_may_mute_them(tmp_path, api):
    async with Running(tmp_path, api) as running:
        api.say("/subscribe bridges", chat=ANNA, user=ANNA)
        await until(api, ANNA, 1)
        running.alert("bridges")

        said = await until(api, ANNA, 2)
        assert said[0] == "From now on I tell you here of bridges."
        assert "Рух мостом відновлено" in said[1]
        mine = [message for message in api.messages if message.chat_id == str(ANNA)]
        buttons = [button["callback_data"] for row in mine[1].buttons for button in row]
        api.press(mine[1], buttons[0], user=ANNA)
        while not api.answers:
            await asyncio.sleep(0.01)
        assert api.answers[0]["text"].startswith("Silent here until")


async def test_the_bot_ends_with_the_daemon_and_what_it_did_is_confirmed(tmp_path, api):
    async with Running(tmp_path, api):
        api.say("/start", chat=BOSS, user=BOSS)
        await until(api, BOSS, 1)

    polls = [given for method, given in api.requests if method == "getupdates"]
    assert polls[-1]["offset"] == "1001"


async def test_without_enabled_nobody_is_polled_and_no_token_is_needed(tmp_path, api):
    running = Running(tmp_path, api, "{}", secrets=Secrets())
    async with running:
        pass  # started, and stopped

    assert running.program.talking is None
    assert api.requests == []


@pytest.mark.parametrize("bot", ["{enabled: true}"])
def test_a_bot_without_a_token_is_no_start(tmp_path, bot):
    with pytest.raises(NoToken, match="MONITOR_TELEGRAM_TOKEN"):
        Running(tmp_path, None, bot, secrets=Secrets())


def test_a_webhook_without_a_secret_is_no_start(tmp_path):
    bot = "{enabled: true, webhook: {url: 'https://bot.example/'}}"
    with pytest.raises(BadWebhook, match="MONITOR_TELEGRAM_WEBHOOK_SECRET"):
        Running(tmp_path, None, bot, secrets=Secrets(telegram_token=TOKEN))


async def test_a_reload_changes_who_may_what_at_once(tmp_path, api):
    async with Running(tmp_path, api) as running:
        api.say("/subscribe bridges", chat=ANNA, user=ANNA)
        await until(api, ANNA, 1)
        running.write("{enabled: true, admins: [7], subscriptions: off}")
        await running.reloader.reload()

        api.say("/subscribe *", chat=ANNA, user=ANNA)

        said = await until(api, ANNA, 2)
        assert said[1] == "Nobody can subscribe in this chat: the configuration does not allow it."
        assert f"chat{ANNA}" not in running.program.outbox._senders


async def test_that_a_subscriber_cannot_be_reached_is_not_the_operators_business(tmp_path, api):
    async with Running(tmp_path, api) as running:
        api.say("/subscribe bridges", chat=ANNA, user=ANNA)
        await until(api, ANNA, 1)
        api.fault("403", chat=str(ANNA))
        running.alert("bridges")
        rows = []
        while State.PARKED not in rows:
            await asyncio.sleep(0.01)
            found = running.program.store.read_now(lambda tx: deliveries.rows(tx, list(State), 10))
            rows = [row.state for row in found]

        assert [row.receiver for row in found if row.receiver != "here"] == [f"chat{ANNA}"]


async def test_the_token_is_never_logged(tmp_path, api, caplog):
    caplog.set_level(logging.DEBUG)
    api.fault("500", method="getUpdates")
    async with Running(tmp_path, api):
        api.say("/status", chat=BOSS, user=BOSS)
        await until(api, BOSS, 1)

    assert TOKEN not in caplog.text
