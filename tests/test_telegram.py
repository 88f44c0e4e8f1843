"""Telegram as it answers, and as it fails, through the real library and real HTTP."""

import asyncio
import io
import json
import logging
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from bot_api import TOKEN, BotApi, in_thread
from hypothesis import given, settings
from hypothesis import strategies as st
from said import alert, delivery, match, notice
from sending import DESK, sender

from monitor.errors import ReceiverGone, ReceiverMoved, Refused, RetryLater
from monitor.model import Severity
from monitor.notify.message import REPEAT
from monitor.notify.telegram import Account, HideToken, TelegramSender, find_chats, without_token


@pytest.fixture
async def api():
    async with BotApi().serving() as serving:
        yield serving


@pytest.fixture
async def account(api):
    account = Account(TOKEN, api=api.url)
    yield account
    await account.close()


async def send(to: TelegramSender, about=None, **how) -> list[str]:
    return [await to.send(part) for part in to.parts(delivery(about or alert(), **how))]


async def test_an_alert_arrives_with_its_words_in_bold_and_without_a_preview(api, account):
    ids = await send(sender(account))

    (message,) = api.messages
    assert ids == [str(message.message_id)]
    assert message.bold[1:] == ["перегруппировке", "перегруппировать"]  # after the rule
    assert (message.chat_id, message.preview, message.silent) == (str(DESK), False, False)


async def test_quieter_alerts_arrive_without_a_sound(api, account):
    to = sender(account, silent_below=Severity.HIGH)

    for severity in (Severity.MEDIUM, Severity.HIGH):
        await send(to, alert("t", "войска", match("войска", severity=severity)))

    assert [message.silent for message in api.messages] == [True, False]


async def test_a_topic_that_is_gone_is_replaced_by_the_general_one(api, account):
    api.topics = {5}
    there, gone = sender(account, message_thread_id=5), sender(account, message_thread_id=6)

    await send(there)
    await send(gone)
    await send(gone)

    assert [message.thread for message in api.messages] == [5, None, None]
    assert len(api.requests) == 4


async def test_only_the_part_that_may_have_arrived_is_marked(api, account):
    long = notice("\n".join(f"source-{n} cannot be read" for n in range(600)))
    to = sender(account)

    parts = to.parts(delivery(long, uncertain=True, parts_sent=1))

    assert [REPEAT in part.html for part in parts] == [False, True] + [False] * (len(parts) - 2)


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ({"kind": "429", "retry_after": 7}, RetryLater, (timedelta(seconds=7), False)),
        ({"kind": "429-bare"}, RetryLater, (timedelta(seconds=30), False)),
        ({"kind": "500"}, RetryLater, (None, False)),
        ({"kind": "not-ok"}, RetryLater, (None, False)),
        ({"kind": "502"}, RetryLater, (None, True)),
        ({"kind": "not-json"}, RetryLater, (None, True)),
        ({"kind": "no-result"}, RetryLater, (None, True)),
        ({"kind": "drop-before"}, RetryLater, (None, True)),
        ({"kind": "drop-after"}, RetryLater, (None, True)),
        ({"kind": "slow", "seconds": 30}, RetryLater, (None, True)),
        ({"kind": "400", "text": "Bad Request: PEER_ID_INVALID"}, ReceiverGone, (None, None)),
        ({"kind": "400", "times": 3, "text": "Bad Request: no reason"}, Refused, (None, None)),
        ({"kind": "404-html"}, ReceiverGone, (None, None)),
        ({"kind": "401"}, ReceiverGone, (None, None)),
        ({"kind": "403"}, ReceiverGone, (None, None)),
        ({"kind": "migrate", "to": -1009}, ReceiverMoved, (None, None)),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
async def test_every_fault_becomes_one_of_our_errors(api, account, fault, error, said):
    api.fault(**fault)
    to = sender(account, deadline=timedelta(seconds=0.2 if fault["kind"] == "slow" else 60))

    with pytest.raises(error) as raised:
        await send(to)

    assert (getattr(raised.value, "after", None), getattr(raised.value, "uncertain", None)) == said
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"
    assert TOKEN.partition(":")[2] not in str(raised.value)


async def test_a_server_that_is_not_there_has_certainly_not_accepted_anything(unused_tcp_port):
    account = Account(TOKEN, api=f"http://127.0.0.1:{unused_tcp_port}")

    with pytest.raises(RetryLater) as raised:
        await send(sender(account))
    await account.close()

    assert not raised.value.uncertain
    assert raised.value.__cause__ is None


async def test_a_chat_that_does_not_exist_is_gone(api, account):
    api.chats = {str(DESK)}

    with pytest.raises(ReceiverGone, match="Chat not found"):
        await send(sender(account, -100404))


async def test_after_moving_it_writes_to_the_new_chat(api, account):
    api.fault("migrate", to=-1009)
    to = sender(account, -5)

    with pytest.raises(ReceiverMoved) as moved:
        await send(to)
    await send(to)

    assert moved.value.chat_id == -1009
    assert [message.chat_id for message in api.messages] == ["-1009"]


@pytest.mark.parametrize("refusals", [1, 2])
async def test_a_message_that_is_refused_is_said_more_simply(api, account, refusals):
    api.fault("entities", times=refusals)

    await send(sender(account))

    (message,) = api.messages
    assert message.parse_mode is None
    assert "https://ria.example/20220910/1.html" in message.text
    assert ("Принято решение" in message.text) == (refusals == 1)


