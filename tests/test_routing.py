"""The tree of routes: who hears an alert, by which route, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import RIA, match

from monitor.config.schema import Config
from monitor.model import Match, Severity, Silence
from monitor.notify.inhibit import Inhibitions
from monitor.notify.route import Routing, Said, labels_of
from monitor.notify.silence import silencing

NOON = datetime(2026, 11, 26, 10, tzinfo=UTC)  # 12:00 in Kyiv, a Thursday
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NIGHT = {
    "name": "night",
    "time_intervals": [
        {
            "times": [
                {"start_time": "23:00", "end_time": "24:00"},
                {"start_time": "00:00", "end_time": "07:00"},
            ]
        }
    ],
}
OFFICE = {
    "name": "office",
    "time_intervals": [
        {
            "weekdays": ["monday:friday"],
            "times": [{"start_time": "09:00", "end_time": "18:00"}],
        }
    ],
}


def routing(*routes: dict, root: dict | None = None, inhibit: tuple[dict, ...] = ()) -> Routing:
    return Routing(
        Config.model_validate(
            {
                "version": 1,
                "timezone": "Europe/Kyiv",
                "route": {"receiver": "desk", "routes": list(routes), **(root or {})},
                "time_intervals": [NIGHT, OFFICE],
                "inhibit_rules": list(inhibit),
            }
        )
    )


def labels(**said: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    given = {"rule": "bridges", "severity": "medium", "document": "k3f9q2", **said}
    return {name: (one,) if isinstance(one, str) else one for name, one in given.items()}


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
    both = Inhibitions(
        Config.model_validate(
            {
                "version": 1,
                "route": {"receiver": "desk"},
                "inhibit_rules": [
                    {"name": "x", "source_matchers": ["rule=a"], "target_matchers": ["rule=b"]},
                    {"name": "y", "source_matchers": ["rule=b"], "target_matchers": ["rule=a"]},
                ],
            }
        ).inhibit_rules
    )

    for names in (["a", "b"], ["b", "a"]):
        alerts = [labels(rule=name) for name in names]
        found = both.inhibited_together(alerts, "k3f9q2", NOON, [])
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


def test_a_match_of_the_tests_can_be_labelled():
    assert labels_of(match(), RIA, language="ru", document="d", story=None)["story"] == ()
