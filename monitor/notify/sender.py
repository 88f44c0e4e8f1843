"""What the outbox needs of those who carry messages, and of whoever speaks to the operator."""

from collections.abc import Sequence
from typing import Protocol

from monitor.archive.store import Transaction
from monitor.model import Delivery, Severity
from monitor.notify.limiter import Chat
from monitor.notify.message import Part


class Sender(Protocol):
    """One receiver's way out."""

    @property
    def chat(self) -> Chat | None:
        """What the flood limits count together; None where there are none."""

    @property
    def edits(self) -> bool:
        """Whether what was sent can be changed; where it cannot, an answer says what has joined."""

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the messages that say it; always the same number for the same delivery."""

    async def send(self, part: Part) -> str:
        """Send one message and return its id.

        Raises RetryLater, Refused, CannotEdit, ReceiverGone, or ReceiverMoved; after the last, it
        already sends to the new place.
        """

    async def close(self) -> None:
        """Let go of connections and files."""


class TellOperator(Protocol):
    """How the operator hears of something, in the transaction in which it is settled."""

    def __call__(
        self, tx: Transaction, *, subject: str, text: str, severity: Severity, receiver: str | None
    ) -> None:
        """Queue a notice, but not to `receiver`, which it is about and which may not hear it."""
