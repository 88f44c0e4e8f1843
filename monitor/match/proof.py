"""A rule's own tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.config.schema import RuleTest
from monitor.match.codes import Code
from monitor.match.language import LanguageIdentifier, Tongue
from monitor.match.matcher import Matcher
from monitor.match.problem import RuleProblem, error
from monitor.match.rules import CompiledRule
from monitor.match.text import fold_lower
from monitor.match.where import objections
from monitor.model import Hit, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test of a rule, and what came of it."""

    rule: str
    index: int  #: among the rule's tests, from 0
    test: RuleTest
    failure: RuleProblem | None = None

    @property
    def expects(self) -> str:
        """Return `catches` or `ignores`."""
        return "ignores" if self.test.catches is None else "catches"

    @property
    def path(self) -> tuple[str | int, ...]:
        """Return where the text of the test stands in the rule."""
        return ("tests", self.index, self.expects)


def try_rule(
    rule: CompiledRule,
    identifier: LanguageIdentifier,
    sources: Mapping[str, Provenance] | None = None,
) -> tuple[Trial, ...]:
    """Return every test of a rule, tried.

    A test that names one of the sources is read as if it came from there.
    """
    if not rule.rule.tests:
        return ()
    matcher, known = Matcher([rule]), sources or {}
    return tuple(
        Trial(
            rule=rule.rule.id,
            index=index,
            test=test,
            failure=_failure(matcher, index, test, identifier, known.get(test.source or "")),
        )
        for index, test in enumerate(rule.rule.tests)
    )


def failures(trials: Sequence[Trial]) -> list[RuleProblem]:
    """Return what went wrong."""
    return [trial.failure for trial in trials if trial.failure is not None]


def _failure(
    matcher: Matcher,
    index: int,
    test: RuleTest,
    identifier: LanguageIdentifier,
    source: Provenance | None,
) -> RuleProblem | None:
    (compiled,) = matcher.rules
    title, text = (test.said, "") if test.field == "title" else ("", test.said)
    declared = test.language or (source.language if source else None)
    tongue = identifier.identify(title, text, declared)
    if test.language:
        tongue = Tongue(test.language, mixed=tongue.mixed)
    matches, errors = matcher.match(title, text, tongue, source)
    caught = test.catches is not None
    path: tuple[str | int, ...] = ("tests", index, "catches" if caught else "ignores")
    code, wrong = (Code.NOT_CAUGHT if caught else Code.NOT_IGNORED), ""
    if errors:
        wrong = f"the rule failed on this text: {errors[0].reason}"
    elif caught and not matches:
        wrong = _unread(compiled, tongue, source) or _missed(
            matcher.terms_in(compiled, title, text, tongue), tongue
        )
    elif matches and not caught:
        wrong = f"should ignore this text, but found {_passages(matches[0].hits)}"
    elif matches:
        for number, missing in _missing(test, matches[0].hits):
            code, path = Code.HIT_MISSING, ("tests", index, "hits", number)
            wrong = f"should find “{missing}” here, but found {_passages(matches[0].hits)}"
            break
    return error(0, code, wrong).at(compiled.rule.id, path) if wrong else None


def _unread(compiled: CompiledRule, tongue: Tongue, source: Provenance | None) -> str:
    """Say why the rule does not even read such a text; "" where it does."""
    against = "; ".join(objections(compiled.rule.where, tongue, source))
    return f"should catch this text, but `where:` is against it: {against}" if against else ""


def _missed(terms: Sequence[str], tongue: Tongue) -> str:
    found = "none of its terms is there"
    if terms:
        found = f"of its terms only {_quoted(terms)} stands there, in the title or the text"
    return f"should catch this text, read as {tongue.code}, but {found}"


def _missing(test: RuleTest, hits: Sequence[Hit]) -> Iterator[tuple[int, str]]:
    """Yield which of the expected hits are none: neither a passage of the text nor a term."""
    found = {fold_lower(said) for hit in hits for said in (hit.text, hit.term)}
    for number, expected in enumerate(test.hits):
        if fold_lower(expected) not in found:
            yield number, expected


def _passages(hits: Sequence[Hit]) -> str:
    return _quoted([hit.text for hit in hits])


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f"“{text}”" for text in dict.fromkeys(texts))
