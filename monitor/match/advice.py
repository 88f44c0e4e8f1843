"""What is right in a rule, or nearly, and yet perhaps not meant: warnings, and hopeless rules."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.match.codes import Code
from monitor.match.problem import Mistake, error, warning
from monitor.match.text import fold_lower, words
from monitor.match.tree import (
    Cased,
    Leaf,
    Named,
    Near,
    Node,
    Or,
    Phrase,
    Prefix,
    children,
    groups,
    is_inflected,
    leaves,
)
from monitor.match.words.morphology import ANY, Expander
from monitor.match.words.slavic import CODES, words_beginning

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WIDE = 50  # words: a NEAR so wide says little more than AND


def hopeless(tree: Node) -> Iterator[Mistake]:
    """Yield why a tree would match nearly everything."""
    if not groups(tree):
        text = "this only excludes: say what to look for, and add NOT (`none:`) to that"
        if isinstance(tree, Or) or any(isinstance(child, Or) for child in children(tree)):
            text = "one branch of OR only excludes, so nearly every document matches: join with AND"
        yield error(0, Code.ONLY_EXCLUDES, text)
    elif all(isinstance(leaf, Prefix) for leaf in leaves(tree)):
        text = "every term is a prefix, which finds unrelated words: add a whole word, in any form"
        yield error(0, Code.ONLY_PREFIXES, text)


def wide(tree: Node) -> Iterator[Mistake]:
    """Yield a warning for each NEAR that is hardly narrower than AND."""
    if isinstance(tree, Near) and tree.within > _WIDE:
        text = (
            f"{tree.within} words between is most of a text: 10 is usual, and AND (`all:`) says it"
            " if the distance does not matter"
        )
        yield warning(0, Code.WIDE, text)
    for child in children(tree):
        yield from wide(child)


def doubts(node: Node, column: int, expander: Expander) -> Iterator[Mistake]:
    """Yield a warning for each word of a term that may not be read as it is meant."""
    alone = not isinstance(node, Phrase)
    for leaf in leaves(node):
        if isinstance(leaf, Prefix) and alone:
            yield from _needless_prefix(leaf, column)
        if not is_inflected(leaf):
            continue
        found, word = expander.expand(leaf.word), _as_typed(leaf)
        # Words of a phrase are inflected to agree; worth a note only where the reading is open.
        if found.read_as and (alone or _is_open(found.read_as)):
            lemmas = ", ".join(found.read_as)
            note = f"{word} is read as {lemmas}, in any form; ={word} finds only itself"
            yield warning(column, Code.READ_AS, note)
        if found.guessed and _CYRILLIC.search(word):
            some = ", ".join(found.forms[1:4])
            how = f"found as {some} …" if some else "found only as it is written"
            note = (
                f"{word} is in no dictionary, and {how}: `monitor rules forms {word}` shows it"
                " all; if that is wrong, write the forms under `forms:`"
            )
            yield warning(column, Code.GUESSED, note)


def commonplace(
    node: Node, column: int, anchors: Collection[str], expander: Expander
) -> Iterator[Mistake]:
    """Yield a warning for a word that nearly every text has, if it alone brings a rule to it."""
    if not isinstance(node, Leaf) or node.key not in anchors or not is_inflected(node):
        return
    if expander.expand(node.word).function_word:
        note = f"nearly every text has “{_as_typed(node)}”: it says something only in a phrase"
        yield warning(column, Code.FUNCTION_WORD, note)


def _is_open(read_as: Sequence[str]) -> bool:
    """Return whether one language reads a word in two ways: войско, or віл (uk) and вола (uk)."""
    languages = Counter(one.partition(" (")[2] for one in read_as)
    return languages.most_common(1)[0][1] > 1


def _needless_prefix(prefix: Prefix, column: int) -> Iterator[Mistake]:
    """Yield a note where all that begins so is one word, which finds as much and says it."""
    if not _CYRILLIC.search(prefix.word):
        return
    lemmas = [words_beginning(prefix.word, code) for code in CODES]
    every = {lemma for found in lemmas if found is not None for lemma in found}
    if None not in lemmas and len(every) == 1:
        note = f"{prefix.spelled} finds only the forms of {every.pop()}: write that"
        yield warning(column, Code.NEEDLESS_PREFIX, note)


def implied(of: Sequence[tuple[int, Node]], expander: Expander) -> Iterator[tuple[int, Mistake]]:
    """Yield, by its index, each word of a choice that another word of it finds anyway.

    `of` are the words and phrases of the choice, each with its column.
    """
    reaches = [_reach(node, expander) for _, node in of]
    finders: dict[_Sight, set[int]] = {}
    for index, reach in enumerate(reaches):
        for sight in reach.sights if reach.in_any_case else ():
            finders.setdefault(sight, set()).add(index)
    for index, reach in enumerate(reaches):
        if not reach.sights:
            continue
        for other in sorted(set.intersection(*(finders.get(s, set()) for s in reach.sights))):
            by = reaches[other]
            if other == index or (by.capital and not reach.capital):
                continue
            # Of two that find the same, the later one is too much.
            if other < index or by != reach:
                (column, node), (_, there) = of[index], of[other]
                yield index, warning(column, Code.IMPLIED, _needless(_said(node), _said(there)))
                break


_Sight = tuple[str, str]  #: a form, and the language of a document in which it is found


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a word finds."""

    sights: frozenset[_Sight] = frozenset()  #: none for what is no word
    capital: bool = False  #: only where it is capitalised
    in_any_case: bool = True  #: with whatever other capitals


def _reach(node: Node, expander: Expander) -> _Reach:
    if not isinstance(node, Leaf) or isinstance(node, Prefix):
        return _Reach()
    forms: Sequence[str] = fold_lower(node.word).split("/")
    foreign: Mapping[str, Sequence[str]] = {}
    if is_inflected(node):
        expansion = expander.expand(node.word)
        forms, foreign = expansion.forms, expansion.foreign
    sights = {
        (form, code) for code in (*CODES, ANY) for form in {*forms} - {*foreign.get(code, ())}
    }
    return _Reach(frozenset(sights), isinstance(node, Named), not isinstance(node, Cased))


def _needless(word: str, other: str) -> str:
    if word == other:
        return f"{word} stands here twice: remove one of them"
    return f"{word} is found by {other} anyway: remove one of them"


def _said(node: Node) -> str:
    return node.spelled if isinstance(node, Leaf | Phrase) else ""


def _as_typed(leaf: Leaf) -> str:
    """Return the word as it stands in the rule, with its capitals and ё."""
    typed = (word for chunk in leaf.spelled.split() for word in words(chunk))
    return next((word for word in typed if fold_lower(word) == fold_lower(leaf.word)), leaf.word)
