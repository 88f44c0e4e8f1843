"""Decide what becomes of an alert at a receiver who has heard of its story, or is to hear of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from monitor.archive.notifications import Heard, Side
from monitor.model import Fate, News, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document that a receiver may hear of, and the rules of which it would."""

    side: Side
    rules: frozenset[str]
    severity: Severity


def fate_of(
    document: Candidate, heard: Collection[Heard | Candidate], *, said_before: bool = False
) -> tuple[Fate, News]:
    """Return what becomes of it, given what was heard of its story, and what is new about it.

    TOLD: the first of its story. JOINED: a copy that says nothing new. NEWS: it does. REPEATED: its
    source said the same before, or it is the same entry, and of the same rules.
    """
    if not heard:
        return Fate.TOLD, News()
    news = _news(document, heard)
    if news:
        return Fate.NEWS, news
    return (Fate.REPEATED if said_before else Fate.JOINED), news


def _news(document: Candidate, heard: Collection[Heard | Candidate]) -> News:
    """Return what a document adds: a side, rules, a higher severity."""
    rules = frozenset[str]().union(*(one.rules for one in heard))
    loudest = max(one.severity.rank for one in heard)
    return News(
        sides=() if document.side in {one.side for one in heard} else (document.side,),
        rules=tuple(sorted(document.rules - rules)),
        severity=document.severity if document.severity.rank > loudest else None,
    )


def root_of(heard: Sequence[Heard]) -> int | None:
    """Return the message of a story: the first that told of it, by itself or in a list."""
    return next((one.delivery for one in heard if one.delivery is not None), None)


def batch_of(heard: Sequence[Heard]) -> int | None:
    """Return the batch in which a story waits to be told for the first time."""
    return next((one.batch for one in heard if one.fate is Fate.WAITS), None)


def candidate(heard: Heard) -> Candidate:
    """Return what waited to be heard as it is judged again."""
    return Candidate(
        side=heard.side,
        rules=heard.rules,
        severity=heard.severity,
    )
