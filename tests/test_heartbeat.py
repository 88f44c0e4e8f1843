"""The sign of life: given where all is well, withheld where something is wrong."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web as aio
from digest_world import DAY, HOUR, SUNDAY, begin
from sqlalchemy import insert, select

from monitor.app.heartbeat import Condition, Heartbeat, ailment, due_since
from monitor.archive import deliveries, health, pulse, receivers
from monitor.archive.pulse import Head
from monitor.archive.schema import deliveries as outbox
from monitor.archive.schema import meta
from monitor.archive.store import Store
from monitor.errors import Cause
from monitor.notify.outbox import backoff

MINUTE = timedelta(minutes=1)
SECRET = "0a1b2c3d-a-secret"
WELL = Condition(
    ticked_at=SUNDAY,
    heads=(),
    due_since={},
    receivers=2,
    parked=1,
    sources=83,
    blind=82,
)
HEAD = Head(receiver="desk", delivery=7, attempts=0, due=True)


# --- What is well ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"ticked_at": None}, "its work stands still"),
        ({"ticked_at": SUNDAY - 10 * MINUTE}, None),
        ({"ticked_at": SUNDAY - 11 * MINUTE}, "its work stands still"),
        ({"heads": [HEAD], "due_since": {7: SUNDAY - 10 * MINUTE}}, None),
        ({"heads": [HEAD], "due_since": {7: SUNDAY - 11 * MINUTE}}, "what desk is to hear is not"),
        ({"heads": [replace(HEAD, attempts=8)]}, None),
        ({"heads": [replace(HEAD, attempts=9, due=False)]}, "desk cannot be reached"),
        ({"parked": 2}, "no receiver can be reached"),
        ({"receivers": 0, "parked": 0}, None),
        ({"blind": 83}, "no source is seen"),
        ({"sources": 0, "blind": 0}, None),
    ],
)
def test_what_keeps_it_from_being_well_is_said(change, said):
    found = ailment(replace(WELL, **change), SUNDAY)

    assert (found or "").startswith(said or "")
    assert (found is None) == (said is None)


def test_a_message_is_due_from_when_it_was_first_seen_due_without_a_break():
    first = due_since({}, [HEAD], SUNDAY)
    later = due_since(first, [HEAD], SUNDAY + HOUR)
    under_way = due_since(later, [replace(HEAD, due=False)], SUNDAY + HOUR)
    next_one = due_since(later, [replace(HEAD, delivery=8)], SUNDAY + HOUR)

    assert first == later == {7: SUNDAY}
    assert under_way == {}
    assert next_one == {8: SUNDAY + HOUR}


def test_nine_failures_take_about_ten_minutes():
    class Half:
        def uniform(self, low, high):
            return (low + high) / 2

    assert 10 * MINUTE < sum((backoff(n, Half()) for n in range(9)), timedelta()) < 15 * MINUTE


# --- What the archive knows -----------------------------------------------------------------------


def queue(store, receiver: str = "desk", **more) -> int:
    values = {
        "form": "status",
        "receiver": receiver,
        "state": "queued",
        "attempts": 0,
        "parts_sent": 0,
        "message_ids": [],
        "uncertain": False,
    }
    statement = insert(outbox).values(**values | more).returning(outbox.c.id)
    return store.write_now(lambda tx: tx.execute(statement).scalar_one())


def test_the_archive_knows_what_each_receiver_hears_next(store):
    later, earlier = SUNDAY + MINUTE, SUNDAY - MINUTE
    due = queue(store, "due", not_before=earlier)
    queue(store, "due")
    waits = queue(store, "waits", not_before=later, attempts=3)
    queue(store, "sending", state="sending", lease_until=later)
    queue(store, "lost", state="sending", lease_until=earlier)
    queue(store, "paused")
    queue(store, "parked")
    queue(store, "sent", state="sent")
    queue(store, "removed")
    store.write_now(lambda tx: receivers.pause(tx, "paused", later))
    store.write_now(lambda tx: receivers.park(tx, "parked", until=earlier, reason="gone"))

    asked = ("due", "waits", "sending", "lost", "paused", "parked", "sent")
    heads = store.read_now(lambda tx: pulse.heads(tx, asked, SUNDAY))

    assert {one.receiver: one.due for one in heads} == {
        "due": True,
        "waits": False,
        "sending": False,
        "lost": True,
        "paused": False,
    }
    assert {(one.delivery, one.attempts) for one in heads} >= {(due, 0), (waits, 3)}
    assert store.read_now(pulse.unreachable) == {"parked"}


def test_the_archive_knows_how_many_sources_are_blind(store):
    begin(store)
    store.write_now(lambda tx: health.blind(tx, "tass", SUNDAY, Cause.DNS))

    assert store.read_now(pulse.seeing) == (4, 1)


# --- The call -------------------------------------------------------------------------------------


class Service:
    """Somebody who waits for a sign of life."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.status = 200

    async def answer(self, request: aio.Request) -> aio.Response:
        self.calls.append(f"{request.method} {request.path}")
        where = {"Location": "/elsewhere"} if self.status == 302 else {}
        return aio.Response(status=self.status, headers=where)


