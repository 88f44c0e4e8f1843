"""What YAML's own errors mean to a person, and the line mended."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from monitor.config.codes import Code
from monitor.config.text import Spot, Text
from monitor.errors import Problem

#: What a plain text cannot begin with, and what YAML would take it for.
FIRST_CHARACTERS: Final[dict[str, str]] = {
    "*": "YAML takes `*` for an alias, which these files do not use: put a text that begins "
    "with it in quotes",
    "&": "YAML takes `&` for an anchor, which these files do not use: put a text that begins "
    "with it in quotes",
    "!": "YAML takes `!` for a tag, which these files do not use: put a text that begins with it "
    "in quotes",
    "@": "a text that begins with `@` must stand in quotes",
    "`": "a text that begins with a backtick must stand in quotes",
    "%": "a text that begins with `%` must stand in quotes",
    ">": "YAML takes `>` for the beginning of a block: put a text that begins with it in quotes",
    "|": "YAML takes `|` for the beginning of a block: put a text that begins with it in quotes",
}

# The part of a line before its value: dashes, and a key with its colon.
_BEFORE_VALUE = re.compile(r"\s*(?:- +)*(?:[\w-]+:(?: +|$))?")
_DASH = re.compile(r"(\s*)-([^\s-].*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stumble:
    """Where YAML gave up, and what it was doing."""

    text: Text
    problem: str
    context: str
    at: Spot
    opened: Spot  #: where what it was reading began
    quote: str  #: of the scalar before it, or ""
    scalar: Spot  #: the scalar before it, if that ends in the same line

    @property
    def rest(self) -> str:
        """Return the line from where YAML gave up."""
        return self.text.line(self.at.line)[self.at.column :]


def mend(error: yaml.MarkedYAMLError, text: Text, last: yaml.ScalarEvent | None) -> Problem:
    """Return YAML's error in plain words, with its place and, where we know it, the mended line."""
    stumble = _stumble(error, text, last)
    for ask in _QUESTIONS:
        if found := ask(stumble):
            return found
    where = f" ({stumble.context})" if stumble.context else ""
    return text.problem(Code.YAML, f"this is not YAML: {stumble.problem}{where}", stumble.at)


def quoted(value: str) -> str:
    """Return a text in the quotes that leave it as it is."""
    if "'" in value and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _stumble(error: yaml.MarkedYAMLError, text: Text, last: yaml.ScalarEvent | None) -> _Stumble:
    mark = error.problem_mark or error.context_mark
    at = Spot(mark.line, mark.column) if mark else Spot(0, 0)
    opened = Spot(error.context_mark.line, error.context_mark.column) if error.context_mark else at
    quote, scalar = "", at
    if last is not None and last.start_mark is not None and last.end_mark is not None:
        start, end = last.start_mark, last.end_mark
        if start.line == end.line == at.line:
            quote = last.style or ""
            scalar = Spot(start.line, start.column, end.column - start.column)
    return _Stumble(
        text=text,
        problem=error.problem or "",
        context=error.context or "",
        at=at,
        opened=opened,
        quote=quote,
        scalar=scalar,
    )


def _mended(text: Text, spot: Spot, value: str) -> str:
    """Return `write …`: the line with its value, from that spot on, replaced."""
    return f"write `{(text.line(spot.line)[: spot.column] + value).strip()}`"


def _tab(s: _Stumble) -> Problem | None:
    if not s.rest.startswith("\t"):
        return None
    message = "a tab stands here: YAML indents with spaces, so replace it"
    return s.text.problem(Code.TAB, message, s.at._replace(length=1))


def _first_character(s: _Stumble) -> Problem | None:
    scanning = ("next token", "an alias", "an anchor", "a tag", "a block scalar")
    rest = s.text.line(s.opened.line)[s.opened.column :].rstrip()
    explained = FIRST_CHARACTERS.get(rest[:1])
    if explained is None or not s.context.endswith(scanning):
        return None
    message = f"{explained}: {_mended(s.text, s.opened, quoted(rest))}"
    return s.text.problem(Code.FIRST_CHARACTER, message, s.opened._replace(length=len(rest)))


