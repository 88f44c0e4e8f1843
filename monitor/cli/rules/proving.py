"""`monitor rules test`: the rules' own tests, each with what came of it."""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer

from monitor.cli.checking import Format, many, report, trials_of, tried_of
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.rules.chosen import chosen
from monitor.config.load import Loaded, load
from monitor.match.proof import Trial, failures


def try_tests(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]…", help="ids of rules; all by default")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    format_: Annotated[
        Format, typer.Option("--format", help="for people or programs")
    ] = Format.TEXT,
) -> None:
    """Try the tests that rules carry; exit 1 where one fails or a rule cannot be used."""
    loaded = load(config)
    found = chosen(loaded, names or ())
    trials = trials_of(loaded, found.compiled)
    wrong = [*found.errors, *map(loaded.placed, failures(trials))]
    if format_ is Format.TEXT:
        _print([rule.rule.id for rule in found.compiled], trials)
    if format_ is Format.JSON:
        said = [_as_json(trial, loaded) for trial in trials]
        sys.stdout.write(json.dumps(said, ensure_ascii=False, indent=2) + "\n")
        report(found.errors)
    else:
        sys.stdout.flush()
        report(wrong, format_, tried_of(loaded, trials))
    if wrong:
        raise typer.Exit(1)


def _print(rules: Sequence[str], trials: Sequence[Trial]) -> None:
    by_rule = {name: list(of) for name, of in groupby(trials, key=lambda trial: trial.rule)}
    width = max(map(len, rules), default=0)
    for name in rules:
        tried = by_rule.get(name, [])
        failed = len(failures(tried))
        mark, said = "[green]✓[/]", many(len(tried), "test")
        if failed:
            mark, said = "[red]✗[/]", f"[red]{failed} of {many(len(tried), 'test')} failed[/]"
        elif not tried:
            mark, said = "[dim]·[/]", "[dim]no tests[/]"
        out.print(f"{mark} {name:<{width}}  {said}", soft_wrap=True)


def _as_json(trial: Trial, loaded: Loaded) -> dict[str, object]:
    place = loaded.place(("rules", trial.rule, *trial.path))
    return {
        "rule": trial.rule,
        "test": trial.index + 1,
        "expects": trial.expects,
        "text": trial.test.said,
        "passed": trial.failure is None,
        "why": trial.failure.text if trial.failure else None,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }
