"""Killed at every touch of the world, the program loses nothing and repeats only what it marks."""

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from archived import tell
from hypothesis import given
from hypothesis import strategies as st
from world import Chat, Crash, Item, Parts, World, lives

from monitor.archive import deliveries, documents
from monitor.collect.fetching import Fetching
from monitor.collect.verdict import Tally, ended
from monitor.errors import Refused, RetryLater
from monitor.ingest import Ingest, document_of
from monitor.model import Entry
from monitor.notify.outbox import Outbox

LONG = os.environ.get("MONITOR_TEST_PROFILE") == "long"
QUIET = "В музее открылась выставка."
LOUD = [
    "Войска прошли перегруппировку под Изюмом.",
    "О мобилизации речи не идёт.",
    "Объявлена частичная мобилизация.",
]


def september() -> World:
    texts = [LOUD[0], QUIET, LOUD[1], LOUD[2]]
    return World(items=[Item(f"post-{n}", text) for n, text in enumerate(texts)])


def kept(world: World) -> bool:
    """The promise: nothing is lost, and of each text only copies that say so come twice."""
    heard = {text for text, _ in world.heard}
    unmarked = Counter(text for text, repeat in world.heard if not repeat)
    return heard == world.expected() and max(unmarked.values(), default=0) <= 1


def steps_of_a_life(url: str) -> list[str]:
    world = september()
    world.crashes = [10_000]
    lives(world, url, most=1)
    return world.steps


@pytest.fixture
def fresh_url(tmp_path) -> Callable[[], str]:
    """A new empty store each time."""
    count = iter(range(10_000))
    return lambda: f"sqlite:///{tmp_path}/{next(count)}.db"


def test_without_a_crash_everything_is_heard_once(store_url):
    world = september()

    lives(world, store_url)

    assert kept(world)
    assert [repeat for _, repeat in world.heard] == [False] * len(LOUD)


def test_killed_at_any_single_step_nothing_is_lost(fresh_url):
    steps = steps_of_a_life(fresh_url())
    assert len(steps) > 30

    for at in range(1, len(steps) + 1):
        world = september()
        world.crashes = [at]
        lives(world, fresh_url())

        assert kept(world), f"killed at step {at}, {steps[at - 1]}: {world.heard}"
        repeats = len(world.heard) - len(LOUD)
        assert repeats == (steps[at - 1] in IN_FLIGHT)


# Only between the moment the chat has the message and the moment we have written so.
IN_FLIGHT = {"chat.answered", "outbox.accepted", "outbox.settle.written"}


def test_killed_at_any_single_step_nothing_is_lost_on_postgresql(store_url):
    if store_url.startswith("sqlite"):
        pytest.skip("every step on SQLite is the test above")
    world = september()
    world.crashes = [9, 14, 3, 21, 17, 5, 30, 12]

    lives(world, store_url)

    assert kept(world)


@given(
    crashes=st.lists(st.integers(1, 60), max_size=6),
    busy=st.integers(0, 3),
    texts=st.lists(st.sampled_from([QUIET, *LOUD]), min_size=1, max_size=5),
    later=st.sampled_from([None, *LOUD]),
)
def test_whatever_happens_when_nothing_is_lost(tmp_path_factory, crashes, busy, texts, later):
    url = f"sqlite:///{tmp_path_factory.mktemp('crash')}/monitor.db"
    names = [f"post-{n}" for n in range(len(texts))]
    items = [Item(name, f"{text} № {name}") for name, text in zip(names, texts, strict=True)]
    world = World(items=items, crashes=list(crashes), busy=busy)
    lives(world, url)
    assert kept(world)

    world.items.append(Item("late", later or QUIET))
    world.crashes = list(reversed(crashes))
    lives(world, url)

    assert kept(world)


def test_an_entry_edited_between_two_lives_is_heard_when_it_becomes_of_interest(store_url):
    world = september()
    lives(world, store_url)

    world.items[1].text = "В музее говорят о мобилизации."
    world.crashes = [12, 15]
    lives(world, store_url)

    assert kept(world)


