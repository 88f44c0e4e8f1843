"""Which rules may be satisfied by the words of a document."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from monitor.match.morphology import ANY
from monitor.match.rules import CompiledRule
from monitor.match.slavic import CODES
from monitor.match.tree import Leaf, Prefix, leaves

T = TypeVar("T")

_STEM = 4  # every prefix has at least so many letters


class _Entry(NamedTuple):
    """A rule under one of its anchors, with what else a document must have."""

    rule: str
    each: frozenset[str]  #: all of these leaf keys
    one_of: tuple[frozenset[str], ...]  #: one of each of these


class Index:
    """Surface forms to leaves, and leaves to the rules that cannot do without them."""

    def __init__(self) -> None:
        """Begin empty."""
        self._forms: dict[str, tuple[str, ...]] = {}  # surface form -> leaf keys
        # language -> surface form -> leaf keys of which it is no form in that language
        self._foreign: dict[str, dict[str, tuple[str, ...]]] = {}
        self._prefixes: dict[str, tuple[Prefix, ...]] = {}  # first letters -> prefixes
        self._anchors: dict[str, tuple[_Entry, ...]] = {}  # leaf key -> rules
        self._users: Counter[str] = Counter()  # leaf key -> in how many rules it stands

    def copy(self) -> "Index":
        """Return an index that can be changed without this one."""
        other = Index()
        other._forms = dict(self._forms)
        other._foreign = {code: dict(forms) for code, forms in self._foreign.items()}
        other._prefixes = dict(self._prefixes)
        other._anchors = dict(self._anchors)
        other._users = self._users.copy()
        return other

    def add(self, compiled: CompiledRule) -> None:
        """Index one more rule."""
        for leaf in _unique_leaves(compiled):
            self._users[leaf.key] += 1
            if self._users[leaf.key] == 1:
                self._add_leaf(leaf, compiled)
        entry = _entry(compiled)
        for anchor in compiled.anchors:
            _put(self._anchors, anchor, entry)

    def remove(self, compiled: CompiledRule) -> None:
        """Forget a rule, and the words that only it asked for."""
        for leaf in _unique_leaves(compiled):
            self._users[leaf.key] -= 1
            if not self._users[leaf.key]:
                del self._users[leaf.key]
                self._remove_leaf(leaf, compiled)
        entry = _entry(compiled)
        for anchor in compiled.anchors:
            _drop(self._anchors, anchor, entry)

    def look_up(self, spellings: set[str], language: str | None) -> dict[str, list[str]]:
        """Return the leaf keys that occur, each with the words that it occurs as."""
        found: dict[str, list[str]] = {}
        foreign = self._foreign.get(language if language in CODES else ANY, {})
        for word in spellings & self._forms.keys():
            keys = self._forms[word]
            if word in foreign:
                others = foreign[word]
                keys = tuple(key for key in keys if key not in others)
            for key in keys:
                if key in found:
                    found[key].append(word)
                else:
                    found[key] = [word]
        if self._prefixes:
            self._look_up_prefixes(spellings, found)
        return found

    def candidates(self, spelled: Mapping[str, list[str]]) -> set[str]:
        """Return the rules of which every necessary word occurs."""
        present = set(spelled)
        found: set[str] = set()
        for key in present & self._anchors.keys():
            for rule, each, one_of in self._anchors[key]:
                if each <= present and not (one_of and _lacks(present, one_of)):
                    found.add(rule)
        return found

    def _look_up_prefixes(self, spellings: set[str], found: dict[str, list[str]]) -> None:
        for word in spellings:
            for prefix in self._prefixes.get(word[:_STEM], ()):
                if word.startswith(prefix.word):
                    found.setdefault(prefix.key, []).append(word)

    def _add_leaf(self, leaf: Leaf, compiled: CompiledRule) -> None:
        if isinstance(leaf, Prefix):
            _put(self._prefixes, leaf.word[:_STEM], leaf)
            return
        expansion = compiled.forms[leaf.key]
        for form in expansion.forms:
            _put(self._forms, form, leaf.key)
        for code, forms in expansion.foreign.items():
            held = self._foreign.setdefault(code, {})
            for form in forms:
                _put(held, form, leaf.key)

    def _remove_leaf(self, leaf: Leaf, compiled: CompiledRule) -> None:
        if isinstance(leaf, Prefix):
            _drop(self._prefixes, leaf.word[:_STEM], leaf)
            return
        expansion = compiled.forms[leaf.key]
        for form in expansion.forms:
            _drop(self._forms, form, leaf.key)
        for code, forms in expansion.foreign.items():
            for form in forms:
                _drop(self._foreign[code], form, leaf.key)


def _entry(compiled: CompiledRule) -> _Entry:
    each = frozenset(key for group in compiled.needs if len(group) == 1 for key in group)
    one_of = tuple(group for group in compiled.needs if len(group) > 1)
    return _Entry(compiled.rule.id, each, one_of)


def _lacks(present: set[str], one_of: tuple[frozenset[str], ...]) -> bool:
    return any(group.isdisjoint(present) for group in one_of)


def _unique_leaves(compiled: CompiledRule) -> Iterator[Leaf]:
    yield from {leaf.key: leaf for leaf in leaves(compiled.tree)}.values()


def _put(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    held[key] = (*held.get(key, ()), value)


def _drop(held: dict[str, tuple[T, ...]], key: str, value: T) -> None:
    rest = tuple(kept for kept in held[key] if kept != value)
    if rest:
        held[key] = rest
    else:
        del held[key]
