"""docs/messages.md, held against what it describes."""

import re

import yaml
from guide import ROOT, of_kind, rows

from monitor.notify.lint import lint
from monitor.notify.phrases import PHRASES
from monitor.notify.template import FILTERS, LONGEST, SOURCE, TESTS
from monitor.notify.view import NAMES, Rule, Said, Source, Words

PATH = ROOT / "docs" / "messages.md"
SAID = PATH.read_text(encoding="utf-8")


def test_every_variable_is_explained_in_the_order_of_the_program():
    assert [row[0].strip("`") for row in rows(PATH, "variables")] == list(NAMES)


def test_every_part_of_a_variable_is_named():
    table = "\n".join(" ".join(row) for row in rows(PATH, "variables"))

    for kind in (Rule, Source, Said, Words):
        assert [name for name in kind.__slots__ if f"{name}`" not in table] == []


def test_the_template_of_the_example_is_good():
    templates = [
        template
        for block in of_kind("yaml", PATH)
        for template in yaml.safe_load(block.text).get("templates", {}).values()
    ]

    assert templates
    assert [lint(template) for template in templates] == [[]] * len(templates)


def test_every_filter_and_test_is_named():
    assert [name for name in FILTERS if name != "turn" and f"`{name}" not in SAID] == []
    assert [name for name in TESTS if f"`{name}`" not in SAID] == []
    assert f"{SOURCE:,} characters" in SAID
    assert LONGEST > SOURCE


def test_the_words_of_the_languages_are_the_ones_that_are_said():
    table = SAID.partition("## Languages")[2].partition("## Templates")[0]
    table_rows = re.findall(r"^\| .*$", table, re.MULTILINE)
    for language, column in (("en", 2), ("uk", 3), ("ru", 4)):
        words = {row.split("|")[column].strip() for row in table_rows}
        phrases = PHRASES[language]
        assert {phrases.severities["high"], phrases.side("ru", "official")} <= words
