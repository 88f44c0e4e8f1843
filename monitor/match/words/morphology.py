"""A word's surface forms, found once, when a rule is compiled. Documents are never lemmatised."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from monitor.match.text import fold_lower
from monitor.match.words import english
from monitor.match.words.account import Account, english_account, slavic_account
from monitor.match.words.english import FUNCTION_WORDS, English
from monitor.match.words.forms import FormsCache, Kept
from monitor.match.words.slavic import CODES, Words, dictionary

#: Part of the cache's key: raise it whenever the files above would answer differently.
_CODE = 5
_DISTRIBUTIONS = ("pymorphy3", "pymorphy3-dicts-ru", "pymorphy3-dicts-uk", "simplemma")

#: Stands for a document whose language is mixed, unknown, or has no dictionary here.
ANY = ""

_LONGEST_ABBREVIATION = 5
_LATIN = re.compile("[a-z]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """What a word looks like in running text."""

    forms: tuple[str, ...]  #: folded and lower-case; the word itself first
    #: language -> forms that there belong to another dictionary word. Under `ANY` only those
    #: that are function words of one of the languages ("после" is no vocative of посол).
    foreign: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: dictionary forms it was read as, "войско" or "віл (uk)"; empty where it is one itself
    read_as: tuple[str, ...] = ()
    guessed: bool = False  #: no dictionary has the word; it is inflected like others that end so
    function_word: bool = (
        False  #: it only holds sentences together (и, на, the): most texts have it
    )


class Expander:
    """Expands words, and remembers what it found in a file, so that the next start is quick."""

    def __init__(self, cache: Path | None) -> None:
        """Take the file to remember expansions in; None remembers them only in memory."""
        key = [f"code {_CODE}", *(f"{name} {version(name)}" for name in _DISTRIBUTIONS)]
        self._cache = FormsCache(cache, ", ".join(key))
        self._expansions: dict[str, Expansion] = {}

    def expand(self, word: str) -> Expansion:
        """Return the surface forms of one word in every language in which it is one.

        A short word in capitals is an abbreviation, and never read as a form of another word.
        """
        typed = word if word.isupper() else word.lower()
        found = self._expansions.get(typed)
        if found is None and _is_text(typed):
            found = self._expansions[typed] = self._remembered(typed) or self._found(typed)
        return found or Expansion(forms=(fold_lower(typed),))

    def account(self, word: str) -> Account:
        """Return what a word is understood as, and why; it agrees with `expand`."""
        found = self.expand(word)
        typed = word if word.isupper() else word.lower()
        if _CYRILLIC.search(typed) and _is_text(typed):
            return slavic_account(word, readings_of(typed), found.forms, found.foreign)
        if not _LATIN.search(typed.lower()):
            return Account(word=word, readings=())
        return english_account(
            word,
            found.forms,
            found.read_as,
            guessed=found.guessed,
            closed=found.function_word,
        )

    def save(self) -> None:
        """Write to the file what was found since it was read."""
        self._cache.save()

    def _remembered(self, typed: str) -> Expansion | None:
        kept = self._cache.get(typed)
        return None if kept is None else Expansion(**kept._asdict())

    def _found(self, typed: str) -> Expansion:
        found = self._find(typed)
        kept = Kept(found.forms, found.foreign, found.read_as, found.guessed, found.function_word)
        self._cache.put(typed, kept)
        return found

    def _find(self, typed: str) -> Expansion:
        if _CYRILLIC.search(typed):
            return _merged(typed, readings_of(typed))
        if not _LATIN.search(typed.lower()):
            return Expansion(forms=(fold_lower(typed),))
        word = fold_lower(typed)
        # TROOPS is shouted; but what no dictionary has and stands in capitals, HIMARS, is no verb.
        if is_abbreviation(typed) or (typed.isupper() and not self._english.knows(word)):
            return Expansion(forms=_first(typed, self._english.abbreviation(word)))
        forms, lemmas = self._english.forms(word)
        return Expansion(
            forms=_first(typed, forms),
            read_as=() if typed.isupper() else lemmas,
            guessed=word.isalpha() and not self._english.knows(word),
            function_word=word in FUNCTION_WORDS,
        )

    @cached_property
    def _english(self) -> English:
        return english.dictionary()


def _is_text(word: str) -> bool:
    """Return whether dictionaries and files can hold it: halves of an emoji they cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in word)


