"""Messages that change, answer, and stay in sight."""

import asyncio
import logging

import pytest
from bot_api import TOKEN, BotApi, in_thread
from hypothesis import given, settings
from hypothesis import strategies as st
from said import NOON, alert, delivery, match, notice
from sending import DESK, PNG, desk, part, sender

from monitor.errors import CannotEdit, ReceiverGone, ReceiverMoved, RetryLater
from monitor.model.telling import Form, StatusBoard
from monitor.notify.message import REPEAT
from monitor.notify.telegram import Account


@pytest.fixture
async def world():
    async with desk() as (api, account):
        yield api, account


async def test_an_edit_changes_the_message_and_leaves_its_place(world):
    api, account = world
    to = sender(account)
    (first,) = [await to.send(each) for each in to.parts(delivery(alert()))]

    joined = alert("Нове", "Війська відійшли.", match("Війська"))
    (edit,) = to.parts(delivery(joined, form=Form.EDIT, root=[first]))

    assert await to.send(edit) == first
    assert len(api.messages) == 1
    assert "Нове" in api.messages[0].text
    assert len(api.messages[0].history) == 1


async def test_an_edit_that_changes_nothing_has_arrived(world):
    api, account = world
    to = sender(account)
    first = await to.send(part())

    assert await to.send(part(edits=first)) == first
    assert api.messages[0].history == []


@pytest.mark.parametrize(
    ("about", "form"),
    [(alert(), Form.EDIT), (StatusBoard(text="76 of 83", raised_at=NOON), Form.STATUS)],
    ids=["edit", "status"],
)
async def test_what_changes_a_message_is_not_marked_as_a_repeat(world, about, form):
    _, account = world

    (edit,) = sender(account).parts(delivery(about, form=form, root=["1"], uncertain=True))

    assert REPEAT not in edit.html


@pytest.mark.parametrize("text", ["message can't be edited", "MESSAGE_ID_INVALID"])
async def test_what_cannot_be_edited_says_so(world, text):
    api, account = world
    to = sender(account)
    first = await to.send(part())
    api.fault("400", method="editMessageText", text=f"Bad Request: {text}")

    with pytest.raises(CannotEdit):
        await to.send(part("new", edits=first))
    with pytest.raises(CannotEdit):
        await to.send(part("new", edits="99"))
    assert api.to(DESK) == ["text"]


async def test_an_edit_never_leaves_less_than_was_there(world):
    """The least that can be said is for a new message; of an old one it would take the rest."""
    api, account = world
    to = sender(account)
    first = await to.send(part())
    api.fault("400", text="Bad Request: no reason", times=2)

    with pytest.raises(CannotEdit):
        await to.send(part("new", edits=first))
    assert api.to(DESK) == ["text"]


async def test_an_edit_that_is_refused_in_html_is_made_in_plain_text(world):
    api, account = world
    to = sender(account)
    first = await to.send(part())
    api.fault("entities")

    await to.send(part("new", edits=first))

    assert (api.messages[0].text, api.messages[0].parse_mode) == ("new", None)


async def test_the_caption_of_a_photo_is_edited_where_it_has_no_text(world):
    api, account = world
    to = sender(account)
    first = await to.send(part(photo=PNG))

    assert await to.send(part("new", edits=first)) == first
    with pytest.raises(CannotEdit):
        await to.send(part("long" * 300, edits=first))
    assert api.to(DESK) == ["new"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "429", "retry_after": 7}, RetryLater),
        ({"kind": "500"}, RetryLater),
        ({"kind": "drop-after"}, RetryLater),
        ({"kind": "403"}, ReceiverGone),
        ({"kind": "migrate", "to": -1009}, ReceiverMoved),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
async def test_an_edit_fails_as_a_message_does(world, fault, error):
    api, account = world
    to = sender(account)
    first = await to.send(part())
    api.fault(**fault)

    with pytest.raises(error):
        await to.send(part("new", edits=first))


async def test_after_a_chat_has_moved_its_old_messages_cannot_be_edited(world):
    api, account = world
    to = sender(account, -5)
    first = await to.send(part())
    api.fault("migrate", to=-1009)

    with pytest.raises(ReceiverMoved):
        await to.send(part("new", edits=first))
    with pytest.raises(CannotEdit):
        await to.send(part("new", edits=first))
    await to.send(part("new", answers=first))

    assert [(one.chat_id, one.reply_to) for one in api.messages] == [("-5", None), ("-1009", None)]


