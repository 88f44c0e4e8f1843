"""Which rules are in force: those that are right, and the last good version of those that are not.

A rule is right that compiles and passes its own tests. One that fails only its tests, and never had
a good version, is in force all the same: a repeat is better than a miss.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from monitor.config.load import Loaded
from monitor.config.rules import rule_from_json, rule_to_json
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import CompiledRule, RuleProblem, compile_rules
from monitor.match.proof import failures, try_rule
from monitor.match.words.morphology import Expander
from monitor.notify import lint


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The rules in force, and what stands in the way of the others."""

    rules: tuple[CompiledRule, ...]
    problems: tuple[RuleProblem, ...]
    kept: tuple[str, ...]  #: in force in their last good version, because this one has a mistake
    off: tuple[str, ...]  #: not in force, because they never had a good version
    failing: tuple[str, ...]  #: in force, though they fail their own tests
    bodies: Mapping[str, str]  #: what each rule in force says

    @property
    def good(self) -> Mapping[str, str]:
        """Return what each rule says that is right, for the store to remember."""
        return {name: body for name, body in self.bodies.items() if name not in self.failing}

    @property
    def by_body(self) -> Mapping[str, CompiledRule]:
        """Return the rules by what they say."""
        return {self.bodies[rule.rule.id]: rule for rule in self.rules}

    @property
    def is_as_written(self) -> bool:
        """Return whether every rule is in force as it is written, and right."""
        return not (self.kept or self.off or self.failing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a reload did to the rules."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def rulebook(
    config: Config,
    broken: Collection[str],
    good: Mapping[str, str],
    expander: Expander,
    running: Rulebook | None = None,
) -> Rulebook:
    """Return the rules in force, given the last good versions that the store remembers.

    `broken` are the rules of the file that cannot even be read as rules. Rules of the `running`
    book that say the same as they did are taken over as they are, not compiled again.
    """
    said = {rule.id: rule_to_json(rule, config.vocabulary) for rule in config.rules}
    before = running.by_body if running is not None else {}
    fresh = [rule for rule in config.rules if said[rule.id] not in before]
    compiled, problems = compile_rules(fresh, config.vocabulary, expander, advice=False)
    usable = {rule.rule.id: rule for rule in compiled}
    usable |= {name: before[body] for name, body in said.items() if body in before}
    untried = [rule for name, rule in usable.items() if said[name] != good.get(name)]
    failed = _failed(untried, config)
    last = dict(running.bodies if running is not None else {}) | dict(good)
    wrong = [rule.id for rule in config.rules if rule.id not in usable]
    in_force = dict(usable)
    bodies = {name: said[name] for name in usable}
    kept, off, failing = [], [], []
    for name in [*wrong, *sorted(broken), *failed]:
        body = last.get(name, "")
        old = before.get(body) or _last_good(body, expander)
        if old is not None and body != said.get(name):
            kept.append(name)
            in_force[name], bodies[name] = old, body
        elif name in failed:
            failing.append(name)
        else:
            off.append(name)
    order = [rule.id for rule in config.rules] + sorted(broken)
    return Rulebook(
        rules=tuple(in_force[name] for name in order if name in in_force),
        problems=(*problems, *(problem for found in failed.values() for problem in found)),
        kept=tuple(kept),
        off=tuple(off),
        failing=tuple(failing),
        bodies=bodies,
    )


def _failed(rules: Iterable[CompiledRule], config: Config) -> dict[str, list[RuleProblem]]:
    """Return the rules that fail their own tests, with what is wrong."""
    identifier = LanguageIdentifier(config.language.engine)
    sources = {source.id: source.provenance for source in config.sources}
    tried = {rule.rule.id: failures(try_rule(rule, identifier, sources)) for rule in rules}
    return {name: problems for name, problems in tried.items() if problems}


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
    templates = [loaded.placed(problem) for problem in lint.problems(loaded.config.templates)]
    lines = [str(problem) for problem in [*wrong, *templates]]
    if templates:
        lines.append("alerts of receivers with such a template look as usual")
    if book.kept:
        lines.append(f"in force as they last were: {', '.join(book.kept)}")
    if book.failing:
        names = ", ".join(book.failing)
        lines.append(f"in force, though not all of its own tests pass: {names}")
    if book.off:
        lines.append(f"NOT in force, they never had a good version: {', '.join(book.off)}")
    return lines


def _last_good(body: str, expander: Expander) -> CompiledRule | None:
    """Return a remembered rule compiled; None if there is none, or an upgrade outgrew it."""
    if not body:
        return None
    try:
        rule, vocabulary = rule_from_json(body)
    except MonitorError:
        return None
    compiled, _ = compile_rules([rule], vocabulary, expander, advice=False)
    return compiled[0] if compiled else None
