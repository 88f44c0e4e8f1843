"""Whether somebody hears about a document, and who."""

import pytest
from said import match

from monitor.config.routing import Route
from monitor.model import Reason
from monitor.notify.route import decide, receivers_for

OURS = match(rule="reshuffling")
THEIRS = match(rule="mobilization")


@pytest.mark.parametrize(
    ("matches", "told", "revision", "fresh", "reason"),
    [
        ([OURS], set(), 1, True, Reason.FIRST),
        ([OURS, THEIRS], {"reshuffling"}, 2, True, Reason.NEW_RULE),
        ([OURS], {"reshuffling"}, 2, True, Reason.ALREADY_TOLD),
        ([OURS], set(), 2, True, Reason.NEW_RULE),
        ([OURS], set(), 1, False, Reason.TOO_OLD),
        ([], set(), 1, True, Reason.ALREADY_TOLD),
    ],
)
def test_a_document_is_told_once_for_each_rule(matches, told, revision, fresh, reason):
    assert decide(matches, told, revision, fresh) is reason


def test_a_route_names_its_receiver():
    assert receivers_for(Route(receiver="desk")) == ("desk",)
