"""Has pictures drawn in a process of their own; without one a digest is a text."""

import asyncio
import contextlib
import json
import logging
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import monitor
from monitor.notify.picture import Sketch

log = logging.getLogger(__name__)

#: A picture takes a second; on a busy machine that has many fonts it may take a few.
LIMIT = timedelta(seconds=30)
#: What Telegram takes as a photo: megabytes, width and height together, one to the other.
HEAVIEST, LONGEST, FLATTEST = 10_000_000, 10_000, 20

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# `-I` keeps the working directory and the user's packages out, so where we are has to be said.
_ROOT = str(Path(monitor.__file__).parents[1])
_PROGRAM = (
    "import sys; sys.argv[1] in sys.path or sys.path.insert(0, sys.argv[1]); "
    "from monitor.notify.chart import main; main()"
)


async def draw(
    sketch: Sketch, *, limit: timedelta = LIMIT, program: str = _PROGRAM
) -> bytes | None:
    """Return a picture as PNG; None, and a line in the log, where there is none in time."""
    try:
        drawn = await _drawn(json.dumps(asdict(sketch)).encode(), limit, program)
    except (TimeoutError, OSError) as error:
        log.warning("no picture was drawn: %s", str(error) or "it took too long")
        return None
    if not can_be_sent(drawn):
        log.warning("no picture was drawn: what came is none that Telegram takes")
        return None
    return drawn


def can_be_sent(drawn: bytes) -> bool:
    """Return whether this is a PNG within the limits of Telegram."""
    if len(drawn) > HEAVIEST or not drawn.startswith(_SIGNATURE) or drawn[12:16] != b"IHDR":
        return False
    width, height = size(drawn)
    short, long = sorted((width, height))
    return short > 0 and width + height <= LONGEST and long <= FLATTEST * short


def size(drawn: bytes) -> tuple[int, int]:
    """Return width and height of a PNG, as its header has them."""
    return int.from_bytes(drawn[16:20]), int.from_bytes(drawn[20:24])


async def _drawn(asked: bytes, limit: timedelta, program: str) -> bytes:
    """Return what the process wrote; raises TimeoutError, or OSError where it failed."""
    with TemporaryDirectory(prefix="monitor-picture-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", program, _ROOT),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # Nothing of our environment, which holds secrets; matplotlib wants a place for a cache.
            env={"MPLCONFIGDIR": folder, "TMPDIR": folder, "LANG": "C.UTF-8"},
            cwd=folder,
        )
        try:
            async with asyncio.timeout(limit.total_seconds()):
                drawn, said = await process.communicate(asked)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            last = said.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
            raise OSError(f"the drawing failed: {last[:200]}")
        return drawn
