"""The webhook: whoever does not know the secret gets nothing done."""

import asyncio
import time

import aiohttp
import pytest
from bot_api import BotApi
from bot_world import ANNA, DESK, BotWorld

from monitor.archive.store import Store
from monitor.errors import StoreUnusable
from monitor.notify.bot import Patience
from monitor.notify.bot_webhook import LARGEST, BadWebhook, Webhook

SECRET = "a-secret-that-nobody-guesses"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
PUBLIC = "https://bot.example/telegram"


@pytest.fixture
async def api():
    async with BotApi().serving() as serving:
        yield serving


@pytest.fixture
async def world(tmp_path, api, clock):
    store = Store(f"sqlite:///{tmp_path}/monitor.db", durable=False)
    world = BotWorld(tmp_path, store, api, clock)
    yield world
    await world.account.close()
    store.close()


def webhook(world, *, url=PUBLIC, listen="127.0.0.1:0", secret=SECRET) -> Webhook:
    return Webhook(world.account.bot, url=url, listen=listen, secret=secret)


@pytest.fixture
async def door(world, api):
    """A bot that hears by webhook; yields where that listens."""
    hook = webhook(world)
    bot = world.another_bot(doorway=hook, patience=Patience(long_poll=0))
    running = asyncio.create_task(bot.run())
    while api.hook is None:
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{hook.port}/telegram"
    bot.stop()
    await running


async def knock(url: str, body: bytes, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_telegram_is_told_where_to_bring_updates_and_how_to_prove_itself(api, door):
    assert api.hook["url"] == PUBLIC
    assert api.hook["secret_token"] == SECRET
    assert api.hook["allowed_updates"] == '["message", "callback_query", "my_chat_member"]'


async def test_what_telegram_brings_is_answered(world, api, door):
    status = await api.bring(door, message=api.said("/mute bridges 2h", chat=DESK, user=ANNA))

    assert status == 200
    assert len(world.silences()) == 1
    assert len(api.messages) == 1


@pytest.mark.parametrize("secret", ["wrong", SECRET[:-1], SECRET + "x", "секрет"])
async def test_who_does_not_know_the_secret_is_turned_away(world, api, door, secret):
    message = api.said("/mute bridges 2h", chat=DESK, user=ANNA)
    headers = {HEADER: secret.encode().decode("latin-1")}
    async with (
        aiohttp.ClientSession() as client,
        client.post(door, json={"update_id": 1, "message": message}, headers=headers) as answer,
    ):
        assert (answer.status, await answer.text()) == (403, "")

    assert world.silences() == []


async def test_without_a_secret_nothing_is_read(world, api, door):
    assert await knock(door, b"x" * (LARGEST + 1)) == 403


async def test_what_is_too_large_or_no_update_is_refused(door):
    known = {HEADER: SECRET}

    assert await knock(door, b"x" * (LARGEST + 1), **known) == 413
    for body in (b"", b"certainly!", b"[]", b"\xff", b"[" * 100_000):
        assert await knock(door, body, **known) == 400
    assert await knock(door, b'{"update_id": 1}', **known) == 200


async def test_an_update_is_brought_again_when_the_store_could_not_take_it(world, api, door):
    broken = [True]
    read = world.store.read

    class Stumbling:
        def __getattr__(self, name):
            return getattr(world.store, name)

        async def read(self, work):
            if broken:
                raise StoreUnusable(f"no room {broken.pop()}")
            return await read(work)

    world.desk._store = Stumbling()
    update = {"message": api.said("/mute bridges 2h", chat=DESK, user=ANNA)}

    assert [await api.bring(door, **update) for _ in range(2)] == [503, 200]
    assert len(world.silences()) == 1


async def test_what_waited_before_the_start_is_heard_first_but_mutes_nothing(world, api):
    row = world.publish("Міст", "", "bridges")
    api.press(world.alert_shown(DESK), f"mute:{row}", user=ANNA)
    hook = webhook(world)
    bot = world.another_bot(doorway=hook)
    running = asyncio.create_task(bot.run())
    while api.hook is None:
        await asyncio.sleep(0)
    bot.stop()
    await running

    assert world.silences() == []
    assert len(api.answers) == 1


async def test_back_to_polling_the_webhook_is_taken_away(world, api):
    api.hook = {"url": PUBLIC, "secret_token": SECRET}
    await world.bot.begin()

    assert api.hook is None
    assert await world.say("/status", date=int(time.time()))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "http://bot.example/"}, "https://"),
        ({"listen": "8443"}, "127.0.0.1:8443"),
        ({"listen": "127.0.0.1:99999"}, "127.0.0.1:8443"),
        ({"secret": None}, "MONITOR_TELEGRAM_WEBHOOK_SECRET"),
        ({"secret": "short"}, "16 to 256"),
        ({"secret": "with spaces and ümlauts"}, "16 to 256"),
    ],
)
async def test_a_webhook_that_anybody_could_use_is_not_opened(world, wrong, said):
    with pytest.raises(BadWebhook, match=said):
        webhook(world, **wrong)


async def test_a_port_that_is_taken_is_said(world):
    first = webhook(world)
    await first.open(world.bot.take)
    second = webhook(world, listen=f"127.0.0.1:{first.port}")

    with pytest.raises(BadWebhook, match="listen"):
        await second.open(world.bot.take)

    await first.close()
