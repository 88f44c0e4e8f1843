"""The rules of September 2022, held against other sentences than their own.

`data/kharkiv_paraphrases.yaml` has them one a line, in rounds; later rounds were written to find
what the rules as they then stood would miss.
"""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
import yaml

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.codes import Code
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, RuleProblem, compile_rules
from monitor.match.rules import advise_lists
from monitor.match.words.morphology import Expander

HERE = Path(__file__).parent
MONITOR = HERE.parent / "monitor"
IDS = [
    "reshuffling",
    "mobilization",
    "prison-recruits",
    "ammunition-abroad",
    "foreign-mercenaries",
    "liberated-settlements",
    "intercepted-call",
    "surrounded",
    "levies-on-workers",
    "strength-ratio",
]


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def pack() -> tuple[list[Rule], Matcher, tuple[RuleProblem, ...]]:
    said = read(MONITOR / "config" / "builtin" / "kharkiv.yaml")
    rules = [Rule.model_validate(rule) for rule in said["rules"]]
    compiled, problems = compile_rules(rules, Vocabulary(lists=said["lists"]), Expander(None))
    return rules, Matcher(compiled), problems


@cache
def languages() -> LanguageIdentifier:
    return LanguageIdentifier()


def matches(title, text, language=None):
    found, errors = pack()[1].match(title, text, languages().identify(title, text, language))
    assert errors == ()
    return {match.rule for match in found}


def own_tests():
    said = read(MONITOR / "config" / "builtin" / "kharkiv.yaml")
    for rule in said["rules"]:
        for number, test in enumerate(rule["tests"]):
            [(wish, text)] = test.items()
            yield pytest.param(rule["id"], wish, text, id=f"{rule['id']}-{wish}-{number}")


@cache
def sentences(rule, wish):
    rounds = read(HERE / "data" / "kharkiv_paraphrases.yaml").values()
    return [text for said in rounds for text in said[rule][wish].splitlines()]


def documents():
    for source in read(MONITOR / "demo" / "september.yaml")["sources"]:
        for item in source["items"]:
            for number, text in enumerate([item, *item.get("edits", [])]):
                yield pytest.param(source["language"], text, id=f"{item['id']}-{number}")


def test_the_pack_has_the_rules_of_that_week_in_their_order():
    assert [rule.id for rule in pack()[0]] == IDS


def test_the_pack_has_no_mistake_and_nothing_to_warn_of_but_words_that_no_dictionary_has():
    lists = Vocabulary(lists=read(MONITOR / "config" / "builtin" / "kharkiv.yaml")["lists"])

    found = (*pack()[2], *advise_lists(lists, Expander(None)))

    assert {problem.code for problem in found} <= {Code.GUESSED}


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_tells_what_it_is_for_and_is_tested(rule):
    [said] = [each for each in pack()[0] if each.id == rule]
    caught = [
        languages().identify("", test.catches, None).code for test in said.tests if test.catches
    ]

    assert said.title
    assert said.description.endswith(".")
    assert said.tags
    assert len(said.tests) >= 8
    assert {"ru", "uk", "en"} <= set(caught)
    assert any(test.ignores for test in said.tests)


@pytest.mark.parametrize(("rule", "wish", "text"), list(own_tests()))
def test_a_rule_passes_its_own_test(rule, wish, text):
    assert (rule in matches("", text)) == (wish == "catches")


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_finds_the_thing_in_other_words(rule):
    said = sentences(rule, "catches")
    missed = [text for text in said if rule not in matches("", text)]

    # To reach every sentence would only show that the rule was written after them.
    assert len(said) >= 60
    assert len(missed) <= len(said) / 20, missed


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_leaves_other_news_alone(rule):
    said = sentences(rule, "ignores")
    wrong = [text for text in said if rule in matches("", text)]

    assert len(said) >= 40
    assert len(wrong) <= len(said) / 20, wrong


@pytest.mark.parametrize(("language", "item"), list(documents()))
def test_the_made_up_september_says_what_the_rules_find(language, item):
    assert matches(item.get("title", ""), item["text"], language) == set(item["expect"])


def test_every_rule_speaks_in_the_made_up_september():
    said = {rule for param in documents() for rule in param.values[1]["expect"]}

    assert said == set(IDS)


def test_ordinary_channels_are_seldom_interrupted(shared):
    with gzip.open(shared / "posts" / "telegram_ru_2024.jsonl.gz", "rt", encoding="utf-8") as file:
        posts = [json.loads(line) for line in file]

    told = sum(bool(matches(post["title"], post["text"], post["language"])) for post in posts)

    # Eight days of twenty channels in November 2024, most of them about other things than the war.
    assert 0 < told < len(posts) / 40
