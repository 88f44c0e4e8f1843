"""Russian and Ukrainian words: the one place that knows pymorphy3 and its two dictionaries."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.match.text import fold_lower

CODES = ("ru", "uk")

_CLOSED = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO"})
_PROPER = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
#: A Russian form whose reading as the term is rarer than this is not the term (F1 is flat .2-.5).
_RARE = 0.2
#: A Russian form that is read as a function word at least so often counts as one.
_FUNCTION = 0.3


@dataclass(frozen=True, slots=True)
class Words:
    """The forms of one word or of several homonyms."""

    forms: frozenset[str]  #: folded
    lemmas: tuple[str, ...] = ()  #: dictionary forms, where the word as typed is none of them


@cache
def dictionary(code: str) -> "Dictionary":
    """Return the dictionary of `ru` or `uk`: read-only, so one is enough for a process."""
    return _Russian() if code == "ru" else _Ukrainian()


def coverage(words: Iterable[str], code: str) -> int:
    """Return how many of the words a dictionary knows."""
    return sum(map(dictionary(code).knows, words))


class Dictionary(ABC):
    """What Russian and Ukrainian share: parses, picked by dictionary form."""

    code = ""
    _alien = re.compile("")
    _sibilants = "жчшщц"

    def __init__(self) -> None:
        import pymorphy3  # noqa: PLC0415 - 0.1 s and 20 MB that a warm cache spares us

        self._morph: Any = pymorphy3.MorphAnalyzer(lang=self.code)

    def knows(self, word: str) -> bool:
        """Return whether the dictionary has it, in any form."""
        return self.could_write(word) and bool(self._morph.word_is_known(word))

    def could_write(self, word: str) -> bool:
        """Return whether its letters are all of this language."""
        return not self._alien.search(word)

    def is_other(self, form: str, lemmas: Collection[str]) -> bool:
        """Return whether it is known, and never as a form of one of these."""
        found = self._lemmas(form) if self.could_write(form) else set()
        return bool(found) and found.isdisjoint(lemmas)

    def is_name(self, word: str) -> bool:
        """Return whether it may be somebody's or some place's name."""
        return any(_PROPER & parse.tag.grammemes for parse in self._parses(word))

    @abstractmethod
    def is_function_word(self, form: str) -> bool:
        """Return whether it is mostly a preposition, a conjunction or the like."""

    def own(self, word: str) -> Words:
        """Return the words whose dictionary form this is; no forms where there is none."""
        return self._words(word, self._own(word))

    def readings(self, word: str) -> Words:
        """Return the words that it may be a form of."""
        return self._words(word, self._likely(self._parses(word)))

    def guessed(self, word: str) -> Words:
        """Return the forms it would have by analogy with the words of the dictionary."""
        own = self._own(word)
        found = self._words(word, own or self._parses(word)[:1], guessed=True)
        if own:
            return found
        declined = frozenset(self._declined(word))
        return Words(found.forms | declined, () if declined else found.lemmas)

    def _parses(self, word: str) -> list[Any]:
        return list(self._morph.parse(word))

    def _lemmas(self, word: str) -> set[str]:
        """Return its dictionary forms, folded; none where the dictionary does not know it."""
        known = self._morph.dictionary
        return {
            fold_lower(known.build_normal_form(paradigm, index, spelled))
            for spelled, entries in known.words.similar_items(word, self._morph.char_substitutes)
            for paradigm, index in entries
        }

    def _own(self, word: str) -> list[Any]:
        folded = fold_lower(word)
        return [p for p in self._parses(word) if fold_lower(p.normal_form) == folded]

    @abstractmethod
    def _likely(self, parses: list[Any]) -> list[Any]:
        """Return the readings to take where the typed word is a dictionary form of none."""

    @abstractmethod
    def _declined(self, word: str) -> Iterable[str]:
        """Return the cases of a name that ends like a nominative."""

    def _words(self, typed: str, parses: list[Any], *, guessed: bool = False) -> Words:
        lemmas = {fold_lower(parse.normal_form): parse.normal_form for parse in parses}
        # Function words keep every form, and so do guesses, of which no chances are known.
        every = guessed or any(_part(parse) in _CLOSED for parse in parses)
        forms: set[str] = set()
        for parse in parses:
            found = self._lexeme(parse)
            forms |= found if every else {form for form in found if self._is_it(form, set(lemmas))}
        own = fold_lower(typed) in lemmas
        return Words(frozenset(forms), () if own else tuple(sorted(lemmas.values())))

    def _lexeme(self, parse: Any) -> set[str]:
        return {fold_lower(form.word) for form in parse.lexeme}

    @abstractmethod
    def _is_it(self, form: str, lemmas: set[str]) -> bool:
        """Return whether who reads the form may think of one of the words."""


class _Russian(Dictionary):
    """OpenCorpora's dictionary, whose parses carry probabilities."""

    code = "ru"
    _alien = re.compile("[іїєґ']")

    def is_function_word(self, form: str) -> bool:
        return bool(sum(p.score for p in self._parses(form) if _part(p) in _CLOSED) >= _FUNCTION)

    def _likely(self, parses: list[Any]) -> list[Any]:
        return parses[:1]

    def _is_it(self, form: str, lemmas: set[str]) -> bool:
        if self._lemmas(form) <= lemmas:  # nobody else's; saves looking the chances up
            return True
        parses = self._parses(form)
        own = sum(p.score for p in parses if fold_lower(p.normal_form) in lemmas)
        return bool(own >= _RARE)

    def _declined(self, word: str) -> Iterable[str]:
        stem, last, before = word[:-1], word[-1], word[-2:-1]
        soft = before in self._sibilants
        if last == "а":
            many = "и" if soft or before in "гкх" else "ы"
            return [stem + end for end in ("а", many, "е", "у", "ей" if soft else "ой")]
        if last in "яйь":
            endings = {"я": "я и е ю ей", "й": "й я ю ем е", "ь": "ь я ю ем е и ью"}[last]
            return [stem + end for end in endings.split()]
        if last in "бвгджзклмнпрстфхцчшщ":
            soft = last in self._sibilants
            return [word + end for end in ("", "а", "у", "е", "ом", *(["ем"] if soft else []))]
        return ()


