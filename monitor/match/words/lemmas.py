"""One dictionary form for each word, where texts are likened and nobody asks for more.

What is remembered is bounded: the words of a day's news fit, and no stream of others fills it.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from monitor.match.words import english, slavic

# Letters that no dictionary of ours has; pymorphy3 fails at Tangut ones, which have no names.
_FOREIGN = re.compile("[^\u0000-\u052f\u2000-\u206f]")
_READINGS = 3  # a name that may be read in more ways tells nothing


class Lemma(NamedTuple):
    """What a word was read as."""

    form: str  #: folded
    closed: bool  #: it holds sentences together, and names nothing


class Name(NamedTuple):
    """What a word that is written with a capital may be called."""

    forms: tuple[str, ...]  #: folded, likeliest first
    proper: bool  #: it may be somebody's or some place's; so may what no dictionary has


@lru_cache(maxsize=1 << 15)
def lemma(word: str, code: str) -> Lemma:
    """Return the dictionary form that a folded word most likely has, always the same one.

    Where we have no dictionary of the language, it is the word itself.
    """
    if code in slavic.CODES and not _FOREIGN.search(word):
        return Lemma(*slavic.dictionary(code).lemma(word))
    if code == "en":
        return Lemma(english.stem(word), word in english.FUNCTION_WORDS)
    return Lemma(word, closed=False)


@lru_cache(maxsize=1 << 13)
def name(word: str, code: str) -> Name:
    """Return what a folded word is a form of if it is a name."""
    if code in slavic.CODES and not _FOREIGN.search(word):
        forms, proper = slavic.dictionary(code).name(word)
        return Name(forms[:_READINGS], proper)
    if code == "en":
        return Name((english.stem(word),), proper=word not in english.FUNCTION_WORDS)
    return Name((word,), proper=False)
