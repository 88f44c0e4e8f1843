"""`monitor rules`: what a rule's author asks before it goes live."""

import io
import json
from xml.etree import ElementTree as ET

import pytest
from terminal import CONFIG

RULES = """\
  - id: troops-leave
    title: Troops leave
    severity: high
    status: experimental
    owner: front desk
    tags: front
    labels: {desk: kyiv}
    where: {country: ru, language: [ru, uk]}
    query: |
      (войско NEAR/2 отойти) AND NOT "учебный отход"
    tests:
      - catches: Войска отошли.
        hits: [войска, отошли]
      - ignores: Войска стоят.
  - {id: wrong, match: {any: [$nothing]}}
"""


@pytest.fixture
def desk(terminal):
    terminal.config(CONFIG.replace("route:", RULES + "route:"))
    return terminal


def test_list_shows_the_rules_and_those_with_a_mistake_first(desk):
    status, out, _ = desk.call("rules", "list")

    lines = out.splitlines()
    assert status == 1
    assert lines[1].split() == ["wrong", "medium", "mistake", "0"]
    shown = out[out.index("troops-leave") :].split()  # in however wide a terminal
    assert {"high", "experimental", "2", "ru,", "uk", "front", "desk"} <= set(shown)
    assert "monitor check" in lines[-1]


def test_list_tells_programs_all_that_a_rule_says_of_itself(desk):
    _, out, _ = desk.call("rules", "list", "--json")

    by_id = {one["id"]: one for one in json.loads(out)}
    assert by_id["troops-leave"]["labels"] == {"desk": "kyiv"}
    assert by_id["troops-leave"]["usable"]
    assert by_id["troops-leave"]["line"] == 14
    assert not by_id["wrong"]["usable"]


def test_test_tries_the_tests_of_one_rule(desk):
    status, out, err = desk.call("rules", "test", "troops-leave")

    assert (status, err) == (0, "")
    assert out == "✓ troops-leave  2 tests\n"


def test_test_shows_what_failed_with_its_place(desk):
    desk.config(CONFIG.replace("перегруппированы. Перегруппировка завершена", "отошли"))

    status, out, err = desk.call("rules", "test")

    assert status == 1
    assert out == "✗ reshuffling  1 of 1 test failed\n"
    assert "config.yaml:13:18: error MM150: should catch this text" in err


def test_test_names_rules_that_cannot_be_used(desk):
    status, _, err = desk.call("rules", "test", "wrong")

    assert status == 1
    assert "error MM130: no list is named nothing" in err


def test_test_reports_to_programs(desk):
    _, said, _ = desk.call("rules", "test", "troops-leave", "--format", "json")
    _, junit, _ = desk.call("rules", "test", "troops-leave", "--format", "junit")

    assert [(one["expects"], one["passed"]) for one in json.loads(said)] == [
        ("catches", True),
        ("ignores", True),
    ]
    suite = ET.fromstring(junit.encode())[0]
    assert [case.get("name") for case in suite] == [
        "catches: Войска отошли.",
        "ignores: Войска стоят.",
    ]


def test_a_rule_that_does_not_exist_is_named_with_the_one_that_was_meant(desk):
    status, _, err = desk.call("rules", "test", "troop-leave")

    assert status == 2
    assert "there is no rule `troop-leave`; did you mean `troops-leave`?" in err


def test_check_has_a_report_for_build_servers(desk):
    status, out, _ = desk.call("check", "--format", "junit")

    suite = ET.fromstring(out.encode())[0]
    assert status == 1
    assert suite.get("failures") == "1"
    assert [case.find("failure").get("type") for case in suite if len(case)] == ["MM130"]


