"""Rules held against documents: dictionary look-ups, set operations, and a check by positions."""

from collections.abc import Collection, Iterable
from typing import Self

from monitor.match.evaluate import Reading
from monitor.match.index import Index, settles
from monitor.match.language import Tongue
from monitor.match.lexicon import Seen
from monitor.match.near import Found
from monitor.match.problem import RuleProblem
from monitor.match.rules import CompiledRule, compile_rules
from monitor.match.text import GAP, Field
from monitor.match.tree import terms
from monitor.match.where import is_particular, wanted
from monitor.model import Match, MatchError, Provenance, Severity

__all__ = ["CompiledRule", "Matcher", "RuleProblem", "compile_rules"]


class Matcher:
    """Rules, indexed. It never changes, so that it can be swapped while it is in use."""

    def __init__(self, rules: Iterable[CompiledRule], *, like: Self | None = None) -> None:
        """Index the rules; matches come loudest first, then in this order.

        Rules that are the same objects in `like` are not indexed again.
        """
        given = {compiled.rule.id: compiled for compiled in rules}
        self._rules = tuple(given.values())
        self._index: Index = Index() if like is None else like._index.copy()  # noqa: SLF001 - Self
        held = set()
        for number, old in self._index.rules.items():
            if given.get(old.rule.id) is old:
                held.add(old.rule.id)
            else:
                self._index.remove(number)
        for name, new in given.items():
            if name not in held:
                self._index.add(new)
        self._by_number = self._index.rules
        loudness = {severity: -severity.rank for severity in Severity}
        loudest_first = sorted(self._rules, key=lambda compiled: loudness[compiled.rule.severity])
        ranks = {compiled.rule.id: rank for rank, compiled in enumerate(loudest_first)}
        self._ranks = {n: ranks[compiled.rule.id] for n, compiled in self._by_number.items()}
        self._ids = {n: compiled.rule.id for n, compiled in self._by_number.items()}
        # Few rules are particular about what they read, or ask for more than that words occur.
        self._particular = {
            n for n, compiled in self._by_number.items() if is_particular(compiled.rule.where)
        }
        self._unsettled = {n for n, compiled in self._by_number.items() if not settles(compiled)}

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """Return the rules, in their order."""
        return self._rules

    def match(
        self, title: str, text: str, tongue: Tongue, source: Provenance | None = None
    ) -> tuple[tuple[Match, ...], tuple[MatchError, ...]]:
        """Return the rules that a document satisfies, and those that failed on it."""
        head, body = _fields(title, text)
        seen = self._look_up(head, body, tongue)
        rules = self._candidates(head, body, seen, tongue, source)
        reading = self._reading(head, body, seen, rules)
        matches: list[Match] = []
        errors: list[MatchError] = []
        for compiled in map(self._by_number.__getitem__, rules):
            try:
                found = reading.find(compiled.tree)
                if found is not None:
                    matches.append(_match(compiled, found, reading))
            except Exception as failure:  # noqa: BLE001 - one rule must not cost the others
                reason = f"{type(failure).__name__}: {failure}"
                errors.append(MatchError(rule=compiled.rule.id, reason=reason))
        return tuple(matches), tuple(errors)

    def reading(
        self, compiled: CompiledRule, title: str, text: str, tongue: Tongue
    ) -> tuple[Field, Field, Reading]:
        """Return both fields of a document, and it as it is read for one of the rules."""
        head, body = _fields(title, text)
        seen = self._look_up(head, body, tongue)
        return head, body, Reading(head, body, seen.spelled(compiled.forms.keys()))

    def satisfied(
        self, title: str, text: str, tongue: Tongue, source: Provenance | None = None
    ) -> tuple[str, ...]:
        """Return the ids of the rules that `match` returns, in the same order, for much less."""
        head, body = _fields(title, text)
        seen = self._look_up(head, body, tongue)
        rules = self._candidates(head, body, seen, tongue, source)
        unsettled = self._unsettled.intersection(rules)
        if unsettled:
            reading = self._reading(head, body, seen, unsettled)
            failed = {n for n in unsettled if not _holds(self._by_number[n], reading)}
            rules = [number for number in rules if number not in failed]
        return tuple(map(self._ids.__getitem__, rules))

    def _look_up(self, head: Field, body: Field, tongue: Tongue) -> Seen:
        language = None if tongue.mixed else tongue.code
        spellings = head.spellings | body.spellings if head.words else body.spellings
        return self._index.lexicon.look_up(spellings, language)

    def _candidates(
        self, head: Field, body: Field, seen: Seen, tongue: Tongue, source: Provenance | None
    ) -> list[int]:
        """Return the numbers of the rules that a document may satisfy, in the order of `match`."""
        found = self._index.candidates(seen, (head, body))
        for number in found & self._particular:
            if not wanted(self._by_number[number].rule.where, tongue, source):
                found.remove(number)
        return sorted(found, key=self._ranks.__getitem__)

    def _reading(self, head: Field, body: Field, seen: Seen, rules: Iterable[int]) -> Reading:
        """Return the document, read as far as these rules need it."""
        keys = set[str]().union(*[self._by_number[number].forms for number in rules])
        return Reading(head, body, seen.spelled(keys))

    def terms_in(self, compiled: CompiledRule, title: str, text: str, tongue: Tongue) -> list[str]:
        """Return which terms of one of the rules occur somewhere, as the rule spells them."""
        *_, reading = self.reading(compiled, title, text, tongue)
        return [term.spelled for term in terms(compiled.tree) if reading.find(term)]


def _fields(title: str, text: str) -> tuple[Field, Field]:
    head = Field("title", title, 0)
    return head, Field("text", text, len(head.folded) + GAP)


def _holds(compiled: CompiledRule, reading: Reading) -> bool:
    try:
        return reading.holds(compiled.tree)
    except Exception:  # noqa: BLE001 - one rule must not cost the others; `match` says why
        return False


def _match(compiled: CompiledRule, found: Collection[Found], reading: Reading) -> Match:
    rule = compiled.rule
    return Match(
        rule=rule.id,
        title=rule.name,
        severity=rule.severity,
        tags=rule.tags,
        labels=rule.labels,
        hits=reading.hits(found),
    )
