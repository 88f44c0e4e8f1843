"""What a rule asks for, however it is spelled: one tree."""

import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Leaf:
    """One word. Equal leaves of different rules share a key, and so one place in the index."""

    word: str  #: folded; lower-case unless capitals matter
    spelled: str = field(default="", compare=False)  #: as the rule spells it
    key: str = field(default="", init=False, compare=False, repr=False)
    mark: ClassVar[str] = ""

    def __post_init__(self) -> None:
        key = sys.intern(self.mark + self.word)
        object.__setattr__(self, "key", key)
        # Hundreds of thousands of leaves: the same text is held once.
        if self.word == key:
            object.__setattr__(self, "word", key)
        if self.spelled == key:
            object.__setattr__(self, "spelled", key)


class Word(Leaf):
    """Any inflected form."""

    __slots__ = ()


class Exact(Leaf):
    """Exactly this form; capitals ignored."""

    __slots__ = ()
    mark = "="


class Cased(Leaf):
    """Exactly this form with these capitals."""

    __slots__ = ()
    mark = "^"


class Named(Leaf):
    """Any form, capitalised."""

    __slots__ = ()
    mark = "'"


class Prefix(Leaf):
    """Any word that begins so."""

    __slots__ = ()
    mark = "*"


class Given(Leaf):
    """One of the forms that the rule's author wrote down, which make up its word: а/б/в."""

    __slots__ = ()
    mark = "#"


class GivenName(Named):
    """The same, capitalised."""

    __slots__ = ()
    mark = "#'"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand side by side, in this order."""

    words: tuple[Leaf, ...]
    spelled: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    of: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    of: "tuple[Node, ...]"
    name: str = field(default="", compare=False)  #: of the list that it stands for: "$places"
    #: the words and phrases by the key of the word that they begin with; a list has hundreds
    by_key: "Mapping[str, tuple[Leaf | Phrase, ...]]" = field(init=False, compare=False, repr=False)
    others: "tuple[Node, ...]" = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_key: dict[str, list[Leaf | Phrase]] = {}
        others = []
        for part in self.of:
            if isinstance(part, Leaf | Phrase):
                key = part.key if isinstance(part, Leaf) else part.words[0].key
                by_key.setdefault(key, []).append(part)
            else:
                others.append(part)
        object.__setattr__(self, "by_key", {key: tuple(parts) for key, parts in by_key.items()})
        object.__setattr__(self, "others", tuple(others))

    def possible(self, present: AbstractSet[str]) -> "Iterator[Node]":
        """Yield the parts that may hold where only the words with these keys occur."""
        for key in self.by_key.keys() & present:
            yield from self.by_key[key]
        yield from self.others


@dataclass(frozen=True, slots=True)
class Not:
    """A document without this."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """One of each, with at most `within` other words between neighbours."""

    of: "tuple[Node, ...]"  #: occurrences: see `is_occurrence`
    within: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """All of these in one sentence."""

    of: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many occurrences that do not overlap."""

    n: int
    of: "Node"


@dataclass(frozen=True, slots=True)
class Except:
    """Hits of one that are not part of the other."""

    of: "Node"
    without: "Node"


@dataclass(frozen=True, slots=True)
class InField:
    """This, in the title or in the text."""

    field: str
    of: "Node"


@dataclass(frozen=True, slots=True)
class Opening:
    """This, among the first words of the document, or of the field that it is looked for in."""

    n: int  #: so many words, counted through the title and then the text
    of: "Node"


Node = Leaf | Phrase | And | Or | Not | Near | Sentence | AtLeast | Except | InField | Opening


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts a node is made of."""
    match node:
        case Leaf():
            return ()
        case Phrase(words):
            return words
        case And(of) | Or(of) | Near(of) | Sentence(of):
            return of
        case Except(of, without):
            return (of, without)
        case Not(of) | AtLeast(_, of) | InField(_, of) | Opening(_, of):
            return (of,)


def leaves(node: Node) -> list[Leaf]:
    """Return every leaf, as often as it is written."""
    match node:
        case Leaf():
            return [node]
        case Phrase(words):
            return [*words]
        case _:
            return [leaf for child in children(node) for leaf in leaves(child)]


def terms(node: Node) -> Iterator[Leaf | Phrase]:
    """Yield every word that stands for itself and every phrase."""
    if isinstance(node, Leaf | Phrase):
        yield node
        return
    for child in children(node):
        yield from terms(child)


def is_inflected(leaf: Leaf) -> bool:
    """Return whether the dictionaries say in which forms a word is found."""
    return isinstance(leaf, Word | Named) and not isinstance(leaf, GivenName)


def is_occurrence(node: Node) -> bool:
    """Return whether it is a word, a phrase, or a choice of them: what stands somewhere."""
    match node:
        case Leaf() | Phrase():
            return True
        case Or(of):
            return all(map(is_occurrence, of))
        case Except(of, _) | InField(_, of) | Opening(_, of):
            return is_occurrence(of)
        case _:
            return False


Groups = tuple[tuple[str, ...], ...]


def groups(node: Node) -> Groups:
    """Return groups of leaf keys of which a satisfying document has at least one each.

    An empty result means that a document can satisfy the node without any particular word.
    """
    match node:
        case Leaf():
            return ((node.key,),)
        case Not():
            return ()
        case Or(of):
            return _either(of)
        case Except(of, _) | InField(_, of) | Opening(_, of) | AtLeast(_, of):
            return groups(of)
        case _:
            return tuple(dict.fromkeys(g for child in children(node) for g in groups(child)))


def bans(node: Node) -> tuple[str, ...]:
    """Return the leaf keys of which a document must have none, as far as AND NOT names them."""
    match node:
        case And(of):
            return tuple(key for part in of for key in bans(part))
        case Not(of):
            return tuple(key for group in groups(of)[:1] for key in group)
        case _:
            return ()


def is_told_by_groups(node: Node) -> bool:
    """Return whether all documents with one of each of its groups and no ban satisfy the node."""
    match node:
        case Named() | Cased():
            return False
        case Leaf():
            return True
        case Or(of):
            return all(map(_is_choice, of))
        case Not(of):
            return _is_choice(of)
        case And(of):
            return all(map(is_told_by_groups, of))
        case _:
            return False


def _is_choice(node: Node) -> bool:
    return len(groups(node)) == 1 and not bans(node) and is_told_by_groups(node)


def rarest(found: Groups) -> tuple[str, ...]:
    """Return the group that the fewest documents are likely to have something of."""
    return min(found, key=lambda group: sum(map(_frequency, group)))


def _either(of: tuple[Node, ...]) -> Groups:
    parts = [groups(child) for child in of]
    if not all(parts):
        return ()
    return (tuple(dict.fromkeys(key for part in parts for key in rarest(part))),)


_WEIGHTS: Mapping[str, float] = {"=": 0.5, "^": 0.3, "'": 0.6, "*": 3.0, "#": 1.0}


def _frequency(key: str) -> float:
    # Long words are rare words; exact and capitalised ones rarer, prefixes stand for many.
    weight = _WEIGHTS.get(key[0])
    if key[0] == "#":  # of the forms that somebody gave, the first
        key = key.partition("/")[0]
    return (weight or 1.0) / (len(key) - (weight is not None)) ** 3
