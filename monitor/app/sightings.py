"""Which sources have gone blind and which are seen again, and how the operator reads it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.collect.sight import OFFLINE, Seeing, Sight, explained, is_reliable, judge, mend, spell
from monitor.config.source import Source
from monitor.errors import Cause
from monitor.model import Outcome, SourceState

# So many sources, and more than half of all, are cut off only together with this machine.
_TOGETHER = 5
# What is lost so soon after it was told to be seen again comes and goes; and no more often than
# that is anything told to be seen again.
_DAY = timedelta(days=1)
# What one message names; `monitor sources status` has the rest.
_IN_SUBJECT, _IN_TEXT, _IN_LIST = 4, 20, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A source that has gone blind, or is seen again."""

    source: Source
    state: SourceState
    sight: Sight
    quiet_until: datetime | None = None  #: it comes and goes: until when that is not told again


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """What is to be told at one moment."""

    lost: Sequence[Sighting] = ()
    found: Sequence[Sighting] = ()
    cut_off: bool = False  #: most is lost together: it is the line of this machine
    offline: Sequence[str] = ()  #: what is still lost though the line it was lost with is back
    sources: int = 0  #: how many there are


def sightings_of(
    states: Iterable[SourceState], watched: Mapping[str, Source], now: datetime
) -> Sightings:
    """Return what has turned since the operator was told last.

    Where this machine seems to be cut off, what has only begun to fail is told with the rest.
    """
    sightings = [
        Sighting(
            source=source,
            state=state,
            sight=judge(state, source, now),
            quiet_until=_quiet_until(state, now),
        )
        for state in states
        if (source := watched.get(state.id)) is not None
    ]
    known = [sighting for sighting in sightings if sighting.state.blind_since is not None]
    unknown = [sighting for sighting in sightings if sighting.state.blind_since is None]
    lost = [sighting for sighting in unknown if sighting.sight.seeing is Seeing.BLIND]
    cut_off = _is_most([t for t in sightings if _is_offline(t)], watched) and any(
        map(_is_offline, lost)
    )
    if cut_off:
        blind = {sighting.source.id for sighting in lost}
        lost = [_as_lost(one) for one in unknown if one.source.id in blind or _is_offline(one)]
    seen = [sighting for sighting in known if sighting.sight.seeing is Seeing.SEEN]
    found = [one for one in seen if one.quiet_until is None and _is_reliable(one, now)]
    cut = [sighting for sighting in known if sighting.state.blind_cause in OFFLINE]
    back = _is_most(cut, watched) and any(one.state.blind_cause in OFFLINE for one in seen)
    if back and found:  # what was lost together is told together
        found = [one for one in seen if one.quiet_until is None]
    return Sightings(
        lost=lost,
        found=found,
        cut_off=cut_off,
        offline=[sighting.source.id for sighting in known if _is_offline(sighting)] if back else (),
        sources=len(watched),
    )


def subject(sightings: Sightings, zone: ZoneInfo, now: datetime) -> str:
    """Return the sightings in one line."""
    said = []
    if sightings.cut_off:
        away = sum(map(_is_offline, sightings.lost))
        said.append(
            f"This machine seems to be cut off: {away} of {sightings.sources} sources do not answer"
        )
    elif len(sightings.lost) == 1:
        (sighting,) = sightings.lost
        begun = "Blind" if sighting.quiet_until is None else "Comes and goes"
        said.append(f"{begun}: {_name(sighting)}, {_since(sighting, zone, now)}")
    elif sightings.lost:
        said.append(f"{len(sightings.lost)} sources are blind: {_ids(sightings.lost, _IN_SUBJECT)}")
    if sightings.found:
        begun = "seen again" if said else "Seen again"
        one = _name(sightings.found[0]) if len(sightings.found) == 1 else ""
        said.append(f"{begun}: {one or _ids(sightings.found, _IN_SUBJECT)}")
    return "; ".join(said)


def text(sightings: Sightings, zone: ZoneInfo, now: datetime) -> str:
    """Return the sightings with what is known of each: cause, since when, what mends it.

    Of a single one the subject has named the source.
    """
    if not sightings.cut_off and len(sightings.lost) + len(sightings.found) == 1:
        more = [_details(sighting, zone, now) for sighting in sightings.lost] or [
            [_seen_again(sighting, zone, now)] for sighting in sightings.found
        ]
        return "\n".join(more[0])
    lines: list[str] = []
    alone = sightings.lost
    if sightings.cut_off:
        away = [sighting for sighting in sightings.lost if _is_offline(sighting)]
        alone = [sighting for sighting in sightings.lost if not _is_offline(sighting)]
        lines += _cut_off(away, zone, now)
    for sighting in alone[:_IN_TEXT]:
        lines += _lost(sighting, zone, now)
    lines += _more(len(alone) - _IN_TEXT)
    lines += [_found(sighting, zone, now) for sighting in sightings.found[:_IN_TEXT]]
    lines += _more(len(sightings.found) - _IN_TEXT)
    return "\n".join(lines)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return the time of day, with the date where that is not today's."""
    there = at.astimezone(zone)
    today = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if today else f"{there:%-d %b %H:%M}"


