"""What likens one text to another, in some hundred numbers: pairs of words, figures, names.

Only the beginning of a text is looked at. It says what the text is about, copies share it, and a
text of a megabyte costs no more than another.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from monitor.match.text import fold, fold_lower, sentence_starts, words
from monitor.match.words import lemmas
from monitor.stories.skeleton import EVERYDAY, skeleton

Hashes = NDArray[np.uint32]

#: Words of a title and a text that are looked at.
BEGINNING = 400
#: Words that mean something, function words left out: a text of fewer is soon like another.
SHORT = 12

_VERSION = 1
_READ = 40 * BEGINNING  # characters of each, before anything else is done with them
_LONGEST = 64  # letters of a word: what is looked up is remembered for a while
_BEGINS = 0  # stands before the first word of a sentence
_KIN = 100  # words of a field that are looked at for kin
_TELLING = 4  # consonants that two words do not have in common by chance
_HEAD = struct.Struct("<B2s6H")
# Nothing here looks far ahead in vain: what a text costs must not grow with its square.
_LINK = re.compile(
    r"\]\([^\s()]{0,2000}+\)|https?://\S+|\b(?:www|t)\.[^\s/]{1,253}+/\S*|(?<!\w)@\w+"
)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # one word of S.T.A.L.K.E.R., not seven
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_LOUD = 0.6  # of the words of a sentence in capitals: these are no names, it is a headline


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a text is likened by. All hashes are sorted, each once, and the same everywhere."""

    language: str  #: "" where nobody knows
    words: int  #: how many of those that were looked at mean something
    shingles: Hashes  #: of each two lemmas that stand side by side, and of each that begins
    numbers: Hashes
    names: Hashes  #: lemmas of words with a capital
    marks: Hashes  #: names as Russian and Ukrainian have in common, but for everyday ones
    kin: Hashes  #: other words that the two have in common: обстрел, обстріл

    @property
    def is_short(self) -> bool:
        """Return whether it says so little that other events are told in the same words."""
        return self.words < SHORT

    def to_bytes(self) -> bytes:
        """Return it as it is kept: four bytes a hash, on every machine the same."""
        parts = (self.shingles, self.numbers, self.names, self.marks, self.kin)
        head = _HEAD.pack(
            _VERSION, self.language.encode()[:2].ljust(2), self.words, *map(len, parts)
        )
        return head + b"".join(part.astype("<u4").tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self | None:
        """Return what was kept; None where another version of the program kept it."""
        if len(kept) < _HEAD.size or kept[0] != _VERSION:
            return None
        _, language, count, *lengths = _HEAD.unpack_from(kept)
        if len(kept) != _HEAD.size + 4 * sum(lengths):
            return None
        parts, at = [], _HEAD.size
        for length in lengths:
            parts.append(np.frombuffer(kept, "<u4", length, at).astype(np.uint32))
            at += 4 * length
        return cls(language.decode().strip(), count, *parts)


def sketch(title: str, text: str, language: str | None) -> Sketch:
    """Return what likens a document to others. What its text repeats of the title counts once."""
    code = language or ""
    found = _Found(code)
    for field in _fields(title, text):
        found.read(field)
    return Sketch(
        language=code[:2] if code.isascii() else "",
        words=found.meaning,
        shingles=_shingles(found.runs),
        numbers=_hashes(found.numbers),
        names=_hashes(found.names),
        marks=_hashes(found.marks),
        kin=_hashes(one for one in found.kin if len(one) >= _TELLING),
    )


def _fields(title: str, text: str) -> Iterator[str]:
    title, text = _plain(title[:_READ]), _plain(text[:_READ])
    said = words(fold_lower(title))
    if said and words(fold_lower(text[: 3 * len(title) + 40]))[: len(said)] != said:
        yield title
    yield text


def _plain(text: str) -> str:
    text = _THOUSANDS.sub("", _LINK.sub(" ", text))
    return _INITIALS.sub(lambda found: found[0].replace(".", ""), text)


class _Found:
    """What was read so far."""

    def __init__(self, code: str) -> None:
        self.meaning = 0
        self.runs: list[list[int]] = []
        self.numbers: set[str] = set()
        self.names: set[str] = set()
        self.marks: set[str] = set()
        self.kin: set[str] = set()
        self._code = code
        self._has_kin = code in {"ru", "uk"}
        self._left = BEGINNING

    def read(self, field: str) -> None:
        run: list[int] = []
        self.runs.append(run)
        starts = [*sentence_starts(field), len(field)]
        for begin, end in pairwise(starts):
            said = [one[:_LONGEST] for one in words(fold(field[begin:end]))[: self._left]]
            if said:
                self._left -= len(said)
                self._read_sentence(said, run)
                self._read_numbers(field[begin:end])
            if not self._left:
                return

    def _read_sentence(self, said: Sequence[str], run: list[int]) -> None:
        begun = len(run)
        loud = sum(map(str.isupper, said)) >= _LOUD * len(said)
        for at, word in enumerate(said):
            lowered = word.lower()
            lemma = lemmas.lemma(lowered, self._code)
            run.append(zlib.crc32(lemma.form.encode()))
            self.meaning += not lemma.closed
            if word != lowered and not lemma.closed:
                self._read_name(lowered, lemma.form, sure=at > 0 and not loud)
            elif self._has_kin and len(run) <= _KIN and not lemma.closed and word.isalpha():
                self.kin.add(skeleton(lemma.form))
        if len(run) - begun > 1:
            # A sentence that begins otherwise says something else: «Отбой воздушной тревоги».
            self.runs.append([_BEGINS, run[begun]])

    def _read_name(self, word: str, lemma: str, *, sure: bool) -> None:
        if word[0].isdigit() or len(word) < 2:
            return
        called = lemmas.name(word, self._code)
        if sure or called.proper:
            self.names.add(lemma)
            if self._has_kin:
                self.marks |= {skeleton(form) for form in called.forms} - EVERYDAY - {""}

    def _read_numbers(self, sentence: str) -> None:
        figures = (found[0].replace(",", ".") for found in _FIGURE.finditer(sentence))
        self.numbers.update(islice(figures, BEGINNING - len(self.numbers)))


def _shingles(runs: Iterable[Sequence[int]]) -> Hashes:
    pairs: list[NDArray[Any]] = []
    for run in runs:
        lemma = np.array(run, np.uint64)
        pairs.append((lemma[:-1] << np.uint64(32)) | lemma[1:])
    mixed = np.concatenate(pairs) if pairs else np.empty(0, np.uint64)
    # One round of splitmix: CRCs are linear, so neighbours must not cancel each other out.
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))


def _hashes(found: Iterable[str]) -> Hashes:
    return np.unique(np.array([zlib.crc32(one.encode()) for one in found], np.uint32))
