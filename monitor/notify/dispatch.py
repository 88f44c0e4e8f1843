"""From a match to the outbox: who hears of it, when, in which message, and if not, why not.

    matches | inhibited? | route | silenced? | when | told already in its story? | flood? | message

Alertmanager's order. Whatever comes out leaves a row for every receiver that a route leads to. All
of it happens in the transaction that archives the document; what waits is told by `gathered.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from monitor.archive import (
    abouts,
    batches,
    notifications,
    queueing,
    silences,
    subscriptions,
)
from monitor.archive.store import Transaction
from monitor.config.matchers import Labels
from monitor.config.schema import Config
from monitor.model import (
    Archived,
    Document,
    Fate,
    Form,
    Gathered,
    Match,
    News,
    Provenance,
    Severity,
    Silence,
)
from monitor.notify.fate import Candidate, batch_of, fate_of, root_of
from monitor.notify.route import Routing, Said, Timing, labels_of
from monitor.notify.silence import silencing

#: How long a flood is gathered before it is told; tells within a minute, whenever a tick comes.
FLOOD = timedelta(seconds=45)
_FLOOD_KEY = "flood"
_GATHERED = {"group": Gathered.GROUP, "held": Gathered.HELD, "digest": Gathered.DIGEST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that is to be told, and all that it is told for."""

    alert_id: int
    archived: Archived
    document: Document
    source: Provenance
    matches: Sequence[Match]
    story: int | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ear:
    """What one receiver would hear of an alert, and what stands against it."""

    receiver: str
    heard: Mapping[str, Match]  #: by rule
    timing: Timing | None  #: None: at once
    unheard: Mapping[str, tuple[Fate, str]]  #: rules that were kept from it, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A rule of an alert on its way to a receiver."""

    match: Match
    labels: Labels
    timing: Timing | None  #: None: at once


