"""How fast Telegram lets a bot speak."""

from datetime import UTC, datetime, timedelta

from monitor.notify.limiter import Limiter

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