def _is_offline(sighting: Sighting) -> bool:
    """Return whether it fails as everything does where there is no connection."""
    return sighting.state.last_outcome is Outcome.FAILED and sighting.state.last_cause in OFFLINE


def _is_most(some: Collection[object], watched: Collection[object]) -> bool:
    return len(some) >= _TOGETHER and 2 * len(some) > len(watched)


def _as_lost(sighting: Sighting) -> Sighting:
    if sighting.sight.seeing is Seeing.BLIND:
        return sighting
    state = sighting.state
    sight = Sight(
        seeing=Seeing.BLIND,
        cause=state.last_cause,
        since=state.failing_since,
        words=state.last_error or "",
    )
    return replace(sighting, sight=sight)


def _is_reliable(sighting: Sighting, now: datetime) -> bool:
    return is_reliable(sighting.state, sighting.source, now)


def _quiet_until(state: SourceState, now: datetime) -> datetime | None:
    """Return until when it is not told that it is seen again, for that was told lately."""
    told_at = state.seen_again_at
    if told_at is None or not told_at <= now < told_at + _DAY:
        return None
    return told_at + _DAY


def _cut_off(away: Sequence[Sighting], zone: ZoneInfo, now: datetime) -> list[str]:
    begun = [sighting.sight.since for sighting in away if sighting.sight.since is not None]
    causes = Counter(sighting.sight.cause for sighting in away).most_common()
    counts = ", ".join(f"{number} × {cause}" for cause, number in causes)
    return [
        f"Since {moment(min(begun), zone, now)}: {counts}. The first: {away[0].sight.words}",
        _ids(away, _IN_LIST),
        "They are asked again all the time, and at once when the first one answers.",
    ]


def _lost(sighting: Sighting, zone: ZoneInfo, now: datetime) -> list[str]:
    head = f"✗ {_name(sighting)}: {_since(sighting, zone, now)}"
    return [head, *(f"    {line}" for line in _details(sighting, zone, now))]


def _details(sighting: Sighting, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return the cause in words, what mends it, and that it comes and goes."""
    words = explained(sighting.sight.cause, sighting.sight.words)
    mended = mend(sighting.sight.cause, sighting.source, sighting.state)
    quiet = ""
    if sighting.quiet_until is not None:
        until = moment(sighting.quiet_until, zone, now)
        quiet = f"it comes and goes: nothing more is told of it before {until}"
    return [line for line in (words, f"→ {mended}" if mended else "", quiet) if line]


def _found(sighting: Sighting, zone: ZoneInfo, now: datetime) -> str:
    return f"● {_name(sighting)}: {_seen_again(sighting, zone, now)}"


def _seen_again(sighting: Sighting, zone: ZoneInfo, now: datetime) -> str:
    state = sighting.state
    since = state.blind_since or now
    why = f"{state.blind_cause}, " if state.blind_cause else ""
    missed = state.gap_at is not None and state.gap_at >= since
    until = now
    if state.seen_since is not None and state.blind_cause is not Cause.FROZEN:
        until = max(since, state.seen_since)
    told_at = state.seen_again_at
    off_and_on = told_at is not None and told_at <= since < told_at + _DAY
    return (
        f"blind{', off and on,' * off_and_on} from {moment(since, zone, now)}"
        f" ({why}{spell(until - since)})" + "; it may have missed items" * missed
    )


def _since(sighting: Sighting, zone: ZoneInfo, now: datetime) -> str:
    cause = sighting.sight.cause or "unknown"
    return (
        cause
        if sighting.sight.since is None
        else f"{cause} since {moment(sighting.sight.since, zone, now)}"
    )


def _name(sighting: Sighting) -> str:
    return f"{sighting.source.name} ({sighting.source.id})"


def _ids(sightings: Sequence[Sighting], most: int) -> str:
    named = ", ".join(sighting.source.id for sighting in sightings[:most])
    return named + (f" and {len(sightings) - most} more" if len(sightings) > most else "")


def _more(number: int) -> list[str]:
    return [f"and {number} more: `monitor sources status`"] if number > 0 else []
