"""The errors: each says what went wrong, and where it can be mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Self


class MonitorError(Exception):
    """Something this program can explain."""


class MistakeCode(StrEnum):
    """A kind of mistake: its stable code, and in `explanation` one sentence for the handbook."""

    explanation: str

    def __new__(cls, code: str, explanation: str) -> Self:
        """Make a member that is its code and carries its explanation."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.explanation = explanation
        return member


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in what a person wrote, with its place and the mend."""

    code: str  #: stable, documented: "MM012"
    text: str  #: what is wrong, and what to write instead
    file: str = ""
    line: int = 0  #: from 1; 0 where there is no place
    column: int = 0  #: from 1
    length: int = 0  #: of the mistake, in characters of that line; 0 where unknown
    source_line: str = ""  #: the offending line, as it stands in the file
    warning: bool = False

    def __str__(self) -> str:
        """Return `FILE:LINE:COL: severity CODE: text`, never wrapped."""
        severity = "warning" if self.warning else "error"
        return f"{self.file}:{self.line}:{self.column}: {severity} {self.code}: {self.text}"


class ConfigError(MonitorError):
    """The configuration cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep every problem, errors and warnings, in the order of the files."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class Cause(StrEnum):
    """Why a source is not seen, or not seen whole: the word that `status` and alerts use."""

    DNS = "dns"  # its name has no address
    CONNECTION = "connection"  # nobody answers there, or it breaks off
    TLS = "tls"  # its certificate is not trusted, or we share no way to encrypt
    TIMEOUT = "timeout"
    WALL = "refused"  # 401, 403, or a page that keeps programs out
    GEO_BLOCKED = "geo-blocked"  # it answers elsewhere, but not here
    WITHHELD = "withheld here"  # Telegram keeps it from readers of this country
    TOO_OFTEN = "too often"  # 429
    SERVER = "server fault"  # 5xx
    ROBOTS = "robots"
    EGRESS = "egress"  # an address that we may not call
    GONE = "gone"  # 404, 410
    MOVED = "moved"
    REDIRECTS = "redirects"
    NOT_A_FEED = "not a feed"  # another kind of page than the one that was expected
    LOGIN = "login"
    NO_PREVIEW = "no preview"  # a Telegram channel without a public page
    LAYOUT = "layout changed"  # the selectors find nothing any more
    EMPTY = "empty"
    MOJIBAKE = "mojibake"
    FROZEN = "frozen"  # it answers, and nothing new has come for far too long
    UNREADABLE = "unreadable"  # the parser failed, or it would have cost too much
    TOO_LARGE = "too large"
    TRUNCATED = "truncated"
    INCOMPLETE = "incomplete"  # some of its entries cannot be read, or not archived
    HTTP = "http"  # any other status
    ADDRESS = "address"  # nothing that can be asked
    INTERNAL = "internal"  # a fault of our own

    @property
    def is_blank(self) -> bool:
        """Return whether a page that has it shows nothing, though it was read."""
        return self in {Cause.EMPTY, Cause.LAYOUT, Cause.MOJIBAKE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why something could not be read: a class, and the same in words."""

    cause: Cause
    text: str

    def __str__(self) -> str:
        """Return it in words."""
        return self.text


class PageError(MonitorError):
    """A page could not be read: not a feed, hostile, or too much of it."""

    def __init__(self, text: str, cause: Cause = Cause.UNREADABLE) -> None:
        """Take what to say of it, and its class."""
        super().__init__(text)
        self.cause = cause


class StoreLocked(MonitorError):
    """Another process works on this store."""


class StoreUnusable(MonitorError):
    """The store cannot be opened: not a database, not writable, not reachable."""


class StoreTooNew(MonitorError):
    """The store was written by a later version of this program."""


class DeliveryError(MonitorError):
    """A message was not accepted."""


class RetryLater(DeliveryError):
    """It may be accepted later; the receiver's other messages wait behind it."""

    def __init__(
        self, reason: str, *, after: timedelta | None = None, uncertain: bool = False
    ) -> None:
        """Take how long the other side asked us to wait, and whether it may have arrived."""
        super().__init__(reason)
        self.after = after
        self.uncertain = uncertain


class Refused(DeliveryError):
    """This message will never be accepted, in any form we have."""


class CannotEdit(Refused):
    """A message stays as it is: it is gone, or cannot be changed any more."""


class ReceiverGone(DeliveryError):
    """Nothing is accepted there: kicked out, no such chat, token revoked."""


class ReceiverMoved(DeliveryError):
    """The chat has another id from now on."""

    def __init__(self, chat_id: int) -> None:
        """Take the id to write to."""
        super().__init__(f"moved to {chat_id}")
        self.chat_id = chat_id
