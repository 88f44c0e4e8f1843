"""What receivers hear, and what becomes of it. All times are aware and UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.documents import Document, Kind, Match, Provenance, Severity


class Reason(StrEnum):
    """Why a document's matches are told, or are not."""

    FIRST = "first"  # seen for the first time
    NEW_RULE = "new rule"  # an edited text satisfies a rule that its earlier text did not
    ALREADY_TOLD = "already told"  # an edited text satisfies only rules that were told before
    TOO_OLD = "too old"  # it was old when its source was first fetched

    @property
    def told(self) -> bool:
        """Return whether somebody hears about it."""
        return self in {Reason.FIRST, Reason.NEW_RULE}


class State(StrEnum):
    """Where a delivery is on its way."""

    QUEUED = "queued"  # waits for its turn, or for `not_before`
    SENDING = "sending"  # under a lease
    SENT = "sent"
    PARKED = "parked"  # its receiver cannot be reached at all; comes back with it
    DEAD = "dead"  # refused for good, in every form we have
    DROPPED = "dropped"  # by a person


class Form(StrEnum):
    """What kind of message a delivery is."""

    ALERT = "alert"  # one document's matches
    EDIT = "edit"  # a message again, with what has joined its story since
    COPIES = "copies"  # the same as an answer without a sound, where a message cannot be changed
    REPLY = "reply"  # news of a story: an answer to its message
    LIST = "list"  # several alerts, a line each: a group, a digest, a flood, a night
    NOTICE = "notice"  # what the program itself has to say
    DIGEST = "digest"  # a day or a week in a picture
    STATUS = "status"  # what is seen, kept up to date in one pinned message


class Fate(StrEnum):
    """What becomes of an alert at one receiver."""

    TOLD = "told"  # by a message of its own
    JOINED = "joined"  # a copy: it stands in the message of its story
    NEWS = "news"  # of a story that was told: an answer to its message
    WAITS = "waits"  # for its batch
    LISTED = "listed"  # in one message with the others of its batch
    REPEATED = "repeated"  # the same words once more by the same source
    SILENCED = "silenced"  # somebody asked for silence
    MUTED = "muted"  # at this time of day nothing is to be told, nor later
    INHIBITED = "inhibited"  # a louder alert has said enough

    @property
    def heard(self) -> bool:
        """Return whether the receiver heard of it, or will."""
        return self in {Fate.TOLD, Fate.JOINED, Fate.NEWS, Fate.WAITS, Fate.LISTED}


class Gathered(StrEnum):
    """Why alerts are told together."""

    GROUP = "group"  # `group_by`
    DIGEST = "digest"  # at the hours of a route's digest
    HELD = "held"  # until a mute time was over
    FLOOD = "flood"  # more than a reader can take one by one


class Period(StrEnum):
    """What a digest with a picture looks back on."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A document of a story, as the message of another one names it."""

    ref: str
    source: Provenance
    title: str  #: or the beginning of a text without one
    url: str
    at: datetime  #: when it was published or, where nobody says, when it was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Near-duplicates, as one receiver is to see them beside one of them."""

    id: int
    first: Copy  #: who published it first, of all that we saw
    copies: Sequence[Copy] = ()  #: the others that this receiver asked for, oldest first

    @property
    def ref(self) -> str:
        """Return its short name for people: "s17"."""
        return f"s{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an alert adds to a story of which its receiver has heard."""

    sides: Sequence[tuple[str, Kind]] = ()  #: countries with kinds of sources that join it
    rules: Sequence[str] = ()  #: ids of further rules
    severity: Severity | None = None  #: where it is higher than before

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.sides or self.rules or self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One document's matches, for receivers to hear."""

    id: int
    ref: str  #: of the document
    document: Document
    revision: int
    source: Provenance
    matches: Sequence[Match]  #: those that its receiver hears of, loudest first
    reason: Reason
    raised_at: datetime
    story: Story | None = None
    news: News | None = None  #: only in an answer

    @property
    def severity(self) -> Severity:
        """Return the loudest of its matches."""
        return max((match.severity for match in self.matches), key=lambda s: s.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """Alerts that one receiver hears together."""

    id: int
    ref: str  #: "b12"
    gathered: Gathered
    alerts: Sequence[Alert]  #: oldest first, one of each story
    raised_at: datetime

    @property
    def severity(self) -> Severity:
        """Return the loudest of its alerts."""
        return max((alert.severity for alert in self.alerts), key=lambda s: s.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the program itself has to say: to its operator, or in summary of many documents."""

    id: int
    ref: str
    subject: str  #: one line
    text: str  #: plain text, any number of lines
    severity: Severity
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often a rule matched, by who stands behind the sources."""

    rule: str
    title: str
    severity: Severity
    sides: Mapping[tuple[str, Kind], int]

    @property
    def total(self) -> int:
        """Return how often in all."""
        return sum(self.sides.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TopStory:
    """A story as a digest names it."""

    first: Copy
    severity: Severity
    sources: int
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A day or a week at one receiver."""

    ref: str  #: "daily-2022-09-10"
    period: Period
    since: datetime
    until: datetime
    counts: Sequence[Count]  #: most frequent first
    stories: Sequence[TopStory]  #: most copied first
    blind: Sequence[str]  #: names of sources that are not seen now
    raised_at: datetime
    picture: bytes | None = None  #: PNG
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBoard:
    """What is seen at this moment; there is nothing to be done about it."""

    text: str  #: plain, a few lines
    raised_at: datetime
    ref: str = "status"
    severity: Severity = Severity.INFO


About = Alert | AlertList | Notice | Digest | StatusBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox: something one receiver is to hear."""

    id: int
    receiver: str
    about: About
    state: State
    form: Form = Form.ALERT
    root: Sequence[str] = ()  #: ids of the messages that it changes or answers
    root_chat: str | None = None  #: where these are, if that is known
    attempts: int = 0
    not_before: datetime | None = None
    parts_sent: int = 0  #: of a message that needs more than one
    message_ids: Sequence[str] = ()
    uncertain: bool = False  #: an earlier attempt may have arrived
    error: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What becomes of an alert at one receiver, and why."""

    receiver: str
    fate: Fate
    rules: Sequence[str]  #: the ids of those that it hears of
    why: str = ""  #: for a person, where the fate does not say it all
    delivery: int | None = None  #: the message that says it
    due_at: datetime | None = None  #: of what waits: when it is told
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What somebody does not want to hear for a while."""

    id: int
    matchers: Sequence[str]  #: as they are written: `rule="bridges"`; all must hold
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str = ""
