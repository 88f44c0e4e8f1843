"""The desk behind the bot: what is asked there is looked up, and what is decided is written."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.app import answers
from monitor.app.answers import Searcher, receiver_is, rule_is, silences_rule, story_is
from monitor.app.places import Home, home, may_subscribe
from monitor.archive import audit, feedback, lately, receivers, silences, subscriptions
from monitor.archive.store import Store, Transaction
from monitor.config.schema import Config
from monitor.match.matcher import CompiledRule
from monitor.model import Silence
from monitor.notify.bot_desk import (
    EVERY_RULE,
    Found,
    Hushed,
    Joined,
    Place,
    RuleLine,
    Searched,
    Sights,
    Standing,
    Why,
)
from monitor.notify.silence import MOST

#: A silence that ends so little later says nothing new: the same wish, brought twice.
SAME = timedelta(minutes=5)
#: Silences that hold at a time for one receiver, or for one rule everywhere.
MOST_SILENCES = 100
#: A chat that threw the bot out is asked again after that, if nobody says that it is back.
AWAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the desk works with, as it is at this moment."""

    store: Store
    config: Callable[[], Config]
    rules: Callable[[], Sequence[CompiledRule]]
    clock: Callable[[], datetime]
    changed: Callable[[], Awaitable[None]]  #: what is to be done when other chats subscribe
    queued: Callable[[], None]  #: what is to be done when something may be sent


