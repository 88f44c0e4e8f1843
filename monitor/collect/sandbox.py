"""Parsers of foreign bytes in processes that can be killed.

What a hostile page can do is hang, eat memory or crash the process it is read in. So it is read in
one that holds nothing, knows no secret, and is replaced. Answers are JSON and are checked: a
process that was taken over must not be able to run anything here.
"""

import asyncio
import contextlib
import json
import logging
import math
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

import monitor
from monitor.collect.served import Served
from monitor.errors import Cause, PageError
from monitor.model import Article, Page

log = logging.getLogger(__name__)

_LENGTH = struct.Struct(">I")
_SERVED = TypeAdapter(Served)
_NONSENSE = "the parser gave an answer that makes no sense"
_LARGEST_ANSWER = 64 * 1024 * 1024
_DYING = 5.0  # seconds
_START = 60.0  # seconds: it imports the parsers, on a machine that may be busy

# `-I` keeps the working directory and the user's packages out, so where we are has to be said:
# first, for another copy of this program may be installed as well.
_ROOT = str(Path(monitor.__file__).parents[1])
_PROGRAM = (
    "import sys; sys.argv[3] in sys.path or sys.path.insert(0, sys.argv[3]); "
    "from monitor.collect.worker import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)


class Sandbox:
    """A pool of worker processes that read pages; a worker that fails is replaced."""

    def __init__(
        self,
        *,
        workers: int = 2,
        wall: timedelta = timedelta(seconds=5),
        memory: int = 512 * 1024 * 1024,
        recycle: int = 200,
    ) -> None:
        """Take how many pages are read at once, and what each may cost; no process starts yet."""
        self._turns = asyncio.Semaphore(workers)  # first come, first served
        self._idle = [_Worker(wall, memory, recycle) for _ in range(workers)]
        self._all = tuple(self._idle)
        self._closed = False

    async def read(self, kind: str, served: Served) -> Page:
        """Return what a page of this kind says, as the parser of that kind promises.

        Raises PageError with the reason where it says nothing, or cost more than it may.
        """
        return _checked(await self._ask(kind, served), served.source)

    async def read_article(self, served: Served) -> Article:
        """Return what the page of an article says, as its parser promises.

        Raises PageError with the reason where it says nothing, or cost more than it may.
        """
        return _checked_article(await self._ask("article", served))

    async def _ask(self, kind: str, served: Served) -> bytes:
        about = _SERVED.dump_python(served, mode="json", exclude={"body"}, exclude_defaults=True)
        question = json.dumps({"kind": kind, "served": about}).encode()
        async with self._turns:
            if self._closed:
                raise PageError("the parsers are closed")
            worker = self._idle.pop()
            try:
                return await worker.ask(question, served.body)
            finally:
                self._idle.append(worker)

    async def close(self) -> None:
        """End every worker and wait until it is gone. Pages that are being read fail."""
        self._closed = True
        for worker in self._all:
            worker.stop()
        for _ in self._all:
            await self._turns.acquire()  # nobody is reading any more, or starting to
        for worker in self._all:
            await worker.close()
            self._turns.release()  # whoever still comes is told that it is closed


class _Worker:
    """One place in the pool, with the process that fills it at the moment."""

    def __init__(self, wall: timedelta, memory: int, recycle: int) -> None:
        self._wall = wall.total_seconds()
        self._memory = memory
        self._recycle = recycle
        self._process: asyncio.subprocess.Process | None = None
        self._calls = 0
        self._stopped = False
        self._burials: set[asyncio.Task[None]] = set()

    async def ask(self, question: bytes, body: bytes) -> bytes:
        """Return the answer of the process; whatever goes wrong costs it its life."""
        if self._process is not None and self._process.returncode is not None:
            self._discard()  # it died while nobody asked it anything
        process = self._process or await self._start()
        healthy = False
        try:
            async with asyncio.timeout(self._wall):
                answer = await _exchange(process, question, body)
            self._calls += 1
            healthy = self._calls < self._recycle and not answer.startswith(b'{"worn"')
        except TimeoutError as error:
            raise PageError(f"reading it took longer than {self._wall:g} s") from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise PageError(f"it crashed the parser ({await _end(process)})") from error
        finally:
            if not healthy:
                self._discard()
        return answer

    def stop(self) -> None:
        """End the process now, also one that is only starting."""
        self._stopped = True
        self._discard()

    async def close(self) -> None:
        """Wait until every process that was ever here is gone."""
        self._discard()
        await asyncio.gather(*self._burials)

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            self._process = process = await _spawn(self._memory, math.ceil(self._wall) + 1)
        except OSError as error:
            raise PageError(f"the parser does not start ({error})") from error
        ready = False
        try:
            async with asyncio.timeout(_START):
                await _receive(process)
            ready = not self._stopped
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            raise PageError(f"the parser does not start ({await _end(process)})") from error
        finally:
            if not ready:
                self._discard()
        return process

    def _discard(self) -> None:
        """Kill the process at once; what is left to do is waited for at the end."""
        process, self._process, self._calls = self._process, None, 0
        if process is None:
            return
        # A process that is dead already must not be signalled: asyncio would lose its exit code.
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()
        burial = asyncio.create_task(_bury(process))
        self._burials.add(burial)
        burial.add_done_callback(self._burials.discard)


async def _spawn(memory: int, seconds: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", _PROGRAM, str(memory), str(seconds), _ROOT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
        cwd="/",
        start_new_session=True,  # Ctrl-C in the terminal is for us to answer
    )


async def _bury(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    _out, complaints = await process.communicate()
    if complaints:
        log.debug(
            "parser worker said", extra={"stderr": complaints[-2000:].decode(errors="replace")}
        )


async def _exchange(process: asyncio.subprocess.Process, *frames: bytes) -> bytes:
    """Return the answer to a question."""
    if process.stdin is None:
        raise ConnectionError
    for frame in frames:
        process.stdin.write(_LENGTH.pack(len(frame)))
        process.stdin.write(frame)
    await process.stdin.drain()
    return await _receive(process)


async def _receive(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise ConnectionError
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    if length > _LARGEST_ANSWER:
        raise PageError(f"its entries are more than {_LARGEST_ANSWER // 2**20} MB")
    return await process.stdout.readexactly(length)


async def _end(process: asyncio.subprocess.Process) -> str:
    """Return how a process that no longer answers ended."""
    try:
        async with asyncio.timeout(_DYING):
            code = await process.wait()
    except TimeoutError:
        return "it closed its pipes"
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


class _Answer(BaseModel):
    """What a worker may say."""

    model_config = ConfigDict(extra="forbid")

    worn: bool = False  #: it wants to be replaced
    page: Page | None = None
    article: Article | None = None
    error: str | None = None
    cause: Cause = Cause.UNREADABLE


def _checked(answer: bytes, source: str) -> Page:
    """Return the page in an answer, as if it came from a stranger."""
    page = _understood(answer).page
    if page is None:
        raise PageError("the parser gave no answer")
    entries = tuple(page.entries)
    times = [time for e in entries for time in (e.published_at, e.updated_at)]
    if any(e.source != source or not e.id for e in entries) or not _have_zones(times):
        raise PageError(_NONSENSE)
    return replace(page, entries=entries, fingerprints=tuple(page.fingerprints))


def _checked_article(answer: bytes) -> Article:
    """Return the article in an answer, as if it came from a stranger."""
    article = _understood(answer).article
    if article is None:
        raise PageError("the parser gave no answer")
    known = not article.url or article.url.startswith(("http://", "https://"))
    if not known or not _have_zones([article.published_at, article.updated_at]):
        raise PageError(_NONSENSE)
    return article


def _understood(answer: bytes) -> _Answer:
    try:
        said = _Answer.model_validate_json(answer)
    except ValidationError as error:
        raise PageError(_NONSENSE) from error
    if said.error is not None:
        raise PageError(said.error, said.cause)
    return said


def _have_zones(times: Sequence[datetime | None]) -> bool:
    return all(time is None or time.tzinfo is not None for time in times)
