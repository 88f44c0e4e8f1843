"""The bot for people, through the real library and real HTTP, with a real archive behind it."""

from datetime import timedelta

import bot_world
import pytest
from bot_world import BORIS, BOSS, CHANNEL, EVE, OTHER

NASTY = (
    "<b>мост", "</code>&#0;", "\u202e\u2066мост", "м" * 600, "*" * 300, "((((" * 60, '"' * 99,
    "\u0301" * 200, "👨‍👩‍👧🇺🇦" * 40, "мост OR " * 50, "-- ' ; DROP TABLE", "$list", "%s {0} {rule}",
)  # fmt: skip
api, world = bot_world.api, bot_world.world
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
    assert "newsroom: окреме повідомлення, чекає на чергу" in said
    assert "channel" not in said
    assert "channel" in boss
    assert await world.say("/why nothing") == [
        "В архіві немає повідомлення з таким ID чи посиланням."
    ]


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


async def test_an_admin_learns_the_numbers_that_the_configuration_wants(world):
    [said] = await world.say(
        "/start", chat=OTHER, user=BOSS, message_thread_id=9, is_topic_message=True
    )

    assert f"This chat has the number {OTHER}, this topic 9" in said


@pytest.mark.parametrize("command", ["search", "why", "last", "mute", "subscribe", "language"])
async def test_nothing_that_people_write_breaks_the_bot(world, api, command):
    world.publish("<b>&amp;\u202eмост\u0301" * 9, "\ufeff" * 9, "bridges")

    for text in NASTY:
        assert await world.say(f"/{command} {text}", chat=BOSS, user=BOSS), text
    assert await world.say("/last", chat=BOSS, user=BOSS)

    assert all(message.parse_mode == "HTML" for message in api.messages)
