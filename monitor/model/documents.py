"""What sources say, and what rules find in it. All times are aware and UTC."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    labels: Mapping[str, str] = field(default_factory=dict)  #: free words of its author
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
