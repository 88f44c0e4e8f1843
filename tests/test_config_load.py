"""config.yaml with what it includes: what is read, merged, left out, and read again."""

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.codes import Code
from monitor.config.include import BUILTIN
from monitor.config.load import Loader, load
from monitor.config.rules import rule_from_json, rule_to_json
from monitor.config.schema import MatchBlock, Rule
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


def codes(error: ConfigError) -> list[str]:
    return [problem.code for problem in error.problems]


def test_the_least_config_prints_to_the_console(folder):
    config = load(write(folder, HEAD), {}).config

    assert config.receivers[0].console is not None
    assert (config.sources, config.rules, config.timezone) == ((), (), "UTC")


def test_rules_and_lists_of_included_files_come_together_in_their_order(folder):
    write(folder, "rules: [{id: b, query: x}]\nlists: {kyiv: [Київ, Киев]}\n", "rules/2.yaml")
    write(folder, "rules: [{id: c, query: x}]\n", "rules/1.yaml")

    loaded = load(write(folder, HEAD + "include: [rules/*.yaml]\nrules: [{id: a, query: x}]\n"), {})

    assert [rule.id for rule in loaded.config.rules] == ["a", "c", "b"]
    assert loaded.config.lists == {"kyiv": ("Київ", "Киев")}
    assert [path.name for path in loaded.files] == ["config.yaml", "1.yaml", "2.yaml"]


def test_an_included_file_may_include_others_beside_itself(folder):
    write(folder, "include: more.yaml\n", "rules/1.yaml")
    write(folder, "rules: [{id: b, query: x}]\n", "rules/more.yaml")

    loaded = load(write(folder, HEAD + "include: rules/1.yaml\n"), {})

    assert [rule.id for rule in loaded.config.rules] == ["b"]


def test_a_file_that_is_included_twice_is_read_once(folder):
    write(folder, "rules: [{id: b, query: x}]\n", "rules/1.yaml")

    loaded = load(write(folder, HEAD + "include: [rules/1.yaml, rules/*.yaml]\n"), {})

    assert [rule.id for rule in loaded.config.rules] == ["b"]


def test_a_glob_that_fits_the_including_file_passes_it_over(folder):
    write(folder, "rules: [{id: b, query: x}]\n", "more.yaml")

    loaded = load(write(folder, HEAD + 'include: "*.yaml"\n'), {})

    assert [rule.id for rule in loaded.config.rules] == ["b"]


def test_a_circle_of_files_is_named_where_it_closes(folder):
    write(folder, "include: b.yaml\n", "a.yaml")
    write(folder, "include: a.yaml\n", "b.yaml")

    with pytest.raises(ConfigError) as raised:
        load(write(folder, HEAD + "include: a.yaml\n"), {})

    [problem] = raised.value.problems
    assert (Path(problem.file).name, problem.code) == ("b.yaml", Code.INCLUDE_CYCLE)


def test_a_name_in_two_files_is_told_with_both_places(folder):
    write(folder, "rules: [{id: a, query: x}]\nlists: {l: x}\n", "more.yaml")

    with pytest.raises(ConfigError) as raised:
        load(
            write(folder, HEAD + "include: more.yaml\nlists: {l: x}\nrules: [{id: a, query: x}]\n"),
            {},
        )

    told = raised.value.problems
    assert [f"{Path(one.file).name}:{one.line} {one.code}" for one in told] == [
        "more.yaml:1 MM020",
        "more.yaml:2 MM020",
    ]
    assert f"{folder}/config.yaml:5" in told[0].text
    assert f"{folder}/config.yaml:4" in told[1].text


def test_a_broken_rule_is_left_out_and_the_others_stay(folder):
    loaded = load(
        write(
            folder,
            HEAD + "rules:\n"
            "  - {id: good, query: x}\n"
            "  - {id: bad, query: x, severity: hight}\n"
            '  - {id: trapped, query: "a b"}\n',
        ),
        {},
    )

    assert [rule.id for rule in loaded.config.rules] == ["good"]
    assert loaded.broken_rules == ("bad", "trapped")
    assert [problem.code for problem in loaded.problems] == ["MM012", "MM030"]


def test_a_warning_leaves_its_rule_in_force(folder):
    loaded = load(write(folder, HEAD + "rules:\n  - id: a\n    query: школа #5\n"), {})

    assert [rule.id for rule in loaded.config.rules] == ["a"]
    assert [problem.warning for problem in loaded.problems] == [True]


