"""What keeps what back: one alert another, and people what they do not want to hear."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routes import HOUR, MINUTE, NOON, labels, routing

from monitor.model import Silence
from monitor.notify.route import Said
from monitor.notify.silence import silencing

# --- What keeps what back -------------------------------------------------------------------------

STRIKE = {
    "name": "strike-says-it",
    "source_matchers": ['rule="strike"'],
    "target_matchers": ['rule=~"kyiv|strike"'],
    "equal": ["story"],
    "for": "2h",
}


def said(at: datetime = NOON, ref: str = "aaaaaa", **more: str) -> Said:
    return Said(labels=labels(document=ref, **more), ref=ref, at=at)


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        ({"rule": "strike", "story": "s1"}, {"rule": "kyiv", "story": "s1"}, True),
        ({"rule": "strike", "story": "s2"}, {"rule": "kyiv", "story": "s1"}, False),
        ({"rule": "strike"}, {"rule": "kyiv"}, True),  # neither has a story: both are ""
        ({"rule": "strike"}, {"rule": "kyiv", "story": "s1"}, False),
        ({"rule": "kyiv", "story": "s1"}, {"rule": "strike", "story": "s1"}, False),
        ({"rule": "strike", "story": "s1"}, {"rule": "strike", "story": "s1"}, False),  # two-sided
        ({"rule": "strike", "story": "s1"}, {"rule": "other", "story": "s1"}, False),
    ],
)
def test_an_alert_is_kept_back_by_a_louder_one(source, target, kept):
    tree = routing(inhibit=(STRIKE,))

    why = tree.inhibited(labels(**target), NOON, [said(**source)])

    assert (why == "strike #aaaaaa was told (strike-says-it)") is kept
    assert (why is None) is not kept


def test_an_alert_is_kept_back_for_so_long_and_no_longer():
    tree = routing(inhibit=(STRIKE, {**STRIKE, "name": "b", "for": "30m"}))
    target = labels(rule="kyiv")
    ago = [said(NOON - back, rule="strike") for back in (2 * HOUR, 2 * HOUR - MINUTE)]

    assert tree.longest_inhibition() == 2 * HOUR
    assert [tree.inhibited(target, NOON, [one]) is None for one in ago] == [True, False]
    assert routing().longest_inhibition() == timedelta()


def test_an_alert_never_keeps_itself_back():
    own = {"name": "x", "source_matchers": ["severity=high"], "target_matchers": ["rule=bridges"]}
    tree = routing(inhibit=(own,))
    earlier = said(rule="bridges", ref="k3f9q2", severity="high")

    assert tree.inhibited(labels(rule="bridges"), NOON, [earlier]) is None
    assert tree.inhibited(labels(rule="bridges", document="other"), NOON, [earlier])


def test_the_matches_of_one_document_keep_each_other_back():
    alerts = [labels(rule="strike"), labels(rule="kyiv"), labels(rule="other")]

    found = routing(inhibit=(STRIKE,)).inhibitions.inhibited_together(alerts, "k3f9q2", NOON, [])

    assert [why is None for why in found] == [True, False, True]


NAMES = st.sampled_from(["a", "b", "c"])
SIDES = st.tuples(NAMES, NAMES).filter(lambda two: two[0] != two[1])


@given(st.lists(SIDES, max_size=6), st.permutations(["a", "b", "c"]))
def test_of_one_document_at_least_one_rule_is_told(sides, names):
    config = routing(
        inhibit=tuple(
            {"name": f"n{i}", "source_matchers": [f"rule={a}"], "target_matchers": [f"rule={b}"]}
            for i, (a, b) in enumerate(sides)
        )
    )
    alerts = [labels(rule=name) for name in names]

    found = config.inhibitions.inhibited_together(alerts, "k3f9q2", NOON, [])

    assert None in found


def test_of_two_that_would_keep_each_other_back_the_louder_is_told():
    tree = routing(
        inhibit=(
            {"name": "x", "source_matchers": ["rule=a"], "target_matchers": ["rule=b"]},
            {"name": "y", "source_matchers": ["rule=b"], "target_matchers": ["rule=a"]},
        )
    )

    for names in (["a", "b"], ["b", "a"]):
        alerts = [labels(rule=name) for name in names]
        found = tree.inhibitions.inhibited_together(alerts, "k3f9q2", NOON, [])
        assert [why is None for why in found] == [True, False]


# --- Silences -------------------------------------------------------------------------------------


def silence(*matchers: str, starts: datetime = NOON, hours: int = 2, number: int = 1) -> Silence:
    return Silence(
        id=number,
        matchers=matchers,
        starts_at=starts,
        ends_at=starts + hours * HOUR,
        created_by="maria",
    )


@pytest.mark.parametrize(
    ("one", "silences"),
    [
        (silence('rule="bridges"'), True),
        (silence('rule="bridges"', 'receiver="desk"'), True),
        (silence('rule="bridges"', 'receiver="ops"'), False),
        (silence('rule="other"'), False),
        (silence('rule="bridges"', starts=NOON + MINUTE), False),
        (silence('rule="bridges"', starts=NOON - 2 * HOUR), False),
        (silence(), False),
        (silence('rule=~"(b"'), False),
    ],
)
def test_a_silence_keeps_an_alert_from_a_receiver(one, silences):
    found = silencing(labels(receiver="desk"), [silence("rule=x"), one], NOON)

    assert found is (one if silences else None)
