"""Apprise's services are told; their addresses, which are secrets, are told to nobody."""

import asyncio
import io
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from hook import Hook
from said import alert, delivery, match, notice

from monitor.errors import ReceiverGone, Refused, RetryLater
from monitor.notify.apprise import AppriseSender, BadAddress
from monitor.notify.message import Look

LOOK = Look(zone=ZoneInfo("Europe/Kyiv"))
CANARY = "3ccdd113474722377935511fc85d3dd4"


@pytest.fixture
async def hook():
    async with Hook().serving() as serving:
        yield serving


def address(hook: Hook, scheme: str = "json") -> str:
    return f"{hook.url.replace('http', scheme).removesuffix('hook')}{CANARY}"


def sender(*addresses: str, **more) -> AppriseSender:
    return AppriseSender("slack", " ".join(addresses), LOOK, **more)


async def tell(to: AppriseSender, about=None, **how) -> None:
    for part in to.parts(delivery(about or alert(), **how)):
        await to.send(part)


async def test_a_service_is_told_with_a_title_and_a_text(hook):
    await tell(sender(address(hook)))

    (said,) = hook.received
    assert said["title"].startswith("🟠 High · Retreat called “reshuffling”")
    assert "Принято решение перегруппировать войска" in said["message"]
    assert "https://ria.example/20220910/1.html" in said["message"]


async def test_a_long_message_is_divided_where_the_service_takes_less(hook):
    long = notice("\n".join(f"source-{n} cannot be read" for n in range(400)))

    await tell(sender(address(hook, "mmost")), long)

    texts = [said["text"] for said in hook.received]
    assert max(map(len, texts)) <= 4000
    assert all(f"source-{n} cannot be read" in " ".join(texts) for n in range(400))


@pytest.mark.parametrize(
    ("status", "error", "uncertain"),
    [
        (500, RetryLater, False),
        (429, RetryLater, False),
        (404, ReceiverGone, None),
        (401, ReceiverGone, None),
        (400, Refused, None),
    ],
)
async def test_what_a_service_answers_is_understood(hook, status, error, uncertain):
    hook.answers(status)

    with pytest.raises(error, match=f"JSON answered {status}") as raised:
        await tell(sender(address(hook)))

    assert getattr(raised.value, "uncertain", None) == uncertain


async def test_a_service_that_says_nothing_may_have_heard(unused_tcp_port):
    to = sender(f"json://127.0.0.1:{unused_tcp_port}/{CANARY}")

    with pytest.raises(RetryLater) as raised:
        await tell(to)

    assert raised.value.uncertain
    assert CANARY not in str(raised.value)


async def test_of_several_services_only_those_that_failed_are_told_again(hook):
    async with Hook().serving() as other:
        other.answers(500)
        to = sender(address(hook), address(other))
        (part,) = to.parts(delivery(alert()))

        with pytest.raises(RetryLater):
            await to.send(part)
        await to.send(part)
        (following,) = to.parts(delivery(alert(), id=8))
        await to.send(following)

        assert (len(hook.received), len(other.received)) == (2, 3)


@asynccontextmanager
async def serving(answer) -> AsyncIterator[str]:
    """Serve one answer on loopback; yield how Apprise calls it."""
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"json://127.0.0.1:{runner.addresses[0][1]}/x"
    await runner.cleanup()


async def test_the_loop_goes_on_while_a_service_thinks():
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        arrived.set()
        await go_on.wait()
        return web.Response()

    async with serving(slow) as url:
        telling = asyncio.create_task(tell(sender(url)))
        await arrived.wait()
        go_on.set()
        await telling


async def test_a_service_that_never_answers_is_left_alone_until_its_thread_is_done():
    never = asyncio.Event()
    calls = 0

    async def silent(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        await never.wait()
        return web.Response()

    async with serving(silent) as url:
        to = sender(url, deadline=timedelta(seconds=0.3))
        (part,) = to.parts(delivery(alert()))
        for said in ("in time", "still busy"):
            with pytest.raises(RetryLater, match=said):
                await to.send(part)
        never.set()
        await asyncio.to_thread(to._free.wait)

    assert calls == 1


@pytest.mark.parametrize("bad", ["nonsense", "nosuch://host/secret-word", "mailto://", "slack://x"])
def test_an_address_that_apprise_does_not_know_is_refused_without_being_told(bad):
    with pytest.raises(BadAddress, match="receiver slack: Apprise cannot use address 2") as raised:
        sender(f"json://localhost/{CANARY}", bad)

    assert "secret-word" not in str(raised.value)
    assert CANARY not in str(raised.value)


async def test_to_understand_an_address_calls_nobody(hook):
    to = sender(address(hook), address(hook, "mmost"))
    to.parts(delivery(alert()))
    await to.close()

    assert hook.received == []
    assert threading.active_count() >= 1


async def test_no_address_is_ever_logged_even_at_debug(hook, unused_tcp_port):
    seen = io.StringIO()
    handler = logging.StreamHandler(seen)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        hook.answers(500)
        for url in (address(hook), address(hook), f"json://127.0.0.1:{unused_tcp_port}/{CANARY}"):
            try:
                await tell(sender(url))
            except RetryLater as error:
                logging.getLogger("outbox").warning("did not hear: %s", error)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)

    assert "JSON answered 500" in seen.getvalue()
    assert CANARY not in seen.getvalue()


async def test_nobody_in_the_news_calls_everybody_in_a_chat(hook):
    await tell(sender(address(hook)), alert("@everyone <!channel> @here", "a", match("a")))

    said = hook.received[0]["message"]
    assert "everyone" in said
    for call in ("@everyone", "<!channel>", "@here"):
        assert call not in said


def test_who_has_no_such_receiver_does_not_load_apprise():
    code = "import sys, monitor.cli, monitor.app.receivers; print('apprise' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
