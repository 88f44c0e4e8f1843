"""Which documents have a hash: an inverted index that grows at the end and is let go of anywhere.

Segments are sorted arrays of hashes beside the documents that have them: six bytes a hash, no
objects. Few large ones are faster to look through than many small ones, so neighbours of about the
same size are merged; each hash is moved a handful of times in all. The newest few documents wait
in a dictionary until a segment is worth its while.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.stories.sketch import Hashes

_FRESH = 64  # documents that wait for their segment
_GROWTH = 3  # segments are merged unless the older one is so many times as large
_SPAN = 1 << 15  # documents of a segment at most: what one merge moves, and two bytes a number
_SLICES = 16  # in which segments are merged, so that little is held twice
#: Of the hashes that are looked up, the rarest: those that so many documents have in all. What
#: every tenth document says tells none from another, and would cost the more the more there are.
_BUDGET = 3_000
_MOST = 12  # documents that have the most of these are counted out in full
_DAMPING = 3  # documents of a hash or two must not crowd out the others


class Overlap(NamedTuple):
    """A document that has some of the hashes that were looked up."""

    number: int
    common: int  #: how many
    size: int  #: how many it has in all


@dataclass(slots=True)
class _Segment:
    """Documents `base`, `base + 1`, … and their hashes."""

    base: int
    sizes: NDArray[np.uint16]  #: how many hashes each one has
    hashes: Hashes
    owners: NDArray[np.uint16]  #: whose they are, counted from `base`; in order for each hash
    held: int  #: documents whose hashes are here
    left: int  #: those that were not dropped

    @property
    def span(self) -> int:
        return len(self.sizes)


class Postings:
    """Numbers documents in the order in which they come, and finds them by their hashes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._segments: list[_Segment] = []
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
            if segment.base <= number < segment.base + segment.span:
                segment.left -= 1
                if not segment.left:
                    del self._segments[at]
                    self._dropped.difference_update(_numbers(segment))
                elif 2 * segment.left < segment.held:
                    self._segments[at] = self._without_dropped([segment])
                return

    def most_alike(self, hashes: Hashes) -> list[Overlap]:
        """Return the documents that have most of the hashes, among those with a rare one of them.

        What it costs does not depend on how many documents there are.
        """
        if not len(hashes):
            return []
        ranges = [
            (segment.hashes.searchsorted(hashes), segment.hashes.searchsorted(hashes, "right"))
            for segment in self._segments
        ]
        fresh = [self._fresh.get(one, ()) for one in hashes.tolist()]
        frequency = np.fromiter(map(len, fresh), np.int64, len(fresh))
        for first, last in ranges:
            frequency += last - first
        order = np.argsort(frequency, kind="stable")
        affordable = np.searchsorted(np.cumsum(frequency[order]), _BUDGET, "right")
        rare, common = order[:affordable], order[affordable:]
        found = [self._count_fresh([fresh[at] for at in rare.tolist()])]
        for segment, (first, last) in zip(self._segments, ranges, strict=True):
            found.append(_count(segment, first[rare], last[rare]))
        numbers, hits, sizes = (np.concatenate(part) for part in zip(*found, strict=True))
        score = hits / (np.minimum(sizes, len(hashes)) + _DAMPING)
        best = np.argsort(-score, kind="stable")[:_MOST]
        missing = common.tolist()
        return [
            Overlap(number, hit + self._others(number, missing, fresh, ranges), size)
            for number, hit, size in zip(
                numbers[best].tolist(), hits[best].tolist(), sizes[best].tolist(), strict=True
            )
            if number not in self._dropped
        ]

    def frequency(self, hashes: Hashes) -> NDArray[np.int64]:
        """Return in how many documents each of the hashes is, some dropped ones included."""
        fresh = (len(self._fresh.get(one, ())) for one in hashes.tolist())
        found = np.fromiter(fresh, np.int64, len(hashes))
        for segment in self._segments:
            found += segment.hashes.searchsorted(hashes, "right")
            found -= segment.hashes.searchsorted(hashes)
        return found

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
        ranges: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    ) -> int:
        """Return how many of the more frequent hashes a document has."""
        if number >= self._base:
            return sum(number in fresh[at] for at in missing)
        for segment, (first, last) in zip(self._segments, ranges, strict=True):
            if segment.base <= number < segment.base + segment.span:
                owner = number - segment.base
                return sum(
                    _has(segment.owners, owner, int(first[at]), int(last[at])) for at in missing
                )
        return 0

    def _freeze(self) -> None:
        """Make a segment of the fresh documents, and merge it with those before it."""
        postings = [
            (one << 16) | (number - self._base)
            for one, numbers in self._fresh.items()
            for number in numbers
        ]
        keys = np.sort(np.array(postings, np.uint64))
        count = len(self._fresh_sizes)
        gone = self._dropped.intersection(range(self._base, self._base + count))
        self._segments.append(
            _Segment(
                base=self._base,
                sizes=np.array(self._fresh_sizes, np.uint16),
                hashes=(keys >> np.uint64(16)).astype(np.uint32),
                owners=keys.astype(np.uint16),
                held=count,
                left=count - len(gone),
            )
        )
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
        return span <= _SPAN and before.left < _GROWTH * own

    def _without_dropped(self, segments: Sequence[_Segment]) -> _Segment:
        """Return neighbours as one segment."""
        base, end = segments[0].base, segments[-1].base + segments[-1].span
        sizes = np.zeros(end - base, np.uint16)
        for segment in segments:
            sizes[segment.base - base :][: segment.span] = segment.sizes
        gone = np.zeros(end - base, np.bool_)
        dropped = [n for segment in segments for n in self._dropped.intersection(_numbers(segment))]
        gone[np.array(dropped, np.int64) - base] = True
        slices = [*_merged(segments, base, gone)]
        self._dropped.difference_update(dropped)
        left = sum(segment.left for segment in segments)
        return _Segment(
            base=base,
            sizes=sizes,
            hashes=np.concatenate([hashes for hashes, _ in slices]),
            owners=np.concatenate([owners for _, owners in slices]),
            held=left,
            left=left,
        )


