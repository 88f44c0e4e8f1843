"""What people change by talking to the bot, and who may: over HTTP, in a real archive."""

from datetime import timedelta

import bot_world
import pytest
from bot_world import ANNA, AS_GROUP, BORIS, BOSS, CHANNEL, DESK, OTHER

from monitor.archive import deliveries, feedback, silences, subscriptions
from monitor.model import State
from monitor.notify.silence import silencing

api, world = bot_world.api, bot_world.world
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


async def test_the_language_of_a_subscribed_chat_can_be_changed(world):
    await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    assert await world.say("/language ru", chat=BORIS, user=BORIS) == [
        "Теперь я говорю здесь по-русски."
    ]
    [said] = await world.say("/status", chat=BORIS, user=BORIS)
    assert said.startswith("Видны все источники: 1.")
    assert (await world.say("/language uk"))[0].startswith("Мову цього чату задано")


async def test_too_many_subscriptions_are_refused(world):
    def work(tx):
        for n in range(subscriptions.MOST_RULES):
            subscriptions.add(
                tx, BORIS, f"old-{n}", language="en", who="telegram:3", now=world.clock()
            )

    world.store.write_now(work)

    [said] = await world.say("/subscribe bridges", chat=BORIS, user=BORIS)

    assert said.startswith("That would be too many rules")
