"""Which rules may be satisfied by the words of a document.

Rules and leaves have numbers here, and the tables are lists and arrays by number: most of the time
of a look-up is spent waiting for memory, and an array of numbers is one place in it.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain, compress, pairwise
from typing import TypeAlias

from monitor.match.lexicon import Lexicon, Seen
from monitor.match.rules import CompiledRule
from monitor.match.text import Field
from monitor.match.tree import Cased, Leaf, Named, Phrase, leaves, rarest

Numbers: TypeAlias = "array[int]"

_NOTHING: Numbers = array("L")


class Index:
    """Rules under their anchors: the leaves of which they cannot do without one."""

    def __init__(self) -> None:
        """Begin empty."""
        self.lexicon = Lexicon()
        self._rules: list[CompiledRule | None] = []  # by number; None where one was removed
        self._free: list[int] = []
        # By the number of the anchor:
        self._alone: list[Numbers] = []  # rules that may be satisfied wherever it occurs
        self._beside: list[Numbers] = []  # rules that cannot do without one more leaf,
        self._others: list[Numbers] = []  # and at the same place in this array, that leaf
        # leaf -> the leaf that must follow it -> rules that are this phrase of two words
        self._pairs: dict[int, dict[int, tuple[int, ...]]] = {}
        # rule -> groups of leaves of which it asks for one each, and leaves that it does not bear
        self._terms: dict[int, tuple[list[list[int]], list[int]]] = {}

    def copy(self) -> "Index":
        """Return an index that can be changed without this one."""
        other = Index()
        other.lexicon = self.lexicon.copy()
        other._rules = list(self._rules)
        other._free = list(self._free)
        for mine, copied in zip(self._tables, other._tables, strict=True):
            copied.extend(mine)
        other._pairs = dict(self._pairs)
        other._terms = dict(self._terms)
        return other

    @property
    def rules(self) -> dict[int, CompiledRule]:
        """Return the rules by their numbers."""
        return {number: rule for number, rule in enumerate(self._rules) if rule is not None}

    def add(self, compiled: CompiledRule) -> None:
        """Index one more rule."""
        for leaf in _unique_leaves(compiled):
            self.lexicon.add(leaf, compiled.forms[leaf.key])
        missing = len(self.lexicon) - len(self._alone)
        for table in self._tables:
            table.extend([_NOTHING] * missing)
        if self._free:
            rule = self._free.pop()
            self._rules[rule] = compiled
        else:
            rule = len(self._rules)
            self._rules.append(compiled)
        numbers = self.lexicon.numbers
        # Arrays are replaced and never changed: a copy of this index may hold them too.
        if is_pair(compiled):
            one, other = (numbers[leaf.key] for leaf in leaves(compiled.tree))
            following = self._pairs.get(one, {})
            self._pairs[one] = {**following, other: (*following.get(other, ()), rule)}
            return
        needed = _necessary(compiled)
        if compiled.told and (compiled.bans or len(compiled.needs) > (needed is not None)):
            groups = [[numbers[key] for key in group] for group in compiled.needs]
            self._terms[rule] = groups, [numbers[key] for key in compiled.bans]
        for anchor in {numbers[key] for key in compiled.anchors}:
            if needed is None:
                self._alone[anchor] = self._alone[anchor] + array("L", [rule])
            else:
                self._beside[anchor] = self._beside[anchor] + array("L", [rule])
                self._others[anchor] = self._others[anchor] + array("L", [numbers[needed]])

    def remove(self, rule: int) -> None:
        """Forget a rule by its number, and the words that only it asked for."""
        compiled = self._rules[rule]
        if compiled is None:
            return
        self._rules[rule] = None
        self._free.append(rule)
        self._terms.pop(rule, None)
        asked = [self.lexicon.numbers[leaf.key] for leaf in leaves(compiled.tree)]
        if is_pair(compiled):
            one, other = asked
            following = dict(self._pairs[one])
            following[other] = tuple(kept for kept in following[other] if kept != rule)
            if not following[other]:
                del following[other]
            self._pairs[one] = following
            if not following:
                del self._pairs[one]
        for anchor in asked:
            _take_out(rule, anchor, self._alone)
            _take_out(rule, anchor, self._beside, self._others)
        for leaf in _unique_leaves(compiled):
            self.lexicon.remove(leaf)

    def candidates(self, seen: Seen, fields: Iterable[Field]) -> set[int]:
        """Return the numbers of the rules that a document may satisfy; see `settles`."""
        occurs = seen.leaves
        found = set[int]().union(*filter(None, map(self._alone.__getitem__, occurs)))
        rules = chain.from_iterable(filter(None, map(self._beside.__getitem__, occurs)))
        others = chain.from_iterable(filter(None, map(self._others.__getitem__, occurs)))
        found.update(compress(rules, map(occurs.__contains__, others)))
        for rule in found & self._terms.keys():
            groups, bans = self._terms[rule]
            if any(map(occurs.isdisjoint, groups)) or not occurs.isdisjoint(bans):
                found.remove(rule)
        if occurs & self._pairs.keys():
            for field in fields:
                words = map(seen.by_word.get, field.words)
                found.update(self._phrases(pairwise(words)))
                inner = field.pairs_of_pieces()
                found.update(self._phrases([map(seen.by_word.get, pair) for pair in inner]))
        return found

    def _phrases(self, neighbours: Iterable[Iterable[tuple[int, ...] | None]]) -> Iterator[int]:
        """Yield the phrases of two words that two neighbours are, given what leaves they are."""
        pairs = self._pairs.get
        for ones, others in neighbours:
            if ones and others:
                for one in ones:
                    if following := pairs(one):
                        for other in others:
                            if other in following:
                                yield from following[other]

    @property
    def _tables(self) -> tuple[list[Numbers], ...]:
        return (self._alone, self._beside, self._others)


def settles(compiled: CompiledRule) -> bool:
    """Return whether a rule is satisfied wherever it is a candidate."""
    return compiled.told or is_pair(compiled)


def is_pair(compiled: CompiledRule) -> bool:
    """Return whether a rule is a phrase of two words, and capitals do not matter."""
    tree = compiled.tree
    if not isinstance(tree, Phrase) or len(tree.words) != 2:
        return False
    return not any(isinstance(leaf, Named | Cased) for leaf in tree.words)


def _necessary(compiled: CompiledRule) -> str | None:
    """Return the rarest leaf key that a rule cannot do without, apart from its anchors."""
    single = tuple(group for group in compiled.needs if len(group) == 1)
    return rarest(single)[0] if single else None


def _unique_leaves(compiled: CompiledRule) -> Iterator[Leaf]:
    yield from {leaf.key: leaf for leaf in leaves(compiled.tree)}.values()


def _take_out(rule: int, anchor: int, rules: list[Numbers], *beside: list[Numbers]) -> None:
    if rule in rules[anchor]:
        kept = [one != rule for one in rules[anchor]]
        for table in (rules, *beside):
            table[anchor] = array("L", compress(table[anchor], kept))
