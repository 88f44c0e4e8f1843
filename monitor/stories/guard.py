"""Whether two texts that are alike tell the same event: the same figures, the same names.

No measure of text tells yesterday's report from today's, which has other figures in the same words.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from monitor.stories.sketch import SHORT, Hashes, Sketch

#: Shingles that two texts have in common, of those that the smaller one has. Of 1,700 pairs of
#: different texts one reaches 0.40; copies do, shortened, extended and edited.
ALIKE = 0.40
#: Figures and names that the one with fewer of them shares with the other.
AGREEING = 0.5
#: The same by the same source: what it says anew in old words tells other facts.
AGREEING_WITH_ITSELF = 0.8
#: What a source adds to its own story repeats how it began; that is news, and no copy.
ALIKE_ITSELF = 0.60
#: How long a source tells the same event again: a flash at length, a text that it corrects and
#: sends anew. In the same words later, the bridge is closed a second time.
AGAIN = timedelta(minutes=30)
#: What it sends anew is all there but for a corrected word; "opened" for "closed" is another event.
RESENT = 0.95
#: So many times as many words has a flash that is told at length. «Отбой» adds but one.
AT_LENGTH = 1.5
#: A short text says so little that most of it must be the same.
ALIKE_SHORT = 0.6
#: How long a short text can be copied: what is said in these words later is another event.
SHORT_WINDOW = timedelta(hours=6)
#: Fewer words that mean something, as of an alarm: the same words, and by somebody else.
TINY = 6
ALIKE_TINY = 0.8  # of all the shingles of both: «отбой» makes another event of an alarm
TINY_WINDOW = timedelta(minutes=30)
#: Of words that Russian and Ukrainian have in common. Texts of one event share 0.38 and more of
#: them, of one place or one subject at most 0.2, and one pair in a thousand of others that much.
KINDRED = 0.30
#: Of names, figures and those words together: enough to have a closer look.
ALIKE_ABROAD = 0.15
_AT_LEAST = 3  # shingles
_KIN_AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of two texts, the later one first."""

    sizes: tuple[int, int]  #: shingles
    words: tuple[int, int]
    common: int  #: shingles
    numbers: float  #: shares: see `share`
    names: float
    same_source: bool  #: whether the later one's source told the story of the earlier one before
    apart: timedelta  #: in time: from the earlier text; from when the source first told the story

    @property
    def likeness(self) -> float:
        """Return the containment of the smaller text's shingles in the other one's."""
        return self.common / min(self.sizes)


def share(one: Hashes, other: Hashes) -> float:
    """Return how many of the one with fewer hashes the other has too, of all; 1 of none."""
    least = min(len(one), len(other))
    if not least:
        return 1.0
    return len(np.intersect1d(one, other, assume_unique=True)) / least


def is_alike(pair: Pair) -> bool:
    """Return whether the words are so much the same that one may be a copy of the other."""
    if not all(pair.sizes):
        return False
    if max(pair.words) < TINY:
        union = sum(pair.sizes) - pair.common
        return pair.common >= ALIKE_TINY * union
    if min(pair.words) < SHORT:
        return pair.common >= _AT_LEAST and pair.likeness >= ALIKE_SHORT
    return pair.likeness >= (ALIKE_ITSELF if pair.same_source else ALIKE)


def is_same_event(pair: Pair) -> bool:
    """Return whether texts that are alike tell the same event, and no other one of a series."""
    needed = AGREEING_WITH_ITSELF if pair.same_source else AGREEING
    if min(pair.numbers, pair.names) < needed:
        return False
    if pair.same_source:
        return is_soon(pair.apart) and _says_again(pair)
    if min(pair.words) >= SHORT:
        return True
    return pair.apart <= (TINY_WINDOW if max(pair.words) < TINY else SHORT_WINDOW)


def is_soon(apart: timedelta) -> bool:
    """Return whether a source that told a story so long ago may still be at it."""
    return apart <= AGAIN


def is_edited(pair: Pair) -> bool | None:
    """Return whether a text can be an earlier one that was edited; None where one is empty."""
    if not all(pair.sizes):
        return None
    return pair.likeness >= (ALIKE_SHORT if min(pair.words) < SHORT else ALIKE)


def tells_the_same_abroad(one: Sketch, other: Sketch) -> float:
    """Return how much a text shares with one in the other language; 0 where it is no such text.

    Names, figures and other words must all agree: it is better to tell a story twice.
    """
    names = share(one.marks, other.marks)
    if not (len(one.marks) and len(other.marks)) or names < AGREEING:
        return 0.0
    kindred = share(one.kin, other.kin)
    least = min(len(one.kin), len(other.kin))
    if share(one.numbers, other.numbers) < AGREEING or least * kindred < _KIN_AT_LEAST:
        return 0.0
    return kindred if kindred >= KINDRED else 0.0


def _says_again(pair: Pair) -> bool:
    """Return whether a source says what it just said: at length, or once more but for a slip."""
    new, old = pair.words
    at_length = new >= AT_LENGTH * old
    if min(pair.words) < SHORT:
        return at_length and pair.common == pair.sizes[1]  # nothing of it was taken back
    return at_length or pair.likeness >= RESENT
