"""What rules would have caught: documents counted by rule, day and minute."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from heapq import heappush, heappushpop
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from monitor.match.asked import Asked, asked
from monitor.match.language import Tongue
from monitor.match.matcher import Matcher
from monitor.model import Match, MatchError, Provenance

#: A rule that matches more of all documents than this says nothing any more.
LOUD = 0.1

_When = TypeVar("_When", date, datetime)

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text to hold against rules. Texts of one document stand side by side, newest first."""

    document: tuple[str, str]  #: the same for all texts of one document
    name: str  #: what people call it: "#k3f9q2a"
    source: str
    url: str
    title: str
    text: str
    moment: datetime | None
    tongue: Tongue
    provenance: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How it is counted."""

    zone: tzinfo  #: of days and hours
    samples: int  #: that are kept of each rule
    limit: int  #: messages a minute that one chat takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A document that a rule found."""

    case: Case
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTally:
    """What one rule would have caught."""

    rule: str
    documents: int
    share: float  #: of all documents, 0 to 1
    days: Mapping[date, int]
    undated: int
    samples: Sequence[Sample]  #: newest first
    dead: Sequence[Asked]  #: what it asks for and never found, in its order
    failures: Sequence[tuple[str, str]]  #: on which documents it failed, and why; the first few
    failed: int

    @property
    def loud(self) -> bool:
        """Return whether it matches so much that it says nothing."""
        return self.share > LOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What subscribers would have got, a document one message."""

    documents: int
    undated: int
    a_day: float | None  #: on average; None where nothing is dated
    busiest_day: tuple[date, int] | None
    busiest_hour: tuple[datetime, int] | None
    busiest_minute: tuple[datetime, int] | None
    limit: int  #: messages a minute that one chat takes
    late: timedelta  #: how long the last message would have waited for its turn at worst

    @property
    def fits(self) -> bool:
        """Return whether no minute held more than a chat takes."""
        return self.busiest_minute is None or self.busiest_minute[1] <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What rules would have caught among some documents."""

    documents: int
    undated: int
    first: datetime | None
    last: datetime | None
    rules: Sequence[RuleTally]  #: in the order of the rules
    messages: Messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one version of a rule catches and the other does not."""

    rule: str
    change: str  #: "added", "changed", "removed"
    before: int  #: documents
    after: int
    added: int
    dropped: int
    added_samples: Sequence[Sample]
    dropped_samples: Sequence[Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What an edit does to some documents."""

    documents: int
    differences: Sequence[Difference]


def tally(cases: Iterable[Case], matcher: Matcher, how: Measure) -> Tally:
    """Count what the rules catch."""
    counts = {compiled.rule.id: _Count(how.samples) for compiled in matcher.rules}
    minutes: Counter[datetime] = Counter()
    span = _Span()
    told_undated = 0
    for texts in _documents(cases):
        span.add(texts[0].moment)
        found, failed = _found(texts, matcher)
        for case, error in failed:
            counts[error.rule].fail(case, error)
        for sample in found.values():
            counts[sample.match.rule].add(sample, how.zone)
        if found:
            moment = next(iter(found.values())).case.moment
            told_undated += moment is None
            if moment is not None:
                minutes[_minute(moment)] += 1
    return Tally(
        documents=span.documents,
        undated=span.undated,
        first=span.first,
        last=span.last,
        rules=tuple(
            counts[compiled.rule.id].result(compiled.rule.id, span.documents, asked(compiled))
            for compiled in matcher.rules
        ),
        messages=_messages(minutes, told_undated, span, how),
    )


def compare(
    cases: Iterable[Case], *, before: Matcher, after: Matcher, names: Sequence[str], samples: int
) -> Comparison:
    """Count what the rules of these names catch after an edit and did not before, and otherwise."""
    old, new, added, dropped = ({name: _Count(samples) for name in names} for _ in range(4))
    documents = 0
    for texts in _documents(cases):
        documents += 1
        then, _ = _found(texts, before)
        since, _ = _found(texts, after)
        for counts, found, others in (
            (old, then, ()),
            (new, since, ()),
            (added, since, then),
            (dropped, then, since),
        ):
            for name, sample in found.items():
                if name in counts and name not in others:
                    counts[name].add(sample)
    was, now = ({one.rule.id for one in matcher.rules} for matcher in (before, after))
    return Comparison(
        documents=documents,
        differences=tuple(
            Difference(
                rule=name,
                change=("changed" if name in now else "removed") if name in was else "added",
                before=old[name].documents,
                after=new[name].documents,
                added=added[name].documents,
                dropped=dropped[name].documents,
                added_samples=added[name].newest,
                dropped_samples=dropped[name].newest,
            )
            for name in names
        ),
    )