def test_a_broken_rule_still_owns_its_id(folder):
    text = HEAD + "rules: [{id: a, query: x, severity: no}, {id: a, query: x}]\n"

    with pytest.raises(ConfigError) as raised:
        load(write(folder, text), {})

    assert codes(raised.value) == ["MM012", "MM020"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("200", "200"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", "true"),
        ("True", "True"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("12:30:00", "12:30:00"),
        ("2022-09-10", "2022-09-10"),
        ("1_000", "1_000"),
        ("-5", "-5"),
        ("12345678901234567890", "12345678901234567890"),
        ("=ТЭЦ", "=ТЭЦ"),
        ("$kyiv", "$kyiv"),
        ("name:Изюм", "name:Изюм"),
        ("'null'", "null"),
    ],
)
def test_a_term_is_the_text_that_stands_there(folder, written, read):
    loaded = load(write(folder, HEAD + f"lists:\n  l:\n    - {written}\n"), {})

    assert loaded.config.lists["l"] == (read,)


def test_groups_bring_their_sources_with_what_is_said_of_them(folder):
    text = "sources:\n  - {group: ua-state, every: 7m, except: [ukrinform]}\n"

    sources = load(write(folder, HEAD + text), {}).config.sources

    assert {source.every for source in sources} == {timedelta(minutes=7)}
    assert "armyinform" in {source.id for source in sources}
    assert "ukrinform" not in {source.id for source in sources}


def test_relative_paths_are_meant_from_the_folder_of_the_main_file(folder):
    text = HEAD + (
        "store: sqlite:///data/m.db?mode=rw\n"
        "receivers: [{name: here, file: {path: out/alerts.jsonl}}]\n"
    )

    config = load(write(folder, text), {}).config

    assert config.store == f"sqlite:///{folder}/data/m.db?mode=rw"
    assert config.receivers[0].file is not None
    assert config.receivers[0].file.path == f"{folder}/out/alerts.jsonl"


@pytest.mark.parametrize(
    "store", ["sqlite:////srv/m.db", "sqlite://", "sqlite:///:memory:", "postgresql://u@h/d"]
)
def test_a_store_that_says_where_it_is_stays_as_it_is(folder, store):
    assert load(write(folder, HEAD + f'store: "{store}"\n'), {}).config.store == store


def test_a_folder_with_a_percent_sign_in_its_name_holds_the_store(tmp_path):
    folder = tmp_path / "50%20"
    folder.mkdir()

    assert load(write(folder, HEAD), {}).config.store.endswith("/50%2520/data/monitor.db")


def test_the_environment_replaces_the_store(folder):
    environ = {"MONITOR_DATABASE_URL": "postgresql://monitor@db/monitor"}

    assert load(write(folder, HEAD), environ).config.store == environ["MONITOR_DATABASE_URL"]


def test_a_store_of_the_environment_that_is_none_is_told_without_its_password(folder):
    with pytest.raises(ConfigError) as raised:
        load(write(folder, HEAD), {"MONITOR_DATABASE_URL": "mysql://u:hunter2@h/d"})

    assert codes(raised.value) == ["MM013"]
    assert "hunter2" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(folder):
    with pytest.raises(ConfigError) as raised:
        load(folder / "none.yaml", {})

    assert codes(raised.value) == ["MM001"]
    assert "No such file" in str(raised.value)


def test_a_folder_is_no_config(folder):
    with pytest.raises(ConfigError) as raised:
        load(folder, {})

    assert codes(raised.value) == ["MM001"]


def test_a_file_over_the_limit_is_refused_unread(folder):
    path = folder / "config.yaml"
    with path.open("wb") as file:
        file.truncate(17 * 1024 * 1024)

    with pytest.raises(ConfigError) as raised:
        load(path, {})

    assert codes(raised.value) == ["MM002"]


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
    assert rule_from_json(rule_to_json(rule, {})) == (rule, {})


def test_a_rule_is_remembered_with_the_lists_it_refers_to(folder):
    lists = {"war": ("$front", "війна"), "front": ("фронт",), "other": ("$war",)}
    rule = Rule(id="a", query="$war AND title:$nowhere")

    body = rule_to_json(rule, lists)

    assert rule_from_json(body) == (rule, {"war": ("$front", "війна"), "front": ("фронт",)})
    assert body == rule_to_json(rule, dict(reversed(lists.items())))


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"rule": {"id": "a", "since": 2}, "lists": {}}', '{"rule": 1}']
)
def test_a_rule_of_another_version_is_refused_in_words(body):
    with pytest.raises(MonitorError, match="remembered rule"):
        rule_from_json(body)


def test_every_pack_that_ships_is_sound(folder):
    packs = sorted({path.stem for path in BUILTIN.glob("*.yaml")} - {"sources", "starter"})
    if not packs:
        pytest.skip("no pack ships yet")
    include = json.dumps([f"builtin:{name}" for name in packs])

    loaded = load(write(folder, HEAD + f"include: {include}\n"), {})

    assert loaded.problems == ()
    assert loaded.files == (folder / "config.yaml",)