def test_check_shows_mistakes_of_rules_beside_mistakes_of_the_file_in_the_order_of_lines(terminal):
    terminal.config(
        "version: 1\nroute: {receiver: here}\noperater: {receiver: here}\n"
        "lists: {cats: [кот]}\nsources: [{id: 1}]\nrules:\n"
        "  - {id: a, query: $cats OR пёс AND рыба}\n"
        "  - {id: b, query: $cat}\n"
        "  - {id: a, query: кот}\n"
        "receivers: [{name: here, pigeon: {}}]\n"
    )

    status, _, err = terminal.call("check")

    shown = [line.split(": ")[0:2] for line in err.splitlines() if line.startswith("config.yaml:")]
    lines = [int(place.split(":")[1]) for place, _ in shown]
    assert status == 1
    assert lines == sorted(lines)
    assert {3, 5, 7, 8, 9, 10} == set(lines)
    assert err.count("no list is named cat") == 1


def test_a_mistake_in_one_list_hides_neither_the_others_nor_their_mistakes(terminal):
    terminal.config(
        "version: 1\nroute: {receiver: here}\n"
        "lists:\n  good: [кот]\n  empty: []\n  round: [$round]\n"
        "rules:\n  - {id: a, query: $good}\n  - {id: b, query: $empty}\n"
    )

    status, _, err = terminal.call("check")

    codes = [line.split()[2].rstrip(":") for line in err.splitlines() if ": error " in line]
    assert status == 1
    assert codes == ["MM015", "MM131", "MM132"]
    assert "config.yaml:9:20: error MM132: list empty cannot be used" in err


def test_dates_that_nobody_can_mean_count_as_none(desk):
    years = ["0001-01-01T00:00:00", "9999-12-31T23:59:00Z", "2099-01-01T00:00:00Z"]
    lines = [
        json.dumps({"id": n, "published_at": year, "text": "Войска отошли."})
        for n, year in enumerate(years)
    ]
    (desk.folder / "old.jsonl").write_text("\n".join(lines), encoding="utf-8")

    status, out, _ = desk.call("rules", "backtest", "troops-leave", "--against", "old.jsonl")

    assert status == 0
    assert "3 documents" in out
    assert "undated" in out


def explained(desk, *words: str) -> str:
    status, out, err = desk.call("rules", "explain", *words)
    assert (status, err) == (0, "")
    return out


def test_explain_shows_what_was_found(desk):
    out = explained(desk, "troops-leave", "Ночью войска отошли.")

    assert "troops-leave catches it (read as Russian)" in out
    assert "✓ NEAR/2" in out
    assert "✓ войско: “войска”" in out
    assert "✓ отойти: “отошли”" in out
    assert "✓ not" in out


def test_explain_says_how_far_apart_the_words_are(desk):
    out = explained(desk, "troops-leave", "Войска, по его словам, вчера ночью отошли.")

    assert "troops-leave does not catch it" in out
    assert "✗ NEAR/2 (all there, with 5 other words between them)" in out


def test_explain_says_which_documents_the_rule_does_not_read(desk):
    out = explained(desk, "troops-leave", "Войска отошли.", "--source", "off")

    assert "does not catch it" in out
    assert "✗ where: its source is of ua, the rule wants ru" in out