class Dispatch:
    """Decides by one configuration; a reload puts another one in its place."""

    def __init__(self, config: Config) -> None:
        """Take the routes, the inhibitions and the flood limits."""
        self._routing = Routing(config)
        self._flood = config.flood_limit
        self._limits = {rule.id: rule.flood_limit for rule in config.rules if rule.flood_limit}
        self._subscribers = config.bot.subscriptions if config.bot.enabled else "off"

    def tell(self, tx: Transaction, raised: Raised) -> bool:
        """Write what becomes of an alert at each receiver; return whether a message waits now."""
        queued = False
        for ear in self._ears(tx, raised):
            queued |= self._hear(tx, raised, ear)
        return queued

    def _ears(self, tx: Transaction, raised: Raised) -> Iterable[_Ear]:
        """Yield the receivers that routes and subscriptions lead to, with what they would hear."""
        quiet = silences.active(tx, raised.now)
        ways: dict[str, list[_Way]] = defaultdict(list)
        against: dict[str, dict[str, tuple[Fate, str]]] = defaultdict(dict)
        for match in raised.matches:
            labels = self._labels(raised, match)
            for receiver, timing in self._hearings(tx, raised, match, labels):
                silence = _silence(labels, receiver, quiet, raised.now)
                if silence is not None:
                    against[receiver][match.rule] = Fate.SILENCED, silence
                elif timing is not None and timing.how == "muted":
                    against[receiver][match.rule] = Fate.MUTED, timing.why
                else:
                    ways[receiver].append(_Way(match=match, labels=labels, timing=timing))
        for receiver in dict.fromkeys(chain(ways, against)):
            # Last, and for each by itself: only what it is told can be enough for it.
            found = self._uninhibited(tx, raised, receiver, ways.get(receiver, []), against)
            yield _Ear(
                receiver=receiver,
                heard={way.match.rule: way.match for way in found},
                timing=_soonest([way.timing for way in found]),
                unheard=against.get(receiver, {}),
            )

    def _hearings(
        self, tx: Transaction, raised: Raised, match: Match, labels: Labels
    ) -> Iterable[tuple[str, Timing | None]]:
        """Yield who hears of a match, and when; None is at once, as subscribers do."""
        routed = self._routing.hearings(labels)
        for hearing in routed:
            yield hearing.receiver, hearing.timing(raised.now)
        yield from dict.fromkeys(
            subscriptions.receivers_for(tx, [match.rule], self._subscribers)
        ).items()

    def _labels(self, raised: Raised, match: Match) -> Labels:
        return labels_of(
            match,
            raised.source,
            language=raised.document.language,
            document=raised.archived.ref,
            story=None if raised.story is None else f"s{raised.story}",
        )

    def _uninhibited(
        self,
        tx: Transaction,
        raised: Raised,
        receiver: str,
        ways: Sequence[_Way],
        against: dict[str, dict[str, tuple[Fate, str]]],
    ) -> Sequence[_Way]:
        """Return what a receiver is to hear for all that it hears besides, or heard before."""
        labels = [way.labels for way in ways]
        if not self._routing.inhibitions.concern(labels):
            return ways
        since = raised.now - self._routing.longest_inhibition()
        recent = [
            Said(
                labels=labels_of(
                    one.match,
                    one.source,
                    language=one.language,
                    document=one.ref,
                    story=None if one.story is None else f"s{one.story}",
                ),
                ref=one.ref,
                at=one.at,
            )
            for one in notifications.said(tx, since, receiver)
        ]
        reasons = self._routing.inhibitions.inhibited_together(
            labels, raised.archived.ref, raised.now, recent
        )
        for way, why in zip(ways, reasons, strict=True):
            if why is not None:
                against[receiver][way.match.rule] = Fate.INHIBITED, why
        return [way for way, why in zip(ways, reasons, strict=True) if why is None]

    def _hear(self, tx: Transaction, raised: Raised, ear: _Ear) -> bool:
        """Write what becomes of an alert at one receiver; return whether a message waits now."""
        if not ear.heard:
            fate, why = next(iter(ear.unheard.values()))
            _note(tx, raised, ear, fate, why=_why(ear) or why, adds=False)
            return False
        heard = (
            notifications.of_story(tx, raised.story, ear.receiver)
            if raised.story is not None
            else ()
        )
        fate, news = fate_of(
            _candidate(raised, ear), heard, said_before=_said_before(tx, raised, ear)
        )
        root, batch = root_of(heard), batch_of(heard)
        if fate is Fate.REPEATED:
            _note(tx, raised, ear, fate, why=_why(ear), adds=False)
            return False
        if root is not None and _shows(news) and queueing.is_untold(tx, root):
            fate = Fate.JOINED
        if root is not None and fate is Fate.JOINED:
            delivery = queueing.add_copy(tx, root)
            _note(tx, raised, ear, fate, why=_why(ear), adds=bool(news), delivery_id=delivery)
            return True
        if fate is Fate.JOINED and batch is not None and not _at_once(ear.timing):
            # Its story waits to be told, and then this stands beside it.
            _note(tx, raised, ear, fate, why=_why(ear), adds=False, batch_id=batch)
            return False
        if root is None:
            fate = Fate.TOLD
        return self._tell_apart(tx, raised, ear, fate, news, root)

    def _tell_apart(  # noqa: PLR0913, PLR0917  # what was decided before
        self,
        tx: Transaction,
        raised: Raised,
        ear: _Ear,
        fate: Fate,
        news: News,
        root: int | None,
    ) -> bool:
        """Tell it by a message of its own, now or with others later."""
        gathered = self._gathered(tx, raised, ear)
        if gathered is not None:
            _note(tx, raised, ear, Fate.WAITS, why=_why(ear), batch_id=gathered)
            return False
        delivery = queueing.queue(
            tx,
            form=Form.REPLY if fate is Fate.NEWS else Form.ALERT,
            receiver=ear.receiver,
            alert_id=raised.alert_id,
            root_id=root if fate is Fate.NEWS else None,
            payload=abouts.payload_of(news) if fate is Fate.NEWS else None,
        )
        _note(tx, raised, ear, fate, why=_why(ear), delivery_id=delivery)
        return True

    def _gathered(self, tx: Transaction, raised: Raised, ear: _Ear) -> int | None:
        """Return the batch in which it waits; None where it is told at once."""
        timing, now = ear.timing, raised.now
        if timing is None or _at_once(timing):
            if not self._floods(tx, raised, ear):
                return None
            return batches.gather(
                tx,
                receiver=ear.receiver,
                key=_FLOOD_KEY,
                gathered=Gathered.FLOOD,
                due=now + FLOOD,
                now=now,
            )
        last = batches.last_flushed(tx, ear.receiver, timing.key, now)
        return batches.gather(
            tx,
            receiver=ear.receiver,
            key=timing.key,
            gathered=_GATHERED[timing.how],
            due=timing.flush_at(now, last),
            now=now,
        )

    def _floods(self, tx: Transaction, raised: Raised, ear: _Ear) -> bool:
        """Return whether a receiver has heard as much as anybody can take one by one."""
        told = notifications.lately(tx, ear.receiver, raised.now - self._flood.within)
        if not any(match.severity is Severity.CRITICAL for match in ear.heard.values()):
            # What is critical does not stand in line behind what is not.
            if batches.is_open(tx, ear.receiver, _FLOOD_KEY):
                return True  # what comes later must not be told before it
            if len(told) >= self._flood.per_receiver:
                return True
        return any(
            sum(rule in rules for rules in told) >= self._limits.get(rule, self._flood.per_rule)
            for rule in ear.heard
        )


