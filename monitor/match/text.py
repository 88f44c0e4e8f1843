"""Text as it is compared: folded, cut into words and sentences, with the way back to the original.

Chains of `.replace` on purpose: `str.translate` on Cyrillic costs ten times as much.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

#: Text begins so many positions after the title, so that nothing near or adjacent spans both.
GAP = 1_000
#: Of a word with many hyphens, runs of at most so many parts count as words of their own.
_RUN = 3

_WORD = re.compile(r"\w+(?:'\w+)*(?:-\w+(?:'\w+)*)*")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_STRESS = re.compile("[\u0300\u0301]")
# A character with its marks, or characters that vanish.
_CLUSTER = re.compile(
    ".?(?:[\u00ad\u200b-\u200f\u2060\ufeff]*[\u0300-\u036f]+)+|[\u00ad\u200b-\u200f\u2060\ufeff]+",
    re.DOTALL,
)
_SAME_LENGTH = (
    ("ё", "е"),
    ("Ё", "Е"),
    ("’", "'"),
    ("ʼ", "'"),
    ("‘", "'"),
    ("`", "'"),
    ("´", "'"),
    ("ʹ", "'"),
    ("′", "'"),
    ("＇", "'"),
    ("‐", "-"),
    ("‑", "-"),
    ("_", " "),  # a word character to `re`, and the mark-up of bold text on Telegram
)
_END = re.compile(r"[.!?…]+[\"'»”’)\]]*\s+(?=[\"'«„“(\[—–-]*\s*[^\W\d_a-zа-яёіїєґў])|\n+\s*")
_ABBREVIATION = re.compile(
    r"(?:\b\w|\b(?:гг|ул|им|ім|вул|обл|тыс|тис|млн|млрд|руб|грн|стр|рис|см|ст|пос|смт|просп|"
    r"mr|mrs|ms|dr|st|gen|col|lt|capt|sgt|rep|sen|gov|no|vs))\.\s+$",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """Where a word or phrase stands: positions count words, offsets the field's characters."""

    first: int
    last: int
    start: int
    end: int


def fold(text: str) -> str:
    """Return text as it is compared, capitals left alone."""
    if not text.isascii():
        # Stress goes last: it composes with nothing Cyrillic, but makes an é of an e.
        text = _STRESS.sub("", unicodedata.normalize("NFC", _INVISIBLE.sub("", text)))
    return _replace(text)


def fold_lower(text: str) -> str:
    """Return text as it is compared, capitals ignored."""
    lowered = _replace(fold(text).lower())
    return lowered.replace("i\u0307", "i") if "\u0307" in lowered else lowered  # from İ


def words(folded: str) -> list[str]:
    """Return the words of a folded text, each hyphenated word whole."""
    return _WORD.findall(folded)


def pieces(word: str) -> Iterator[tuple[int, int, str]]:
    """Yield what a hyphenated or possessive word also counts as: first part, last part, spelling.

    The whole comes first. A long chain of hyphens yields its short runs, never all of them.
    """
    parts = word.split("-")
    count = len(parts)
    yield 0, count - 1, word
    for length in range(1, min(_RUN, count) + 1):
        for first in range(count - length + 1):
            run = "-".join(parts[first : first + length])
            if length < count:
                yield first, first + length - 1, run
            if run.endswith("'s"):
                yield first, first + length - 1, run[:-2]


