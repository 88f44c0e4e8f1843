"""A tree held against one document, by positions."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from monitor.match.near import Found, close_together
from monitor.match.text import Field, Place, fold, lookalikes
from monitor.match.tree import (
    And,
    AtLeast,
    Cased,
    Except,
    InField,
    Leaf,
    Named,
    Near,
    Node,
    Not,
    Opening,
    Or,
    Phrase,
    Sentence,
)
from monitor.model import Hit


class _Scope(NamedTuple):
    """Where to look: a range of positions, less some ranges that do not count."""

    first: int
    last: int
    fields: tuple[Field, ...]  #: what the range is part of
    without: tuple[tuple[int, int], ...] = ()  #: sorted, apart from each other


class Reading:
    """One document, read for as many rules as ask; what one has found, the next does not seek."""

    def __init__(self, title: Field, text: Field, spelled: Mapping[str, Sequence[str]]) -> None:
        """Take both fields, and the words as which each leaf occurs."""
        self._title = title
        self._text = text
        self._spelled = spelled
        self._everywhere = _Scope(0, text.base + len(text.folded), (title, text))
        self._by_leaf: dict[str, list[Place]] = {}
        self._by_phrase: dict[int, list[Place]] = {}
        self._found: dict[tuple[str, str], list[Found]] = {}
        self._hits: dict[Found, Hit] = {}

    def holds(self, tree: Node) -> bool:  # noqa: PLR0911 - one case each
        """Return whether a tree is satisfied; where the presence of words decides, seek no more."""
        match tree:
            case Named() | Cased():
                return bool(self._leaf(tree))
            case Leaf():
                return tree.key in self._spelled
            case Phrase():
                return bool(self._phrase(tree))
            case And(of):
                return all(map(self.holds, of))
            case Or():
                return any(map(self.holds, tree.possible(self._spelled.keys())))
            case Not(of):
                return not self.holds(of)
            case _:
                return self.find(tree) is not None

    def find(self, tree: Node) -> list[Found] | None:
        """Return the occurrences that satisfy a tree, or None where it is not satisfied."""
        return self._find(tree, self._everywhere)

    def hits(self, found: Collection[Found]) -> tuple[Hit, ...]:
        """Return occurrences as hits in reading order; of two of one term that overlap, one.

        That is the first, and of two that begin together the shorter: the part of a hyphenated
        word rather than the whole.
        """
        kept: list[Found] = []
        for one in sorted(set(found)) if len(found) > 1 else found:
            if not kept or kept[-1].term != one.term or kept[-1].place.last < one.place.first:
                kept.append(one)
        if len(kept) > 1:
            kept.sort(key=_by_place)
        return tuple([self._hits.get(one) or self._hit(one) for one in kept])

    def _find(self, node: Node, scope: _Scope) -> list[Found] | None:
        found: list[Found] | None
        match node:
            case Leaf(key=key, spelled=spelled):
                if scope is not self._everywhere:
                    places = self._within(self._leaf(node), scope)
                    return [Found(spelled, place) for place in places] or None
                found = self._found.get((key, spelled))
                if found is None:  # the same word of another rule has not been here before
                    found = [Found(spelled, place) for place in self._leaf(node)]
                    self._found[key, spelled] = found
                return found or None
            case Phrase(spelled=spelled):
                places = self._within(self._phrase(node), scope)
                found = [Found(spelled, place) for place in places] or None
            case And(of):
                found = self._all(of, scope)
            case Or():
                possible = node.possible(self._spelled.keys())
                parts = [part for one in possible if (part := self._find(one, scope)) is not None]
                found = [one for part in parts for one in part] if parts else None
            case Not(of):
                found = [] if self._find(of, scope) is None else None
            case _:
                found = self._find_rarer(node, scope)
        return found

    def _find_rarer(  # noqa: PLR0911 - one case each
        self, node: Node, scope: _Scope
    ) -> list[Found] | None:
        match node:
            case Near(of, within, ordered):
                groups: list[list[Found]] = []
                for part in of:
                    occurrences = self._find(part, scope)
                    if not occurrences:
                        return None
                    groups.append(occurrences)
                return close_together(groups, within, ordered=ordered)
            case Sentence(of):
                return self._in_a_sentence(of, scope)
            case AtLeast(n, of):
                found = self._find(of, scope)
                return found if found and len(_ranges(found)) >= n else None
            case Except(of, without):
                excluded = self._find(without, scope) or ()
                ranges = _merged((*scope.without, *_spans(excluded)))
                return self._find(of, scope._replace(without=ranges))
            case InField(field, of):
                return self._find(of, _only(field, scope))
            case Opening(n, of):
                return self._find(of, _opening(n, scope))
        raise TypeError(f"not a part of a rule: {node!r}")

    def _all(self, of: Iterable[Node], scope: _Scope) -> list[Found] | None:
        every: list[Found] = []
        for part in of:
            found = self._find(part, scope)
            if found is None:
                return None
            every += found
        return every

    def _in_a_sentence(self, of: tuple[Node, ...], scope: _Scope) -> list[Found] | None:
        every: list[Found] | None = None
        for first, last in self._sentences:
            if first > scope.last or last < scope.first:
                continue
            narrow = scope._replace(first=max(first, scope.first), last=min(last, scope.last))
            found = self._all(of, narrow)
            if found is not None:
                every = [*(every or ()), *found]
        return every

    def _within(self, places: list[Place], scope: _Scope) -> Sequence[Place]:
        if scope is self._everywhere:
            return places
        begin = bisect_left(places, (scope.first,))
        end = bisect_left(places, (scope.last + 1,))
        return [
            place
            for place in places[begin:end]
            if place.last <= scope.last and not _overlaps(place, scope.without)
        ]

    def _leaf(self, leaf: Leaf) -> list[Place]:
        places = self._by_leaf.get(leaf.key)
        if places is None:
            places = []
            for word in self._spelled.get(leaf.key, ()):
                places += self._title.places(word)
                places += self._text.places(word)
            if isinstance(leaf, Named):
                places = [place for place in places if self._written(place)[:1].isupper()]
            elif isinstance(leaf, Cased):
                places = [p for p in places if _has_capitals_of(leaf.word, self._written(p))]
            places.sort()
            self._by_leaf[leaf.key] = places
        return places

    def _phrase(self, phrase: Phrase) -> list[Place]:
        known = self._by_phrase.get(id(phrase))
        if known is not None:
            return known
        begun = self._leaf(phrase.words[0])
        for leaf in phrase.words[1:] if begun else ():
            following: dict[int, list[Place]] = {}
            for place in self._leaf(leaf):
                following.setdefault(place.first - 1, []).append(place)
            begun = [
                Place(place.first, end.last, end.tail)
                for place in begun
                for end in following.get(place.last, ())
            ]
        found = sorted(set(begun))
        self._by_phrase[id(phrase)] = found
        return found

    @cached_property
    def _sentences(self) -> list[tuple[int, int]]:
        return [*self._title.sentences, *self._text.sentences]

    def _field(self, place: Place) -> Field:
        return self._title if place.first < self._text.base else self._text

    def _written(self, place: Place) -> str:
        field = self._field(place)
        start, end = field.range(place)
        return field.original[start:end]

    def _hit(self, found: Found) -> Hit:
        field = self._field(found.place)
        start, end = field.range(found.place)
        text = field.original[start:end]
        hit = Hit(field=field.name, start=start, end=end, text=text, term=found.term)
        self._hits[found] = hit
        return hit


def _only(name: str, scope: _Scope) -> _Scope:
    """Return the part of a scope that lies in one field; empty where it has none of it."""
    fields = tuple(field for field in scope.fields if field.name == name)
    first = max([scope.first, *(field.base for field in fields)])
    last = min([scope.last, *(field.base + field.size - 1 for field in fields)])
    return scope._replace(first=first, last=last if fields else first - 1, fields=fields)


def _opening(n: int, scope: _Scope) -> _Scope:
    """Return the part of a scope that lies among the first words of its fields together."""
    last = -1
    for field in scope.fields:
        taken = min(n, field.size)
        n -= taken
        if taken:
            last = field.base + taken - 1
    return scope._replace(last=min(scope.last, last))


def _has_capitals_of(word: str, written: str) -> bool:
    folded = fold(written)
    return folded == word or word in lookalikes(folded)


def _by_place(found: Found) -> Place:
    return found.place


def _spans(found: Iterable[Found]) -> list[tuple[int, int]]:
    return [(one.place.first, one.place.last) for one in found]


def _ranges(found: Iterable[Found]) -> tuple[tuple[int, int], ...]:
    """Return as many occurrences as there are that do not overlap."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(_spans(found), key=lambda span: span[1]):
        if not kept or first > kept[-1][1]:
            kept.append((first, last))
    return tuple(kept)


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return ranges that cover the same positions and do not overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _overlaps(place: Place, ranges: Sequence[tuple[int, int]]) -> bool:
    if not ranges:
        return False
    index = bisect_right(ranges, (place.last + 1,))
    return index > 0 and ranges[index - 1][1] >= place.first
