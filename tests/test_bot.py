"""The bot for people, through the real library and real HTTP, with a real archive behind it."""

import asyncio
import time
from datetime import timedelta

import pytest
from bot_api import BotApi
from bot_world import ANNA, AS_GROUP, BORIS, BOSS, CHANNEL, DESK, EVE, OTHER, BotWorld

from monitor.archive import deliveries, feedback, silences, subscriptions
from monitor.archive.store import Store
from monitor.errors import StoreUnusable
from monitor.model import State
from monitor.notify.bot import Patience
from monitor.notify.silence import silencing

NASTY = (
    "<b>мост", "</code>&#0;", "\u202e\u2066мост", "м" * 600, "*" * 300, "((((" * 60, '"' * 99,
    "\u0301" * 200, "👨‍👩‍👧🇺🇦" * 40, "мост OR " * 50, "-- ' ; DROP TABLE", "$list", "%s {0} {rule}",
)  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def api():
    async with BotApi().serving() as serving:
        yield serving


@pytest.fixture
async def world(tmp_path, api, clock):
    store = Store(f"sqlite:///{tmp_path}/monitor.db", durable=False)
    world = BotWorld(tmp_path, store, api, clock)
    await world.bot.begin()
    yield world
    await world.account.close()
    store.close()


async def test_it_shows_its_commands_in_three_languages(world, api):
    assert {language for _, language in api.commands} == {"", "uk", "ru"}
    named = [command["command"] for command in api.commands["default", ""]]
    assert named[:3] == ["start", "help", "rules"]
    assert len(named) == 12


async def test_a_stranger_gets_one_polite_line_and_nothing_else(world):
    world.configure("off")

    first = await world.say("/start", chat=EVE, user=EVE)
    rest = [
        await world.say(f"/{command}", chat=EVE, user=EVE)
        for command in ("start", "help", "rules", "last", "search міст", "status", "why x", "mute")
    ]

    assert first == [
        "Hello! I only work for those who know me. Please ask the person who runs this bot."
    ]
    assert rest == [[]] * 8


async def test_an_answer_is_silent_and_answers_the_question_in_the_language_of_the_chat(world, api):
    [said] = await world.say("/status", user=BORIS)

    [message] = api.messages
    assert said.startswith("Видно всі джерела: 1.")
    assert message.silent
    assert message.reply_to is None  # the stand-in keeps no messages of people
    assert "reply_parameters" in api.requests[-2][1] or "reply_parameters" in api.requests[-1][1]


async def test_in_a_topic_it_answers_in_the_topic(world, api):
    await world.say("/status", message_thread_id=7, is_topic_message=True)

    assert api.messages[-1].thread == 7
    assert "All 1 sources" in api.messages[-1].text  # the topic's receiver speaks English