def sentence_starts(text: str) -> list[int]:
    """Return the offsets at which sentences begin, the first included."""
    starts = [0]
    for end in _END.finditer(text):
        before = text[max(0, end.start() - 8) : end.end()]
        if "\n" in end[0] or not _ABBREVIATION.search(before):
            starts.append(end.end())
    return starts


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document, folded. Places refer to the original text."""

    name: str
    original: str
    folded: str
    #: original start and end of each folded character; None where both texts run in step
    offsets: tuple[Sequence[int], Sequence[int]] | None
    base: int  #: the position of its first word
    words: list[str] = field(repr=False)

    @classmethod
    def of(cls, name: str, original: str, base: int) -> "Field":
        """Fold and cut a text once."""
        folded, offsets = _with_offsets(original)
        return cls(name, original, folded, offsets, base, words(folded))

    @property
    def spellings(self) -> set[str]:
        """Return every word, and every piece of the compound ones."""
        found = set(self.words)
        if "-" in self.folded or "'s" in self.folded:
            compound = [word for word in found if "-" in word or word.endswith("'s")]
            found.update(spelled for word in compound for *_, spelled in pieces(word))
        return found

    def places(self, wanted: Collection[str], into: dict[str, list[Place]]) -> list[int]:
        """Add the places of the wanted words to `into`; return where each position starts."""
        starts: list[int] = []
        base = self.base
        for found in _WORD.finditer(self.folded):
            word = found[0]
            start = found.start()
            if "-" in word or word.endswith("'s"):
                self._add_compound(word, start, starts, wanted, into)
                continue
            if word in wanted:
                at = base + len(starts)
                into.setdefault(word, []).append(self._place(at, at, start, start + len(word)))
            starts.append(start)
        if self.offsets is not None:
            starts = [self.offsets[0][start] for start in starts]
        return starts

    def _add_compound(
        self,
        word: str,
        start: int,
        starts: list[int],
        wanted: Collection[str],
        into: dict[str, list[Place]],
    ) -> None:
        at = self.base + len(starts)
        edges = [start]
        for part in word.split("-"):
            edges.append(edges[-1] + len(part) + 1)
        starts.extend(edges[:-1])
        for first, last, spelled in pieces(word):
            if spelled in wanted:
                begin = edges[first]
                place = self._place(at + first, at + last, begin, begin + len(spelled))
                into.setdefault(spelled, []).append(place)

    def _place(self, first: int, last: int, start: int, end: int) -> Place:
        if self.offsets is None:
            return Place(first, last, start, end)
        return Place(first, last, self.offsets[0][start], self.offsets[1][end - 1])


def sentence_ranges(part: Field) -> list[tuple[int, int]]:
    """Return the positions of each sentence's first and last word."""
    starts = part.places((), {})
    ranges = []
    bounds = [*sentence_starts(part.original), len(part.original) + 1]
    for begin, end in pairwise(bounds):
        first = bisect_left(starts, begin)
        last = bisect_left(starts, end) - 1
        if last >= first:
            ranges.append((part.base + first, part.base + last))
    return ranges


def _replace(text: str) -> str:
    for old, new in _SAME_LENGTH:
        if old in text:
            text = text.replace(old, new)
    return text


def _with_offsets(original: str) -> tuple[str, tuple[Sequence[int], Sequence[int]] | None]:
    lowered = original.lower()
    if original.isascii():
        return _replace(lowered), None
    if (
        len(lowered) == len(original)
        and unicodedata.is_normalized("NFC", original)
        and not _INVISIBLE.search(original)
        and not _STRESS.search(original)
    ):
        return _replace(lowered), None
    folding = _Folding()
    at = 0
    for cluster in _CLUSTER.finditer(original):
        folding.add_plain(original[at : cluster.start()], at)
        folding.add(cluster[0], cluster.start())
        at = cluster.end()
    folding.add_plain(original[at:], at)
    return "".join(folding.folded), (folding.starts, folding.ends)


class _Folding:
    """A folded text as it grows, with where each of its characters comes from."""

    def __init__(self) -> None:
        self.folded: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, cluster: str, begin: int) -> None:
        """Add characters that can only be folded together."""
        piece = fold_lower(cluster)
        self.folded.append(piece)
        self.starts.extend([begin] * len(piece))
        self.ends.extend([begin + len(cluster)] * len(piece))

    def add_plain(self, stretch: str, begin: int) -> None:
        """Add a stretch without marks, at once unless its length would change."""
        piece = fold_lower(stretch)
        if len(piece) == len(stretch) and unicodedata.is_normalized("NFC", stretch):
            self.folded.append(piece)
            self.starts.extend(range(begin, begin + len(piece)))
            self.ends.extend(range(begin + 1, begin + len(piece) + 1))
            return
        for offset, character in enumerate(stretch, begin):
            self.add(character, offset)
