"""The words that rules ask for: surface forms to leaves, with what each language takes away."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from monitor.match.tree import Leaf, Prefix
from monitor.match.words.morphology import ANY, Expansion
from monitor.match.words.slavic import CODES

T = TypeVar("T")

_STEM = 4  # every prefix has at least so many letters


class Seen:
    """The words of a document that some rule asks for, and the leaves that occur as them."""

    def __init__(self, by_word: Mapping[str, tuple[int, ...]], numbers: Mapping[str, int]) -> None:
        """Take the leaves of each word, and the number of each leaf key."""
        self.by_word = by_word
        self.leaves: set[int] = set().union(*by_word.values())
        self._numbers = numbers

    def spelled(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Return those of these leaf keys that occur, each with the words that it occurs as."""
        asked: dict[int, list[str]] = defaultdict(list)
        for key in keys:
            asked[self._numbers[key]].append(key)
        found: dict[str, list[str]] = defaultdict(list)
        for word, numbers in self.by_word.items():
            for number in numbers:
                if number in asked:
                    for key in asked[number]:
                        found[key].append(word)
        return dict(found)


class Lexicon:
    """Gives leaves numbers: one and the same to leaves that occur as exactly the same words."""

    def __init__(self) -> None:
        """Begin empty."""
        self.numbers: dict[str, int] = {}  #: leaf key -> number
        self._uses: dict[str, int] = {}  # leaf key -> in how many rules it stands
        self._forms: dict[str, tuple[int, ...]] = {}  # surface form -> leaves
        # language -> surface form -> leaves of which it is no form in that language
        self._foreign: dict[str, dict[str, tuple[int, ...]]] = {}
        self._prefixes: dict[str, tuple[tuple[str, int], ...]] = {}  # first letters -> prefixes
        # By number: how many keys share it, and what they occur as; None where that is a prefix.
        self._keys: list[int] = []
        self._expansions: list[Expansion | None] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._keys)

    def copy(self) -> "Lexicon":
        """Return a lexicon that can be changed without this one."""
        other = Lexicon()
        other.numbers = dict(self.numbers)
        other._uses = dict(self._uses)
        other._forms = dict(self._forms)
        other._foreign = {code: dict(forms) for code, forms in self._foreign.items()}
        other._prefixes = dict(self._prefixes)
        other._expansions = list(self._expansions)
        other._keys = list(self._keys)
        other._free = list(self._free)
        return other

    def add(self, leaf: Leaf, expansion: Expansion) -> None:
        """Take in a leaf of one more rule."""
        uses = self._uses.get(leaf.key, 0)
        self._uses[leaf.key] = uses + 1
        if uses:
            return
        number = None if isinstance(leaf, Prefix) else self._equal(expansion)
        if number is None:
            number = self._new(leaf, expansion)
        self.numbers[leaf.key] = number
        self._keys[number] += 1

    def remove(self, leaf: Leaf) -> None:
        """Give up a leaf of one rule, and its words where no other rule asks for them."""
        self._uses[leaf.key] -= 1
        if self._uses[leaf.key]:
            return
        del self._uses[leaf.key]
        number = self.numbers.pop(leaf.key)
        self._keys[number] -= 1
        if not self._keys[number]:
            self._forget(leaf, number)

    def look_up(self, spellings: set[str], language: str | None) -> Seen:
        """Return which leaves occur in a document of these words and this language."""
        known = spellings & self._forms.keys()
        by_word = dict(zip(known, map(self._forms.__getitem__, known), strict=True))
        foreign = self._foreign.get(language if language in CODES else ANY, {})
        for word in known & foreign.keys():
            by_word[word] = tuple([leaf for leaf in by_word[word] if leaf not in foreign[word]])
        for word in spellings if self._prefixes else ():
            for stem, leaf in self._prefixes.get(word[:_STEM], ()):
                if word.startswith(stem):
                    by_word[word] = (*by_word.get(word, ()), leaf)
        return Seen(by_word, self.numbers)

    def _equal(self, expansion: Expansion) -> int | None:
        """Return the number of the leaves that occur as the same words, if there are any."""
        for number in self._forms.get(expansion.forms[0], ()):
            other = self._expansions[number]
            if (
                other is not None
                and len(other.forms) == len(expansion.forms)
                and other.foreign == expansion.foreign
                and set(other.forms) == set(expansion.forms)
            ):
                return number
        return None

    def _new(self, leaf: Leaf, expansion: Expansion) -> int:
        if self._free:
            number = self._free.pop()
        else:
            number = len(self._keys)
            self._keys.append(0)
            self._expansions.append(None)
        if isinstance(leaf, Prefix):
            _put(self._prefixes, leaf.word[:_STEM], (leaf.word, number))
            return number
        self._expansions[number] = expansion
        alone = (number,)  # held once for all forms that are of one leaf only, which most are
        for form in expansion.forms:
            held = self._forms.get(form)
            self._forms[form] = alone if held is None else (*held, number)
        for code, forms in expansion.foreign.items():
            others = self._foreign.setdefault(code, {})
            for form in forms:
                _put(others, form, number)
        return number

    def _forget(self, leaf: Leaf, number: int) -> None:
        self._free.append(number)
        expansion = self._expansions[number]
        self._expansions[number] = None
        if expansion is None:
            _drop(self._prefixes, leaf.word[:_STEM], (leaf.word, number))
            return
        for form in expansion.forms:
            _drop(self._forms, form, number)
        for code, forms in expansion.foreign.items():
            for form in forms:
                _drop(self._foreign[code], form, number)


def _put(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    held[key] = (*held.get(key, ()), value)


def _drop(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    rest = tuple(kept for kept in held[key] if kept != value)
    if rest:
        held[key] = rest
    else:
        del held[key]
