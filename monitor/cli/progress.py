"""A bar for work that takes long, where somebody watches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from monitor.cli.environment import err, out

_PATIENCE = 0.7  # seconds: a bar that flashes by says nothing

#: Takes how much is done, of how much.
Advance = Callable[[int, int], None]


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """Show how far the work is, on standard error, if that is a terminal and it takes a while.

    Where both streams are one terminal, rows that are printed meanwhile go above the bar.
    """
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
        console=out if out.is_terminal else err,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = bar.add_task(what, total=None)
    begun = time.monotonic()

    def advance(done: int, total: int) -> None:
        if not err.is_terminal:
            return
        if bar.live.is_started:
            bar.update(task, completed=done, total=total or None)
        elif time.monotonic() - begun > _PATIENCE:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:  # to stop what never began would print an empty line
            bar.stop()
