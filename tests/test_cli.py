"""The command line, as people and programs call it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archived import tell as tell_of
from terminal import CONFIG

from monitor.archive import deliveries, documents, sources
from monitor.archive.store import Store
from monitor.model import (
    Document,
    Fetch,
    Hit,
    Kind,
    Match,
    Outcome,
    Provenance,
    Severity,
    State,
)

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")


@pytest.fixture
def archive(terminal):
    """A store with one document that was told, as the daemon would have left it."""
    store = Store(f"sqlite:///{terminal.folder}/monitor.db", durable=False)
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
        tell_of(tx, archived.id, ["here"], NOW)
        documents.add(tx, replace(document, uid="2", url="https://mod.test/2", text="Погода."))

    store.write_now(lambda tx: sources.sync(tx, [(MOD, "https://mod.test/")], NOW))
    store.write_now(tell)
    yield store
    store.close()


def fetched(store, outcome, error=None, **more):
    fetch = Fetch(
        source="mod",
        started_at=NOW,
        finished_at=NOW,
        outcome=outcome,
        next_poll_at=NOW + timedelta(minutes=5),
        error=error,
        **more,
    )
    store.write_now(lambda tx: sources.settle(tx, fetch))


def test_init_writes_the_small_configuration_and_never_over_another(terminal):
    first = terminal.call("init", "new.yaml")
    again = terminal.call("init", "new.yaml")

    starter = (Path(__file__).parents[1] / "config.yaml").read_text(encoding="utf-8")
    written = (terminal.folder / "new.yaml").read_text(encoding="utf-8")
    assert first[0] == 0
    assert written.splitlines()[1:] == starter.splitlines()[1:]
    assert again[0] == 2
    assert "new.yaml is there already" in again[2]


def test_check_is_silent_about_nothing_and_green_when_all_is_well(terminal):
    status, out, err = terminal.call("check")

    assert (status, err) == (0, "")
    assert "config.yaml: 1 source (1 more off), 1 rule, 1 test of their own passed" in out


def test_check_shows_every_mistake_with_its_place_and_the_line(terminal):
    terminal.config(
        CONFIG.replace("перегруппировка,", "$nope, перегруппировка,").replace(
            "where: {country: ru}", "wher: {country: ru}"
        )
        + "operater: {receiver: here}\n"
    )

    status, _, err = terminal.call("check")

    assert status == 1
    assert "config.yaml:10:5: error" in err
    assert "did you mean `where`" in err
    assert "`operator`" in err
    assert "^^^^" in err


def test_check_runs_the_rules_own_tests(terminal):
    terminal.config(CONFIG.replace("catches:", "ignores:"))

    status, _, err = terminal.call("check")

    assert status == 1
    assert "config.yaml:13:18: error MM151: should ignore this text" in err


def test_check_speaks_to_programs(terminal):
    terminal.config(CONFIG + "operater: {receiver: here}\n")

    _, out, _ = terminal.call("check", "--format", "json")
    status, github, _ = terminal.call("check", "--format", "github")

    assert json.loads(out)[0]["line"] == len(CONFIG.splitlines()) + 1
    assert status == 1
    assert github.startswith("::error file=config.yaml,title=MM010,line=15,col=1")


def test_a_configuration_that_is_not_there_is_said_so(terminal):
    status, _, err = terminal.call("check", "-c", "nowhere.yaml")

    assert status == 2
    assert "nowhere.yaml" in err


DOCUMENTS = [
    {"id": "a", "title": "Итоги", "text": "Войска прошли перегруппировку.", "source": "mod"},
    {"id": "b", "text": "В музее открылась выставка."},
    {"id": 3, "title": None, "text": "Отвлекающих манёвров не было.", "language": "ru", "x": 1},
    {"id": "d", "text": "Перегруппировка войск.", "source": "off"},
]


def test_match_answers_each_document_in_order_in_the_documented_shape(terminal):
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in DOCUMENTS)
    (terminal.folder / "in.jsonl").write_text(lines, encoding="utf-8")

    status, out, _ = terminal.call("match", "in.jsonl")

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


def test_match_names_the_lines_it_cannot_read_and_answers_the_others(terminal):
    text = '{"id": "a", "text": "Перегруппировка."}\nnot json\n{"text": "no id"}\n'
    (terminal.folder / "in.jsonl").write_text(text, encoding="utf-8")

    status, out, err = terminal.call("match", "in.jsonl")

    assert status == 2
    assert len(out.splitlines()) == 1
    assert "in.jsonl:2: " in err
    assert "in.jsonl:3: id: " in err


def test_match_reads_standard_input_in_a_process_of_its_own(terminal):
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "match"],
        input='{"id": "a", "text": "Перегруппировка."}\n'.encode(),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
        check=True,
        cwd=terminal.folder,
    )

    assert json.loads(done.stdout)["matches"][0]["rule"] == "reshuffling"


def test_why_tells_of_a_document_what_matched_and_who_heard(terminal, archive):
    fetched(archive, Outcome.WHOLE)
    ref = documents.ref("mod", "1")

    waiting = terminal.call("why", "https://mod.test/1")
    archive.write_now(lambda tx: deliveries.settle_part(tx, 1, "77"))
    archive.write_now(lambda tx: deliveries.settle_sent(tx, 1, NOW))
    status, out, _ = terminal.call("why", f"#{ref}")

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
        (["https://else.test/9"], "No source is configured for else.test"),
        (["https://mod.test/2?utm_source=tg#x"], "no rule matched"),
        (["mod.test/2"], "no rule matched"),
        (["HTTPS://MOD.test/2"], "no rule matched"),
        (["n99"], "no notice n99 was sent to anybody"),
        (["#abcdefg"], "nothing in the archive is called #abcdefg"),
        (["https://mod.test/2"], "no rule matched"),
        (["https://mod.test/2", "reshuffling"], "✗ any of 2 terms: перегруппировка"),
        (["https://mod.test/2", "nope"], "rule nope is not in the configuration"),
        (["https://mod.test/1", "reshuffling"], "rule reshuffling found it"),
    ],
)
def test_why_tells_what_kept_an_alert_from_coming(terminal, archive, arguments, said):
    fetched(archive, Outcome.WHOLE)

    status, out, _ = terminal.call("why", *arguments)

    assert said in out
    assert status == 1


def test_why_tells_that_a_source_could_not_be_read(terminal, archive):
    fetched(archive, Outcome.FAILED, "http 403: a wall")

    _, out, _ = terminal.call("why", "https://mod.test/9")

    assert "mod cannot be read since 10 Sep 12:00 UTC: http 403: a wall" in out


def test_why_tells_that_a_link_may_have_been_missed(terminal, archive):
    fetched(archive, Outcome.WHOLE, gap=True, gap_at=NOW)

    _, out, _ = terminal.call("why", "https://mod.test/9")

    assert "it may have been missed: some items before 10 Sep 12:00 UTC were" in out


def test_status_names_the_sources_that_fail_with_the_cause_and_exits_1(terminal, archive):
    fetched(archive, Outcome.FAILED, "http 403: a wall")

    status, out, _ = terminal.call("status")
    _, shown, _ = terminal.call("status", "--json")

    assert status == 1
    assert "http 403: a wall" in out
    assert "1 queued" in out
    assert json.loads(shown)["sources"][0]["failures"] == 1


def test_commands_on_an_archive_that_is_not_there_say_how_to_begin_one(terminal):
    status, _, err = terminal.call("status")

    assert status == 2
    assert "`monitor run` begins one" in err
    assert not (terminal.folder / "monitor.db").exists()


def test_a_person_can_see_retry_and_drop_what_waits(terminal, archive):
    listed = terminal.call("outbox", "list")
    archive.write_now(lambda tx: deliveries.settle_dead(tx, 1, "message is too long"))
    dead = terminal.call("outbox", "list", "--json")
    retried = terminal.call("outbox", "retry", "1")
    dropped = terminal.call("outbox", "drop", "1")
    unknown = terminal.call("outbox", "drop", "99")

    assert "queued" in listed[1]
    assert json.loads(dead[1])[0]["error"] == "message is too long"
    assert (retried[0], dropped[0], unknown[0]) == (0, 0, 1)
    assert archive.read_now(deliveries.counts) == {State.DROPPED: 1}


def test_sources_list_shows_what_is_off_too(terminal):
    _, out, _ = terminal.call("sources", "list")
    _, shown, _ = terminal.call("sources", "list", "--json")

    assert "Минобороны" in out
    assert [source["enabled"] for source in json.loads(shown)] == [True, False]


@pytest.mark.parametrize("arguments", [["nonsense"], ["match", "--nope"], ["outbox", "retry", "x"]])
def test_wrong_usage_exits_2(terminal, arguments):
    assert terminal.call(*arguments)[0] == 2
