"""A rule's own tests."""

from collections.abc import Mapping

from monitor.config.schema import RuleTest
from monitor.match.codes import Code
from monitor.match.language import LanguageIdentifier, Tongue
from monitor.match.matcher import Matcher
from monitor.match.problem import RuleProblem, error
from monitor.match.rules import CompiledRule
from monitor.model import Provenance


def run_tests(
    rule: CompiledRule,
    identifier: LanguageIdentifier,
    sources: Mapping[str, Provenance] | None = None,
) -> list[RuleProblem]:
    """Return a problem for every test that the rule fails.

    A test that names one of the sources is read as if it came from there.
    """
    matcher = Matcher([rule])
    problems = []
    for index, test in enumerate(rule.rule.tests):
        source = (sources or {}).get(test.source or "")
        wrong = _wrong(matcher, test, identifier, source)
        if wrong:
            caught = test.catches is not None
            place = ("tests", index, "catches" if caught else "ignores")
            problems.append(
                error(0, Code.NOT_CAUGHT if caught else Code.NOT_IGNORED, wrong).at(
                    rule.rule.id, place
                )
            )
    return problems


def _wrong(
    matcher: Matcher, test: RuleTest, identifier: LanguageIdentifier, source: Provenance | None
) -> str:
    said = test.catches if test.catches is not None else test.ignores or ""
    declared = test.language or (source.language if source else None)
    tongue = identifier.identify("", said, declared)
    if test.language:
        tongue = Tongue(test.language, mixed=tongue.mixed)
    matches, errors = matcher.match("", said, tongue, source)
    if errors:
        return f"the rule failed on this text: {errors[0].reason}"
    if test.catches is not None and not matches:
        (compiled,) = matcher.rules
        terms = matcher.terms_in(compiled, said, tongue)
        found = (
            f"of its terms only {_quoted(terms)} is there"
            if terms
            else "none of its terms is there"
        )
        return f"should catch this text, read as {tongue.code}, but {found}"
    if test.ignores is not None and matches:
        hits = _quoted([hit.text for hit in matches[0].hits])
        return f"should ignore this text, but found {hits}"
    return ""


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"“{text}”" for text in dict.fromkeys(texts))
