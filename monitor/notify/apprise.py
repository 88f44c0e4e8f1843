"""Apprise: the many services that have no sender of their own. Its addresses are secrets."""

import asyncio
import logging
import re
import threading
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from monitor.errors import DeliveryError, MonitorError, ReceiverGone, Refused, RetryLater
from monitor.model import Delivery
from monitor.notify.message import Look, Part, messages

if TYPE_CHECKING:
    from apprise import Apprise

log = logging.getLogger(__name__)
Result = TypeVar("Result")

#: Its services wait some seconds for an answer; a message may be many of theirs.
DEADLINE = timedelta(seconds=120)

_STATUS = re.compile(r"error[=: ]+([0-9]{3})\b")
# In chats these words call everybody, whoever wrote them in whichever article.
_CALLS = re.compile(r"@(?=everyone\b|here\b|channel\b|all\b|room\b)|<(?=[!@#])", re.IGNORECASE)

# Set in the thread that works for one message; Apprise carries it on into threads of its own.
_overheard: ContextVar[list[str] | None] = ContextVar("overheard", default=None)


class BadAddress(MonitorError):
    """Apprise does not know what to do with an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told(Part):
    key: tuple[int, int]  #: which message of which delivery


class AppriseSender:
    """Tells one or several of Apprise's services the same."""

    chat = None
    edits = False

    def __init__(
        self, name: str, addresses: str, look: Look, *, deadline: timedelta = DEADLINE
    ) -> None:
        """Understand the addresses, several separated by spaces, and call none of them.

        Raises BadAddress, which says which one it is but not what it says.
        """
        self._services = [_service(name, *one) for one in enumerate(addresses.split(), 1)]
        self._look = look
        self._deadline = deadline
        self._told: tuple[tuple[int, int], set[int]] = ((0, 0), set())
        self._free = threading.Event()  #: unset while a thread works, even for nobody any more
        self._free.set()

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the messages; Apprise divides them further where a service takes less."""
        return [
            _Told(**{each.name: getattr(part, each.name) for each in fields(Part)}, key=key)
            for key, part in (
                ((delivery.id, index), part)
                for index, part in enumerate(messages(delivery, self._look))
            )
        ]

    async def send(self, part: Part) -> str:
        """Tell every service; those that were told before another failed are told once."""
        told = self._told_of(part)
        failures: list[DeliveryError] = []
        for number, service in enumerate(self._services):
            if number not in told:
                failure = await self._tell(service, part.plain)
                if failure is None:
                    told.add(number)
                else:
                    failures.append(failure)
        if failures:
            raise max(failures, key=_gravity)
        return "told"

    async def close(self) -> None:
        """Do nothing: each message opens its own connection."""

    def _told_of(self, part: Part) -> set[int]:
        key = part.key if isinstance(part, _Told) else (0, 0)
        if self._told[0] != key or key == (0, 0):
            self._told = (key, set())
        return self._told[1]

    async def _tell(self, service: "Apprise", text: str) -> DeliveryError | None:
        if not self._free.is_set():
            return RetryLater("Apprise is still busy with the message before")
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._in_thread(lambda: _notified(service, text))
        except TimeoutError:
            return RetryLater(f"{_name(service)} did not answer in time", uncertain=True)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        """Work beside the loop, in a thread that nobody has to wait for at the end."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def settle(result: Result | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # there is one or the other

        def run() -> None:
            try:
                result, error = work(), None
            except Exception as raised:  # noqa: BLE001  # for whoever awaits it
                result, error = None, raised
            self._free.set()
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result, error)

        self._free.clear()
        threading.Thread(target=run, name="apprise", daemon=True).start()
        return await future


class _Overhearing(logging.Handler):
    """Listens to what Apprise logs: its only way to say what went wrong."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it for who asked, in whichever thread the work was done."""
        said = _overheard.get()
        if said is not None:
            said.append(record.getMessage())


def _service(name: str, number: int, address: str) -> "Apprise":
    from apprise import Apprise, OverflowMode  # noqa: PLC0415  # 20 MB, for those who use it

    _keep_to_itself()
    with warnings.catch_warnings():
        # It loads all its services at once, and what they are made of warns of its own future.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = Apprise.instantiate(address, suppress_exceptions=True)
    if found is None:
        scheme = address.partition("://")[0] if "://" in address else "…"
        raise BadAddress(
            f"receiver {name}: Apprise cannot use address {number} ({scheme[:20]}://…) of the"
            " receiver's variable. See https://appriseit.com for how its services are written"
        )
    if "overflow=" not in address:
        found.overflow_mode = OverflowMode.SPLIT
    service = Apprise()
    service.add(found)
    return service


def _notified(service: "Apprise", text: str) -> DeliveryError | None:
    """Tell the service; runs in a thread. Return what went wrong."""
    from apprise import NotifyFormat  # noqa: PLC0415  # see above

    said: list[str] = []
    _overheard.set(said)
    title, _, body = _CALLS.sub(lambda call: f"{call[0]}\u2060", text).partition("\n")
    if not body.strip():
        title, body = "", title
    accepted = service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
    return None if accepted else _failure(_name(service), " ".join(said))


def _failure(name: str, said: str) -> DeliveryError:
    """Return what to make of it. Only the status is repeated: the rest may name the address."""
    found = _STATUS.search(said)
    if found is None:
        return RetryLater(f"{name} did not take it, or did not answer", uncertain=True)
    reason, status = f"{name} answered {found[1]}", int(found[1])
    if status in {401, 403, 404, 410}:
        return ReceiverGone(reason)
    if status in {400, 413, 422}:
        return Refused(reason)
    return RetryLater(reason)


def _gravity(error: DeliveryError) -> int:
    """Return which failure speaks for all: the one after which most is tried again."""
    return [Refused, ReceiverGone, RetryLater].index(type(error))


def _name(service: "Apprise") -> str:
    """Return the name of the service, which says nothing of whom it tells."""
    return str(service[0].service_name)


def _keep_to_itself() -> None:
    """Keep Apprise, and what it calls with, from logging addresses and messages."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    if not any(isinstance(one, _Overhearing) for one in logger.handlers):
        logger.addHandler(_Overhearing())
    for name in ("urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.ERROR)
