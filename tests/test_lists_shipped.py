"""The lists that come with the program, held against sentences of their own.

`data/lists.yaml` has, per list, what it must catch in each language, and look-alikes.
"""

import re
from collections import Counter
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
import yaml

from monitor.config.include import BUILTIN
from monitor.config.load import load
from monitor.config.schema import Rule
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, RuleProblem, compile_rules
from monitor.match.morphology import Expander
from monitor.match.text import fold_lower

HERE = Path(__file__).parent
FILE = BUILTIN / "lists.yaml"
LANGUAGES = ("ru", "uk", "en")


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


LISTS = read(FILE)["lists"]
SENTENCES = read(HERE / "data" / "lists.yaml")
OF_LISTS = [name for name, terms in LISTS.items() if all(t.startswith("$") for t in terms)]
CONTEXT = {"mod", "general-staff", "gur", "sbu", "fsb", "duma", "federation-council", "rada"}
LESSER = {*OF_LISTS, *CONTEXT, "foreign-agents"}  # fewer sentences will do


@cache
def compiled() -> tuple[Matcher, tuple[RuleProblem, ...]]:
    rules = [Rule.model_validate({"id": name, "match": {"any": [f"${name}"]}}) for name in LISTS]
    found, problems = compile_rules(rules, LISTS, Expander(None))
    return Matcher(found), problems


@cache
def languages() -> LanguageIdentifier:
    return LanguageIdentifier()


def found_by(name, text, language=None):
    matches, errors = compiled()[0].match("", text, languages().identify("", text, language))
    assert errors == ()
    return [hit.text for match in matches if match.rule == name for hit in match.hits]


def sentences(name, key):
    return SENTENCES[name].get(key, "").splitlines()


CATCHES = [
    pytest.param(name, code, text, id=f"{name}-{code}-{number}")
    for name in SENTENCES
    for code in LANGUAGES
    for number, text in enumerate(sentences(name, code))
]
IGNORES = [
    pytest.param(name, text, id=f"{name}-{number}")
    for name in SENTENCES
    for number, text in enumerate(sentences(name, "ignores"))
]


def test_the_lists_are_read_without_a_mistake_or_a_warning():
    assert [str(problem) for problem in compiled()[1]] == []


def test_the_file_can_be_included_and_holds_nothing_but_lists(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("version: 1\nroute: {receiver: here}\ninclude: [builtin:lists]\n", "utf-8")

    loaded = load(config, {})

    assert set(read(FILE)) == {"version", "lists"}
    assert loaded.problems == ()
    assert set(loaded.config.lists) == set(LISTS)


@pytest.mark.parametrize(("name", "code", "text"), CATCHES)
def test_a_list_catches_what_it_is_for(name, code, text):
    assert found_by(name, text, code) != []


@pytest.mark.parametrize(("name", "text"), IGNORES)
def test_a_list_leaves_what_looks_alike(name, text):
    assert found_by(name, text) == []


def test_every_list_is_tried_in_every_language():
    assert set(SENTENCES) == set(LISTS)
    assert [
        (name, code) for name in LISTS for code in LANGUAGES if not sentences(name, code)
    ] == []


@pytest.mark.parametrize("name", [name for name in LISTS if name not in LESSER])
def test_a_list_of_weight_is_tried_enough(name):
    caught = [text for code in LANGUAGES for text in sentences(name, code)]

    assert len(caught) >= 6
    assert len(sentences(name, "ignores")) >= 3


def bare(term):
    """Return a term as somebody reads it, without the marks."""
    kept = term if term.startswith("case:") else fold_lower(term)
    return re.sub(r"^name:|=", "", kept)


@pytest.mark.parametrize("name", LISTS)
def test_no_term_stands_twice_in_a_list(name):
    often = Counter(map(bare, LISTS[name]))

    assert [term for term, count in often.items() if count > 1] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_introduced_by_a_comment(name):
    before = FILE.read_text(encoding="utf-8").split(f"\n  {name}: [")[0]

    assert before.splitlines()[-1].startswith("  # ")


def test_every_list_of_a_group_is_in_the_list_of_the_group():
    named = set(chain.from_iterable(LISTS[name] for name in OF_LISTS))

    assert {f"${name}" for name in LISTS if name.startswith(("places-", "officials-"))} <= named
    assert {term.removeprefix("$") for term in named} <= set(LISTS)
