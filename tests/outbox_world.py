"""A store, chats that outlive the program, a clock, and an outbox between them."""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

from said import alert

from monitor.archive import alerts, deliveries, documents, sources
from monitor.archive.store import Store
from monitor.errors import ReceiverMoved
from monitor.model import Severity, State
from monitor.notify.message import REPEAT, Part
from monitor.notify.outbox import Outbox


class Chat:
    """A chat and the way to it. It outlives the outbox; `errors` are what it answers first."""

    edits = False

    def __init__(self, chat: int | None = None, *errors: Exception, size: int = 1) -> None:
        self.chat = chat
        self.errors = deque(errors)
        self.size = size
        self.received: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self.arrivals = asyncio.Semaphore(0)
        self.closed = False

    def parts(self, delivery):
        subject = getattr(delivery.about, "subject", "an alert")
        if subject == "unspeakable":
            raise KeyError("a slip of ours")
        mark = f"{REPEAT} " * delivery.uncertain
        texts = [f"{mark}{subject}"]
        texts += [f"{subject}/{n}" for n in range(2, self.size + 1)]
        return [Part(html=text, plain=text) for text in texts]

    async def send(self, part):
        self.waiting.set()
        await self.open.wait()
        if self.errors:
            error = self.errors.popleft()
            if isinstance(error, ReceiverMoved):
                self.chat = error.chat_id
            raise error
        self.received.append(part.plain)
        self.arrivals.release()
        return f"m{len(self.received)}"

    async def close(self):
        self.closed = True


class World:
    """A store, chats, a clock and what the operator was told."""

    def __init__(self, store: Store, clock, **chats: Chat) -> None:
        self.store = store
        self.clock = clock
        self.chats = chats
        self.steps: list[str] = []
        self.told: list[tuple[str, str | None]] = []
        self.outbox = self.restarted()

    def restarted(self, step: Callable[[str], None] | None = None) -> Outbox:
        self.outbox = Outbox(
            self.store,
            self.chats,
            clock=self.clock,
            rng=Random(1),
            tell_operator=self.tell,
            step=step or self.steps.append,
        )
        return self.outbox

    def tell(self, tx, *, subject, text, severity, receiver):
        self.told.append((subject, receiver))

    def queue(self, subject: str, *receivers: str, text: str = "") -> int:
        return self.store.write_now(
            lambda tx: alerts.notice(
                tx,
                subject=subject,
                text=text,
                severity=Severity.MEDIUM,
                receivers=receivers,
                now=self.clock(),
            )
        )

    def queue_alert(self, *receivers: str) -> int:
        said = alert()

        def work(tx):
            archived = documents.add(tx, said.document)
            documents.add_matches(tx, archived.id, said.matches, [])
            return alerts.raise_alert(
                tx,
                document_id=archived.id,
                reason=said.reason,
                severity=said.severity,
                receivers=receivers,
                now=self.clock(),
            )

        sources_now = [(said.source, "https://ria.example/feed")]
        self.store.write_now(lambda tx: sources.sync(tx, sources_now, self.clock()))
        return self.store.write_now(work)

    def rows(self):
        return self.store.read_now(lambda tx: deliveries.rows(tx, list(State), 1000))

    async def until_nothing_waits(self, most: int = 50) -> int:
        """Turn the clock from one due time to the next until everything is settled."""
        turns = 0
        await self.outbox.drain()
        while (due := await self.outbox.next_due()) is not None:
            turns += 1
            assert turns < most, "it never ends"
            self.clock.now = max(due, self.clock.now)
            await self.outbox.drain()
        return turns
