"""Documents and their hashes, sorted for good: six bytes a hash, and two looks to find one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from monitor.stories.sketch import Hashes

Ranges = tuple[NDArray[np.int64], NDArray[np.int64]]

#: Documents of a segment at most: what one merge moves; and two bytes are enough for a number.
SPAN = 1 << 15
_SLICES = 16  # in which segments are merged, so that little is held twice
_BUCKET = 4  # hashes on average
_WIDE = 64  # hashes of the fullest one, where they are spread as they should


@dataclass(slots=True)
class Segment:
    """Documents `base`, `base + 1`, … and their hashes."""

    base: int
    sizes: NDArray[np.uint16]  #: how many hashes each one has
    hashes: Hashes  #: each once
    ends: NDArray[np.uint32]  #: where the owners of each hash end
    owners: NDArray[np.uint16]  #: whose they are, counted from `base`; in order for each hash
    held: int  #: documents whose hashes are here
    left: int  #: those that were not dropped
    buckets: NDArray[np.uint32]  #: where the hashes begin that have the same first bits
    width: int  #: the most hashes of a bucket

    @classmethod
    def of(cls, base: int, sizes: Sequence[int], fresh: dict[int, list[int]], left: int) -> Self:
        """Return the segment of documents and, by hash, their numbers."""
        postings = [(one << 16) | (n - base) for one, numbers in fresh.items() for n in numbers]
        keys = np.sort(np.array(postings, np.uint64))
        return cls._made(base, np.array(sizes, np.uint16), [keys], left, held=len(sizes))

    @classmethod
    def merged(cls, segments: Sequence[Self], dropped: Collection[int]) -> Self:
        """Return neighbours as one, without those that were dropped."""
        base, end = segments[0].base, segments[-1].base + segments[-1].span
        sizes = np.zeros(end - base, np.uint16)
        for segment in segments:
            sizes[segment.base - base :][: segment.span] = segment.sizes
        gone = np.zeros(end - base, np.bool_)
        gone[np.array([*dropped], np.int64) - base] = True
        sizes[gone] = 0
        left = sum(segment.left for segment in segments)
        return cls._made(base, sizes, _merge(segments, base, gone), left, held=left)

    @classmethod
    def _made(
        cls,
        base: int,
        sizes: NDArray[np.uint16],
        slices: Collection[NDArray[np.uint64]] | Iterator[NDArray[np.uint64]],
        left: int,
        *,
        held: int,
    ) -> Self:
        hashes, counts = [], []
        owners, filled = np.empty(sum(map(int, sizes)), np.uint16), 0
        for keys in slices:
            every = (keys >> np.uint64(16)).astype(np.uint32)
            first = np.flatnonzero(np.diff(every, prepend=every[:1] ^ np.uint32(1)))
            hashes.append(every[first])
            counts.append(np.diff(first, append=len(every)).astype(np.uint32))
            owners[filled : filled + len(keys)] = keys.astype(np.uint16)
            filled += len(keys)
        one = np.concatenate(hashes)
        bits = max(1, (len(one) // _BUCKET).bit_length())
        edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(32 - bits)
        buckets = np.append(np.searchsorted(one, edges.astype(np.uint32)), len(one))
        return cls(
            base=base,
            sizes=sizes,
            hashes=one,
            ends=np.cumsum(np.concatenate(counts), dtype=np.uint32),
            owners=owners,
            held=held,
            left=left,
            buckets=buckets.astype(np.uint32),
            width=int(np.max(np.diff(buckets))),
        )

    @property
    def span(self) -> int:
        """Return how many numbers it spans."""
        return len(self.sizes)

    @property
    def numbers(self) -> range:
        """Return the numbers of its documents."""
        return range(self.base, self.base + self.span)

    def find(self, hashes: Hashes) -> Ranges:
        """Return where the owners of each hash begin, and where they end."""
        if not len(self.hashes):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.int64)
        at = self._places(hashes)
        last = self.ends[at].astype(np.int64)
        first = np.where(at > 0, self.ends[at - 1], 0).astype(np.int64)
        return np.where(self.hashes[at] == hashes, first, last), last

    def _places(self, hashes: Hashes) -> NDArray[np.int64]:
        """Return where each hash is, or else any other one is."""
        found: NDArray[np.int64]
        if self.width > _WIDE:  # by no chance: somebody made them so
            found = np.minimum(self.hashes.searchsorted(hashes), len(self.hashes) - 1)
            return found
        shift = np.uint32(33 - len(self.buckets).bit_length())
        places = self.buckets[hashes >> shift][:, None] + np.arange(self.width)
        np.minimum(places, len(self.hashes) - 1, out=places)
        column = (self.hashes[places] == hashes[:, None]).argmax(axis=1)
        found = places[np.arange(len(hashes)), column]
        return found

    def count(self, first: NDArray[Any], last: NDArray[Any]) -> tuple[NDArray[np.int64], ...]:
        """Return the documents that stand in those ranges, how often, and their sizes."""
        lengths = last - first
        ends = np.cumsum(lengths)
        # The ranges, one behind the other: 5 6 7, 90 91 becomes 5 6 7 90 91.
        places = np.arange(ends[-1] if len(ends) else 0)
        places += np.repeat(first - ends + lengths, lengths)
        owners, hits = np.unique(self.owners[places], return_counts=True)
        return owners + np.int64(self.base), hits, self.sizes[owners].astype(np.int64)

    def has(self, number: int, first: int, last: int) -> bool:
        """Return whether a document stands in that range."""
        owner = number - self.base
        at = first + int(self.owners[first:last].searchsorted(owner))
        return at < last and int(self.owners[at]) == owner


def _merge(
    segments: Sequence[Segment], base: int, gone: NDArray[np.bool_]
) -> Iterator[NDArray[np.uint64]]:
    """Yield what is left of hashes with owners, slice by slice."""
    edges = [at * (1 << 32) // _SLICES for at in range(_SLICES)]
    for begin, end in pairwise([*edges, None]):
        parts = []
        for segment in segments:
            first = int(segment.hashes.searchsorted(np.uint32(begin or 0)))
            last = len(segment.hashes)
            if end is not None:
                last = int(segment.hashes.searchsorted(np.uint32(end)))
            ends = segment.ends[first:last].astype(np.int64)
            start = int(segment.ends[first - 1]) if first else 0
            stop = int(ends[-1]) if len(ends) else start
            every = np.repeat(segment.hashes[first:last], np.diff(ends, prepend=start))
            owners = segment.owners[start:stop] + np.uint32(segment.base - base)
            parts.append((every.astype(np.uint64) << np.uint64(16) | owners)[~gone[owners]])
        yield np.sort(np.concatenate(parts), kind="stable")
