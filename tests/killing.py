"""The whole program as a process that can be killed, in a world that outlives it.

The program is `monitor run` with its own Scrapy, parser workers, database and python-telegram-bot;
the world is a loopback web and a Bot API stand-in.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from bot_api import TOKEN, BotApi
from web import Web

CHAT = 4242
REPEAT = "possible repeat"
LOUD = "Войска прошли перегруппировку под Изюмом, донесение № {}."
QUIET = "В музее открылась выставка № {}."
CONFIG = """\
version: 1
store: {store}
egress: {{allow: [127.0.0.0/8]}}
sources:
  - {{id: mod, name: Минобороны, country: ru, kind: official, language: ru,
      url: "{feed}", every: 1s}}
rules:
  - {{id: reshuffling, match: {{any: [перегруппировка]}}}}
receivers:
  - {{name: desk, telegram: {{chat_id: {chat}}}}}
route: {{receiver: desk}}
"""

#: Every place at which the program touches the world, in the order of a message's life.
POINTS = (
    "fetch.received",
    "fetch.parsed",
    "ingest.written",
    "ingest.committed",
    "ingest.committed:2",
    "fetch.ingested",
    "settle.written",
    "settle.committed",
    "flush.committed",
    "outbox.claim.written",
    "outbox.claim.committed",
    "outbox.claimed",
    "outbox.sending",
    "outbox.accepted",
    "outbox.settle.written",
    "outbox.settle.committed",
    "outbox.settled",
)


@dataclass
class Scene:
    """What is published and heard, whatever becomes of the program."""

    folder: Path
    web: Web
    api: BotApi
    numbers: list[int] = field(default_factory=list)
    deaths: int = 0

    def publish(self, loud: int = 1) -> None:
        """Publish so many items that a rule asks for, and a quiet one."""
        first = len(self.numbers)
        self.numbers += range(first, first + loud)
        self.web.say("/feed", self._feed(), etag=f'"{len(self.numbers)}"')

    def _feed(self) -> str:
        texts = [LOUD.format(n) for n in self.numbers] + [QUIET.format(len(self.numbers))]
        now = format_datetime(datetime.now(UTC))
        items = "".join(
            f"<item><title>{text}</title><link>https://mod.test/{text.split()[-1]}</link>"
            f"<guid>{text}</guid><pubDate>{now}</pubDate></item>"
            for text in texts
        )
        return f"<rss version='2.0'><channel><title>mod</title>{items}</channel></rss>"

    def heard(self) -> Counter[int]:
        """How often each donesenie was heard, marked as a repeat or not."""
        return self._count(self.api.messages)

    def heard_unmarked(self) -> Counter[int]:
        return self._count([m for m in self.api.messages if REPEAT not in m.text])

    def _count(self, messages) -> Counter[int]:
        return Counter(
            number
            for number in self.numbers
            for message in messages
            if LOUD.format(number) in message.text
        )

    @property
    def lost(self) -> set[int]:
        return set(self.numbers) - set(self.heard())

    @property
    def repeats(self) -> int:
        return sum(self.heard().values()) - len(self.heard())

    def faults(self) -> str:
        """What the program broke of its promise; "" for nothing."""
        broken = [f"lost {sorted(self.lost)}"] if self.lost else []
        twice = [n for n, times in self.heard_unmarked().items() if times > 1]
        broken += [f"repeated without a mark: {twice}"] if twice else []
        if self.repeats > self.deaths:
            broken += [f"{self.repeats} repeats in {self.deaths} deaths"]
        return "; ".join(broken)

    async def start(self, fault: str = "") -> asyncio.subprocess.Process:
        """Start `monitor run`, which kills itself at that point."""
        tests = Path(__file__).parent
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MONITOR_", "SCRAPY_"))},
            "MONITOR_TELEGRAM_API": self.api.url,
            "MONITOR_TELEGRAM_TOKEN": TOKEN,
            "MONITOR_FAULT": fault,
            "SCRAPY_SETTINGS_MODULE": "polite_to_nobody",
            "PYTHONPATH": str(tests),
        }
        command = [sys.executable, "-m", "monitor", "run", "-c", str(self.folder / "config.yaml")]
        with (self.folder / "monitor.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=log, stderr=log, cwd=self.folder
            )

    async def life_until(self, fault: str) -> None:
        """Let the program live until it dies at that point."""
        process = await self.start(fault)
        try:
            status = await asyncio.wait_for(process.wait(), 60)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(f"{fault} was never reached; {self.log()}") from None
        assert status == -signal.SIGKILL, f"{fault}: exit {status}; {self.log()}"
        self.deaths += 1

    async def life_of(self, seconds: float) -> None:
        """Let the program live so long, and kill it."""
        process = await self.start()
        await asyncio.sleep(seconds)  # the time of death is what is tried here
        process.kill()
        await process.wait()
        self.deaths += 1

    async def last_life(self) -> int:
        """Let the program live until all is heard; ask it to stop; return its exit status."""
        process = await self.start()
        try:
            async with asyncio.timeout(120):
                while self.lost:
                    assert process.returncode is None, self.log()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            process.kill()
            raise AssertionError(f"still lost: {self.lost}; {self.log()}") from None
        process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(process.wait(), 60)

    def log(self) -> str:
        text = (self.folder / "monitor.log").read_text(encoding="utf-8", errors="replace")
        return f"its log ends:\n{text[-3000:]}"


@asynccontextmanager
async def scene(folder: Path, store: str) -> AsyncIterator[Scene]:
    """Build the world around a store."""
    api, web = BotApi(), Web()
    await web.start(("127.0.0.1",))
    async with api.serving():
        said = CONFIG.format(store=store, feed=web.url("/feed"), chat=CHAT)
        (folder / "config.yaml").write_text(said, encoding="utf-8")
        one = Scene(folder=folder, web=web, api=api)
        one.publish()
        try:
            yield one
        finally:
            await web.stop()