class ArchiveDesk:
    """Answers the bot from the archive, the configuration and the rules in force."""

    def __init__(self, world: World) -> None:
        """Work in this world."""
        self._world = world
        self._store = world.store
        self._searcher = Searcher(world.store)
        self._searching = asyncio.Lock()

    async def standing(self, place: Place) -> Standing:
        """Return what a place is to this program."""
        here = await self._store.read(lambda tx: self._home(tx, place))
        return here.standing(place.topic)

    async def rules(self, place: Place) -> Sequence[RuleLine]:
        """Return all rules, as they stand for this place."""
        now = self._world.clock()
        here, silent = await self._store.read(
            lambda tx: (self._home(tx, place), silences.active(tx, now))
        )
        heard = here.subscriber.rules if here.hears_itself and here.subscriber else ()
        names = here.standing(place.topic).names
        return [
            RuleLine(
                id=rule.rule.id,
                title=rule.rule.name,
                severity=rule.rule.severity,
                subscribed=rule.rule.id in heard or EVERY_RULE in heard,
                silent_until=_silent_until(silent, names, rule.rule.id),
            )
            for rule in self._world.rules()
        ]

    async def last(self, place: Place, rule: str | None) -> Sequence[Found] | None:
        """Return what was told last of a rule, or of all; None where there is no such rule."""
        if rule is not None and rule not in self._ids():
            return None
        config = self._world.config()

        def work(tx: Transaction) -> Sequence[Found]:
            here = self._home(tx, place)
            rules = _asked(here) if rule is None else frozenset({rule})
            return answers.last(tx, config, rules)

        return await self._store.read(work)

    async def search(self, query: str) -> Searched:
        """Look through the archive, for a few seconds at the most, one search at a time."""
        if self._searching.locked():
            return Searched(busy=True)
        async with self._searching:
            config, now = self._world.config(), self._world.clock()
            return await asyncio.to_thread(self._searcher.search, query, config, now)

    async def why(self, place: Place, name: str, *, everybody: bool) -> Why | None:
        """Return what became of a document; None where the archive has none of this name."""
        config = self._world.config()

        def work(tx: Transaction) -> Why | None:
            names = None if everybody else self._home(tx, place).names
            return answers.why(tx, config, name, names)

        return await self._store.read(work)

    async def status(self, place: Place, *, everybody: bool) -> Sights:
        """Return how the program fares."""
        config, now = self._world.config(), self._world.clock()

        def work(tx: Transaction) -> Sights:
            names = None if everybody else self._home(tx, place).names
            return answers.sights(tx, config, names, now)

        return replace(await self._store.read(work), rules=len(self._world.rules()))

    async def subscribe(self, place: Place, rule: str, who: str, language: str) -> Joined:
        """Let a place hear a rule from now on."""
        now, config = self._world.clock(), self._world.config()
        if not may_subscribe(config, place) or (rule != EVERY_RULE and rule not in self._ids()):
            return Joined.NO_SUCH_RULE

        def work(tx: Transaction) -> Joined:
            here = home(tx, config, place)
            if (refused := _refused(tx, here, rule)) is not None:
                return refused
            chat = here.chat_id
            if not subscriptions.add(tx, chat, rule, language=language, who=who, now=now):
                return Joined.ALREADY
            audit.note(tx, now, who, "subscribe", {"chat": chat, "rule": rule})
            return Joined.DONE

        became = await self._store.write(work, name="bot.subscribe")
        if became is Joined.DONE:
            await self._world.changed()
        return became

    async def unsubscribe(self, place: Place, rule: str | None, who: str) -> Sequence[str]:
        """Let it hear the rule no more, or none at all; return which it heard until now."""
        now = self._world.clock()

        def work(tx: Transaction) -> Sequence[str]:
            chat = self._home(tx, place).chat_id
            left = subscriptions.remove(tx, chat, rule)
            if left:
                audit.note(tx, now, who, "unsubscribe", {"chat": chat, "rules": list(left)})
            return left

        left = await self._store.write(work, name="bot.unsubscribe")
        if left:
            await self._world.changed()
        return left

    async def mute(
        self, place: Place, rule: str, until: datetime, who: str, *, everywhere: bool
    ) -> Hushed:
        """Let a rule be silent in this place until then, or for everybody."""
        now = self._world.clock()
        if rule not in {EVERY_RULE, *self._ids()} or (everywhere and rule == EVERY_RULE):
            return Hushed()
        meant = [] if rule == EVERY_RULE else [rule_is(rule)]

        def work(tx: Transaction) -> Hushed:
            names = self._home(tx, place).standing(place.topic).names
            wanted = [meant] if everywhere else [[receiver_is(one), *meant] for one in names]
            ends = [_hush(tx, matchers, until, who, now) for matchers in wanted]
            return _hushed(ends, rules=[rule])

        return await self._store.write(work, name="bot.mute")

    async def unmute(self, place: Place, rule: str, who: str, *, everywhere: bool) -> bool:
        """End the silences of a rule in this place, or for all; return whether there were any."""
        now = self._world.clock()
        meant = [] if rule == EVERY_RULE else [rule_is(rule)]

        def work(tx: Transaction) -> bool:
            names = self._home(tx, place).standing(place.topic).names
            wanted = [{*meant}] if everywhere else [{receiver_is(one), *meant} for one in names]
            found = [one for one in silences.active(tx, now) if {*one.matchers} in wanted]
            for one in found:
                silences.expire(tx, one.id, now)
                detail = {"silence": one.id, "matchers": list(one.matchers)}
                audit.note(tx, now, who, "silence expired", detail)
            return bool(found)

        return await self._store.write(work, name="bot.unmute")

    async def mute_alert(self, place: Place, delivery: int, until: datetime, who: str) -> Hushed:
        """Let the rules of the alert in a message be silent at its receiver until then."""
        now = self._world.clock()

        def work(tx: Transaction) -> Hushed:
            behind = self._behind(tx, place, delivery)
            if behind is None or not behind.rules:
                return Hushed()
            receiver = receiver_is(behind.receiver)
            ends = [_hush(tx, [receiver, rule_is(rule)], until, who, now) for rule in behind.rules]
            return _hushed(ends, rules=behind.rules)

        return await self._store.write(work, name="bot.mute")

    async def mute_story(self, place: Place, delivery: int, who: str) -> Hushed:
        """Let the story of a message be silent at its receiver, as long as it may go on."""
        now = self._world.clock()
        until = now + self._world.config().stories.window

        def work(tx: Transaction) -> Hushed:
            behind = self._behind(tx, place, delivery)
            if behind is None or behind.story_id is None:
                return Hushed()
            matchers = [receiver_is(behind.receiver), story_is(behind.story_id)]
            end = _hush(tx, matchers, until, who, now)
            return _hushed([end], story=f"s{behind.story_id}")

        return await self._store.write(work, name="bot.mute")

    async def irrelevant(self, place: Place, delivery: int, who: str) -> bool | None:
        """Note that an alert was not relevant; return whether that is new, None if not of here."""
        now = self._world.clock()

        def work(tx: Transaction) -> bool | None:
            behind = self._behind(tx, place, delivery)
            if behind is None:
                return None
            new = feedback.add(tx, behind.document_id, behind.rules, who=who, now=now)
            if new:
                detail = {"document": behind.document_id, "rules": list(behind.rules)}
                audit.note(tx, now, who, "not relevant", detail)
            return new

        return await self._store.write(work, name="bot.feedback")

    async def speak(self, place: Place, language: str, who: str) -> bool:
        """Speak this language in a place; return whether it can be remembered there."""
        now = self._world.clock()

        def work(tx: Transaction) -> bool:
            here = self._home(tx, place)
            if not here.hears_itself or not subscriptions.speak(tx, here.chat_id, language):
                return False
            audit.note(tx, now, who, "language", {"chat": here.chat_id, "language": language})
            return True

        spoken = await self._store.write(work, name="bot.language")
        if spoken:
            await self._world.changed()
        return spoken

    async def gone(self, place: Place) -> None:
        """Park a subscriber that threw the bot out; the outbox finds out about the others."""
        now = self._world.clock()

        def work(tx: Transaction) -> None:
            here = self._home(tx, place)
            if here.subscriber is not None:
                reason = "the bot was blocked, or thrown out"
                receivers.park(tx, here.subscriber.name, until=now + AWAY, reason=reason)

        await self._store.write(work, name="bot.gone")

    async def returned(self, place: Place) -> None:
        """Try what waits for a place at once."""
        now = self._world.clock()

        def work(tx: Transaction) -> bool:
            here = self._home(tx, place)
            lately.try_now(tx, [one.name for one in here.configured], now)
            if here.subscriber is not None:
                receivers.unpark(tx, here.subscriber.name)
            return bool(here.configured or here.subscriber)

        if await self._store.write(work, name="bot.returned"):
            self._world.queued()

    async def moved(self, old: int, new: int) -> None:
        """Take note that a group has a new id, where it is one of ours."""

        def work(tx: Transaction) -> bool:
            here = self._home(tx, Place(id=old, private=False))
            known = here.subscriber is not None or bool(here.configured)
            if known:
                receivers.moved(tx, str(old), new)
            return known

        if await self._store.write(work, name="bot.moved"):
            await self._world.changed()

    async def forget_the_gone(self) -> Sequence[int]:
        """Unsubscribe who was out of reach for a month; return their chats."""
        now = self._world.clock()

        def work(tx: Transaction) -> Sequence[int]:
            gone = subscriptions.out_of_reach(tx, now)
            for chat in gone:
                left = subscriptions.remove(tx, chat)
                detail = {"chat": chat, "rules": list(left), "why": "out of reach for 30 days"}
                audit.note(tx, now, "monitor", "unsubscribe", detail)
            return gone

        gone = await self._store.write(work, name="bot.forget")
        if gone:
            await self._world.changed()
        return gone

    def _home(self, tx: Transaction, place: Place) -> Home:
        return home(tx, self._world.config(), place)

    def _behind(self, tx: Transaction, place: Place, delivery: int) -> lately.Behind | None:
        """Return what a message is about, if it is one of this place: buttons can be made up."""
        found = lately.behind(tx, delivery)
        mine = self._home(tx, place).names
        return found if found is not None and found.receiver in mine else None

    def _ids(self) -> Collection[str]:
        return {rule.rule.id for rule in self._world.rules()}


