"""What an alert must be like: `severity=~"high|critical"`, in Alertmanager's words.

    label="value"     it is that          label!="value"     it is not
    label=~"pattern"  it fits             label!~"pattern"   it does not

A pattern is held against the whole value. A label that an alert does not have is "". A label may
have several values: `=` and `=~` hold if they hold for one of them, `!=` and `!~` if `=` and `=~`
hold for none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config.patterns import Pattern, PatternError

#: Every label of an alert with its values.
Labels = Mapping[str, tuple[str, ...]]
Operator = Literal["=", "!=", "=~", "!~"]

LONGEST: Final = 1000
#: Other names of labels.
ALIASES: Final[Mapping[str, str]] = {"tags": "tag"}

_LABEL = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")
_OPERATOR = re.compile(r"(=~|!~|!=|=)\s*")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"|' + r"'((?:\\.|[^'\\])*)'")
_PLAIN = re.compile(r"""[^\s"'`=!~{},]+""")
_ESCAPE = re.compile(r"""\\(["'\\])""")  # before anything else a backslash is the pattern's own
_SIGN = re.compile(r"""\\["'\\]|.""", re.DOTALL)
_EXAMPLE = 'severity="high"'


class MatcherError(ValueError):
    """A text that is no matcher."""

    def __init__(self, text: str, column: int) -> None:
        """Take what is wrong with the mend, and the place in the text, from 0."""
        super().__init__(text)
        self.column = column


@dataclass(frozen=True, slots=True)
class Matcher:
    """One thing that an alert must be like, or must not."""

    label: str
    operator: Operator
    value: str
    pattern: Pattern | None = field(default=None, compare=False, repr=False)

    def holds(self, labels: Labels) -> bool:
        """Return whether an alert with these labels is like that."""
        values = labels.get(self.label) or ("",)
        return any(map(self.fits, values)) is not self.operator.startswith("!")

    def fits(self, value: str) -> bool:
        """Return whether a value is the one, or of the kind, that is written after the sign."""
        return self.pattern.matches(value) if self.pattern else value == self.value

    @property
    def named(self) -> tuple[str, ...] | None:
        """Return the values that it names one by one; None where a pattern stands for others."""
        return self.pattern.literals if self.pattern else (self.value,)

    def __str__(self) -> str:
        """Return it as it is written."""
        value = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.label}{self.operator}"{value}"'


def matcher(text: str) -> Matcher:
    """Return the matcher that is written there; raise MatcherError where it is none."""
    if len(text) > LONGEST:
        raise MatcherError(f"a matcher has at most {LONGEST} characters", LONGEST)
    label = _LABEL.match(text)
    if label is None:
        raise MatcherError(_no_label(text), len(text) - len(text.lstrip()))
    sign = _OPERATOR.match(text, label.end())
    if sign is None:
        message = f"after `{label[1]}` stands one of = != =~ !~, as in {_EXAMPLE}"
        raise MatcherError(message, label.end())
    name = ALIASES.get(label[1], label[1])
    value, begin, end = _value(text, sign)
    if rest := text[end:].strip():
        raise MatcherError(_too_much(rest), len(text) - len(text[end:].lstrip()))
    operator: Any = sign[1]
    if "~" not in operator:
        return Matcher(name, operator, value)
    try:
        return Matcher(name, operator, value, Pattern(value))
    except PatternError as error:
        column = begin + _as_written(text[begin:], error.column)
        raise MatcherError(str(error), column) from None


def matchers(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Return the matchers that are written there; raise MatcherError at the first that is none."""
    return tuple(map(matcher, texts))


def all_hold(wanted: Sequence[Matcher], labels: Labels) -> bool:
    """Return whether an alert with these labels is like all of that."""
    return all(one.holds(labels) for one in wanted)


def _value(text: str, sign: re.Match[str]) -> tuple[str, int, int]:
    """Return the value after the sign, where it begins, and where what it stands in ends."""
    at = sign.end()
    if text[at : at + 1] in {'"', "'"}:
        found = _QUOTED.match(text, at)
        if found is None:
            message = "this quote is never closed; where YAML cut the text off at a comma or a #, "
            raise MatcherError(message + "put the whole matcher in single quotes", at)
        return _ESCAPE.sub(r"\1", found[1] or found[2] or ""), at + 1, found.end()
    found = _PLAIN.match(text, at)
    if found is None:
        if at == len(text):
            message = f'nothing stands after {sign[1]}: write {sign[1]}"" for a label without value'
        elif text[at] in "=~!":
            message = f"`{sign[1]}{text[at]}` is no sign: write one of = != =~ !~"
        else:
            message = "put the value in double quotes"
        raise MatcherError(message, at)
    return found[0], at, found.end()


def _as_written(text: str, column: int) -> int:
    """Return where that character of a value stands in the text that it is written in."""
    signs = [found.start() for found in _SIGN.finditer(text)]
    return signs[column] if column < len(signs) else len(text)


def _no_label(text: str) -> str:
    if text.lstrip().startswith("{"):
        return "write each matcher as a text of its own, without { }"
    return f"a matcher begins with the name of a label: {_EXAMPLE}"


def _too_much(rest: str) -> str:
    if rest.startswith(","):
        return "write each matcher as a text of its own: a list of several, all of which must hold"
    return "the value ends before this: put all of it in double quotes"


def _read(value: object) -> Matcher:
    if isinstance(value, Matcher):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "a text belongs here")
    return matcher(value)


#: A matcher in a file.
Match = Annotated[
    Matcher,
    PlainValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ['severity=~"high|critical"', 'rule="bridges"']}),
]
