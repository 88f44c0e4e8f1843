"""The demo from curtain to curtain: a real program in a made-up world, on a simulated clock."""

import logging
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import platformdirs
import yaml
from rich.console import Console
from rich.table import Table

from monitor.app.program import Program, World
from monitor.archive import deliveries, documents, sources
from monitor.archive.store import Transaction
from monitor.config.load import load
from monitor.demo.september import Medium, September, september
from monitor.demo.server import serving
from monitor.model import Alert, Form, Kind, State

_MINUTE = timedelta(minutes=1)
_GRACE = timedelta(seconds=10)
_SPIDERS = {"telegram": "telegram_preview"}


class SimulatedClock:
    """A clock that only the demo turns."""

    def __init__(self, now: datetime) -> None:
        """Stand at this moment."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment it stands at."""
        return self.now


async def show(console: Console, *, verbose: bool) -> None:
    """Publish, crawl, match and deliver the whole September; print a summary."""
    console.width = min(console.width, 100)
    if not verbose:
        logging.getLogger().setLevel(logging.ERROR)
    world = september()
    clock = SimulatedClock(world.moments[0] - timedelta(hours=1))
    console.rule("[bold]September 2022, made up, at speed")
    with tempfile.TemporaryDirectory(prefix="media-monitor-demo-") as folder:
        async with serving(world, clock) as address:
            loaded = load(_config(Path(folder), world, address), environ={})
            program = Program(loaded, _world(console, clock))
            await program.start()
            try:
                await _live(program, clock, world)
                await program.store.read(lambda tx: _summary(tx, console))
            finally:
                await program.stop(_GRACE)


async def _live(program: Program, clock: SimulatedClock, world: September) -> None:
    """Go from one publication to the next; what is between them is only waiting."""
    await program.fetch_all()
    day = None
    for moment in world.moments:
        clock.now = moment + _MINUTE
        if moment.date() != day:
            day = moment.date()
            program.world.console.rule(f"{day:%A, %-d %B %Y}", style="dim")
        await program.fetch_due(clock.now)
        await program.crawl.idle()
        await program.ingest.tell_gathered()
        await program.deliver()


def _world(console: Console, clock: Callable[[], datetime]) -> World:
    return World(
        clock=clock,
        rng=Random(0),  # noqa: S311  # the same show every time
        console=console,
        cache=platformdirs.user_cache_path("media-monitor") / "expansions.json",
        crawl_settings=(("DOWNLOAD_DELAY", 0),),  # nobody to be polite to
        durable=False,
    )


def _config(folder: Path, world: September, address: str) -> Path:
    """Write the configuration that a person would write for these sources."""
    said = {
        "version": 1,
        "timezone": "Europe/Kyiv",
        "store": "sqlite:///demo.db",
        "egress": {"allow": ["127.0.0.0/8"]},
        "include": ["builtin:kharkiv"],
        "sources": [_source(medium, address) for medium in world.sources],
        "receivers": [{"name": "here", "console": {}}],
        "route": {"receiver": "here"},
    }
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def _source(medium: Medium, address: str) -> dict[str, object]:
    return {
        "id": medium.id,
        "name": medium.name,
        "country": medium.country,
        "kind": medium.kind.value,
        "language": medium.language,
        "spider": _SPIDERS.get(medium.medium, "feed"),
        "url": f"{address}/{medium.id}",
        "every": "1s",  # due at each step of the simulated clock
    }


def _summary(tx: Transaction, console: Console) -> None:
    """Print what was read and what was told, by rule and side."""
    told = deliveries.rows(tx, [State.SENT], 10_000)
    own = [one.about for one in told if one.form in {Form.ALERT, Form.REPLY}]
    alerts = [about for about in own if isinstance(about, Alert)]
    copies = sum(one.form is Form.COPIES for one in told)
    counts = Counter((m.rule, _side(a)) for a in alerts for m in a.matches)
    sides = sorted({side for _, side in counts})
    table = Table(title="What was told, by rule and by who said it", title_style="bold")
    table.add_column("rule", no_wrap=True)
    for side in sides:
        table.add_column(side, justify="right")
    for rule in sorted({rule for rule, _ in counts}):
        table.add_row(rule, *(str(counts[rule, side] or "·") for side in sides))
    rows = sources.rows(tx)
    console.rule()
    console.print(table)
    console.print(
        f"{len(rows)} sources · {documents.count(tx)} texts archived with their raw bytes ·"
        f" {len(alerts)} alerts, {copies} of copies in a line ·"
        f" {documents.count(tx) - len(alerts) - copies} texts nobody asked for",
        soft_wrap=True,
    )
    console.print(
        "Next: `monitor init` writes a config.yaml for the real sources;"
        " README.md, “Your own channel in five minutes”.",
        soft_wrap=True,
    )


def _side(alert: Alert) -> str:
    names = {"ru": "Russian", "ua": "Ukrainian"}
    if alert.source.kind is Kind.INDEPENDENT:
        return "independent"
    return f"{names.get(alert.source.country, 'other')}\n{alert.source.kind}"
