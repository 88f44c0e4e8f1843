"""`monitor search`: what the archive holds, asked in the rule language."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.app.asking import Found, Search
from monitor.archive import documents, sources, stories
from monitor.archive.documents import Selection
from monitor.archive.store import Store
from monitor.cli.archived import opened
from monitor.cli.asking import compiled_query
from monitor.cli.checking import many
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err
from monitor.cli.filters import wanted_languages, wanted_sources
from monitor.cli.found import Rows, Shape
from monitor.cli.moments import window
from monitor.cli.progress import Advance, progress
from monitor.config.load import load
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher
from monitor.model import Archived, Document

Since = Annotated[
    str | None,
    typer.Option("--since", help="a date, a date and time, or back from now: 2022-09-06, 30d, 12h"),
]
Until = Annotated[str | None, typer.Option("--until", help="the same; a date is meant whole")]


def search(  # noqa: PLR0913  # one parameter an option: typer's way
    query: Annotated[str, typer.Argument(metavar="QUERY", help="as under `query:` of a rule")],
    *,
    config: ConfigPath = DEFAULT_CONFIG,
    since: Since = None,
    until: Until = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", help="an id, or some with *; repeatable")
    ] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", help="ru, ua, …; repeatable")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="official, state, independent; repeatable"),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="ru, uk, en, …; repeatable")
    ] = None,
    format_: Annotated[
        Shape, typer.Option("--format", help="for people, programs, or spreadsheets")
    ] = Shape.TABLE,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="at most so many, the newest")
    ] = None,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="every text that matches, not the newest only")
    ] = False,
    by_story: Annotated[
        bool, typer.Option("--stories", help="each story once, with who told it first")
    ] = False,
) -> None:
    """Look for what was said: the archive, newest first, in the language of rules."""
    loaded = load(config)
    zone = ZoneInfo(loaded.config.timezone)
    when = window(since, until, datetime.now(UTC), zone)
    tongues = wanted_languages(language or [])
    rule = compiled_query(query, loaded)
    with opened(loaded.config, read_only=True) as store:
        known = store.read_now(sources.known)
        known |= {one.id: one.provenance for one in loaded.config.sources}
        selection = Selection(
            since=when.since,
            until=when.until,
            sources=wanted_sources(known, source or [], country or [], kind or []),
            languages=tongues,
        )
        ids = store.read_now(lambda tx: documents.select_ids(tx, selection))
        identifier = LanguageIdentifier(loaded.config.language.engine)
        failures = _Failures()
        looking = Search(Matcher([rule]), identifier, known, every=revisions, failed=failures)
        rows = Rows(format_, zone, max(map(len, known), default=0), stories=by_story)
        try:
            with progress("searching") as advance:
                texts = _counted(documents.stream(store.read_now, ids), len(ids), advance)
                findings = looking.findings(texts)
                findings = _each_story_once(store, findings) if by_story else findings
                shown = _print(findings, rows, limit)
        except KeyboardInterrupt:
            err.print(f"stopped after {looking.read:,} of {many(len(ids), 'text')}")
            raise typer.Exit(130) from None
    if format_ is Shape.TABLE:
        noun = "text" if revisions else "document"
        told = f"{shown:,} {'story' if shown == 1 else 'stories'}"
        found = (told if by_story else many(shown, noun)) if shown else "nothing"
        more = "; a higher --limit shows older ones" if shown == limit else ""
        none = "" if len(ids) else ": the options leave none"
        err.print(f"{found} found in {many(looking.read, 'text')}{none}{more}", soft_wrap=True)
    if failures.number:
        raise typer.Exit(1)


class _Failures:
    """Prints where the query failed, and counts."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, archived: Archived, reason: str) -> None:
        self.number += 1
        where = f"#{archived.ref}, revision {archived.revision}"
        err.print(f"{where}: the query failed: {reason}", soft_wrap=True, markup=False)


def _each_story_once(store: Store, findings: Iterable[Found]) -> Iterator[Found]:
    """Yield of each story what comes first, with all of it; what is of none by itself."""
    shown: set[int] = set()
    for found in findings:
        story_id = store.read_now(partial(stories.of_document, document_id=found.archived.id))
        if story_id is None:
            yield found
        elif story_id not in shown:
            shown.add(story_id)
            story = store.read_now(partial(stories.summary, story_id=story_id))
            yield replace(found, story=story)


def _counted(
    texts: Iterable[tuple[Archived, Document]], total: int, advance: Advance
) -> Iterator[tuple[Archived, Document]]:
    for number, text in enumerate(texts):
        advance(number, total)
        yield text


def _print(findings: Iterable[Found], rows: Rows, limit: int | None) -> int:
    """Print so many of them, as they come; return how many there were."""
    shown = 0
    rows.begin()
    for shown, found in enumerate(findings, start=1):
        rows.add(found)
        if shown == limit:
            break
    return shown
