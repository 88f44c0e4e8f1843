"""Chats that asked the bot for rules. Each is a receiver of its own, named chat<number>."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, delete, false, func, insert, select, true, update

from monitor.archive import notifications
from monitor.archive.schema import deliveries, receivers, subscriptions
from monitor.model import State

#: Every rule.
EVERY: Final = "*"
#: Who subscribes to each rule by itself had better subscribe to all.
MOST_RULES: Final = 50
#: One bot writes 25 messages a second: that many chats hear an alert within the minute.
MOST_CHATS: Final = 1000
#: How long a chat may be out of reach before it is taken for gone.
PATIENCE: Final = timedelta(days=30)

#: Which chats may be subscribers, as `bot: {subscriptions:}` says it.
Allowed = Literal["off", "private", "groups"]

_NAME = re.compile(r"chat(-?[0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A chat that hears what it asked for."""

    chat_id: int  #: as it was when it subscribed; `receivers.moved_chats` knows what became of it
    language: Literal["en", "uk", "ru"]
    rules: Sequence[str]

    @property
    def name(self) -> str:
        """Return the name of the receiver that it is."""
        return name_of(self.chat_id)


def name_of(chat_id: int) -> str:
    """Return the name of the receiver that a subscribed chat is."""
    return f"chat{chat_id}"


def is_chat(receiver: str) -> bool:
    """Return whether a receiver is, or was, a chat that subscribed itself."""
    return _NAME.fullmatch(receiver) is not None


def receivers_for(
    tx: Connection, rules: Collection[str], allowed: Allowed = "groups"
) -> Mapping[str, frozenset[str]]:
    """Return the subscribers who hear some of these rules, and which of them each hears."""
    wanted = frozenset(rules)
    statement = select(subscriptions.c.chat_id, subscriptions.c.rule_id).where(
        subscriptions.c.rule_id.in_([*wanted, EVERY]), _allowed(allowed)
    )
    found: dict[str, frozenset[str]] = {}
    if not wanted:
        return found
    for chat_id, rule in tx.execute(statement):
        heard = wanted if rule == EVERY else frozenset({rule})
        found[name_of(chat_id)] = found.get(name_of(chat_id), frozenset()) | heard
    return found


def chats(tx: Connection, allowed: Allowed = "groups") -> tuple[Subscriber, ...]:
    """Return all subscribers, whatever they hear."""
    statement = (
        select(subscriptions)
        .where(_allowed(allowed))
        .order_by(subscriptions.c.chat_id, subscriptions.c.rule_id)
    )
    found: dict[int, Subscriber] = {}
    for row in tx.execute(statement):
        before = found[row.chat_id].rules if row.chat_id in found else ()
        found[row.chat_id] = Subscriber(
            chat_id=row.chat_id, language=row.language, rules=(*before, row.rule_id)
        )
    return tuple(found.values())


def of(tx: Connection, chat_id: int) -> Subscriber | None:
    """Return a chat as a subscriber; None where it is none."""
    rows = tx.execute(select(subscriptions).where(_mine(chat_id))).all()
    if not rows:
        return None
    rules = tuple(sorted(row.rule_id for row in rows))
    return Subscriber(chat_id=chat_id, language=rows[0].language, rules=rules)


def number(tx: Connection) -> int:
    """Return how many chats are subscribers."""
    return tx.execute(select(func.count(subscriptions.c.chat_id.distinct()))).scalar_one()


def add(  # noqa: PLR0913  # the columns of a row
    tx: Connection, chat_id: int, rule: str, *, language: str, who: str, now: datetime
) -> bool:
    """Let a chat hear a rule, or every rule; return whether it did not before."""
    before = of(tx, chat_id)
    if before is not None and rule in before.rules:
        return False
    tx.execute(
        insert(subscriptions).values(
            chat_id=chat_id,
            rule_id=rule,
            language=before.language if before else language,
            created_by=who,
            created_at=now,
        )
    )
    return True


def remove(tx: Connection, chat_id: int, rule: str | None = None) -> Sequence[str]:
    """Let a chat hear a rule no more, or none; return which it heard.

    What waits for a chat that hears nothing any more is dropped.
    """
    which = _mine(chat_id)
    if rule is not None:
        which &= subscriptions.c.rule_id == rule
    left = sorted(tx.execute(select(subscriptions.c.rule_id).where(which)).scalars())
    tx.execute(delete(subscriptions).where(which))
    if left and of(tx, chat_id) is None:
        _forget(tx, name_of(chat_id))
    return left


def speak(tx: Connection, chat_id: int, language: str) -> bool:
    """Speak this language to a chat from now on; return whether it is a subscriber."""
    statement = update(subscriptions).where(_mine(chat_id)).values(language=language)
    return tx.execute(statement).rowcount > 0


def out_of_reach(tx: Connection, now: datetime) -> Sequence[int]:
    """Note who cannot be reached since when; return the chats for which that is too long."""
    parked = select(receivers.c.name).where(receivers.c.parked_until.is_not(None))
    away = {name for name in tx.execute(parked).scalars() if is_chat(name)}
    statement = select(subscriptions.c.chat_id, func.min(subscriptions.c.unheard_since))
    gone = []
    for chat_id, since in tx.execute(statement.group_by(subscriptions.c.chat_id)).all():
        if name_of(chat_id) not in away:
            if since is not None:
                _since(tx, chat_id, None)
        elif since is None or since > now:
            _since(tx, chat_id, now)
        elif now - since >= PATIENCE:
            gone.append(chat_id)
    return gone


def _since(tx: Connection, chat_id: int, moment: datetime | None) -> None:
    tx.execute(update(subscriptions).where(_mine(chat_id)).values(unheard_since=moment))


def _forget(tx: Connection, receiver: str) -> None:
    waiting = (deliveries.c.receiver == receiver, deliveries.c.state == State.QUEUED.value)
    dropped = {"state": State.DROPPED.value, "not_before": None, "error": "unsubscribed"}
    tx.execute(update(deliveries).where(*waiting).values(**dropped))
    notifications.give_up(tx, receiver, "unsubscribed")
    tx.execute(delete(receivers).where(receivers.c.name == receiver))


def _mine(chat_id: int) -> ColumnElement[bool]:
    return subscriptions.c.chat_id == chat_id


def _allowed(allowed: Allowed) -> ColumnElement[bool]:
    if allowed == "off":
        return false()
    return true() if allowed == "groups" else subscriptions.c.chat_id > 0
