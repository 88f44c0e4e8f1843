"""How stories reach a chat: what changes a message, what answers it, and what stands alone."""

from datetime import UTC, datetime
from random import Random

import pytest
from chatter import Chatter
from story_chat import Chat

from monitor.model import State
from monitor.notify.outbox import Outbox

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
RETREAT = "Войска прошли перегруппировку."


class Room:
    def __init__(self, chatter: Chatter) -> None:
        self.chatter = chatter
        self.told: list[str] = []

    async def tell(self, chat: Chat) -> None:
        outbox = Outbox(
            self.chatter.store,
            {"desk": chat},
            clock=self.chatter.clock,
            rng=Random(1),
            tell_operator=lambda tx, **notice: self.told.append(notice["subject"]),
        )
        await outbox.drain()
        while (due := await outbox.next_due()) is not None:
            self.chatter.clock.now = due
            await outbox.drain()

    def forms(self) -> list[str]:
        return [row.form.value for row in self.chatter.outbox("desk", [State.SENT])]


@pytest.fixture
def room(store, clock, tmp_path):
    clock.now = NOW
    return Room(Chatter(store, clock, "route: {receiver: desk}", tmp_path))


async def test_a_copy_changes_the_message_in_place(room):
    chat = Chat()
    first = await room.chatter.say("tass", RETREAT, about=1)
    await room.tell(chat)

    copy = await room.chatter.say("ria", RETREAT, about=1)
    await room.tell(chat)

    assert chat.messages == {"m1": {first, copy}}


async def test_where_nothing_can_be_changed_an_answer_names_only_what_is_new(room):
    chat = Chat(edits=False)
    await room.chatter.say("tass", RETREAT, about=1)
    await room.tell(chat)

    copies = []
    for source in ("ria", "lenta"):
        copies.append(await room.chatter.say(source, RETREAT, about=1))
        await room.tell(chat)

    assert list(chat.messages.values())[1:] == [{copies[0]}, {copies[1]}]


async def test_a_message_that_cannot_be_changed_any_more_is_answered(room):
    chat = Chat(answers=["", "stays"])
    await room.chatter.say("tass", RETREAT, about=1)
    await room.tell(chat)

    copy = await room.chatter.say("ria", RETREAT, about=1)
    await room.tell(chat)

    assert chat.messages["m2"] == {copy}
    assert (room.forms(), room.told) == (["alert", "copies"], [])


async def test_a_receiver_that_became_another_chat_changes_no_message_there(room):
    await room.chatter.say("tass", RETREAT, about=1)
    await room.tell(Chat(chat=-1001))
    elsewhere = Chat(chat=-2002, messages={"m1": {"somebody else's"}})

    copy = await room.chatter.say("ria", RETREAT, about=1)
    await room.tell(elsewhere)

    assert elsewhere.messages == {"m1": {"somebody else's"}, "m2": {copy}}


async def test_news_of_a_story_in_another_chat_stands_alone(room):
    await room.chatter.say("tass", RETREAT, about=1)
    await room.tell(Chat(chat=-1001))
    elsewhere = Chat(chat=-2002)

    await room.chatter.say("kremlin", RETREAT, about=1)
    await room.tell(elsewhere)

    assert elsewhere.answered == [()]
