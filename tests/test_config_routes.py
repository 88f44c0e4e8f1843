"""Routes, time intervals and inhibit rules in config.yaml: every mistake, at its place."""

from pathlib import Path

import pytest

from monitor.config.load import Loader
from monitor.errors import ConfigError, Problem
from monitor.notify.route import Routing

HEAD = """\
version: 1
rules:
  - {id: bridges, query: міст, tags: war, labels: {desk: kyiv}}
sources:
  - {id: mod, name: M, country: ru, kind: official, url: "https://mod.test/"}
receivers: [{name: desk, console: {}}, {name: ops, console: {}}]
"""  # six lines
BOTH = "route: {receiver: desk, routes: [{matchers: kind=state, receiver: ops}]}\n"


def problems(folder: Path, text: str) -> list[Problem]:
    path = folder / "config.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    try:
        return list(Loader({}).load(path).problems)
    except ConfigError as error:
        return list(error.problems)


def routes(*lines: str) -> str:
    return (
        "\n".join(["route:", "  receiver: desk", "  routes:", *(f"    {x}" for x in lines)]) + "\n"
    )


OPS = "- {matchers: kind=state, receiver: ops}"  # in line 10, so that somebody hears everything

MISTAKES = {
    "a root without receiver": ("route: {routes: [{receiver: ops}]}\n", ["7:8 MM011"]),
    "a root with matchers": (
        BOTH.replace("desk,", "desk, matchers: [kind=state],"),
        ["7:25 MM010"],
    ),
    "a muted root": (
        BOTH.replace("desk,", "desk, mute_time_intervals: [night],"),
        ["7:25 MM010", "7:47 MM070"],
    ),
    "an unknown receiver": (
        routes(OPS, "- {matchers: kind=official, receiver: opps}"),
        ["11:43 MM021"],
    ),
    "an unknown receiver deep down": (
        routes(OPS, "- {matchers: kind=official, routes: [{receiver: opps}]}"),
        ["11:53 MM021"],
    ),
    "a receiver that no route leads to": (routes("- {matchers: kind=state}"), ["6:47 MM051"]),
    "a receiver behind a route that takes it all": (
        routes("- {receiver: desk}", OPS),
        ["6:47 MM051", "11:7 MM074"],
    ),
    "a receiver of a root from which all is taken": (
        routes("- {receiver: ops}"),
        ["6:20 MM051"],
    ),
    "an unknown time interval": (
        routes(OPS, "- {matchers: kind=official, active_time_intervals: [nite]}"),
        ["11:57 MM070"],
    ),
    "no matcher": (routes(OPS, "- matchers: ['kind==state']"), ["11:24 MM013"]),
    "a matcher in a block": (
        routes(OPS, "- matchers:", '    - country="ru', "    - kind=~'(a'"),
        ["12:19 MM013", "13:18 MM013"],
    ),
    "a matcher that is a mapping": (routes(OPS, "- matchers: [kind: state]"), ["11:18 MM009"]),
    "an unknown rule": (routes(OPS, "- matchers: [rule=bridge]"), ["11:18 MM073"]),
    "an unknown source": (routes(OPS, "- matchers: [source=mdo]"), ["11:18 MM073"]),
    "an unknown country": (routes(OPS, "- matchers: [country=ua]"), ["11:18 MM073"]),
    "an unknown kind": (routes(OPS, "- matchers: [kind=stat]"), ["11:18 MM073"]),
    "an unknown severity": (routes(OPS, "- matchers: [severity=~low|hihg]"), ["11:18 MM073"]),
    "an unknown tag": (routes(OPS, "- matchers: [tags=peace]"), ["11:18 MM073"]),
    "an unknown value of a label": (routes(OPS, "- matchers: [desk=kiev]"), ["11:18 MM073"]),
    "a pattern that nothing fits": (routes(OPS, "- matchers: ['rule=~x.*']"), ["11:18 MM073"]),
    "an unknown label": (routes(OPS, "- matchers: [sevrity=high]"), ["11:18 MM072"]),
    "a label of silences": (routes(OPS, "- matchers: [receiver=desk]"), ["11:18 MM072"]),
    "an unknown label to group by": (
        routes(OPS, "- {matchers: kind=official, group_by: [rul]}"),
        ["11:44 MM072"],
    ),
    "a group and a digest": (
        routes(OPS, "- {matchers: kind=official, group_by: [rule], digest: {at: 09:00}}"),
        ["11:7 MM016"],
    ),
    "everything and something to group by": (
        routes(OPS, "- {matchers: kind=official, group_by: [rule, ...]}"),
        ["11:7 MM016"],
    ),
    "a time that does not exist": (
        routes(OPS, "- {matchers: kind=official, digest: {at: [09:00, 25:00]}}"),
        ["11:54 MM013"],
    ),
    "a digest without hours": (
        routes(OPS, "- {matchers: kind=official, digest: {max_items: 3}}"),
        ["11:41 MM011"],
    ),
    "the zone of a digest": (
        routes(OPS, "- {matchers: kind=official, digest: {at: 09:00, timezone: Kyiv}}"),
        ["11:63 MM025"],
    ),
    "the zone of a time interval": (
        BOTH + "time_intervals: [{name: n, time_intervals: {years: 2026, location: Kyiv}}]\n",
        ["8:44 MM009"],
    ),
    "the zone of a time interval in a list": (
        BOTH + "time_intervals: [{name: n, time_intervals: [{years: 2026, location: Kyiv}]}]\n",
        ["8:69 MM025"],
    ),
    "a night in one piece": (
        BOTH + "time_intervals:\n  - name: n\n    time_intervals:\n"
        "      - times: [{start_time: 23:00, end_time: 07:00}]\n",
        ["11:17 MM016"],
    ),
    "two time intervals of one name": (
        BOTH + "time_intervals:\n  - {name: n, time_intervals: [{years: 2026}]}\n"
        "  - {name: n, time_intervals: [{years: 2027}]}\n",
        ["10:12 MM020"],
    ),
    "both sides alike": (
        BOTH + "inhibit_rules:\n"
        "  - {name: x, source_matchers: [rule=bridges, kind=state],\n"
        '     target_matchers: [kind="state", rule=bridges]}\n',
        ["10:6 MM071"],
    ),
    "an unknown label that must agree": (
        BOTH + "inhibit_rules:\n"
        "  - {name: x, source_matchers: rule=bridges, target_matchers: kind=state, equal: stor}\n",
        ["9:82 MM072"],
    ),
    "a rule that inhibits nothing": (
        BOTH + "inhibit_rules: [{name: x}]\n",
        ["8:17 MM011", "8:17 MM011"],
    ),
    "the same route twice": (
        routes(OPS, "- {matchers: [severity=low, kind=state]}"),
        ["11:7 MM074"],
    ),
    "a last route that goes on": (
        routes(OPS, "- {matchers: kind=official, continue: true}"),
        ["11:33 MM075"],
    ),
    "when_muted without mute times": (
        routes(OPS, "- {matchers: kind=official, when_muted: drop}"),
        ["11:33 MM075"],
    ),
    "waiting without grouping": (
        routes(OPS, "- {matchers: kind=official, group_wait: 1m}"),
        ["11:33 MM075"],
    ),
}


