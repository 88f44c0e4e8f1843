"""Telegram: send one message, and explain every way in which it may fail."""

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
from telegram import Bot, Chat, ChatMember, LinkPreviewOptions, Update
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from monitor.config.receivers import TelegramReceiver
from monitor.errors import DeliveryError, ReceiverGone, ReceiverMoved, Refused, RetryLater
from monitor.model import Delivery, Severity
from monitor.notify.message import Part, card, parts

log = logging.getLogger(__name__)
Result = TypeVar("Result")

API = "https://api.telegram.org"
#: A 429 that does not say how long it wants us to wait.
UNNAMED_PAUSE = timedelta(seconds=30)
#: One message with all its spellings takes no longer, whatever trickles in.
DEADLINE = timedelta(seconds=60)

_LONG_POLL = 25
_UPDATES = [Update.MESSAGE, Update.CHANNEL_POST, Update.MY_CHAT_MEMBER]
_ABSENT = (ChatMember.LEFT, ChatMember.BANNED)
# Telegram names its errors only in words. These say that the chat takes nothing from us.
_CLOSED_TO_US = re.compile(
    "chat not found|chat_write_forbidden|chat_admin_required|chat_restricted|peer_id_invalid"
    "|group chat was deactivated|user_deactivated|not enough rights|have no rights"
    "|need administrator rights|not a member|kicked|channel_private|user not found",
    re.IGNORECASE,
)
_NO_TOPIC = re.compile(
    "thread not found|topic_deleted|topic_closed|topic_id_invalid", re.IGNORECASE
)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TOKEN = re.compile(r"[0-9]{3,}(?::|%3A)[A-Za-z0-9_-]{8,}", re.IGNORECASE)


class HideToken(logging.Filter):
    """Takes anything shaped like a bot token out of what is logged; belongs on every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without tokens in its message, its traceback and its fields."""
        record.msg, record.args = _message(record), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        # Some handlers print the exception's objects instead; let them have only its text.
        record.exc_info = None
        for name, value in list(vars(record).items()):
            if isinstance(value, str):
                setattr(record, name, without_token(value))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return without_token(record.getMessage())
    except (
        KeyError,
        TypeError,
        ValueError,
    ):  # a log call with wrong arguments is no reason to stop
        return without_token(str(record.msg))


def without_token(text: str) -> str:
    """Return the text with every bot token replaced."""
    return _TOKEN.sub("<token>", text)


def quiet_libraries() -> None:
    """Keep the libraries from logging addresses, which contain the token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.INFO)


class Account:
    """One bot: its token and its connections, shared by the receivers that write with it."""

    def __init__(self, token: str, *, api: str = API) -> None:
        """Connect to nothing yet, so that a start does not depend on Telegram."""
        quiet_libraries()
        # The library's own way of opting in to timedeltas; without it every 429 warns.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        self._requests = (_request(), _request())
        sends, polls = self._requests
        base = f"{api.rstrip('/')}/bot"
        self.bot = Bot(token, base_url=base, request=sends, get_updates_request=polls)

    async def name(self) -> str:
        """Return the bot's own @name, as Telegram knows it."""
        me = await _explained(self.bot.get_me)
        return f"@{me.username}"

    async def call(self, request: Callable[[], Awaitable[Result]]) -> Result:
        """Ask Telegram something; raise our errors."""
        return await _explained(request)

    async def close(self) -> None:
        """Close its connections."""
        for request in self._requests:
            await request.shutdown()


