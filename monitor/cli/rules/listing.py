"""`monitor rules list`: the rules there are."""

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.rules.chosen import chosen
from monitor.config.load import Loaded, load
from monitor.config.schema import Rule, Where

_COLUMNS = ("rule", "severity", "status", "tests", "reads", "owner", "tags", "title")
_COLOURS = {"critical": "bold red", "high": "red", "medium": "", "low": "dim", "info": "dim"}


def list_(
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,  # noqa: FBT002  # typer's way
) -> None:
    """List the rules, those that cannot be used first; exit 1 where there are any."""
    loaded = load(config)
    usable = {rule.rule.id for rule in chosen(loaded).compiled}
    off = [rule.id for rule in loaded.config.rules if rule.id not in usable]
    off += loaded.broken_rules
    if as_json:
        listed = [
            _as_json(rule, loaded, usable=rule.id in usable) for rule in loaded.config.rules
        ] + [_broken_json(name, loaded) for name in loaded.broken_rules]
        out.print_json(json.dumps(listed, ensure_ascii=False))
    else:
        out.print(_table(loaded, off))
        if off:
            out.print("`monitor check` says what is wrong with those that have a mistake")
    if off:
        raise typer.Exit(1)


def _table(loaded: Loaded, off: list[str]) -> Table:
    """Return a table without the columns in which no rule says anything."""
    rows = [{"rule": name, "status": "mistake"} for name in loaded.broken_rules]
    rules = sorted(loaded.config.rules, key=lambda one: one.id not in off)
    rows += [_row(rule, usable=rule.id not in off) for rule in rules]
    columns = [name for name in _COLUMNS if any(row.get(name) for row in rows)]
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in {"rule", "severity", "status"})
    for row in rows:
        style = "red" if row["status"] == "mistake" else _COLOURS[row["severity"]]
        table.add_row(*(escape(row.get(name, "")) for name in columns), style=style)
    return table


def _row(rule: Rule, *, usable: bool) -> dict[str, str]:
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "status": rule.status.value if usable else "mistake",
        "tests": str(len(rule.tests)),
        "reads": _reads(rule.where),
        "owner": rule.owner,
        "tags": " ".join(rule.tags),
        "title": rule.title,
    }


def _reads(where: Where) -> str:
    """Say in a few words which documents a rule reads."""
    said = [
        *where.country,
        *where.kind,
        *where.language,
        *where.source,
        *(f"{field} only" for field in where.fields if len(set(where.fields)) == 1),
    ]
    if where.first_words:
        said.append(f"first {where.first_words} words")
    return ", ".join(said)


def _as_json(rule: Rule, loaded: Loaded, *, usable: bool) -> dict[str, object]:
    said = rule.model_dump(mode="json", by_alias=True, exclude={"tests", "match", "query"})
    place = loaded.place(("rules", rule.id))
    return said | {
        "tests": len(rule.tests),
        "usable": usable,
        "file": place.file,
        "line": place.line,
    }


def _broken_json(name: str, loaded: Loaded) -> dict[str, object]:
    place = loaded.place(("rules", name))
    return {"id": name, "usable": False, "file": place.file, "line": place.line}
