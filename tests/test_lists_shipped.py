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

from monitor.cli.checking import findings
from monitor.config.include import BUILTIN
from monitor.config.load import Loaded, load
from monitor.errors import Problem
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher
from monitor.match.text import fold_lower
from monitor.match.words.morphology import Expander

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


@pytest.fixture(scope="module")
def read_lists(tmp_path_factory) -> tuple[Loaded, Matcher, list[Problem]]:
    """Return a configuration with a rule for each list, ready to match, and what is wrong."""
    config = tmp_path_factory.mktemp("lists") / "config.yaml"
    rules = [{"id": name, "match": {"any": [f"${name}"]}} for name in LISTS]
    written = {
        "version": 1,
        "route": {"receiver": "here"},
        "include": ["builtin:lists"],
        "rules": rules,
    }
    config.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    loaded = load(config, {})
    said = findings(loaded, Expander(None))
    return loaded, Matcher(said.compiled), list(said.problems)


@cache
def languages() -> LanguageIdentifier:
    return LanguageIdentifier()


def found_by(read_lists, name, text, language=None):
    matches, errors = read_lists[1].match("", text, languages().identify("", text, language))
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


def test_the_lists_are_read_without_a_mistake_or_a_warning(read_lists):
    loaded, _, problems = read_lists

    assert [str(problem) for problem in problems] == []
    assert set(loaded.config.lists) == set(LISTS)


def test_the_file_holds_nothing_but_lists():
    assert set(read(FILE)) == {"version", "lists"}


@pytest.mark.parametrize(("name", "code", "text"), CATCHES)
def test_a_list_catches_what_it_is_for(read_lists, name, code, text):
    assert found_by(read_lists, name, text, code) != []


@pytest.mark.parametrize(("name", "text"), IGNORES)
def test_a_list_leaves_what_looks_alike(read_lists, name, text):
    assert found_by(read_lists, name, text) == []


def test_every_list_is_tried_in_every_language():
    assert set(SENTENCES) == set(LISTS)
    assert [(name, code) for name in LISTS for code in LANGUAGES if not sentences(name, code)] == []


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
