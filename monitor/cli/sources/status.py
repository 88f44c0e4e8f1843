"""`monitor sources status`: which sources are seen, which are blind and why, worst first."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from monitor.app.sightings import moment
from monitor.archive import health
from monitor.archive import sources as source_rows
from monitor.archive.store import Store
from monitor.cli.archived import opened
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.collect.rhythm import expected
from monitor.collect.sight import Seeing, Sight, explained, judge, mend, spell
from monitor.config.load import load
from monitor.config.schema import Config
from monitor.config.source import Source
from monitor.errors import MonitorError
from monitor.model import SourceState

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]

# What may have been missed longer ago is no news; the archive still knows it.
_LATELY = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a source fares."""

    source: Source
    state: SourceState
    sight: Sight
    documents: int
    today: int  #: documents that were first seen today

    @property
    def is_fine(self) -> bool:
        """Return whether it is seen, or was never asked yet."""
        asked = self.state.last_outcome is not None
        return self.sight.seeing is Seeing.SEEN or not (asked or self.sight.seeing is Seeing.BLIND)

    @property
    def usual(self) -> timedelta | None:
        """Return how long it is silent at the most, as a rule."""
        return expected(self.state.rhythm, self.source.cadence)

    @property
    def mend(self) -> str:
        """Return what can be done where it is blind."""
        blind = self.sight.seeing is Seeing.BLIND
        return mend(self.sight.cause, self.source, self.state) if blind else ""

    def may_have_missed(self, now: datetime) -> bool:
        """Return whether entries may have been missed lately, or are still looked for."""
        gap_at = self.state.gap_at
        return gap_at is not None and (self.state.hole is not None or now - gap_at <= _LATELY)

    def json(self) -> dict[str, object]:
        """Return everything, for programs."""
        source, state, sight = self.source, self.state, self.sight
        return {
            "id": source.id,
            "name": source.name,
            "country": source.country,
            "kind": source.kind.value,
            "seeing": sight.seeing.value,
            "cause": sight.cause,
            "since": _iso(sight.since),
            "words": sight.words,
            "mend": self.mend,
            "documents": self.documents,
            "today": self.today,
            "newest_at": _iso(state.newest_at),
            "usual_silence": _seconds(self.usual),
            "every": _seconds(source.every),
            "pace": _seconds(state.pace or source.every),
            "gap_at": _iso(state.gap_at),
            "filling": state.hole is not None,
            "way": state.way,
            "detour": state.detour,
            "moved_to": state.moved_to,
            "last_fetched_at": _iso(state.last_fetched_at),
            "last_outcome": state.last_outcome,
            "last_error": state.last_error,
            "last_cause": state.last_cause,
            "failures": state.failures,
            "failing_since": _iso(state.failing_since),
            "next_poll_at": _iso(state.next_poll_at),
            "blind_since": _iso(state.blind_since),
            "note": source.note,
        }


def status(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE…]", help="only these ids")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,  # noqa: FBT002  # typer's way
) -> None:
    """Say which sources are seen, which are blind and why; exit status 1 if one is not seen."""
    loaded, now = load(config), datetime.now(UTC)
    with opened(loaded.config) as store:
        found = _chosen(standings(loaded.config, store, now), names or ())
    if as_json:
        out.print_json(json.dumps([one.json() for one in found], ensure_ascii=False))
    else:
        zone = ZoneInfo(loaded.config.timezone)
        out.print(headline(found, zone, now), markup=False, soft_wrap=True)
        out.print(sources_table(found, zone, now))
    if not all(one.is_fine for one in found):
        raise typer.Exit(1)


def standings(config: Config, store: Store, now: datetime) -> Sequence[Standing]:
    """Return how every source that is polled fares, worst first."""
    there = now.astimezone(ZoneInfo(config.timezone))
    midnight = datetime.combine(there.date(), time(), there.tzinfo)
    rows = {row.provenance.id: row for row in store.read_now(source_rows.rows) if row.active}
    today = store.read_now(lambda tx: health.said_since(tx, midnight))
    found = []
    for source in config.sources:
        if not source.enabled:
            continue
        row = rows.get(source.id)
        state = row.state if row is not None else SourceState(id=source.id)
        found.append(
            Standing(
                source=source,
                state=state,
                sight=judge(state, source, now),
                documents=row.documents if row is not None else 0,
                today=today.get(source.id, 0),
            )
        )
    return sorted(found, key=lambda one: _worst_first(one, now))


def headline(found: Sequence[Standing], zone: ZoneInfo, now: datetime) -> str:
    """Return the whole in one line: how many are seen, and which are blind."""
    seen = sum(one.sight.seeing is Seeing.SEEN for one in found)
    line = f"Seeing {seen} of {len(found)} sources"
    for seeing, word in ((Seeing.BLIND, "blind"), (Seeing.WAITING, "not read yet")):
        some = [one for one in found if one.sight.seeing is seeing]
        said = ", ".join(_briefly(one, zone, now) for one in some[:5])
        more = f" and {len(some) - 5} more" if len(some) > 5 else ""
        line += f"; {word}: {said}{more}" if some else ""
    return line


def sources_table(found: Sequence[Standing], zone: ZoneInfo, now: datetime) -> Table:
    """Return a line for each source; only the words at its end are folded on a narrow screen."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "source", "last news", "usual", "pace"):
        table.add_column(column, no_wrap=True, overflow="fold")
    table.add_column("today", no_wrap=True, justify="right")
    table.add_column("how it is seen", overflow="fold")
    for one in found:
        mark, style = _mark(one, now)
        news = one.state.newest_at
        table.add_row(
            Text(mark, style),
            Text(one.source.id, style if mark != "●" else ""),
            "–" if news is None else spell(now - news),
            "" if one.usual is None else f"≤{spell(one.usual)}",
            _pace(one),
            str(one.today),
            Text(" · ".join(_said(one, zone, now))),
        )
    return table


def _chosen(found: Sequence[Standing], names: Collection[str]) -> Sequence[Standing]:
    unknown = set(names) - {one.source.id for one in found}
    if unknown:
        raise MonitorError(f"no such source is polled: {', '.join(sorted(unknown))}")
    return [one for one in found if not names or one.source.id in names]


def _worst_first(one: Standing, now: datetime) -> tuple[int, datetime, str]:
    if one.sight.seeing is Seeing.BLIND:
        place = 0
    elif not one.is_fine:
        place = 1
    elif one.sight.seeing is Seeing.WAITING:
        place = 3
    else:
        place = 2 if one.sight.words or one.may_have_missed(now) else 4
    return place, one.sight.since or now, one.source.id


def _mark(one: Standing, now: datetime) -> tuple[str, str]:
    if one.sight.seeing is Seeing.BLIND:
        return "✗", "bold red"
    if one.sight.seeing is Seeing.WAITING:
        return "○", "dim" if one.is_fine else "yellow"
    return "●", "yellow" if one.sight.words or one.may_have_missed(now) else "green"


def _said(one: Standing, zone: ZoneInfo, now: datetime) -> list[str]:
    sight, state = one.sight, one.state
    said = [_why(one, zone, now)] if sight.seeing is Seeing.BLIND else []
    said.append(explained(sight.cause, sight.words))
    if one.may_have_missed(now) and state.gap_at is not None:
        going_on = ", they are looked for" if state.hole is not None else ""
        said.append(f"may have missed items before {moment(state.gap_at, zone, now)}{going_on}")
    if sight.seeing is Seeing.BLIND and state.next_poll_at is not None:
        said.append(f"next try {moment(state.next_poll_at, zone, now)}")
    if one.mend:
        said.append(f"→ {one.mend}")
    return [each for each in said if each]


def _why(one: Standing, zone: ZoneInfo, now: datetime) -> str:
    cause, since = one.sight.cause or "unknown", one.sight.since
    return cause if since is None else f"{cause} since {moment(since, zone, now)}"


def _briefly(one: Standing, zone: ZoneInfo, now: datetime) -> str:
    if one.sight.seeing is Seeing.BLIND:
        return f"{one.source.id} ({_why(one, zone, now)})"
    return one.source.id


def _pace(one: Standing) -> str:
    every, pace = one.source.every, one.state.pace
    changed = pace is not None and pace != every
    return f"{spell(every)}→{spell(pace)}" if changed and pace else spell(every)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())
