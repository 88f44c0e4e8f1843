"""Russian and Ukrainian words: the one place that knows pymorphy3 and its two dictionaries."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

from monitor.match.text import fold_lower
from monitor.match.words import names

CODES = ("ru", "uk")

_CLOSED = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO"})
_PROPER = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_PARTICIPLES = frozenset({"PRTF", "PRTS"})
#: A Russian form whose reading as the term is rarer than this is not the term. F1 is flat from .12
#: to .5; the chances come from small counts, so we rather find too much: графики is график for
#: them in two of ten. Below that, им begins to be имя.
_RARE = 0.12
#: A Russian form that is read as a function word at least so often counts as one.
_FUNCTION = 0.3
#: A Russian word that is read as one so often is nothing else.
_ONLY = 0.8
#: So many words that begin alike are too many to name, and to look through.
_MANY = 50
_FORMS = 5_000


#: What a reader calls the parts of speech.
_PARTS = {
    "NOUN": "noun",
    "ADJF": "adjective",
    "ADJS": "adjective",
    "COMP": "adjective",
    "INFN": "verb",
    "VERB": "verb",
    "GRND": "verb",
    "PRTF": "participle",
    "PRTS": "participle",
    "NUMR": "numeral",
    "ADVB": "adverb",
    "PRED": "adverb",
    "NPRO": "pronoun",
    "PREP": "preposition",
    "CONJ": "conjunction",
    "PRCL": "particle",
    "INTJ": "interjection",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The forms of one word or of several homonyms."""

    forms: frozenset[str]  #: folded
    lemmas: tuple[str, ...] = ()  #: dictionary forms, where the word as typed is none of them
    #: What an account of it says besides; none of it changes what is found.
    named: tuple[str, ...] = ()  #: the dictionary forms, whether or not the word is one
    parts: tuple[str, ...] = ()  #: noun, verb, name …
    dropped: frozenset[str] = frozenset()  #: forms that mostly are another word's
    guessed: bool = False  #: by analogy, since this dictionary has not got the word


@cache
def dictionary(code: str) -> "Dictionary":
    """Return the dictionary of `ru` or `uk`: read-only, so one is enough for a process."""
    return _Russian() if code == "ru" else _Ukrainian()


def words_beginning(prefix: str, code: str) -> tuple[str, ...] | None:
    """Return the dictionary forms of all known words that begin so; None where there are many."""
    return dictionary(code).beginning(fold_lower(prefix))


def coverage(words: Iterable[str], code: str) -> int:
    """Return how many of the words a dictionary knows."""
    return sum(map(dictionary(code).knows, words))


