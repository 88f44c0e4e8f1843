"""Which receivers a chat is: those that the configuration names for it, and its subscription."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.archive import receivers, subscriptions
from monitor.archive.store import Transaction
from monitor.archive.subscriptions import Subscriber
from monitor.config.receivers import Receiver
from monitor.config.schema import Config
from monitor.notify.bot_desk import Place, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """All that a place is."""

    configured: Sequence[Receiver]  #: for the chat, whatever the topic
    subscriber: Subscriber | None  #: also where it may not be one any more
    allowed: bool  #: whether it may be one
    chat_id: int  #: under which it is a subscriber, or would be

    @property
    def hears_itself(self) -> bool:
        """Return whether it hears what it subscribed to."""
        return self.subscriber is not None and self.allowed

    @property
    def names(self) -> Sequence[str]:
        """Return every receiver that it is, in all its topics."""
        return [*(one.name for one in self.configured), *self._own]

    @property
    def _own(self) -> Sequence[str]:
        mine = self.subscriber is not None and self.allowed
        return [self.subscriber.name] if mine and self.subscriber else []

    def standing(self, topic: int | None) -> Standing:
        """Return what it is, in one of its topics: its own receivers, or else all of the chat."""
        here = [one for one in self.configured if _topic(one) == topic] or self.configured
        own = self._own
        language = self.subscriber.language if own and self.subscriber else None
        return Standing(
            receivers=tuple(one.name for one in here),
            subscriber=own[0] if own else None,
            language=language or (here[0].language if here else None),
        )


def home(tx: Transaction, config: Config, place: Place) -> Home:
    """Return what a place is now."""
    moved = receivers.moved_chats(tx)
    ids = list(_earlier(place.id, moved))
    known = [found for one in ids if (found := subscriptions.of(tx, one)) is not None]
    subscriber = known[0] if known else None
    mine = {*map(str, ids), *([f"@{place.name}".lower()] if place.name else [])}
    return Home(
        configured=[one for one in config.receivers if _chat(one, moved) & mine],
        subscriber=subscriber,
        allowed=may_subscribe(config, place),
        chat_id=subscriber.chat_id if subscriber else place.id,
    )


def may_subscribe(config: Config, place: Place) -> bool:
    """Return whether such a chat may be a subscriber, as the configuration is now."""
    if place.private:
        return config.bot.subscriptions != "off"
    return config.bot.subscriptions == "groups"


def _earlier(chat_id: int, moved: Mapping[str, int]) -> Iterator[int]:
    """Yield a chat's id and all that it had before."""
    seen: set[int] = set()
    left = [chat_id]
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        yield one
        left += [int(old) for old, new in moved.items() if new == one and _is_number(old)]


def _is_number(chat: str) -> bool:
    return chat.lstrip("-").isdigit()


def _chat(receiver: Receiver, moved: Mapping[str, int]) -> set[str]:
    if receiver.telegram is None:
        return set()
    written = str(receiver.telegram.chat_id)
    return {written.lower(), str(moved.get(written, written)).lower()}


def _topic(receiver: Receiver) -> int | None:
    return receiver.telegram.message_thread_id if receiver.telegram else None
