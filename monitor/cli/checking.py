"""`monitor check`: every mistake in the configuration and its rules, and the rules' own tests."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache
from monitor.config import report as reports
from monitor.config.codes import Code
from monitor.config.load import Loaded, Loader, load
from monitor.errors import ConfigError, Problem
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import CompiledRule, compile_rules
from monitor.match.morphology import Expander
from monitor.match.proof import run_tests


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]…", help="configurations; the one in use by default"),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    format_: Annotated[
        Format, typer.Option("--format", help="for people or programs")
    ] = Format.TEXT,
) -> None:
    """Explain every mistake in the configuration and its rules, and run the rules' own tests."""
    expander = Expander(cache())
    problems: list[Problem] = []
    summaries = []
    unreadable = False
    for file in _mains(files or [config], config):
        try:
            loaded = load(file)
        except ConfigError as error:
            problems += error.problems
            unreadable |= any(one.code == Code.UNREADABLE for one in error.problems)
            continue
        compiled, found = findings(loaded, expander)
        problems += found
        summaries.append(_summary(file, loaded, compiled))
    report(problems, format_)
    wrong = any(not problem.warning for problem in problems)
    if format_ is Format.TEXT and not wrong:
        for summary in summaries:
            typer.echo(summary)
    if unreadable:
        raise typer.Exit(2)
    if wrong:
        raise typer.Exit(1)


def _mains(files: Sequence[Path], config: Path) -> list[Path]:
    """Return the files to check: for one that the configuration includes, the configuration."""
    loader = Loader()
    with suppress(ConfigError):
        loader.load(config)
    included = {file.resolve() for file in loader.files}
    return list(dict.fromkeys(config if file.resolve() in included else file for file in files))


def findings(loaded: Loaded, expander: Expander) -> tuple[tuple[CompiledRule, ...], list[Problem]]:
    """Return the rules that can be used, and all that is wrong with the configuration."""
    compiled, problems = compile_rules(loaded.config.rules, loaded.config.lists, expander)
    identifier = LanguageIdentifier(loaded.config.language.engine)
    sources = {source.id: source.provenance for source in loaded.config.sources}
    failed = [problem for rule in compiled for problem in run_tests(rule, identifier, sources)]
    return compiled, [*loaded.problems, *map(loaded.placed, [*problems, *failed])]


def report(problems: Sequence[Problem], format_: Format = Format.TEXT) -> None:
    """Print problems: for people to standard error, for programs to standard output."""
    if format_ is Format.TEXT:
        if problems:
            sys.stderr.write(reports.as_text(problems))
    elif format_ is Format.JSON:
        sys.stdout.write(reports.as_json(problems))
    elif problems:
        sys.stdout.write(reports.as_github(problems))


def _summary(file: Path, loaded: Loaded, compiled: Sequence[CompiledRule]) -> str:
    enabled = sum(source.enabled for source in loaded.config.sources)
    off = len(loaded.config.sources) - enabled
    tests = sum(len(rule.rule.tests) for rule in compiled)
    return (
        f"{file}: {_many(enabled, 'source')} ({off} more off), {_many(len(compiled), 'rule')},"
        f" {_many(tests, 'test')} of their own passed,"
        f" {_many(len(loaded.config.receivers), 'receiver')}"
    )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
