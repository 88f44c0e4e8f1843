"""A changed config.yaml, taken over while the program runs; what cannot be taken is said."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.app.program import Program, watch_of
from monitor.app.rulebook import Change, Rulebook, change, faults_said, rulebook
from monitor.archive import batches, documents, receivers, rules
from monitor.archive.store import Transaction
from monitor.config.codes import Code
from monitor.config.load import Loaded, Loader
from monitor.config.schema import Config
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.ingest import Watch
from monitor.match.matcher import CompiledRule, Matcher
from monitor.model import Severity

log = logging.getLogger(__name__)

_LOOK_BACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A configuration that can be used, with everything that follows from it."""

    loaded: Loaded
    book: Rulebook
    watch: Watch


class Reloader:
    """Reads the configuration again and swaps what changed."""

    def __init__(self, program: Program, path: Path, loader: Loader) -> None:
        """Reload for this program, from this file."""
        self._program = program
        self._path = path
        self._loader = loader
        self._one = asyncio.Lock()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return the folders in which a change of the configuration would show."""
        return self._loader.folders

    async def reload(self) -> None:
        """Take over what changed; leave all as it was where the file as a whole is wrong."""
        async with self._one:
            try:
                good = await self._program.store.read(rules.good)
                taken = await asyncio.to_thread(self._read, good)
                await self._swap(taken)
            except ConfigError as error:
                await self._refused(error.problems)
            except MonitorError as error:
                await self._refused([self._unusable(str(error))])
            except Exception as error:
                # Whoever watches the files must outlive every mistake, ours too.
                log.exception("reloading failed")
                await self._refused([self._unusable(f"{type(error).__name__} in this program")])

    def _unusable(self, why: str) -> Problem:
        return Problem(code=Code.UNUSABLE, text=why, file=str(self._path))

    def _read(self, good: dict[str, str]) -> Taken:
        """Load and compile beside the running program, which is not touched."""
        loaded = self._loader.load(self._path)
        program = self._program
        book = rulebook(
            loaded.config, loaded.broken_rules, good, program.expander, program.rulebook
        )
        watch = watch_of(loaded.config, book, like=program.ingest.watch.matcher)
        return Taken(loaded=loaded, book=book, watch=watch)

    async def _swap(self, taken: Taken) -> None:
        program, config, now = self._program, taken.loaded.config, self._program.world.clock()
        # May raise; nothing is changed before.
        senders = await program.store.read(lambda tx: program.senders_of(tx, config))
        old = program.config
        delta = change(program.rulebook.bodies, taken.book.bodies)
        said = await self._said(taken, delta, old)
        program.outbox.use(senders)
        program.ingest.watch = taken.watch
        program.config, program.rulebook = config, taken.book
        await program.use_receivers()
        if _routed(old) != _routed(config):
            # What waits goes by hours that may be others now: earlier is better than too late.
            await program.store.write(lambda tx: batches.hurry(tx, now))
        await program.use_sources(config.sources, now)
        await program.store.write(lambda tx: rules.remember(tx, taken.book.good, now))
        await program.store.write(lambda tx: receivers.probe(tx, now))
        program.queued.set()
        log.info("configuration reloaded, %s rules in force", len(taken.book.rules))
        for line in faults_said(taken.loaded, taken.book):
            log.error(line)
        if said:
            severity = Severity.INFO if taken.book.is_as_written else Severity.HIGH
            await self._tell("The configuration was reloaded", said, severity)

    async def _said(self, taken: Taken, delta: Change, old: Config) -> str:
        new = taken.loaded.config
        lines = [
            *_rules_said(delta, await self._caught(taken, {*delta.added, *delta.changed})),
            *_sources_said(old, new),
            *_restart_said(old, new),
            *faults_said(taken.loaded, taken.book),
        ]
        return "\n".join(lines)

    async def _caught(self, taken: Taken, names: Collection[str]) -> dict[str, int]:
        """Return how many documents of the last day each of these rules matches."""
        chosen = [rule for rule in taken.book.rules if rule.rule.id in names]
        if not chosen:
            return {}
        since = self._program.world.clock() - _LOOK_BACK
        return await self._program.store.read(lambda tx: _count(tx, chosen, taken, since))

    async def _refused(self, problems: Iterable[Problem]) -> None:
        lines = [str(problem) for problem in problems if not problem.warning]
        log.error("configuration refused: %s", "\n".join(lines))
        text = "\n".join(["Everything stays as it was.", *lines])
        await self._tell("The changed configuration was refused", text, Severity.HIGH)

    async def _tell(self, subject: str, text: str, severity: Severity) -> None:
        program = self._program
        await program.store.write(
            lambda tx: program.tell(tx, subject=subject, text=text, severity=severity)
        )
        program.queued.set()


def _count(
    tx: Transaction, chosen: list[CompiledRule], taken: Taken, since: datetime
) -> dict[str, int]:
    """Return how many documents since then each of the rules matches."""
    matcher = Matcher(chosen)
    by_id = {source.id: source for source in taken.loaded.config.sources}
    counts: Counter[str] = Counter()
    for document in documents.since(tx, since):
        source = by_id.get(document.source)
        tongue = taken.watch.identifier.identify(
            document.title, document.text, source.language if source else document.language
        )
        where = source.provenance if source else None
        counts.update(matcher.satisfied(document.title, document.text, tongue, where))
    return dict(counts)


def _rules_said(delta: Change, caught: dict[str, int]) -> list[str]:
    lines = []
    for word, names in (("added", delta.added), ("changed", delta.changed)):
        lines += [f"{word}: {name} · {_times(caught.get(name, 0))}" for name in names]
    return lines + [f"removed: {name}" for name in delta.removed]


def _times(number: int) -> str:
    documents_ = "document" if number == 1 else "documents"
    return f"matches {number} {documents_} of the last 24 hours"


def _sources_said(old: Config, new: Config) -> list[str]:
    before = {source.id for source in old.sources if source.enabled}
    after = {source.id for source in new.sources if source.enabled}
    return [
        *(f"source added: {name}" for name in sorted(after - before)),
        *(f"source removed: {name}" for name in sorted(before - after)),
    ]


def _routed(config: Config) -> tuple[object, ...]:
    """Return what decides when something is told."""
    return config.route, config.time_intervals, config.timezone


def _restart_said(old: Config, new: Config) -> list[str]:
    fixed = ("store", "egress", "proxies", "stories")
    changed = [key for key in fixed if getattr(old, key) != getattr(new, key)]
    if (old.bot.enabled, old.bot.webhook) != (new.bot.enabled, new.bot.webhook):
        changed.append("bot")
    return [f"{key}: takes effect after a restart" for key in changed]
