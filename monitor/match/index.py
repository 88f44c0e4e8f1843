"""Which rules may be satisfied by the words of a document.

Leaves and rules have numbers here, and tables are lists and arrays by number: most of the time of
a look-up is spent waiting for memory, and an array of numbers is one place in it.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, compress
from typing import TypeAlias, TypeVar

from monitor.match.morphology import ANY
from monitor.match.rules import CompiledRule
from monitor.match.slavic import CODES
from monitor.match.tree import Leaf, Prefix, leaves, rarest

T = TypeVar("T")

Numbers: TypeAlias = "array[int]"  #: of leaves, or of rules

_STEM = 4  # every prefix has at least so many letters
_CODE = "L"
_NOTHING: Numbers = array(_CODE)


@dataclass(frozen=True, slots=True)
class Seen:
    """The words of a document that some rule asks for."""

    leaves: set[int]  #: the numbers of the leaves that occur
    by_word: Mapping[str, Iterable[int] | None]  #: word -> leaves; None where no rule asks for it
    prefixed: Mapping[int, list[str]]  #: leaf -> the words that begin so


class Index:
    """Surface forms to leaves, and leaves to the rules that cannot do without them."""

    def __init__(self) -> None:
        """Begin empty."""
        self._rules: list[CompiledRule | None] = []  # by number; None where one was removed
        self._vacant: list[int] = []  # numbers of removed rules
        self._forms: dict[str, tuple[int, ...]] = {}  # surface form -> leaves
        # language -> surface form -> leaves of which it is no form in that language
        self._foreign: dict[str, dict[str, tuple[int, ...]]] = {}
        self._prefixes: dict[str, tuple[tuple[str, int], ...]] = {}  # first letters -> prefixes
        self._numbers: dict[str, int] = {}  # leaf key -> its number
        self._unused: list[int] = []  # numbers of removed leaves
        # By the number of a leaf:
        self._users: list[int] = []  # in how many rules it stands
        self._alone: list[Numbers] = []  # rules that may be satisfied wherever it occurs
        self._beside: list[Numbers] = []  # rules that cannot do without another leaf either,
        self._others: list[Numbers] = []  # and at the same place in this array, that leaf

    def copy(self) -> "Index":
        """Return an index that can be changed without this one."""
        other = Index()
        other._rules = list(self._rules)
        other._vacant = list(self._vacant)
        other._forms = dict(self._forms)
        other._foreign = {code: dict(forms) for code, forms in self._foreign.items()}
        other._prefixes = dict(self._prefixes)
        other._numbers = dict(self._numbers)
        other._unused = list(self._unused)
        other._users = list(self._users)
        other._alone = list(self._alone)
        other._beside = list(self._beside)
        other._others = list(self._others)
        return other

    @property
    def rules(self) -> dict[int, CompiledRule]:
        """Return the rules by their numbers."""
        return {number: rule for number, rule in enumerate(self._rules) if rule is not None}

    def add(self, compiled: CompiledRule) -> None:
        """Index one more rule."""
        for leaf in _unique_leaves(compiled):
            number = self._numbered(leaf)
            if not self._users[number]:
                self._add_leaf(leaf, number, compiled)
            self._users[number] += 1
        if self._vacant:
            rule = self._vacant.pop()
            self._rules[rule] = compiled
        else:
            rule = len(self._rules)
            self._rules.append(compiled)
        other = _necessary(compiled)
        for anchor in map(self._numbers.__getitem__, compiled.anchors):
            # Arrays are replaced and never changed: a copy of this index may hold them too.
            if other is None:
                self._alone[anchor] = self._alone[anchor] + array(_CODE, [rule])
            else:
                self._beside[anchor] = self._beside[anchor] + array(_CODE, [rule])
                self._others[anchor] = self._others[anchor] + array(_CODE, [self._numbers[other]])

    def remove(self, rule: int) -> None:
        """Forget a rule by its number, and the words that only it asked for."""
        compiled = self._rules[rule]
        if compiled is None:
            return
        self._rules[rule] = None
        self._vacant.append(rule)
        for anchor in map(self._numbers.__getitem__, compiled.anchors):
            kept = [one != rule for one in self._alone[anchor]]
            self._alone[anchor] = _picked(self._alone[anchor], kept)
            kept = [one != rule for one in self._beside[anchor]]
            self._beside[anchor] = _picked(self._beside[anchor], kept)
            self._others[anchor] = _picked(self._others[anchor], kept)
        for leaf in _unique_leaves(compiled):
            number = self._numbers[leaf.key]
            self._users[number] -= 1
            if not self._users[number]:
                self._remove_leaf(leaf, number, compiled)
                del self._numbers[leaf.key]
                self._unused.append(number)

    def look_up(self, spellings: set[str], language: str | None) -> Seen:
        """Return which leaves occur in a document of these words and this language."""
        words = dict(zip(spellings, map(self._forms.get, spellings), strict=True))
        foreign = self._foreign.get(language if language in CODES else ANY, {})
        for word in spellings & foreign.keys():
            words[word] = tuple([leaf for leaf in words[word] or () if leaf not in foreign[word]])
        prefixed = self._prefixed(spellings) if self._prefixes else {}
        found = set(prefixed).union(*filter(None, words.values()))
        return Seen(found, words, prefixed)

    def candidates(self, seen: Seen) -> set[int]:
        """Return the numbers of the rules of which the anchor and one necessary word occur."""
        found = set[int]().union(*filter(None, map(self._alone.__getitem__, seen.leaves)))
        rules = chain.from_iterable(filter(None, map(self._beside.__getitem__, seen.leaves)))
        others = chain.from_iterable(filter(None, map(self._others.__getitem__, seen.leaves)))
        found.update(compress(rules, map(seen.leaves.__contains__, others)))
        return found

    def spelled(self, keys: Iterable[str], seen: Seen) -> dict[str, list[str]]:
        """Return those of the leaf keys that occur, each with the words that it occurs as."""
        asked = {self._numbers[key]: key for key in keys}
        found: dict[str, list[str]] = defaultdict(list)
        for word, numbers in seen.by_word.items():
            for number in numbers or ():
                if number in asked:
                    found[asked[number]].append(word)
        for number, words in seen.prefixed.items():
            if number in asked:
                found[asked[number]] = words
        return dict(found)

    def _prefixed(self, spellings: set[str]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        for word in spellings:
            for stem, leaf in self._prefixes.get(word[:_STEM], ()):
                if word.startswith(stem):
                    found[leaf].append(word)
        return found

    def _numbered(self, leaf: Leaf) -> int:
        number = self._numbers.get(leaf.key)
        if number is not None:
            return number
        if self._unused:
            number = self._unused.pop()
        else:
            number = len(self._users)
            self._users.append(0)
            for table in (self._alone, self._beside, self._others):
                table.append(_NOTHING)
        self._numbers[leaf.key] = number
        return number

    def _add_leaf(self, leaf: Leaf, number: int, compiled: CompiledRule) -> None:
        if isinstance(leaf, Prefix):
            _put(self._prefixes, leaf.word[:_STEM], (leaf.word, number))
            return
        expansion = compiled.forms[leaf.key]
        alone = (number,)  # held once for all forms that are of one leaf only, which most are
        for form in expansion.forms:
            held = self._forms.get(form)
            self._forms[form] = alone if held is None else (*held, number)
        for code, forms in expansion.foreign.items():
            others = self._foreign.setdefault(code, {})
            for form in forms:
                _put(others, form, number)

    def _remove_leaf(self, leaf: Leaf, number: int, compiled: CompiledRule) -> None:
        if isinstance(leaf, Prefix):
            _drop(self._prefixes, leaf.word[:_STEM], (leaf.word, number))
            return
        expansion = compiled.forms[leaf.key]
        for form in expansion.forms:
            _drop(self._forms, form, number)
        for code, forms in expansion.foreign.items():
            for form in forms:
                _drop(self._foreign[code], form, number)


def settles(compiled: CompiledRule) -> bool:
    """Return whether a rule is satisfied wherever it is a candidate."""
    return compiled.told and (not compiled.needs or [*map(len, compiled.needs)] == [1])


def _necessary(compiled: CompiledRule) -> str | None:
    """Return the rarest leaf key that a rule cannot do without, apart from its anchors."""
    single = tuple(group for group in compiled.needs if len(group) == 1)
    return rarest(single)[0] if single else None


def _unique_leaves(compiled: CompiledRule) -> Iterator[Leaf]:
    yield from {leaf.key: leaf for leaf in leaves(compiled.tree)}.values()


def _picked(numbers: Numbers, kept: Iterable[bool]) -> Numbers:
    return array(_CODE, compress(numbers, kept))


def _put(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    held[key] = (*held.get(key, ()), value)


def _drop(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    rest = tuple(kept for kept in held[key] if kept != value)
    if rest:
        held[key] = rest
    else:
        del held[key]