class TelegramSender:
    """Writes to one chat."""

    def __init__(
        self,
        account: Account,
        receiver: TelegramReceiver,
        *,
        zone: ZoneInfo,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """Write to the receiver's chat, and to its topic as long as there is one."""
        self._account = account
        self._chat = receiver.chat_id
        self._topic = receiver.message_thread_id
        self._silent_below = receiver.silent_below
        self._zone = zone
        self._deadline = deadline

    @property
    def chat(self) -> int | str:
        """Where it writes now."""
        return self._chat

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the messages; the one that may have arrived before carries the mark."""
        silent = _severity(delivery).rank < self._silent_below.rank
        shown = card(delivery.about, zone=self._zone, repeat=False)
        found = list(parts(shown, silent=silent))
        if delivery.uncertain and delivery.parts_sent < len(found):
            marked = parts(replace(shown, repeat=True), silent=silent)
            found[delivery.parts_sent] = marked[delivery.parts_sent]
        return found

    async def send(self, part: Part) -> str:
        """Send it as HTML, else as plain text, else the little that is sure to be taken."""
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._send_somehow(part)
        except TimeoutError:
            raise RetryLater("Telegram did not answer in time", uncertain=True) from None

    async def close(self) -> None:
        """Do nothing: the account is shared, and closed by who opened it."""

    async def _send_somehow(self, part: Part) -> str:
        refused: Refused | None = None
        for text, mode in ((part.html, ParseMode.HTML), (part.plain, None), (part.minimal, None)):
            try:
                return await self._send(text, mode, silent=part.silent)
            except Refused as error:
                log.warning("%s refused a message: %s; trying a simpler one", self._chat, error)
                refused = error
        assert refused is not None  # noqa: S101  # the loop ran
        raise refused

    async def _send(self, text: str, mode: ParseMode | None, *, silent: bool) -> str:
        try:
            return await self._send_to(self._topic, text, mode, silent=silent)
        except Refused as error:
            if self._topic is None or not _NO_TOPIC.search(str(error)):
                raise
        log.warning("the topic in %s is gone, writing to the general one", self._chat)
        self._topic = None
        return await self._send_to(None, text, mode, silent=silent)

    async def _send_to(
        self, topic: int | None, text: str, mode: ParseMode | None, *, silent: bool
    ) -> str:
        try:
            message = await _explained(
                lambda: self._account.bot.send_message(
                    self._chat,
                    text,
                    parse_mode=mode,
                    disable_notification=silent,
                    message_thread_id=topic,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            )
        except ReceiverMoved as moved:
            self._chat = moved.chat_id
            raise
        return str(message.message_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChat:
    """A chat that the bot can write to."""

    id: int
    kind: str  #: channel, supergroup, group, private
    title: str
    topic: int | None = None


async def find_chats(account: Account) -> AsyncIterator[FoundChat]:
    """Yield, for as long as somebody listens, every chat that adds the bot or writes to it.

    Raises ReceiverGone where nobody can be found: a wrong token, or another program that
    already reads the bot's updates.
    """
    offset, known = None, set[tuple[int, int | None]]()
    while True:
        try:
            updates = await _updates(account.bot, offset)
        except RetryLater as error:
            await asyncio.sleep((error.after or timedelta(seconds=3)).total_seconds())
            continue
        for update in updates:
            offset = update.update_id + 1
            found = _found(update)
            if found is not None and (found.id, found.topic) not in known:
                known.add((found.id, found.topic))
                yield found


async def _updates(bot: Bot, offset: int | None) -> tuple[Update, ...]:
    return await _explained(
        lambda: bot.get_updates(offset=offset, timeout=_LONG_POLL, allowed_updates=_UPDATES)
    )


def _found(update: Update) -> FoundChat | None:
    member = update.my_chat_member
    if member is not None and member.new_chat_member.status in _ABSENT:
        return None
    chat, message = update.effective_chat, update.effective_message
    if chat is None:
        return None
    topic = message.message_thread_id if message and message.is_topic_message else None
    return FoundChat(id=chat.id, kind=str(chat.type), title=_title(chat), topic=topic)


def _title(chat: Chat) -> str:
    return chat.effective_name or (f"@{chat.username}" if chat.username else str(chat.id))


def _severity(delivery: Delivery) -> Severity:
    return delivery.about.severity


class _Request(HTTPXRequest):
    """Says what the library leaves unsaid: a refusal under 200, a 429 without its pause."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body, the status as the body has it."""
        status, body = await super().do_request(*args, **kwargs)
        answer = _json(body)
        if status == HTTPStatus.OK and answer.get("ok") is not True:
            if not isinstance(answer.get("error_code"), int):
                raise _Unreadable("the answer cannot be read")
            status = answer["error_code"]
        if status == HTTPStatus.TOO_MANY_REQUESTS and not _names_pause(answer):
            raise RetryAfter(UNNAMED_PAUSE)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.get("ok") is not False:
            raise _Unreadable(f"a server on the way answered {status}")
        return status, body


def _request() -> _Request:
    return _Request(connect_timeout=10, read_timeout=15, write_timeout=15, pool_timeout=10)


class _Unreadable(TelegramError):
    """An answer from which nobody can tell whether the message was accepted."""


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _names_pause(answer: dict[str, Any]) -> bool:
    parameters = answer.get("parameters")
    return isinstance(parameters, dict) and bool(parameters.get("retry_after"))


async def _explained(call: Callable[[], Awaitable[Result]]) -> Result:
    """Call Telegram; raise our errors instead of the library's.

    Ours carry neither cause nor context: the request behind those has the token in its address.
    """
    try:
        return await call()
    except TelegramError as error:
        explained = _explain(error)
    except (AttributeError, KeyError, TypeError, ValueError):
        # The library builds objects from whatever the other side sent.
        explained = RetryLater("the answer cannot be read", uncertain=True)
    raise explained


def _explain(error: TelegramError) -> DeliveryError:
    reason = without_token(str(error))[:300]
    match error:
        case RetryAfter():
            return RetryLater(reason, after=_duration(error.retry_after))
        case ChatMigrated():
            return ReceiverMoved(error.new_chat_id)
        case InvalidToken():
            return ReceiverGone(f"the bot token is not valid: {reason}")
        case Forbidden() | Conflict():
            return ReceiverGone(reason)
        # BadRequest and TimedOut are NetworkErrors in this library: the order matters.
        case BadRequest():
            return ReceiverGone(reason) if _CLOSED_TO_US.search(reason) else Refused(reason)
    return RetryLater(reason, uncertain=_may_have_arrived(error))


def _may_have_arrived(error: TelegramError) -> bool:
    """Return whether it can have been accepted without our seeing the answer."""
    cause = error.__cause__
    answered = isinstance(error, NetworkError) and cause is None
    return not answered and not isinstance(cause, _NOT_SENT)


def _duration(value: int | timedelta) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)
