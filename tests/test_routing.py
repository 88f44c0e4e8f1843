"""The tree of routes: who hears an alert, by which route, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routes import HOUR, MINUTE, NOON, labels, routing
from said import RIA

from monitor.model import Match, Severity
from monitor.notify.route import Routing, labels_of


def heard(tree: Routing, **said: str) -> list[tuple[str, str]]:
    return [(one.receiver, one.route) for one in tree.hearings(labels(**said))]


def timing(tree: Routing, now: datetime = NOON, **said: str):
    (hearing,) = tree.hearings(labels(**said))
    return hearing.timing(now)


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Kyiv"))


# --- Who ------------------------------------------------------------------------------------------

HIGH = {"matchers": ['severity=~"high|critical"'], "receiver": "ops", "continue": True}
WAR = {
    "matchers": ['tag="war"'],
    "receiver": "war",
    "routes": [
        {"matchers": ['country="ua"'], "receiver": "kyiv"},
        {"matchers": ['country="ru"'], "group_by": ["rule"]},
    ],
}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, [("desk", "route")]),
        ({"severity": "high"}, [("ops", "route.routes[0]")]),
        ({"tag": "war"}, [("war", "route.routes[1]")]),
        ({"tag": "war", "country": "ua"}, [("kyiv", "route.routes[1].routes[0]")]),
        ({"tag": "war", "country": "ru"}, [("war", "route.routes[1].routes[1]")]),
        ({"tag": "war", "country": "de"}, [("war", "route.routes[1]")]),
        (
            {"tag": "war", "country": "ua", "severity": "critical"},
            [("ops", "route.routes[0]"), ("kyiv", "route.routes[1].routes[0]")],
        ),
        ({"tag": ("x", "war")}, [("war", "route.routes[1]")]),
    ],
)
def test_the_first_route_that_fits_takes_an_alert(said, wanted):
    assert heard(routing(HIGH, WAR), **said) == wanted


def test_a_receiver_hears_once_however_many_routes_lead_to_it():
    tree = routing(HIGH, {"matchers": ['rule="bridges"'], "receiver": "ops"})

    assert heard(tree, severity="high") == [("ops", "route.routes[0]")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_routes_to_a_receiver_the_soonest_counts(order):
    ways = [
        {"matchers": ["rule=bridges"], "continue": True},
        {"matchers": ["rule=bridges"], "continue": True, "group_by": ["rule"]},
        {"matchers": ["rule=bridges"], "continue": True, "digest": {"at": ["09:00"]}},
    ]
    for left, how in ((3, "now"), (2, "group"), (1, "digest")):
        kept = [ways[number] for number in order if number >= 3 - left]
        assert timing(routing(*kept)).how == how


def test_a_digest_comes_before_what_is_held_for_longer():
    tree = routing(
        {"matchers": ["rule=bridges"], "continue": True, "active_time_intervals": ["office"]},
        {"matchers": ["rule=bridges"], "digest": {"at": ["20:00"]}},
    )

    assert timing(tree, kyiv("2026-11-27 19:00")).how == "digest"  # the office opens on Monday


MATCHERS = st.sampled_from(
    ['severity="high"', 'severity!="high"', 'rule=~"b.*"', 'tag="war"', 'tag!~"w.*"', 'desk=""']
)
ROUTES = st.recursive(
    st.fixed_dictionaries({"matchers": st.lists(MATCHERS, max_size=2)}),
    lambda inner: st.fixed_dictionaries(
        {"matchers": st.lists(MATCHERS, max_size=2)},
        optional={
            "receiver": st.sampled_from(["a", "b", "c"]),
            "continue": st.booleans(),
            "routes": st.lists(inner, max_size=3),
            "group_by": st.sampled_from([["rule"], ["..."], []]),
            "mute_time_intervals": st.just(["night"]),
            "when_muted": st.sampled_from(["hold", "drop"]),
        },
    ),
    max_leaves=8,
)
ALERTS = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from(["high", "low"]),
        "rule": st.sampled_from(["bridges", "x"]),
        "tag": st.sets(st.sampled_from(["war", "sport"])).map(tuple),
        "desk": st.sampled_from(["kyiv"]),
    },
)


@given(st.lists(ROUTES, max_size=4), ALERTS)
def test_every_alert_reaches_somebody_and_nobody_twice(routes, said):
    found = heard(routing(*routes), **said)

    assert found
    assert len({receiver for receiver, _ in found}) == len(found)


@given(st.lists(ROUTES, max_size=4), ALERTS)
def test_a_route_with_continue_takes_nothing_from_the_ones_after_it(routes, said):
    alone = routing(*routes).hearings(labels(**said))
    copy = {"receiver": "copy", "continue": True}
    with_it = routing(copy, *routes).hearings(labels(**said))

    took = any(one.branches[0].path != "route" for one in alone)
    names = [one.receiver for one in with_it]
    assert names == (["copy", *(one.receiver for one in alone)] if took else ["copy"])


# --- When -----------------------------------------------------------------------------------------


def test_without_group_by_each_alert_is_told_at_once():
    found = timing(routing())

    assert (found.how, found.due, found.why) == ("now", None, "at once")
    assert found.flush_at(NOON, None) == NOON


def test_what_is_said_above_counts_below_until_it_is_said_otherwise():
    tree = routing(
        {"matchers": ["rule=a"]},
        {"matchers": ["rule=b"], "group_by": ["..."]},
        {"matchers": ["rule=c"], "group_interval": "1h", "routes": [{"group_by": ["country"]}]},
        {"matchers": ["rule=d"], "digest": {"at": ["09:00"]}, "routes": [{"receiver": "x"}]},
        {"matchers": ["rule=e"], "digest": {"at": ["09:00"]}, "routes": [{"group_by": ["rule"]}]},
        root={"group_by": ["rule"], "group_wait": "1m"},
    )

    found = [timing(tree, rule=name, country="ua") for name in "abcde"]

    assert [one.how for one in found] == ["group", "now", "group", "digest", "group"]
    assert [one.wait for one in found] == [MINUTE] * 5
    assert [one.interval for one in found] == [5 * MINUTE, 5 * MINUTE, HOUR, *[5 * MINUTE] * 2]
    assert found[2].key == 'desk group {}/{rule="c"}/{} country="ua"'


def test_a_group_waits_after_its_first_alert_and_between_its_messages():
    found = timing(routing(root={"group_by": ["rule"]}))

    assert found.flush_at(NOON, None) == NOON + timedelta(seconds=30)
    assert found.flush_at(NOON, NOON - MINUTE) == NOON + 4 * MINUTE
    assert found.flush_at(NOON, NOON - HOUR) == NOON + timedelta(seconds=30)


def test_a_group_that_is_due_in_a_mute_time_is_told_after_it():
    tree = routing({"mute_time_intervals": ["night"], "group_by": ["rule"]})
    found = timing(tree, kyiv("2026-11-26 22:59:50"))

    assert found.how == "group"
    assert found.flush_at(kyiv("2026-11-26 22:59:50"), None) == kyiv("2026-11-27 07:00")


def test_alerts_are_told_together_whose_labels_are_the_same():
    tree = routing(root={"group_by": ["rule", "tags"]})

    keys = [
        timing(tree, rule=rule, tag=tag).key
        for rule, tag in [("a", ("x", "y")), ("a", ("y", "x")), ("a", ("x",)), ("b", ("x", "y"))]
    ]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_the_key_of_a_route_stays_when_another_is_written_before_it():
    low = {"matchers": ["severity=low"], "digest": {"at": ["09:00"]}}

    before = timing(routing(low), severity="low")
    after = timing(routing(HIGH, low), severity="low")

    assert before.key == after.key
    assert (before.route, after.route) == ("route.routes[0]", "route.routes[1]")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-26 08:59", "2026-11-26 09:00"),
        ("2026-11-26 09:00", "2026-11-26 18:00"),
        ("2026-11-26 18:00:01", "2026-11-27 09:00"),
        ("2026-10-25 02:00", "2026-10-25 09:00"),
    ],
)
def test_a_digest_is_told_at_its_next_hour(now, due):
    tree = routing(root={"digest": {"at": ["18:00", "09:00"], "max_items": 30}})

    found = timing(tree, kyiv(now))

    assert (found.how, found.due, found.max_items) == ("digest", kyiv(due), 30)


def test_a_digest_has_a_zone_of_its_own():
    tree = routing(root={"digest": {"at": ["09:00"], "timezone": "America/New_York"}})

    assert timing(tree, NOON).due == datetime(2026, 11, 26, 14, tzinfo=UTC)


def test_a_digest_in_a_mute_time_is_told_after_it():
    tree = routing({"mute_time_intervals": ["night"], "digest": {"at": ["06:00"]}})

    assert timing(tree, kyiv("2026-11-26 23:30")).due == kyiv("2026-11-27 07:00")


def test_what_comes_in_a_mute_time_is_held_until_it_is_over():
    tree = routing({"mute_time_intervals": ["night"]})

    found = timing(tree, kyiv("2026-11-26 23:30"))

    assert (found.how, found.due) == ("held", kyiv("2026-11-27 07:00"))
    assert found.why == "held until Fri 27 Nov 07:00: `night`"
    assert timing(tree, kyiv("2026-11-27 07:00")).how == "now"


def test_what_comes_in_a_mute_time_is_dropped_where_that_is_wished():
    tree = routing({"mute_time_intervals": ["night"], "when_muted": "drop"})

    found = timing(tree, kyiv("2026-11-26 23:30"))

    assert (found.how, found.why) == ("muted", "not told at this time: `night`")


def test_outside_of_its_active_times_a_route_is_muted():
    tree = routing({"active_time_intervals": ["office"]})

    found = timing(tree, kyiv("2026-11-27 18:00"))

    assert (found.how, found.due) == ("held", kyiv("2026-11-30 09:00"))
    assert "outside of `office`" in found.why


def test_an_active_time_that_is_muted_is_none():
    tree = routing({"active_time_intervals": ["night"], "mute_time_intervals": ["night"]})

    assert timing(tree).how == "muted"
    assert "for more than a year" in timing(tree).why


def test_a_route_that_is_muted_takes_the_alert_all_the_same():
    tree = routing(
        {"matchers": ["rule=bridges"], "mute_time_intervals": ["night"], "when_muted": "drop"},
        {"receiver": "ops"},
    )

    assert [one.receiver for one in tree.hearings(labels())] == ["desk"]


def test_of_two_routes_to_a_receiver_the_one_that_is_not_muted_counts():
    tree = routing(
        {"mute_time_intervals": ["night"], "when_muted": "drop", "continue": True},
        {"group_by": ["rule"]},
    )

    assert timing(tree, kyiv("2026-11-26 23:30")).how == "group"
    assert timing(tree, NOON).how == "now"


# --- What alerts are told apart by ----------------------------------------------------------------


def test_an_alert_has_the_labels_of_its_rule_its_source_and_its_document():
    one = Match(
        rule="bridges",
        title="Bridges",
        severity=Severity.HIGH,
        tags=("war", "energy"),
        labels={"desk": "kyiv", "severity": "mine"},
    )

    assert labels_of(one, RIA, language=None, document="k3f9q2", story="s17") == {
        "rule": ("bridges",),
        "severity": ("high",),
        "tag": ("war", "energy"),
        "source": ("ria",),
        "country": ("ru",),
        "kind": ("state",),
        "language": (),
        "document": ("k3f9q2",),
        "story": ("s17",),
        "desk": ("kyiv",),
    }
