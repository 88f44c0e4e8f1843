"""`monitor sources list`: the configured sources, with those that are off and why."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.config.load import load

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def list_(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:  # noqa: FBT002  # typer's way
    """List the configured sources, with those that are off and why."""
    loaded = load(config)
    if as_json:
        listed = [source.model_dump(mode="json") for source in loaded.config.sources]
        out.print_json(json.dumps(listed, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("source", "name", "country", "kind", "lang", "every", "address"):
        table.add_column(column, overflow="fold")
    for source in sorted(loaded.config.sources, key=lambda one: not one.enabled):
        table.add_row(
            source.id,
            escape(source.name),
            source.country,
            source.kind.value,
            source.language or "",
            source.model_dump(mode="json")["every"] if source.enabled else "off",
            escape(source.url),
            style="" if source.enabled else "dim",
        )
    out.print(table)
