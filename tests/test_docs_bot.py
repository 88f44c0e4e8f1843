"""The handbook of the bot says what is so."""

import re

from guide import ROOT, rows

from monitor.app import answers, desk
from monitor.archive import subscriptions
from monitor.notify import bot_pace, bot_talk, bot_webhook
from monitor.notify.bot_words import COMMANDS

BOT = ROOT / "docs" / "bot.md"
TEXT = " ".join(BOT.read_text(encoding="utf-8").split())


def test_every_command_is_explained_in_the_order_of_the_menu():
    named = [re.match(r"`/(\w+)", row[0])[1] for row in rows(BOT, "commands")]

    assert sorted(named) == sorted(COMMANDS)


def test_the_numbers_are_the_ones_that_count():
    assert f"at most {subscriptions.MOST_RULES} rules one by one" in TEXT
    assert f"at most {subscriptions.MOST_CHATS:,} chats subscribe" in TEXT
    assert f"After {subscriptions.PATIENCE.days} days out of reach" in TEXT
    assert f"at most {desk.MOST_SILENCES} at a time" in TEXT
    assert f"larger than {bot_webhook.LARGEST // 1024} KiB" in TEXT
    assert f"at most {bot_talk.LONGEST_QUERY} characters in a chat" in TEXT
    assert f"the last {answers.BACK.days} days of the archive" in TEXT
    assert f"up to {bot_talk.LONGEST_MUTE.days} days" in TEXT
    assert bot_talk.STALE.total_seconds() == 600
    assert "longer than ten minutes" in TEXT
    assert f"heard {bot_pace.PERSON} times a minute, a group {bot_pace.GROUP} times" in TEXT
