"""A program of yours, told by signed JSON.

Each alert is one POST with what monitor/notify/file.py says of it as its body, and three headers:
`X-Monitor-Timestamp` (seconds since 1970), `X-Monitor-Signature` (`sha256=` and the HMAC-SHA256, in
hex, of timestamp, a dot, and the body), `X-Monitor-Delivery` (the same number means the same
message, sent again).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from monitor.errors import DeliveryError, MonitorError, ReceiverGone, Refused, RetryLater
from monitor.model import Delivery
from monitor.notify.file import as_json
from monitor.notify.message import Part

TIMEOUT = timedelta(seconds=20)
#: A shorter secret could be guessed from one signed message.
SHORTEST_SECRET = 16
#: No program asks to wait longer; a date far ahead is a mistake.
LONGEST_PAUSE = timedelta(days=1)

#: The other side does not want us, at this address or with this secret. All messages would be
#: refused alike; they wait until somebody has mended it.
_UNWELCOME = {401, 403, 404, 405, 410}
_LATER = {408, 423, 425, 429}


class BadSecret(MonitorError):
    """A secret that protects nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted(Part):
    delivery: int


class WebhookSender:
    """Posts to one address."""

    chat = None
    edits = False

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        clock: Callable[[], datetime],
        timeout: timedelta = TIMEOUT,
    ) -> None:
        """Call nothing yet. Raises BadSecret."""
        if len(secret) < SHORTEST_SECRET:
            raise BadSecret(f"a secret needs at least {SHORTEST_SECRET} characters")
        self._url = url
        self._secret = secret.encode()
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the one message, as it will be posted."""
        body = json.dumps(as_json(delivery), ensure_ascii=False)
        return [_Posted(html="", plain=body, delivery=delivery.id)]

    async def send(self, part: Part) -> str:
        """Post it, and follow nobody who sends us elsewhere."""
        # A lone surrogate has no UTF-8; spelt \udXXX it is what JSON calls it.
        body = part.plain.encode(errors="backslashreplace")
        number = str(part.delivery) if isinstance(part, _Posted) else "0"
        try:
            async with (
                # One for each message: they are few, and none is left open by a reload.
                aiohttp.ClientSession(
                    timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
                ) as client,
                client.post(
                    self._url, data=body, headers=self._headers(body, number), allow_redirects=False
                ) as answer,
            ):
                status, headers = answer.status, answer.headers
        except ValueError:  # aiohttp.InvalidURL, and UnicodeError of a host that has no spelling
            raise ReceiverGone("nothing can be sent to such an address") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # Its words may contain the address, and that a secret.
            reason = f"nothing was heard from there: {type(error).__name__}"
            sent = not isinstance(error, aiohttp.ClientConnectorError)
            raise RetryLater(reason, uncertain=sent) from None
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return number
        raise _failure(status, headers.get("Retry-After", ""), self._clock())

    async def close(self) -> None:
        """Do nothing: each message opens its own connection."""

    def _headers(self, body: bytes, number: str) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "media-monitor",
            "X-Monitor-Timestamp": timestamp,
            "X-Monitor-Signature": signature(self._secret, timestamp, body),
            "X-Monitor-Delivery": number,
        }


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what proves that the body comes from who knows the secret, and when it was sent."""
    signed = hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _failure(status: int, retry_after: str, now: datetime) -> DeliveryError:
    reason = f"it answered {status}"
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ReceiverGone(f"{reason}, to send us elsewhere; write the right address into `url:`")
    if status in _UNWELCOME:
        return ReceiverGone(reason)
    after = _pause(retry_after, now)
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR or after is not None:
        return RetryLater(reason, after=after)
    return Refused(reason)


def _pause(said: str, now: datetime) -> timedelta | None:
    """Return how long a Retry-After asks us to wait: in seconds, or until a date."""
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=int(said[:9])), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - now, timedelta()), LONGEST_PAUSE)
