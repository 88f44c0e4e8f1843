"""Which documents have a hash: an inverted index that grows at the end and is let go of anywhere.

Segments are sorted arrays of hashes beside the documents that have them: six bytes a hash, no
objects. Few large ones are faster to look through than many small ones, so neighbours of about the
same size are merged; each hash is moved a handful of times in all. The newest few documents wait
in a dictionary until a segment is worth its while.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.stories.segment import SPAN, Ranges, Segment
from monitor.stories.sketch import Hashes

_FRESH = 64  # documents that wait for their segment
_GROWTH = 3  # segments are merged unless the older one is so many times as large
#: Of the hashes that are looked up, the rarest: those that so many documents have in all. What
#: every tenth document says tells none from another, and would cost the more the more there are.
_BUDGET = 3_000
_MOST = 12  # documents that have the most of these are counted out in full
_LIKELY = 0.5  # of the share that is asked for
_DAMPING = 3  # documents of a hash or two must not crowd out the others


class Overlap(NamedTuple):
    """A document that has some of the hashes that were looked up."""

    number: int
    common: int  #: how many
    size: int  #: how many it has in all


class Postings:
    """Numbers documents in the order in which they come, and finds them by their hashes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._segments: list[Segment] = []
        self._fresh: defaultdict[int, list[int]] = defaultdict(list)
        self._fresh_sizes: list[int] = []
        self._base = 0  # of the fresh ones
        self._dropped: set[int] = set()

    def add(self, hashes: Hashes) -> int:
        """Take a document; return its number."""
        number = self._base + len(self._fresh_sizes)
        self._fresh_sizes.append(len(hashes))
        for one in hashes.tolist():
            self._fresh[one].append(number)
        if len(self._fresh_sizes) == _FRESH:
            self._freeze()
        return number

    def drop(self, number: int) -> None:
        """Let go of a document. It may still be found until half of its neighbours go too."""
        self._dropped.add(number)
        for at, segment in enumerate(self._segments):
            if number in segment.numbers:
                segment.left -= 1
                if not segment.left:
                    del self._segments[at]
                    self._dropped.difference_update(segment.numbers)
                elif 2 * segment.left < segment.held:
                    self._segments[at] = self._without_dropped([segment])
                return

    def alike(self, hashes: Hashes, share: float) -> list[Overlap]:
        """Return documents that have such a share of the hashes, or these of theirs; most first.

        Of those that have as many, the newest come first.
        Only those are looked at that have a rare one of them, so that what it costs does not
        depend on how many documents there are; and no more than a dozen are returned.
        """
        if not len(hashes):
            return []
        ranges = [segment.find(hashes) for segment in self._segments]
        fresh = [self._fresh.get(one, ()) for one in hashes.tolist()]
        frequency = np.fromiter(map(len, fresh), np.int64, len(fresh))
        for first, last in ranges:
            frequency += last - first
        order = np.argsort(frequency, kind="stable")
        affordable = np.searchsorted(np.cumsum(frequency[order]), _BUDGET, "right")
        rare, common = order[:affordable], order[affordable:].tolist()
        found = [self._count_fresh([fresh[at] for at in rare.tolist()])]
        for segment, (first, last) in zip(self._segments, ranges, strict=True):
            found.append(segment.count(first[rare], last[rare]))
        numbers, hits, sizes = (np.concatenate(part) for part in zip(*found, strict=True))
        smaller = np.minimum(sizes, len(hashes))
        # Of the rare ones it must have about that share too; else it is not worth counting out.
        likely = hits >= _LIKELY * share * smaller * len(rare) / len(hashes)
        order = np.lexsort((-numbers, -hits / (smaller + _DAMPING)))
        best = order[likely[order]][:_MOST]
        counted = [
            Overlap(number, hit + self._others(number, common, fresh, ranges), size)
            for number, hit, size in zip(
                numbers[best].tolist(), hits[best].tolist(), sizes[best].tolist(), strict=True
            )
            if number not in self._dropped
        ]
        return [one for one in counted if one.common >= share * min(one.size, len(hashes))]

    def overlap(self, number: int, hashes: Hashes) -> Overlap:
        """Return what a document that was not dropped has of the hashes."""
        if number >= self._base:
            common = sum(number in self._fresh.get(one, ()) for one in hashes.tolist())
            return Overlap(number, common, self._fresh_sizes[number - self._base])
        segment = next(one for one in self._segments if number in one.numbers)
        first, last = segment.find(hashes)
        places = zip(first.tolist(), last.tolist(), strict=True)
        common = sum(segment.has(number, begin, end) for begin, end in places)
        return Overlap(number, common, int(segment.sizes[number - segment.base]))

    def _count_fresh(self, having: Sequence[Sequence[int]]) -> tuple[NDArray[Any], ...]:
        numbers, hits = np.unique(
            np.array([number for numbers in having for number in numbers], np.int64),
            return_counts=True,
        )
        sizes = [self._fresh_sizes[number - self._base] for number in numbers.tolist()]
        return numbers, hits, np.array(sizes, np.int64)

    def _others(
        self,
        number: int,
        missing: Sequence[int],
        fresh: Sequence[Sequence[int]],
        ranges: Sequence[Ranges],
    ) -> int:
        """Return how many of the more frequent hashes a document has."""
        if number >= self._base:
            return sum(number in fresh[at] for at in missing)
        for segment, (first, last) in zip(self._segments, ranges, strict=True):
            if number in segment.numbers:
                return sum(segment.has(number, int(first[at]), int(last[at])) for at in missing)
        return 0

    def _freeze(self) -> None:
        """Make a segment of the fresh documents, and merge it with those before it."""
        count = len(self._fresh_sizes)
        gone = self._dropped.intersection(range(self._base, self._base + count))
        left = count - len(gone)
        self._segments.append(Segment.of(self._base, self._fresh_sizes, self._fresh, left))
        self._base += count
        self._fresh.clear()
        self._fresh_sizes.clear()
        self._merge()

    def _merge(self) -> None:
        first = len(self._segments) - 1
        while first and self._is_due(first):
            first -= 1
        if first < len(self._segments) - 1:
            self._segments[first:] = [self._without_dropped(self._segments[first:])]

    def _is_due(self, at: int) -> bool:
        """Return whether the segment before is to be merged with all from here on."""
        before, newest = self._segments[at - 1], self._segments[-1]
        span = newest.base + newest.span - before.base
        own = sum(segment.left for segment in self._segments[at:])
        return span <= SPAN and before.left < _GROWTH * own

    def _without_dropped(self, segments: Sequence[Segment]) -> Segment:
        """Return neighbours as one segment."""
        dropped = [n for segment in segments for n in self._dropped.intersection(segment.numbers)]
        self._dropped.difference_update(dropped)
        return Segment.merged(segments, dropped)
