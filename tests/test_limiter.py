"""How fast Telegram lets a bot speak."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.limiter import Limiter, cost
from monitor.notify.turns import Turns

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = datetime(2022, 9, 10, 12, tzinfo=UTC)


def test_a_chat_takes_one_message_a_second_and_a_group_twenty_a_minute():
    limiter, now = Limiter(), NOON
    times = []
    for _ in range(41):
        now = limiter.ready_at("@channel", now)
        limiter.take("@channel", now)
        times.append((now - NOON) // SECOND)

    assert times == [*range(20), *range(60, 80), 120]


def test_a_person_may_hear_more_than_twenty_a_minute():
    limiter, now = Limiter(), NOON
    for _ in range(30):
        now = limiter.ready_at(7, now)
        limiter.take(7, now)

    assert now == NOON + 29 * SECOND


def test_all_chats_together_take_twenty_five_a_second():
    limiter = Limiter()
    for chat in range(25):
        assert limiter.ready_at(chat, NOON) == NOON
        limiter.take(chat, NOON)

    assert limiter.ready_at(99, NOON) == NOON + SECOND
    assert limiter.ready_at(None, NOON) == NOON


def test_a_pause_holds_one_chat_and_a_clock_set_back_holds_none():
    limiter = Limiter()
    limiter.take(1, NOON)
    limiter.pause(2, NOON + MINUTE, NOON)

    assert limiter.ready_at(2, NOON) == NOON + MINUTE
    assert limiter.ready_at(1, NOON - 24 * HOUR) == NOON - 24 * HOUR


def test_pauses_of_several_chats_at_once_are_meant_for_the_bot():
    limiter = Limiter()
    for chat, seconds in ((1, 30), (2, 5)):
        limiter.pause(chat, NOON + seconds * SECOND, NOON)
    alone = limiter.ready_at(9, NOON)
    limiter.pause(3, NOON + 8 * SECOND, NOON + SECOND)

    assert alone == NOON
    assert limiter.ready_at(9, NOON) == NOON + 5 * SECOND
    assert limiter.ready_at(1, NOON) == NOON + 30 * SECOND


def test_pauses_that_come_one_by_one_stay_with_their_chats():
    limiter, now = Limiter(), NOON
    for chat in range(1, 9):
        limiter.pause(chat, now + HOUR, now)
        now += 6 * SECOND

    assert limiter.ready_at(99, now) == now


def test_a_chat_that_is_told_to_wait_again_and_again_is_one_chat():
    limiter = Limiter()
    for _ in range(9):
        limiter.pause(1, NOON + HOUR, NOON)

    assert limiter.ready_at(99, NOON) == NOON


@pytest.mark.parametrize(("size", "counts"), [(0, 1), (500, 1), (2298, 1.5), (4096, 2), (9999, 2)])
def test_a_longer_message_counts_as_up_to_two(size, counts):
    assert cost(size) == counts


def test_a_group_takes_ten_of_the_longest_messages_a_minute():
    limiter, now = Limiter(), NOON
    times = []
    for _ in range(12):
        now = limiter.ready_at(-5, now)
        limiter.take(-5, now)
        limiter.weigh(-5, 4096)
        times.append((now - NOON) // SECOND)

    assert times == [*range(10), 60, 61]


def test_a_name_and_a_number_of_one_chat_count_together():
    limiter = Limiter()
    for second in range(10):
        limiter.take("@desk", NOON + second * SECOND)
    limiter.same("@desk", -100)
    for second in range(10, 20):
        limiter.take(-100, NOON + second * SECOND)

    for chat in ("@desk", -100):
        assert limiter.ready_at(chat, NOON + 20 * SECOND) == NOON + MINUTE


def test_chats_that_are_silent_are_forgotten_and_those_that_wait_are_not():
    limiter = Limiter()
    limiter.pause(1, NOON + 24 * HOUR, NOON)
    for chat in range(2, 10_100):
        limiter.take(chat, NOON)
    limiter.take(20_000, NOON + HOUR)

    assert len(limiter._of) < 10
    assert limiter.ready_at(1, NOON + HOUR) == NOON + 24 * HOUR


@given(
    st.lists(
        st.tuples(st.sampled_from([-1, -2, 5, 6]), st.integers(0, 5000), st.booleans(),
                  st.floats(0, 3)),
        max_size=120,
    )
)  # fmt: skip
def test_whoever_speaks_the_limits_are_kept(turns):
    """Alerts and answers in any order: never two within a second, never more than 20 a minute."""
    limiter, now, spoken = Limiter(per_second=3), NOON, []
    for chat, size, answer, wait in turns:
        now = limiter.ready_at(chat, now + timedelta(seconds=wait), answer=answer)
        limiter.take(chat, now, size)
        spoken.append((chat, now))

    for index, (chat, at) in enumerate(spoken):
        here = [when for one, when in spoken[: index + 1] if one == chat]
        assert all(at - when >= SECOND for when in here[:-1])
        assert chat > 0 or sum(at - when < MINUTE for when in here) <= 20
        assert sum(at - when < SECOND for _, when in spoken[: index + 1]) <= 3


class Hours:
    """A clock that whoever sleeps turns."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
