"""What is right in a rule and yet perhaps not meant."""

import pytest

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.codes import Code
from monitor.match.matcher import compile_rules
from monitor.match.rules import advise_lists
from monitor.match.words.morphology import Expander

EXPANDER = Expander(None)


def read(lists=None, **said):
    rule = Rule.model_validate({"id": "r", **said})
    rules, problems = compile_rules([rule], Vocabulary(lists=lists or {}), EXPANDER)
    return (rules[0].tree if rules else None), problems


def test_a_near_that_is_hardly_narrower_than_and_is_a_warning():
    tree, problems = read(query="(кот NEAR/60 пёс) AND мышь")

    assert tree is not None
    assert [(p.code, p.warning) for p in problems] == [(Code.WIDE, True)]


@pytest.mark.parametrize(
    ("terms", "needless"),
    [
        (["кот", "=кота"], {1: "=кота is found by кот anyway"}),
        (["=кота", "кот"], {0: "=кота is found by кот anyway"}),
        (["мост", "мосты"], {1: "мосты is found by мост anyway"}),
        (["name:Изюм", "изюм"], {0: "Изюм is found by изюм anyway"}),
        (["кот", "name:Кот", "case:КОТ"], {1: "by кот", 2: "case:КОТ is found by кот"}),
        (["=НАТО", "case:НАТО"], {1: "case:НАТО is found by =НАТО"}),
        (["чёрный кот", "чёрный", "кот"], {}),
        (["=кота", "=коту", "кошка"], {}),
        (["case:КОТ", "=кот"], {0: "case:КОТ is found by =кот"}),
        (["посол", "=после"], {}),  # which is no form of it wherever "после" is a preposition
        (["соба*", "собака"], {}),
    ],
)
def test_a_word_that_another_one_finds_anyway_is_a_warning(terms, needless):
    _, problems = read(match={"any": terms})

    found = {p.path[-1]: p.text for p in problems if p.code == Code.IMPLIED}
    assert all(p.warning for p in problems)
    assert found.keys() == needless.keys()
    assert all(said in found[index] for index, said in needless.items())


def test_the_same_word_in_two_parts_of_a_rule_is_no_matter():
    _, problems = read(match={"all": [["кот", "пёс"], ["кот", "мышь"]], "none": ["кот", "рыба"]})

    assert problems == ()


def test_a_needless_word_of_a_list_is_shown_in_the_list():
    (problem,) = advise_lists(Vocabulary(lists={"cats": ["кот", "=коту"]}), EXPANDER)

    assert (problem.code, problem.path) == (Code.IMPLIED, ("lists", "cats", 1))


def noted(code, **said):
    return {p.path[-1]: p.text for p in read(**said)[1] if p.code == code and p.warning}


def test_a_word_that_no_dictionary_has_is_said_to_be_guessed_unless_its_forms_are_given():
    assert "`monitor rules forms Угледар`" in noted(Code.GUESSED, query="Угледар")["query"]
    assert noted(Code.GUESSED, match={"any": ["=Угледар", "Vuhledar", "ТЭЦ-5", "ВСРФ"]}) == {}
    given = Vocabulary(forms={"Угледар": ("Угледара",)})
    assert compile_rules([Rule(id="r", query="Угледар")], given, EXPANDER)[1] == ()


@pytest.mark.parametrize(
    ("terms", "named"),
    [(["кот", "и"], [1]), (["the", "cat"], [0]), (["що"], [0]), (["и кот", "=и", "по"], [2])],
)
def test_a_word_that_nearly_every_text_has_is_a_warning(terms, named):
    assert [*noted(Code.FUNCTION_WORD, match={"any": terms})] == named


def test_a_function_word_beside_others_is_no_matter():
    assert noted(Code.FUNCTION_WORD, query="кот NEAR/3 (и OR или)") == {}


@pytest.mark.parametrize(
    ("prefix", "word"),
    [("перегруппировк*", "перегруппировка"), ("перегрупуванн*", "перегрупування")],
)
def test_a_prefix_of_one_word_only_is_a_warning_that_names_the_word(prefix, word):
    found = noted(Code.NEEDLESS_PREFIX, match={"any": [prefix, "кот"]})

    assert found == {0: f"{prefix} finds only the forms of {word}: write that"}
    assert noted(Code.NEEDLESS_PREFIX, match={"any": ["санкц*", "кот"]}) == {}


@pytest.mark.parametrize("phrase", ["мирна угода", "збройні сили", "вооружённые силы"])
def test_the_words_of_a_phrase_agree_and_want_no_note(phrase):
    assert read(match={"any": [phrase]})[1] == ()
