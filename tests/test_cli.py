"""The command line, as people and programs call it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bot_api import TOKEN, BotApi, in_thread

from monitor.archive import alerts, deliveries, documents, sources
from monitor.archive.store import Store
from monitor.cli import main
from monitor.model import (
    Document,
    Fetch,
    Hit,
    Kind,
    Match,
    Outcome,
    Provenance,
    Reason,
    Severity,
    State,
)

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
CONFIG = """\
version: 1
store: sqlite:///monitor.db
timezone: Europe/Kyiv
sources:
  - {id: mod, name: Минобороны, country: ru, kind: official, language: ru, url: "https://mod.test/"}
  - {id: off, name: Off, country: ua, kind: state, url: "https://off.test/", enabled: false,
     note: its terms forbid it}
rules:
  - id: reshuffling
    where: {country: ru}
    match: {any: [перегруппировка, отвлекающий манёвр]}
    tests:
      - catches: Войска перегруппированы. Перегруппировка завершена.
route: {receiver: here}
"""
MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")


class Desk:
    """A folder with a configuration, and the command line in it."""

    def __init__(self, folder: Path, capfd) -> None:
        self.folder = folder
        self.capfd = capfd
        self.config(CONFIG)

    def config(self, said: str) -> None:
        (self.folder / "config.yaml").write_text(said, encoding="utf-8")

    def call(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit status, standard output, standard error."""
        self.capfd.readouterr()
        try:
            main(arguments)
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = self.capfd.readouterr()
        return status, out, err


@pytest.fixture
def desk(tmp_path, capfd, monkeypatch):
    for name in list(os.environ):
        if name.startswith("MONITOR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capfd)


@pytest.fixture
def archive(desk):
    """A store with one document that was told, as the daemon would have left it."""
    store = Store(f"sqlite:///{desk.folder}/monitor.db", durable=False)
    document = Document(
        source="mod",
        uid="1",
        url="https://mod.test/1",
        title="",
        text="Идёт перегруппировка войск.",
        language="ru",
        published_at=NOW,
        seen_at=NOW,
        raw=b"<item/>",
    )
    hit = Hit(field="text", start=5, end=20, text="перегруппировка", term="перегруппировка")
    match = Match(rule="reshuffling", title="", severity=Severity.HIGH, hits=(hit,))

    def tell(tx):
        archived = documents.add(tx, document)
        documents.add_matches(tx, archived.id, [match], [])
        alerts.raise_alert(
            tx,
            document_id=archived.id,
            reason=Reason.FIRST,
            severity=Severity.HIGH,
            receivers=["here"],
            now=NOW,
        )
        documents.add(tx, replace(document, uid="2", url="https://mod.test/2", text="Погода."))

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://mod.test/")], NOW))
    store.write_now(tell)
    yield store
    store.close()


def fetched(store, outcome, error=None):
    fetch = Fetch(
        source="mod",
        started_at=NOW,
        finished_at=NOW,
        outcome=outcome,
        next_poll_at=NOW + timedelta(minutes=5),
        error=error,
    )
    store.write_now(lambda tx: sources.settle(tx, fetch))


def test_init_writes_the_small_configuration_and_never_over_another(desk):
    first = desk.call("init", "new.yaml")
    again = desk.call("init", "new.yaml")

    starter = (Path(__file__).parents[1] / "config.yaml").read_text(encoding="utf-8")
    written = (desk.folder / "new.yaml").read_text(encoding="utf-8")
    assert first[0] == 0
    assert written.splitlines()[1:] == starter.splitlines()[1:]
    assert again[0] == 2
    assert "new.yaml is there already" in again[2]


def test_check_is_silent_about_nothing_and_green_when_all_is_well(desk):
    status, out, err = desk.call("check")

    assert (status, err) == (0, "")
    assert "config.yaml: 1 sources (1 more are off), 1 rules, 1 of their own tests passed" in out


def test_check_shows_every_mistake_with_its_place_and_the_line(desk):
    desk.config(
        CONFIG.replace("перегруппировка,", "$nope, перегруппировка,").replace(
            "where: {country: ru}", "wher: {country: ru}"
        )
        + "operater: {receiver: here}\n"
    )

    status, _, err = desk.call("check")

    assert status == 1
    assert "config.yaml:10:5: error" in err
    assert "did you mean `where`" in err
    assert "`operator`" in err
    assert "^^^^" in err


def test_check_runs_the_rules_own_tests(desk):
    desk.config(CONFIG.replace("catches:", "ignores:"))

    status, _, err = desk.call("check")

    assert status == 1
    assert "config.yaml:13:18: error MM151: should ignore this text" in err


def test_check_speaks_to_programs(desk):
    desk.config(CONFIG + "operater: {receiver: here}\n")

    _, out, _ = desk.call("check", "--format", "json")
    status, github, _ = desk.call("check", "--format", "github")

    assert json.loads(out)[0]["line"] == len(CONFIG.splitlines()) + 1
    assert status == 1
    assert github.startswith("::error file=config.yaml,title=MM010,line=15,col=1")


def test_a_configuration_that_is_not_there_is_said_so(desk):
    status, _, err = desk.call("check", "-c", "nowhere.yaml")

    assert status in {1, 2}
    assert "nowhere.yaml" in err


DOCUMENTS = [
    {"id": "a", "title": "Итоги", "text": "Войска прошли перегруппировку.", "source": "mod"},
    {"id": "b", "text": "В музее открылась выставка."},
    {"id": 3, "title": None, "text": "Отвлекающих манёвров не было.", "language": "ru", "x": 1},
    {"id": "d", "text": "Перегруппировка войск.", "source": "off"},
]


def test_match_answers_each_document_in_order_in_the_documented_shape(desk):
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in DOCUMENTS)
    (desk.folder / "in.jsonl").write_text(lines, encoding="utf-8")

    status, out, _ = desk.call("match", "in.jsonl")

    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [answer["id"] for answer in answers] == ["a", "b", 3, "d"]
    assert answers[0] == {
        "id": "a",
        "language": "ru",
        "matches": [
            {
                "rule": "reshuffling",
                "severity": "medium",
                "hits": [
                    {
                        "field": "text",
                        "start": 14,
                        "end": 29,
                        "text": "перегруппировку",
                        "term": "перегруппировка",
                    }
                ],
            }
        ],
    }
    assert answers[1]["matches"] == []
    assert answers[2]["matches"][0]["hits"][0]["text"] == "Отвлекающих манёвров"
    assert answers[3]["matches"] == [], "its source is Ukrainian, the rule wants Russian ones"


