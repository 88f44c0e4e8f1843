"""Digests over days and restarts, on a simulated clock."""

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from digest_world import DAY, HOUR, SUNDAY, begin, hear, receiver, rows

from monitor.app.digests import Digests
from monitor.archive import digests
from monitor.errors import StoreUnusable
from monitor.model import Form

KYIV = ZoneInfo("Europe/Kyiv")
MINUTE = timedelta(minutes=1)
DAILY = receiver(digest={"daily": "09:00"}, language="uk")


class Easel:
    """Draws nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked = []
        self.picture: bytes | None = b"PNG"

    async def __call__(self, sketch) -> bytes | None:
        self.asked.append(sketch)
        return self.picture


class Life:
    """A program that queues digests, and may end and begin again."""

    def __init__(self, store, easel, *receivers) -> None:
        self.store, self.easel, self.receivers = store, easel, receivers
        self.woken = 0
        self.restart()

    def restart(self) -> None:
        self.digests = Digests(self.store, self.easel, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def tick(self, now: datetime) -> None:
        await self.digests.tick(now, self.receivers, KYIV)

    async def live(self, since: datetime, until: datetime, step: timedelta = 5 * MINUTE) -> None:
        now = since
        while now < until:
            await self.tick(now)
            now += step

    def sent(self, receiver: str = "desk") -> list[str]:
        queued = [row for row in rows(self.store, Form.DIGEST) if row.receiver == receiver]
        return [f"{row.payload['period']} {row.payload['date']}" for row in queued]


@pytest.fixture
def easel():
    return Easel()


@pytest.fixture
def life(store, easel):
    begin(store)
    return Life(store, easel, DAILY)


async def test_a_digest_comes_once_a_day_at_its_time_with_its_picture(life):
    hear(life.store, "1")
    await life.live(SUNDAY - HOUR, SUNDAY)
    assert life.sent() == []

    await life.live(SUNDAY, SUNDAY + 2 * DAY + HOUR, 30 * MINUTE)

    assert life.sent() == ["daily 2022-09-11", "daily 2022-09-12", "daily 2022-09-13"]
    assert life.woken == 3
    row = rows(life.store, Form.DIGEST)[0]
    digest = life.store.read_now(lambda tx: digests.of_delivery(tx, "desk", row.payload))
    assert (digest.picture, digest.counts[0].total) == (b"PNG", 1)
    assert life.easel.asked[0].title == "Зведення за добу"


async def test_a_receiver_that_is_new_at_noon_does_not_get_this_mornings(life):
    noon = SUNDAY + 3 * HOUR

    await life.live(noon, noon + HOUR)
    assert life.sent() == []
    await life.tick(SUNDAY + DAY)

    assert life.sent() == ["daily 2022-09-12"]


async def test_a_receiver_that_left_and_comes_back_is_new_again(life):
    await life.tick(SUNDAY - HOUR)
    await life.tick(SUNDAY)
    life.receivers = ()
    await life.tick(SUNDAY + HOUR)
    life.receivers = (DAILY,)
    await life.tick(SUNDAY + 3 * DAY + HOUR)

    assert life.sent() == ["daily 2022-09-11"]


async def test_a_receiver_that_left_before_a_restart_and_comes_back_is_new_again(life):
    await life.tick(SUNDAY - HOUR)
    life.receivers = ()
    await life.tick(SUNDAY)
    life.restart()

    life.receivers = (DAILY,)
    await life.tick(SUNDAY + HOUR)

    assert life.sent() == []


@pytest.mark.parametrize("late", [MINUTE, 12 * HOUR - MINUTE])
async def test_what_was_missed_is_sent_late_after_a_restart(life, late):
    await life.tick(SUNDAY - HOUR)
    life.restart()

    await life.tick(SUNDAY + late)
    life.restart()
    await life.tick(SUNDAY + late + MINUTE)

    assert life.sent() == ["daily 2022-09-11"]


async def test_what_is_twelve_hours_late_is_skipped_once_and_said(life, caplog):
    caplog.set_level(logging.WARNING)
    await life.tick(SUNDAY - HOUR)
    life.restart()

    await life.tick(SUNDAY + 12 * HOUR)
    life.restart()
    await life.tick(SUNDAY + 13 * HOUR)

    assert life.sent() == []
    assert [line.getMessage() for line in caplog.records] == [
        "desk: the digest daily-2022-09-11 is skipped, 12:00:00 late"
    ]
    await life.tick(SUNDAY + DAY)
    assert life.sent() == ["daily 2022-09-12"]


async def test_after_days_of_absence_the_last_one_is_sent_and_the_others_are_counted(life, caplog):
    await life.tick(SUNDAY - HOUR)
    life.restart()

    await life.tick(SUNDAY + 3 * DAY + HOUR)

    assert life.sent() == ["daily 2022-09-14"]
    assert "3 daily digests before 2022-09-14 were not sent" in caplog.text


@pytest.mark.parametrize("first", ["2022-03-25 12:00+00:00", "2022-10-28 12:00+00:00"])
async def test_each_local_date_has_one_across_the_change_of_the_clock_with_restarts(
    store, easel, first
):
    begin(store)
    life = Life(store, easel, receiver(digest={"daily": "03:30"}))
    begun = now = datetime.fromisoformat(first)

    while now < begun + 3 * DAY:
        await life.tick(now)
        now += 10 * MINUTE
        if now.minute == 30:  # also at both of the times that are 03:30
            life.restart()

    days = [(begun + n * DAY).date().isoformat() for n in range(1, 4)]
    assert life.sent() == [f"daily {day}" for day in days]
    looked = [row.payload for row in rows(store, Form.DIGEST)]
    assert all(a["until"] == b["since"] for a, b in pairwise(looked))


async def test_a_day_and_a_week_may_be_due_together(store, easel):
    begin(store)
    both = receiver(digest={"daily": "09:00", "weekly": "sun 09:00"})
    life = Life(store, easel, both)

    await life.tick(SUNDAY - HOUR)
    await life.tick(SUNDAY)

    assert life.sent() == ["daily 2022-09-11", "weekly 2022-09-11"]


async def test_without_a_picture_it_goes_out_as_text(life, easel):
    easel.picture = None
    await life.tick(SUNDAY - HOUR)

    await life.tick(SUNDAY)

    (row,) = rows(life.store, Form.DIGEST)
    digest = life.store.read_now(lambda tx: digests.of_delivery(tx, "desk", row.payload))
    assert digest.picture is None


async def test_what_could_not_be_written_is_tried_again_with_the_next_tick(life, store):
    class FullStore:
        def __init__(self) -> None:
            self.full = True

        async def read(self, work):
            return await store.read(work)

        async def write(self, work, **more):
            if self.full:
                raise StoreUnusable("no room")
            return await store.write(work, **more)

    await life.tick(SUNDAY - HOUR)
    full = FullStore()
    again = Life(full, life.easel, DAILY)
    with pytest.raises(StoreUnusable):
        await again.tick(SUNDAY)
    full.full = False

    await again.tick(SUNDAY + MINUTE)

    assert life.sent() == ["daily 2022-09-11"]


async def test_the_next_tick_is_due_when_a_digest_is(life):
    assert life.digests.next_due(SUNDAY - HOUR, life.receivers, KYIV) == SUNDAY - HOUR
    await life.tick(SUNDAY - HOUR)

    assert life.digests.next_due(SUNDAY - HOUR, life.receivers, KYIV) == SUNDAY
    assert Digests(life.store, life.easel, print).next_due(SUNDAY, [receiver()], KYIV) is None
