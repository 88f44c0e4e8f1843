"""`monitor run`: the program on the real clock, until somebody asks it to stop."""

import asyncio
import logging
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from watchfiles import Change, awatch

from monitor.app.program import Program
from monitor.app.reload import Reloader
from monitor.app.talking import Talking
from monitor.errors import MonitorError, StoreUnusable

log = logging.getLogger(__name__)

#: How long work under way may take to end after SIGTERM.
GRACE = timedelta(seconds=25)
TICK = timedelta(seconds=1)


class Daemon:
    """Ticks, reloads and stops a program."""

    def __init__(self, program: Program, reloader: Reloader) -> None:
        """Reload when a file of the configuration changes, and on SIGHUP."""
        self._program = program
        self._reloader = reloader
        self._stopping = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._trouble = ""
        self._drains: set[asyncio.Task[int]] = set()

    async def run(self, grace: timedelta = GRACE) -> None:
        """Work until SIGTERM or SIGINT; then end within the grace time."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        reloads = set[asyncio.Task[None]]()

        def hang_up() -> None:
            task = loop.create_task(self._reloader.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, hang_up)
        await self._program.start()
        scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        # At once: its own clock, which may not be the program's, goes by this machine's time.
        every = {"trigger": "interval", "seconds": TICK.total_seconds()}
        scheduler.add_job(self._tick, **every, next_run_time=datetime.now(UTC))
        # Beside the ticks: a drawing, or an address that does not answer, must not hold them up.
        scheduler.add_job(self._publish, **every)
        scheduler.start()
        tasks = [asyncio.create_task(self._deliver()), asyncio.create_task(self._watch())]
        talking = self._program.talking
        hearing = None if talking is None else asyncio.create_task(self._hear(talking))
        log.info("running")
        await self._stopping.wait()
        log.info("stopping")
        scheduler.pause()
        if talking is not None and hearing is not None:
            talking.stop()
            await asyncio.wait({hearing}, timeout=grace.total_seconds())
            tasks.append(hearing)
        async with self._ticking:  # a tick under way ends before its scheduler does
            scheduler.shutdown(wait=False)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *reloads, return_exceptions=True)
        if self._drains:
            await asyncio.wait(self._drains, timeout=grace.total_seconds())
        await self._program.stop(grace)

    async def _tick(self) -> None:
        """Hand due sources to the crawl, look who is blind, wake the outbox when it is time."""
        clock = self._program.world.clock
        async with self._ticking:
            try:
                await self._program.fetch_due(clock())
                await self._program.look(clock())
                due = await self._program.outbox.next_due()
            except StoreUnusable as error:
                self._troubled(str(error))
                return
            self._troubled("")
            # What is due already is due "now", which is later than a moment asked for before.
            if due is not None and due <= clock():
                self._program.queued.set()

    async def _publish(self) -> None:
        """Queue digests and boards, and give a sign of life, when it is time for that."""
        with suppress(StoreUnusable):  # which the ticks say
            await self._program.publish(self._program.world.clock())

    async def _hear(self, talking: Talking) -> None:
        """Let people talk to the bot; whatever ends that, alerts go on."""
        try:
            await talking.run()
        except MonitorError as error:
            log.error("the bot for people is off: %s", error)  # noqa: TRY400  # it is said
        except Exception:
            log.exception("the bot for people is off until the next start")

    def _troubled(self, trouble: str) -> None:
        """Log what keeps the ticks from their work when it begins, changes and ends."""
        if trouble and trouble != self._trouble:
            log.error("%s; tried again every second", trouble)
        elif self._trouble and not trouble:
            log.warning("the store can be used again")
        self._trouble = trouble

    async def _deliver(self) -> None:
        """Drain the outbox whenever something is queued; a slow chat holds up no other."""
        while True:
            await self._program.queued.wait()
            self._program.queued.clear()
            drain = asyncio.create_task(self._program.deliver())
            self._drains.add(drain)
            drain.add_done_callback(self._drained)

    def _drained(self, drain: asyncio.Task[int]) -> None:
        self._drains.discard(drain)
        error = None if drain.cancelled() else drain.exception()
        if isinstance(error, StoreUnusable):
            self._troubled(str(error))
        elif error is not None:
            log.error("the outbox stumbled; it goes on with the next tick", exc_info=error)

    async def _watch(self) -> None:
        """Reload when a file of the configuration changes, or a new one stands beside it."""
        while True:
            folders = self._reloader.folders
            async for _ in awatch(*folders, watch_filter=_may_matter, recursive=False):
                await self._reloader.reload()
                if self._reloader.folders != folders or not all(map(Path.is_dir, folders)):
                    break


def _may_matter(change: Change, path: str) -> bool:
    """Return whether a change may be one of the configuration: YAML, or a new folder of it."""
    return path.endswith((".yaml", ".yml")) or (change is Change.added and not Path(path).suffix)
