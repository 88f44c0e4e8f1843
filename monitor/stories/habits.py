"""What a source says whatever happens: its signature, the wording of its daily report.

"Subscribe to our channel" makes half of a short post. What one source says in one story after the
other tells none from another, and is left out when its texts are likened.

Unless both texts are the same but for a few words, as of one who only ever says that a bridge is
closed and that it is open: nothing would be left by which to know another's copy.
"""

from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from monitor.stories.guard import share
from monitor.stories.sketch import Hashes, Sketch

_OFTEN = 2  # times that it was said in two stories, one right after the other
_SERIES = 2 / 3  # of the shorter text: what two texts share that are notices of one series
_KEPT = 100  # of each source, those said last


@dataclass(slots=True)
class _Source:
    story_id: int
    last: Sketch
    shingles: dict[int, int] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)


class Habits:
    """What each source says again and again."""

    def __init__(self) -> None:
        """Know of none."""
        self._sources: dict[str, _Source] = {}

    def learn(self, source: str, story_id: int, sketch: Sketch) -> None:
        """Take what a source says next; what it says of the same story is no habit."""
        known = self._sources.get(source)
        if known is None:
            self._sources[source] = _Source(story_id, sketch)
            return
        if known.story_id != story_id and not _is_series(known.last.shingles, sketch.shingles):
            _count(known.shingles, known.last.shingles, sketch.shingles)
            _count(known.numbers, known.last.numbers, sketch.numbers)
        known.story_id, known.last = story_id, sketch

    def without(self, source: str, sketch: Sketch) -> Sketch:
        """Return what a document says besides."""
        known = self._sources.get(source)
        if known is None:
            return sketch
        shingles = _besides(known.shingles, sketch.shingles)
        numbers = _besides(known.numbers, sketch.numbers)
        if shingles is sketch.shingles and numbers is sketch.numbers:
            return sketch
        return replace(sketch, shingles=shingles, numbers=numbers)


def _is_series(before: Hashes, now: Hashes) -> bool:
    return share(before, now) >= _SERIES


def _count(times: dict[int, int], before: Hashes, now: Hashes) -> None:
    for one in np.intersect1d(before, now, assume_unique=True).tolist():
        times[one] = times.pop(one, 0) + 1  # and moves to the end
    for one in [*islice(times, max(0, len(times) - _KEPT))]:
        del times[one]


def _besides(times: dict[int, int], hashes: Hashes) -> Hashes:
    own = [times.get(one, 0) < _OFTEN for one in hashes.tolist()]
    return hashes if all(own) else hashes[np.array(own, np.bool_)]
