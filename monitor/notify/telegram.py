"""Telegram: send, change, answer and pin messages in one chat, whatever it takes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from telegram import Message, ReplyParameters

from monitor.config.receivers import TelegramReceiver
from monitor.errors import CannotEdit, DeliveryError, ReceiverMoved, Refused, RetryLater
from monitor.model import Delivery
from monitor.model.telling import Form
from monitor.notify.message import Look, Part, messages
from monitor.notify.telegram_account import API, Account, HideToken, quiet_libraries
from monitor.notify.telegram_chats import FoundChat, find_chats, takes_buttons
from monitor.notify.telegram_errors import (
    CANNOT_EDIT,
    IS_A_PHOTO,
    NO_TOPIC,
    NOT_MODIFIED,
    without_token,
)
from monitor.notify.telegram_spelling import Spelling, simpler, spellings

__all__ = [
    "API",
    "Account",
    "FoundChat",
    "HideToken",
    "TelegramSender",
    "find_chats",
    "quiet_libraries",
    "without_token",
]

log = logging.getLogger(__name__)

#: One message with all its spellings takes no longer, whatever trickles in.
DEADLINE = timedelta(seconds=60)
#: A pin is a courtesy; the next message does not wait longer for it.
PIN_DEADLINE = timedelta(seconds=15)


class TelegramSender:
    """Writes to one chat."""

    edits = True

    def __init__(
        self,
        account: Account,
        receiver: TelegramReceiver,
        look: Look,
        *,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """Write to the receiver's chat, and to its topic as long as there is one."""
        self._account = account
        self._chat = receiver.chat_id
        self._topic = receiver.message_thread_id
        self._preview = receiver.link_preview
        self._look = look
        self._deadline = deadline
        self._may_pin = True

    @property
    def chat(self) -> int | str:
        """Where it writes now."""
        return self._chat

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the messages; the one that may have arrived before carries the mark.

        Each knows what it changes or answers. What an edit has more of than the message that it
        changes follows as an answer.
        """
        # A receiver of another kind may have had this name, and ids that say nothing here.
        root = tuple(one for one in delivery.root if one.isdecimal())
        edits = bool(root) and delivery.form in {Form.EDIT, Form.STATUS}
        # To change a message twice does no harm, and needs no mark.
        found = messages(replace(delivery, uncertain=False) if edits else delivery, self._look)
        return [_placed(part, delivery.form, root, index) for index, part in enumerate(found)]

    async def send(self, part: Part) -> str:
        """Send it as HTML, else as plain text, else the little that is sure to be taken.

        Raises CannotEdit where the message that it changes is gone, or takes no form of it.
        """
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                message_id = await self._sent(part)
        except TimeoutError:
            raise RetryLater("Telegram did not answer in time", uncertain=True) from None
        if part.pins and message_id != part.edits:
            await self._pin(message_id, instead_of=part.edits)
        return message_id

    async def close(self) -> None:
        """Do nothing: the account is shared, and closed by who opened it."""

    async def _sent(self, part: Part) -> str:
        buttons = bool(part.buttons) and await takes_buttons(self._account, self._chat)
        if part.edits is not None:
            try:
                return await self._edited(part, part.edits, buttons=buttons)
            except CannotEdit as error:
                if not part.pins:
                    raise
                log.info("%s: what was pinned is replaced: %s", self._chat, error)
        return await self._somehow(
            spellings(replace(part, edits=None), self._preview, buttons=buttons),
            lambda spelling: self._new(spelling, part),
        )

    async def _edited(self, part: Part, message_id: str, *, buttons: bool) -> str:
        try:
            return await self._somehow(
                spellings(replace(part, photo=None), self._preview, buttons=buttons),
                lambda spelling: self._change(spelling, int(message_id)),
            )
        except CannotEdit:
            raise
        except Refused as error:
            # The message stays as it was. What was to be added is said in an answer to it.
            raise CannotEdit(str(error)) from None

    async def _somehow(
        self, spellings: Sequence[Spelling], say: Callable[[Spelling], Awaitable[str]]
    ) -> str:
        """Say it in the first form that is taken."""
        left, refused = list(spellings), Refused("there is nothing to say")
        while left:
            spelling = left.pop(0)
            try:
                return await say(spelling)
            except CannotEdit:
                raise
            except Refused as error:
                log.warning("%s refused a message: %s; trying a simpler one", self._chat, error)
                refused, left = error, simpler(left, spelling, str(error))
        raise refused

    async def _new(self, spelling: Spelling, part: Part) -> str:
        try:
            return await self._new_in(self._topic, spelling, part)
        except Refused as error:
            if self._topic is None or not NO_TOPIC.search(str(error)):
                raise
        log.warning("the topic in %s is gone, writing to the general one", self._chat)
        self._topic = None
        return await self._new_in(None, spelling, part)

    async def _new_in(self, topic: int | None, spelling: Spelling, part: Part) -> str:
        bot, answers = self._account.bot, _answers(part)
        if spelling.photo is not None:
            photo = spelling.photo
            return await self._asked(
                lambda: bot.send_photo(
                    self._chat,
                    photo,
                    caption=spelling.text,
                    parse_mode=spelling.mode,
                    disable_notification=part.silent,
                    message_thread_id=topic,
                    reply_parameters=answers,
                    reply_markup=spelling.buttons,
                )
            )
        return await self._asked(
            lambda: bot.send_message(
                self._chat,
                spelling.text,
                parse_mode=spelling.mode,
                disable_notification=part.silent,
                message_thread_id=topic,
                link_preview_options=spelling.preview,
                reply_parameters=answers,
                reply_markup=spelling.buttons,
            )
        )

    async def _change(self, spelling: Spelling, message_id: int) -> str:
        try:
            return await self._changed(spelling, message_id)
        except Refused as error:
            if NOT_MODIFIED.search(str(error)):
                return str(message_id)
            if CANNOT_EDIT.search(str(error)):
                raise CannotEdit(str(error)) from None
            raise

    async def _changed(self, spelling: Spelling, message_id: int) -> str:
        bot = self._account.bot
        try:
            return await self._asked(
                lambda: bot.edit_message_text(
                    spelling.text,
                    self._chat,
                    message_id,
                    parse_mode=spelling.mode,
                    link_preview_options=spelling.preview,
                    reply_markup=spelling.buttons,
                )
            )
        except Refused as error:
            if not IS_A_PHOTO.search(str(error)):
                raise
        return await self._asked(
            lambda: bot.edit_message_caption(
                self._chat,
                message_id,
                caption=spelling.text,
                parse_mode=spelling.mode,
                reply_markup=spelling.buttons,
            )
        )

    async def _asked(self, request: Callable[[], Awaitable[Message | bool]]) -> str:
        """Return the id of the message that came of it."""
        try:
            message = await self._account.call(request)
        except ReceiverMoved as moved:
            self._chat = moved.chat_id
            raise
        if not isinstance(message, Message):
            raise RetryLater("the answer cannot be read", uncertain=True)
        if isinstance(self._chat, str):
            self._account.limiter.same(self._chat, message.chat.id)
        self._account.kinds[self._chat] = str(message.chat.type)
        return str(message.message_id)

    async def _pin(self, message_id: str, *, instead_of: str | None) -> None:
        """Pin it without a sound, instead of what was pinned before. It has arrived anyway."""
        bot = self._account.bot
        try:
            async with asyncio.timeout(PIN_DEADLINE.total_seconds()):
                await self._account.call(
                    lambda: bot.pin_chat_message(
                        self._chat, int(message_id), disable_notification=True
                    )
                )
                if instead_of is not None:
                    await self._account.call(
                        lambda: bot.unpin_chat_message(self._chat, int(instead_of))
                    )
        except (DeliveryError, TimeoutError) as error:
            if self._may_pin:
                log.warning("cannot pin a message in %s: %s", self._chat, str(error) or "no answer")
            self._may_pin = False


def _placed(part: Part, form: Form, root: Sequence[str], index: int) -> Part:
    """Return the part with what it does to the messages that are there already."""
    match form:
        case Form.EDIT | Form.STATUS if index < len(root):
            pins = form is Form.STATUS and index == 0
            return replace(part, edits=root[index], silent=part.silent or pins, pins=pins)
        case Form.STATUS:
            return replace(part, silent=True, pins=index == 0)
        case Form.EDIT | Form.COPIES if root:
            return replace(part, answers=root[0], silent=True)
        case Form.REPLY if root:
            return replace(part, answers=root[0])
    return part


def _answers(part: Part) -> ReplyParameters | None:
    if part.answers is None:
        return None
    return ReplyParameters(int(part.answers), allow_sending_without_reply=True)
