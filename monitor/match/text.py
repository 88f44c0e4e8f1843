"""Text as it is compared: folded, cut into words and sentences, with the way back to the original.

Chains of `.replace` on purpose: `str.translate` on Cyrillic costs ten times as much.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

#: Text begins so many positions after the title, so that nothing near or adjacent spans both.
GAP = 1_000
#: Of a word with many hyphens, runs of at most so many parts count as words of their own.
_RUN = 3

#: Latin letters that look like Cyrillic ones, small or capital, and what they look like.
LOOKALIKES: Mapping[int, int] = str.maketrans("aceopxyiABCEHKMOPTXYI", "асеорхуіАВСЕНКМОРТХУІ")

# In folded text capitals are gone: a small h may have been the capital that looks like Н.
_TO_CYRILLIC = {ord(chr(a).lower()): ord(chr(b).lower()) for a, b in LOOKALIKES.items()}
_TO_CYRILLIC |= LOOKALIKES
_TO_LATIN = {cyrillic: latin for latin, cyrillic in _TO_CYRILLIC.items()}

_WORD = re.compile(r"\w++(?:['-]\w++)*+")  # possessive: nothing is ever tried twice
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_STRESS = re.compile("[\u0300\u0301]")
_MARK = re.compile("[\u0300-\u036f]")
_UNEVEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0300-\u036f]")  # either of these
# A character with its marks, or characters that vanish.
_CLUSTER = re.compile(
    ".?(?:[\u00ad\u200b-\u200f\u2060\ufeff]*[\u0300-\u036f]+)+|[\u00ad\u200b-\u200f\u2060\ufeff]+",
    re.DOTALL,
)
_SAME_LENGTH = (
    ("ё", "е"),
    ("Ё", "Е"),
    ("ѐ", "е"),  # with a grave accent: stress, in Russian and Ukrainian texts
    ("Ѐ", "Е"),
    ("ѝ", "и"),
    ("Ѝ", "И"),
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
# Possessive, and never begun inside of dots: a line of dots costs what it is long.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'»”’)\]]*+\s++(?=[\"'«„“(\[—–-]*+\s*+[^\W\d_a-zа-яёіїєґў])|\n++\s*+"
)
_LATIN = re.compile("[a-zA-Z]")
_NOT_LATIN = re.compile(r"[^\W\d_a-zA-Z]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_NOT_CYRILLIC = re.compile(r"[^\W\d_\u0400-\u04ff]")
_ABBREVIATION = re.compile(
    r"(?:\b\w|\b(?:гг|ул|им|ім|вул|обл|тыс|тис|млн|млрд|руб|грн|стр|рис|см|ст|пос|смт|просп|"
    r"mr|mrs|ms|dr|st|gen|col|lt|capt|sgt|rep|sen|gov|no|vs))\.\s+$",
    re.IGNORECASE,
)


#: What a word also counts as: its first part, its last part, its tail (see `Place`), its spelling.
Piece = tuple[int, int, int, str]

#: The original start and end of each folded character.
_Offsets = tuple[Sequence[int], Sequence[int]]


class Place(NamedTuple):
    """Where a word or phrase stands, in words; each part of a hyphenated one is one."""

    first: int
    last: int
    #: how many characters of the last word do not belong: -2 where it stands with its 's
    tail: int = 0


_new = tuple.__new__  # what a NamedTuple calls itself, without the call in between


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


def pieces(word: str) -> Iterator[Piece]:
    """Yield what a hyphenated or possessive word also counts as.

    The whole comes first. A long chain of hyphens yields its short runs, never all of them.
    """
    parts = word.split("-")
    count = len(parts)
    yield 0, count - 1, 0, word
    for length in range(1, min(_RUN, count) + 1):
        for first in range(count - length + 1):
            run = "-".join(parts[first : first + length]) if length > 1 else parts[first]
            if length < count:
                yield first, first + length - 1, 0, run
            if run.endswith("'s"):
                yield first, first + length - 1, -2, run[:-2]


def lookalikes(word: str) -> Iterator[str]:
    """Yield what a word that mixes Latin and Cyrillic letters may be meant as, if anything.

    "Мoсква" with a Latin o is Москва. A part that would still be mixed stays as it is.
    """
    parts = word.split("-")
    for table, stranger in ((_TO_CYRILLIC, _NOT_CYRILLIC), (_TO_LATIN, _NOT_LATIN)):
        meant = [
            alike
            if _LATIN.search(part)
            and _CYRILLIC.search(part)
            and not stranger.search(alike := part.translate(table))
            else part
            for part in parts
        ]
        if meant != parts:
            yield "-".join(meant)


def readings(word: str) -> list[Piece]:
    """Return the pieces of a word as it is written and as it may be meant, each once."""
    if word.isascii() or not _LATIN.search(word):
        return [*pieces(word)]
    meant = (word, *lookalikes(word))
    return [*dict.fromkeys(piece for one in meant for piece in pieces(one))]


def sentence_starts(text: str) -> list[int]:
    """Return the offsets at which sentences begin, the first included."""
    starts = [0]
    for end in _END.finditer(text):
        before = text[max(0, end.start() - 8) : end.end()]
        if "\n" in end[0] or not _ABBREVIATION.search(before):
            starts.append(end.end())
    return starts


class Field:
    """One field of a document, folded and cut once. What only some rules need waits until then."""

    def __init__(self, name: str, original: str, base: int) -> None:
        """Take a text, and the position of its first word."""
        self.name = name
        self.original = original
        self.base = base
        self.folded, self._where = _fold_with_offsets(original)
        self.words = words(self.folded)
        self.spellings = set(self.words)  #: every word and every piece of one
        # The words that count as more than what is written, each with what it counts as.
        self._compound = {word: readings(word) for word in self._find_compound()}
        for pieces_of_it in self._compound.values():
            self.spellings.update([spelled for *_, spelled in pieces_of_it])

    @cached_property
    def size(self) -> int:
        """Return how many positions there are."""
        hyphens = sum(word.count("-") for word in self.words) if "-" in self.folded else 0
        return len(self.words) + hyphens

    def places(self, spelled: str) -> list[Place]:
        """Return where a word, or a piece of one, stands."""
        whole, pieced = self.positions
        found = [_new(Place, (at, at, 0)) for at in whole.get(spelled, ())]
        return found + pieced[spelled] if spelled in pieced else found

    def range(self, place: Place) -> tuple[int, int]:
        """Return from where to where in the original something stands."""
        starts, ends = self._edges
        start = starts[place.first - self.base]
        end = ends[place.last - self.base] + place.tail
        if self._offsets is None:
            return start, end
        return self._offsets[0][start], self._offsets[1][end - 1]

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Return the positions of each sentence's first and last word."""
        starts, _ = self._edges
        if self._offsets is not None:
            starts = [self._offsets[0][start] for start in starts]
        ranges = []
        for begin, end in pairwise([*sentence_starts(self.original), len(self.original) + 1]):
            first = bisect_left(starts, begin)
            last = bisect_left(starts, end) - 1
            if last >= first:
                ranges.append((self.base + first, self.base + last))
        return ranges

    def _find_compound(self) -> list[str]:
        """Return the words that count as more than what is written."""
        found = [word for word in self.spellings if "-" in word]
        if "'s" in self.folded:
            found += [word for word in self.spellings if word.endswith("'s") and "-" not in word]
        # Most documents have no other word of two alphabets: ask once for all words that may be.
        rest = [word for word in self.spellings if "-" not in word and not word.isascii()]
        if _LATIN.search("".join(rest)):
            found += [word for word in rest if _LATIN.search(word)]
        return found

    def pairs_of_pieces(self) -> Iterator[tuple[str, str]]:
        """Yield, of the words that stand side by side, those of which one is but a piece of one."""
        compound = self._compound
        for at in [at for at, word in enumerate(self.words) if word in compound]:
            its = compound[self.words[at]]
            following: dict[int, list[str]] = defaultdict(list)
            for first, _, _, spelled in its:
                following[first].append(spelled)
            if at:
                before = self.words[at - 1]
                yield from [(before, spelled) for spelled in following[0]]
            if at + 1 < len(self.words):
                after = self.words[at + 1]
                begun = (
                    [p[3] for p in compound[after] if p[0] == 0] if after in compound else [after]
                )
                following[its[0][1] + 1] = begun
            for _, last, _, spelled in its:
                for other in following.get(last + 1, ()):
                    yield spelled, other

    @cached_property
    def positions(self) -> tuple[dict[str, list[int]], dict[str, list[Place]]]:
        """Return the positions of the words that are just one, and the places of the others."""
        whole: dict[str, list[int]] = defaultdict(list)
        pieced: dict[str, list[Place]] = defaultdict(list)
        compound = self._compound
        at = self.base
        for word in self.words:
            if word in compound:
                for first, last, tail, spelled in compound[word]:
                    pieced[spelled].append(Place(at + first, at + last, tail))
                at += word.count("-")
            else:
                whole[word].append(at)
            at += 1
        return whole, pieced

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        """Return where each position starts and ends in the folded text."""
        starts: list[int] = []
        ends: list[int] = []
        folded = self.folded
        end = 0
        for word in self.words:
            # What stands between two words could begin none, so this finds the word itself.
            start = folded.find(word, end)
            end = start + len(word)
            if "-" in word:
                for part in word.split("-"):
                    starts.append(start)
                    ends.append(start + len(part))
                    start += len(part) + 1
            else:
                starts.append(start)
                ends.append(end)
        return starts, ends

    @cached_property
    def _offsets(self) -> _Offsets | None:
        return None if self._where is None else self._where()