def _documents(cases: Iterable[Case]) -> Iterator[list[Case]]:
    return (list(texts) for _, texts in groupby(cases, key=attrgetter("document")))


def _found(
    texts: Sequence[Case], matcher: Matcher
) -> tuple[dict[str, Sample], list[tuple[Case, MatchError]]]:
    """Return by rule the newest of a document's texts that it finds, and what failed."""
    found: dict[str, Sample] = {}
    failed = []
    for case in texts:
        matches, errors = _held(case, matcher)
        for match in matches:
            found.setdefault(match.rule, Sample(case=case, match=match))
        failed += [(case, error) for error in errors]
    return found, failed


def _held(case: Case, matcher: Matcher) -> tuple[Sequence[Match], Sequence[MatchError]]:
    return matcher.match(case.title, case.text, case.tongue, case.provenance)


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


@dataclass(slots=True)
class _Span:
    """How many documents there are, and from when to when."""

    documents: int = 0
    undated: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, moment: datetime | None) -> None:
        self.documents += 1
        if moment is None:
            self.undated += 1
            return
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = moment if self.last is None else max(self.last, moment)


@dataclass(slots=True)
class _Count:
    """What one rule caught so far."""

    samples: int
    documents: int = 0
    undated: int = 0
    failed: int = 0
    days: Counter[date] = field(default_factory=Counter)
    terms: set[str] = field(default_factory=set)
    failures: list[tuple[str, str]] = field(default_factory=list)
    #: the newest, oldest on top; the second number keeps two of one moment apart
    kept: list[tuple[datetime, int, Sample]] = field(default_factory=list)

    def add(self, sample: Sample, zone: tzinfo = UTC) -> None:
        self.documents += 1
        moment = sample.case.moment
        if moment is None:
            self.undated += 1
        else:
            self.days[moment.astimezone(zone).date()] += 1
        self.terms.update(hit.term for hit in sample.match.hits)
        item = (moment or _UNDATED, -self.documents, sample)
        if len(self.kept) < self.samples:
            heappush(self.kept, item)
        elif self.samples:
            heappushpop(self.kept, item)

    def fail(self, case: Case, error: MatchError) -> None:
        self.failed += 1
        if len(self.failures) < max(self.samples, 1):
            self.failures.append((case.name, error.reason))

    @property
    def newest(self) -> tuple[Sample, ...]:
        return tuple(sample for _, _, sample in sorted(self.kept, reverse=True))

    def result(self, rule: str, documents: int, wanted: Iterable[Asked]) -> RuleTally:
        missing = (one.without(self.terms) for one in wanted)
        return RuleTally(
            rule=rule,
            documents=self.documents,
            share=self.documents / documents if documents else 0.0,
            days=dict(sorted(self.days.items())),
            undated=self.undated,
            samples=self.newest,
            dead=tuple(one for one in missing if one.members),
            failures=tuple(self.failures),
            failed=self.failed,
        )


def _messages(minutes: Counter[datetime], undated: int, span: _Span, how: Measure) -> Messages:
    dated = minutes.total()
    days: Counter[date] = Counter()
    hours: Counter[datetime] = Counter()
    for minute, number in minutes.items():
        there = minute.astimezone(how.zone)
        days[there.date()] += number
        hours[there.replace(minute=0)] += number
    a_day = None
    if span.first is not None and span.last is not None:
        a_day = dated / max((span.last - span.first) / _DAY, 1.0)
    return Messages(
        documents=dated + undated,
        undated=undated,
        a_day=a_day,
        busiest_day=_most(days),
        busiest_hour=_most(hours),
        busiest_minute=_most(minutes),
        limit=how.limit,
        late=_late(minutes, how.limit),
    )


def _most(counts: Counter[_When]) -> tuple[_When, int] | None:
    """Return the busiest one, of equals the earliest."""
    return min(counts.items(), key=lambda item: (-item[1], item[0]), default=None)


def _late(minutes: Mapping[datetime, int], limit: int) -> timedelta:
    """Return how long the last message waits at worst, where so many are sent a minute."""
    waiting = most = 0
    before: datetime | None = None
    for minute in sorted(minutes):
        if before is not None:
            waiting = max(0, waiting - limit * ((minute - before) // _MINUTE))
        waiting += minutes[minute]
        most = max(most, waiting)
        before = minute
    return _MINUTE * (max(most - 1, 0) // limit)
