"""`monitor run` and `monitor demo`: the program itself."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from monitor.app.daemon import Daemon
from monitor.app.once import Round, one_round
from monitor.app.program import Program
from monitor.app.reload import Reloader
from monitor.cli.checking import report
from monitor.cli.environment import (
    DEFAULT_CONFIG,
    ConfigPath,
    err,
    log_to_terminal,
    out,
    world,
)
from monitor.config.load import Loader
from monitor.demo.show import show

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="log everything")]


def run(
    config: ConfigPath = DEFAULT_CONFIG,
    once: Annotated[  # noqa: FBT002  # typer's way
        bool, typer.Option("--once", help="poll every source once, deliver, exit")
    ] = False,
    verbose: Verbose = False,  # noqa: FBT002  # typer's way
) -> None:
    """Run the monitor until SIGTERM or Ctrl-C; SIGHUP, or a saved file, reloads config.yaml."""
    log_to_terminal(verbose=verbose)
    loader = Loader()
    loaded = loader.load(config)
    report([problem for problem in loaded.problems if problem.warning])
    if not once:
        asyncio.run(_daemon(Program(loaded, world()), config, loader))
        return
    done = asyncio.run(one_round(loaded, world()))
    _say(done)
    if done.failed:
        raise typer.Exit(1)


def demo(
    verbose: Verbose = False,  # noqa: FBT002  # typer's way
) -> None:
    """Show the main job, whole and real: a small made-up September 2022, crawled on loopback."""
    log_to_terminal(verbose=verbose)
    asyncio.run(show(out, verbose=verbose))


async def _daemon(program: Program, config: Path, loader: Loader) -> None:
    await Daemon(program, Reloader(program, config, loader)).run()


def _say(done: Round) -> None:
    out.print(
        f"{done.polled} sources polled, {len(done.failed)} failed · {done.new} new texts ·"
        f" {done.delivered} messages delivered, {done.waiting} wait",
        soft_wrap=True,
    )
    for source, reason in done.failed.items():
        err.print(f"  {source}: {escape(reason)}", style="red", soft_wrap=True)
