"""`monitor story`: who told it first, and who after."""

import json
import re
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.app.finding import called
from monitor.archive import stories
from monitor.archive.store import Transaction
from monitor.archive.stories import Summary
from monitor.cli.archived import opened
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.telling import fields, lines
from monitor.config.load import load
from monitor.errors import MonitorError

_NUMBER = re.compile(r"s?([0-9]{1,18})")

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def story(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="s17, or a link or #id of one of its documents")
    ],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """Show a story: who published it first, who followed how much later, which rules found it."""
    loaded = load(config)
    with opened(loaded.config, read_only=True) as store:
        found = store.read_now(lambda tx: _summary(tx, name))
    if as_json:
        out.print_json(json.dumps(fields(found), ensure_ascii=False))
        return
    for line in lines(found, ZoneInfo(loaded.config.timezone)):
        out.print(line, soft_wrap=True)


def _summary(tx: Transaction, name: str) -> Summary:
    """Return the story that is meant; MonitorError says why there is none."""
    number = _NUMBER.fullmatch(name)
    found = stories.summary(tx, int(number[1])) if number else None
    if found is not None:
        return found
    texts = called(tx, name)
    ids = [one for archived, _ in texts if (one := stories.of_document(tx, archived.id))]
    found = stories.summary(tx, ids[-1]) if ids else None
    if found is not None:
        return found
    if texts:
        raise MonitorError(f"{name} was archived before there were stories")
    raise MonitorError(f"there is no story or document {name} in the archive")
