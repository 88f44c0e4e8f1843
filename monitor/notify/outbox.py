"""Deliver what is due: claim, send, settle. At least once, in order per receiver."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from monitor.archive import deliveries, receivers
from monitor.archive.store import Store, Transaction, no_step
from monitor.errors import DeliveryError, ReceiverGone, ReceiverMoved, Refused, RetryLater
from monitor.model import Delivery, Form, Notice, Severity, StatusBoard
from monitor.notify.legible import units
from monitor.notify.limiter import Chat, Limiter
from monitor.notify.message import Part
from monitor.notify.sender import Sender, TellOperator

log = logging.getLogger(__name__)

#: Longer than a send can take with everything that may go wrong in it.
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)
FIRST_PROBE = timedelta(minutes=10)
LONGEST_PROBE = timedelta(hours=1)
#: An error of our own making may be of the moment; one that stays must not hold up a chat.
OWN_FAILURES = 5


class Outbox:
    """What waits to be heard, and who carries it there."""

    def __init__(  # noqa: PLR0913  # the world it works in
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        clock: Callable[[], datetime],
        rng: Random,
        tell_operator: TellOperator,
        limiter: Limiter | None = None,
        lease: timedelta = LEASE,
        step: Callable[[str], None] = no_step,
    ) -> None:
        """Take the senders by the names of their receivers; others' deliveries wait.

        The limiter is the bot's, where others speak through it too.
        """
        self._store = store
        self._senders = dict(senders)
        self._clock = clock
        self._rng = rng
        self._tell = tell_operator
        self._lease = lease
        self._step = step
        self._limiter = limiter or Limiter()
        self._claiming = asyncio.Lock()
        self._flying: set[Chat] = set()
        self._probes: dict[str, int] = {}

    def use(self, senders: Mapping[str, Sender]) -> None:
        """Claim only for these from now on; what is under way ends as it began."""
        self._senders = dict(senders)

    @property
    def receivers(self) -> Collection[str]:
        """Return the names of those for whom it claims."""
        return tuple(self._senders)

    async def drain(self) -> int:
        """Deliver everything that is due now; return how many messages arrived whole.

        Receivers are served at the same time, each in order. It may be called again while an
        earlier call still waits for a slow chat.
        """
        flights: set[asyncio.Task[bool]] = set()
        sent = 0
        try:
            while True:
                claimed = await self._claim()
                if claimed is not None:
                    flights.add(self._start(*claimed))
                    continue
                if not flights:
                    return sent
                done, _ = await asyncio.wait(flights, return_when=asyncio.FIRST_COMPLETED)
                for flight in done:
                    sent += flight.result()
                    flights.discard(flight)
        except Exception:
            # The store failed. What is on its way to other chats may yet be settled.
            if flights:
                await asyncio.wait(flights)
            raise
        finally:
            for flight in flights:
                flight.cancel()
            await asyncio.gather(*flights, return_exceptions=True)

    async def next_due(self) -> datetime | None:
        """Return when `drain` has something to do again, at the earliest; None if nothing waits."""
        now = self._clock()
        ready: dict[datetime, list[str]] = {}
        for name, sender in self._senders.items():
            ready.setdefault(self._limiter.ready_at(sender.chat, now), []).append(name)

        def work(tx: Transaction) -> datetime | None:
            due = {at: deliveries.next_due(tx, now, names) for at, names in ready.items()}
            return min((max(at, when) for at, when in due.items() if when), default=None)

        return await self._store.read(work)

    async def close(self) -> None:
        """Close the senders."""
        for sender in self._senders.values():
            await sender.close()

    async def _claim(self) -> tuple[Delivery, Sender] | None:
        async with self._claiming:
            now, senders = self._clock(), self._senders
            among = [
                name
                for name, sender in senders.items()
                if _lane(name, sender) not in self._flying
                and self._limiter.ready_at(sender.chat, now) <= now
            ]
            if not among:
                return None
            delivery = await self._store.write(
                lambda tx: deliveries.claim(tx, now, self._lease, among), name="outbox.claim"
            )
            if delivery is None:
                return None
            sender = senders[delivery.receiver]
            self._limiter.take(sender.chat, now)
            self._flying.add(_lane(delivery.receiver, sender))
            return delivery, sender

    def _start(self, delivery: Delivery, sender: Sender) -> asyncio.Task[bool]:
        lane = _lane(delivery.receiver, sender)
        flight = asyncio.create_task(self._deliver(delivery, sender))
        # Not in the task itself: one that is cancelled before its first step never gets there.
        flight.add_done_callback(lambda _: self._flying.discard(lane))
        return flight

    async def _deliver(self, delivery: Delivery, sender: Sender) -> bool:
        """Send the parts that have not arrived; return whether that was all of them."""
        self._step("outbox.claimed")
        if delivery.form is Form.EDIT and not sender.edits:
            await self._instead(delivery, deliveries.tell_copies, "nothing can be changed there")
            return False
        if delivery.root_chat not in {None, str(sender.chat)}:
            # The receiver is another chat by now; its messages have other numbers.
            if delivery.form is Form.EDIT:
                await self._instead(delivery, deliveries.tell_copies, "it is in another chat")
                return False
            delivery = replace(delivery, root=())
        try:
            parts = sender.parts(delivery)
        except Exception as error:  # noqa: BLE001  # a slip of ours must not hold up the others
            await self._stumbled(delivery, error)
            return False
        if delivery.parts_sent >= len(parts):
            await self._complete(delivery)
        for index in range(delivery.parts_sent, len(parts)):
            if index > delivery.parts_sent and not await self._may_go_on(delivery, sender):
                return False
            message_id = await self._send(delivery, sender, parts[index])
            if message_id is None:
                return False
            last = index + 1 == len(parts)
            await self._arrived(delivery, message_id, sender.chat, last=last)
            self._step("outbox.settled")
        return True

    async def _may_go_on(self, delivery: Delivery, sender: Sender) -> bool:
        """Take the next turn in the chat, or leave the further parts for later."""
        now = self._clock()
        ready = self._limiter.ready_at(sender.chat, now)
        if ready > now:
            await self._later(delivery, ready, "further parts wait for the chat's pace")
            self._step("outbox.settled")
            return False
        self._limiter.take(sender.chat, now)
        return True

    async def _send(self, delivery: Delivery, sender: Sender, part: Part) -> str | None:
        """Return the id of the accepted message; None when it was settled otherwise."""
        chat = sender.chat
        self._step("outbox.sending")
        outcome = await _attempt(sender, part)
        if isinstance(outcome, ReceiverMoved):
            await self._moved(delivery.receiver, chat, outcome.chat_id)
            outcome = await _attempt(sender, part)
        self._limiter.weigh(sender.chat, units(part.plain))
        if isinstance(outcome, str):
            self._step("outbox.accepted")
            return outcome
        await self._failed(delivery, sender, outcome)
        self._step("outbox.settled")
        return None

    async def _arrived(
        self, delivery: Delivery, message_id: str, chat: Chat | None, *, last: bool
    ) -> None:
        now, receiver = self._clock(), delivery.receiver
        where = None if chat is None else str(chat)

        def work(tx: Transaction) -> bool:
            deliveries.settle_part(tx, delivery.id, message_id, where)
            if last:
                deliveries.settle_sent(tx, delivery.id, now)
            back = receivers.unpark(tx, receiver)
            if back:
                self._tell(
                    tx,
                    subject=f"{receiver} hears again",
                    text="What waited for it is on its way, oldest first.",
                    severity=Severity.INFO,
                    receiver=receiver,
                )
            return back

        if await self._store.write(work, name="outbox.settle"):
            self._probes.pop(receiver, None)
            log.info("%s hears again", receiver, extra={"receiver": receiver})
        log.info(
            "%s heard #%s",
            receiver,
            delivery.about.ref,
            extra=_fields(delivery, message_id=message_id),
        )

    async def _moved(self, receiver: str, chat: Chat | None, new_id: int) -> None:
        def work(tx: Transaction) -> None:
            receivers.moved(tx, str(chat), new_id)
            self._tell(
                tx,
                subject=f"The chat of {receiver} has a new id",
                text=f"It was {chat} and is {new_id} now. Messages go there already;"
                " write the new id into the configuration.",
                severity=Severity.LOW,
                receiver=None,
            )

        await self._store.write(work, name="outbox.moved")
        log.warning("the chat of %s moved to %s", receiver, new_id, extra={"receiver": receiver})

    async def _failed(self, delivery: Delivery, sender: Sender, error: Exception) -> None:
        """Settle what was not accepted, by what the error says of the future."""
        match error:
            case RetryLater(after=timedelta() as after):
                await self._paused(delivery, sender, self._clock() + after, str(error))
            case RetryLater():
                await self._again(delivery, str(error), uncertain=error.uncertain)
            case ReceiverGone():
                await self._park(delivery, str(error))
            case Refused() if delivery.form is Form.EDIT:
                await self._instead(delivery, deliveries.tell_copies, str(error))
            case Refused() if delivery.form is Form.STATUS and delivery.root:
                await self._instead(delivery, deliveries.begin_anew, str(error))
            case Refused():
                await self._dead(delivery, str(error))
            case DeliveryError():
                await self._again(delivery, str(error), uncertain=True)
            case _:
                await self._stumbled(delivery, error)

    async def _paused(
        self, delivery: Delivery, sender: Sender, until: datetime, reason: str
    ) -> None:
        """Wait as long as the chat asked; that is no failure of the message."""
        self._limiter.pause(sender.chat, until, self._clock())

        def work(tx: Transaction) -> None:
            receivers.pause(tx, delivery.receiver, until)
            deliveries.settle_retry(
                tx, delivery.id, not_before=until, reason=reason, uncertain=False, counts=False
            )

        await self._store.write(work, name="outbox.settle")
        log.info("%s pauses: %s", delivery.receiver, reason, extra=_fields(delivery, until=until))

    async def _complete(self, delivery: Delivery) -> None:
        """Settle what another version of this program divided into more parts, and sent."""
        now = self._clock()
        await self._store.write(
            lambda tx: deliveries.settle_sent(tx, delivery.id, now), name="outbox.settle"
        )

    async def _later(self, delivery: Delivery, until: datetime, reason: str) -> None:
        await self._store.write(
            lambda tx: deliveries.settle_retry(
                tx, delivery.id, not_before=until, reason=reason, uncertain=False, counts=False
            ),
            name="outbox.settle",
        )

    async def _instead(
        self, delivery: Delivery, turn: Callable[[Transaction, int, str], None], reason: str
    ) -> None:
        """Turn what cannot change a message into one that needs not."""
        await self._store.write(lambda tx: turn(tx, delivery.id, reason), name="outbox.settle")
        log.info("%s: no change of a message: %s", delivery.receiver, reason)

    async def _again(self, delivery: Delivery, reason: str, *, uncertain: bool) -> None:
        until = self._clock() + backoff(delivery.attempts, self._rng)
        await self._store.write(
            lambda tx: deliveries.settle_retry(
                tx, delivery.id, not_before=until, reason=reason, uncertain=uncertain, counts=True
            ),
            name="outbox.settle",
        )
        log.warning("%s did not hear: %s", delivery.receiver, reason, extra=_fields(delivery))

    async def _park(self, delivery: Delivery, reason: str) -> None:
        receiver = delivery.receiver
        probes = self._probes[receiver] = self._probes.get(receiver, 0) + 1
        until = self._clock() + min(FIRST_PROBE * 2 ** min(probes - 1, 8), LONGEST_PROBE)

        def work(tx: Transaction) -> None:
            if receivers.park(tx, receiver, until=until, reason=reason) > 1:
                return
            self._tell(
                tx,
                subject=f"{receiver} cannot be reached",
                text=f"{reason}\nIts messages wait. It is tried again by itself,"
                " after ten minutes at first and every hour later.",
                severity=Severity.HIGH,
                receiver=receiver,
            )

        await self._store.write(work, name="outbox.settle")
        log.error("%s is parked: %s", receiver, reason, extra=_fields(delivery, until=until))

    async def _dead(self, delivery: Delivery, reason: str) -> None:
        def work(tx: Transaction) -> None:
            deliveries.settle_dead(tx, delivery.id, reason)
            if isinstance(delivery.about, Notice | StatusBoard):
                return  # a refused notice about a refused notice would never end
            self._tell(
                tx,
                subject=f"A message to {delivery.receiver} was refused",
                text=f"#{delivery.about.ref}: {reason}\n"
                f"To try it once more: monitor outbox retry {delivery.id}",
                severity=Severity.HIGH,
                receiver=delivery.receiver,
            )

        await self._store.write(work, name="outbox.settle")
        log.error("%s refused a message: %s", delivery.receiver, reason, extra=_fields(delivery))

    async def _stumbled(self, delivery: Delivery, error: Exception) -> None:
        """Answer an error of our own: a few more times, and then the chat's others go on."""
        reason = f"{type(error).__name__} in this program"
        log.error("cannot send to %s", delivery.receiver, exc_info=error, extra=_fields(delivery))
        if delivery.attempts >= OWN_FAILURES:
            await self._dead(delivery, reason)
        else:
            await self._again(delivery, reason, uncertain=True)


def backoff(attempts: int, rng: Random) -> timedelta:
    """Return how long to wait after so many failed attempts before this one: 2 s … 1 h.

    It doubles each time, less up to half by chance, so that many do not come back at once.
    """
    longest = min(FIRST_RETRY * 2 ** min(attempts, 20), LONGEST_RETRY)
    return timedelta(seconds=longest.total_seconds() * rng.uniform(0.5, 1))


async def _attempt(sender: Sender, part: Part) -> str | Exception:
    """Return the id of the accepted message, or why there is none."""
    try:
        return await sender.send(part)
    except Exception as error:  # noqa: BLE001  # `_failed` answers each kind
        return error


def _lane(receiver: str, sender: Sender) -> Chat:
    """Return what may have one message in flight: two receivers may write to one chat."""
    return receiver if sender.chat is None else sender.chat


def _fields(delivery: Delivery, **more: object) -> dict[str, object]:
    return {
        "delivery": delivery.id,
        "receiver": delivery.receiver,
        "ref": delivery.about.ref,
        "attempts": delivery.attempts,
        **more,
    }
