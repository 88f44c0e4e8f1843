"""Decide whether somebody hears about a document, and who."""

from collections.abc import Collection, Sequence

from monitor.config.routing import Operator, Route
from monitor.model import Match, Reason


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
