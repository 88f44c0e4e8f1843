"""The words that rules share: lists that come with the program, forms that somebody wrote down."""

import pytest

from monitor.config.load import load
from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.errors import ConfigError
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.words.morphology import Expander

HEAD = "version: 1\nroute: {receiver: here}\n"
EXPANDER = Expander(None)
SCHOLZ = {"Шольц": ("Шольца", "Шольцу", "Шольцем", "Шольце")}


def caught(query: str, text: str, **words) -> bool:
    compiled, problems = compile_rules([Rule(id="r", query=query)], Vocabulary(**words), EXPANDER)
    assert problems == ()
    tongue = LanguageIdentifier().identify("", text, None)
    return bool(Matcher(compiled).match("", text, tongue)[0])


@pytest.mark.parametrize("text", ["Шольц прибыл.", "С Шольцем говорили.", "ШОЛЬЦУ написали."])
def test_a_word_whose_forms_are_written_down_is_found_in_these_forms(text):
    assert caught("шольц", text, forms=SCHOLZ)


def test_and_in_no_other():
    assert not caught("шольц", "Обои Шольцев не видел никто.", forms=SCHOLZ)


def test_written_forms_hold_in_phrases_lists_and_after_name(tmp_path):
    people = {"people": ("канцлер Шольц", "Макрон")}

    assert caught('"канцлер Шольц"', "Визит канцлера Шольца завершён.", forms=SCHOLZ)
    assert caught("$people", "Визит канцлера Шольца завершён.", forms=SCHOLZ, lists=people)
    assert caught("name:Шольц", "О Шольце говорят.", forms=SCHOLZ)
    assert not caught("name:Шольц", "о шольце говорят.", forms=SCHOLZ)


def test_an_exact_form_stays_exact():
    assert not caught("=Шольц", "С Шольцем говорили.", forms=SCHOLZ)


def test_two_versions_of_the_forms_can_be_in_force_at_once():
    old, _ = compile_rules([Rule(id="old", query="Шольц")], Vocabulary(forms=SCHOLZ), EXPANDER)
    more = {"Шольц": ("Шольцом",)}
    new, _ = compile_rules([Rule(id="new", query="Шольц")], Vocabulary(forms=more), EXPANDER)
    tongue = LanguageIdentifier().identify("", "Шольц", "ru")

    both = Matcher([*old, *new])

    found = [both.match("", text, tongue)[0] for text in ("Шольцем", "Шольцом", "Шольц")]
    assert [[match.rule for match in one] for one in found] == [["old"], ["new"], ["old", "new"]]
    without = Matcher(new, like=both)
    assert without.match("", "Шольцем", tongue)[0] == ()


def test_what_is_no_word_under_forms_is_a_mistake_with_its_place(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(HEAD + "forms:\n  Шольц: [Шольца, Шoльцу]\n", encoding="utf-8")
    loaded = load(file, {})

    _, problems = compile_rules((), loaded.config.vocabulary, EXPANDER)

    (mixed,) = map(loaded.placed, problems)
    assert str(mixed).startswith(f"{file}:4:19: error MM121: Шoльцу mixes Latin and Cyrillic")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("forms: {канцлер Шольц: [канцлера Шольца]}", "MM013"),
        ("forms: {Шольц: ['-']}", "MM013"),
        ("forms: {Шольц: []}", "MM015"),
        ("forms: {Шольц: [Шольца], Шольц: [Шольцу]}", "MM008"),
    ],
)
def test_forms_are_held_against_the_schema(tmp_path, said, code):
    file = tmp_path / "config.yaml"
    file.write_text(HEAD + said + "\n", encoding="utf-8")

    with pytest.raises(ConfigError) as wrong:
        load(file, {})

    assert code in {problem.code for problem in wrong.value.problems}


def test_one_word_may_not_get_its_forms_twice_in_two_files(tmp_path):
    (tmp_path / "more.yaml").write_text("forms: {Шольц: [Шольца]}\n", encoding="utf-8")
    file = tmp_path / "config.yaml"
    file.write_text(HEAD + "include: more.yaml\nforms: {Шольц: [Шольцу]}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="there is a word `Шольц` already"):
        load(file, {})


def test_a_list_that_comes_with_the_program_needs_no_include(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(HEAD, encoding="utf-8")
    vocabulary = load(file, {}).config.vocabulary

    compiled, problems = compile_rules([Rule(id="r", query="$euphemisms")], vocabulary, EXPANDER)

    assert problems == ()
    assert len(compiled) == 1


def test_a_list_of_ones_own_goes_before_the_one_that_comes_with_the_program():
    words = {"lists": {"places": ("Мехико",)}, "ready": {"places": ("Киев",)}}

    assert caught("$places", "В Мехико тихо.", **words)
    assert not caught("$places", "В Киеве тихо.", **words)


def test_a_misspelled_list_is_shown_the_one_that_comes_with_the_program():
    ready = Vocabulary(ready={"euphemisms": ("жест доброй воли",)})

    _, (problem,) = compile_rules([Rule(id="r", query="$eufemisms")], ready, EXPANDER)

    assert "did you mean euphemisms?" in problem.text
