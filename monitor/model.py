"""The nouns: what happens on the way from a page to a message. All times are aware and UTC."""

import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from monitor.errors import Cause


class Kind(StrEnum):
    """Who stands behind a source."""

    OFFICIAL = "official"
    STATE = "state"
    INDEPENDENT = "independent"


class Severity(StrEnum):
    """How loud an alert is, quietest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for the quietest, 4 for the loudest."""
        return list(Severity).index(self)


class Outcome(StrEnum):
    """How a fetch ended."""

    WHOLE = "whole"  # every entry it announced is in the archive
    UNCHANGED = "unchanged"  # 304, the same bytes, or no entry that we did not know
    PARTIAL = "partial"  # some entry could not be archived; it will be offered again
    FAILED = "failed"  # nothing could be read


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed, a listing or a channel says: one of its items."""

    id: str  #: the same for the same item at every fetch of this source
    source: str  #: the source's id
    url: str
    title: str  #: "" where the medium has no headlines, as on Telegram
    text: str  #: plain text, paragraphs divided by "\n"
    language: str | None  #: as the source declares it
    published_at: datetime | None
    updated_at: datetime | None = None
    author: str | None = None
    forwarded_from: str | None = None  #: whose words these are, where the source only passes on
    problem: str | None = None  #: why its text is not whole, for a person
    fingerprint: str = ""  #: of `raw`; another one means that the entry was edited
    raw: bytes = field(default=b"", repr=False)  #: the entry as it was served


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one response of a source says."""

    entries: Sequence[Entry]  #: those whose fingerprint was not known, oldest first
    fingerprints: Sequence[str]  #: of every entry on the page, known or not
    problem: str | None = None  #: why the page could not be read whole, for a person
    cause: Cause | None = None  #: the class of that problem
    older: str | None = None  #: the address of what came before these entries, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the page of one entry says."""

    url: str  #: canonical, as the page itself names it; "" where it does not
    title: str
    text: str  #: plain text, paragraphs divided by "\n"
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str | None = None
    problem: str | None = None  #: why the text is not whole: cut off, behind a paywall


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What we archive: one text of one entry. An edited text is a further revision."""

    source: str
    uid: str  #: the entry's id
    url: str
    title: str
    text: str
    language: str | None  #: identified from the text; None where there are no words
    published_at: datetime | None
    seen_at: datetime  #: when we first saw this text
    forwarded_from: str | None = None
    problem: str | None = None  #: why its text is not whole
    raw: bytes = field(default=b"", repr=False)

    @property
    def sha256(self) -> str:
        """Return the hash of the raw entry: the evidence that it was served like this."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def content_hash(self) -> str:
        """Return what tells one revision from another: title and text, nothing else."""
        return hashlib.sha256(
            f"{self.title}\0{self.text}".encode(errors="surrogatepass")
        ).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What the archive adds to a document."""

    id: int
    ref: str  #: short and stable, for people: "k3f9q2"
    revision: int  #: 1 for the first text


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hit:
    """Where a term occurs. `start` and `end` count characters of that field as it is archived."""

    field: str  #: "title" or "text"
    start: int
    end: int
    text: str  #: what stands there
    term: str  #: as the rule spells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that a document satisfies, with every occurrence of its terms."""

    rule: str
    title: str
    severity: Severity
    tags: Sequence[str] = ()
    hits: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchError:
    """A rule that could not be evaluated on a document; the other rules stand."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a reader must know of a source."""

    id: str
    name: str
    country: str  #: "ru", "ua", …
    kind: Kind
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One document's matches, for receivers to hear."""

    id: int
    ref: str  #: of the document
    document: Document
    revision: int
    source: Provenance
    matches: Sequence[Match]  #: loudest first
    reason: Reason
    raised_at: datetime

    @property
    def severity(self) -> Severity:
        """Return the loudest of its matches."""
        return max((match.severity for match in self.matches), key=lambda s: s.rank)


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
class Delivery:
    """A row of the outbox: something one receiver is to hear."""

    id: int
    receiver: str
    about: Alert | Notice
    state: State
    attempts: int = 0
    not_before: datetime | None = None
    parts_sent: int = 0  #: of a message that needs more than one
    message_ids: Sequence[str] = ()
    uncertain: bool = False  #: an earlier attempt may have arrived
    error: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How a source spoke on one day."""

    date: date
    news: int  #: documents
    longest: timedelta  #: the longest silence that ended on it


#: The last two weeks of a source, oldest day first.
Rhythm = Sequence[Day]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What the archive remembers of a source between two fetches."""

    id: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    fingerprints: AbstractSet[str] = frozenset()
    first_fetched_at: datetime | None = None  #: None until a fetch was whole
    last_fetched_at: datetime | None = None
    last_outcome: Outcome | None = None
    last_error: str | None = None
    last_cause: Cause | None = None
    failures: int = 0  #: in a row
    failing_since: datetime | None = None
    read_at: datetime | None = None  #: when it was last read whole, or was unchanged
    next_poll_at: datetime | None = None
    pace: timedelta | None = None  #: the interval that it has adapted to; None is the configured
    newest_at: datetime | None = None  #: when the newest thing that it says was published
    rhythm: Rhythm = ()
    way: str | None = None  #: by which it was read last, if not by the first that is configured
    detour: str | None = None  #: why not by the first
    ways_tried_at: datetime | None = None  #: when all ways were last tried from the first
    hole: str | None = None  #: the address at which filling a gap goes on
    hole_since: datetime | None = None  #: when it was last read whole before that gap
    gap_at: datetime | None = None  #: when entries may last have been missed
    moved_to: str | None = None  #: where it says that it is from now on
    blind_since: datetime | None = None  #: since when the operator knows that it is not seen
    blind_cause: Cause | None = None
    seen_since: datetime | None = None  #: since when it is read every time
    seen_again_at: datetime | None = None  #: when the operator was last told that it is seen again


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One polling of a source, as it ended."""

    source: str
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    next_poll_at: datetime
    status: int | None = None  #: HTTP
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    fingerprints: frozenset[str] | None = None  #: None leaves the remembered ones as they are
    seen: int = 0  #: entries on the page
    new: int = 0  #: documents and revisions that it added
    gap: bool = False  #: no entry in common with what we knew: some may have been missed
    gap_at: datetime | None = None  #: when entries may last have been missed, and still are
    filled: int | None = None  #: documents found by going back over a gap; None: it did not
    hole: str | None = None  #: where going back stopped before it met what was known
    hole_since: datetime | None = None
    unfinished: bool = False  #: of a first fetch: some of its page is left for the next one
    error: str | None = None
    cause: Cause | None = None  #: the class of that error
    pace: timedelta | None = None
    newest_at: datetime | None = None
    rhythm: Rhythm | None = None  #: None leaves what is remembered as it is
    way: str | None = None
    detour: str | None = None  #: why not by the first way
    ways_tried_at: datetime | None = None
    moved_to: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Return whether it leaves nothing but that it was, as the most fetches do."""
        nothing = self.fingerprints is None and self.filled is None
        return self.outcome is Outcome.UNCHANGED and nothing
