"""In which of nine languages a text is: by its letters first, then by a model and dictionaries."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from monitor.match.lid_fasttext import FastText
from monitor.match.lid_langdetect import LangDetect
from monitor.match.slavic import coverage
from monitor.match.text import fold_lower, words

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
_ENOUGH = 4_000  # characters: more of a text tells no more of its language
_ENOUGH_WORDS = 60
# How much the dictionaries and the source's own word count beside the model's logarithm.
_DICTIONARY = 12.0
_DECLARED = 2.5
_FLOOR = 0.01


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
        mixed = _is_mixed(letters, candidates)
        if mixed:
            candidates = ["ru", "uk"]
        if not self._by_letters:
            return Tongue(self._by_model(said, letters), mixed=mixed)
        if len(candidates) == 1:
            return Tongue(candidates[0], mixed=mixed)
        return Tongue(self._weighed(said, candidates, declared), mixed=mixed)

    def _latin(self, said: str, letters: Counter[str], declared: str | None) -> str:
        if self._by_letters and letters.keys() & set("ąćęłńśźż"):
            return "pl"
        scores = self._engine.score(said, ("en", "pl"))
        weight = {code: math.log(score + _FLOOR) for code, score in scores.items()}
        if declared in weight:
            weight[declared] += _DECLARED
        return max(weight, key=weight.__getitem__)

    def _by_model(self, said: str, letters: Counter[str]) -> str:
        kazakh = bool(letters.keys() & _KAZAKH_ONLY)
        among = [code for code in LANGUAGES if code != "kk" or kazakh]
        scores = self._engine.score(said, among)
        return max(among, key=scores.__getitem__)

    def _weighed(self, said: str, candidates: list[str], declared: str | None) -> str:
        scores = self._engine.score(said, candidates)
        known = _known(said)
        weight = {
            code: math.log(scores[code] + _FLOOR)
            + _DICTIONARY * known[code]
            + (_DECLARED if code == declared else 0.0)
            for code in candidates
        }
        return max(candidates, key=weight.__getitem__)

    @cached_property
    def _engine(self) -> _Engine:
        return LangDetect() if self._name == "langdetect" else FastText()


def _explaining(letters: Mapping[str, int]) -> list[str]:
    """Return the languages whose alphabets explain the most of the Cyrillic letters."""
    among = [c for c in _ALPHABETS if c != "kk" or letters.keys() & _KAZAKH_ONLY]
    explained = {code: sum(letters.get(letter, 0) for letter in _ALPHABETS[code]) for code in among}
    most = max(explained.values())
    return [code for code in among if explained[code] == most]


def _is_mixed(letters: Mapping[str, int], candidates: list[str]) -> bool:
    # Belarusian and Kazakh have letters of both by nature.
    if "ў" in letters or candidates in (["be"], ["kk"]):
        return False
    return bool(letters.keys() & _ONLY_RUSSIAN and letters.keys() & _ONLY_UKRAINIAN)


def _known(said: str) -> dict[str, float]:
    """Return which part of the words each language's dictionary knows, as far as we can tell."""
    sample = [word for word in dict.fromkeys(words(fold_lower(said))) if len(word) > 1]
    sample = [word for word in sample if word[0] >= "\u0400"][:_ENOUGH_WORDS]
    if not sample:
        return dict.fromkeys(LANGUAGES, 0.0)
    known = {code: coverage(sample, code) / len(sample) for code in ("ru", "uk")}
    # Their neighbours have no dictionary here: what neither of the two knows is likely theirs.
    return dict.fromkeys(LANGUAGES, 1.0 - max(known.values())) | known
