"""A query from the command line, compiled; its mistakes shown as those of a file are."""

import re
from collections.abc import Iterable

from monitor.app.asking import compiled
from monitor.cli.checking import report
from monitor.cli.environment import cache
from monitor.config.load import Loaded
from monitor.errors import ConfigError, Problem
from monitor.match.codes import Code
from monitor.match.matcher import CompiledRule, RuleProblem
from monitor.match.words.morphology import Expander

_FILE = "<query>"
_WORD = re.compile(r"[^\s()]+")


def compiled_query(query: str, loaded: Loaded) -> CompiledRule:
    """Return the query as a rule, with the lists of the configuration.

    Raises ConfigError with every mistake; warnings go to standard error.
    """
    answer = compiled(query, loaded.config.vocabulary, Expander(cache()))
    problems = [_placed(one, query) for one in answer.own]
    if answer.rule is None:
        raise ConfigError([*problems, *_of_lists(answer.own, answer.problems, loaded)])
    report(problems)
    return answer.rule


def _of_lists(
    mine: Iterable[RuleProblem], found: Iterable[RuleProblem], loaded: Loaded
) -> list[Problem]:
    """Return what is wrong with the lists, where that is why the query cannot be used."""
    if not any(one.code == Code.BROKEN_LIST for one in mine):
        return []
    return [loaded.placed(one) for one in found if not one.rule and not one.warning]


def _placed(problem: RuleProblem, query: str) -> Problem:
    before = query[: problem.column]
    start = before.rfind("\n") + 1
    rest = query[start:].partition("\n")[0]
    column = problem.column - start
    word = _WORD.match(rest, column)
    return Problem(
        code=str(problem.code),
        text=problem.text,
        file=_FILE,
        line=1 + before.count("\n"),
        column=1 + column,
        length=len(word[0]) if word else 1,
        source_line=rest,
        warning=problem.warning,
    )
