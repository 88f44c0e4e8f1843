"""What docs/receivers.md says: its snippet verifies what is posted, its numbers are ours."""

import re
import time
from datetime import UTC, datetime

import pytest
from guide import ROOT, of_kind
from hook import SECRET, Hook
from said import alert, delivery

from monitor.config.receivers import Receiver, TelegramReceiver
from monitor.notify.limiter import AT_ONCE, LONGEST, PER_MINUTE, RESERVED, SHORT, TOGETHER
from monitor.notify.webhook import SHORTEST_SECRET, TIMEOUT, WebhookSender

RECEIVERS = ROOT / "docs" / "receivers.md"
TEXT = " ".join(RECEIVERS.read_text(encoding="utf-8").split())


@pytest.fixture
def is_genuine():
    (snippet,) = of_kind("python", RECEIVERS)
    names: dict = {}
    exec(snippet.text, names)  # our own documentation, as a reader would run it
    return names["is_genuine"]


@pytest.mark.parametrize(
    ("now", "secret", "extra", "genuine"),
    [
        (0, SECRET, b"", True),
        (0, "another-secret-of-the-tests-0123", b"", False),
        (0, SECRET, b" ", False),
        (-3600, SECRET, b"", False),
    ],
    ids=["ours", "another secret", "another body", "an hour old"],
)
async def test_the_snippet_tells_our_messages_from_others(is_genuine, now, secret, extra, genuine):
    async with Hook().serving() as hook:
        sent = datetime.fromtimestamp(time.time() + now, UTC)
        to = WebhookSender(hook.url, SECRET, clock=lambda: sent)
        (part,) = to.parts(delivery(alert()))
        await to.send(part)

    assert is_genuine(hook.headers[0], hook.bodies[0] + extra, secret) is genuine


def test_every_key_of_a_receiver_is_in_its_handbook():
    keys = {*TelegramReceiver.model_fields, *Receiver.model_fields} - {"name", "digest"}

    assert [key for key in keys if not re.search(rf"[` ]{key}[:`]", TEXT)] == []


def test_the_numbers_of_the_handbook_are_those_of_the_program():
    assert (RESERVED, TOGETHER, AT_ONCE.seconds) == (5, 3, 10)
    for said in (
        f"{PER_MINUTE} a minute in a group",
        f"more than {SHORT} characters counts as more than one, of {LONGEST:,} as two",
        "five messages of each minute",
        "three chats are told so within ten seconds",
        f"at least {SHORTEST_SECRET} characters",
        f"2xx within {TIMEOUT.seconds} seconds",
    ):
        assert said in TEXT
