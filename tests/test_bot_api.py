"""The Bot API stand-in is as strict as the real one, so that what it takes would be taken."""

import json

import pytest
from bot_api import TOKEN, BotApi
from telegram import (
    Bot,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import BadRequest, Conflict, RetryAfter

DESK = -1001234567890
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (90).to_bytes(4) + (60).to_bytes(4) + b"\0" * 40


@pytest.fixture
async def api():
    async with BotApi().serving() as serving:
        yield serving


@pytest.fixture
async def bot(api, monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with Bot(TOKEN, base_url=f"{api.url}/bot") as bot:
        yield bot


def button(data: str = "d", text: str = "Mute") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)]])


async def refused(call) -> str:
    with pytest.raises(BadRequest) as raised:
        await call
    return str(raised.value)


async def test_a_message_remembers_its_texts_its_buttons_and_what_it_answers(api, bot):
    first = await bot.send_message(DESK, "one", reply_markup=button())
    answer = await bot.send_message(DESK, "two", reply_parameters=ReplyParameters(first.message_id))
    await bot.edit_message_text("<b>uno</b>", DESK, first.message_id, parse_mode="HTML")
    await bot.pin_chat_message(DESK, answer.message_id)

    one, two = api.messages
    assert (one.text, one.history, one.bold, one.buttons) == ("uno", ["one"], ["uno"], [])
    assert (two.reply_to, two.pinned, one.pinned) == (one.message_id, True, False)


async def test_an_edit_that_changes_nothing_is_refused_and_one_of_the_buttons_is_not(api, bot):
    sent = await bot.send_message(DESK, "one", reply_markup=button())

    same = await refused(bot.edit_message_text("one", DESK, sent.message_id, reply_markup=button()))
    await bot.edit_message_text("one", DESK, sent.message_id, reply_markup=button("e"))

    assert same.startswith("Message is not modified")
    assert api.messages[0].buttons[0][0]["callback_data"] == "e"


async def test_what_is_not_there_or_frozen_is_not_edited(api, bot):
    sent = await bot.send_message(DESK, "one")
    photo = await bot.send_photo(DESK, PNG, caption="two")
    api.frozen = {sent.message_id}

    for chat, number, said in (
        (-5, sent.message_id, "Message to edit not found"),
        (DESK, 99, "Message to edit not found"),
        (DESK, sent.message_id, "Message can't be edited"),
        (DESK, photo.message_id, "There is no text in the message to edit"),
    ):
        assert await refused(bot.edit_message_text("new", chat, number)) == said
    await bot.edit_message_caption(DESK, photo.message_id, caption="three")
    assert api.to(DESK) == ["one", "three"]


@pytest.mark.parametrize("size", [0, 65])
async def test_a_button_carries_one_to_sixty_four_bytes(bot, size):
    markup = json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "d" * size}]]})

    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(DESK, "one", api_kwargs={"reply_markup": markup})


async def test_previews_replies_and_captions_are_checked(bot):
    both = LinkPreviewOptions(prefer_small_media=True, prefer_large_media=True)

    assert "small and large" in await refused(
        bot.send_message(DESK, "a", link_preview_options=both)
    )
    assert "replied not found" in await refused(
        bot.send_message(DESK, "a", reply_parameters=ReplyParameters(99))
    )
    assert "caption is too long" in await refused(bot.send_photo(DESK, PNG, caption="a" * 1025))
    assert "dimensions" in (await refused(bot.send_photo(DESK, wide()))).lower()
    assert "process" in (await refused(bot.send_photo(DESK, b"not a picture"))).lower()


def wide() -> bytes:
    return PNG[:16] + (9000).to_bytes(4) + PNG[20:]


async def test_edits_count_in_the_flood_limits_and_pins_do_not(api, bot):
    now = 0.0
    api.flood, api.clock = True, lambda: now
    sent = await bot.send_message(DESK, "0")
    await bot.pin_chat_message(DESK, sent.message_id)

    with pytest.raises(RetryAfter) as soon:
        await bot.edit_message_text("too soon", DESK, sent.message_id)
    for second in range(1, 20):
        now = float(second)
        await bot.edit_message_text(str(second), DESK, sent.message_id)
    now = 20.0
    with pytest.raises(RetryAfter) as often:
        await bot.send_message(DESK, "too often")

    assert (soon.value.retry_after.seconds, often.value.retry_after.seconds) == (1, 40)


async def test_updates_come_by_one_way_at_a_time(api, bot):
    await bot.set_webhook("https://hook.example/x", secret_token="word")

    with pytest.raises(Conflict):
        await bot.get_updates()
    with pytest.raises(BadRequest, match="https"):
        await bot.set_webhook("http://hook.example/x")
    await bot.delete_webhook()
    api.say("/start now", chat=7, user=8)
    (update,) = await bot.get_updates(allowed_updates=["message"])

    assert api.hook is None
    assert update.message.text == "/start now"


async def test_a_press_is_answered_once_known_and_people_have_places(api, bot):
    await bot.send_message(DESK, "one", reply_markup=button("mute:1"))
    api.admins[str(DESK)] = [9]
    api.members[str(DESK), 10] = "left"
    query = api.press(api.messages[0], user=9)

    (update,) = await bot.get_updates(allowed_updates=["callback_query"])
    await bot.answer_callback_query(query, "done")
    statuses = [(await bot.get_chat_member(DESK, user)).status for user in (9, 10, 11)]

    assert (update.callback_query.data, update.callback_query.from_user.id) == ("mute:1", 9)
    assert [answer["text"] for answer in api.answers] == ["done"]
    assert "too old" in await refused(bot.answer_callback_query("never", "x"))
    assert statuses == ["administrator", "left", "member"]
    assert [one.user.id for one in await bot.get_chat_administrators(DESK)] == [9]


async def test_chats_are_of_the_kind_that_they_are_said_to_be(api, bot):
    api.kinds[str(DESK)] = "channel"

    kinds = [(await bot.get_chat(chat)).type for chat in (DESK, -5, 7, "@name")]

    assert kinds == ["channel", "supergroup", "private", "channel"]


async def test_a_menu_of_commands_is_kept_by_scope_and_language(api, bot):
    await bot.set_my_commands(
        [("why", "Чому")], scope=BotCommandScopeAllPrivateChats(), language_code="uk"
    )

    assert [one["command"] for one in api.commands["all_private_chats", "uk"]] == ["why"]
    with pytest.raises(BadRequest):
        await bot.set_my_commands([("Why?", "Чому")])