def _numbers(segment: _Segment) -> range:
    return range(segment.base, segment.base + segment.span)


def _count(segment: _Segment, first: NDArray[Any], last: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the documents that stand in those ranges, how often, and their sizes."""
    lengths = last - first
    ends = np.cumsum(lengths)
    # The ranges, one behind the other: 5 6 7, 90 91 becomes 5 6 7 90 91.
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + lengths, lengths)
    owners, hits = np.unique(segment.owners[places], return_counts=True)
    return owners + np.int64(segment.base), hits, segment.sizes[owners].astype(np.int64)


def _has(owners: NDArray[np.uint16], owner: int, first: int, last: int) -> bool:
    at = first + int(owners[first:last].searchsorted(owner))
    return at < last and int(owners[at]) == owner


def _merged(
    segments: Sequence[_Segment], base: int, gone: NDArray[np.bool_]
) -> Iterator[tuple[Hashes, NDArray[np.uint16]]]:
    """Yield the hashes and owners that are left, slice by slice."""
    edges = [at * (1 << 32) // _SLICES for at in range(_SLICES + 1)]
    for begin, end in pairwise(edges):
        parts = []
        for segment in segments:
            first, last = segment.hashes.searchsorted(np.array([begin, end - 1], np.uint32))
            last += np.searchsorted(segment.hashes[last:], np.uint32(end - 1), "right")
            owners = segment.owners[first:last] + np.uint32(segment.base - base)
            keys = segment.hashes[first:last].astype(np.uint64) << np.uint64(16) | owners
            parts.append(keys[~gone[owners]])
        keys = np.sort(np.concatenate(parts), kind="stable")
        yield (keys >> np.uint64(16)).astype(np.uint32), keys.astype(np.uint16)
