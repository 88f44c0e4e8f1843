"""Rules as they are written, compiled to what the matcher holds documents against."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.advice import commonplace, doubts, hopeless, implied, wide
from monitor.match.block import BlockReader, Path
from monitor.match.codes import Code
from monitor.match.language import LANGUAGES
from monitor.match.lists import Lists
from monitor.match.problem import Mistake, RuleProblem, error
from monitor.match.query import read_query
from monitor.match.term import did_you_mean
from monitor.match.text import fold_lower
from monitor.match.tree import (
    Groups,
    InField,
    Leaf,
    Named,
    Node,
    Opening,
    bans,
    groups,
    is_inflected,
    is_told_by_groups,
    leaves,
    rarest,
)
from monitor.match.words.morphology import ANY, Expander, Expansion
from monitor.match.words.slavic import CODES

Term = tuple[Path, Node, int]  #: where it stands, and in which column of that text


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule with everything the matcher needs of it."""

    rule: Rule
    tree: Node
    #: by leaf key: the surface forms, and per language those that there are other words
    forms: Mapping[str, Expansion] = field(repr=False)
    anchors: tuple[str, ...] = field(repr=False)  #: no document without one of them satisfies it
    needs: Groups = field(repr=False)  #: nor without one of each of these
    bans: tuple[str, ...] = field(repr=False)  #: nor with one of these, as far as that is told
    told: bool = field(repr=False)  #: whether every other document satisfies it


def compile_rules(
    rules: Iterable[Rule],
    vocabulary: Vocabulary,
    expander: Expander,
    *,
    tolerated: Collection[Code] = (),
    advice: bool = True,
) -> tuple[tuple[CompiledRule, ...], tuple[RuleProblem, ...]]:
    """Return the rules that can be used, in their order, and every mistake in them and in lists.

    What is `tolerated` is no mistake. With `advice` the problems also hold what is right in a rule
    and yet perhaps not meant; whoever only runs rules saves the time.
    """
    known = Lists(vocabulary)
    known.read_all()
    problems: list[RuleProblem] = []
    compiled = []
    for rule in rules:
        found, wrong = _compile(rule, known, expander, tolerated, advice=advice)
        problems += wrong
        if found is not None:
            compiled.append(found)
    expander.save()
    return tuple(compiled), (*known.problems, *problems)


def advise_lists(vocabulary: Vocabulary, expander: Expander) -> tuple[RuleProblem, ...]:
    """Return what is right in the user's own lists and yet perhaps not meant."""
    members = Lists(vocabulary).read_all()
    terms = [(("lists", *place), node, 0) for place, node in members.items()]
    found = tuple(mistake.at("", path) for path, mistake in _advice(terms, expander))
    expander.save()
    return found


def _compile(
    rule: Rule, lists: Lists, expander: Expander, tolerated: Collection[Code], *, advice: bool
) -> tuple[CompiledRule | None, list[RuleProblem]]:
    tree, problems, terms = _read(rule, lists)
    problems += _languages(rule)
    if tree is not None:
        problems += (m.at(rule.id, _path(rule)) for m in hopeless(tree))
    if advice:
        problems += (m.at(rule.id, path) for path, m in _advice(terms, expander))
    problems = [problem for problem in problems if problem.code not in tolerated]
    if tree is None or any(not problem.warning for problem in problems):
        return None, problems
    if rule.where.first_words:
        tree = Opening(rule.where.first_words, tree)
    if rule.where.fields and len(set(rule.where.fields)) == 1:
        tree = InField(rule.where.fields[0], tree)
    found = groups(tree)
    anchors = rarest(found)
    if advice:
        problems += (m.at(rule.id, _path(rule)) for m in wide(tree))
        for path, node, column in terms:
            common = commonplace(node, column, anchors, expander)
            problems += (m.at(rule.id, path) for m in common)
    return (
        CompiledRule(
            rule=rule,
            tree=tree,
            forms={leaf.key: _expand(leaf, expander) for leaf in leaves(tree)},
            anchors=anchors,
            needs=tuple(group for group in found if group != anchors),
            bans=bans(tree),
            told=is_told_by_groups(tree),
        ),
        problems,
    )


def _path(rule: Rule) -> Path:
    return ("query",) if rule.match is None else ("match",)


def _read(rule: Rule, lists: Lists) -> tuple[Node | None, list[RuleProblem], list[Term]]:
    """Return the tree, the mistakes, and the terms with their places."""
    if rule.match is not None and rule.query is not None:
        text = "a rule has either `match:` or `query:`: remove one of them"
        return None, [error(0, Code.TWO_SPELLINGS, text).at(rule.id, ("query",))], []
    if rule.match is not None:
        block = BlockReader(rule.id, lists)
        tree = block.read(rule.match)
        return tree, block.problems, [(path, node, 0) for path, node in block.terms]
    if rule.query is not None:
        mistakes: list[Mistake] = []
        tree, terms = read_query(rule.query, lists, mistakes)
        found = [m.at(rule.id, ("query",)) for m in mistakes]
        return tree, found, [(("query",), node, at) for at, node in terms]
    text = "the rule asks for nothing: add `match:` or `query:`"
    return None, [error(0, Code.NOTHING, text).at(rule.id, ())], []


def _languages(rule: Rule) -> Iterator[RuleProblem]:
    """Object to languages that are never told, under `where:` and in tests."""
    named: list[tuple[Path, str | None]] = [
        (("where", "language", index), code) for index, code in enumerate(rule.where.language)
    ]
    named += [(("tests", n, "language"), test.language) for n, test in enumerate(rule.tests)]
    for path, code in named:
        if code is not None and code not in LANGUAGES:
            mend = did_you_mean(code, LANGUAGES) or "known are " + ", ".join(LANGUAGES)
            wrong = error(0, Code.LANGUAGE, f"no language is written {code}; {mend}")
            yield wrong.at(rule.id, path)


def _advice(terms: Sequence[Term], expander: Expander) -> Iterator[tuple[Path, Mistake]]:
    """Yield what may not be meant in terms, each with its place."""
    choices: dict[Path, list[Term]] = {}
    for path, node, column in terms:
        yield from ((path, found) for found in doubts(node, column, expander))
        if len(path) > 1:  # an item of a list, not a part of a query
            choices.setdefault(path[:-1], []).append((path, node, column))
    for choice in choices.values():
        for index, found in implied([(column, node) for _, node, column in choice], expander):
            yield choice[index][0], found


def _expand(leaf: Leaf, expander: Expander) -> Expansion:
    if is_inflected(leaf):
        found = expander.expand(leaf.word)
        # A capital tells Маска, whom the mask is named like, from it; not a sentence's first После.
        common = found.foreign.get(ANY, ())
        is_name = isinstance(leaf, Named)
        foreign = dict.fromkeys((*CODES, ANY), common) if common else {}
        return replace(found, foreign=foreign) if is_name and found.foreign else found
    return Expansion(forms=tuple(fold_lower(leaf.word).split("/")))