def _refused(tx: Transaction, here: Home, rule: str) -> Joined | None:
    """Return why a chat may not hear one more rule; None where it may."""
    if here.configured:
        return Joined.CONFIGURED
    heard = here.subscriber.rules if here.subscriber else ()
    if rule in heard:
        return Joined.ALREADY
    if len(heard) >= subscriptions.MOST_RULES and rule != EVERY_RULE:
        return Joined.TOO_MANY
    if not heard and subscriptions.number(tx) >= subscriptions.MOST_CHATS:
        return Joined.FULL
    return None


def _hush(
    tx: Transaction, matchers: Sequence[str], until: datetime, who: str, now: datetime
) -> datetime | None:
    """Let a silence hold until then; return when it ends, None where there are too many here.

    There is one silence of the same words at a time: a longer one takes the place of a shorter.
    """
    standing = silences.active(tx, now)
    same = [one for one in standing if {*one.matchers} == {*matchers}]
    end = max((one.ends_at for one in same), default=None)
    if end is not None and end >= until - SAME:
        return end
    mine = sum(matchers[0] in one.matchers for one in standing)
    if not same and (mine >= MOST_SILENCES or silences.standing(tx, now) >= MOST):
        return None
    for one in same:
        silences.expire(tx, one.id, now)
    number = silences.add(
        tx,
        matchers=matchers,
        starts_at=now,
        ends_at=until,
        created_by=who,
        comment="in the chat",
        now=now,
    )
    detail = {"silence": number, "matchers": list(matchers), "ends_at": until.isoformat()}
    audit.note(tx, now, who, "silence added", detail)
    return until


def _hushed(ends: Sequence[datetime | None], **what: Any) -> Hushed:
    """Return what became of several silences: what holds, and whether some were too many."""
    until = max((end for end in ends if end is not None), default=None)
    return Hushed(until=until, full=None in ends, **what)


def _silent_until(silent: Sequence[Silence], names: Sequence[str], rule: str) -> datetime | None:
    """Return until when a rule is silent under these names; None where it is not."""
    ends = [one.ends_at for one in silent if silences_rule(one, names, rule)]
    return max(ends, default=None)


def _asked(here: Home) -> Collection[str] | None:
    """Return the rules that a subscriber asked for; None where nothing narrows it."""
    if here.configured or not here.hears_itself or here.subscriber is None:
        return None
    return None if EVERY_RULE in here.subscriber.rules else here.subscriber.rules
