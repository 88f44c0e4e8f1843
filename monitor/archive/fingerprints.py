"""Fingerprints of entries as they are kept: a few bytes each, one behind the other."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet

_FINGERPRINT = 8  # bytes; sixteen hex digits for people
# A feed that alternates between two versions must find both of them known: we keep the
# fingerprints of entries that have left the feed, up to this many times its length.
_MEMORY = 4


class Packed(AbstractSet[str]):
    """Fingerprints as they are kept; unpacked when somebody looks, which few fetches do."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._unpacked: frozenset[str] | None = None

    @property
    def _all(self) -> frozenset[str]:
        if self._unpacked is None:
            self._unpacked = frozenset(_unpack(self._packed))
        return self._unpacked

    def __contains__(self, mark: object) -> bool:
        """Return whether it is known."""
        return mark in self._all

    def __iter__(self) -> Iterator[str]:
        """Yield them in no order."""
        return iter(self._all)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._packed) // _FINGERPRINT


def remember(old: bytes, seen: Collection[str]) -> bytes:
    """Return the fingerprints to keep: those of the page, then the latest of those before."""
    earlier = [one for one in _unpack(old) if one not in seen]
    kept = [*sorted(seen), *earlier[: max(_MEMORY * len(seen), 1000)]]
    return b"".join(bytes.fromhex(one) for one in kept)


def _unpack(packed: bytes) -> list[str]:
    return [
        packed[start : start + _FINGERPRINT].hex() for start in range(0, len(packed), _FINGERPRINT)
    ]
