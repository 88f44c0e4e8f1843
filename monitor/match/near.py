"""Occurrences, and those of several terms that stand close together."""

from collections.abc import Sequence
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


#: The groups that a chain has a member of, one bit each.
_Chain = int


def close_together(
    groups: Sequence[Sequence[Found]], within: int, *, ordered: bool
) -> list[Found] | None:
    """Return what takes part in a chain of one occurrence per group, or None without a chain.

    Neighbours in a chain do not overlap and have at most `within` other words between them.
    """
    every = sorted(
        (_Member(found.place.first, found.place.last, group), found)
        for group, occurrences in enumerate(groups)
        for found in occurrences
    )
    members = [member for member, _ in every]
    whole = (1 << len(groups)) - 1
    ending = _chains(members, within, ordered=ordered)
    if not any(whole in chains for chains in ending):
        return None
    # Read backwards, the same chains begin where they ended.
    last = len(groups) - 1
    mirrored = [_Member(-m.last, -m.first, last - m.group) for m in members]
    order = sorted(range(len(members)), key=mirrored.__getitem__)
    read = _chains([mirrored[index] for index in order], within, ordered=ordered)
    beginning = dict(zip(order, read, strict=True))
    halves = {chain: _mirrored(chain, len(groups)) for chain in set().union(*read)}
    taking_part = []
    for index, (member, found) in enumerate(every):
        after = {halves[chain] for chain in beginning[index]}
        # The two halves have this member in common and nothing else, and all groups together.
        if any(whole ^ chain ^ (1 << member.group) in after for chain in ending[index]):
            taking_part.append(found)
    return taking_part


def _chains(members: Sequence[_Member], within: int, *, ordered: bool) -> list[frozenset[_Chain]]:
    """Return, for each of the members in reading order, which chains may end with it."""
    ending: list[frozenset[_Chain]] = []
    known: dict[frozenset[_Chain], frozenset[_Chain]] = {}  # thousands are equal: held once
    # Where the last chain of each kind ended; those before it are only farther away.
    latest: dict[_Chain, int] = {}
    by_end = sorted(range(len(members)), key=lambda index: members[index].last)
    passed = 0
    for first, _, group in members:
        while members[by_end[passed]].last < first:
            for chain in ending[by_end[passed]]:
                latest[chain] = members[by_end[passed]].last
            passed += 1
        bit = 1 << group
        reached = [chain for chain, last in latest.items() if first - last - 1 <= within]
        if ordered:
            chains = frozenset({bit} if group == 0 else {bit | c for c in reached if c == bit - 1})
        else:
            chains = frozenset([bit, *(bit | chain for chain in reached if not chain & bit)])
        ending.append(known.setdefault(chains, chains))
    return ending


def _mirrored(chain: _Chain, groups: int) -> _Chain:
    return sum(1 << (groups - 1 - group) for group in range(groups) if chain >> group & 1)