class Dictionary(ABC):
    """What Russian and Ukrainian share: parses, picked by dictionary form."""

    code = ""
    _alien = re.compile("")

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

    def lemma(self, word: str) -> tuple[str, bool]:
        """Return the dictionary form of the likeliest reading; whether it is a function word."""
        first = self._parses(word)[0]
        return fold_lower(first.normal_form), _part(first) in _CLOSED

    def name(self, word: str) -> tuple[tuple[str, ...], bool]:
        """Return the dictionary forms of the readings as a name, or of all; whether it may be one.

        What is in no dictionary may.
        """
        parses = self._parses(word)
        proper = [parse for parse in parses if _PROPER & parse.tag.grammemes]
        # VESUM marks people only: of Харкові it knows no more than that Харко was somebody.
        likely = proper if proper and self.code == "ru" else [*proper, *parses]
        forms = dict.fromkeys(fold_lower(parse.normal_form) for parse in likely)
        return tuple(forms), bool(proper) or not parses[0].is_known

    @abstractmethod
    def is_function_word(self, form: str) -> bool:
        """Return whether it is mostly a preposition, a conjunction or the like."""

    @abstractmethod
    def is_only_function_word(self, word: str) -> bool:
        """Return whether it holds sentences together and names nothing."""

    @abstractmethod
    def other(self, form: str, lemmas: Collection[str]) -> str:
        """Return the dictionary form of the other word that a form mostly belongs to, or none."""

    def marks(self, word: str) -> list[frozenset[str]]:
        """Return part of speech and grammar of each word of which this is the dictionary form."""
        if not self.knows(word):
            return []
        return [frozenset(map(str, parse.tag.grammemes)) for parse in self._own(word)]

    def beginning(self, prefix: str) -> tuple[str, ...] | None:
        """Return the dictionary forms of all words that begin so; None where there are many."""
        known = self._morph.dictionary
        found: set[str] = set()
        keys = chain.from_iterable(map(known.words.iteritems, _spellings(prefix)))
        for count, (form, (paradigm, index)) in enumerate(keys):
            found.add(known.build_normal_form(paradigm, index, form))
            if len(found) > _MANY or count > _FORMS:
                return None
        return tuple(sorted(found))

    def own(self, word: str) -> Words:
        """Return the words whose dictionary form this is; no forms where there is none."""
        return self._words(word, self._own(word))

    def abbreviation(self, word: str) -> Words:
        """Return the word that is written in capitals, if the dictionary has it at all."""
        own = self._own(word) if self.knows(word) else []
        own = [p for p in own if _part(p) not in _CLOSED and "Apro" not in p.tag.grammemes]
        return self._words(word, [p for p in own if "Abbr" in p.tag.grammemes] or own)

    def readings(self, word: str) -> Words:
        """Return the words that it may be a form of."""
        likely = self._likely(self._parses(word))
        if all("Abbr" in parse.tag.grammemes for parse in likely):
            # Who writes гг. does not look for год.
            return Words(frozenset({fold_lower(word)}), named=(word,), parts=("abbreviation",))
        return self._words(word, likely)

    def guessed(self, word: str) -> Words:
        """Return the forms it would have by analogy with the words of the dictionary."""
        own = self._own(word)
        if any(_part(parse) == "ADJF" for parse in own):
            # A name in -ский is declined as an adjective, and as no noun that ends alike.
            adjectives = [p for p in own if _part(p) == "ADJF" or "Surn" in p.tag.grammemes]
            return self._words(word, adjectives, guessed=True)
        parses = own or self._parses(word)[:1]
        declined = frozenset(names.declined(word, self.code))
        if declined:
            # What ends like a name is one, and no past tense: Цахал does not come from цахать.
            parses = [p for p in parses if _part(p) in {"NOUN", "ADJF"}]
        found = self._words(word, parses, guessed=True)
        forms = found.forms
        if names.is_surname(fold_lower(word)):  # keeps its vowel, as церковь does not
            forms = frozenset(form for form in forms if form.startswith(fold_lower(word)))
        if declined:
            return replace(found, forms=forms | declined, lemmas=(), named=(word,))
        return found

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
        named = [p for p in self._parses(word) if fold_lower(self._lemma(p)) == folded]
        plain = [p for p in named if fold_lower(p.normal_form) == folded]
        women = [p for p in named if p not in plain and "Surn" in p.tag.grammemes]
        return plain + women or named

    @abstractmethod
    def _likely(self, parses: list[Any]) -> list[Any]:
        """Return the readings to take where the typed word is a dictionary form of none."""

    def _words(self, typed: str, parses: list[Any], *, guessed: bool = False) -> Words:
        lemmas = {fold_lower(parse.normal_form) for parse in parses}
        # Function words keep every form, and so do guesses, of which no chances are known.
        every = guessed or any(_part(parse) in _CLOSED for parse in parses)
        found: set[str] = set().union(*map(self._lexeme, parses))
        kept = found if every else {form for form in found if self._is_it(form, lemmas)}
        named = tuple(sorted(set(map(self._lemma, parses))))
        return Words(
            frozenset(kept),
            () if fold_lower(typed) in map(fold_lower, named) else named,
            named=named,
            parts=tuple(dict.fromkeys(map(_called, parses))),
            dropped=frozenset(found - kept),
            guessed=guessed,
        )

    def _lemma(self, parse: Any) -> str:
        """Return what to call the word that was read."""
        return str(parse.normal_form)

    def _lexeme(self, parse: Any) -> set[str]:
        known = parse.is_known
        # Of a guessed adjective nobody says that one is more so than another.
        return {fold_lower(form.word) for form in parse.lexeme if known or _part(form) != "COMP"}

    @abstractmethod
    def _is_it(self, form: str, lemmas: set[str]) -> bool:
        """Return whether who reads the form may think of one of the words."""


