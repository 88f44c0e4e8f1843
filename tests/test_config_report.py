"""Problems as people, programs and GitHub read them."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.report import FORMATS, Tried, as_github, as_json, as_junit, as_text
from monitor.errors import Problem


def problem(source_line: str = "", column: int = 1, length: int = 0, **other) -> Problem:
    return Problem(
        code="MM012",
        text=other.pop("text", "no such word"),
        file=other.pop("file", "config.yaml"),
        line=3,
        column=column,
        length=length,
        source_line=source_line,
        **other,
    )


def test_the_first_line_is_never_wrapped():
    long = problem(text="слово " * 100)

    assert as_text([long]).splitlines() == [f"config.yaml:3:1: error MM012: {'слово ' * 100}"]


@pytest.mark.parametrize(
    ("line", "column", "length", "below"),
    [
        ("severity: hight", 11, 5, "          ^^^^^"),
        ("severity: hight", 11, 0, "          ^"),
        ("\tseverity: hight", 12, 5, "\t          ^^^^^"),
        ("тег: слово", 6, 5, "     ^^^^^"),
        ("中文: слово", 5, 5, "      ^^^^^"),
        ("стоп: 中文", 7, 2, "      ^^^^"),
        ("e\u0301: слово", 5, 5, "   ^^^^^"),
        ("short", 99, 9, " " * 5 + "^"),
        ("short", 3, 99, "  ^^^"),
    ],
)
def test_the_carets_stand_under_the_mistake(line, column, length, below):
    shown = as_text([problem(line, column, length)]).splitlines()

    assert shown[1] == f"  {line}"
    assert shown[2] == f"  {below}"


def test_a_long_line_is_shown_around_the_mistake():
    line = "a" * 5000 + "МИСТ" + "b" * 5000

    shown = as_text([problem(line, 5001, 4)]).splitlines()

    assert len(shown[1]) < 200
    start = shown[2].index("^")
    assert shown[1][start : start + shown[2].count("^")] == "МИСТ"


def test_nothing_in_a_line_can_move_the_cursor():
    shown = as_text([problem("a\x1b[2Jb", 2, 1)])

    assert "\x1b" not in shown


def test_json_has_one_object_for_each_problem():
    [found] = json.loads(as_json([problem("a: б", 4, 1, warning=True)]))

    assert found == {
        "file": "config.yaml",
        "line": 3,
        "column": 4,
        "length": 1,
        "severity": "warning",
        "code": "MM012",
        "text": "no such word",
        "source_line": "a: б",
    }


def test_github_gets_workflow_commands():
    assert as_github([problem("x", 4, 2)]) == (
        "::error file=config.yaml,title=MM012,line=3,col=4,endColumn=6::no such word\n"
    )


def test_nothing_in_a_text_can_end_a_workflow_command():
    said = as_github([problem(file="a,b:c%\n", text="100 %\n::error::x", warning=True)])

    assert said.count("\n") == 1
    assert said.startswith("::warning file=a%2Cb%3Ac%25%0A,")
    assert said.endswith("::100 %25%0A::error::x\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_say_that_nothing_is_wrong(name):
    assert FORMATS[name]([]).strip() in {"", "[]"}


def test_junit_has_a_case_for_each_error_and_each_test_that_passed():
    wrong, warned = problem("a: б", 4, 1), problem(warning=True, text="only a note")
    passed = Tried(rule="bridges", name="catches: Мост закрыт.")

    suites = ET.fromstring(as_junit([wrong, warned], [passed]))

    (suite,) = suites
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    good, bad = suite.findall("testcase")
    assert (good.get("classname"), good.get("name")) == ("bridges", "catches: Мост закрыт.")
    assert (bad.get("file"), bad.get("line")) == ("config.yaml", "3")
    assert bad.find("failure").get("message") == "no such word"
    assert "a: б\n     ^" in bad.find("failure").text
    assert "only a note" in suite.find("system-out").text


def test_a_test_of_a_rule_has_the_same_name_whether_or_not_it_fails():
    wrong = problem()
    names = []
    for outcome in (None, wrong):
        tried = Tried(rule="bridges", name="catches: Мост.", problem=outcome)
        (suite,) = ET.fromstring(as_junit([wrong] if outcome else [], [tried]))
        (case,) = suite.findall("testcase")
        names.append((case.get("classname"), case.get("name"), len(case)))

    assert names == [("bridges", "catches: Мост.", 0), ("bridges", "catches: Мост.", 1)]


@given(st.text(st.characters(codec=None)))
def test_whatever_a_text_holds_the_junit_report_is_xml(text):
    said = as_junit([problem(text=text, source_line=text)], [Tried(rule="r", name=text)])

    assert ET.fromstring(said.encode()).get("failures") == "1"
