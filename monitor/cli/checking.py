"""`monitor check`: every mistake in the configuration and its rules, and the rules' own tests."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache
from monitor.config import report as reports
from monitor.config.codes import Code
from monitor.config.include import BUILTIN
from monitor.config.load import Loaded, Loader
from monitor.config.report import Tried
from monitor.errors import ConfigError, Problem
from monitor.match.codes import Code as RuleCode
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import CompiledRule, compile_rules
from monitor.match.proof import Trial, failures, try_rule
from monitor.match.rules import advise_lists
from monitor.match.words.morphology import Expander
from monitor.notify.lint import problems as template_problems


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The rules of a configuration that can be used, and all that is wrong with it."""

    compiled: tuple[CompiledRule, ...]
    problems: tuple[Problem, ...]
    trials: tuple[Trial, ...]  #: the rules' own tests


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
    tried: list[Tried] = []
    summaries = []
    unreadable = False
    for file in _mains(files or [config], config):
        draft = Loader().draft(file)
        unreadable |= any(one.code == Code.UNREADABLE for one in draft.problems)
        if draft.readable is None:
            problems += draft.problems
            continue
        found = findings(draft.readable, expander)
        problems += found.problems
        tried += tried_of(draft.readable, found.trials)
        summaries.append(_summary(file, draft.readable, found))
    report(problems, format_, tried)
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


def findings(loaded: Loaded, expander: Expander) -> Findings:
    """Compile the rules of a configuration and try their tests."""
    compiled, problems = compile_rules(loaded.config.rules, loaded.config.vocabulary, expander)
    problems = (*problems, *advise_lists(loaded.config.vocabulary, expander))
    trials = trials_of(loaded, compiled)
    looks = template_problems(loaded.config.templates)
    placed = [*map(loaded.placed, [*problems, *failures(trials)]), *map(loaded.placed, looks)]
    main = loaded.main.tree.text.file
    in_order = sorted(
        (one for one in (*loaded.problems, *placed) if not _is_told_already(one)),
        key=lambda one: (one.file != main, one.file, one.line, one.column),
    )
    return Findings(compiled=compiled, problems=tuple(in_order), trials=trials)


def _is_told_already(problem: Problem) -> bool:
    """Return whether the file says more of it, or it is only a warning of a file that ships.

    A list in a file has no terms where something is wrong with them, which is told there.
    """
    is_ours = problem.warning and Path(problem.file).parent == BUILTIN
    return is_ours or problem.code == RuleCode.EMPTY_LIST


def tried_of(loaded: Loaded, trials: Iterable[Trial]) -> list[Tried]:
    """Return tests as a report names them, those that failed with their place."""
    return [
        Tried(
            rule=one.rule,
            name=f"{one.expects}: {one.test.said}",
            problem=loaded.placed(one.failure) if one.failure else None,
        )
        for one in trials
    ]


def trials_of(loaded: Loaded, compiled: Iterable[CompiledRule]) -> tuple[Trial, ...]:
    """Try the tests of these rules, each read as the configuration says."""
    identifier = LanguageIdentifier(loaded.config.language.engine)
    sources = {source.id: source.provenance for source in loaded.config.sources}
    return tuple(trial for rule in compiled for trial in try_rule(rule, identifier, sources))


def report(
    problems: Sequence[Problem], format_: Format = Format.TEXT, tried: Sequence[Tried] = ()
) -> None:
    """Print problems: for people to standard error, for programs to standard output."""
    if format_ is Format.TEXT:
        if problems:
            sys.stderr.write(reports.as_text(problems))
    elif format_ is Format.JUNIT:
        sys.stdout.write(reports.as_junit(problems, tried))
    elif format_ is Format.JSON:
        sys.stdout.write(reports.as_json(problems))
    elif problems:
        sys.stdout.write(reports.as_github(problems))


def _summary(file: Path, loaded: Loaded, found: Findings) -> str:
    enabled = sum(source.enabled for source in loaded.config.sources)
    off = len(loaded.config.sources) - enabled
    untested = sum(not rule.rule.tests for rule in found.compiled)
    without = f" ({untested} without)" if untested else ""
    return (
        f"{file}: {many(enabled, 'source')} ({off} more off), {many(len(found.compiled), 'rule')},"
        f" {many(len(found.trials), 'test')} of their own passed{without},"
        f" {many(len(loaded.config.receivers), 'receiver')}"
    )


def many(number: int, noun: str) -> str:
    """Return a number with its noun: `1 rule`, `2 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