@pytest.mark.parametrize(
    ("text", "wanted"), [pytest.param(*case, id=name) for name, case in MISTAKES.items()]
)
def test_a_mistake_is_shown_at_its_place(text, wanted, tmp_path):
    found = problems(tmp_path, text)

    assert [f"{one.line}:{one.column} {one.code}" for one in found] == wanted


def test_a_label_of_a_rule_that_is_named_like_one_of_ours_is_warned_of(tmp_path):
    (tmp_path / "more.yaml").write_text("rules: [{id: a, query: x, labels: {kind: y}}]\n")

    (found,) = problems(tmp_path, BOTH + "include: more.yaml\n")

    assert (Path(found.file).name, found.line, found.column) == ("more.yaml", 1, 36)
    assert (found.code, found.warning) == ("MM076", True)


def test_every_mistake_is_shown_at_once(tmp_path):
    text = routes(
        "- {matchers: [severty=high, 'rule=~(a'], receiver: opps, mute_time_intervals: [nite]}",
        "- {matchers: [rule=bridge], digest: {at: 09:00, timezone: Kyiv}, group_by: [rule]}",
    )

    found = [one.code for one in problems(tmp_path, text)]

    assert sorted(found) == [
        "MM013", "MM016", "MM021", "MM025", "MM051", "MM070", "MM072", "MM073",
    ]  # fmt: skip


def test_what_is_wrong_elsewhere_does_not_hide_what_is_wrong_in_routes(tmp_path):
    found = problems(tmp_path, "timezone: Mars\n" + routes("- {receiver: opps}"))

    assert {"MM021", "MM025"} <= {one.code for one in found}


@pytest.mark.parametrize(
    "text",
    [
        BOTH,
        BOTH + "time_intervals: []\ninhibit_rules: []\n",
        routes(OPS, "- {matchers: kind=official, routes: [{matchers: tag=war}]}"),
        routes("- {matchers: kind=state, receiver: ops, continue: true}", "- {receiver: desk}"),
        routes(OPS, "- {matchers: [rule!=bridges, desk='', 'story=~s.+', language=uk]}"),
        routes(OPS, "- {matchers: kind=official, group_by: [], group_wait: 0s}"),
        routes(OPS, "- {matchers: kind=official, group_by: [tags, desk, story]}"),
    ],
)
def test_what_is_right_is_not_objected_to(text, tmp_path):
    assert [str(one) for one in problems(tmp_path, text)] == []


def test_what_is_right_can_be_used(tmp_path):
    problems(tmp_path, routes(OPS, "- {matchers: kind=official, digest: {at: 9:00}}"))

    tree = Routing(Loader({}).load(tmp_path / "config.yaml").config)
    (hearing,) = tree.hearings({"kind": ("official",)})
    assert hearing.route == "route.routes[1]"


@pytest.mark.parametrize("said", ["route: [a]", "route: x", "route: {receiver: desk, routes: x}"])
def test_a_route_of_another_shape_is_objected_to_in_words(said, tmp_path):
    assert "MM009" in {one.code for one in problems(tmp_path, said + "\n")}
