"""Commands about the routes: the tree as it is, and where an alert would go."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err, out
from monitor.cli.moments import moment
from monitor.config.labels import Vocabulary, known_labels
from monitor.config.load import Loaded, load
from monitor.config.matchers import ALIASES, Labels, Matcher
from monitor.config.routing import InhibitRule
from monitor.config.words import did_you_mean
from monitor.errors import MonitorError
from monitor.model import Match
from monitor.notify.branch import Branch, Timing
from monitor.notify.route import Hearing, Routing, labels_of_rule, labels_of_source

routes = typer.Typer(help="Who hears what, and when.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


@routes.command("show")
def show(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:  # noqa: FBT002  # typer's way
    """Show the routes as a tree: what comes to each, who hears it, and when."""
    loaded = load(config)
    tree = Routing(loaded.config)
    if as_json:
        rules = [_rule_json(rule) for rule in loaded.config.inhibit_rules]
        answer = {"route": _branch_json(tree.root), "inhibit_rules": rules}
        out.print_json(json.dumps(answer, ensure_ascii=False))
        return
    for line in _tree(tree.root, "", ""):
        out.print(line, markup=False, soft_wrap=True)
    for rule in loaded.config.inhibit_rules:
        source, target = (_all(side) for side in (rule.source_matchers, rule.target_matchers))
        same = f", if they agree in {', '.join(rule.equal)}" if rule.equal else ""
        line = f"{rule.name}: {source} keeps back {target}{same}, for {_hours(rule)}"
        out.print(line, markup=False, soft_wrap=True)


@routes.command("test")
def try_(  # noqa: PLR0913, PLR0917  # a command's options
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL=VALUE…]", help="severity=high rule=x")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="an alert of this rule")] = None,
    source: Annotated[str | None, typer.Option("--source", help="from this source")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="at this time: '2026-11-27 03:00'; now by default")
    ] = None,
    expect: Annotated[
        str | None, typer.Option("--expect", help="desk,ops: exit 1 if others would hear it")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """Say who would hear an alert with these labels, by which route, and when."""
    loaded = load(config)
    given = {**_of_rule(loaded, rule), **_of_source(loaded, source), **_written(labels or [])}
    _doubt(given, vocabulary(loaded))
    zone = ZoneInfo(loaded.config.timezone)
    now = datetime.now(UTC) if at is None else moment("--at", at, zone)
    found = [(one, one.timing(now)) for one in Routing(loaded.config).hearings(given)]
    if as_json:
        out.print_json(json.dumps([_hearing_json(*one) for one in found], ensure_ascii=False))
    else:
        rows = [("receiver", "when", "route")]
        rows += [(hearing.receiver, timing.why, timing.route) for hearing, timing in found]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:  # no table: a line each, however narrow the terminal is
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            out.print("  ".join(cells).rstrip(), markup=False, soft_wrap=True)
    if expect is not None:
        _compare(expect, [hearing.receiver for hearing, _ in found], loaded)


def vocabulary(loaded: Loaded) -> Vocabulary:
    """Return the labels and values that alerts can have, as silences know them."""
    config = loaded.config
    names = {rule.id for rule in config.rules} | set(loaded.broken_rules)
    receivers = [receiver.name for receiver in config.receivers]
    return known_labels(config.rules, names, config.sources, receivers)


def _tree(branch: Branch, first: str, further: str) -> Iterator[str]:
    """Yield a route and those under it, a line each."""
    comes = "everything" if branch.path == "route" else _all(branch.matchers)
    notes = [str(branch.plan), *([branch.mutes] if branch.mutes else [])]
    notes += ["and goes on"] * branch.goes_on
    yield f"{first}{comes} → {branch.receiver}: {'; '.join(notes)}"
    for number, under in enumerate(branch.branches, 1):
        is_last = number == len(branch.branches)
        own, rest = ("└── ", "    ") if is_last else ("├── ", "│   ")
        yield from _tree(under, further + own, further + rest)


def _all(matchers: Sequence[Matcher]) -> str:
    return " ".join(map(str, matchers)) or "the rest"


def _hours(rule: InhibitRule) -> str:
    spelled: str = rule.model_dump(mode="json", by_alias=True)["for"]
    return spelled


def _of_rule(loaded: Loaded, name: str | None) -> Labels:
    if name is None:
        return {}
    rules = {rule.id: rule for rule in loaded.config.rules}
    if name not in rules:
        raise MonitorError(f"no rule is called `{name}`{did_you_mean(name, rules)}")
    rule = rules[name]
    return labels_of_rule(
        Match(
            rule=rule.id,
            title=rule.title,
            severity=rule.severity,
            tags=rule.tags,
            labels=rule.labels,
        )
    )


def _of_source(loaded: Loaded, name: str | None) -> Labels:
    if name is None:
        return {}
    sources = {source.id: source for source in loaded.config.sources}
    if name not in sources:
        raise MonitorError(f"no source is called `{name}`{did_you_mean(name, sources)}")
    return labels_of_source(sources[name].provenance)


def _written(pairs: Sequence[str]) -> Labels:
    """Return what stands on the command line; a label that stands there twice has two values."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.isidentifier():
            raise MonitorError(f"“{pair}” is no label with its value: write severity=high")
        name = ALIASES.get(name, name)
        found[name] = (*found.get(name, ()), value)
    return found


def _doubt(labels: Labels, known: Vocabulary) -> None:
    """Say on standard error what no alert would have."""
    for name, values in labels.items():
        for value in values:
            for _, message in known.doubts(Matcher(name, "=", value)):
                err.print(f"warning: {message}", markup=False, soft_wrap=True)


def _compare(expect: str, found: Sequence[str], loaded: Loaded) -> None:
    wanted = {name.strip() for name in expect.split(",") if name.strip()}
    names = [receiver.name for receiver in loaded.config.receivers]
    for name in sorted(wanted.difference(names)):
        raise MonitorError(f"no receiver is called `{name}`{did_you_mean(name, names)}")
    if wanted != set(found):
        said = ", ".join(sorted(wanted)) or "nobody"
        err.print(f"expected: {said}; it would be: {', '.join(found)}", markup=False)
        raise typer.Exit(1)


def _branch_json(branch: Branch) -> Mapping[str, object]:
    plan = branch.plan
    return {
        "route": branch.path,
        "matchers": [str(one) for one in branch.matchers],
        "receiver": branch.receiver,
        "continue": branch.goes_on,
        "how": plan.how,
        "group_by": plan.group_by,
        "group_wait": plan.wait.total_seconds(),
        "group_interval": plan.interval.total_seconds(),
        "digest": plan.digest and plan.digest.model_dump(mode="json"),
        "mute_time_intervals": [one.name for one in branch.mute],
        "active_time_intervals": [one.name for one in branch.active],
        "when_muted": "drop" if branch.drops else "hold",
        "routes": [_branch_json(one) for one in branch.branches],
    }


def _rule_json(rule: InhibitRule) -> Mapping[str, object]:
    return rule.model_dump(mode="json", by_alias=True)


def _hearing_json(hearing: Hearing, timing: Timing) -> Mapping[str, object]:
    return {
        "receiver": hearing.receiver,
        "route": timing.route,
        "how": timing.how,
        "why": timing.why,
        "due": timing.due and timing.due.isoformat(),
        "key": timing.key,
    }
