"""`monitor rules backtest`: what rules would have caught, on SQLite and on PostgreSQL."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from terminal import CONFIG

from monitor.archive import documents, feedback, sources
from monitor.cli.rules import chart
from monitor.model import Document, Kind, Provenance

NOW = datetime.now(UTC)
MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")
GONE = Provenance(id="gone", name="Gone", country="ua", kind=Kind.STATE, language="ru")
RULES = """\
  - {id: elephants, query: слон OR жираф OR $cities}
  - {id: whales, query: кит}
lists:
  cities: [Балаклея, Изюм, Купянск]
"""
BOTH = CONFIG.replace("route:", RULES + "route:")


def said(number, words, back, source="mod"):
    return Document(
        source=source,
        uid=str(number),
        url=f"https://mod.test/{number}",
        title="",
        text=words,
        language="ru",
        published_at=NOW - back,
        seen_at=NOW,
        raw=b"",
    )


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOCUMENTS = [
    said(1, "Слон под Изюмом [red].", HOUR),
    said(2, "Перегруппировка войск.", 2 * DAY),
    said(3, "Перегруппировка слонов.", 3 * DAY, "gone"),
    said(4, "Погода.", 4 * DAY),
    said(5, "Слон, давно.", 40 * DAY),
]


@pytest.fixture
def archive(store, store_url, terminal, monkeypatch):
    """An archive of five documents; one is older than a month, one of a source that is gone."""
    terminal.config(BOTH)
    monkeypatch.setenv("MONITOR_DATABASE_URL", store_url)
    known = [(one, f"https://{one.id}.test/") for one in (MOD, GONE)]
    store.write_now(lambda tx: sources.sync(tx, known, NOW))
    store.write_now(lambda tx: [documents.add(tx, one) for one in DOCUMENTS])
    return store


def answer(terminal, *arguments):
    status, out, err = terminal.call("rules", "backtest", *arguments, "--format", "json")
    assert (status, err) == (0, "")
    return json.loads(out)


def given(terminal, lines, name="given.jsonl"):
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (terminal.folder / name).write_text(text, encoding="utf-8")
    return name


def test_the_archive_of_the_last_month_is_counted_by_rule(terminal, archive):
    found = answer(terminal)

    assert found["documents"] == 4
    assert {rule["rule"]: rule["documents"] for rule in found["rules"]} == {
        "reshuffling": 1,  # the other one is of a source that was Ukrainian
        "elephants": 2,
        "whales": 0,
    }
    assert found["messages"]["documents"] == 3
    assert found["messages"]["fits"]


def test_since_reaches_further_back_and_until_ends_earlier(terminal, archive):
    assert answer(terminal, "--since", "60d")["documents"] == 5
    assert answer(terminal, "--since", "60d", "--until", "84h")["documents"] == 2
    assert answer(terminal, "--until", "10d")["documents"] == 1


def test_an_edited_document_counts_once(terminal, archive):
    edited = replace(DOCUMENTS[0], text="Слон под Изюмом и кит.")
    archive.write_now(lambda tx: documents.add(tx, edited))

    found = answer(terminal)

    assert found["documents"] == 4
    assert [rule["documents"] for rule in found["rules"]] == [1, 2, 1]


def test_people_see_counts_days_messages_samples_and_dead_terms(terminal, archive):
    status, out, err = terminal.call("rules", "backtest")

    ref = documents.ref("mod", "1")
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0].startswith("4 documents, ")
    assert lines[3].split() == ["reshuffling", "1", "25.0", "%", "··█··"]
    assert lines[4].split() == ["elephants", "2", "50.0", "%", "·█··█"]
    assert lines[5].split() == ["whales", "0", "0.0", "%", "·····"]
    assert "warning: elephants matches more than 10 % of all documents: narrow it" in lines
    assert "messages: 3, one for each document with a match" in lines
    assert "  1 in the busiest minute, " in out
    assert "  it fits: Telegram takes 20 a minute for one group or channel" in lines
    assert f"mod  #{ref}\n    *Слон* под *Изюмом* [red].\n    https://mod.test/1\n" in out
    assert "  never found: жираф, $cities (2 of 3: Балаклея, Купянск)" in lines
    assert lines[-1] == "found nothing: whales"


def test_one_rule_is_a_bar_a_day(terminal, archive):
    _, out, _ = terminal.call("rules", "backtest", "elephants")

    lines = out.splitlines()
    assert lines[2] == "elephants: 2 documents, 50.0 % of all"
    bars = [line.split()[-2:] for line in lines[3:8]]
    assert bars[1] == bars[4] == ["█" * 40, "1"]
    assert [bar[-1] for bar in bars] == ["0", "1", "0", "0", "1"]


def test_no_samples_where_none_are_wanted(terminal, archive):
    assert [rule["samples"] for rule in answer(terminal, "--samples", "0")["rules"]] == [[]] * 3


def test_a_window_without_documents_says_how_to_reach_further(terminal, archive):
    status, out, _ = terminal.call("rules", "backtest", "--until", "2001-01-01")

    assert status == 0
    assert "0 documents\nnothing to hold the rules against; --since and --until" in out


LINES = [
    {"id": 1, "text": "Слон.", "published_at": "2022-09-10T12:00:00+03:00"},
    {"id": 2, "text": "Слон!", "published_at": "2022-09-09T23:30:00"},
    {"id": "c", "title": "Кит", "source": "mod"},
    {"id": "d", "text": "Перегруппировка.", "source": "off"},
]


@pytest.mark.parametrize("packed", [False, True])
def test_json_lines_take_the_place_of_the_archive(terminal, packed):
    terminal.config(BOTH)
    file = terminal.folder / given(terminal, LINES)
    if packed:
        file.write_bytes(gzip.compress(file.read_bytes()))

    found = answer(terminal, "--against", "given.jsonl")

    assert (found["documents"], found["undated"]) == (4, 2)
    assert [rule["documents"] for rule in found["rules"]] == [0, 2, 1]
    assert found["rules"][1]["days"] == {"2022-09-09": 1, "2022-09-10": 1}
    assert found["rules"][2]["undated"] == 1
    assert [one["document"] for one in found["rules"][1]["samples"]] == ["1", "2"]
    assert not (terminal.folder / "monitor.db").exists()


def test_several_files_are_read_and_a_window_cuts_the_dated_lines(terminal):
    terminal.config(BOTH)
    files = [given(terminal, LINES, name) for name in ("a.jsonl", "b.jsonl")]
    against = [part for name in files for part in ("--against", name)]

    assert answer(terminal, *against)["documents"] == 8
    assert answer(terminal, *against, "--since", "2022-09-10")["documents"] == 6


def test_undated_lines_are_said_to_be_undated(terminal):
    terminal.config(BOTH)
    given(terminal, LINES)

    _, out, _ = terminal.call("rules", "backtest", "--against", "given.jsonl")
    _, alone, _ = terminal.call("rules", "backtest", "whales", "--against", "given.jsonl")

    assert ", 2 of them undated" in out.splitlines()[0]
    assert "·· + 1 undated" in out
    assert "  1 without a date are in none of these" in out
    assert "undated          1" in alone


def test_lines_that_cannot_be_read_are_named_and_the_others_counted(terminal):
    terminal.config(BOTH)
    (terminal.folder / "bad.jsonl").write_text(
        '{"id": 1, "text": "Слон."}\nnonsense\n{"id": 2, "published_at": "yesterday"}\n'
        '{"id": 3, "text": "Кит."}\n',
        encoding="utf-8",
    )

    status, out, err = terminal.call(
        "rules", "backtest", "--against", "bad.jsonl", "--format", "json"
    )

    assert status == 2
    assert json.loads(out)["documents"] == 2
    assert [line.partition(": ")[0] for line in err.splitlines()] == ["bad.jsonl:2", "bad.jsonl:3"]
    assert "published_at: " in err


def test_a_packed_file_that_breaks_off_is_counted_as_far_as_it_goes(terminal):
    terminal.config(BOTH)
    lines = [{"id": number, "text": f"Слон {number * 7919}."} for number in range(5000)]
    file = terminal.folder / given(terminal, lines)
    file.write_bytes(gzip.compress(file.read_bytes())[:-2000])

    status, out, err = terminal.call("rules", "backtest", "--against", str(file))

    assert status == 2
    assert "given.jsonl:" in err
    assert "the rest cannot be unpacked" in err
    assert "elephants" in out


def test_a_file_that_is_not_there_is_named(terminal):
    status, _, err = terminal.call("rules", "backtest", "--against", "nowhere.jsonl")

    assert status == 2
    assert "cannot read nowhere.jsonl" in err


def test_a_rule_that_cannot_be_used_is_named_and_the_rest_is_run(terminal):
    terminal.config(BOTH.replace("query: кит", "query: кит AND"))
    given(terminal, LINES)

    status, out, err = terminal.call("rules", "backtest", "--against", "given.jsonl")
    asked = terminal.call("rules", "backtest", "elephants", "--against", "given.jsonl")

    assert status == 1
    assert "config.yaml:15:31: error MM108" in err
    assert "elephants" in out
    assert (asked[0], asked[2]) == (0, ""), "nobody asked for the other one"


def test_a_rule_that_does_not_exist_is_an_error(terminal):
    status, _, err = terminal.call("rules", "backtest", "elefants")

    assert status == 2
    assert "there is no rule `elefants`" in err


def test_an_edit_shows_what_it_adds_and_what_it_drops(terminal, archive):
    (terminal.folder / "old.yaml").write_text(BOTH, encoding="utf-8")
    edited = BOTH.replace("слон OR жираф OR $cities", "погода OR Изюм")
    edited = edited.replace("{id: whales, query: кит}", "{id: troops, query: войско}")
    terminal.config(edited)

    status, out, err = terminal.call("rules", "backtest", "--changed-from", "old.yaml")

    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == "3 rules differ, held against 4 documents"
    assert "changed elephants: + 1 document, − 1 (2 before, 2 now)" in lines
    assert "added troops: + 1 document" in lines
    assert "removed whales: − 0 documents" in lines
    assert "reshuffling" not in out
    assert "  + 20" in out
    assert "    *Погода*." in lines
    assert "    Перегруппировка *слонов*." in lines


def test_an_edit_of_a_list_changes_the_rules_that_name_it(terminal, archive):
    (terminal.folder / "old.yaml").write_text(BOTH, encoding="utf-8")
    terminal.config(BOTH.replace("Купянск]", "Купянск, погода]"))

    found = answer(terminal, "--changed-from", "old.yaml")

    [one] = found["rules"]
    assert (one["rule"], one["change"], one["added"], one["dropped"]) == (
        "elephants",
        "changed",
        1,
        0,
    )


def test_an_edit_that_changes_no_rule_reads_nothing(terminal):
    (terminal.folder / "old.yaml").write_text(CONFIG, encoding="utf-8")

    status, out, _ = terminal.call(
        "rules", "backtest", "--changed-from", "old.yaml", "--against", "nowhere.jsonl"
    )

    assert (status, out) == (0, "no rule differs\n")


@pytest.mark.parametrize("mistake", ["query: кит AND", "quary: кит"])
def test_an_edit_with_a_mistake_is_named_and_not_taken_for_a_removal(terminal, archive, mistake):
    (terminal.folder / "old.yaml").write_text(BOTH, encoding="utf-8")
    archive.write_now(lambda tx: documents.add(tx, said(6, "Кит.", HOUR)))
    terminal.config(BOTH.replace("query: кит", mistake).replace("Изюм", "Изюм, Лиман"))

    status, out, err = terminal.call("rules", "backtest", "--changed-from", "old.yaml")

    assert status == 1
    assert "config.yaml:15:" in err
    assert "1 rule differs" in out
    assert "whales" not in out


def test_a_new_rule_with_a_mistake_is_named_too(terminal, archive):
    (terminal.folder / "old.yaml").write_text(CONFIG, encoding="utf-8")
    terminal.config(BOTH.replace("query: кит", "quary: кит"))

    status, out, err = terminal.call("rules", "backtest", "--changed-from", "old.yaml")

    assert status == 1
    assert "quary" in err
    assert "added elephants" in out


def test_a_chart_is_as_wide_as_it_may_be_and_shows_that_something_is_there():
    first = NOW.date()
    days = {first + timedelta(days=number): number for number in range(100)}
    axis = chart.axis(first, first + timedelta(days=99), 10)

    assert axis.step == 10
    assert sum(axis.sums(days)) == sum(days.values())
    assert chart.row([0, 1, 8, 1000]) == "·▁▁█"
    assert chart.bar(1, 1000, 20) == "▏"
    assert chart.bar(1000, 1000, 20) == "█" * 20
    assert chart.bar(0, 0, 20) == ""


def mark(store, *marks):
    """Let somebody say of documents, by their number here, that they were not relevant."""

    def work(tx):
        for number, rule, who in marks:
            ((archived, _),) = documents.find(tx, DOCUMENTS[number - 1].url)
            feedback.add(tx, archived.id, [rule], who=f"telegram:{who}", now=NOW)

    store.write_now(work)


def test_what_readers_did_not_need_is_counted_by_rule(terminal, archive):
    marks = [(1, "elephants", 7), (1, "elephants", 8), (3, "elephants", 7), (5, "elephants", 7)]
    mark(archive, *marks, (4, "whales", 7))

    found = answer(terminal)

    # Two readers of one document are one document; what is older than a month is not counted.
    assert {rule["rule"]: rule["not_relevant"] for rule in found["rules"]} == {
        "reshuffling": 0,
        "elephants": 2,
        "whales": 1,
    }


def test_what_readers_did_not_need_is_said(terminal, archive):
    mark(archive, (1, "elephants", 7), (4, "whales", 7))

    _, out, _ = terminal.call("rules", "backtest")

    assert "elephants\n  1 marked not relevant\n" in out
    assert "whales\n  1 marked not relevant\n" in out
    assert "0 marked" not in out


def test_lines_were_read_by_nobody(terminal, archive):
    mark(archive, (1, "elephants", 7))
    name = given(terminal, [{"id": "1", "text": "Слон", "source": "mod", "language": "ru"}])

    found = answer(terminal, "--against", name)

    assert {rule["not_relevant"] for rule in found["rules"]} == {0}