def test_explain_takes_the_title_the_language_and_standard_input(desk, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Войска отошли."))

    out = explained(desk, "troops-leave", "-", "--title", "Сводка", "--language", "uk")

    assert "Сводка" in out
    assert "(read as Ukrainian)" in out


@pytest.mark.parametrize(
    ("query", "text", "note"),
    [
        ('"чёрный кот"', "Кот чёрный.", "its words are there, not side by side"),
        ("name:Изюм", "Кекс с изюмом.", "there with other capitals: “изюмом”"),
        ("case:НАТО", "Нато", "there with other capitals: “Нато”"),
        ("посол", "Сразу после обеда.", "“после” is there, but belongs to another word"),
        ("title:мост", "Мост закрыт.", "there, but not where it is looked for"),
        ("atleast3(мост)", "Мост за мостом.", "there 2 times"),
        ("SENTENCE(мост, река)", "Мост закрыт. Река тихая.", "all there, in no one sentence"),
        ("мост ONEAR/1 река", "Река и мост.", "all there and close enough, in another order"),
        ('мост EXCEPT "мост дружбы"', "Мост дружбы.", "only as a part of what is excepted"),
        ("мост NEAR/1 река", "Мост " + "и " * 120 + "река.", "all there, far from each other"),
    ],
)
def test_explain_says_why_what_is_there_is_not_enough(terminal, query, text, note):
    terminal.config(
        f"version: 1\nroute: {{receiver: here}}\nrules: [{{id: r, query: '{query}'}}]\n"
    )

    out = explained(terminal, "r", text, "--language", "ru")

    assert "r does not catch it" in out
    assert note in out


def test_explain_says_that_only_the_first_words_are_read(terminal):
    terminal.config(
        "version: 1\nroute: {receiver: here}\n"
        "rules: [{id: r, query: мост, where: {first_words: 2, fields: text}}]\n"
    )

    out = explained(terminal, "r", "Сегодня ночью закрыт мост.")

    assert "✗ in the text" in out
    assert "✗ among the first 2 words" in out
    assert "✗ мост (there, but not where it is looked for)" in out


def test_explain_counts_what_a_long_choice_does_not_find(terminal):
    cities = ["Киев", "Харьков", "Сумы", "Полтава", "Одесса", "Львов", "Луцк"]
    terminal.config(
        "version: 1\nroute: {receiver: here}\n"
        f"rules: [{{id: r, match: {{any: [{', '.join(cities)}]}}}}]\n"
    )

    found = explained(terminal, "r", "Под Харьковом. В Харькове.")
    assert "✓ any of 7 terms: Харьков: “Харьковом”, “Харькове”" in found
    assert "✗ any of 7 terms: none is there" in explained(terminal, "r", "Тишина.")


def test_explain_speaks_to_programs(desk):
    answer = json.loads(explained(desk, "troops-leave", "Войска отошли.", "--json"))

    assert answer["caught"]
    assert [hit["text"] for hit in answer["hits"]] == ["Войска", "отошли"]
    assert answer["tree"]["parts"][0]["said"] == "NEAR/2"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["troops-leave", "x", "--source", "rai"], "there is no source `rai`"),
        (["troops-leave", "x", "--language", "ua"], "no language is written `ua`"),
    ],
)
def test_explain_refuses_what_does_not_exist(desk, words, said):
    status, _, err = desk.call("rules", "explain", *words)

    assert status == 2
    assert said in err


def test_forms_shows_what_a_word_finds_what_not_and_what_else_to_think_of(desk):
    status, out, err = desk.call("rules", "forms", "посол", "звільнити")

    assert (status, err) == (0, "")
    assert "  Russian noun\n    finds  посол, посла" in out
    assert "    not    после (a function word in Russian)" in out
    assert "  Ukrainian noun\n" in out
    assert "звільняти (the same action" in out


def test_forms_says_what_is_a_guess_and_what_is_read_as_another_word(desk):
    _, out, _ = desk.call("rules", "forms", "Угледар", "войска", "ТЭЦ-5")

    assert "in no dictionary: guessed from words that end like it" in out
    assert "Russian noun, read as войско" in out
    assert "ТЭЦ-5\n  found just as it is written" in out


def test_the_lines_that_forms_offers_can_be_put_into_the_configuration(desk):
    _, offered, _ = desk.call("rules", "forms", "Шольц", "п’ять", "--yaml")
    desk.config(CONFIG + offered)

    status, out, err = desk.call("check")
    _, shown, _ = desk.call("rules", "forms", "Шольц")

    assert (status, err) == (0, "")
    assert "1 rule" in out
    assert "as the configuration says: шольца" in shown


def test_forms_speaks_to_programs_and_needs_no_configuration(terminal):
    (terminal.folder / "config.yaml").unlink()

    _, out, _ = terminal.call("rules", "forms", "мобилизация", "--json")

    (account,) = json.loads(out)
    assert "мобилизации" in account["readings"][0]["forms"]
    assert account["given"] is None


@pytest.mark.parametrize("said", ["=мост", "санкц*", "$places", "case:НАТО"])
def test_forms_of_what_has_none_are_refused(terminal, said):
    status, _, err = terminal.call("rules", "forms", said)

    assert status == 2
    assert "is no word in any form" in err


def test_forms_of_no_word_are_refused(terminal):
    status, _, err = terminal.call("rules", "forms", "…")

    assert status == 2
    assert "no word in “…”" in err
