"""A program of the reader's own is told, and can know that it was us."""

import asyncio
from datetime import timedelta

import pytest
from hook import SECRET, Hook
from hypothesis import given
from hypothesis import strategies as st
from said import NOON, alert, delivery, match

from monitor.errors import ReceiverGone, Refused, RetryLater
from monitor.notify.webhook import BadSecret, WebhookSender


@pytest.fixture
async def hook():
    async with Hook().serving() as serving:
        yield serving


def sender(url: str, **more) -> WebhookSender:
    return WebhookSender(url, SECRET, **{"clock": lambda: NOON} | more)


async def post(to: WebhookSender, about=None, **how) -> str:
    (part,) = to.parts(delivery(about or alert(), **how))
    return await to.send(part)


async def test_an_alert_is_posted_signed_with_its_time_and_its_number(hook):
    assert await post(sender(hook.url), id=41) == "41"

    (headers,), (body,) = hook.headers, hook.received
    assert hook.forged == 0
    assert headers["X-Monitor-Timestamp"] == str(int(NOON.timestamp()))
    assert headers["X-Monitor-Delivery"] == "41"
    assert headers["Content-Type"] == "application/json"
    assert (body["delivery"], body["ref"], body["repeat"]) == (41, "k3f9q2", False)


async def test_another_secret_is_found_out(hook):
    hook.secret = "another-secret-of-the-tests-0123"

    await post(sender(hook.url))

    assert hook.forged == 1


async def test_a_message_that_may_have_arrived_comes_again_under_the_same_number(hook):
    await post(sender(hook.url), id=41)
    await post(sender(hook.url), id=41, uncertain=True)

    assert [one["X-Monitor-Delivery"] for one in hook.headers] == ["41", "41"]
    assert [one["repeat"] for one in hook.received] == [False, True]


@pytest.mark.parametrize(
    ("status", "headers", "error", "after"),
    [
        (429, {"Retry-After": "17"}, RetryLater, timedelta(seconds=17)),
        (429, {}, RetryLater, None),
        (503, {"Retry-After": "Sat, 10 Sep 2022 09:02:00 GMT"}, RetryLater, timedelta(minutes=2)),
        (503, {"Retry-After": "Sat, 10 Sep 2022 08:00:00 GMT"}, RetryLater, timedelta()),
        (503, {"Retry-After": "9" * 30}, RetryLater, timedelta(days=1)),
        (503, {"Retry-After": "soon"}, RetryLater, None),
        (500, {}, RetryLater, None),
        (408, {}, RetryLater, None),
        (400, {"Retry-After": "5"}, RetryLater, timedelta(seconds=5)),
        (400, {}, Refused, None),
        (422, {}, Refused, None),
        (401, {}, ReceiverGone, None),
        (403, {}, ReceiverGone, None),
        (404, {}, ReceiverGone, None),
        (410, {}, ReceiverGone, None),
    ],
)
async def test_every_answer_but_yes_becomes_one_of_our_errors(hook, status, headers, error, after):
    hook.answers(status, **headers)

    with pytest.raises(error) as raised:
        await post(sender(hook.url))

    assert getattr(raised.value, "after", None) == after
    assert not getattr(raised.value, "uncertain", False)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_nobody_is_followed_elsewhere(hook, status):
    hook.answers(status, Location=f"{hook.url}/elsewhere")

    with pytest.raises(ReceiverGone, match="elsewhere"):
        await post(sender(hook.url))

    assert len(hook.received) == 1


async def test_where_nobody_listens_nothing_can_have_arrived(unused_tcp_port):
    url = f"http://127.0.0.1:{unused_tcp_port}/?secret-in-the-address"

    with pytest.raises(RetryLater) as raised:
        await post(sender(url))

    assert not raised.value.uncertain
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("waits", [True, False], ids=["it is slow", "it hangs up"])
async def test_where_no_answer_comes_it_may_have_arrived(waits):
    given_up, gone = asyncio.Event(), asyncio.Event()

    async def rude(_reader, writer) -> None:
        if waits:
            await given_up.wait()
        writer.close()
        gone.set()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    timeout = timedelta(seconds=0.2 if waits else 20)

    with pytest.raises(RetryLater) as raised:
        await post(sender(url, timeout=timeout))
    given_up.set()
    await gone.wait()
    server.close()

    assert raised.value.uncertain


def test_a_secret_that_protects_nothing_is_refused():
    with pytest.raises(BadSecret, match="16 characters"):
        WebhookSender("http://127.0.0.1", "short", clock=lambda: NOON)


@given(
    texts=st.lists(st.text(max_size=200) | st.text("\ud83d\\\x00\u2028é", max_size=50), max_size=5)
)
def test_whatever_is_written_arrives_signed_and_as_it_was(texts):
    async def over_http() -> Hook:
        async with Hook().serving() as hook:
            for text in texts:
                await post(sender(hook.url), alert(text, text, match("a")))
            return hook

    hook = asyncio.run(over_http())

    assert hook.forged == 0
    assert [one["title"] for one in hook.received] == texts
