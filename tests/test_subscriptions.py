"""Chats that subscribe themselves, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from monitor.app.receivers import receiver_of
from monitor.archive import alerts, deliveries, lately, receivers, subscriptions
from monitor.config.receivers import Receiver
from monitor.model import Severity, State

ANNA, GROUP = 7, -1001234567890
DAY = timedelta(days=1)


@pytest.fixture
def book(store, clock):
    return Book(store, clock)


class Book:
    """Subscriptions, with fewer words."""

    def __init__(self, store, clock) -> None:
        self.store = store
        self.clock = clock

    def add(self, chat, rule, language="uk"):
        return self.store.write_now(
            lambda tx: subscriptions.add(
                tx, chat, rule, language=language, who=f"telegram:{chat}", now=self.clock()
            )
        )

    def remove(self, chat, rule=None):
        return self.store.write_now(lambda tx: subscriptions.remove(tx, chat, rule))

    def receivers(self, *rules, **how):
        return self.store.read_now(lambda tx: subscriptions.receivers_for(tx, rules, **how))

    def gone(self):
        return self.store.write_now(lambda tx: subscriptions.out_of_reach(tx, self.clock()))

    def park(self, chat):
        name, until = subscriptions.name_of(chat), self.clock()
        self.store.write_now(lambda tx: receivers.park(tx, name, until=until, reason="blocked"))


def test_each_subscriber_hears_of_the_rules_that_it_asked_for(book):
    book.add(ANNA, "bridges")
    book.add(GROUP, "bridges")
    book.add(GROUP, "ferries")

    assert book.receivers("bridges", "trains") == {
        "chat7": {"bridges"},
        "chat-1001234567890": {"bridges"},
    }
    assert book.receivers("bridges", "ferries")["chat-1001234567890"] == {"bridges", "ferries"}
    assert book.receivers("trains") == {}
    assert book.receivers() == {}


def test_who_asked_for_every_rule_hears_of_every_rule(book):
    book.add(ANNA, "*")
    book.add(ANNA, "bridges")

    assert book.receivers("trains", "bridges") == {"chat7": {"trains", "bridges"}}


def test_only_chats_that_may_subscribe_are_receivers(book):
    book.add(ANNA, "bridges")
    book.add(GROUP, "bridges")

    assert book.receivers("bridges", allowed="off") == {}
    assert set(book.receivers("bridges", allowed="private")) == {"chat7"}
    chats = book.store.read_now(lambda tx: subscriptions.chats(tx, "private"))
    assert [chat.name for chat in chats] == ["chat7"]


def test_a_chat_keeps_its_language_whoever_adds_a_rule(book):
    book.add(ANNA, "bridges", "ru")
    book.add(ANNA, "ferries", "en")

    [chat] = book.store.read_now(subscriptions.chats)
    assert (chat.language, chat.rules) == ("ru", ("bridges", "ferries"))


def test_a_rule_is_added_and_removed_once(book):
    assert [book.add(ANNA, "bridges"), book.add(ANNA, "bridges")] == [True, False]
    assert [book.remove(ANNA, "bridges"), book.remove(ANNA, "bridges")] == [["bridges"], []]


def test_what_waits_for_a_chat_is_dropped_only_when_it_hears_nothing_any_more(book):
    for rule in ("bridges", "ferries"):
        book.add(ANNA, rule)
    book.store.write_now(
        lambda tx: alerts.notice(
            tx,
            subject="x",
            text="",
            severity=Severity.LOW,
            receivers=["chat7", "here"],
            now=book.clock(),
        )
    )
    waiting = lambda: book.store.read_now(lambda tx: lately.waiting(tx, None))  # noqa: E731

    book.remove(ANNA, "bridges")
    assert waiting() == 2
    book.remove(ANNA)

    assert waiting() == 1
    assert book.store.read_now(deliveries.counts) == {State.QUEUED: 1, State.DROPPED: 1}


def test_a_chat_is_given_up_after_a_month_out_of_reach(book):
    book.add(ANNA, "bridges")
    book.add(GROUP, "bridges")
    book.park(ANNA)

    assert book.gone() == []
    book.clock.forward(30 * DAY)

    assert book.gone() == [ANNA]


def test_a_chat_that_was_reached_meanwhile_begins_anew(book):
    book.add(ANNA, "bridges")
    book.park(ANNA)
    book.gone()
    book.clock.forward(20 * DAY)
    book.store.write_now(lambda tx: receivers.unpark(tx, "chat7"))
    book.gone()
    book.park(ANNA)
    book.clock.forward(DAY)
    book.gone()
    book.clock.forward(29 * DAY)

    assert book.gone() == []


def test_a_clock_that_was_ahead_does_not_keep_a_chat_for_ever(book):
    book.add(ANNA, "bridges")
    book.park(ANNA)
    book.clock.forward(400 * DAY)
    book.gone()
    book.clock.forward(-400 * DAY)
    assert book.gone() == []
    book.clock.forward(30 * DAY)

    assert book.gone() == [ANNA]


def test_a_subscriber_is_written_to_like_any_receiver(book):
    book.add(GROUP, "bridges", "ru")
    [chat] = book.store.read_now(subscriptions.chats)

    receiver = receiver_of(chat)

    assert (receiver.name, receiver.language) == ("chat-1001234567890", "ru")
    assert (receiver.telegram.chat_id, receiver.telegram.template) == (GROUP, "full")
    assert receiver.telegram.buttons
    assert subscriptions.is_chat(receiver.name)


@pytest.mark.parametrize("name", ["chat7", "chat-7", "chat-1001234567890"])
def test_nobody_else_is_called_like_a_subscriber(name):
    with pytest.raises(ValidationError, match="chat that subscribed itself"):
        Receiver(name=name, console={})


@pytest.mark.parametrize("name", ["chat", "chatroom", "chat-room", "chat7b", "my-chat7"])
def test_other_names_are_free(name):
    assert not subscriptions.is_chat(Receiver(name=name, console={}).name)
