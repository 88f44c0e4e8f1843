"""The documentation, executed: what it says is found is found, what it says is wrong is wrong."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from guide import (
    ENDS,
    READY,
    ROOT,
    RULES,
    by_place,
    checked,
    codes,
    expander,
    lay_down,
    lists_of_the_guide,
    of_kind,
    rows,
)

from monitor.cli.checking import findings
from monitor.config.codes import Code as FileCode
from monitor.config.include import BUILTIN
from monitor.config.load import load
from monitor.config.report import as_text
from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.codes import Code as RuleCode
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules

SOURCE = '[{id: ria, name: РИА, country: ru, kind: state, url: "https://ria.example.org/"}]'
# What nobody can write into a table: a missing file, 16 MiB, other bytes, 65 brackets, a token,
# a tab, two lines. MM133: a list without terms is MM015 where it is read from a file.
UNSHOWN = {"MM000", "MM001", "MM002", "MM003", "MM005", "MM026", "MM036", "MM133", "MM134"}


# --- Blocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", by_place(*(b for b in of_kind("yaml") if not b.mistakes)))
def test_a_yaml_block_is_right_and_passes_its_own_tests(block, tmp_path):
    for other in of_kind("yaml", RULES):
        if block.place.startswith(RULES.name) and not other.mistakes and block is not other:
            lay_down(tmp_path, other)
    lay_down(tmp_path, block)

    assert as_text(checked(tmp_path)) == ""


@pytest.mark.parametrize("block", by_place(*(b for b in of_kind("yaml") if b.mistakes)))
def test_a_block_that_shows_a_mistake_has_just_that_one(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lay_down(Path(), block)

    found = checked(Path())

    assert codes(found) == set(block.mistakes)
    if block.answer:
        assert as_text(found) == block.answer


@pytest.mark.parametrize("block", by_place(*of_kind("sh", RULES)))
def test_the_commands_of_the_guide_answer_as_it_says(block, tmp_path):
    for other in of_kind("yaml", RULES)[:2]:
        lay_down(tmp_path, other)
    config = next(b.text for b in of_kind("yaml", RULES) if b.name == "config.yaml")
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")

    done = subprocess.run(
        ["bash", "-euc", block.text],
        cwd=tmp_path,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.stdout, done.stderr, done.returncode) == (block.answer, "", 0)


# --- The guide's tables ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row[0]) for row in rows(RULES, "try") if row[0] != "written"]
)
def test_a_term_finds_what_the_guide_says_and_not_the_other(row):
    written, finds, ignores = row[0].strip("`"), row[-2], row[-1]
    rule = Rule(id="tried", query=written)
    compiled, problems = compile_rules([rule], Vocabulary(lists=lists_of_the_guide()), expander())
    assert all(problem.warning for problem in problems)
    matcher, languages = Matcher(compiled), LanguageIdentifier()

    found = [matcher.match("", text, languages.identify("", text, None)) for text in row[-2:]]

    assert [bool(matches) for matches, _ in found] == [True, False], (finds, ignores)


def placed(example: str) -> str:
    """Return a file with that line: a line of the file, of a rule, or an item under `any:`."""
    top = {
        "version": "version: 1",
        "route": "route: {receiver: here}",
        "sources": f"sources: {SOURCE}",
        "lists": f"lists: {{cities: {lists_of_the_guide()['cities']}}}",
        "rules": "",
    }
    key = example.partition(":")[0]
    if example.startswith("-"):
        top["rules"] = f"rules:\n  - id: example\n    match:\n      any:\n        {example}"
    elif key in Rule.model_fields:
        match = "" if key in {"match", "query"} else "\n    match: {any: [мир]}"
        top["rules"] = f"rules:\n  - id: example\n    {example}{match}"
    else:
        top[key] = example
    return "\n".join(top.values()) + "\n"


EXAMPLES = [row for row in rows(RULES, "codes") if row[2]]


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0]) for row in EXAMPLES])
def test_an_example_of_a_mistake_is_one_and_its_mend_is_none(row, tmp_path):
    code, _, wrong, right = row
    file = tmp_path / "config.yaml"

    file.write_text(placed(wrong.strip("`")), encoding="utf-8")
    found = checked(tmp_path)
    file.write_text(placed(right.strip("`")), encoding="utf-8")
    left = checked(tmp_path)

    assert codes(found) == {code.split()[0]}
    assert [str(problem) for problem in left] == []


def test_the_tables_hold_exactly_the_codes_there_are_with_their_explanations():
    table = [(row[0].split()[0], row[1]) for row in rows(RULES, "codes")]

    assert table == [(one.value, one.explanation) for one in [*FileCode, *RuleCode]]


def test_a_code_that_can_be_a_warning_is_marked(tmp_path):
    marked = {row[0].split()[0] for row in rows(RULES, "codes") if "◦" in row[0]}
    warnings = set()
    for example in [row[2].strip("`") for row in EXAMPLES] + ["- мир #война"]:
        (tmp_path / "config.yaml").write_text(placed(example), encoding="utf-8")
        warnings |= {problem.code for problem in checked(tmp_path) if problem.warning}
    for block in of_kind("yaml"):
        if block.mistakes:
            lay_down(tmp_path, block)
            warnings |= {problem.code for problem in checked(tmp_path) if problem.warning}

    assert warnings == marked


def test_every_code_that_can_be_shown_is_shown():
    shown = {row[0].split()[0] for row in EXAMPLES}
    shown |= {code for block in of_kind("yaml", RULES) for code in block.mistakes}

    assert {str(one) for one in [*FileCode, *RuleCode]} - shown == UNSHOWN


def test_every_key_of_a_rule_is_in_the_guide():
    guide = RULES.read_text(encoding="utf-8")

    assert [key for key in Rule.model_fields if f"`{key}`" not in guide] == []


# --- The ready lists ------------------------------------------------------------------------------


LISTED = list(rows(READY, "lists"))


@cache
def ready() -> dict[str, list[str]]:
    return yaml.safe_load((BUILTIN / "lists.yaml").read_text(encoding="utf-8"))["lists"]


def test_the_tables_hold_exactly_the_lists_there_are():
    assert [row[0].strip("`") for row in LISTED] == list(ready())


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0].strip("`")) for row in LISTED])
def test_a_ready_list_finds_what_its_row_says(row, tmp_path):
    name, _, finds, _ = row
    rule = f"rules:\n  - id: tried\n    query: ${name.strip('`')}\n"
    (tmp_path / "config.yaml").write_text("".join(ENDS.values()) + rule, encoding="utf-8")
    said = findings(load(tmp_path / "config.yaml", {}), expander())
    assert said.problems == ()

    found, _ = Matcher(said.compiled).match(
        "", finds, LanguageIdentifier().identify("", finds, None)
    )

    assert [match.rule for match in found] == ["tried"]


# --- The configuration at the root ----------------------------------------------------------------


def test_the_configuration_at_the_root_is_green(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert as_text(checked(Path())) == ""


def test_the_readme_fits_on_a_few_screens_and_counts_right():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pack = load(ROOT / "config.yaml", {}).config.rules

    assert readme.count("\n") <= 150
    assert len(pack) == 10
    assert "a pack of ten rules" in readme


def test_the_groups_of_the_catalogue_are_the_ones_that_are_named():
    sources = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    said = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["sources"]

    assert [one["group"] for one in said if f"`{one['group']}`" not in sources] == []