def _replace(text: str) -> str:
    for old, new in _SAME_LENGTH:
        if old in text:
            text = text.replace(old, new)
    return text


def _fold_with_offsets(original: str) -> tuple[str, Callable[[], _Offsets] | None]:
    """Return the folded text, and unless both run in step, what tells their offsets."""
    lowered = original.lower()
    if original.isascii():
        return _replace(lowered), None
    in_step = not _UNEVEN.search(original)
    text = original if in_step else _INVISIBLE.sub("", original)
    lowered = lowered if in_step else text.lower()
    if (
        len(lowered) == len(text)
        and (in_step or not _MARK.search(text))
        and unicodedata.is_normalized("NFC", text)
    ):
        return _replace(lowered), None if in_step else lambda: _visible(original)
    folding = _Folding()
    at = 0
    for cluster in _CLUSTER.finditer(original):
        folding.add_plain(original[at : cluster.start()], at)
        folding.add(cluster[0], cluster.start())
        at = cluster.end()
    folding.add_plain(original[at:], at)
    return "".join(folding.folded), lambda: (folding.starts, folding.ends)


def _visible(original: str) -> _Offsets:
    """Return the offsets of the characters that do not vanish."""
    starts = [at for at, character in enumerate(original) if not _INVISIBLE.match(character)]
    return starts, [at + 1 for at in starts]


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
