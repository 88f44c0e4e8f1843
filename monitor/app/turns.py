"""Which sources have gone blind and which are seen again, and how the operator reads it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.collect.sight import OFFLINE, Seeing, Sight, explained, judge, mend, spell
from monitor.config.source import Source
from monitor.model import Outcome, SourceState

# So many sources, and more than half of all, are cut off only together with this machine.
_TOGETHER = 5
# What one message names; `monitor sources status` has the rest.
_IN_SUBJECT, _IN_TEXT, _IN_LIST = 4, 20, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A source that has gone blind, or is seen again."""

    source: Source
    state: SourceState
    sight: Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What is to be told at one moment."""

    lost: Sequence[Turn] = ()
    found: Sequence[Turn] = ()
    cut_off: bool = False  #: most is lost together: it is the line of this machine
    offline: Sequence[str] = ()  #: what is still lost though it was lost with the line
    sources: int = 0  #: how many there are


def turns_of(states: Iterable[SourceState], watched: Mapping[str, Source], now: datetime) -> Turns:
    """Return what has turned since the operator was told last.

    Where this machine seems to be cut off, what has only begun to fail is told with the rest.
    """
    turns = [
        Turn(source=source, state=state, sight=judge(state, source, now))
        for state in states
        if (source := watched.get(state.id)) is not None
    ]
    known = [turn for turn in turns if turn.state.blind_since is not None]
    unknown = [turn for turn in turns if turn.state.blind_since is None]
    lost = [turn for turn in unknown if turn.sight.seeing is Seeing.BLIND]
    cut_off = _is_most([t for t in turns if _is_offline(t)], watched) and any(
        map(_is_offline, lost)
    )
    if cut_off:
        blind = {turn.source.id for turn in lost}
        lost = [_as_lost(one) for one in unknown if one.source.id in blind or _is_offline(one)]
    back = _is_most([turn for turn in known if turn.state.blind_cause in OFFLINE], watched)
    return Turns(
        lost=lost,
        found=[turn for turn in known if turn.sight.seeing is Seeing.SEEN],
        cut_off=cut_off,
        offline=[turn.source.id for turn in known if _is_offline(turn)] if back else (),
        sources=len(watched),
    )


def subject(turns: Turns, zone: ZoneInfo, now: datetime) -> str:
    """Return the turns in one line."""
    said = []
    if turns.cut_off:
        away = sum(map(_is_offline, turns.lost))
        said.append(
            f"This machine seems to be cut off: {away} of {turns.sources} sources do not answer"
        )
    elif len(turns.lost) == 1:
        (turn,) = turns.lost
        said.append(f"Blind: {_name(turn)}, {_since(turn, zone, now)}")
    elif turns.lost:
        said.append(f"{len(turns.lost)} sources are blind: {_ids(turns.lost, _IN_SUBJECT)}")
    if turns.found:
        begun = "seen again" if said else "Seen again"
        one = _name(turns.found[0]) if len(turns.found) == 1 else ""
        said.append(f"{begun}: {one or _ids(turns.found, _IN_SUBJECT)}")
    return "; ".join(said)


def text(turns: Turns, zone: ZoneInfo, now: datetime) -> str:
    """Return the turns with what is known of each: cause, since when, what mends it.

    Of a single one the subject has named the source.
    """
    if not turns.cut_off and len(turns.lost) + len(turns.found) == 1:
        more = [_details(turn) for turn in turns.lost] or [
            [_seen_again(turn, zone, now)] for turn in turns.found
        ]
        return "\n".join(more[0])
    lines: list[str] = []
    alone = turns.lost
    if turns.cut_off:
        away = [turn for turn in turns.lost if _is_offline(turn)]
        alone = [turn for turn in turns.lost if not _is_offline(turn)]
        lines += _cut_off(away, zone, now)
    for turn in alone[:_IN_TEXT]:
        lines += _lost(turn, zone, now)
    lines += _more(len(alone) - _IN_TEXT)
    lines += [_found(turn, zone, now) for turn in turns.found[:_IN_TEXT]]
    lines += _more(len(turns.found) - _IN_TEXT)
    return "\n".join(lines)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return the time of day, with the date where that is not today's."""
    there = at.astimezone(zone)
    today = there.date() == now.astimezone(zone).date()
    return f"{there:%H:%M}" if today else f"{there:%-d %b %H:%M}"


def _is_offline(turn: Turn) -> bool:
    """Return whether it fails as everything does where there is no connection."""
    return turn.state.last_outcome is Outcome.FAILED and turn.state.last_cause in OFFLINE


def _is_most(some: Collection[object], watched: Collection[object]) -> bool:
    return len(some) >= _TOGETHER and 2 * len(some) > len(watched)


def _as_lost(turn: Turn) -> Turn:
    if turn.sight.seeing is Seeing.BLIND:
        return turn
    state = turn.state
    sight = Sight(
        seeing=Seeing.BLIND,
        cause=state.last_cause,
        since=state.failing_since,
        words=state.last_error or "",
    )
    return Turn(source=turn.source, state=state, sight=sight)


def _cut_off(away: Sequence[Turn], zone: ZoneInfo, now: datetime) -> list[str]:
    begun = [turn.sight.since for turn in away if turn.sight.since is not None]
    causes = Counter(turn.sight.cause for turn in away).most_common()
    counts = ", ".join(f"{number} × {cause}" for cause, number in causes)
    return [
        f"Since {moment(min(begun), zone, now)}: {counts}. The first: {away[0].sight.words}",
        _ids(away, _IN_LIST),
        "They are asked again all the time, and at once when the first one answers.",
    ]


def _lost(turn: Turn, zone: ZoneInfo, now: datetime) -> list[str]:
    head = f"✗ {_name(turn)}: {_since(turn, zone, now)}"
    return [head, *(f"    {line}" for line in _details(turn))]


def _details(turn: Turn) -> list[str]:
    """Return the cause in words, and what mends it."""
    words = explained(turn.sight.cause, turn.sight.words)
    mended = mend(turn.sight.cause, turn.source, turn.state)
    return [*filter(None, [words]), *(f"→ {each}" for each in [mended] if each)]


def _found(turn: Turn, zone: ZoneInfo, now: datetime) -> str:
    return f"● {_name(turn)}: {_seen_again(turn, zone, now)}"


def _seen_again(turn: Turn, zone: ZoneInfo, now: datetime) -> str:
    state = turn.state
    since = state.blind_since or now
    why = f"{state.blind_cause}, " if state.blind_cause else ""
    missed = state.gap_at is not None and state.gap_at >= since
    return (
        f"blind from {moment(since, zone, now)} ({why}{spell(now - since)})"
        + "; it may have missed items" * missed
    )


def _since(turn: Turn, zone: ZoneInfo, now: datetime) -> str:
    cause = turn.sight.cause or "unknown"
    return (
        cause
        if turn.sight.since is None
        else f"{cause} since {moment(turn.sight.since, zone, now)}"
    )


def _name(turn: Turn) -> str:
    return f"{turn.source.name} ({turn.source.id})"


def _ids(turns: Sequence[Turn], most: int) -> str:
    named = ", ".join(turn.source.id for turn in turns[:most])
    return named + (f" and {len(turns) - most} more" if len(turns) > most else "")


def _more(number: int) -> list[str]:
    return [f"and {number} more: `monitor sources status`"] if number > 0 else []