class _Russian(Dictionary):
    """OpenCorpora's dictionary, whose parses carry probabilities."""

    code = "ru"
    _alien = re.compile("[іїєґ']")

    def _lemma(self, parse: Any) -> str:
        slice_ = _word_of_its_own(parse)
        nominative = {"sing", "nomn", "femn" if "Surn" in parse.tag.grammemes else "masc"}
        named = (form.word for form in slice_ if nominative <= form.tag.grammemes)
        return str(min(named, key=len, default=parse.normal_form))

    def _lexeme(self, parse: Any) -> set[str]:
        # OpenCorpora has no words мобилизованный, новейший and Захарова, only forms of others:
        # мобилизовать, новый, Захаров. Who writes one of them means it. Ukrainian has them.
        slice_ = _word_of_its_own(parse)
        return {fold_lower(form.word) for form in slice_} or super()._lexeme(parse)

    def is_function_word(self, form: str) -> bool:
        return bool(sum(p.score for p in self._parses(form) if _part(p) in _CLOSED) >= _FUNCTION)

    def is_only_function_word(self, word: str) -> bool:
        shares: dict[bool, float] = {True: 0.0, False: 0.0}
        for parse in self._parses(word):
            shares[_part(parse) in _CLOSED or "Apro" in parse.tag.grammemes] += parse.score
        return shares[True] >= _ONLY * sum(shares.values())

    def other(self, form: str, lemmas: Collection[str]) -> str:
        chances: dict[str, float] = {}
        for parse in self._parses(form) if self.knows(form) else ():
            lemma = parse.normal_form
            if fold_lower(lemma) not in lemmas:
                chances[lemma] = chances.get(lemma, 0.0) + parse.score
        return max(chances, key=chances.__getitem__, default="")

    def _likely(self, parses: list[Any]) -> list[Any]:
        return parses[:1]

    def _is_it(self, form: str, lemmas: set[str]) -> bool:
        if self._lemmas(form) <= lemmas:  # nobody else's; saves looking the chances up
            return True
        parses = self._parses(form)
        # Where nothing was counted all parses are as likely, which says nothing: вели, пали.
        chance = self._morph.prob_estimator.p_t_given_w.prob
        if not any(chance(fold_lower(p.word), str(p.tag)) for p in parses):
            return True
        own = sum(p.score for p in parses if fold_lower(p.normal_form) in lemmas)
        return bool(own >= _RARE)


class _Ukrainian(Dictionary):
    """VESUM's dictionary: no probabilities, and hardly any adverbial participles."""

    code = "uk"
    _alien = re.compile("[ыэёъ]")

    def own(self, word: str) -> Words:
        own = self._own(word)
        if own and all(map(_is_doubtful, own)):
            # Nobody says how likely діти is the verb, or кулі the plural of a куль that has none.
            own += [p for p in self._parses(word) if {"NOUN", "plur", "nomn"} <= _marks(p)]
        return self._words(word, own)

    def is_function_word(self, form: str) -> bool:
        return any(_part(parse) in _CLOSED for parse in self._parses(form))

    def is_only_function_word(self, word: str) -> bool:
        # Names of letters and of notes are words in this dictionary too: а, о, у, до.
        closed = [_part(p) in _CLOSED or "Apro" in p.tag.grammemes for p in self._parses(word)]
        return sum(closed) * 2 >= len(closed)

    def other(self, form: str, lemmas: Collection[str]) -> str:
        others = (p.normal_form for p in self._parses(form) if self.knows(form))
        return next((lemma for lemma in others if fold_lower(lemma) not in lemmas), "")

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


def _marks(parse: Any) -> frozenset[str]:
    return frozenset(map(str, parse.tag.grammemes))


def _is_doubtful(parse: Any) -> bool:
    """Return whether it is the dictionary form of a verb, or of a noun that has no singular."""
    return _part(parse) == "VERB" or bool({"Pltm", "Fixd"} & _marks(parse))


def _part(parse: Any) -> str:
    return str(parse.tag.POS or "")


def _word_of_its_own(parse: Any) -> list[Any]:
    """Return the forms of the participle, superlative or woman's name that it was read as."""
    marks = parse.tag.grammemes
    if _part(parse) in _PARTICIPLES:
        same = marks & {"actv", "pssv", "past", "pres"}
    elif "Supr" in marks:
        same = frozenset({"Supr"})
    elif {"Surn", "femn", "sing", "nomn"} <= marks:
        same = frozenset({"femn", "sing"})
    else:
        return []
    # Gerund and past tense have tense and voice too, but are not declined.
    declined = (form for form in parse.lexeme if _part(form) not in {"GRND", "VERB"})
    return [form for form in declined if same <= form.tag.grammemes]


def _called(parse: Any) -> str:
    """Return what a reader calls the part of speech."""
    marks = parse.tag.grammemes
    if "Abbr" in marks:
        return "abbreviation"
    return "name" if _PROPER & marks else _PARTS.get(_part(parse), "word")


def _spellings(prefix: str) -> list[str]:
    """Return a prefix, and what it is with ё for one of its е, as the dictionary spells it."""
    places = [at for at, letter in enumerate(prefix) if letter == "е"]
    return [prefix, *(f"{prefix[:at]}ё{prefix[at + 1 :]}" for at in places)]


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
