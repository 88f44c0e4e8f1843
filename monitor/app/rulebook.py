"""Which rules are in force: those that compile, and the last good version of those that do not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from monitor.config.load import Loaded
from monitor.config.rules import rule_from_json, rule_to_json
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.match.matcher import CompiledRule, RuleProblem, compile_rules
from monitor.match.morphology import Expander


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The rules in force, and what stands in the way of the others."""

    rules: tuple[CompiledRule, ...]
    problems: tuple[RuleProblem, ...]
    kept: tuple[str, ...]  #: in force in their last good version, because this one has a mistake
    off: tuple[str, ...]  #: not in force, because they never had a good version
    bodies: Mapping[str, str]  #: what each rule in force says, for the store to remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a reload did to the rules."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def rulebook(
    config: Config, broken: Collection[str], good: Mapping[str, str], expander: Expander
) -> Rulebook:
    """Return the rules in force, given the last good versions that the store remembers.

    `broken` are the rules of the file that cannot even be read as rules.
    """
    compiled, problems = compile_rules(config.rules, config.lists, expander)
    in_force = {rule.rule.id: rule for rule in compiled}
    bodies = {name: rule_to_json(rule.rule, config.lists) for name, rule in in_force.items()}
    kept, off = [], []
    for name in [rule.id for rule in config.rules if rule.id not in in_force] + sorted(broken):
        last = _last_good(good.get(name), expander)
        if last is None:
            off.append(name)
        else:
            kept.append(name)
            in_force[name], bodies[name] = last, good[name]
    order = [rule.id for rule in config.rules] + sorted(broken)
    return Rulebook(
        rules=tuple(in_force[name] for name in order if name in in_force),
        problems=problems,
        kept=tuple(kept),
        off=tuple(off),
        bodies=bodies,
    )


def change(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    """Return what became of the rules between two sets of bodies."""
    both = before.keys() & after.keys()
    return Change(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(name for name in both if before[name] != after[name])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def faults_said(loaded: Loaded, book: Rulebook) -> list[str]:
    """Return what is wrong with the rules, with its places, and what is in force instead."""
    wrong = [problem for problem in loaded.problems if not problem.warning]
    wrong += [loaded.placed(problem) for problem in book.problems if not problem.warning]
    lines = [str(problem) for problem in wrong]
    if book.kept:
        lines.append(f"in force as they last were: {', '.join(book.kept)}")
    if book.off:
        lines.append(f"NOT in force, they never had a good version: {', '.join(book.off)}")
    return lines


def _last_good(body: str | None, expander: Expander) -> CompiledRule | None:
    """Return a remembered rule compiled; None if there is none, or an upgrade outgrew it."""
    if body is None:
        return None
    try:
        rule, lists = rule_from_json(body)
    except MonitorError:
        return None
    compiled, _ = compile_rules([rule], lists, expander)
    return compiled[0] if compiled else None
