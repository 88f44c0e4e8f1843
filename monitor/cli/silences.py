"""Commands about silences: what somebody does not want to hear for a while."""

import json
import os
import pwd
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from rich.markup import escape
from rich.table import Table

from monitor.archive import audit, silences
from monitor.archive.store import Transaction
from monitor.cli.archived import opened
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err, out
from monitor.cli.moments import length, moment
from monitor.cli.routes import AsJson, vocabulary
from monitor.config.load import Loaded, load
from monitor.config.matchers import matcher
from monitor.errors import MonitorError
from monitor.model import Silence
from monitor.notify.silence import MOST, refusal

silence = typer.Typer(help="What nobody wants to hear for a while.", no_args_is_help=True)


class _Written(BaseModel):
    """A silence as `export` writes it and `import` reads it."""

    matchers: tuple[str, ...]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    created_by: str
    comment: str = ""


_WRITTEN = TypeAdapter(list[_Written])


@silence.command("add")
def add(
    matchers: Annotated[
        list[str], typer.Argument(metavar="MATCHER…", help="'rule=\"bridges\"'; all must hold")
    ],
    lasts: Annotated[str, typer.Option("--for", help="how long: 30m, 2h, 1d")],
    starts: Annotated[
        str | None, typer.Option("--starts", help="when: '2026-11-27 03:00'; now by default")
    ] = None,
    comment: Annotated[str, typer.Option("--comment", help="why, for the others")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Let nobody hear alerts that are like that, for a while; they are archived all the same."""
    loaded, now = load(config), datetime.now(UTC)
    zone = ZoneInfo(loaded.config.timezone)
    begin = now if starts is None else moment("--starts", starts, zone)
    asked = _Written(
        matchers=tuple(matchers),
        starts_at=begin,
        ends_at=begin + _in_reach(length("--for", lasts)),
        created_by=_user(),
        comment=comment,
    )
    if reason := _refused(asked, now):
        raise MonitorError(reason)
    asked = _canonical(asked)
    _doubt(asked, loaded)
    with opened(loaded.config) as store:
        number = store.write_now(lambda tx: _write(tx, asked, now, "silence added"))
    out.print(f"silence {number} until {_clock(asked.ends_at, zone)}", markup=False)


@silence.command("list")
def list_(
    config: ConfigPath = DEFAULT_CONFIG,
    expired: Annotated[  # noqa: FBT002  # typer's way
        bool, typer.Option("--expired", help="those too that are over")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """List the silences that count now or will."""
    loaded, now = load(config), datetime.now(UTC)
    with opened(loaded.config) as store:
        rows = store.read_now(lambda tx: silences.rows(tx, now, expired=expired))
    if as_json:
        out.print_json(json.dumps([_json(row) for row in rows], ensure_ascii=False))
        return
    if not rows:
        out.print("nothing is silenced")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("silence", "state", "what", "from", "until", "by", "comment"):
        table.add_column(column, overflow="fold")
    zone = ZoneInfo(loaded.config.timezone)
    for row in rows:
        table.add_row(
            str(row.id),
            _state(row, now),
            escape(" ".join(row.matchers)),
            _clock(row.starts_at, zone),
            _clock(row.ends_at, zone),
            escape(row.created_by),
            escape(row.comment),
        )
    out.print(table)


@silence.command("expire")
def expire(
    ids: Annotated[list[int], typer.Argument(metavar="SILENCE…")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """End silences now; they stay in the list of those that are over."""
    now = datetime.now(UTC)

    def work(tx: Transaction) -> list[int]:
        done = [number for number in ids if silences.expire(tx, number, now)]
        for number in done:
            audit.note(tx, now, _user(), "silence expired", {"silence": number})
        return done

    with opened(load(config).config) as store:
        done = store.write_now(work)
    for number in ids:
        over = "is over" if number in done else "is unknown, or over already"
        out.print(f"silence {number} {over}")
    if set(done) != set(ids):
        raise typer.Exit(1)


@silence.command("export")
def export(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Write the silences that count now or will as JSON, for `import`."""
    now = datetime.now(UTC)
    with opened(load(config).config) as store:
        rows = store.read_now(lambda tx: silences.rows(tx, now))
    typer.echo(json.dumps([_json(row) for row in rows], ensure_ascii=False, indent=2))


@silence.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="that `export` wrote; - for stdin")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Add the silences of a file, all or none; those that are over or here already are left out."""
    loaded, now = load(config), datetime.now(UTC)
    asked = _read(file)
    wanted = [one for one in asked if one.ends_at > now]
    for number, one in enumerate(asked, 1):
        if one in wanted and (reason := _refused(one, now)):
            raise MonitorError(f"silence {number} of {file}: {reason}")
    wanted = [_canonical(one) for one in wanted]
    for one in wanted:
        _doubt(one, loaded)

    def work(tx: Transaction) -> int:
        new = {_key(one): one for one in wanted}
        for row in silences.rows(tx, now):
            new.pop(_key(row), None)
        for one in new.values():
            _write(tx, one, now, "silence imported")
        return len(new)

    with opened(loaded.config) as store:
        added = store.write_now(work)
    out.print(f"{added} added, {len(asked) - added} left out: over, or here already")


def _write(tx: Transaction, asked: _Written, now: datetime, what: str) -> int:
    """Write a silence and who asked for it; raise MonitorError where there are too many."""
    if silences.standing(tx, now) >= MOST:
        raise MonitorError(f"there are {MOST} silences already: `monitor silence expire` ends some")
    number = silences.add(tx, **asked.model_dump(), now=now)
    said = {"silence": number, **asked.model_dump(mode="json")}
    audit.note(tx, now, _user(), what, said)
    return number


def _refused(asked: _Written, now: datetime) -> str | None:
    return refusal(asked.matchers, asked.starts_at, asked.ends_at, comment=asked.comment, now=now)


def _canonical(asked: _Written) -> _Written:
    """Return a silence with its matchers spelled as all are: `rule="bridges"`."""
    return asked.model_copy(
        update={"matchers": tuple(str(matcher(text)) for text in asked.matchers)}
    )


def _key(one: _Written | Silence) -> tuple[object, ...]:
    return tuple(one.matchers), one.starts_at, one.ends_at, one.created_by, one.comment


def _doubt(asked: _Written, loaded: Loaded) -> None:
    """Say on standard error where a silence names what there is not."""
    known = vocabulary(loaded)
    for text in asked.matchers:
        for _, message in known.doubts(matcher(text)):
            err.print(f"warning: {message}", markup=False, soft_wrap=True)


def _in_reach(lasts: timedelta) -> timedelta:
    """Return how long, or so long that it is refused, and yet has an end in the calendar."""
    return min(lasts, timedelta(days=1000))


def _read(file: Path) -> Sequence[_Written]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        return _WRITTEN.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(["silence", str(int(first["loc"][0]) + 1)] if first["loc"] else [])
        raise MonitorError(f"{file} is not what `export` writes: {where} {first['msg']}") from None
    except UnicodeDecodeError:
        raise MonitorError(f"{file} is not what `export` writes: it is not UTF-8") from None


def _user() -> str:
    """Return who gives the command, as this machine knows him."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container without a name for us
        return f"user {os.getuid()}"


def _state(row: Silence, now: datetime) -> str:
    if row.ends_at <= now:
        return "over"
    return "counts" if row.starts_at <= now else "waits"


def _json(row: Silence) -> dict[str, object]:
    return {
        "silence": row.id,
        "matchers": list(row.matchers),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "created_by": row.created_by,
        "comment": row.comment,
    }


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"
