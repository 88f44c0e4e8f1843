"""A configuration that is loaded again, placed, and remembered."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.include import BUILTIN
from monitor.config.load import Loader, load
from monitor.config.rules import rule_from_json, rule_to_json
from monitor.config.schema import MatchBlock, Rule
from monitor.config.vocabulary import Vocabulary
from monitor.errors import ConfigError, MonitorError
from monitor.model import Severity

HEAD = "version: 1\nroute: {receiver: here}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").mkdir()
    return tmp_path


def write(folder: Path, text: str, name: str = "config.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_unchanged_file_is_not_read_again(folder):
    rules = write(folder, "rules: [{id: a, query: x}]\n", "rules/1.yaml")
    path = write(folder, HEAD + "include: rules/1.yaml\n")
    loader = Loader({})
    first = loader.load(path)
    stat = rules.stat()
    rules.write_text("rules: [{id: b, query: x}]\n")  # of the same size …
    os.utime(rules, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # … and of the same time

    again = loader.load(path)

    assert again.config.rules[0] is first.config.rules[0]


def test_a_changed_file_is_read_again(folder):
    rules = write(folder, "rules: [{id: a, query: x}]\n", "rules/1.yaml")
    path = write(folder, HEAD + "include: rules/1.yaml\n")
    loader = Loader({})
    loader.load(path)
    rules.write_text("rules: [{id: other, query: x}]\n")

    assert [rule.id for rule in loader.load(path).config.rules] == ["other"]


def test_a_loader_recovers_from_a_mistake_and_names_the_files_to_watch(folder):
    path = write(folder, HEAD + "include: more.yaml\n")
    write(folder, "rules: [\n", "more.yaml")
    loader = Loader({})
    with pytest.raises(ConfigError):
        loader.load(path)
    assert loader.files == (path, folder / "more.yaml")
    write(folder, "rules: []\n", "more.yaml")

    assert loader.load(path).files == (path, folder / "more.yaml")


PLACED = HEAD + (
    "include: more.yaml\n"
    "lists:\n"
    "  kyiv: [Київ, Киев]\n"
    "rules:\n"
    "  - id: a\n"
    "    match:\n"
    "      any:\n"
    "        - слово\n"
    "        - 'п''ять слів'\n"
    "  - id: b\n"
    "    query: |\n"
    "      (один OR\n"
    "        два) AND три\n"
    "  - id: c\n"
    "    query: >-\n"
    "      один\n"
    "      два\n"
    "  - id: d\n"
    "    match: {none: слово}\n"
)


@pytest.mark.parametrize(
    ("keys", "offset", "place"),
    [
        (("rules", "a", "match", "any", 0), 0, "config.yaml:10:11"),
        (("rules", "a", "match", "any", 0), 2, "config.yaml:10:13"),
        (("rules", "a", "match", "any", 1), 6, "config.yaml:11:19"),
        (("rules", "b", "query"), 0, "config.yaml:14:7"),
        (("rules", "b", "query"), 1, "config.yaml:14:8"),
        (("rules", "b", "query"), 11, "config.yaml:15:9"),
        (("rules", "b", "query"), 15, "config.yaml:15:13"),
        (("rules", "b", "query"), 16, "config.yaml:15:14"),
        (("rules", "c", "query"), 5, "config.yaml:19:7"),
        (("rules", "d", "match", "none", 0), 0, "config.yaml:21:19"),
        (("rules", "e", "query"), 2, "more.yaml:1:26"),
        (("rules", "a"), 0, "config.yaml:7:5"),
        (("rules", "nobody"), 0, "config.yaml:7:3"),
        (("lists", "kyiv", 1), 1, "config.yaml:5:17"),
        (("route", "receiver"), 0, "config.yaml:2:19"),
    ],
)
def test_a_place_in_a_rule_is_found_in_its_file(folder, keys, offset, place):
    write(folder, "rules: [{id: e, query: abcd}]\n", "more.yaml")

    found = load(write(folder, PLACED), {}).place(keys, offset)

    assert f"{Path(found.file).name}:{found.line}:{found.column}" == place


@dataclass(frozen=True, kw_only=True)
class Misstep:
    """A mistake as the compiler of rules finds it."""

    rule: str
    path: tuple[str | int, ...]
    column: int
    code: str = "MM104"
    text: str = "AND and OR"
    warning: bool = False


def test_what_the_compiler_finds_gets_its_place(folder):
    write(folder, "rules: []\n", "more.yaml")
    loaded = load(write(folder, PLACED), {})

    in_rule = loaded.placed(Misstep(rule="b", path=("query",), column=11))
    in_list = loaded.placed(Misstep(rule="", path=("lists", "kyiv", 0), column=0, warning=True))

    assert str(in_rule) == f"{folder}/config.yaml:15:9: error MM104: AND and OR"
    assert in_rule.source_line == "        два) AND три"
    assert str(in_list) == f"{folder}/config.yaml:5:10: warning MM104: AND and OR"


def test_the_lines_of_a_rule_are_returned_as_they_stand(folder):
    write(folder, "rules: []\n", "more.yaml")
    loaded = load(write(folder, PLACED), {})

    assert loaded.rule_source("c") == "  - id: c\n    query: >-\n      один\n      два"
    assert loaded.rule_source("d") == "  - id: d\n    match: {none: слово}"


terms = st.lists(st.text(min_size=1, max_size=8), max_size=3).map(tuple)


@given(
    rule=st.builds(
        Rule,
        id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
        title=st.text(max_size=20),
        severity=st.sampled_from(Severity),
        match=st.none() | st.builds(MatchBlock, any=terms, none=terms, except_=terms),
        query=st.none() | st.text(min_size=1, max_size=20),
    )
)
def test_a_rule_survives_being_remembered(rule):
    assert rule_from_json(rule_to_json(rule, Vocabulary())) == (rule, Vocabulary())


def test_a_rule_is_remembered_with_the_lists_it_refers_to(folder):
    own = {"war": ("$front", "війна", "$ready"), "front": ("фронт",), "other": ("$war",)}
    ready = {"ready": ("готовий",), "front": ("не цей",), "unused": ("слово",)}
    rule = Rule(id="a", query="$war AND title:$nowhere")

    body = rule_to_json(rule, Vocabulary(lists=own, ready=ready))

    needed = {"war": ("$front", "війна", "$ready"), "front": ("фронт",), "ready": ("готовий",)}
    assert rule_from_json(body) == (rule, Vocabulary(lists=needed))
    backwards = Vocabulary(lists=dict(reversed(own.items())), ready=ready)
    assert body == rule_to_json(rule, backwards)


def test_a_rule_is_remembered_with_the_forms_of_its_words():
    forms = {"Шольц": ("Шольца", "Шольцем"), "Артём": ("Артёма",), "Эрдоган": ("Эрдогана",)}
    rule = Rule(id="a", query="name:шольц OR $people")
    vocabulary = Vocabulary(lists={"people": ("Артем",)}, forms=forms)

    _, remembered = rule_from_json(rule_to_json(rule, vocabulary))

    assert set(remembered.forms) == {"Шольц", "Артём"}


def test_a_word_with_given_forms_may_be_spelled_with_another_apostrophe():
    vocabulary = Vocabulary(forms={"В’ячеслав": ("В’ячеслава",)})

    _, remembered = rule_from_json(rule_to_json(Rule(id="a", query="В'ячеслав"), vocabulary))

    assert remembered.forms == vocabulary.forms


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"rule": {"id": "a", "since": 2}, "lists": {}}', '{"rule": 1}']
)
def test_a_rule_of_another_version_is_refused_in_words(body):
    with pytest.raises(MonitorError, match="remembered rule"):
        rule_from_json(body)


def test_every_pack_that_ships_is_sound(folder):
    packs = sorted({path.stem for path in BUILTIN.glob("*.yaml")} - {"sources", "starter"})
    include = json.dumps([f"builtin:{name}" for name in packs])

    loaded = load(write(folder, HEAD + f"include: {include}\n"), {})

    assert loaded.problems == ()
    assert loaded.files == (folder / "config.yaml",)
