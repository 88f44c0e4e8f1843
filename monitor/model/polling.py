"""How sources are asked, and what is remembered of them. All times are aware and UTC."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from monitor.errors import Cause


class Outcome(StrEnum):
    """How a fetch ended."""

    WHOLE = "whole"  # every entry it announced is in the archive
    UNCHANGED = "unchanged"  # 304, the same bytes, or no entry that we did not know
    PARTIAL = "partial"  # some entry could not be archived; it will be offered again
    FAILED = "failed"  # nothing could be read


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
