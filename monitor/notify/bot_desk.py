"""What the bot asks the rest of the program, and the nouns in which it is answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from monitor.model import Fate, Reason, Severity, Silence, State

#: Every rule, where a rule is named.
EVERY_RULE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody speaks: a private chat or a group. A channel is none."""

    id: int
    private: bool
    name: str = ""  #: its @name without the @, where it has one
    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a place is to this program."""

    receivers: Sequence[str] = ()  #: that the configuration names for it, or for its topic
    subscriber: str | None = None  #: the name under which it hears what it subscribed to
    language: str | None = None  #: that is spoken there; None where nobody said

    @property
    def names(self) -> Sequence[str]:
        """Return every name under which it hears alerts."""
        return (*self.receivers, *([self.subscriber] if self.subscriber else []))

    @property
    def known(self) -> bool:
        """Return whether it hears alerts at all."""
        return bool(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule as a list shows it."""

    id: str
    title: str
    severity: Severity
    subscribed: bool = False
    silent_until: datetime | None = None  #: here


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document as a list shows it."""

    ref: str
    title: str  #: or the beginning of a text without one
    url: str
    source: str  #: its name
    at: datetime
    severity: Severity | None = None
    rules: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What the archive has to a query."""

    found: Sequence[Found] = ()
    days: int = 0  #: that it looked back
    read: int = 0  #: texts
    whole: bool = True  #: whether there was time to read them all, and room to show them all
    mistakes: Sequence[str] = ()  #: in the query
    busy: bool = False  #: whether somebody else is being answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A rule that found a document, and by which words."""

    rule: str
    severity: Severity
    words: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of a document at one receiver."""

    receiver: str
    fate: Fate | None = None
    state: State | None = None  #: of the message that says it
    at: datetime | None = None  #: when it arrived
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What became of a document."""

    ref: str
    title: str
    url: str
    source: str
    seen_at: datetime
    reason: Reason | None  #: None where no rule found it
    matched: Sequence[Matched]
    heard: Sequence[Heard]  #: by this place; by everybody where an admin asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A source that is not seen now."""

    name: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """How the program fares."""

    sources: int
    blind: Sequence[Unseen]
    rules: int
    newest: datetime | None  #: when the last document came
    waiting: int  #: messages to this place; to everybody where an admin asks
    silences: Sequence[Silence] = ()  #: that hold here now


class Joined(StrEnum):
    """What became of the wish to hear a rule."""

    DONE = "done"
    ALREADY = "already"
    NO_SUCH_RULE = "no such rule"
    TOO_MANY = "too many"
    FULL = "full"
    CONFIGURED = "configured"  # the configuration sends alerts here already


@dataclass(frozen=True, slots=True, kw_only=True)
class Hushed:
    """What a wish for silence came to."""

    until: datetime | None = None  #: None where there is nothing to silence
    rules: Sequence[str] = ()  #: that are silent now
    story: str | None = None  #: that is silent now
    full: bool = False  #: whether there are too many silences here already


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """What the configuration allows; it may change while the bot talks."""

    admins: Collection[int] = ()
    subscriptions: Literal["off", "private", "groups"] = "off"


class Desk(Protocol):
    """Who knows the answers. `who` is "telegram:<number>" and is written down."""

    async def standing(self, place: Place) -> Standing:
        """Return what a place is to this program."""

    async def rules(self, place: Place) -> Sequence[RuleLine]:
        """Return all rules, as they stand for this place."""

    async def last(self, place: Place, rule: str | None) -> Sequence[Found] | None:
        """Return what was told last of a rule, or of all; None where there is no such rule."""

    async def search(self, query: str) -> Searched:
        """Look through the archive, for a few seconds at the most."""

    async def why(self, place: Place, name: str, *, everybody: bool) -> Why | None:
        """Return what became of a document; None where the archive has none of this name."""

    async def status(self, place: Place, *, everybody: bool) -> Sights:
        """Return how the program fares."""

    async def subscribe(self, place: Place, rule: str, who: str, language: str) -> Joined:
        """Let a place hear a rule from now on."""

    async def unsubscribe(self, place: Place, rule: str | None, who: str) -> Sequence[str]:
        """Let it hear the rule no more, or none at all; return which it heard until now."""

    async def mute(
        self, place: Place, rule: str, until: datetime, who: str, *, everywhere: bool
    ) -> Hushed:
        """Let a rule be silent in this place until then, or for everybody."""

    async def unmute(self, place: Place, rule: str, who: str, *, everywhere: bool) -> bool:
        """End the silences of a rule in this place, or for all; return whether there were any."""

    async def mute_alert(self, place: Place, delivery: int, until: datetime, who: str) -> Hushed:
        """Let the rules of the alert in a message be silent at its receiver until then.

        Nothing where that message is not of this place.
        """

    async def mute_story(self, place: Place, delivery: int, who: str) -> Hushed:
        """Let the story of a message be silent at its receiver, as long as it may go on."""

    async def irrelevant(self, place: Place, delivery: int, who: str) -> bool | None:
        """Note that an alert was not relevant; return whether that is new, None if not of here."""

    async def speak(self, place: Place, language: str, who: str) -> bool:
        """Speak this language in a place; return whether it can be remembered there."""

    async def gone(self, place: Place) -> None:
        """Take note that the bot was thrown out of a place."""

    async def returned(self, place: Place) -> None:
        """Take note that the bot may write there again: what waits for it is tried at once."""

    async def moved(self, old: int, new: int) -> None:
        """Take note that a group has a new id."""
