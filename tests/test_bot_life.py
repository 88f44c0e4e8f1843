"""The bot and the world around it: what fails, what is late, what comes twice, who leaves."""

import asyncio
import time
from datetime import timedelta

import bot_world
import pytest
from bot_world import ANNA, BORIS, BOSS, DESK, EVE, OTHER, BotWorld

from monitor.archive import deliveries, receivers
from monitor.errors import StoreUnusable
from monitor.model import State
from monitor.notify.bot import Patience

api, world = bot_world.api, bot_world.world
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_what_was_pressed_while_the_bot_was_away_mutes_nothing(world, api):
    row = world.publish("Міст", "", "bridges")
    api.press(world.alert_shown(DESK), f"mute:{row}", user=ANNA)
    api.press(world.alert_shown(DESK), f"not:{row}", user=ANNA)

    await world.another_bot().begin()

    assert [answer["text"] for answer in api.answers] == [
        "Мене не було. Натисніть, будь ласка, ще раз.",
        "Дякую, записано: не стосується справи.",
    ]
    assert world.silences() == []


async def test_what_was_said_long_ago_is_excused_once_and_not_done(world, api):
    ago = int(time.time()) - 3600

    first = await world.say("/mute bridges 2h", date=ago)
    second = await world.say("/mute ferries 2h", date=ago)

    assert first[0].startswith("Коли ви це писали, мене не було.")
    assert second == []
    assert world.silences() == []


async def test_what_was_said_the_day_before_is_let_be(world):
    assert await world.say("/status", date=int(time.time()) - 90_000) == []


