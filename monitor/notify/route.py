"""Decide whether somebody hears about a document, who, and when."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.config.matchers import Labels
from monitor.config.routing import Operator, Route
from monitor.config.schema import Config
from monitor.model import Match, Provenance, Reason
from monitor.notify.branch import Branch, How, Timing, grown
from monitor.notify.inhibit import Inhibitions, Said

__all__ = ["Hearing", "How", "Routing", "Said", "Timing", "decide", "labels_of", "receivers_for"]


def decide(matches: Sequence[Match], told: Collection[str], revision: int, fresh: bool) -> Reason:  # noqa: FBT001 -- fixed by the callers' contract
    """Return why the matches of one revision are told, or are not.

    `told` are the rules that were told for earlier revisions of the same document; `fresh` is
    False for what was already old when its source was first fetched.
    """
    if not fresh:
        return Reason.TOO_OLD
    if all(match.rule in told for match in matches):
        return Reason.ALREADY_TOLD
    return Reason.FIRST if revision == 1 else Reason.NEW_RULE


def receivers_for(route: Route | Operator) -> tuple[str, ...]:
    """Return the names of the receivers who hear an alert, each once."""
    return (route.receiver,)


def labels_of(
    match: Match, source: Provenance, *, language: str | None, document: str, story: str | None
) -> Labels:
    """Return what routes, silences and inhibit rules know of an alert: a rule and a document.

    The labels of the rule's author stand beside ours, and never in their place.
    """
    return {
        **labels_of_rule(match),
        **labels_of_source(source),
        "language": (language,) if language else (),
        "document": (document,),
        "story": (story,) if story else (),
    }


def labels_of_rule(match: Match) -> Labels:
    """Return those that an alert has of its rule."""
    return {
        **{name: (value,) for name, value in match.labels.items()},
        "rule": (match.rule,),
        "severity": (match.severity.value,),
        "tag": tuple(match.tags),
    }


def labels_of_source(source: Provenance) -> Labels:
    """Return those that an alert has of its source; its language, where it is that of the text."""
    return {
        "source": (source.id,),
        "country": (source.country,),
        "kind": (source.kind.value,),
        "language": (source.language,) if source.language else (),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """That a receiver hears an alert."""

    receiver: str
    labels: Labels
    branches: Sequence[Branch]  #: the routes that lead to it, in the order of the tree

    @property
    def route(self) -> str:
        """Return the first route that leads to it, as a path for people: "route.routes[1]"."""
        return self.branches[0].path

    def timing(self, now: datetime) -> Timing:
        """Return when it hears of it; of several routes to it, by the one that is soonest."""
        timings = [branch.timing(self.labels, now) for branch in self.branches]
        return soonest(timings)


def soonest(timings: Iterable[Timing]) -> Timing:
    """Return the first to be heard: at once before a group before a digest or what is held."""
    return min(timings, key=lambda timing: timing.order)


class Routing:
    """Who hears what, and when: the routes and inhibit rules of a configuration."""

    def __init__(self, config: Config) -> None:
        self.root = grown(config)
        self.inhibitions = Inhibitions(config.inhibit_rules)

    def hearings(self, labels: Labels) -> tuple[Hearing, ...]:
        """Return who hears an alert, in the order of the tree, each receiver once; never nobody."""
        ways: dict[str, list[Branch]] = {}
        for branch in self.root.taking(labels):
            ways.setdefault(branch.receiver, []).append(branch)
        return tuple(
            Hearing(receiver=receiver, labels=labels, branches=tuple(branches))
            for receiver, branches in ways.items()
        )

    def inhibited(self, labels: Labels, now: datetime, recent: Iterable[Said]) -> str | None:
        """Return why an alert is not told because of another one; None where it is told."""
        return self.inhibitions.inhibited(labels, now, recent)

    def longest_inhibition(self) -> timedelta:
        """Return how far back what was said still matters."""
        return self.inhibitions.longest
