"""Problems as people, programs and GitHub read them."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree as ET

from monitor.errors import Problem

_MARGIN = "  "
_WIDEST = 160  # of a quoted line; a rule may be one very long line
_BEFORE = 60  # characters that are kept before the mistake in such a line
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_text(problems: Iterable[Problem]) -> str:
    """Return each problem in a line of its own, never wrapped, with the offending line below it.

    A line of carets marks the mistake, whatever tabs and wide characters stand before it.
    """
    return "".join(f"{problem}\n{_quoted(problem)}" for problem in problems)


def as_json(problems: Iterable[Problem]) -> str:
    """Return the problems as a JSON array of objects."""
    found = [
        {
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "length": problem.length,
            "severity": _severity(problem),
            "code": problem.code,
            "text": problem.text,
            "source_line": problem.source_line,
        }
        for problem in problems
    ]
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def as_github(problems: Iterable[Problem]) -> str:
    """Return the problems as workflow commands, which GitHub shows beside the lines."""
    return "".join(f"{_command(problem)}\n" for problem in problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A rule's own test, and what came of it."""

    rule: str
    name: str
    problem: Problem | None = None


def as_junit(problems: Sequence[Problem], tried: Sequence[Tried] = ()) -> str:
    """Return a JUnit report: a case for each test of a rule, and for each other error.

    A test has the same name whether or not it fails. Warnings fail nothing; they stand in the
    suite's output.
    """
    of_tests = {one.problem for one in tried}
    errors = [one for one in problems if not one.warning and one not in of_tests]
    failed = len(errors) + sum(one.problem is not None for one in tried)
    counts = {"tests": str(len(errors) + len(tried)), "failures": str(failed)}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": "monitor check", **counts})
    for one in tried:
        _case(suite, one.rule, one.name, one.problem)
    for problem in errors:
        place = f"{problem.code} {problem.file}:{problem.line}:{problem.column}"
        _case(suite, problem.file, place, problem)
    warnings = [problem for problem in problems if problem.warning]
    if warnings:
        ET.SubElement(suite, "system-out").text = _printable(as_text(warnings))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


#: What `--format` can be, but for junit, which also wants to know what passed.
FORMATS: Final[Mapping[str, Callable[[Iterable[Problem]], str]]] = MappingProxyType(
    {"text": as_text, "json": as_json, "github": as_github}
)


def _case(suite: ET.Element, of: str, name: str, problem: Problem | None) -> None:
    named = {"classname": _printable(of), "name": _printable(name)}
    case = ET.SubElement(suite, "testcase", named)
    if problem is not None:
        case.attrib |= {"file": _printable(problem.file), "line": str(problem.line)}
        said = {"type": problem.code, "message": _printable(problem.text)}
        ET.SubElement(case, "failure", said).text = _printable(as_text([problem]))


def _printable(text: str) -> str:
    """Return text without the characters that XML cannot say."""
    return _UNSAYABLE.sub("\ufffd", text)


def _severity(problem: Problem) -> str:
    return "warning" if problem.warning else "error"


def _quoted(problem: Problem) -> str:
    """Return the offending line and the carets under it; "" where no line is known."""
    line, start = problem.source_line, max(problem.column - 1, 0)
    if not line.strip():
        return ""
    length = max(min(problem.length, len(line) - start), 1)
    if len(line) > _WIDEST:
        first = max(start - _BEFORE, 0)
        line, start = line[first : first + _WIDEST], start - first
        length = max(min(length, len(line) - start), 1)
    line = "".join("·" if _is_control(char) else char for char in line)
    padding = "".join("\t" if char == "\t" else " " * _columns(char) for char in line[:start])
    carets = "^" * max(sum(map(_columns, line[start : start + length])), 1)
    return f"{_MARGIN}{line.rstrip()}\n{_MARGIN}{padding}{carets}\n"


def _columns(char: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _is_control(char: str) -> bool:
    return char != "\t" and unicodedata.category(char) == "Cc"


def _command(problem: Problem) -> str:
    properties = {"file": problem.file, "title": problem.code}
    if problem.line:
        properties |= {"line": str(problem.line), "col": str(problem.column)}
    if problem.line and problem.length:
        properties["endColumn"] = str(problem.column + problem.length)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_severity(problem)} {said}::{_data(problem.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