def _soonest(timings: Sequence[Timing | None]) -> Timing | None:
    """Return the way that is heard first; None is at once."""
    return None if None in timings else min(filter(None, timings), key=_order, default=None)


def _order(timing: Timing) -> tuple[int, datetime | None]:
    return timing.order


def _at_once(timing: Timing | None) -> bool:
    return timing is None or timing.how == "now"


def _said_before(tx: Transaction, raised: Raised, ear: _Ear) -> bool:
    return raised.story is not None and notifications.said_before(
        tx,
        story_id=raised.story,
        receiver=ear.receiver,
        source=raised.source.id,
        uid=raised.document.uid,
        words=raised.document.content_hash,
        but=raised.alert_id,
    )


def _shows(news: News) -> bool:
    """Return whether all the news is a further side, which a list of copies shows as well."""
    return bool(news) and not (news.rules or news.severity)


def _candidate(raised: Raised, ear: _Ear) -> Candidate:
    loud = [match.severity for match in ear.heard.values()]
    return Candidate(
        side=(raised.source.country, raised.source.kind),
        rules=frozenset(ear.heard),
        severity=max(loud, key=lambda severity: severity.rank),
    )


def _silence(labels: Labels, receiver: str, quiet: Sequence[Silence], now: datetime) -> str | None:
    """Return which silence keeps a match from a receiver, for a person; None where none does."""
    found = silencing({**labels, "receiver": (receiver,)}, quiet, now)
    if found is None:
        return None
    until = f"{found.ends_at:%d %b %H:%M} UTC"
    return f"silence {found.id} by {found.created_by} until {until}"


def _why(ear: _Ear) -> str:
    """Return which rules a receiver does not hear of, and why, for a person."""
    return "; ".join(
        f"{rule} {fate.value}" + (f": {why}" if why else "")
        for rule, (fate, why) in ear.unheard.items()
    )


def _note(  # noqa: PLR0913  # what becomes of it
    tx: Transaction,
    raised: Raised,
    ear: _Ear,
    fate: Fate,
    *,
    why: str,
    adds: bool = True,
    batch_id: int | None = None,
    delivery_id: int | None = None,
) -> None:
    notifications.add(
        tx,
        alert_id=raised.alert_id,
        receiver=ear.receiver,
        story_id=raised.story,
        fate=fate,
        rules=frozenset(ear.heard) or frozenset(ear.unheard),
        now=raised.now,
        why=why,
        adds=adds,
        batch_id=batch_id,
        delivery_id=delivery_id,
    )
