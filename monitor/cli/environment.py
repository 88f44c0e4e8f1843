"""What the environment says: where the configuration is, the secrets, the cache, how to log."""

import logging
import os
import re
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated, TextIO

import platformdirs
import typer
from rich.console import Console
from rich.logging import RichHandler

from monitor.app.program import World
from monitor.app.receivers import Secrets, secrets_of_receivers
from monitor.config.fields import URL
from monitor.errors import MonitorError
from monitor.notify.telegram import API, HideToken, quiet_libraries

# Tables for a pipe are not folded to a terminal that is not there.
_WIDE = 400


def _width(stream: TextIO) -> int | None:
    return None if stream.isatty() or "COLUMNS" in os.environ else _WIDE


out = Console(highlight=False, width=_width(sys.stdout))
err = Console(stderr=True, highlight=False, width=_width(sys.stderr))

ConfigPath = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="MONITOR_CONFIG",
        show_envvar=True,
        help="the configuration file",
    ),
]
DEFAULT_CONFIG = Path("config.yaml")


def secrets() -> Secrets:
    """Return the secrets of the bot and of receivers.

    Raises MonitorError where the token's file cannot be read.
    """
    token = os.environ.get("MONITOR_TELEGRAM_TOKEN")
    file = os.environ.get("MONITOR_TELEGRAM_TOKEN_FILE")
    if not token and file:
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MonitorError(
                f"MONITOR_TELEGRAM_TOKEN_FILE: cannot read {file}: {error.strerror}"
            ) from error
    return Secrets(
        telegram_token=token or None,
        telegram_api=os.environ.get("MONITOR_TELEGRAM_API") or API,
        telegram_webhook=os.environ.get("MONITOR_TELEGRAM_WEBHOOK_SECRET") or None,
        receivers=secrets_of_receivers(os.environ),
        heartbeat_url=_heartbeat_url(),
    )


def _heartbeat_url() -> str | None:
    """Return the address to call for as long as all is well; it is not said again where wrong."""
    url = os.environ.get("MONITOR_HEARTBEAT_URL") or None
    if url is not None and not re.fullmatch(URL, url):
        raise MonitorError("MONITOR_HEARTBEAT_URL is no address: write https://…")
    return url


def cache() -> Path:
    """Return where expanded words are kept between two starts."""
    return platformdirs.user_cache_path("media-monitor") / "expansions.json"


def world(console: Console = out) -> World:
    """Return the real world: the clock of this machine, its environment, this terminal."""
    return World(
        clock=lambda: datetime.now(UTC),
        rng=Random(),  # noqa: S311  # spreads polls and retries, guards nothing
        console=console,
        secrets=secrets(),
        cache=cache(),
        step=fault(os.environ.get("MONITOR_FAULT", "")),
    )


def log_to_terminal(*, verbose: bool) -> None:
    """Log to standard error, without anything shaped like a token."""
    level = logging.DEBUG if verbose else logging.INFO
    if err.is_terminal:
        handler: logging.Handler = RichHandler(
            console=err, show_path=False, log_time_format="[%H:%M:%S]"
        )
        form = logging.Formatter("%(message)s")
    else:  # a line an event, as a journal or a file wants them
        handler = logging.StreamHandler()
        form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(form)
    handler.addFilter(HideToken())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quiet_libraries()
    # It says that a tick took longer than a second, which a busy machine does.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for noisy in ("scrapy", "watchfiles", "asyncio", "twisted", "pymorphy3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def fault(spec: str) -> Callable[[str], None]:
    """Return a step that kills this process where `POINT:N` says: at the N-th time at that point.

    The crash harness sets it; without it nothing happens.
    """
    point, _, count = spec.partition(":")
    left = int(count or 1)

    def step(here: str) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return step if point else lambda _: None
