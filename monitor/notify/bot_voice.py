"""How the bot says something in a chat: in its turn, without a sound, in whatever form is taken."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode

from monitor.errors import ReceiverMoved, Refused, RetryLater
from monitor.notify.bot_desk import Place
from monitor.notify.bot_pages import Line, Page, pages
from monitor.notify.telegram import Account

log = logging.getLogger(__name__)

#: An answer that Telegram wants later than that comes too late for a conversation.
PATIENCE = timedelta(seconds=15)

_TRIES = 3


class Floor(Protocol):
    """Who may speak to a chat, and when: answers share its limits with alerts, and give way."""

    async def turn(self, chat: int, size: int = 0) -> None:
        """Wait until a message of that length may go to this chat, and count it."""


class Voice:
    """Speaks through one bot."""

    def __init__(
        self,
        account: Account,
        floor: Floor,
        moved: Callable[[int, int], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        """Tell `moved` of chats that turn out to have a new id."""
        self._account = account
        self._floor = floor
        self._moved = moved
        self._clock = clock

    async def say(self, place: Place, lines: Sequence[Line], answered: int | None) -> None:
        """Say it where it was asked, without a sound, as an answer."""
        for page in pages(lines):
            place = await self._send(place, page, answered)

    async def _send(self, place: Place, page: Page, answered: int | None) -> Place:
        """Send it as HTML, else as plain text; return where the chat is now."""
        for text, mode in ((page.html, ParseMode.HTML), (page.plain, None)):
            try:
                return await self._send_to(place, text, mode, answered)
            except Refused as error:
                log.warning("an answer was refused: %s", error)
        return place

    async def _send_to(
        self, place: Place, text: str, mode: ParseMode | None, answered: int | None
    ) -> Place:
        for _ in range(_TRIES):
            await self._floor.turn(place.id, len(text))
            try:
                await self._post(place, text, mode, answered)
            except ReceiverMoved as moved:
                await self._moved(place.id, moved.chat_id)
                place, answered = Place(id=moved.chat_id, private=place.private), None
            except RetryLater as later:
                # One whose answer was lost is not sent again: nobody needs it twice.
                if later.after is None or later.after > PATIENCE:
                    raise
                now = self._clock()
                self._account.limiter.pause(place.id, now + later.after, now)
            else:
                return place
        raise RetryLater("the chat wants a longer pause")

    async def _post(
        self, place: Place, text: str, mode: ParseMode | None, answered: int | None
    ) -> None:
        reply = answered and ReplyParameters(answered, allow_sending_without_reply=True)
        await self._account.call(
            lambda: self._account.bot.send_message(
                place.id,
                text,
                parse_mode=mode,
                disable_notification=True,
                message_thread_id=place.topic,
                reply_parameters=reply or None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )
