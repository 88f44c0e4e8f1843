"""`monitor digest`: a day or a week of a receiver, shown without being sent."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.app.editions import moment, on, wanted
from monitor.archive import digests
from monitor.archive.digests import Edition
from monitor.cli.archived import opened
from monitor.cli.checking import many
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.config.load import load
from monitor.config.receivers import Receiver
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.model import Count, Digest, Period, TopStory
from monitor.notify.drawing import draw
from monitor.notify.picture import sketch

digest = typer.Typer(help="A day or a week in one picture.", no_args_is_help=True)

_MIDNIGHT = {Period.DAILY: "00:00", Period.WEEKLY: "mon 00:00"}
_BACK = {Period.DAILY: timedelta(days=1), Period.WEEKLY: timedelta(weeks=1)}


@digest.callback()
def _group() -> None:
    """Keep `show` a word of its own, though it is the only one."""


@digest.command("show")
def show(
    receiver: Annotated[
        str | None,
        typer.Argument(metavar="[RECEIVER]", help="the first one that gets digests by default"),
    ] = None,
    period: Annotated[Period, typer.Option("--period", help="how far back")] = Period.DAILY,
    day: Annotated[
        str | None,
        typer.Option("--date", help="the digest of that date, 2022-09-10; up to now by default"),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="the file to draw it into, a PNG")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Say what a receiver heard in a day or a week; nothing is sent."""
    loaded, now = load(config).config, datetime.now(UTC)
    zone, whose = ZoneInfo(loaded.timezone), _receiver(loaded, receiver)
    edition = _edition(loaded, whose.name, period, day, now)
    with opened(loaded) as store:
        found = store.read_now(lambda tx: digests.of_edition(tx, edition, now))
    for line in lines(found, whose.name, zone):
        out.print(line, soft_wrap=True, markup=False)
    if picture is not None:
        drawn = asyncio.run(draw(sketch(found, whose.language, zone)))
        if drawn is None:
            raise typer.Exit(1)
        picture.write_bytes(drawn)


def lines(found: Digest, receiver: str, zone: ZoneInfo) -> Iterator[str]:
    """Return a digest for a terminal."""
    total, rules = sum(one.total for one in found.counts), len(found.counts)
    said = _matches(total)
    yield f"{receiver}: {said} of {many(rules, 'rule')}, {_when(found, zone)}"
    yield from map(_count, found.counts)
    if found.stories:
        yield "most copied:"
        yield from (_story(story, zone) for story in found.stories)
    if found.blind:
        yield f"not seen now: {', '.join(found.blind)}"


def _receiver(config: Config, name: str | None) -> Receiver:
    if name is None:
        asked = [who for who, _, _ in wanted(config.receivers)]
        name = asked[0] if asked else config.route.receiver
    for one in config.receivers:
        if one.name == name:
            return one
    raise MonitorError(f"there is no receiver {name} in the configuration")


def _edition(
    config: Config, receiver: str, period: Period, day: str | None, now: datetime
) -> Edition:
    """Return the digest of that date, at its time of day or at midnight; or one up to now."""
    zone = ZoneInfo(config.timezone)
    times = {(who, which): when for who, which, when in wanted(config.receivers)}
    when = times.get((receiver, period), _MIDNIGHT[period])
    if day is not None:
        return on(receiver, period, when, zone, _date(day))
    there = now.astimezone(zone)
    since = moment(there.date() - _BACK[period], f"{there:%H:%M}", zone)
    return Edition(receiver=receiver, period=period, date=there.date(), since=since, until=now)


def _date(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise MonitorError(f"--date: “{said}” is no date: write 2022-09-10") from None


def _when(found: Digest, zone: ZoneInfo) -> str:
    since, until = found.since.astimezone(zone), found.until.astimezone(zone)
    return f"{since:%-d %b %H:%M} – {until:%-d %b %H:%M}"


def _matches(number: int) -> str:
    return f"{number:,} match{'' if number == 1 else 'es'}"


def _count(count: Count) -> str:
    sides = sorted(count.sides.items(), key=lambda one: (-one[1], one[0]))
    said = " · ".join(f"{country} {kind} {number}" for (country, kind), number in sides)
    return f"{count.total:6}  {count.rule}: {' '.join(count.title.split())} ({said})"


def _story(story: TopStory, zone: ZoneInfo) -> str:
    first = story.first
    copies = f"{many(story.sources, 'source')}, {many(story.documents, 'document')}"
    at = f"{first.at.astimezone(zone):%-d %b %H:%M}"
    title = " ".join(first.title.split())
    return f"  #{first.ref}  {title} ({first.source.name}, {at}; {copies}; {story.severity})"
