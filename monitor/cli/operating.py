"""Commands for whoever keeps it alive: status, why, outbox."""

import json
from datetime import MAXYEAR, UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from monitor.archive import audit as audits
from monitor.archive import batches, deliveries, documents
from monitor.cli.archived import opened
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache, out
from monitor.cli.explaining import Explanation, explained
from monitor.cli.sources.status import headline, sources_table, standings
from monitor.config.load import load
from monitor.match.words.morphology import Expander
from monitor.model import Delivery, State

outbox = typer.Typer(help="What waits to be heard, and what was given up.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def status(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:  # noqa: FBT002  # typer's way
    """Say how the monitor fares: sources, worst first, archive, outbox."""
    loaded, now = load(config), datetime.now(UTC)
    with opened(loaded.config) as store:
        found = standings(loaded.config, store, now)
        texts = store.read_now(documents.count)
        waiting = store.read_now(deliveries.counts)
    if as_json:
        answer = {
            "documents": texts,
            "deliveries": {state.value: number for state, number in waiting.items()},
            "sources": [one.json() for one in found],
        }
        out.print_json(json.dumps(answer, ensure_ascii=False))
    else:
        zone = ZoneInfo(loaded.config.timezone)
        out.print(headline(found, zone, now), markup=False, soft_wrap=True)
        out.print(sources_table(found, zone, now))
        out.print(f"{texts} texts in the archive · {len(loaded.config.rules)} rules")
        out.print(_outbox_line(waiting))
    if not all(one.is_fine for one in found):
        raise typer.Exit(1)


def why(
    name: Annotated[str, typer.Argument(metavar="URL|ID", help="a link, or an alert's #id")],
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="a rule's id")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Explain "I saw this, why no alert?": not a source, not fetched, no match, queued, sent."""
    loaded = load(config)
    with opened(loaded.config) as store:
        answer: Explanation = explained(loaded, store, Expander(cache()), name, rule)
    zone = ZoneInfo(loaded.config.timezone)
    for line in answer.lines(zone):
        out.print(line, soft_wrap=True, markup=False)
    if not answer.told:
        raise typer.Exit(1)


def audit(
    config: ConfigPath = DEFAULT_CONFIG,
    most: Annotated[int, typer.Option("--most", min=1, help="how many at the most")] = 50,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """List who changed what, here or in a chat: silences, subscriptions; the latest first."""
    loaded = load(config)
    with opened(loaded.config) as store:
        noted = store.read_now(lambda tx: audits.rows(tx, most))
    if as_json:
        rows = [
            {"at": _iso(one.at), "who": one.who, "what": one.what, "detail": dict(one.detail)}
            for one in noted
        ]
        out.print_json(json.dumps(rows, ensure_ascii=False))
        return
    zone = ZoneInfo(loaded.config.timezone)
    for one in noted:
        said = ", ".join(f"{name}: {value}" for name, value in one.detail.items())
        line = f"{one.at.astimezone(zone):%d %b %Y %H:%M} · {one.who} · {one.what} · {said}"
        out.print(line, soft_wrap=True, markup=False)
    if not noted:
        out.print("nobody changed anything yet")


@outbox.command("list")
def outbox_list(
    config: ConfigPath = DEFAULT_CONFIG,
    state: Annotated[
        list[State] | None, typer.Option("--state", help="only these; open and dead by default")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="how many at the most")] = 50,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """List deliveries, oldest first."""
    loaded = load(config)
    wanted = state or [State.QUEUED, State.SENDING, State.PARKED, State.DEAD]
    with opened(loaded.config) as store:
        rows = store.read_now(lambda tx: deliveries.rows(tx, wanted, most))
        gathered = store.read_now(batches.waiting)
    if as_json:
        out.print_json(json.dumps([_delivery_json(row) for row in rows], ensure_ascii=False))
        return
    zone = ZoneInfo(loaded.config.timezone)
    for batch, number in gathered:
        until = f"{batch.receiver}, {batch.gathered}, until {_time(batch.due_at, zone)}"
        out.print(f"{number} wait to be told together: {until}", soft_wrap=True)
    if not rows:
        out.print("nothing else waits" if gathered else "nothing waits")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("delivery", "receiver", "state", "tries", "not before", "about", "last error"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            str(row.id),
            row.receiver,
            row.state.value,
            str(row.attempts),
            _time(row.not_before, zone),
            f"#{row.about.ref}",
            escape(row.error or ""),
        )
    out.print(table)


@outbox.command("retry")
def outbox_retry(
    ids: Annotated[list[int], typer.Argument(metavar="DELIVERY…")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Try deliveries again at once: dead, dropped, waiting, or parked with their receiver."""
    now = datetime.now(UTC)
    with opened(load(config).config) as store:
        done = store.write_now(lambda tx: [i for i in ids if deliveries.retry(tx, i, now)])
    _tell(ids, done, "is tried again", "cannot be tried again: it is unknown, sent or on its way")


@outbox.command("drop")
def outbox_drop(
    ids: Annotated[list[int], typer.Argument(metavar="DELIVERY…")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Let deliveries never be sent; the archive keeps what they were about."""
    with opened(load(config).config) as store:
        done = store.write_now(lambda tx: [i for i in ids if deliveries.drop(tx, i)])
    _tell(ids, done, "is dropped", "cannot be dropped: it is unknown, sent or on its way")


def _outbox_line(waiting: dict[State, int]) -> str:
    if not waiting:
        return "outbox: nothing was ever queued"
    return "outbox: " + " · ".join(
        f"{waiting[state]} {state.value}" for state in State if state in waiting
    )


def _delivery_json(row: Delivery) -> dict[str, object]:
    return {
        "delivery": row.id,
        "receiver": row.receiver,
        "state": row.state.value,
        "attempts": row.attempts,
        "not_before": _iso(row.not_before),
        "ref": row.about.ref,
        "error": row.error,
    }


def _tell(ids: list[int], done: list[int], yes: str, no: str) -> None:
    for one in ids:
        out.print(f"delivery {one} {yes if one in done else no}")
    if len(done) < len(ids):
        raise typer.Exit(1)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return the time of day, with the date if that is not today."""
    if moment is None or moment.year == MAXYEAR:
        return ""
    there = moment.astimezone(zone)
    today = there.date() == datetime.now(zone).date()
    return f"{there:%H:%M:%S}" if today else f"{there:%d %b %H:%M}"
