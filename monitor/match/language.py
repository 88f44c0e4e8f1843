"""In which of nine languages a text is: by its letters first, then by a model and dictionaries."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Protocol

from monitor.match.lid_fasttext import FastText
from monitor.match.lid_langdetect import LangDetect
from monitor.match.lid_words import by_dictionary, by_ending, by_frequent
from monitor.match.text import fold, fold_lower, words
from monitor.match.words.slavic import coverage

LANGUAGES = ("ru", "uk", "be", "bg", "sr", "mk", "kk", "pl", "en")

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_KAZAKH_ONLY = frozenset("әғқңөұүһ")
_ALPHABETS = {
    "ru": frozenset(_RUSSIAN),
    "uk": frozenset("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "be": frozenset("абвгдеёжзійклмнопрстуўфхцчшыьэюя"),
    "bg": frozenset("абвгдежзийклмнопрстуфхцчшщъьюя"),
    "sr": frozenset("абвгдђежзијклљмнњопрстћуфхцчџш"),
    "mk": frozenset("абвгдѓежзѕијклљмнњопрстќуфхцчџш"),
    "kk": frozenset(_RUSSIAN) | _KAZAKH_ONLY | {"і"},
}
_ONLY_RUSSIAN = frozenset("ыэёъ")
_ONLY_UKRAINIAN = frozenset("іїєґ")
_LATIN = re.compile("[a-zà-ɏ]+", re.IGNORECASE)
_ENOUGH = 4_000  # characters: more of a text tells no more of its language
_ENOUGH_WORDS = 60
_LEAD = 1_000  # characters that hold so many words
# How much the source's own word, and what we mostly read, count beside the model's logarithm.
_DECLARED = 2.5
_PRIOR = 0.5
_WITHOUT = -3.0  # the logarithm of the part of Kazakh headlines without one of its own letters
_FEW = 20  # letters: of shorter texts the model is often sure and wrong
_FLOOR = 0.01
_NEARLY = 0.9
_SHORT = 30


@dataclass(frozen=True, slots=True)
class Tongue:
    """What language a text is in."""

    code: str | None  #: one of nine; None where the text has no letters
    mixed: bool = False  #: it holds letters of Russian and of Ukrainian that the other lacks


class _Engine(Protocol):
    def score(self, text: str, languages: Collection[str]) -> dict[str, float]: ...


class LanguageIdentifier:
    """Tells the language of documents; loads what it needs when it first needs it."""

    def __init__(self, engine: str = "letters+fasttext") -> None:
        """Take the engine by the name it has in the configuration."""
        *first, self._name = engine.split("+")
        self._by_letters = first == ["letters"]

    def identify(self, title: str, text: str, declared: str | None) -> Tongue:
        """Return the language of a document whose source declares, as a rule, another or none."""
        said = f"{title}\n{text}"[:_ENOUGH]
        letters = Counter(filter(str.isalpha, said.lower()))
        cyrillic = sum(count for letter, count in letters.items() if "\u0400" <= letter <= "\u04ff")
        if not letters:
            return Tongue(None)
        if 4 * cyrillic < letters.total():
            return Tongue(self._latin(said, letters, declared))
        candidates = _explaining(letters)
        mixed = _is_mixed(letters, candidates) or (candidates == ["be"] and _is_quoting(said))
        if mixed:
            candidates = ["ru", "uk"]
        if not self._by_letters:
            return Tongue(self._by_model(said, letters), mixed=mixed)
        if len(candidates) == 1:
            return Tongue(candidates[0], mixed=mixed)
        return Tongue(self._weighed(said, candidates, declared), mixed=mixed)

    def _latin(self, said: str, letters: Counter[str], declared: str | None) -> str:
        if not self._by_letters:
            scores = self._engine.score(said, ("en", "pl"))
            return max(scores, key=scores.__getitem__)
        if letters.keys() & set("ąćęłńśźż"):
            return "pl"
        # Every third Polish word has a letter of its own, so a text that has none is rarely Polish.
        weight = self._model(said, ("en", "pl"), declared)
        weight["en"] += _PRIOR
        for code, more in by_frequent(_sample(said, cyrillic=False), ("en", "pl")).items():
            weight[code] += more
        return max(weight, key=weight.__getitem__)

    def _by_model(self, said: str, letters: Counter[str]) -> str:
        kazakh = bool(letters.keys() & _KAZAKH_ONLY)
        among = [code for code in LANGUAGES if code != "kk" or kazakh]
        scores = self._engine.score(said, among)
        return max(among, key=scores.__getitem__)

    def _weighed(self, said: str, candidates: list[str], declared: str | None) -> str:
        sample = _sample(said)
        longer = [word for word in sample if len(word) > 1]
        evidence = (
            # Latin names are of no language, but the model thinks they are.
            self._model(_LATIN.sub(" ", said), candidates, declared),
            by_frequent(sample, candidates),
            by_dictionary(longer, _names(said), candidates),
            by_ending(longer, candidates),
            dict.fromkeys(("ru", "uk"), _PRIOR),
            {} if _KAZAKH_ONLY & set(said.lower()) else {"kk": _WITHOUT},
        )
        weight = {code: sum(says.get(code, 0.0) for says in evidence) for code in candidates}
        return max(candidates, key=weight.__getitem__)

    def _model(
        self, said: str, candidates: Collection[str], declared: str | None
    ) -> dict[str, float]:
        scores = self._engine.score(said, candidates)
        trust = min(1.0, sum(map(str.isalpha, said)) / _FEW)
        return {
            code: trust * math.log(scores[code] + _FLOOR) + (_DECLARED if code == declared else 0.0)
            for code in candidates
        }

    @cached_property
    def _engine(self) -> _Engine:
        return LangDetect() if self._name == "langdetect" else FastText()


def _explaining(letters: Mapping[str, int]) -> list[str]:
    """Return the languages whose alphabets explain the most of the Cyrillic letters."""
    # The Kazakh alphabet holds the Russian one and і. Every seventh letter of Kazakh is its own, so
    # only a short text may lack them; and one with ы and і is in two languages, or Belarusian.
    short = sum(letters.values()) < _SHORT and "і" not in letters
    kazakh = short or letters.keys() & _KAZAKH_ONLY
    among = [code for code in _ALPHABETS if code != "kk" or kazakh]
    explained = {code: sum(letters.get(letter, 0) for letter in _ALPHABETS[code]) for code in among}
    most = max(explained.values())
    if "ў" in letters and explained["be"] >= _NEARLY * most:
        return ["be"]  # whoever is quoted in it
    return [code for code in among if explained[code] == most]


def _is_mixed(letters: Mapping[str, int], candidates: list[str]) -> bool:
    # Belarusian and Kazakh have letters of both by nature.
    if "ў" in letters or candidates in (["be"], ["kk"]):
        return False
    return bool(letters.keys() & _ONLY_RUSSIAN and letters.keys() & _ONLY_UKRAINIAN)


def _is_quoting(said: str) -> bool:
    """Return whether what looks like Belarusian, by і and ы, is Ukrainian with Russian in it."""
    sample = [word for word in _sample(said) if len(word) > 1]
    russian = [word for word in sample if _ONLY_RUSSIAN & set(word)]
    ukrainian = [word for word in sample if _ONLY_UKRAINIAN & set(word)]
    if not russian or not ukrainian or "ў" in said.lower():
        return False
    return (
        coverage(russian, "ru") == len(russian)
        and coverage(ukrainian, "uk") == len(ukrainian)
        and max(coverage(sample, "ru"), coverage(sample, "uk")) >= len(sample) / 2
    )


def _sample(said: str, *, cyrillic: bool = True) -> list[str]:
    """Return the first words that are written in one alphabet, each once."""
    found = (word for word in dict.fromkeys(words(fold_lower(said[:_LEAD]))) if word[0].isalpha())
    return list(islice((w for w in found if (w[0] >= "\u0400") == cyrillic), _ENOUGH_WORDS))


def _names(said: str) -> dict[str, bool]:
    """Return which words are capitalised; neither the first, nor those of a text in capitals."""
    if said.isupper():
        return {}
    return {fold_lower(word): word[0].isupper() for word in words(fold(said))[1:]}
