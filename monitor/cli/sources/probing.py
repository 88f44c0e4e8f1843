"""`monitor sources probe`: which sources this server can see, by which way, and why not."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from monitor.app.probe import Look, Seen, probe
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.progress import progress
from monitor.cli.sources.catalogue import catalogued, find, readable
from monitor.collect.proxies import settings_of
from monitor.config.load import load
from monitor.config.schema import Config
from monitor.config.source import Source
from monitor.errors import MonitorError


def probe_(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE…]", help="ids of sources; the configured ones by default"),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    whole: Annotated[  # noqa: FBT002  # typer's way
        bool, typer.Option("--all", help="the whole catalogue, and the configured ones")
    ] = False,
    as_json: Annotated[  # noqa: FBT002  # typer's way
        bool, typer.Option("--json", help="for programs, with every way")
    ] = False,
) -> None:
    """Ask every way to each source once: which does this server see, which not, and why.

    Nothing is archived, nobody is alerted.
    """
    said = _config(config, whole=whole)
    sources = _chosen(said, names or [], whole=whole)
    logging.basicConfig(handlers=[logging.NullHandler()])  # the table says it all
    with progress("asking") as advance:
        seen = asyncio.run(
            probe(
                sources,
                settings_of(said),
                lambda: datetime.now(UTC),
                Random(),  # noqa: S311  # spreads polls, guards nothing
                advance,
            )
        )
    if as_json:
        out.print_json(json.dumps([_json(one) for one in seen], ensure_ascii=False))
    else:
        out.print(_table(seen, datetime.now(UTC)))
        out.print(_summary(seen), soft_wrap=True)
    if not all(one.by for one in seen):
        raise typer.Exit(1)


def _config(path: Path, *, whole: bool) -> Config:
    """Return the configuration; the catalogue can be probed before there is one."""
    return readable(path) if whole and not path.exists() else load(path).config


def _chosen(config: Config, names: Sequence[str], *, whole: bool) -> list[Source]:
    if names and whole:
        raise MonitorError("name sources, or write --all, not both")
    if names:
        return find(config, names)
    if whole:
        return list({**catalogued(), **{one.id: one for one in config.sources}}.values())
    return [one for one in config.sources if one.enabled]


def _table(seen: Sequence[Seen], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False)
    for head in ("source", "seen", "cause", "way", "entries", "newest", "why"):
        table.add_column(head, overflow="fold", no_wrap=head in {"seen", "entries", "newest"})
    for one in sorted(seen, key=_worst_first):
        for source, look in zip(_once(one.source.id), one.looks, strict=False):
            colour = "yellow" if look.cause else "green"
            table.add_row(
                source,
                "yes" if look.seen else "no",
                look.cause or "",
                escape(_way(look)),
                str(look.entries) if look.seen else "",
                _age(look, now),
                escape(look.words),
                style=colour if look.seen else "yellow" if one.by else "red",
            )
    return table


def _once(name: str) -> Iterator[str]:
    """Yield a name for the first row of a source, and nothing for the others."""
    yield name
    while True:
        yield ""


def _worst_first(one: Seen) -> tuple[int, str]:
    if one.by is None:
        return 0, one.source.id
    if one.by is not one.looks[0]:
        return 1, one.source.id
    return 2 if one.by.cause else 3, one.source.id


def _way(look: Look) -> str:
    source = look.way.source
    by = f" by proxy {look.way.proxy}" if look.way.proxy else ""
    return f"{source.spider} {urlsplit(source.url).netloc}{by}"


def _age(look: Look, now: datetime) -> str:
    if look.newest_at is None:
        return ""
    minutes = int((now - look.newest_at).total_seconds() // 60)
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def _summary(seen: Sequence[Seen]) -> str:
    sighted = [one for one in seen if one.by]
    around = sum(one.by is not one.looks[0] for one in sighted)
    more = f", {around} of them not by their first way" if around else ""
    causes = Counter(one.looks[0].cause or "unknown" for one in seen if one.by is None)
    why = ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
    unseen = f"; not the others: {why}" if causes else ""
    return f"this server sees {len(sighted)} of {len(seen)}{more}{unseen}"


def _json(one: Seen) -> dict[str, object]:
    return {
        "source": one.source.id,
        "seen": one.by is not None,
        "ways": [
            {
                "spider": look.way.source.spider,
                "url": look.way.source.url,
                "proxy": look.way.proxy,
                "seen": look.seen,
                "cause": look.cause,
                "why": look.words,
                "entries": look.entries,
                "newest_at": look.newest_at and look.newest_at.isoformat(),
            }
            for look in one.looks
        ],
    }