def test_a_crash_while_going_back_over_a_gap_loses_nothing(fresh_url):
    for at in itertools.count(1, 1 if LONG else 3):
        url, world = fresh_url(), september()
        lives(world, url)
        world.shows = 2
        world.items += [Item(f"gap-{n}", f"{LOUD[n % 3]} № {n}") for n in range(4)]
        world.crashes = [at]

        lives(world, url, most=1)
        if world.alive:
            break
        lives(world, url)

        assert kept(world), at
    assert at > 20


# Six ways to get the order of writes wrong. Each must be caught by the test above.


class ValidatorsFirst(Fetching):
    """Writes the fetch row, with its validators, before any document."""

    async def _ingest(self, talk, page):
        await self.too_early(talk, page)
        await super()._ingest(talk, page)

    async def too_early(self, talk, page):
        tally = Tally(marks=set(page.fingerprints), offered=len(page.entries))
        rng = random.Random(0)
        await self._settle(ended(talk.poll, self._clock(), rng, talk.answer, tally))


class FetchBeforeTheLastDocument(ValidatorsFirst):
    """Writes the fetch row when all documents but the last are in."""

    async def _ingest(self, talk, page):
        head = type(page)(entries=page.entries[:-1], fingerprints=page.fingerprints)
        await Fetching._ingest(self, talk, head)
        await self.too_early(talk, page)
        await Fetching._ingest(self, talk, page)


class SentBeforeSending(Outbox):
    """Marks a delivery as sent, and then sends it."""

    async def _send(self, delivery, sender, part):
        await self._store.write(lambda tx: deliveries.settle_sent(tx, delivery.id, self._clock()))
        return await super()._send(delivery, sender, part)


class TwoTransactions(Ingest):
    """Archives the document in one transaction and queues its alert in another."""

    async def ingest(self, entry: Entry, source, *, fresh_since) -> bool:
        document = document_of(entry, self._clock(), language="ru")
        tongue = self.watch.identifier.identify("", document.text, "ru")
        found, errors = self.watch.matcher.match("", document.text, tongue, source.provenance)
        archived = await self._store.write(lambda tx: documents.add(tx, document), name="one")
        if archived is None or not found:
            return archived is not None

        def queue(tx):
            documents.add_matches(tx, archived.id, found, errors)
            tell(tx, archived.id, ["desk"], self._clock())

        await self._store.write(queue, name="two")
        return True


class NeverTakenBack(Outbox):
    """Claims for ever: no lease is returned, neither by time nor at the start."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, lease=timedelta(days=10_000))


class GivesUpOnFlood(Chat):
    """Takes a 429 for a refusal."""

    async def send(self, part):
        try:
            return await super().send(part)
        except RetryLater as error:
            raise Refused(str(error)) from error


SABOTAGES = {
    "validators first": Parts(fetching=ValidatorsFirst),
    "fetch row before the last document": Parts(fetching=FetchBeforeTheLastDocument),
    "sent before sending": Parts(outbox=SentBeforeSending),
    "two transactions": Parts(ingest=TwoTransactions),
    "lease never returned": Parts(outbox=NeverTakenBack, at_start=lambda store: None),
    "giving up on 429": Parts(chat=GivesUpOnFlood),
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_sabotaged_write_order_is_caught(name, fresh_url):
    caught = []
    for at in range(1, 60):
        world = september()
        world.crashes, world.busy = [at], at % 2
        lives(world, fresh_url(), SABOTAGES[name], most=4)
        if not kept(world):
            caught.append(at)
            break

    assert caught, f"nobody noticed: {name}"


@pytest.mark.parametrize("name", ["ValidatorsFirst", "TwoTransactions"])
def test_a_sabotage_without_a_crash_does_its_work(name, store_url):
    """The sabotaged programs are not simply broken: only a crash shows what is wrong with them."""
    parts = {"ValidatorsFirst": "validators first", "TwoTransactions": "two transactions"}
    world = september()

    lives(world, store_url, SABOTAGES[parts[name]])

    assert kept(world)


def test_a_crash_is_not_answered_by_any_handler_of_errors():
    assert not issubclass(Crash, Exception)
