"""Mistakes in a rule, as the rooms that read it tell each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.match.codes import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """One mistake in a rule or, with an empty `rule`, in a list, with its place and the mend."""

    rule: str
    path: tuple[str | int, ...]  #: inside the rule; from `lists` on where there is no rule
    column: int  #: offset in that scalar's text, from 0
    code: Code
    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake in one scalar."""

    column: int
    code: Code
    text: str
    warning: bool = False

    def at(self, rule: str, path: Sequence[str | int]) -> RuleProblem:
        """Return it with its place."""
        return RuleProblem(
            rule=rule,
            path=tuple(path),
            column=self.column,
            code=self.code,
            text=self.text,
            warning=self.warning,
        )


def error(column: int, code: Code, text: str) -> Mistake:
    """Return a mistake that costs the rule."""
    return Mistake(column=column, code=code, text=text)


def warning(column: int, code: Code, text: str) -> Mistake:
    """Return a mistake that the rule survives."""
    return Mistake(column=column, code=code, text=text, warning=True)
