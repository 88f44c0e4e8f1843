"""The first five minutes with a Telegram channel, at the command line."""

import subprocess
import sys

import pytest
from bot_api import TOKEN, BotApi, in_thread
from hook import SECRET, Hook
from terminal import CONFIG


@pytest.fixture
def telegram(terminal, monkeypatch):
    with in_thread(BotApi(chats={"42"})) as api:
        monkeypatch.setenv("MONITOR_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("MONITOR_TELEGRAM_API", api.url)
        yield api


def test_receivers_test_sends_one_message_and_says_whether_it_was_accepted(terminal, telegram):
    terminal.config(
        CONFIG + "receivers:\n  - {name: here, telegram: {chat_id: 42}}\n"
        "  - {name: away, telegram: {chat_id: 43}}\n"
    )

    good = terminal.call("receivers", "test", "here")
    bad = terminal.call("receivers", "test", "away")
    unknown = terminal.call("receivers", "test", "nobody")

    assert (good[0], bad[0], unknown[0]) == (0, 1, 2)
    assert "This is a test" in telegram.to(42)[0]
    assert "Chat not found" in bad[2]
    assert "it has: away, here" in unknown[2]


def test_receivers_connect_finds_a_private_channel_and_prints_yaml_that_loads(terminal, telegram):
    channel = {"id": -1001234567890, "type": "channel", "title": "Наш: «канал»"}
    bot = {"id": 1, "is_bot": True, "first_name": "b"}
    member = {"status": "administrator", "user": bot, "can_be_edited": False}
    rights = [
        "is_anonymous can_manage_chat can_delete_messages can_manage_video_chats",
        "can_restrict_members can_promote_members can_change_info can_invite_users",
        "can_post_stories can_edit_stories can_delete_stories",
    ]
    member |= dict.fromkeys(" ".join(rights).split(), False)
    telegram.update(
        my_chat_member={
            "chat": channel,
            "from": {"id": 9, "is_bot": False, "first_name": "Editor"},
            "date": 1662800000,
            "old_chat_member": {"status": "left", "user": bot},
            "new_chat_member": member,
        }
    )

    status, out, _ = terminal.call("receivers", "connect", "--wait", "20")

    assert status == 0
    assert "@stand_in_bot" in out
    lines = [line for line in out.splitlines() if "desk" in line and "chat_id" in line]
    lines += ["route: {receiver: desk}"]
    terminal.config(CONFIG.replace("route: {receiver: here}", "receivers:\n" + "\n".join(lines)))
    assert terminal.call("check")[0] == 0


def test_receivers_connect_without_a_token_says_where_one_comes_from(terminal):
    status, _, err = terminal.call("receivers", "connect")

    assert status == 2
    assert "@BotFather" in err


def test_a_telegram_receiver_without_a_token_is_refused_at_the_start(terminal):
    terminal.config(CONFIG + "receivers:\n  - {name: here, telegram: {chat_id: 42}}\n")

    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "MONITOR_TELEGRAM_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_kind_of_receiver_can_be_tried_out(terminal, telegram, monkeypatch):
    with in_thread(Hook()) as hook:
        monkeypatch.setenv("MONITOR_WEBHOOK_MY_HOOK", SECRET)
        monkeypatch.setenv("MONITOR_APPRISE_TEAM", f"{hook.url.replace('http', 'json')}/team")
        terminal.config(
            CONFIG + "receivers:\n  - {name: chat, telegram: {chat_id: 42}}\n"
            "  - {name: here, console: {}}\n  - {name: log, file: {path: log.jsonl}}\n"
            f"  - {{name: my-hook, webhook: {{url: '{hook.url}'}}}}\n"
            "  - {name: team, apprise: {}}\n"
        )
        names = ["chat", "here", "log", "my-hook", "team"]

        status, out, err = terminal.call("receivers", "test", *names)

    assert (status, err) == (0, "")
    assert all(f"{name}: accepted" in out for name in names)
    assert (len(hook.received), hook.forged) == (2, 1)  # what Apprise posts bears no signature
    assert SECRET not in out


@pytest.mark.parametrize(
    ("receiver", "secret", "said"),
    [
        ("apprise: {}", None, "told by Apprise, but no address is set"),
        ("apprise: {}", "nosuch://hidden-word/", "Apprise cannot use address 1 (nosuch://…)"),
        ("webhook: {url: 'https://a.example/'}", None, "nothing is set to sign its messages with"),
        ("webhook: {url: 'https://a.example/'}", "hidden-word", "at least 16 characters"),
    ],
)
def test_a_receiver_without_a_usable_secret_names_the_variable_and_not_what_is_in_it(
    terminal, monkeypatch, receiver, secret, said
):
    variable = f"MONITOR_{receiver.partition(':')[0].upper()}_NIGHT_DESK"
    if secret:
        monkeypatch.setenv(variable, secret)
    config = CONFIG.replace("{receiver: here}", "{receiver: night-desk}")
    terminal.config(config + f"receivers:\n  - {{name: night-desk, {receiver}}}\n")

    status, out, err = terminal.call("receivers", "test", "night-desk")

    assert status == 2
    assert variable in err
    assert said in " ".join(err.split())
    assert "hidden-word" not in out + err
    assert "Traceback" not in err
