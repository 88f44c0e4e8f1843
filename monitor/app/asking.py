"""A query that somebody typed, compiled, and held against the archive."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from pydantic import ValidationError

from monitor.archive.stories import Summary
from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.errors import MonitorError
from monitor.match.codes import Code
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import CompiledRule, Matcher, RuleProblem, compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import Archived, Document, Match, Provenance

#: The id of the rule that a query becomes.
QUERY = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A query as a rule, and all that is to say of it and of the lists that it names."""

    rule: CompiledRule | None  #: None where it cannot be used
    problems: tuple[RuleProblem, ...]

    @property
    def own(self) -> tuple[RuleProblem, ...]:
        """Return what is to say of the query itself."""
        return tuple(one for one in self.problems if one.rule == QUERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An archived text with what was found in it."""

    archived: Archived
    document: Document
    source: Provenance | None
    match: Match
    story: Summary | None = None  #: of which it stands for all that was found


def compiled(query: str, vocabulary: Vocabulary, expander: Expander) -> Compiled:
    """Return the query as a rule, with the lists of the configuration; or what is wrong with it.

    Prefixes alone are welcome here: nobody is woken by what a search finds.
    """
    try:
        rule = Rule(id=QUERY, query=query)
    except ValidationError:
        raise MonitorError("the query is empty, or longer than 20,000 characters") from None
    rules, problems = compile_rules([rule], vocabulary, expander, tolerated=[Code.ONLY_PREFIXES])
    return Compiled(rule=rules[0] if rules else None, problems=tuple(problems))


class Search:
    """One rule held against texts of the archive."""

    def __init__(
        self,
        matcher: Matcher,
        identifier: LanguageIdentifier,
        known: Mapping[str, Provenance],
        *,
        every: bool = False,
        failed: Callable[[Archived, str], None] = lambda _, __: None,
    ) -> None:
        """Show of each document the newest text that matches, or every one; tell of failures."""
        self.read = 0
        self._matcher = matcher
        self._identifier = identifier
        self._known = known
        self._every = every
        self._failed = failed

    def findings(self, texts: Iterable[tuple[Archived, Document]]) -> Iterator[Found]:
        """Yield what is found: of each document the newest text that matches, or every one."""
        for _, of_one in groupby(texts, key=_entry):
            for found in self._found(of_one):
                yield found
                if not self._every:
                    break

    def _found(self, texts: Iterable[tuple[Archived, Document]]) -> Iterator[Found]:
        for archived, document in texts:
            self.read += 1
            source = self._known.get(document.source)
            declared = source.language if source else document.language
            tongue = self._identifier.identify(document.title, document.text, declared)
            matches, errors = self._matcher.match(document.title, document.text, tongue, source)
            for error in errors:
                self._failed(archived, error.reason)
            for match in matches:
                yield Found(archived=archived, document=document, source=source, match=match)


def _entry(text: tuple[Archived, Document]) -> tuple[str, str]:
    return text[1].source, text[1].uid
