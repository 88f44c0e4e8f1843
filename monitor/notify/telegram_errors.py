"""What Telegram's refusals mean. It names them only in words, and the library in few classes."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import httpx
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

from monitor.errors import DeliveryError, ReceiverGone, ReceiverMoved, Refused, RetryLater

Result = TypeVar("Result")

#: Nothing would change. For who wants to change something, that is as good as done.
NOT_MODIFIED = re.compile("message is not modified", re.IGNORECASE)
NO_TOPIC = re.compile("thread not found|topic_deleted|topic_closed|topic_id_invalid", re.IGNORECASE)
#: There is a message, but it is a photo, whose words are its caption.
IS_A_PHOTO = re.compile("there is no text in the message", re.IGNORECASE)
#: What hangs on a message was not taken; the message may be.
BUTTONS = re.compile("button|keyboard|reply.?markup", re.IGNORECASE)
PREVIEW = re.compile("webpage|preview", re.IGNORECASE)
PHOTO = re.compile(
    "photo|image_process|caption|file is too big|file must be|too large|send_media|send media"
    "|file_parts?_|wrong (?:type of the )?(?:file|web page)|wrong remote file",
    re.IGNORECASE,
)
CANNOT_EDIT = re.compile(
    "message to edit not found|message can't be edited|message_id_invalid|message_author_required"
    "|message_edit_time_expired|message identifier is not specified|message_not_found"
    "|inline message (?:can't|cannot)|there is no (?:text|caption) in the message",
    re.IGNORECASE,
)
# These say that the chat takes nothing from us. Rights to pin or to send pictures are others.
_CLOSED_TO_US = re.compile(
    "chat not found|chat_write_forbidden|chat_admin_required|chat_restricted|peer_id_invalid"
    "|group chat was deactivated|user_deactivated|not enough rights|have no rights"
    "|need administrator rights|not a member|kicked|channel_private|user not found",
    re.IGNORECASE,
)
_FEWER_RIGHTS = re.compile(
    "rights to (?:manage pinned|pin|send photos|send media|send medias)"
    "|chat_send_(?:photos|media)_forbidden",
    re.IGNORECASE,
)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TOKEN = re.compile(r"[0-9]{3,}(?::|%3A)[A-Za-z0-9_-]{8,}", re.IGNORECASE)


class TokenRefused(ReceiverGone):
    """The bot itself is nobody: its token is wrong, or was revoked."""


class Unreadable(TelegramError):
    """An answer from which nobody can tell whether the message was accepted."""


def without_token(text: str) -> str:
    """Return the text with every bot token replaced."""
    return _TOKEN.sub("<token>", text)


async def explained(call: Callable[[], Awaitable[Result]]) -> Result:
    """Call Telegram; raise our errors instead of the library's.

    Ours carry neither cause nor context: the request behind those has the token in its address.
    """
    try:
        return await call()
    except TelegramError as error:
        explanation = _explain(error)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        # The library builds objects from whatever the other side sent.
        explanation = RetryLater("the answer cannot be read", uncertain=True)
    raise explanation


def _explain(error: TelegramError) -> DeliveryError:
    reason = without_token(str(error))[:300]
    match error:
        case RetryAfter():
            return RetryLater(reason, after=_duration(error.retry_after))
        case ChatMigrated():
            return ReceiverMoved(error.new_chat_id)
        case InvalidToken():
            return TokenRefused(f"the bot token is not valid: {reason}")
        case Forbidden() | Conflict():
            return ReceiverGone(reason)
        # BadRequest and TimedOut are NetworkErrors in this library: the order matters.
        case BadRequest():
            return _refusal(reason)
    return RetryLater(reason, uncertain=_may_have_arrived(error))


def _refusal(reason: str) -> DeliveryError:
    if _CLOSED_TO_US.search(reason) and not _FEWER_RIGHTS.search(reason):
        return ReceiverGone(reason)
    return Refused(reason)


def _may_have_arrived(error: TelegramError) -> bool:
    """Return whether it can have been accepted without our seeing the answer."""
    cause = error.__cause__
    answered = isinstance(error, NetworkError) and cause is None
    return not answered and not isinstance(cause, _NOT_SENT)


def _duration(value: int | timedelta) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)
