"""`monitor sources list`: the sources, whose they are, how they are read, and why some are off."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.sources.catalogue import Listed, chosen, configured, shipped
from monitor.config.source import Source

AsJson = Annotated[bool, typer.Option("--json", help="for programs, with every field")]
WholeCatalogue = Annotated[bool, typer.Option("--all", help="the whole catalogue")]
OfGroup = Annotated[str | None, typer.Option("--group", help="those of one of its groups")]

_WIDE = 140  # columns, from which on nothing needs a second line
_UNATTESTED = "unattested"


def list_(
    config: ConfigPath = DEFAULT_CONFIG,
    whole: WholeCatalogue = False,  # noqa: FBT002  # typer's way
    group: OfGroup = None,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """List the configured sources or the catalogue: how each is read, and why some are off."""
    listed = chosen(shipped(config) if whole else configured(config), group)
    if as_json:
        out.print_json(json.dumps([_json(one) for one in listed], ensure_ascii=False))
        return
    if not listed:
        out.print("no sources; `monitor sources list --all` shows the catalogue")
        return
    for part in _shown(listed, whole=whole, wide=out.width >= _WIDE):
        out.print(part)


def _shown(listed: Sequence[Listed], *, whole: bool, wide: bool) -> Iterator[RenderableType]:
    if not whole:
        yield from _table([one for one in listed if one.source.enabled], wide=wide, whole=False)
    else:
        for group, members in groupby(listed, key=lambda one: one.group):
            of_group = list(members)
            read = sum(one.read for one in of_group)
            yield Text(f"{group}: {len(of_group)} sources, {read} of them read", style="bold")
            yield from _table(of_group, wide=wide, whole=True)
            yield ""
    off = [one.source for one in listed if not one.source.enabled]
    if off:
        yield Text("off:", style="bold")
    for source in off:
        yield Text(f"{source.id}: {' '.join((source.note or 'no reason is given').split())}")


def _table(listed: Sequence[Listed], *, wide: bool, whole: bool) -> Iterator[Table]:
    """Yield a table; on a narrow terminal a source takes two lines of it."""
    if not listed:
        return
    table = Table(box=None, pad_edge=False)
    heads = ["source", "name", "in English", "whose", "spider", "every", "attested"]
    for head in heads if wide else ["source", "name", "read by"]:
        table.add_column(head, overflow="fold", no_wrap=head == "source")  # an id is copied whole
    if whole:
        table.add_column("read")
    for one in listed:
        cells = _wide(one) if wide else _narrow(one)
        read = ["yes" if one.read else ""] if whole else []
        table.add_row(*cells, *read, style="" if one.source.enabled else "dim")
    yield table


def _wide(one: Listed) -> list[RenderableType]:
    source = one.source
    return [
        source.id,
        escape(source.name),
        escape(_english(source)),
        _whose(source),
        source.spider,
        _every(source),
        _attested(one),
    ]


def _narrow(one: Listed) -> list[RenderableType]:
    source = one.source
    names = [Text(text) for text in (source.name, _english(source)) if text]
    attested = [Text(_attested(one))] if _attested(one) == _UNATTESTED else []
    how = [Text(_whose(source)), Text(f"{source.spider}, {_every(source)}"), *attested]
    return [source.id, Group(*names), Group(*how)]


def _english(source: Source) -> str:
    return source.english if source.english != source.name else ""


def _whose(source: Source) -> str:
    return " ".join(filter(None, (source.country, source.kind.value, source.language)))


def _every(source: Source) -> str:
    return str(source.model_dump(mode="json", include={"every"})["every"])


def _attested(one: Listed) -> str:
    """Return where its address is attested; one of the user's own needs nobody to attest it."""
    return escape(one.source.attested) or (_UNATTESTED if one.group else "")


def _json(one: Listed) -> dict[str, object]:
    return {**one.source.model_dump(mode="json"), "group": one.group, "read": one.read}