@pytest.fixture
async def service():
    one = Service()
    app = aio.Application()
    app.router.add_route("*", "/{path:.*}", one.answer)
    runner = aio.AppRunner(app, access_log=None)
    await runner.setup()
    site = aio.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    one.url = f"http://127.0.0.1:{port}/{SECRET}"
    yield one
    await runner.cleanup()


@pytest.fixture
def life(store, service):
    begin(store)
    return Life(Heartbeat(store), service.url)


class Life:
    """A program with a heartbeat; its ticks go well unless somebody says otherwise."""

    def __init__(self, heartbeat: Heartbeat, url: str) -> None:
        self.heartbeat, self.url = heartbeat, url

    async def tick(self, now, *, works: bool = True) -> None:
        if works:
            self.heartbeat.ticked_at = now
        await self.heartbeat.tick(now, self.url, MINUTE, ["desk", "night"])


async def test_the_address_is_called_every_minute_while_all_is_well(life, service):
    for second in range(0, 121, 10):
        await life.tick(SUNDAY + timedelta(seconds=second))

    assert service.calls == [f"GET /{SECRET}"] * 3
    assert life.heartbeat.next_due(SUNDAY, life.url) == SUNDAY + 3 * MINUTE


async def test_each_time_something_is_written_to_see_that_it_can_be(life, store):
    await life.tick(SUNDAY)
    await life.tick(SUNDAY + MINUTE)

    beats = select(meta.c.value).where(meta.c.key == "beat")
    assert store.read_now(lambda tx: tx.execute(beats).scalars().all()) == [
        (SUNDAY + MINUTE).isoformat()
    ]


async def test_without_an_address_nobody_is_called(life, service):
    life.url = None

    await life.tick(SUNDAY)

    assert service.calls == []
    assert life.heartbeat.next_due(SUNDAY, None) is None


async def test_a_message_that_is_stuck_stops_it_and_once_it_is_sent_it_goes_on(
    life, store, service, caplog
):
    caplog.set_level(logging.INFO)
    stuck = queue(store)

    for minute in range(20):
        await life.tick(SUNDAY + minute * MINUTE)
    called = len(service.calls)
    store.write_now(lambda tx: deliveries.settle_sent(tx, stuck, SUNDAY))
    await life.tick(SUNDAY + 20 * MINUTE)

    assert called == 11
    assert len(service.calls) == 12
    assert [line.getMessage() for line in caplog.records if "monitor" in line.name] == [
        "no heartbeat: what desk is to hear is not sent",
        "the heartbeat is heard again",
    ]


async def test_where_every_source_is_blind_nobody_is_called(life, store, service):
    for name in ("mod", "tass", "ukrinform", "dw"):
        store.write_now(lambda tx, name=name: health.blind(tx, name, SUNDAY, Cause.DNS))

    await life.tick(SUNDAY)

    assert service.calls == []


async def test_where_the_ticks_stand_still_nobody_is_called(life, service):
    await life.tick(SUNDAY)

    await life.tick(SUNDAY + 11 * MINUTE, works=False)

    assert len(service.calls) == 1


async def test_where_the_store_can_only_be_read_nobody_is_called(tmp_path, service, caplog):
    url = f"sqlite:///{tmp_path}/monitor.db"
    Store(url, durable=False).close()
    store = Store(url, read_only=True)
    life = Life(Heartbeat(store), service.url)

    await life.tick(SUNDAY)
    await life.tick(SUNDAY + MINUTE)

    assert service.calls == []
    assert caplog.text.count("no heartbeat: the store cannot be used: ") == 1
    store.close()


@pytest.mark.parametrize("status", [404, 500])
async def test_an_address_that_answers_with_a_failure_is_logged_once(life, service, caplog, status):
    service.status = status

    for minute in range(3):
        await life.tick(SUNDAY + minute * MINUTE)

    assert len(service.calls) == 3
    assert caplog.text.count(f"the heartbeat was not heard: http {status}") == 1
    assert SECRET not in caplog.text


async def test_a_redirect_is_an_answer_and_is_not_followed(life, service, caplog):
    service.status = 302

    await life.tick(SUNDAY)

    assert service.calls == [f"GET /{SECRET}"]
    assert caplog.text == ""


@pytest.mark.parametrize("url", [f"http://127.0.0.1:9/{SECRET}", f"http://[/{SECRET}"])
async def test_an_address_that_cannot_be_called_disturbs_nobody_and_stays_secret(life, caplog, url):
    life.url = url

    await life.tick(SUNDAY)
    await life.tick(SUNDAY + MINUTE)

    assert caplog.text.count("the heartbeat was not heard: ") == 1
    assert SECRET not in caplog.text


async def test_a_clock_that_was_set_back_does_not_silence_it(life, service):
    await life.tick(SUNDAY + DAY)

    await life.tick(SUNDAY)

    assert len(service.calls) == 2
