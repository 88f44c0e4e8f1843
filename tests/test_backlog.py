"""A channel stays readable whatever comes at once: a backlog, a republished feed, a first look.

Real routes, real stories, a real outbox and the real Telegram library, against a Bot API that keeps
Telegram's limits and on a clock that jumps from one due time to the next.
"""

import os
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from bot_api import TOKEN, BotApi
from chatter import Chatter

from monitor.archive import batches
from monitor.archive.store import Store
from monitor.config.receivers import TelegramReceiver
from monitor.model import Fate, Fetch, Outcome, State
from monitor.notify.limiter import Limiter
from monitor.notify.message import Look
from monitor.notify.outbox import Outbox
from monitor.notify.telegram import Account, TelegramSender

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
DESK = -1001
#: The figure is two thousand; at every change fewer are enough to notice.
LONG = os.environ.get("MONITOR_TEST_PROFILE") == "long"
BACKLOG = 2000 if LONG else 300
SOURCES = ("tass", "ria", "lenta")
WORDS = (
    "Войска прошли перегруппировку.",
    "Заговорили о мобилизации.",
    "Мост закрыт для проезда.",
)


class Channel:
    """A chatter, its outbox, and the channel on the other side of Telegram."""

    def __init__(self, room: Chatter, api: BotApi, account: Account) -> None:
        self.room, self.api = room, api
        look = Look(zone=ZoneInfo("Europe/Kyiv"))
        sender = TelegramSender(account, TelegramReceiver(chat_id=DESK), look)
        self.outbox = Outbox(
            room.store,
            {"desk": sender},
            clock=room.clock,
            rng=Random(1),
            tell_operator=lambda tx, **notice: None,
            limiter=Limiter(),
        )

    async def settle(self) -> None:
        """Turn the clock from one due time to the next until everything is told."""
        for _ in range(10_000):
            await self.room.ingest.tell_gathered()
            await self.outbox.drain()
            gathered = self.room.store.read_now(batches.next_due)
            sends = await self.outbox.next_due()
            due = min((one for one in (gathered, sends) if one is not None), default=None)
            if due is None:
                return
            self.room.clock.now = max(due, self.room.clock.now)
        raise AssertionError("it never ends")


@pytest.fixture
async def channel(tmp_path, clock):
    clock.now = NOW
    store = Store(f"sqlite:///{tmp_path}/backlog.db", durable=False)
    async with BotApi(flood=True, clock=lambda: clock().timestamp()).serving() as api:
        account = Account(TOKEN, api=api.url)
        yield Channel(Chatter(store, clock, "route: {receiver: desk}", tmp_path), api, account)
        await account.close()
    store.close()


def links(api: BotApi) -> list[str]:
    """Return where the links of all messages lead, in the order of the channel."""
    every = [
        entity["url"]
        for message in api.messages
        for entity in message.entities
        if entity["type"] == "text_link"
    ]
    # A headline and the name of its site lead to the same page.
    return [link for link, before in zip(every, [None, *every], strict=False) if link != before]


async def test_a_backlog_of_three_days_is_told_whole_in_few_messages_oldest_first(channel):
    room, told = channel.room, []
    for number in range(BACKLOG):
        source = SOURCES[number % len(SOURCES)]
        at = NOW - timedelta(days=3) + number * timedelta(days=3) / BACKLOG
        await room.say(source, WORDS[number % 2], about=number, at=at, title=f"Новость {number}")
        told.append(room.entries[-1].url)
        room.clock.forward(timedelta(milliseconds=20))

    await channel.settle()

    most = 60 if LONG else 25
    assert links(channel.api) == told
    assert len(channel.api.messages) <= most
    assert all(row.state is State.SENT for row in room.outbox("desk"))
    assert channel.api.floods == 0


async def test_three_hundred_republished_items_are_no_message(channel):
    room = channel.room
    for number in range(300):
        uid, at = f"page-{number}", NOW - timedelta(days=9)
        await room.say("tass", WORDS[number % 3], about=number, at=at, uid=uid, fresh_since=NOW)
    await channel.settle()
    assert channel.api.messages == []
    room.clock.forward(timedelta(days=1))

    for number in range(300):
        again = room.entry_again(f"page-{number}", id_=f"guid-{number}", at=room.clock())
        await room.ingest.ingest(again, room.sources["tass"], fresh_since=None)
    await channel.settle()

    assert channel.api.messages == []


async def test_copies_of_a_flood_stand_beside_their_stories(channel):
    room = channel.room
    for number in range(40):
        await room.say("tass", WORDS[1], about=number, title=f"Новость {number}")
    refs = [await room.say("ria", WORDS[1], about=n, title=f"Новость {n}") for n in range(40)]

    await channel.settle()

    assert {room.fate(ref) for ref in refs} == {Fate.JOINED}
    first = [link for link in links(channel.api) if "tass" in link]
    assert len(set(first)) == 40


async def test_the_first_run_of_a_source_with_a_thousand_old_items_is_one_message(channel):
    room = channel.room
    for number in range(1000 if LONG else 200):
        at = NOW - timedelta(days=30) + number * timedelta(minutes=1)
        await room.say("tass", WORDS[number % 3], about=number, at=at, fresh_since=NOW)
    await room.ingest.settle(
        Fetch(
            source="tass",
            started_at=NOW,
            finished_at=NOW,
            outcome=Outcome.WHOLE,
            next_poll_at=NOW + timedelta(minutes=5),
            fingerprints=frozenset({"0123456789abcdef"}),
        )
    )

    await channel.settle()

    (message,) = channel.api.messages
    assert "First look at tass" in message.text
