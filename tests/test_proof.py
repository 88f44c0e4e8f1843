"""A rule's own tests, and what a rule reads of a document."""

import pytest

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import LanguageIdentifier, Tongue
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.proof import failures, try_rule
from monitor.match.words.morphology import Expander
from monitor.model import Kind, Provenance

EXPANDER = Expander(None)
RIA = Provenance(id="ria", name="РИА", country="ru", kind=Kind.STATE, language="ru")


def compiled(**said):
    rule = Rule.model_validate({"id": "r", **said})
    (found,), problems = compile_rules([rule], Vocabulary(), EXPANDER)
    assert all(problem.warning for problem in problems), problems
    return found


def test_a_rules_own_tests_say_what_was_expected_and_what_was_found():
    rule = compiled(
        match={"any": ["перегруппировка"]},
        tests=[
            {"catches": "Перегруппировку начали"},
            {"ignores": "Перегруппировку активов одобрили"},
            {"catches": "Войска отошли"},
        ],
    )

    problems = failures(try_rule(rule, LanguageIdentifier()))

    assert [problem.path for problem in problems] == [
        ("tests", 1, "ignores"),
        ("tests", 2, "catches"),
    ]
    assert "“Перегруппировку”" in problems[0].text
    assert "none of its terms" in problems[1].text


def test_a_test_may_name_its_language_and_source():
    rule = compiled(
        query="тема",
        where={"country": ["ru"]},
        tests=[{"ignores": "тем", "language": "ru"}, {"catches": "тема", "source": "ria"}],
    )

    assert failures(try_rule(rule, LanguageIdentifier(), {"ria": RIA})) == []


def test_a_test_may_say_what_must_be_found_as_it_stands_there_or_as_the_rule_spells_it():
    rule = compiled(
        match={"any": ["отвлекающий манёвр", "Изюм"]},
        tests=[
            {"catches": "Об отвлекающем маневре у Изюма", "hits": ["отвлекающем манёвре", "изюм"]},
            {"catches": "Об отвлекающем маневре у Изюма", "hits": ["Изюма", "маневре"]},
        ],
    )

    (problem,) = failures(try_rule(rule, LanguageIdentifier()))

    assert (problem.code, problem.path) == ("MM152", ("tests", 1, "hits", 1))
    assert "“маневре”" in problem.text
    assert "“отвлекающем маневре”, “Изюма”" in problem.text


def test_a_test_of_a_rule_about_titles_stands_in_the_title():
    rule = compiled(
        query="тема",
        where={"fields": "title"},
        tests=[{"catches": "Тема дня", "field": "title"}, {"ignores": "Тема дня"}],
    )

    trials = try_rule(rule, LanguageIdentifier())

    assert [(trial.expects, trial.failure) for trial in trials] == [
        ("catches", None),
        ("ignores", None),
    ]


def test_a_text_that_the_rule_does_not_even_read_is_said_to_be_one():
    rule = compiled(query="мост", where={"language": "uk"}, tests=[{"catches": "Мост упал в реку"}])

    (problem,) = failures(try_rule(rule, LanguageIdentifier()))

    assert "`where:` is against it: it is read as ru, the rule wants uk" in problem.text


@pytest.mark.parametrize(
    ("where", "caught"),
    [
        ({"first_words": 4}, True),  # В Харькове закрыт мост
        ({"first_words": 3}, False),
        ({"first_words": 1, "fields": "text"}, False),
        ({"first_words": 2, "fields": "text"}, True),
    ],
)
def test_a_rule_may_read_only_the_first_words_of_the_title_and_then_the_text(where, caught):
    rule = compiled(query="мост", where=where)

    matches, _ = Matcher([rule]).match("В Харькове", "закрыт мост через Лопань", Tongue("ru"))

    assert bool(matches) == caught