class _Ukrainian(Dictionary):
    """VESUM's dictionary: no probabilities, and hardly any adverbial participles."""

    code = "uk"
    _alien = re.compile("[ыэёъ]")

    def is_function_word(self, form: str) -> bool:
        return any(_part(parse) in _CLOSED for parse in self._parses(form))

    def _likely(self, parses: list[Any]) -> list[Any]:
        return parses

    def _lexeme(self, parse: Any) -> set[str]:
        found = super()._lexeme(parse)
        return found | _adverbial(parse) if _part(parse) == "VERB" else found

    def _is_it(self, form: str, lemmas: set[str]) -> bool:
        if not self.knows(form) or form in lemmas:
            return True
        parts = [_part(parse) for parse in self._parses(form)]
        return not _CLOSED & set(parts) and parts[0] != "ADVB"

    def _declined(self, word: str) -> Iterable[str]:
        stem, last, before = word[:-1], word[-1], word[-2:-1]
        soft = before in self._sibilants
        if last == "а":
            endings = "а і у ею" if soft else "а и і у ою о"
            return [stem + end for end in endings.split()]
        if last in "яйь":
            endings = {"я": "я ї і ю єю ею є", "й": "й я ю єм ї", "ь": "ь я ю ем і ю"}[last]
            return [stem + end for end in endings.split()]
        if last in "бвгґджзклмнпрстфхцчшщ":
            return [word + end for end in ("", "а", "у", "ові", "ом", "ем", "і")]
        return ()


def _part(parse: Any) -> str:
    return str(parse.tag.POS or "")


def _adverbial(verb: Any) -> set[str]:
    """Return читаючи, прочитавши, сміючись of a Ukrainian verb, made from two other forms."""
    found = set()
    for form in verb.lexeme:
        marks, word = form.tag.grammemes, fold_lower(form.word)
        if {"plur", "3per", "pres"} <= marks:
            found.add(re.sub("ть(ся)?$", lambda end: "чись" if end[1] else "чи", word))
        elif {"masc", "past"} <= marks:
            found.add(re.sub("(с[яь])?$", lambda end: "шись" if end[1] else "ши", word, count=1))
    return found