async def test_the_bot_knows_its_own_name(account):
    assert await account.name() == "@stand_in_bot"


def added(chat: dict, status: str = "administrator") -> dict:
    bot = {"id": 123456789, "is_bot": True, "first_name": "Stand-in"}
    person = {"id": 7, "is_bot": False, "first_name": "Olena"}
    rights = dict.fromkeys(
        (
            "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
            "can_manage_video_chats", "can_restrict_members", "can_promote_members",
            "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
            "can_delete_stories",
        ),
        False,
    )  # fmt: skip
    new = {"user": bot, "status": status, **(rights if status == "administrator" else {})}
    old = {"user": bot, "status": "left"}
    if status == "kicked":
        new["until_date"] = 0
    return {
        "chat": chat, "from": person, "date": 1, "old_chat_member": old, "new_chat_member": new
    }  # fmt: skip


async def test_chats_are_found_when_they_add_the_bot_or_write_to_it(api, account):
    desk = {"id": DESK, "type": "channel", "title": "Desk"}
    group = {"id": -1007, "type": "supergroup", "title": "Night", "is_forum": True}
    api.update(my_chat_member=added({"id": -1, "type": "group", "title": "Gone"}, "kicked"))
    api.update(my_chat_member=added(desk))
    api.update(channel_post={"message_id": 1, "date": 1, "chat": desk, "text": "hello"})
    chats = find_chats(account)

    first = await anext(chats)
    waiting = asyncio.ensure_future(anext(chats))
    api.update(
        message={
            "message_id": 2, "date": 1, "chat": group, "text": "hello",
            "message_thread_id": 42, "is_topic_message": True,
        }
    )  # fmt: skip
    second = await waiting
    await chats.aclose()

    assert (first.id, first.kind, first.title, first.topic) == (DESK, "channel", "Desk", None)
    assert (second.id, second.kind, second.title, second.topic) == (
        -1007, "supergroup", "Night", 42,
    )  # fmt: skip


async def test_with_a_wrong_token_nobody_is_found(api):
    account = Account("123456789:wrong-token-0000000", api=api.url)

    with pytest.raises(ReceiverGone, match="token"):
        await anext(find_chats(account))
    await account.close()


async def test_the_token_is_never_logged_even_at_debug(api):
    seen = io.StringIO()
    handler = logging.StreamHandler(seen)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        account = Account(TOKEN, api=api.url)
        for kind in ("502", "drop-before", "not-json", "entities", "401"):
            api.fault(kind)
            with pytest.raises(Exception) if kind != "entities" else io.StringIO():  # noqa: PT011
                await send(sender(account))
        await account.close()
    finally:
        root.removeHandler(handler)
        root.setLevel(before)

    assert api.messages
    assert "refused a message" in seen.getvalue()
    assert TOKEN.partition(":")[2] not in seen.getvalue()


def test_a_handler_with_the_filter_prints_no_token_whoever_logs_it():
    seen = io.StringIO()
    handler = logging.StreamHandler(seen)
    handler.setFormatter(logging.Formatter("%(message)s %(url)s"))
    handler.addFilter(HideToken())
    logger = logging.getLogger("canary")
    logger.addHandler(handler)
    error = ValueError(f"https://api.telegram.org/bot{TOKEN}/getMe")

    logger.error("failed %s", f"/bot{TOKEN}/", exc_info=error, extra={"url": f"x{TOKEN}"})
    logger.error("wrong %s %s", TOKEN, extra={"url": ""})
    logger.removeHandler(handler)

    assert "failed /bot<token>/ x<token>" in seen.getvalue()
    assert "ValueError: https://api.telegram.org/bot<token>/getMe" in seen.getvalue()
    assert TOKEN.partition(":")[2] not in seen.getvalue()


def test_what_looks_like_a_token_is_replaced():
    assert without_token(f"a {TOKEN} b") == "a <token> b"
    assert without_token("at 12:30, ratio 3:1") == "at 12:30, ratio 3:1"


@pytest.fixture(scope="module")
def threaded():
    with in_thread(BotApi()) as serving:
        yield serving


@settings(max_examples=25)
@given(
    title=st.text(max_size=400),
    text=st.text(alphabet="<&>\ud83d\u202e\u0301a \n", max_size=500),
    name=st.text(max_size=50),
)
def test_whatever_is_written_travels_over_http(threaded, title, text, name):
    async def over_http():
        account = Account(TOKEN, api=threaded.url)
        about = alert(title, text, match("a", title=name))
        sent = await send(sender(account), about)
        await account.close()
        return sent

    before = len(threaded.requests)

    sent = asyncio.run(over_http())

    assert len(threaded.requests) - before == len(sent)


async def test_the_stand_in_is_a_program_too_and_keeps_a_journal(tmp_path, unused_tcp_port):
    journal = tmp_path / "accepted.jsonl"
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).parent / "bot_api.py"),
        *("--port", str(unused_tcp_port), "--journal", str(journal)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert await program.stdout.readline() == b"ready\n"
        account = Account(TOKEN, api=f"http://127.0.0.1:{unused_tcp_port}")
        await send(sender(account))
        await account.close()
    finally:
        program.terminate()
        await program.wait()

    accepted = [json.loads(row) for row in journal.read_text(encoding="utf-8").splitlines()]
    assert [row["chat_id"] for row in accepted] == [str(DESK)]