def is_abbreviation(word: str) -> bool:
    """Return whether a word is short and in capitals; longer ones are shouted: МОБИЛИЗАЦИЯ."""
    return word.isupper() and 2 <= sum(map(str.isalpha, word)) <= _LONGEST_ABBREVIATION


def readings_of(typed: str) -> dict[str, Words]:
    """Return how each language reads a word: as its own where any does, else by analogy."""
    if is_abbreviation(typed):
        return {code: dictionary(code).abbreviation(typed.lower()) for code in CODES}
    typed = typed.lower()
    known = [code for code in CODES if dictionary(code).knows(typed)]
    own = {code: dictionary(code).own(typed) for code in known}
    found = {code: words for code, words in own.items() if words.forms}
    if found and all(map(_is_indeclinable, found.values())):
        # «сили» is the name of something in Russian, and the forces in Ukrainian.
        others = {c: dictionary(c).readings(typed) for c in known if c not in found}
        return {code: (found | others)[code] for code in known}
    if found:
        return found | _borrowed(typed, known)
    if known:
        return {code: dictionary(code).readings(typed) for code in known}
    writers = [code for code in CODES if dictionary(code).could_write(typed)]
    return {code: dictionary(code).guessed(typed) for code in writers or CODES}


def _is_indeclinable(words: Words) -> bool:
    return len(words.forms) == 1 and words.parts == ("noun",)


def _borrowed(typed: str, known: list[str]) -> dict[str, Words]:
    """Return how a language would inflect a word that only the other's dictionary has.

    Names mostly: Байден stands in one dictionary, and is written in both languages.
    """
    if len(known) != 1:
        return {}
    other = dictionary("uk" if known == ["ru"] else "ru")
    # The Ukrainian dictionary does not mark names, so any of its words may be one.
    if not other.could_write(typed) or (known == ["ru"] and not dictionary("ru").is_name(typed)):
        return {}
    guessed = other.guessed(typed)
    forms = frozenset(form for form in guessed.forms if not other.knows(form))
    return {other.code: replace(guessed, forms=forms, lemmas=())}


def _merged(typed: str, readings: Mapping[str, Words]) -> Expansion:
    """Join the languages, and note which forms are somebody else's in the language they lack."""
    every: set[str] = set().union(*(reading.forms for reading in readings.values()))
    every.discard(fold_lower(typed))  # what the author typed is never taken away
    lemmas = {fold_lower(lemma) for reading in readings.values() for lemma in reading.lemmas}
    foreign = {}
    function_words: set[str] = set()
    for code in CODES:
        own = dictionary(code)
        if code in readings:
            others = {form for form in every - readings[code].forms if own.knows(form)}
        else:
            others = {form for form in every if own.is_other(form, lemmas)}
        function_words |= {form for form in others if own.is_function_word(form)}
        foreign[code] = tuple(sorted(others))
    foreign[ANY] = tuple(sorted(function_words))
    named = [(lemma, code) for code, reading in readings.items() for lemma in reading.lemmas]
    single = len({code for _, code in named}) == 1
    read_as = dict.fromkeys(lemma if single else f"{lemma} ({code})" for lemma, code in named)
    return Expansion(
        forms=_first(typed, every),
        foreign={code: forms for code, forms in foreign.items() if forms},
        read_as=() if typed.isupper() else tuple(read_as),
        guessed=_is_guessed(typed, readings.values()),
        function_word=_is_function_word(typed, readings),
    )


def _is_guessed(typed: str, readings: Iterable[Words]) -> bool:
    words = not is_abbreviation(typed) and not any(map(str.isdigit, typed))
    parts = [part for part in typed.lower().split("-") if part]
    known = all(any(dictionary(code).knows(part) for code in CODES) for part in parts)
    return words and all(reading.guessed for reading in readings) and not known


def _is_function_word(typed: str, readings: Mapping[str, Words]) -> bool:
    if is_abbreviation(typed):
        return False
    typed = typed.lower()
    known = [code for code in readings if dictionary(code).knows(typed)]
    return bool(known) and all(dictionary(code).is_only_function_word(typed) for code in known)


def _first(typed: str, forms: Iterable[str]) -> tuple[str, ...]:
    """Return the forms in a stable order; what the rule's author typed is always one of them."""
    itself = fold_lower(typed)
    return (itself, *sorted({*forms} - {itself}))