async def test_who_wants_to_hear_less_is_heard_however_late(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    await world.say("/unsubscribe", chat=BORIS, user=BORIS, date=int(time.time()) - 7200)

    assert world.heard(BORIS) == ()


async def test_who_floods_the_bot_is_not_answered_any_more(world):
    answers = [await world.say("/status", chat=BOSS, user=BOSS) for _ in range(25)]

    assert [bool(answer) for answer in answers] == [True] * 20 + [False] * 5
    world.clock.forward(timedelta(minutes=1))
    assert await world.say("/status", chat=BOSS, user=BOSS)


async def test_a_group_leaves_room_for_alerts(world):
    answers = [await world.say("/status", user=100 + n) for n in range(15)]

    assert sum(map(bool, answers)) == 10


async def test_updates_are_confirmed_only_after_they_were_handled(world, api):
    api.say("/mute bridges 2h", chat=DESK, user=ANNA)
    await world.bot.hear()
    offsets = [given.get("offset") for method, given in api.requests if method == "getupdates"]
    assert offsets[-1] is None

    await world.bot.hear()

    offsets = [given.get("offset") for method, given in api.requests if method == "getupdates"]
    assert offsets[-1] == "1001"


async def test_an_update_that_is_brought_again_is_done_once(world, api):
    await world.say("/mute bridges 2h")
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    world.clock.forward(timedelta(seconds=40))

    await world.another_bot().begin()  # which confirmed nothing

    assert len(world.silences()) == 1
    assert world.heard(BORIS) == ("bridges",)
    assert len(world.audited()) == 2


async def test_a_refused_answer_comes_as_plain_text(world, api):
    api.fault("entities")

    assert await world.say("/status")
    assert api.messages[-1].parse_mode is None


async def test_an_answer_waits_as_long_as_the_chat_asks_but_not_for_ever(world, api):
    api.fault("429", retry_after=5)
    assert await world.say("/status")
    ready = world.account.limiter.ready_at(DESK, world.clock())
    assert ready == world.clock() + timedelta(seconds=5)

    api.fault("429", retry_after=600)
    assert await world.say("/status") == []


@pytest.mark.parametrize("fault", ["500", "502", "403", "drop-after", "not-json"])
async def test_an_answer_that_does_not_arrive_holds_up_nothing(world, api, fault):
    api.fault(fault, method="sendMessage")

    await world.say("/mute bridges 2h")

    assert len(world.silences()) == 1
    assert await world.say("/status")


async def test_it_goes_on_whatever_telegram_answers_to_the_question_for_updates(world, api):
    for kind in ("500", "409", "not-json", "drop-before", "429-bare", "no-result"):
        api.fault(kind, method="getUpdates")
        if kind == "429-bare":
            api.faults[-1].kind, api.faults[-1].retry_after = "429", 1

    assert await world.say("/status")


async def test_a_chat_that_moved_is_answered_at_its_new_number(world, api):
    await world.say("/subscribe bridges", chat=OTHER, user=ANNA)
    api.admins["-5005"] = [ANNA]
    api.update(message=api.said("", chat=OTHER) | {"migrate_to_chat_id": -5005})
    await world.bot.hear()

    [said] = await world.say("/unsubscribe", chat=-5005, user=ANNA)

    assert said == "I no longer tell you here of bridges."


async def test_an_answer_follows_a_chat_that_moved_just_now(world, api):
    api.fault("migrate", to=-5005)

    await world.say("/status")

    assert api.messages[-1].chat_id == "-5005"
    moved = world.store.read_now(receivers.moved_chats)
    assert moved == {str(DESK): -5005}
    assert await world.say("/status", chat=-5005)


def member(chat: int, status: str, user: int = ANNA) -> dict:
    me = {"id": 123456789, "is_bot": True, "first_name": "Stand-in"}
    kind = "private" if chat > 0 else "supergroup"
    more = {"until_date": 0} if status == "kicked" else {}
    return {
        "chat": {"id": chat, "type": kind, "title": "x", "first_name": "x"},
        "from": {"id": user, "is_bot": False, "first_name": "x"},
        "date": int(time.time()),
        "old_chat_member": {"user": me, "status": "left"},
        "new_chat_member": {"user": me, "status": status, **more},
    }


def parked(world: BotWorld) -> list[str]:
    rows = world.store.read_now(lambda tx: deliveries.rows(tx, [State.PARKED], 10))
    return [row.receiver for row in rows]


async def test_a_subscriber_who_blocks_the_bot_is_parked_until_he_lets_it_back(world, api):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    world.publish("Міст", "", "bridges", to=(f"chat{BORIS}",))

    api.update(my_chat_member=member(BORIS, "kicked", BORIS))
    await world.bot.hear()
    assert parked(world) == [f"chat{BORIS}"]

    api.update(my_chat_member=member(BORIS, "member", BORIS))
    await world.bot.hear()
    assert parked(world) == []
    assert world.queued.is_set()


async def test_a_parked_receiver_is_tried_at_once_when_the_bot_is_brought_back(world, api):
    world.publish("Міст", "", "bridges")
    later = world.clock() + HOUR
    world.store.write_now(lambda tx: receivers.park(tx, "newsroom", until=later, reason="kicked"))

    api.update(my_chat_member=member(DESK, "member"))
    await world.bot.hear()

    due = world.store.read_now(lambda tx: deliveries.next_due(tx, world.clock(), ["newsroom"]))
    assert due == world.clock()


async def test_who_is_out_of_reach_for_a_month_is_unsubscribed(world, api):
    for person in (BORIS, EVE):
        await world.say("/subscribe bridges", chat=person, user=person)
    api.update(my_chat_member=member(BORIS, "kicked", BORIS))
    await world.bot.hear()
    assert await world.desk.forget_the_gone() == []

    world.clock.forward(30 * DAY - HOUR)
    assert await world.desk.forget_the_gone() == []
    world.clock.forward(HOUR)
    assert await world.desk.forget_the_gone() == [BORIS]

    assert (world.heard(BORIS), world.heard(EVE)) == ((), ("bridges",))
    assert world.audited()[-1] == ("monitor", "unsubscribe")


async def test_who_comes_back_within_the_month_stays(world, api):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    for status in ("kicked", "member"):
        api.update(my_chat_member=member(BORIS, status, BORIS))
        await world.bot.hear()
        await world.desk.forget_the_gone()
    world.clock.forward(31 * DAY)

    assert await world.desk.forget_the_gone() == []


async def test_a_store_that_cannot_be_used_loses_no_command(world, api, tmp_path):
    broken = [True, True]
    read = world.store.read

    class Stumbling:
        def __getattr__(self, name):
            return getattr(world.store, name)

        async def read(self, work):
            if broken:
                broken.pop()
                raise StoreUnusable("no room")
            return await read(work)

    world.desk._store = Stumbling()

    await world.say("/mute bridges 2h")

    assert not broken
    assert len(world.silences()) == 1


async def test_a_slip_of_ours_does_not_repeat_for_ever(world, api):
    class Slipping:
        def __getattr__(self, name):
            raise KeyError(name)

    desk, world.bot._talk._desk = world.bot._talk._desk, Slipping()
    assert await world.say("/status") == []
    world.bot._talk._desk = desk

    assert await world.say("/status")


async def test_it_runs_until_it_is_stopped_and_confirms_what_it_did(world, api):
    bot = world.another_bot(patience=Patience(long_poll=20))
    running = asyncio.create_task(bot.run())
    api.say("/status", chat=DESK, user=ANNA)
    while not api.messages:
        await asyncio.sleep(0)

    bot.stop()
    await asyncio.wait_for(running, 10)

    polls = [given for method, given in api.requests if method == "getupdates"]
    assert polls[-1]["offset"] == "1001"
    assert api.hook is None
