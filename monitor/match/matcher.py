"""Rules held against documents: dictionary look-ups, set operations, and a check by positions."""

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Self

from monitor.match.evaluate import Reading
from monitor.match.index import Index
from monitor.match.language import Tongue
from monitor.match.near import Found
from monitor.match.problem import RuleProblem
from monitor.match.rules import CompiledRule, compile_rules
from monitor.match.text import GAP, Field
from monitor.match.tree import terms
from monitor.model import Match, MatchError, Provenance

__all__ = ["CompiledRule", "Matcher", "RuleProblem", "compile_rules"]


class Matcher:
    """Rules, indexed. It never changes, so that it can be swapped while it is in use."""

    def __init__(self, rules: Iterable[CompiledRule], *, like: Self | None = None) -> None:
        """Index the rules; matches come loudest first, then in this order.

        Rules that are the same objects in `like` are not indexed again.
        """
        self._rules = {compiled.rule.id: compiled for compiled in rules}
        before = {} if like is None else {compiled.rule.id: compiled for compiled in like.rules}
        self._index: Index = Index() if like is None else like._index.copy()  # noqa: SLF001 - Self
        for name, old in before.items():
            if self._rules.get(name) is not old:
                self._index.remove(old)
        for name, new in self._rules.items():
            if before.get(name) is not new:
                self._index.add(new)
        self._ranks = {
            name: (-compiled.rule.severity.rank, order)
            for order, (name, compiled) in enumerate(self._rules.items())
        }

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """Return the rules, in their order."""
        return tuple(self._rules.values())

    def match(
        self, title: str, text: str, tongue: Tongue, source: Provenance | None = None
    ) -> tuple[tuple[Match, ...], tuple[MatchError, ...]]:
        """Return the rules that a document satisfies, and those that failed on it."""
        head = Field.of("title", title, 0)
        body = Field.of("text", text, len(head.folded) + GAP)
        language = None if tongue.mixed else tongue.code
        spelled = self._index.look_up(head.spellings | body.spellings, language)
        reading = Reading(head, body, spelled)
        matches: list[Match] = []
        errors: list[MatchError] = []
        for name in sorted(self._index.candidates(spelled), key=self._ranks.__getitem__):
            compiled = self._rules[name]
            if not _wanted(compiled, tongue, source):
                continue
            try:
                found = reading.find(compiled.tree)
                if found is not None:
                    matches.append(_match(compiled, found, reading))
            except Exception as failure:  # noqa: BLE001 - one rule must not cost the others
                errors.append(MatchError(rule=name, reason=f"{type(failure).__name__}: {failure}"))
        return tuple(matches), tuple(errors)

    def reading(self, title: str, text: str, tongue: Tongue) -> Reading:
        """Return a document read for these rules, to ask for single parts of them."""
        head = Field.of("title", title, 0)
        body = Field.of("text", text, len(head.folded) + GAP)
        language = None if tongue.mixed else tongue.code
        return Reading(head, body, self._index.look_up(head.spellings | body.spellings, language))

    def terms_in(self, compiled: CompiledRule, text: str, tongue: Tongue) -> list[str]:
        """Return which terms of one of the rules occur in a text, as the rule spells them."""
        alone = Field.of("title", "", 0)
        body = Field.of("text", text, GAP)
        language = None if tongue.mixed else tongue.code
        reading = Reading(alone, body, self._index.look_up(body.spellings, language))
        return [term.spelled for term in terms(compiled.tree) if reading.find(term)]


def _wanted(compiled: CompiledRule, tongue: Tongue, source: Provenance | None) -> bool:
    """Return whether a rule reads documents of this language and source."""
    where = compiled.rule.where
    if where.language and not _is_in(tongue, where.language):
        return False
    if source is None:
        return True
    return (
        (not where.country or source.country in where.country)
        and (not where.kind or source.kind in where.kind)
        and (not where.source or any(fnmatchcase(source.id, name) for name in where.source))
    )


def _is_in(tongue: Tongue, languages: Sequence[str]) -> bool:
    # A text that is both Russian and Ukrainian is in either.
    return tongue.code in languages or (tongue.mixed and bool({"ru", "uk"} & set(languages)))


def _match(compiled: CompiledRule, found: Collection[Found], reading: Reading) -> Match:
    rule = compiled.rule
    return Match(
        rule=rule.id,
        title=rule.name,
        severity=rule.severity,
        tags=rule.tags,
        hits=reading.hits(found),
    )
