"""A bot's account at Telegram: its token, its connections, its limits; and what keeps it secret."""

import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from telegram import Bot
from telegram.error import BadRequest, RetryAfter
from telegram.request import HTTPXRequest

from monitor.notify.limiter import Chat, Limiter
from monitor.notify.telegram_errors import (
    TokenRefused,
    Unreadable,
    explained,
    without_token,
)

Result = TypeVar("Result")

API = "https://api.telegram.org"
#: Seconds to wait after a 429 that does not say how long.
UNNAMED_PAUSE = 30
#: Longer than Telegram ever asks for; a number beyond is a mistake of somebody on the way.
LONGEST_PAUSE = 7 * 24 * 3600
#: Seconds for which a token that was refused is not tried again, by whichever receiver.
#: Shorter than the outbox waits before it tries a receiver again.
REFUSED_FOR = 9 * 60


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


def quiet_libraries() -> None:
    """Keep the libraries from logging addresses, which contain the token."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.INFO)


class Account:
    """One bot: its token and its connections, shared by all that speak with it."""

    def __init__(
        self,
        token: str,
        *,
        api: str = API,
        limiter: Limiter | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect to nothing yet, so that a start does not depend on Telegram."""
        quiet_libraries()
        # The library's own way of opting in to timedeltas; without it every 429 warns.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        self._requests = (_request(), _request())
        sends, polls = self._requests
        base = f"{api.rstrip('/')}/bot"
        self.bot = Bot(token, base_url=base, request=sends, get_updates_request=polls)
        #: What keeps alerts, edits and answers together within Telegram's limits.
        self.limiter = limiter or Limiter()
        #: channel, group, supergroup or private, of the chats that were asked or written to.
        self.kinds: dict[Chat, str] = {}
        self._seconds = seconds
        self._refused: tuple[float, str] | None = None

    async def name(self) -> str:
        """Return the bot's own @name, as Telegram knows it."""
        me = await self.call(self.bot.get_me)
        return f"@{me.username}"

    async def call(self, request: Callable[[], Awaitable[Result]]) -> Result:
        """Ask Telegram something; raise our errors.

        While the token is known to be refused nothing is asked: with a bot that is gone, hundreds
        of receivers are, and each would find that out by a request of its own.
        """
        if self._refused is not None and self._seconds() - self._refused[0] < REFUSED_FOR:
            raise TokenRefused(self._refused[1])
        try:
            result = await explained(request)
        except TokenRefused as error:
            self._refused = (self._seconds(), str(error))
            raise
        self._refused = None
        return result

    async def close(self) -> None:
        """Close its connections."""
        for request in self._requests:
            await request.shutdown()


class _Request(HTTPXRequest):
    """Says what the library leaves unsaid: a refusal under 200, a 429 without its pause."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Return status and body, the status as the body has it."""
        status, body = await super().do_request(*args, **kwargs)
        answer = _json(body)
        if status == HTTPStatus.OK and answer.get("ok") is not True:
            if not isinstance(answer.get("error_code"), int):
                raise Unreadable("the answer cannot be read")
            status = answer["error_code"]
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RetryAfter(_pause(answer))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.get("ok") is not False:
            raise Unreadable(f"a server on the way answered {status}")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            # For the library that is a fault of the network; it would be tried for ever.
            raise BadRequest("file is too big")
        return status, body


def _request() -> _Request:
    return _Request(connect_timeout=10, read_timeout=15, write_timeout=15, pool_timeout=10)


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _pause(answer: dict[str, Any]) -> int:
    parameters = answer.get("parameters")
    named = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(named, LONGEST_PAUSE) if isinstance(named, int) and named > 0 else UNNAMED_PAUSE
