"""The bot for people: hears what is said to it, and answers where it was said.

    updates, by polling or by webhook | what they say | what is done | the answer | confirmed

We ask for updates ourselves instead of leaving it to the library's Updater, which confirms them
before they are handled: what was being done when the program ended would be lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from telegram import BotCommand, Update

from monitor.errors import (
    DeliveryError,
    ReceiverGone,
    RetryLater,
    StoreUnusable,
)
from monitor.notify.bot_desk import Desk, Permits, Place
from monitor.notify.bot_phrases import LANGUAGES
from monitor.notify.bot_reading import (
    UPDATES,
    Asked,
    Membership,
    Migration,
    Pressed,
    is_administrator,
    said,
)
from monitor.notify.bot_rights import Person
from monitor.notify.bot_talk import Talk
from monitor.notify.bot_voice import Floor, Voice
from monitor.notify.bot_words import COMMANDS
from monitor.notify.telegram import Account

log = logging.getLogger(__name__)
Result = TypeVar("Result")

#: How long Telegram may hold our question for updates, in seconds.
LONG_POLL = 25
#: One update with its answer takes no longer, so that none holds up the others for good.
DEADLINE = timedelta(seconds=40)
#: How long an administrator of a chat is taken for one without asking again.
OFFICE = timedelta(minutes=1)

_OFFICES = 5_000


class Doorway(Protocol):
    """Where updates come in without being asked for."""

    url: str
    secret: str

    async def open(self, take: Callable[[Update], Awaitable[None]]) -> None:
        """Give every update that Telegram brings to `take`; one that raises is brought again."""

    async def close(self) -> None:
        """Take no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the bot waits; tests have less of it."""

    again: timedelta = timedelta(seconds=3)  #: after something failed
    refused: timedelta = timedelta(seconds=30)  #: after Telegram wanted nothing from us
    long_poll: int = LONG_POLL
    deadline: timedelta = DEADLINE


class _Lanes:
    """Lets what comes from one chat be handled in order, beside all other chats."""

    def __init__(self) -> None:
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, chat: int) -> AsyncIterator[None]:
        """Wait until everything that came from this chat before is done."""
        lock, waiting = self._locks.get(chat, (asyncio.Lock(), 0))
        self._locks[chat] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(chat)
            if waiting > 1:
                self._locks[chat] = lock, waiting - 1


class TalkingBot:
    """Hears and answers, until it is stopped."""

    def __init__(  # noqa: PLR0913  # the world it works in
        self,
        account: Account,
        desk: Desk,
        permits: Callable[[], Permits],
        floor: Floor,
        *,
        clock: Callable[[], datetime],
        zone: Callable[[], ZoneInfo],
        doorway: Doorway | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Connect to nothing yet; with a doorway updates come by webhook."""
        self._account = account
        self._desk = desk
        self._voice = Voice(account, floor, desk.moved, clock)
        self._clock = clock
        self._doorway = doorway
        self._patience = patience or Patience()
        self._talk = Talk(desk, permits, self._is_admin, clock=clock, zone=zone)
        self._offset: int | None = None
        self._offices: dict[tuple[int, int], tuple[datetime, bool]] = {}
        self._lanes = _Lanes()
        self._stopping = asyncio.Event()
        self._name = ""
        self._trouble = ""

    async def run(self) -> None:
        """Hear and answer until `stop`; whatever fails meanwhile is tried again."""
        await self.begin()
        if self._doorway is not None:
            await self._take_in(self._doorway)
        while not self._stopping.is_set():
            await self.hear(seconds=self._patience.long_poll)
        await self._confirm()

    async def begin(self) -> None:
        """Learn who the bot is, show its commands, and go through what was said before."""
        self._name = await self._surely(self._account.name) or ""
        await self._surely(self._introduce)
        # Where a webhook is set, nothing can be asked for. What it did not bring is kept.
        await self._surely(lambda: self._account.call(self._account.bot.delete_webhook))
        while await self.hear(stale=True):
            pass

    def stop(self) -> None:
        """Let `run` end once what is being done is done."""
        self._stopping.set()

    async def take(self, update: Update, *, stale: bool = False) -> None:
        """Do what an update asks for, after what came before it from the same chat.

        Raises StoreUnusable: then it was not done, and is to be brought again.
        """
        chat = update.effective_chat.id if update.effective_chat is not None else 0
        async with self._lanes.of(chat):
            await self._one(update, stale=stale)

    async def hear(self, *, stale: bool = False, seconds: int = 0) -> bool:
        """Ask for updates once and handle them; return whether there were any.

        They are confirmed when the next ones are asked for. What is stale may have been meant for
        another moment.
        """
        updates = await self._surely(lambda: self._updates(seconds))
        if not updates:
            return False
        left: Sequence[Update] = updates
        while left := await self._handled(left, stale=stale):
            if await self._wait(self._patience.again):
                return False  # stopping; they come again at the next start
        self._offset = updates[-1].update_id + 1
        return True

    async def _updates(self, seconds: int) -> tuple[Update, ...]:
        return await self._account.call(
            lambda: self._account.bot.get_updates(
                offset=self._offset, timeout=seconds, allowed_updates=UPDATES
            )
        )

    async def _handled(self, updates: Sequence[Update], *, stale: bool) -> Sequence[Update]:
        """Handle them, each chat's in order; return those for which the store was no use."""
        tasks = [asyncio.create_task(self.take(update, stale=stale)) for update in updates]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [one for one in outcomes if isinstance(one, StoreUnusable)]
        self._troubled(str(failed[0]) if failed else "")
        return [
            update
            for update, outcome in zip(updates, outcomes, strict=True)
            if isinstance(outcome, StoreUnusable)
        ]

    async def _one(self, update: Update, *, stale: bool) -> None:
        """Do it within the deadline; an update that we stumble over is let go, not repeated."""
        try:
            async with asyncio.timeout(self._patience.deadline.total_seconds()):
                await self._done(update, stale=stale)
        except StoreUnusable:
            raise
        except TimeoutError:
            log.warning("an answer took too long and was let go")
        except DeliveryError as error:
            log.info("an answer did not arrive: %s", error)
        except Exception:
            log.exception("the bot stumbled over an update; it goes on with the next one")

    async def _done(self, update: Update, *, stale: bool) -> None:
        match said(update, self._name):
            case Asked() as asked:
                lines = await self._talk.answer(asked)
                await self._voice.say(asked.place, lines, asked.message)
            case Pressed() as pressed:
                await self._press(pressed, stale=stale)
            case Membership(place=place, present=present):
                await (self._desk.returned(place) if present else self._desk.gone(place))
            case Migration(place=place, new=new):
                await self._desk.moved(place.id, new)

    async def _press(self, pressed: Pressed, *, stale: bool) -> None:
        text = ""
        try:
            toast = await self._talk.press(pressed, stale=stale)
            text = toast.text
            if pressed.place is not None:
                await self._voice.say(pressed.place, toast.said, pressed.message)
        finally:
            # Whatever became of it: without an answer the button keeps turning.
            with suppress(DeliveryError):
                await self._account.call(
                    lambda: self._account.bot.answer_callback_query(pressed.query, text or None)
                )

    async def _is_admin(self, place: Place, person: Person) -> bool:
        """Ask Telegram whether a person is an administrator of a group, once a minute at most."""
        now, key = self._clock(), (place.id, person.id)
        known = self._offices.get(key)
        if known is not None and known[0] <= now < known[0] + OFFICE:
            return known[1]
        try:
            member = await self._account.call(
                lambda: self._account.bot.get_chat_member(place.id, person.id)
            )
        except DeliveryError as error:
            log.info("cannot tell who administers %s: %s", place.id, error)
            return False
        if len(self._offices) >= _OFFICES:
            self._offices.clear()
        self._offices[key] = (now, is_administrator(member))
        return self._offices[key][1]

    async def _introduce(self) -> None:
        """Tell Telegram the commands, in every language that the bot speaks."""
        for language in LANGUAGES:
            menu = [BotCommand(name, text[language]) for name, text in COMMANDS.items()]
            code = None if language == LANGUAGES[0] else language  # which is for all others
            call = partial(self._account.bot.set_my_commands, menu, language_code=code)
            await self._account.call(call)

    async def _take_in(self, doorway: Doorway) -> None:
        """Let updates come by webhook until the bot is stopped."""
        await doorway.open(self.take)
        try:
            await self._surely(
                lambda: self._account.call(
                    lambda: self._account.bot.set_webhook(
                        doorway.url, secret_token=doorway.secret, allowed_updates=UPDATES
                    )
                )
            )
            await self._stopping.wait()
        finally:
            await doorway.close()

    async def _confirm(self) -> None:
        """Tell Telegram what was handled, so that it is not brought again."""
        if self._offset is None or self._doorway is not None:
            return
        with suppress(DeliveryError, TimeoutError):
            async with asyncio.timeout(5):
                await self._account.call(
                    lambda: self._account.bot.get_updates(
                        offset=self._offset, timeout=0, limit=1, allowed_updates=UPDATES
                    )
                )

    async def _surely(self, call: Callable[[], Awaitable[Result]]) -> Result | None:
        """Return what Telegram answers, however long that takes; None once the bot is stopped."""
        while not self._stopping.is_set():
            try:
                result = await self._unless_stopped(call())
            except ReceiverGone as error:
                self._troubled(f"the bot hears nothing: {error}")
                pause = self._patience.refused
            except RetryLater as error:
                self._troubled(f"Telegram cannot be reached: {error}")
                pause = error.after or self._patience.again
            except DeliveryError as error:
                self._troubled(f"Telegram refuses to talk: {error}")
                pause = self._patience.refused
            else:
                self._troubled("")
                return result
            await self._wait(pause)
        return None

    async def _unless_stopped(self, call: Awaitable[Result]) -> Result | None:
        asking = asyncio.ensure_future(call)
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return await asking if asking.done() else None
        finally:
            for task in (asking, stopping):
                task.cancel()
            await asyncio.gather(asking, stopping, return_exceptions=True)

    async def _wait(self, pause: timedelta) -> bool:
        """Wait, but not beyond the end; return whether it has come."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause.total_seconds())
        return self._stopping.is_set()

    def _troubled(self, trouble: str) -> None:
        """Log what keeps the bot from its work when it begins, changes and ends."""
        if trouble and trouble != self._trouble:
            log.error("%s", trouble)
        elif self._trouble and not trouble:
            log.warning("the bot hears again")
        self._trouble = trouble
