"""Rules as they are written, compiled to what the matcher holds documents against."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.config.schema import Rule
from monitor.match.block import BlockReader, Path
from monitor.match.codes import Code
from monitor.match.language import LANGUAGES
from monitor.match.lists import Lists
from monitor.match.morphology import Expander, Expansion
from monitor.match.problem import Mistake, RuleProblem, error, warning
from monitor.match.query import read_query
from monitor.match.term import did_you_mean
from monitor.match.text import fold_lower, words
from monitor.match.tree import (
    Groups,
    InField,
    Leaf,
    Named,
    Node,
    Or,
    Phrase,
    Prefix,
    Word,
    bans,
    children,
    groups,
    is_told_by_groups,
    leaves,
    rarest,
)


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
    rules: Iterable[Rule], lists: Mapping[str, Sequence[str]], expander: Expander
) -> tuple[tuple[CompiledRule, ...], tuple[RuleProblem, ...]]:
    """Return the rules that can be used, in their order, and every mistake and warning."""
    known = Lists(lists)
    problems: list[RuleProblem] = []
    for (name, index), node in known.check().items():
        problems += (m.at("", ("lists", name, index)) for m in _readings(node, 0, expander))
    compiled = []
    for rule in rules:
        found, wrong = _compile(rule, known, expander)
        problems += wrong
        if found is not None:
            compiled.append(found)
    expander.save()
    return tuple(compiled), (*known.problems, *problems)


def _compile(
    rule: Rule, lists: Lists, expander: Expander
) -> tuple[CompiledRule | None, list[RuleProblem]]:
    tree, problems, terms = _read(rule, lists)
    problems += _where(rule)
    if tree is not None:
        problems += (m.at(rule.id, _path(rule)) for m in _hopeless(tree))
    for path, node, column in terms:
        problems += (m.at(rule.id, path) for m in _readings(node, column, expander))
    if tree is None or any(not problem.warning for problem in problems):
        return None, problems
    if rule.where.fields and len(set(rule.where.fields)) == 1:
        tree = InField(rule.where.fields[0], tree)
    found = groups(tree)
    anchors = rarest(found)
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


def _read(
    rule: Rule, lists: Lists
) -> tuple[Node | None, list[RuleProblem], list[tuple[Path, Node, int]]]:
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


def _where(rule: Rule) -> Iterator[RuleProblem]:
    for index, code in enumerate(rule.where.language):
        if code not in LANGUAGES:
            mend = did_you_mean(code, LANGUAGES) or "known are " + ", ".join(LANGUAGES)
            wrong = error(0, Code.LANGUAGE, f"no language is written {code}; {mend}")
            yield wrong.at(rule.id, ("where", "language", index))


def _hopeless(tree: Node) -> Iterator[Mistake]:
    """Yield why the tree would match nearly everything."""
    if not groups(tree):
        text = "this only excludes: say what to look for, and add NOT (`none:`) to that"
        if isinstance(tree, Or) or any(isinstance(child, Or) for child in children(tree)):
            text = "one branch of OR only excludes, so nearly every document matches: join with AND"
        yield error(0, Code.ONLY_EXCLUDES, text)
    elif all(isinstance(leaf, Prefix) for leaf in leaves(tree)):
        text = "every term is a prefix, which finds unrelated words: prefer whole words, any form"
        yield warning(0, Code.ONLY_PREFIXES, text)


def _expand(leaf: Leaf, expander: Expander) -> Expansion:
    if isinstance(leaf, Word | Named):
        return expander.expand(leaf.word)
    return Expansion(forms=(fold_lower(leaf.word),))


def _readings(node: Node, column: int, expander: Expander) -> Iterator[Mistake]:
    """Yield a note for each word that is no dictionary form, and so was read as another."""
    alone = not isinstance(node, Phrase)
    for leaf in leaves(node):
        if not isinstance(leaf, Word | Named):
            continue
        read_as = expander.expand(leaf.word).read_as
        # Words of a phrase are inflected to agree; worth a note only where the reading is open.
        if read_as and (alone or len(read_as) > 1):
            word, lemmas = _as_typed(leaf), ", ".join(read_as)
            note = f"{word} is read as {lemmas}, in any form; ={word} finds only itself"
            yield warning(column, Code.READ_AS, note)


def _as_typed(leaf: Leaf) -> str:
    """Return the word as it stands in the rule, with its capitals and ё."""
    typed = (word for chunk in leaf.spelled.split() for word in words(chunk))
    return next((word for word in typed if fold_lower(word) == leaf.word), leaf.word)
