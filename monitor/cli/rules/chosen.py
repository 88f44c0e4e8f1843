"""The rules that a command is about, compiled."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.cli.environment import cache
from monitor.config.load import Loaded
from monitor.config.words import did_you_mean
from monitor.errors import MonitorError, Problem
from monitor.match.matcher import CompiledRule, compile_rules
from monitor.match.words.morphology import Expander


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rules that can be used, and what is wrong with the others."""

    compiled: tuple[CompiledRule, ...]
    errors: tuple[Problem, ...]


def chosen(loaded: Loaded, names: Sequence[str] = ()) -> Chosen:
    """Return the named rules, or all of them; raise MonitorError where one does not exist."""
    ids = [rule.id for rule in loaded.config.rules]
    for name in names:
        if name not in ids and name not in loaded.broken_rules:
            known = [*ids, *loaded.broken_rules]
            hint = did_you_mean(name, known) or "; `monitor rules list` shows them"
            raise MonitorError(f"there is no rule `{name}`{hint}")
    wanted = [rule for rule in loaded.config.rules if not names or rule.id in names]
    compiled, found = compile_rules(
        wanted, loaded.config.vocabulary, Expander(cache()), advice=False
    )
    # What is wrong with rules that nobody asked for is not said.
    of_files = loaded.problems if not names or {*names} & {*loaded.broken_rules} else ()
    problems = [*of_files, *map(loaded.placed, found)]
    return Chosen(
        compiled=compiled,
        errors=tuple(problem for problem in problems if not problem.warning),
    )
