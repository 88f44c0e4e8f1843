"""`monitor rules backtest`: what rules would have caught, before anybody hears of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from monitor.app.rulebook import change
from monitor.archive import feedback
from monitor.cli.archived import opened
from monitor.cli.checking import report
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err
from monitor.cli.moments import Window, window
from monitor.cli.progress import progress
from monitor.cli.rules import backtest_json, backtest_text
from monitor.cli.rules.cases import ArchivedTexts, GivenLines, Material
from monitor.cli.rules.chosen import Chosen, chosen
from monitor.cli.searching import Until
from monitor.config.load import Loaded, load
from monitor.config.rules import rule_to_json
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.match.matcher import Matcher
from monitor.match.tally import Case, Measure, compare, tally
from monitor.notify.limiter import PER_MINUTE

#: How far back the archive is read where nobody says.
_BACK = "30d"

Answer = TypeVar("Answer")


class Format(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def backtest(  # noqa: PLR0913  # one parameter an option: typer's way
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]…", help="ids of rules; all by default")
    ] = None,
    *,
    config: ConfigPath = DEFAULT_CONFIG,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="a date, a date and time, or back from now: 2022-09-06, 30d, 12h;"
            " of the archive 30d by default",
        ),
    ] = None,
    until: Until = None,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="JSON lines instead of the archive, also .gz; repeatable"),
    ] = None,
    changed_from: Annotated[
        Path | None,
        typer.Option("--changed-from", help="an older configuration: only what differs from it"),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", min=0, help="how many documents to show of each rule")
    ] = 3,
    format_: Annotated[
        Format, typer.Option("--format", help="for people or programs")
    ] = Format.TEXT,
) -> None:
    """Hold rules against the archive, or JSON lines, and say what they would have caught."""
    loaded = load(config)
    zone = ZoneInfo(loaded.config.timezone)
    back = since or (None if against or until else _BACK)
    now = datetime.now(UTC)
    when = window(back, until, now, zone)
    job = _Job(
        names=names or [],
        open=partial(_material, loaded.config, against or [], when, now),
        marked=partial(_marked, loaded.config, against or [], when),
        how=Measure(zone=zone, samples=samples, limit=PER_MINUTE),
        format=format_,
    )
    if changed_from is None:
        status = _tallied(loaded, job)
    else:
        status = _compared(load(changed_from), loaded, job)
    if status:
        raise typer.Exit(status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What was asked, but for the rules."""

    names: Sequence[str]
    open: Callable[[], AbstractContextManager[Material]]
    marked: Callable[[], Mapping[str, int]]  #: how often readers found a rule's alerts irrelevant
    how: Measure
    format: Format


def _tallied(loaded: Loaded, job: _Job) -> int:
    """Show what the rules catch; return the exit status."""
    found = chosen(loaded, job.names)
    report(found.errors)
    if not found.compiled:
        if not found.errors:
            raise MonitorError("there are no rules to try")
        return 1
    matcher = Matcher(found.compiled)
    answer, unreadable = _read(job, lambda cases: tally(cases, matcher, job.how))
    if job.format is Format.JSON:
        backtest_json.show_tally(answer, job.marked())
    else:
        backtest_text.show_tally(answer, job.how.zone, job.marked())
    wrong = bool(found.errors) or any(rule.failed for rule in answer.rules)
    return 2 if unreadable else int(wrong)


def _compared(old: Loaded, new: Loaded, job: _Job) -> int:
    """Show what an edit adds and drops; return the exit status."""
    for name in job.names:
        if name not in _ids(old):
            chosen(new, [name])  # says so where there is no such rule in either
    delta = change(_bodies(old.config), _bodies(new.config))
    wanted = {*delta.added, *delta.changed, *delta.removed, *new.broken_rules}
    wanted &= set(job.names) or wanted
    before, after = _chosen_of(old, wanted), _chosen_of(new, wanted)
    errors = [*before.errors, *after.errors]
    report(errors)
    # A rule with a mistake is neither added nor removed: nobody knows what it would catch.
    mistaken = _mistaken(old, before, wanted) | _mistaken(new, after, wanted)
    order = dict.fromkeys(one.rule.id for one in (*after.compiled, *before.compiled))
    compared = partial(
        compare,
        before=Matcher(before.compiled),
        after=Matcher(after.compiled),
        names=[name for name in order if name not in mistaken],
        samples=job.how.samples,
    )
    answer, unreadable = _read(job, compared) if order.keys() - mistaken else (compared(()), 0)
    if job.format is Format.JSON:
        backtest_json.show_comparison(answer)
    else:
        backtest_text.show_comparison(answer, job.how.zone)
    return 2 if unreadable else int(bool(errors))


def _chosen_of(loaded: Loaded, names: Collection[str]) -> Chosen:
    """Return those of the names that there are, compiled."""
    there = [name for name in _ids(loaded) if name in names]
    return chosen(loaded, there) if there else Chosen(compiled=(), errors=())


def _mistaken(loaded: Loaded, found: Chosen, names: Collection[str]) -> set[str]:
    written = {name for name in _ids(loaded) if name in names}
    return written - {one.rule.id for one in found.compiled}


def _ids(loaded: Loaded) -> list[str]:
    return [*(rule.id for rule in loaded.config.rules), *loaded.broken_rules]


def _bodies(config: Config) -> dict[str, str]:
    return {rule.id: rule_to_json(rule, config.vocabulary) for rule in config.rules}


def _read(job: _Job, count: Callable[[Iterator[Case]], Answer]) -> tuple[Answer, int]:
    """Return what is counted, and how many lines could not be read."""
    try:
        with job.open() as material, progress("reading") as advance:
            return count(material.cases(advance)), material.unreadable
    except KeyboardInterrupt:
        err.print("stopped; nothing is counted")
        raise typer.Exit(130) from None


def _marked(config: Config, files: Sequence[Path], when: Window) -> Mapping[str, int]:
    """Return how many documents of that time readers marked, by rule; nobody marks lines."""
    if files:
        return {}
    with opened(config, read_only=True) as store:
        return store.read_now(lambda tx: feedback.not_relevant(tx, when.since, when.until))


@contextmanager
def _material(
    config: Config, files: Sequence[Path], when: Window, now: datetime
) -> Iterator[Material]:
    if files:
        yield GivenLines(files, config, when, now)
        return
    with opened(config, read_only=True) as store:
        yield ArchivedTexts(store, config, when)
