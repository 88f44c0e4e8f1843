"""The outbox and Telegram together: what goes wrong in one chat stays there."""

import asyncio
from datetime import timedelta

import pytest
from outbox_world import World
from sending import desk, sender

SECOND = timedelta(seconds=1)
POISONED = -100
OTHERS = (-200, -300, 400, 500)
FAULTS = {
    -1: {"kind": "400", "text": "Bad Request: no reason"},
    -2: {"kind": "entities"},
    -3: {"kind": "429", "retry_after": 3600},
    -4: {"kind": "500"},
    -5: {"kind": "403"},
    -6: {"kind": "not-json"},
    -7: {"kind": "no-result"},
    -8: {"kind": "drop-before"},
    -9: {"kind": "migrate", "to": -9},
}


@pytest.fixture
async def scene(store, clock):
    async with desk() as (api, account):
        chats = {f"chat{chat}": chat for chat in (POISONED, *OTHERS, *FAULTS)}
        world = World(store, clock, **{name: sender(account, c) for name, c in chats.items()})
        yield api, world, list(chats)


async def test_what_some_chats_refuse_delays_no_other(scene, clock):
    api, world, names = scene
    for chat, fault in FAULTS.items():
        api.fault(chat=str(chat), times=1000, **fault)
    for number in range(3):
        world.queue(f"message {number}.", *names)
    began = clock.now

    for _ in range(3):
        await world.outbox.drain()
        clock.forward(SECOND)

    for chat in (POISONED, *OTHERS):
        assert [f"message {n}." in text for n, text in enumerate(api.to(chat))] == [True] * 3
    assert clock.now - began == 3 * SECOND
    assert {chat for chat in FAULTS if api.to(chat)} == {-6, -7}  # taken, and not seen to be


async def test_a_chat_that_does_not_answer_delays_no_other(scene, clock):
    api, world, names = scene
    api.fault("slow", chat=str(POISONED), seconds=3600)
    world.queue("message.", *names)

    draining = asyncio.create_task(world.outbox.drain())
    while not all(api.to(chat) for chat in OTHERS):
        assert not draining.done()
        await asyncio.sleep(0.01)

    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)


async def test_a_chat_is_left_alone_exactly_as_long_as_it_asked(scene, clock):
    api, world, names = scene
    api.fault("429", chat=str(POISONED), retry_after=41)
    world.queue("message.", names[0])
    began = clock.now

    await world.until_nothing_waits()

    assert clock.now - began == 41 * SECOND
    assert [name for name, _ in api.requests] == ["sendmessage"] * 2


async def test_where_many_chats_are_told_to_wait_the_whole_bot_does(scene, clock):
    api, world, names = scene
    for chat in (POISONED, *OTHERS[:2]):
        api.fault("429", chat=str(chat), retry_after=9)
    world.queue("message.", *names[:3])
    await world.outbox.drain()
    world.queue("message.", names[3])
    asked = len(api.requests)

    await world.outbox.drain()
    early = len(api.requests) - asked
    clock.forward(9 * SECOND)
    await world.outbox.drain()

    assert early == 0
    assert [len(api.to(chat)) for chat in (POISONED, *OTHERS[:3])] == [1] * 4


async def test_messages_of_full_length_come_half_as_often(scene, clock):
    """They are paid for as they turn out, though nobody knows their length when they are due."""
    api, world, names = scene
    for number in range(14):
        world.queue(f"message {number}.", names[0], text="слово " * 600)
    began = clock.now

    await world.until_nothing_waits()

    assert len(api.to(POISONED)) == 14
    assert clock.now - began > timedelta(minutes=1)
