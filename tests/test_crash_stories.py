"""Killed while stories are told, changed, answered and gathered: every document is heard of."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from chatter import Chatter
from hypothesis import given
from hypothesis import strategies as st
from story_chat import Chat
from world import Crash

from monitor.archive import batches, deliveries
from monitor.archive.store import Store
from monitor.model import State
from monitor.notify.outbox import Outbox

LONG = os.environ.get("MONITOR_TEST_PROFILE") == "long"
NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
WORDS = {"r": "Войска прошли перегруппировку.", "m": "Заговорили о мобилизации."}
ROUTES = {
    "at once": "route: {receiver: desk}",
    "few": "flood_limit: {per_receiver: 2}\nroute: {receiver: desk}",
    "groups": "route: {receiver: desk, group_by: [rule], group_wait: 30s}",
}


@dataclass
class Machine:
    """A machine that loses its power at chosen steps, in one life after the other."""

    url: str
    folder: object
    route: str
    said: list[tuple[str, int, str]]
    chat: Chat
    crashes: list[int] = field(default_factory=list)
    now: datetime = NOW
    steps: int = 0
    left: int | None = None

    def step(self, _: str) -> None:
        self.steps += 1
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Crash

    def forward(self, by: timedelta) -> datetime:
        self.now += by
        return self.now

    def live(self) -> set[str]:
        """Live until nothing is left to do; return the documents that were to be heard of."""
        for _ in range(60):
            self.left = self.crashes.pop(0) if self.crashes else None
            try:
                return asyncio.run(self._life())
            except Crash:
                self.now += timedelta(minutes=6)  # longer than a lease
        raise AssertionError("it never ends")

    async def _life(self) -> set[str]:
        store = Store(self.url, durable=False, step=self.step)
        try:
            store.write_now(deliveries.release_leases)
            room = Chatter(store, lambda: self.now, self.route, self.folder)
            await room.ingest.recall()
            outbox = Outbox(
                store,
                {"desk": self.chat},
                clock=lambda: self.now,
                rng=Random(1),
                tell_operator=lambda tx, **notice: None,
                step=self.step,
            )
            refs = set()
            for number, (source, about, word) in enumerate(self.said):
                refs.add(await room.say(source, WORDS[word], about=about, uid=str(number)))
                self.now += timedelta(seconds=7)
                await room.ingest.tell_gathered()
                await outbox.drain()
            await self._settle(room, outbox)
            return refs
        finally:
            store.close()

    async def _settle(self, room: Chatter, outbox: Outbox) -> None:
        for _ in range(500):
            await room.ingest.tell_gathered()
            await outbox.drain()
            waits = [room.store.read_now(batches.next_due), await outbox.next_due()]
            due = min((one for one in waits if one is not None), default=None)
            if due is None:
                return
            self.now = max(self.now, due)
        raise AssertionError("it never ends")


@pytest.fixture
def machine(tmp_path) -> Callable[..., Machine]:
    count = iter(range(100_000))

    def build(said, route="at once", *, edits=True, answers=(), crashes=()) -> Machine:
        url = f"sqlite:///{tmp_path}/{next(count)}.db"
        chat = Chat(edits=edits, answers=list(answers))
        return Machine(url, tmp_path, ROUTES[route], list(said), chat, list(crashes))

    return build


STORY = [("tass", 1, "r"), ("ria", 1, "r"), ("kremlin", 1, "r"), ("lenta", 1, "m"), ("ria", 2, "r")]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("edits", [True, False])
def test_without_a_crash_every_document_is_named_in_the_chat(machine, route, edits):
    one = machine(STORY, route, edits=edits)

    refs = one.live()

    assert one.chat.named == refs


@pytest.mark.parametrize("route", ROUTES)
def test_killed_at_any_step_every_document_is_named_in_the_chat(machine, route):
    whole = machine(STORY, route)
    whole.live()
    assert whole.steps > 20

    for at in range(1, whole.steps + 1, 1 if LONG else 4):
        one = machine(STORY, route, crashes=[at])
        refs = one.live()

        assert one.chat.named == refs, f"killed at step {at}"
        assert len(one.chat.messages) <= len(whole.chat.messages) + 2


@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(["tass", "ria", "kremlin", "genshtab"]),
            st.integers(1, 3),
            st.sampled_from("rm"),
        ),
        min_size=1,
        max_size=6,
    ),
    route=st.sampled_from(list(ROUTES)),
    edits=st.booleans(),
    answers=st.lists(st.sampled_from(["", "later", "stays"]), max_size=8),
    crashes=st.lists(st.integers(1, 40), max_size=4),
)
def test_whatever_goes_wrong_every_document_is_named_or_said_before(  # noqa: PLR0917
    machine, said, route, edits, answers, crashes
):
    one = machine(said, route, edits=edits, answers=answers, crashes=crashes)

    refs = one.live()

    store = Store(one.url, durable=False)
    states = {row.state for row in store.read_now(lambda tx: deliveries.rows(tx, list(State), 999))}
    store.close()
    assert states <= {State.SENT}
    # Of the same words by the same source one is enough.
    again = {(source, about, word) for source, about, word in said}
    assert len(one.chat.named) >= len(again)
    assert one.chat.named <= refs