def test_match_names_the_lines_it_cannot_read_and_answers_the_others(desk):
    text = '{"id": "a", "text": "Перегруппировка."}\nnot json\n{"text": "no id"}\n'
    (desk.folder / "in.jsonl").write_text(text, encoding="utf-8")

    status, out, err = desk.call("match", "in.jsonl")

    assert status == 2
    assert len(out.splitlines()) == 1
    assert "in.jsonl:2: " in err
    assert "in.jsonl:3: id: " in err


def test_match_reads_standard_input_in_a_process_of_its_own(desk):
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "match"],
        input='{"id": "a", "text": "Перегруппировка."}\n'.encode(),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
        check=True,
        cwd=desk.folder,
    )

    assert json.loads(done.stdout)["matches"][0]["rule"] == "reshuffling"


def test_why_tells_of_a_document_what_matched_and_who_heard(desk, archive):
    fetched(archive, Outcome.WHOLE)
    ref = documents.ref("mod", "1")

    waiting = desk.call("why", "https://mod.test/1")
    archive.write_now(lambda tx: deliveries.settle_part(tx, 1, "77"))
    archive.write_now(lambda tx: deliveries.settle_sent(tx, 1, NOW))
    status, out, _ = desk.call("why", f"#{ref}")

    assert waiting[0] == 1
    assert "here: queued" in waiting[1]
    assert status == 0
    assert "matches reshuffling (high): “перегруппировка”" in out
    assert "here: sent 10 Sep 2022 15:00:00 EEST as message 77" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["https://mod.test/9"], "mod was read at 10 Sep 12:00 UTC and never showed this link"),
        (["https://off.test/9"], "off is off: its terms forbid it"),
        (["https://else.test/9"], "no source is configured for else.test"),
        (["#abcdefg"], "nothing in the archive is called #abcdefg"),
        (["https://mod.test/2"], "no rule matched"),
        (["https://mod.test/2", "reshuffling"], "none of its terms stands in the text"),
        (["https://mod.test/2", "nope"], "rule nope is not in the configuration"),
        (["https://mod.test/1", "reshuffling"], "rule reshuffling found it"),
    ],
)
def test_why_tells_what_kept_an_alert_from_coming(desk, archive, arguments, said):
    fetched(archive, Outcome.WHOLE)

    status, out, _ = desk.call("why", *arguments)

    assert said in out
    assert status == 1


