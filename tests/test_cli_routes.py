"""`monitor routes …`: the tree as people see it, and where an alert would go."""

import json

import pytest

CONFIG = """\
version: 1
store: sqlite:///monitor.db
timezone: Europe/Kyiv
sources:
  - {id: mod, name: Минобороны, country: ru, kind: official, language: ru, url: "https://mod.test/"}
rules:
  - id: bridges
    severity: high
    tags: [war]
    labels: {desk: kyiv}
    match: {any: [міст, мост]}
receivers:
  - {name: desk, console: {}}
  - {name: ops, file: {path: ops.jsonl}}
time_intervals:
  - name: night
    time_intervals:
      - times: [{start_time: 23:00, end_time: "24:00"}, {start_time: 00:00, end_time: 07:00}]
inhibit_rules:
  - name: kremlin-first
    source_matchers: [source=mod]
    target_matchers: [kind=state]
    equal: [story]
route:
  receiver: desk
  routes:
    - matchers: [severity=~"high|critical"]
      receiver: ops
      continue: true
    - matchers: [desk=kyiv]
      mute_time_intervals: [night]
      routes:
        - matchers: [country=ua]
          group_by: [rule, source]
          group_interval: 15m
    - matchers: [severity="low"]
      digest: {at: [09:00, 18:00], max_items: 30}
      active_time_intervals: [night]
      when_muted: drop
"""

DIGEST = (
    '└── severity="low" → desk: digest at 09:00, 18:00 (Europe/Kyiv), at most 30; '
    "dropped outside of night"
)


@pytest.fixture
def here(terminal):
    terminal.config(CONFIG)
    return terminal


def test_the_configuration_of_these_tests_is_right(here):
    assert here.call("check")[0] == 0


def test_the_tree_is_shown_with_who_hears_what_and_when(here):
    status, out, err = here.call("routes", "show")

    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "everything → desk: at once",
        '├── severity=~"high|critical" → ops: at once; and goes on',
        '├── desk="kyiv" → desk: at once; held during night',
        '│   └── country="ua" → desk: grouped by rule, source, after 30 s, then every 15 min',
        DIGEST,
        'kremlin-first: source="mod" keeps back kind="state", if they agree in story, for 12h',
    ]


def test_the_tree_is_told_to_programs(here):
    _, out, _ = here.call("routes", "show", "--json")

    told = json.loads(out)
    first, second, third = told["route"]["routes"]
    assert (first["receiver"], first["continue"]) == ("ops", True)
    assert second["routes"][0]["group_by"] == ["rule", "source"]
    assert (third["digest"]["at"], third["when_muted"]) == (["09:00", "18:00"], "drop")
    assert told["inhibit_rules"][0]["for"] == "12h"


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["rule=bridges"], ["desk at once route"]),
        (
            ["severity=high", "desk=kyiv"],
            ["ops at once route.routes[0]", "desk at once route.routes[1]"],
        ),
        (
            ["severity=high", "desk=kyiv", "--at", "2026-11-27 03:00"],
            [
                "ops at once route.routes[0]",
                "desk held until Fri 27 Nov 07:00: `night` route.routes[1]",
            ],
        ),
        (["severity=low"], ["desk not told at this time: outside of `night` route.routes[2]"]),
        (
            ["severity=low", "--at", "2026-11-27 03:00"],
            ["desk in the digest of Fri 27 Nov 23:00 route.routes[2]"],
        ),
        (
            ["--rule", "bridges", "--source", "mod", "severity=medium"],  # instead of its own
            ["desk at once route.routes[1]"],
        ),
        (
            ["--rule", "bridges", "country=ua", "source=mod"],
            [
                "ops at once route.routes[0]",
                'desk with others that have rule="bridges" source="mod" route.routes[1].routes[0]',
            ],
        ),
    ],
)
def test_it_is_said_who_would_hear_an_alert(here, arguments, lines):
    at = [] if "--at" in arguments else ["--at", "2026-11-27 12:00"]
    status, out, _ = here.call("routes", "test", *arguments, *at)

    assert status == 0
    assert [" ".join(line.split()) for line in out.splitlines()[1:]] == lines


def test_what_is_expected_is_held_against_what_would_be(here):
    call = ["routes", "test", "--rule", "bridges"]

    assert here.call(*call, "--expect", "desk,ops")[0] == 0
    assert here.call(*call, "--expect", "ops, desk")[0] == 0
    status, _, err = here.call(*call, "--expect", "desk")
    assert (status, err) == (1, "expected: desk; it would be: ops, desk\n")
    status, _, err = here.call(*call, "--expect", "dsk")
    assert (status, "no receiver is called `dsk`; did you mean `desk`?" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["severity"], "“severity” is no label with its value"),
        (["--rule", "brigdes"], "no rule is called `brigdes`; did you mean `bridges`?"),
        (["--source", "mdo"], "no source is called `mdo`; did you mean `mod`?"),
        (["severity=low", "--at", "later"], "--at: “later” is no time here"),
    ],
)
def test_what_cannot_be_tried_is_refused(here, arguments, why):
    status, _, err = here.call("routes", "test", *arguments)

    assert (status, why in err) == (2, True), err


def test_a_label_that_nothing_has_is_doubted(here):
    _, _, err = here.call("routes", "test", "severty=high", "country=rus", "tags=war", "tag=x")

    assert err.splitlines() == [
        "warning: no alert has a label `severty`; did you mean `severity`?",
        "warning: no source has the country `rus`; did you mean `ru`?",
        "warning: no rule has the tag `x`; there is war",
    ]


def test_an_alert_is_tried_for_programs(here):
    _, out, _ = here.call("routes", "test", "severity=low", "--json", "--at", "2026-11-27T03:00")

    assert json.loads(out) == [
        {
            "receiver": "desk",
            "route": "route.routes[2]",
            "how": "digest",
            "why": "in the digest of Fri 27 Nov 23:00",
            "due": "2026-11-27T21:00:00+00:00",
            "key": 'desk digest {}/{severity="low"}',
        }
    ]
