"""Occurrences, and those of several terms that stand close together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from monitor.match.text import Place


class Found(NamedTuple):
    """An occurrence of a term."""

    term: str  #: as the rule spells it
    place: Place


class _Member(NamedTuple):
    """An occurrence as a member of one of the groups."""

    first: int
    last: int
    group: int
    found: Found


def close_together(
    groups: Sequence[Sequence[Found]], within: int, *, ordered: bool
) -> list[Found] | None:
    """Return what takes part in a chain of one occurrence per group, or None without a chain.

    Neighbours in a chain do not overlap and have at most `within` other words between them.
    """
    members = sorted(
        (_Member(found.place.first, found.place.last, group, found))
        for group, occurrences in enumerate(groups)
        for found in occurrences
    )
    widest = max((member.last - member.first for member in members), default=0)
    everyone = (1 << len(groups)) - 1
    before: list[set[int]] = []
    neighbours: list[list[int]] = []
    for index, member in enumerate(members):
        earlier = _earlier(members, index, within, widest)
        neighbours.append(earlier)
        bit = 1 << member.group
        chains = {bit} if not ordered or bit == 1 else set()
        chains |= _extended((before[i] for i in earlier), bit, bit - 1 if ordered else None)
        before.append(chains)
    after: list[set[int]] = [set() for _ in members]
    for index in range(len(members) - 1, -1, -1):
        bit = 1 << members[index].group
        if not ordered or bit << 1 > everyone:
            after[index].add(bit)
        for i in neighbours[index]:
            its = 1 << members[i].group
            needed = everyone & ~((its << 1) - 1) if ordered else None
            after[i] |= _extended((after[index],), its, needed)
    taking_part = [
        member.found
        for member, left, right in zip(members, before, after, strict=True)
        if any((everyone ^ chain) | (1 << member.group) in right for chain in left)
    ]
    return taking_part or None


def _earlier(members: Sequence[_Member], index: int, within: int, widest: int) -> list[int]:
    """Return the members that end shortly before this one begins."""
    first = members[index].first
    found = []
    for i in range(index - 1, -1, -1):
        if members[i].first < first - 1 - within - widest:
            break
        if 0 <= first - members[i].last - 1 <= within:
            found.append(i)
    return found


def _extended(chains: Iterable[set[int]], bit: int, needed: int | None) -> set[int]:
    """Return the chains with one more group, where that group is new and, if needed, next."""
    return {
        chain | bit
        for each in chains
        for chain in each
        if not chain & bit and (needed is None or chain == needed)
    }