def _left_over(s: _Stumble) -> Problem | None:
    """Explain what follows a closing quote: `query: "a b" OR c`."""
    line = s.text.line(s.at.line)
    if s.quote not in {'"', "'"} or line[s.scalar.column + s.scalar.length : s.at.column].strip():
        return None
    rest = line[s.scalar.column :].rstrip()
    message = "what begins with a quote ends at the next one, so YAML stumbles over the rest"
    if "flow" in s.context:
        message += ": put the whole item in single quotes"
    else:
        inner = rest[1:-1]
        is_text = s.quote == "'" and rest.endswith("'") and '"' not in inner
        value = f'"{inner}"' if is_text else quoted(rest)
        message += f": {_mended(s.text, s.scalar, value)}"
    return s.text.problem(Code.QUOTES, message, s.scalar._replace(length=len(rest)))


def _unclosed(s: _Stumble) -> Problem | None:
    bracket = s.text.line(s.opened.line)[s.opened.column : s.opened.column + 1]
    if "end of stream" in s.problem and s.context.endswith("quoted scalar"):
        message = "this quote is never closed: write the same quote at the end of the text"
    elif "did not find expected ','" in s.problem and (
        not s.rest.startswith(":") or _begins_with_key(s)
    ):
        closing = "]" if bracket == "[" else "}"
        message = f"this `{bracket}` is not closed: `{closing}` is missing, or a comma before it"
    else:
        return None
    return s.text.problem(Code.UNCLOSED, message, s.opened._replace(length=1))


def _begins_with_key(s: _Stumble) -> bool:
    """Return whether YAML read on into a further line, up to the colon after its key."""
    before = s.text.line(s.at.line)[: s.at.column]
    return s.at.line > s.opened.line and re.fullmatch(r"(- +)?[\w-]+", before.strip()) is not None


def _dash(s: _Stumble) -> Problem | None:
    """Explain `-word`, where the dash of a list item lacks its space."""
    for number in (s.opened.line, s.at.line, max(s.at.line - 1, 0)):
        if found := _DASH.fullmatch(s.text.line(number)):
            message = f"a list item needs a space after its dash: write `- {found[2].rstrip()}`"
            return s.text.problem(Code.DASH, message, Spot(number, len(found[1]), 1))
    return None


def _colon(s: _Stumble) -> Problem | None:
    """Explain `title: Foo: bar`."""
    if not s.rest.startswith(":"):
        return None
    if "flow" in s.context:
        message = "a colon followed by a space makes a key: put the whole text in quotes"
        return s.text.problem(Code.COLON, message, s.at._replace(length=1))
    line = s.text.line(s.at.line)
    before = _BEFORE_VALUE.match(line)
    start = before.end() if before else 0
    if start < s.at.column:
        mended = _mended(s.text, Spot(s.at.line, start), quoted(line[start:].rstrip()))
        message = f"a colon followed by a space makes a key, so the text needs quotes: {mended}"
        return s.text.problem(Code.COLON, message, s.at._replace(length=1))
    message = "this line is indented deeper than the one above it, which has its value already"
    indent = len(line) - len(line.lstrip())
    return s.text.problem(Code.YAML, message, Spot(s.at.line, indent, s.at.column - indent))


def _indentation(s: _Stumble) -> Problem | None:
    """Explain a line that is neither a key nor an item, or stands at an odd indentation."""
    if "could not find expected ':'" in s.problem:
        message = "this line is neither `key: value` nor `- item`"
        if found := re.match(r"\s*([\w-]+):(\S.*)", s.text.line(s.opened.line)):
            message = f"a colon needs a space after it: write `{found[1]}: {found[2].rstrip()}`"
        return s.text.problem(Code.YAML, message, s.opened)
    if "did not find expected" in s.problem and not s.text.line(s.at.line)[: s.at.column].strip():
        message = "the indentation fits nothing above: line it up with the keys it belongs to"
        return s.text.problem(Code.YAML, message, s.at)
    return None


def _escape(s: _Stumble) -> Problem | None:
    if "escape" not in s.problem:
        return None
    message = "in double quotes a backslash begins a code such as \\n: use single quotes"
    return s.text.problem(Code.YAML, message, s.at._replace(length=2))


# The order matters: what stands in the line says more than what YAML was doing.
_QUESTIONS: Sequence[Callable[[_Stumble], Problem | None]] = (
    _tab,
    _first_character,
    _left_over,
    _unclosed,
    _dash,
    _colon,
    _indentation,
    _escape,
)