async def test_rules_are_listed_with_what_is_heard_and_what_is_silent(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    await world.say("/mute bridges 2h", chat=BORIS, user=BORIS)

    [said] = await world.say("/rules", chat=BORIS, user=BORIS)

    assert "✓ 🟠 bridges Мости та переправи · silent until" in said
    assert "\n🟡 ferries" in said


async def test_a_private_chat_subscribes_itself_and_is_a_receiver_from_then_on(world):
    [said] = await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    assert said == "From now on I tell you here of bridges."
    assert world.changes == 1
    found = world.store.read_now(lambda tx: subscriptions.receivers_for(tx, ["bridges", "ferries"]))
    assert found == {f"chat{BORIS}": {"bridges"}}
    assert world.audited() == [(f"telegram:{BORIS}", "subscribe")]


async def test_subscribing_twice_changes_nothing(world):
    await world.say("/subscribe *", chat=BORIS, user=BORIS)
    [said] = await world.say("/subscribe *", chat=BORIS, user=BORIS)

    assert said == "You hear it here already: every rule."
    assert len(world.audited()) == world.changes == 1


async def test_an_unknown_rule_is_named_back(world):
    assert await world.say("/subscribe <b>x</b>", chat=BORIS, user=BORIS) == [
        "There is no rule <b>x</b>; /rules shows them."
    ]
    assert world.heard(BORIS) == ()


async def test_a_chat_that_the_configuration_names_cannot_hear_everything_twice(world):
    [said] = await world.say("/subscribe bridges", user=ANNA)

    assert "вже задано в налаштуваннях" in said
    assert world.heard(DESK) == ()


async def test_a_group_is_subscribed_by_its_administrators_only(world):
    refused = await world.say("/subscribe bridges", chat=OTHER, user=BORIS)
    assert refused == ["Only administrators of this group can do that."]

    await world.say("/subscribe bridges", chat=OTHER, user=ANNA)
    await world.say("/subscribe ferries", chat=OTHER, user=BOSS)

    assert world.heard(OTHER) == ("bridges", "ferries")


async def test_unsubscribing_ends_one_or_all_and_drops_what_waits(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    await world.say("/subscribe ferries", chat=BORIS, user=BORIS)
    row = world.publish("Міст", "", "bridges", to=(f"chat{BORIS}",))

    assert await world.say("/unsubscribe ferries", chat=BORIS, user=BORIS) == [
        "I no longer tell you here of ferries."
    ]
    assert await world.say("/unsubscribe", chat=BORIS, user=BORIS) == [
        "I no longer tell you here of bridges."
    ]

    assert world.heard(BORIS) == ()
    [found] = world.store.read_now(lambda tx: deliveries.rows(tx, list(State), 10))
    assert (found.id, found.state) == (row, State.DROPPED)
    assert await world.say("/unsubscribe", chat=BORIS, user=BORIS) == []


async def test_when_subscriptions_end_subscribers_are_strangers_again(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)
    world.configure("off")

    assert await world.say("/last", chat=BORIS, user=BORIS) == []
    found = world.store.read_now(lambda tx: subscriptions.receivers_for(tx, ["bridges"], "off"))
    assert found == {}


async def test_the_latest_alerts_are_those_of_the_subscribed_rules(world):
    world.publish("Міст закрито", "", "bridges")
    world.publish("Пором не ходить", "", "ferries")
    world.publish("Погода", "")
    await world.say("/subscribe ferries", chat=BORIS, user=BORIS)

    [mine] = await world.say("/last", chat=BORIS, user=BORIS)
    [all_] = await world.say("/last", user=BORIS)
    [bridges] = await world.say("/last bridges", user=BORIS)

    assert "Пором" in mine
    assert "Міст" not in mine
    assert all_.index("Пором") < all_.index("Міст")
    assert "Погода" not in all_
    assert "Міст" in bridges
    assert "Пором" not in bridges


async def test_the_archive_is_searched_in_the_language_of_rules(world):
    world.publish("Рух мостом відновлено")
    world.publish("Пором не ходить")

    [found] = await world.say("/search міст AND NOT пором")
    [nothing] = await world.say("/search вертоліт")
    [wrong] = await world.say("/search (міст")

    assert "Рух мостом відновлено" in found
    assert "Пором" not in found
    assert nothing == "За останні 30 днів нічого не знайдено."
    assert wrong.startswith("Не можу прочитати цей запит:\n• ")


async def test_why_says_by_which_words_it_was_found_and_what_became_of_it_here(world):
    world.publish("Міст закрито", "", "bridges", to=("newsroom", "channel"))

    [said] = await world.say("/why https://ria.example/1", user=BORIS)
    [boss] = await world.say("/why https://ria.example/1", user=BOSS)

    assert "Знайшло правило bridges 🟠: “Міст”" in said
    assert "newsroom: чекає на чергу" in said
    assert "channel" not in said
    assert "channel" in boss
    assert await world.say("/why nothing") == [
        "В архіві немає повідомлення з таким ID чи посиланням."
    ]


async def test_a_rule_is_muted_in_this_chat_alone(world):
    [said] = await world.say("/mute bridges 30m")

    assert said.startswith("Тиша тут до ")
    assert (
        world.silences()
        == [
            ('receiver="newsroom"', 'rule="bridges"'),
            ('receiver="kyiv"', 'rule="bridges"'),
        ][:1]
    )
    assert world.audited() == [(f"telegram:{ANNA}", "silence added")]


async def test_a_topic_is_muted_alone(world):
    await world.say("/mute bridges", message_thread_id=7, is_topic_message=True)

    assert world.silences() == [('receiver="kyiv"', 'rule="bridges"')]


async def test_silence_ends_by_itself_or_by_a_word(world):
    await world.say("/mute bridges 2 год")
    assert len(world.silences()) == 1
    world.clock.forward(2 * HOUR)
    assert world.silences() == []
    await world.bot.hear()

    world.clock.forward(-2 * HOUR)
    [said] = await world.say("/unmute bridges")
    assert said == "Знову надходить сюди: bridges."
    assert world.silences() == []
    assert (await world.say("/unmute bridges"))[0].startswith("Тут воно й не було")


@pytest.mark.parametrize("wish", ["0m", "31d", "999999h", "2x", "h", "-2h", "²h", "2h2h"])
async def test_a_time_that_is_none_silences_nothing(world, wish):
    [said] = await world.say(f"/mute bridges {wish}")

    assert said.startswith("На який час?")
    assert world.silences() == []


async def test_only_admins_of_the_bot_silence_everybody(world):
    refused = await world.say("/mute bridges 2h everywhere", user=ANNA)
    assert refused == ["Це можуть робити лише адміністратори бота."]
    assert world.silences() == []

    await world.say("/mute bridges 2h везде", user=BOSS)

    assert world.silences() == [('rule="bridges"',)]
    await world.say("/unmute bridges", user=ANNA)
    assert len(world.silences()) == 1
    await world.say("/unmute bridges всюди", user=BOSS)
    assert world.silences() == []


async def test_a_member_of_a_group_changes_nothing_for_the_others(world):
    for command in ("/mute bridges 2h", "/unmute bridges", "/language en", "/unsubscribe"):
        assert await world.say(command, user=BORIS) == [
            "Це можуть робити лише адміністратори групи."
        ]
    assert world.silences() == []
    assert world.audited() == []


async def test_who_speaks_as_the_group_is_not_taken_for_anybody(world):
    how = {"from": AS_GROUP, "sender_chat": {"id": DESK, "type": "supergroup", "title": "Desk"}}
    world.api.admins[str(DESK)].append(AS_GROUP["id"])

    [said] = await world.say("/mute bridges 2h", **how)
    [read] = await world.say("/status", **how)

    assert said.startswith("Ви пишете від імені групи")
    assert world.silences() == []
    assert read.startswith("Видно всі")


@pytest.mark.parametrize(
    "how",
    [
        {"from": {"id": 55, "is_bot": True, "first_name": "Another bot"}},
        {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "A channel"}},
        {
            "from": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
            "sender_chat": {"id": CHANNEL, "type": "channel", "title": "A channel"},
        },
        {
            "from": AS_GROUP,
            "sender_chat": {"id": OTHER, "type": "supergroup", "title": "Another group"},
        },
        {"via_bot": {"id": 55, "is_bot": True, "first_name": "Inline"}},
        {"forward_origin": {"type": "hidden_user", "sender_user_name": "X", "date": 1}},
    ],
    ids=["a bot", "a channel", "a channel's bot", "another group", "inline", "forwarded"],
)
async def test_words_that_are_nobodys_own_are_not_obeyed(world, how):
    assert await world.say("/mute bridges 2h", **{"user": ANNA, **how}) == []
    assert world.silences() == []


@pytest.mark.parametrize(
    "text", ["/mute@other_bot bridges 2h", "mute bridges", "/", "/ mute bridges", "x /mute bridges"]
)
async def test_what_is_said_to_somebody_else_is_not_heard(world, text):
    assert await world.say(text) == []
    assert world.silences() == []


async def test_its_own_name_is_understood_in_any_case(world):
    await world.say("/MUTE@Stand_In_Bot bridges 2h")

    assert len(world.silences()) == 1


async def test_a_channel_post_is_nobodys_command(world, api):
    post = api.said("/mute bridges 2h", chat=CHANNEL)
    api.kinds[str(CHANNEL)] = "channel"
    api.update(channel_post=post)
    api.update(message=api.said("/mute bridges 2h", chat=CHANNEL))
    await world.bot.hear()

    assert world.silences() == []
    assert api.messages == []


async def test_a_button_mutes_the_rules_of_its_alert_and_the_group_sees_it(world, api):
    row = world.publish("Міст і пором", "", "bridges", "ferries")

    toast = await world.press(f"mute:{row}")

    assert toast.startswith("Тиша тут до ")
    assert toast.endswith("bridges, ferries.")
    assert world.silences() == [
        ('receiver="newsroom"', 'rule="bridges"'),
        ('receiver="newsroom"', 'rule="ferries"'),
    ]
    assert api.messages[-1].text == f"{toast} · User{ANNA}"
    assert api.messages[-1].silent


async def test_what_is_muted_by_a_button_is_kept_from_that_chat_alone(world):
    row = world.publish("Міст", "", "bridges", story=17)
    await world.press(f"mute:{row}")
    await world.press(f"story:{row}")
    active = world.store.read_now(lambda tx: silences.active(tx, world.clock()))
    alert = {"rule": ("bridges",), "severity": ("high",), "story": ("s1",), "document": ("x",)}
    now = world.clock()

    assert silencing(alert | {"receiver": ("newsroom",)}, active, now) == active[0]
    assert silencing(alert | {"receiver": ("channel",)}, active, now) is None
    other = alert | {"rule": ("ferries",), "receiver": ("newsroom",)}
    assert silencing(other, active, now) is None
    assert silencing(other | {"story": ("s17",)}, active, now) == active[1]


async def test_there_are_only_so_many_silences_in_a_chat(world):
    rows = [world.publish(f"Міст {n}", "", "bridges", story=n) for n in range(1, 102)]
    said = []
    for row in rows:
        said.append(await world.press(f"story:{row}", user=BOSS))
        world.clock.forward(timedelta(seconds=10))

    assert len(world.silences()) == 100
    assert said[-1] == "Тут уже забагато заглушень; /unmute скасовує їх."


async def test_a_longer_silence_takes_the_place_of_a_shorter_one(world):
    await world.say("/mute bridges 30m")
    await world.say("/mute bridges 1d")
    await world.say("/mute bridges 1h")

    assert len(world.silences()) == 1
    world.clock.forward(23 * HOUR)
    assert len(world.silences()) == 1


async def test_a_button_mutes_a_story_as_long_as_it_may_go_on(world):
    row = world.publish("Міст", "", "bridges", story=17)

    toast = await world.press(f"story:{row}")

    assert toast.startswith("Про цю історію тут мовчатиму до ")
    assert world.silences() == [('receiver="newsroom"', 'story="s17"')]


async def test_a_pressed_button_mutes_once_however_often_it_is_pressed(world):
    row = world.publish("Міст", "", "bridges")

    for _ in range(3):
        await world.press(f"mute:{row}")

    assert len(world.silences()) == 1
    assert len(world.audited()) == 1


async def test_feedback_counts_once_a_person_whoever_it_is(world):
    row = world.publish("Міст", "", "bridges")

    first = await world.press(f"not:{row}", user=BORIS)
    again = await world.press(f"not:{row}", user=BORIS)
    await world.press(f"not:{row}", user=ANNA)

    assert first == "Дякую, записано: не стосується справи."
    assert again == "Ви це вже позначили."
    assert world.store.read_now(feedback.not_relevant) == {"bridges": 1}  # one document
    assert [what for _, what in world.audited()] == ["not relevant"] * 2


@pytest.mark.parametrize("button", ["mute", "story", "not"])
async def test_a_button_that_was_made_up_for_another_chat_does_nothing(world, button):
    row = world.publish("Міст", "", "bridges", to=("channel",), story=3)

    toast = await world.press(f"{button}:{row}")

    assert toast == "Не можу знайти, чого стосується ця кнопка."
    assert world.silences() == []
    assert world.store.read_now(feedback.not_relevant) == {}


@pytest.mark.parametrize("data", ["mute:", "mute:x", "drop:1", "", "mute:9" * 9, "mute:-1", "x"])
async def test_every_press_is_answered_even_one_of_nothing(world, data):
    assert await world.press(data or " ") in {None, ""}


async def test_a_button_is_the_administrators_where_it_mutes_for_others(world):
    row = world.publish("Міст", "", "bridges")

    assert await world.press(f"mute:{row}", user=BORIS) == (
        "Це можуть робити лише адміністратори групи."
    )
    assert world.silences() == []


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


async def test_the_language_of_a_subscribed_chat_can_be_changed(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    assert await world.say("/language ru", chat=BORIS, user=BORIS) == [
        "Теперь я говорю здесь по-русски."
    ]
    [said] = await world.say("/status", chat=BORIS, user=BORIS)
    assert said.startswith("Видны все источники: 1.")
    assert (await world.say("/language uk"))[0].startswith("Мову цього чату задано")


async def test_an_admin_learns_the_numbers_that_the_configuration_wants(world):
    [said] = await world.say(
        "/start", chat=OTHER, user=BOSS, message_thread_id=9, is_topic_message=True
    )

    assert f"This chat has the number {OTHER}, this topic 9" in said


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
    moved = world.store.read_now(deliveries.moved_chats)
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
    world.store.write_now(lambda tx: deliveries.park(tx, "newsroom", until=later, reason="kicked"))

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


async def test_too_many_subscriptions_are_refused(world):
    def work(tx):
        for n in range(subscriptions.MOST_RULES):
            subscriptions.add(
                tx, BORIS, f"old-{n}", language="en", who="telegram:3", now=world.clock()
            )

    world.store.write_now(work)

    [said] = await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    assert said.startswith("That would be too many rules")


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


@pytest.mark.parametrize("command", ["search", "why", "last", "mute", "subscribe", "language"])
async def test_nothing_that_people_write_breaks_the_bot(world, api, command):
    world.publish("<b>&amp;\u202eмост\u0301" * 9, "\ufeff" * 9, "bridges")

    for text in NASTY:
        assert await world.say(f"/{command} {text}", chat=BOSS, user=BOSS), text
    assert await world.say("/last", chat=BOSS, user=BOSS)

    assert all(message.parse_mode == "HTML" for message in api.messages)