def hours():
    return Hours()


async def test_an_answer_to_a_quiet_chat_goes_at_once_and_the_next_leaves_a_second_free(hours):
    limiter = Limiter()
    turns = Turns(limiter, clock=hours, sleep=hours.sleep)

    await turns.turn(7)
    first, alert = hours.now, limiter.ready_at(7, hours.now)
    await turns.turn(7)

    assert (first, alert, hours.now) == (NOON, NOON + SECOND, NOON + 2 * SECOND)


async def test_an_answer_waits_while_alerts_go_and_never_takes_their_second(hours):
    async def until_it_is_time(seconds: float) -> None:
        then = hours.now + timedelta(seconds=seconds)
        while hours.now < then:
            await asyncio.sleep(0)

    limiter = Limiter()
    limiter.take(7, NOON)
    answer = asyncio.create_task(Turns(limiter, clock=hours, sleep=until_it_is_time).turn(7))
    alerts = []
    for _ in range(30):
        await asyncio.sleep(0)
        hours.now = limiter.ready_at(7, hours.now)
        limiter.take(7, hours.now)
        alerts.append(hours.now)
    waited = not answer.done()
    hours.now += 2 * SECOND
    await answer

    assert waited
    assert alerts == [NOON + (n + 1) * SECOND for n in range(30)]


async def test_answers_leave_some_of_each_minute_of_a_group_to_alerts(hours):
    limiter = Limiter()
    turns = Turns(limiter, clock=hours, sleep=hours.sleep)
    for _ in range(15):
        await turns.turn(-5)
    talked = hours.now
    alerts = []
    for _ in range(5):
        hours.now = limiter.ready_at(-5, hours.now)
        limiter.take(-5, hours.now)
        alerts.append(hours.now)

    assert talked == NOON + 28 * SECOND
    assert alerts == [talked + (n + 1) * SECOND for n in range(5)]
    assert limiter.ready_at(-5, hours.now, answer=True) > NOON + MINUTE


async def test_answers_to_one_chat_wait_in_line_and_who_leaves_it_holds_up_nobody(hours):
    limiter = Limiter()
    limiter.pause(7, NOON + MINUTE, NOON)
    turns = Turns(limiter, clock=hours, sleep=hours.sleep)
    done: list[int] = []

    async def answer(number: int) -> None:
        await turns.turn(7)
        done.append(number)

    waiting = [asyncio.create_task(answer(number)) for number in range(4)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    await turns.turn(8)
    await asyncio.gather(*waiting, return_exceptions=True)

    assert done == [0, 2, 3]
    assert turns._queues == {}
