"""The command line. Exit status: 0 fine, 1 findings or failures, 2 usage or unreadable input."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

import typer

from monitor.cli import (
    checking,
    crawling,
    digesting,
    matching,
    operating,
    running,
    searching,
    setup,
    stories,
)
from monitor.cli.environment import err
from monitor.cli.routes import routes
from monitor.cli.rules import rules
from monitor.cli.silences import silence
from monitor.cli.sources import sources
from monitor.errors import ConfigError, MonitorError

app = typer.Typer(
    name="monitor",
    help="Reads Russian and Ukrainian official and state media, and alerts a chat when something"
    " you asked for is said.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(setup.init)
app.add_typer(setup.receivers, name="receivers")
app.command("run")(running.run)
app.command("demo")(running.demo)
app.command("check")(checking.check)
app.command("crawl")(crawling.crawl)
app.command("match")(matching.match)
app.add_typer(rules, name="rules")
app.add_typer(routes, name="routes")
app.add_typer(silence, name="silence")
app.command("search")(searching.search)
app.command("story")(stories.story)
app.command("why")(operating.why)
app.command("status")(operating.status)
app.command("audit")(operating.audit)
app.add_typer(operating.outbox, name="outbox")
app.add_typer(digesting.digest, name="digest")
app.add_typer(sources, name="sources")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; what it cannot do is said in words, never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Whatever the locale says; half a character comes out as \\ud83d, as JSON spells it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app(args=arguments)
    except ConfigError as error:
        checking.report(error.problems)
        sys.exit(2)
    except MonitorError as error:
        err.print("error:", style="bold red", end=" ")
        err.print(str(error), markup=False, soft_wrap=True)
        sys.exit(2)
    except BrokenPipeError:
        # Nobody reads on: `monitor … | head`. Nor may Python try to flush at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        err.print(f"error: {error}", markup=False, soft_wrap=True)
        sys.exit(2)