async def test_news_answers_the_message_and_copies_do_so_without_a_sound(world):
    api, account = world
    to = sender(account)
    first = await to.send(part())

    for form in (Form.REPLY, Form.COPIES):
        for each in to.parts(delivery(alert(), form=form, root=[first])):
            await to.send(each)

    _, news, copies = api.messages
    assert [news.reply_to, copies.reply_to] == [int(first)] * 2
    assert [news.silent, copies.silent] == [False, True]


async def test_an_answer_to_a_message_that_is_gone_is_a_message(world):
    api, account = world

    await sender(account).send(part(answers="99"))

    assert [(one.text, one.reply_to) for one in api.messages] == [("text", None)]


async def test_ids_of_a_receiver_of_another_kind_are_not_taken_for_messages(world):
    _, account = world

    (one,) = sender(account).parts(delivery(alert(), form=Form.REPLY, root=["printed"]))

    assert one.answers is None


async def test_what_an_edit_has_more_of_than_the_message_follows_as_an_answer(world):
    _, account = world
    long = notice("\n".join(f"source-{n} cannot be read" for n in range(600)))

    found = sender(account).parts(delivery(long, form=Form.EDIT, root=["5"]))

    assert len(found) > 1
    assert [each.edits for each in found] == ["5"] + [None] * (len(found) - 1)
    assert [each.answers for each in found] == [None] + ["5"] * (len(found) - 1)
    assert all(each.silent for each in found[1:])


async def test_the_status_is_pinned_once_and_changed_from_then_on(world):
    api, account = world
    to = sender(account)
    (new,) = to.parts(delivery(notice(), form=Form.STATUS))

    first = await to.send(new)
    (later,) = to.parts(delivery(notice("other"), form=Form.STATUS, root=[first]))
    again = await to.send(later)

    (message,) = api.messages
    assert again == first
    assert (message.pinned, message.silent) == (True, True)
    assert "other" in message.text
    assert [name for name, _ in api.requests].count("pinchatmessage") == 1


async def test_a_status_that_was_deleted_is_sent_and_pinned_anew(world):
    api, account = world
    to = sender(account)
    (later,) = to.parts(delivery(notice(), form=Form.STATUS, root=["99"]))

    new = await to.send(later)

    assert api.message(new).pinned
    assert api.message(new).silent


async def test_a_status_that_is_frozen_makes_room_for_the_new_one(world):
    api, account = world
    to = sender(account)
    old = await to.send(part(pins=True))
    api.frozen = {int(old)}

    new = await to.send(part("new", pins=True, edits=old))

    assert (api.message(old).pinned, api.message(new).pinned) == (False, True)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "400", "text": "Bad Request: not enough rights to manage pinned messages"},
        {"kind": "403"},
        {"kind": "500"},
        {"kind": "429", "retry_after": 60},
        {"kind": "migrate", "to": -1009},
        {"kind": "drop-after"},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_a_pin_that_fails_loses_no_message_and_is_told_once(world, caplog, fault):
    api, account = world
    to = sender(account)
    api.fault(method="pinChatMessage", times=2, **fault)

    with caplog.at_level(logging.WARNING):
        first, second = [await to.send(part(str(n), pins=True)) for n in range(2)]

    assert [message.message_id for message in api.messages] == [int(first), int(second)]
    assert sum("cannot pin" in record.getMessage() for record in caplog.records) == 1
    assert to.chat == DESK


@pytest.fixture(scope="module")
def threaded():
    with in_thread(BotApi()) as serving:
        yield serving


TEXTS = st.text(max_size=300) | st.text("<&>\ud83d\u202e\u0301\u200b a\n#_*[`", max_size=300)


@settings(max_examples=25)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=4))
def test_what_an_edited_message_says_is_what_the_same_message_would_say_anew(threaded, texts):
    """Whatever is written: each edit is taken, in its best form, and nothing of it is lost."""

    async def edited() -> tuple[str, str]:
        account = Account(TOKEN, api=threaded.url)
        to = sender(account, buttons=False)
        root = ""
        for title, text in texts:
            form, ids = (Form.EDIT, [root]) if root else (Form.ALERT, [])
            (one,) = to.parts(delivery(alert(title, text, match("a")), form=form, root=ids))
            root = await to.send(one)
        (anew,) = to.parts(delivery(alert(*texts[-1], match("a"))))
        fresh = await to.send(anew)
        await account.close()
        return root, fresh

    before = len(threaded.requests)

    root, fresh = asyncio.run(edited())

    changed, anew = threaded.message(root), threaded.message(fresh)
    assert (changed.text, changed.entities) == (anew.text, anew.entities)
    assert changed.parse_mode == anew.parse_mode == "HTML"
    assert len(threaded.requests) - before == len(texts) + 1
