"""config.yaml with what it includes: what is read, merged, left out, and read again."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.codes import Code
from monitor.config.load import load
from monitor.errors import ConfigError

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
