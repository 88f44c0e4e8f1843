"""What hangs on a message: buttons, pictures, previews; and what is left when it is refused."""

import pytest
from bot_api import TOKEN, BotApi
from said import NOON
from sending import DESK, PNG, desk, part, sender

from monitor.errors import ReceiverGone, Refused, RetryLater
from monitor.notify.message import Button
from monitor.notify.telegram import Account

BUTTONS = ((Button(text="Mute 2 h", data="mute:7"), Button(text="Not relevant", data="not:7")),)


@pytest.fixture
async def world():
    async with desk() as (api, account):
        yield api, account


async def test_buttons_stand_in_groups_and_private_chats_and_never_in_channels(world):
    api, account = world
    api.kinds = {"-1": "channel", "-2": "supergroup", "-3": "group"}

    for chat in (-1, -2, -3, 7, "@channel"):
        for _ in range(2):
            await sender(account, chat).send(part(buttons=BUTTONS))

    shown = {message.chat_id: bool(message.buttons) for message in api.messages}
    assert shown == {"-1": False, "-2": True, "-3": True, "7": True, "@channel": False}
    assert [name for name, _ in api.requests].count("getchat") == 4  # once for each but a person's


async def test_where_nobody_says_what_a_chat_is_there_are_no_buttons(world):
    api, account = world
    api.fault("500", method="getChat")

    await sender(account).send(part(buttons=BUTTONS))

    assert [message.buttons for message in api.messages] == [[]]


async def test_a_button_carries_its_data(world):
    api, account = world

    await sender(account).send(part(buttons=BUTTONS))

    (row,) = api.messages[0].buttons
    assert [(one["text"], one["callback_data"]) for one in row] == [
        ("Mute 2 h", "mute:7"),
        ("Not relevant", "not:7"),
    ]


@pytest.mark.parametrize(
    ("button", "data"), [("Mute", "x" * 65), ("", "x")], ids=["too long", "without a word"]
)
async def test_a_message_whose_buttons_are_refused_comes_without(world, button, data):
    api, account = world

    await sender(account).send(part(buttons=((Button(text=button, data=data),),)))

    (message,) = api.messages
    assert (message.bold, message.buttons) == (["text"], [])


@pytest.mark.parametrize(
    "photo", [b"", b"no picture", PNG[:16] + (9999).to_bytes(4) + PNG[20:], b"\0" * 11_000_000]
)
async def test_a_picture_that_is_refused_leaves_its_words(world, photo):
    api, account = world

    await sender(account).send(part(photo=photo))

    (message,) = api.messages
    assert (message.bold, message.photo) == (["text"], None)


@pytest.mark.parametrize(
    "text",
    [
        "Bad Request: not enough rights to send photos to the chat",
        "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
        "Bad Request: PHOTO_INVALID_DIMENSIONS",
        "Bad Request: wrong type of the web page content",
        "Bad Request: message caption is too long",
    ],
)
async def test_where_pictures_are_not_welcome_words_are(world, text):
    api, account = world
    api.fault("400", method="sendPhoto", text=text)

    await sender(account).send(part(photo=PNG))

    assert [(one.bold, one.photo) for one in api.messages] == [(["text"], None)]


async def test_a_picture_keeps_its_place_when_only_its_words_are_refused(world):
    api, account = world
    api.fault("entities")

    await sender(account).send(part(photo=PNG))

    (message,) = api.messages
    assert (message.photo, message.text, message.bold) == (PNG, "text", [])


async def test_a_picture_that_the_server_finds_too_large_is_not_tried_for_ever(world):
    api, account = world
    api.fault("413", method="sendPhoto")

    await sender(account).send(part(photo=PNG))

    assert api.to(DESK) == ["text"]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("off", {"is_disabled": True}),
        ("small", {"url": "https://mod.example/1", "prefer_small_media": True}),
        ("large", {"url": "https://mod.example/1", "prefer_large_media": True}),
    ],
)
async def test_a_preview_is_of_the_document_and_as_large_as_is_wanted(world, wanted, given):
    api, account = world
    to = sender(account, link_preview=wanted)

    await to.send(part(preview="https://mod.example/1"))
    await to.send(part())

    assert [one.preview_options for one in api.messages] == [given, {"is_disabled": True}]


async def test_a_preview_that_is_refused_is_left_out(world):
    api, account = world

    await sender(account, link_preview="large").send(part(preview="not an address"))

    assert [(one.bold, one.preview) for one in api.messages] == [(["text"], False)]


async def test_a_topic_that_is_closed_is_left_with_all_that_hangs_on_a_message(world):
    api, account = world
    to = sender(account, message_thread_id=6)
    api.fault("400", text="Bad Request: TOPIC_CLOSED")

    await to.send(part(buttons=BUTTONS, answers="99", silent=True))

    (message,) = api.messages
    assert (message.thread, message.silent, len(message.buttons)) == (None, True, 1)


async def test_nothing_to_say_is_refused(world):
    _, account = world

    with pytest.raises(Refused):
        await sender(account).send(part(html="", plain="", minimal=""))


async def test_a_token_that_is_refused_is_not_tried_by_every_receiver():
    now = 0.0
    async with BotApi().serving() as api:
        account = Account(TOKEN, api=api.url, seconds=lambda: now)
        api.fault("401", times=2)
        for chat in range(1, 100):
            with pytest.raises(ReceiverGone, match="token"):
                await sender(account, chat).send(part())
        asked = len(api.requests)
        now = 600.0
        with pytest.raises(ReceiverGone):
            await sender(account, 1).send(part())
        now = 1200.0
        await sender(account, 1).send(part())
        await sender(account, 2).send(part())
        await account.close()

    assert (asked, len(api.requests)) == (1, 4)


async def test_a_pause_of_millions_of_years_is_a_week_and_one_of_nonsense_half_a_minute(world):
    api, account = world
    said = []
    for seconds in (10**15, -5, 41):
        api.fault("429", retry_after=seconds)
        with pytest.raises(RetryLater) as raised:
            await sender(account).send(part())
        said.append(int(raised.value.after.total_seconds()))

    assert said == [7 * 24 * 3600, 30, 41]


async def test_a_chat_with_a_name_and_its_number_share_their_limits(world):
    _, account = world

    await sender(account, "@channel").send(part())
    account.limiter.take("@channel", NOON)

    assert account.limiter.ready_at(-1009000000001, NOON) > NOON