def test_why_tells_that_a_source_could_not_be_read(desk, archive):
    fetched(archive, Outcome.FAILED, "http 403: a wall")

    _, out, _ = desk.call("why", "https://mod.test/9")

    assert "mod cannot be read: http 403: a wall" in out


def test_status_names_the_sources_that_fail_with_the_cause_and_exits_1(desk, archive):
    fetched(archive, Outcome.FAILED, "http 403: a wall")

    status, out, _ = desk.call("status")
    _, shown, _ = desk.call("status", "--json")

    assert status == 1
    assert "http 403: a wall" in out
    assert "1 queued" in out
    assert json.loads(shown)["sources"][0]["failures"] == 1


def test_commands_on_an_archive_that_is_not_there_say_how_to_begin_one(desk):
    status, _, err = desk.call("status")

    assert status == 2
    assert "`monitor run` begins one" in err
    assert not (desk.folder / "monitor.db").exists()


def test_a_person_can_see_retry_and_drop_what_waits(desk, archive):
    listed = desk.call("outbox", "list")
    archive.write_now(lambda tx: deliveries.settle_dead(tx, 1, "message is too long"))
    dead = desk.call("outbox", "list", "--json")
    retried = desk.call("outbox", "retry", "1")
    dropped = desk.call("outbox", "drop", "1")
    unknown = desk.call("outbox", "drop", "99")

    assert "queued" in listed[1]
    assert json.loads(dead[1])[0]["error"] == "message is too long"
    assert (retried[0], dropped[0], unknown[0]) == (0, 0, 1)
    assert archive.read_now(deliveries.counts) == {State.DROPPED: 1}


def test_sources_list_shows_what_is_off_too(desk):
    _, out, _ = desk.call("sources", "list")
    _, shown, _ = desk.call("sources", "list", "--json")

    assert "Минобороны" in out
    assert [source["enabled"] for source in json.loads(shown)] == [True, False]


@pytest.fixture
def telegram(desk, monkeypatch):
    with in_thread(BotApi(chats={"42"})) as api:
        monkeypatch.setenv("MONITOR_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("MONITOR_TELEGRAM_API", api.url)
        yield api


def test_receivers_test_sends_one_message_and_says_whether_it_was_accepted(desk, telegram):
    desk.config(
        CONFIG + "receivers:\n  - {name: here, telegram: {chat_id: 42}}\n"
        "  - {name: away, telegram: {chat_id: 43}}\n"
    )

    good = desk.call("receivers", "test", "here")
    bad = desk.call("receivers", "test", "away")
    unknown = desk.call("receivers", "test", "nobody")

    assert (good[0], bad[0], unknown[0]) == (0, 1, 2)
    assert "This is a test" in telegram.to(42)[0]
    assert "Chat not found" in bad[2]
    assert "it has: away, here" in unknown[2]


def test_receivers_connect_finds_a_private_channel_and_prints_yaml_that_loads(desk, telegram):
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

    status, out, _ = desk.call("receivers", "connect", "--wait", "20")

    assert status == 0
    assert "@stand_in_bot" in out
    lines = [line for line in out.splitlines() if "desk" in line and "chat_id" in line]
    lines += ["route: {receiver: desk}"]
    desk.config(CONFIG.replace("route: {receiver: here}", "receivers:\n" + "\n".join(lines)))
    assert desk.call("check")[0] == 0


def test_receivers_connect_without_a_token_says_where_one_comes_from(desk):
    status, _, err = desk.call("receivers", "connect")

    assert status == 2
    assert "@BotFather" in err


def test_a_telegram_receiver_without_a_token_is_refused_at_the_start(desk):
    desk.config(CONFIG + "receivers:\n  - {name: here, telegram: {chat_id: 42}}\n")

    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "MONITOR_TELEGRAM_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["match", "--nope"], ["outbox", "retry", "x"]])
def test_wrong_usage_exits_2(desk, arguments):
    assert desk.call(*arguments)[0] == 2
