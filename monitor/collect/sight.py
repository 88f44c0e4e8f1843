"""Whether a source is seen: what its state means for a person, and how it can be mended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from monitor.collect.rhythm import expected, too_long
from monitor.collect.ways import ways
from monitor.config.source import Source
from monitor.errors import Cause
from monitor.model import Outcome, SourceState

# A source may fail for three times its `every` before it counts as blind, within these limits:
# one that failed seldom is given longer, and nobody waits for the word longer than a day.
_FAILURES = 3
_OFTEN, _SELDOM, _LONGEST = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
# It is read reliably again once it was read for three times its `every`, or for so long.
_RELIABLY = timedelta(minutes=30)

#: What fails when this machine itself has no connection.
OFFLINE: Final = frozenset({Cause.DNS, Cause.CONNECTION, Cause.TIMEOUT})


class Seeing(StrEnum):
    """Whether what a source says reaches us."""

    SEEN = "seen"
    BLIND = "blind"
    WAITING = "waiting"  # it was never read, and that is no reason to worry yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How a source is seen at a moment."""

    seeing: Seeing
    cause: Cause | None = None  #: why it is blind; `moved` where it is seen at another address
    since: datetime | None = None  #: when it was seen last
    words: str = ""  #: the cause in words, or what is to be remarked though it is seen


def explained(cause: Cause | None, words: str) -> str:
    """Return words that stand behind their cause, without the cause that they begin with."""
    return words.removeprefix(f"{cause}: ") if cause is not None else words


def judge(state: SourceState, source: Source, now: datetime) -> Sight:
    """Return how a source is seen.

    It is blind when it fails for long enough, when its pages show nothing for as long, and when
    nothing new has come for twice the time that it is silent as a rule. Once the operator knows
    that it is blind, it stays so until a page of it was read whole. While we did not look,
    because this program did not run, nothing is held against it.
    """
    if state.last_outcome is None:
        return Sight(seeing=Seeing.WAITING, words="not asked yet")
    known = state.blind_since is not None
    if known and state.last_outcome is Outcome.PARTIAL:
        return _blind(state, state.blind_cause, state.last_error or "")
    fails = state.last_outcome is Outcome.FAILED or _is_blank(state)
    if fails and (known or _failing(state, now) >= _patience(state, source)):
        return _blind(state, state.last_cause, state.last_error or "")
    if (silence := _too_silent(state, source)) is not None:
        spoke_at = _spoke_at(state)
        return Sight(seeing=Seeing.BLIND, cause=Cause.FROZEN, since=spoke_at, words=silence)
    if state.first_fetched_at is None:
        return Sight(seeing=Seeing.WAITING, words=f"not read yet: {state.last_error}")
    cause = Cause.MOVED if _has_moved(state, source) else None
    return Sight(seeing=Seeing.SEEN, cause=cause, words="; ".join(_remarks(state, source)))


def is_reliable(state: SourceState, source: Source, now: datetime) -> bool:
    """Return whether a source was read every time for so long that it seems to stay so."""
    if state.seen_since is None:
        return False
    return _looked(state, now) - state.seen_since >= min(3 * source.every, _RELIABLY)


def mend(cause: Cause | None, source: Source, state: SourceState) -> str:
    """Return what a person can do about a source that is blind, in one line; "" for nothing."""
    if _has_moved(state, source):
        return f"change its url to {state.moved_to}"
    if cause is Cause.TLS and source.country == "ru" and source.ca is None:
        return "if the Russian state certifies it: `ca: russian-trusted-root`"
    if cause is Cause.LAYOUT:
        return f"`monitor sources probe {source.id}`, then correct its selectors under `select:`"
    if cause is Cause.FROZEN:
        return f"open {source.url}: if it is only quiet, raise its `cadence:`"
    if cause in {Cause.GONE, Cause.NOT_A_FEED, Cause.EMPTY, Cause.REDIRECTS, Cause.LOGIN}:
        return f"open {source.url}: it may have another address now"
    return _MENDS.get(cause, "") if cause is not None else ""


_MENDS: Final = {
    Cause.DNS: "check the host in its `url:`",
    Cause.CONNECTION: "nothing, if it is down; otherwise another way under `via:` or `fallbacks:`",
    Cause.TIMEOUT: "nothing, if it is slow; otherwise another way under `via:` or `fallbacks:`",
    Cause.TLS: "see its certificate in a browser; `ca:` names a further authority",
    Cause.WALL: "name a proxy under `via:`, or another way under `fallbacks:`",
    Cause.GEO_BLOCKED: "name a proxy under `via:`",
    Cause.WITHHELD: "name a proxy under `via:`, or its site under `fallbacks:`",
    Cause.TOO_OFTEN: "raise its `every:`",
    Cause.ROBOTS: "name another way under `fallbacks:`, or turn it off: `enabled: false`",
    Cause.EGRESS: "if this address is meant: `egress: {allow: […]}`",
    Cause.NO_PREVIEW: "read its site instead",
    Cause.ADDRESS: "correct its `url:` or its `spider:`",
    Cause.INTERNAL: "a fault of this program: please report it with its log",
}


def spell(length: timedelta) -> str:
    """Return a length of time as people say it, in two units at the most: 1h10m."""
    left = max(round(length.total_seconds()), 0)
    if left >= 3600:  # nobody wants the seconds of hours
        left = round(left / 60) * 60
    parts = []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number:
            parts.append(f"{number}{unit}")
        elif parts:
            break
    return "".join(parts[:2]) or "0s"


def _blind(state: SourceState, cause: Cause | None, words: str) -> Sight:
    since = state.blind_since or state.failing_since
    return Sight(seeing=Seeing.BLIND, cause=cause, since=since, words=words)


def _is_blank(state: SourceState) -> bool:
    """Return whether its page was read, and nothing can be seen on it."""
    blank = state.last_cause is not None and state.last_cause.is_blank
    return blank and state.last_outcome in {Outcome.WHOLE, Outcome.UNCHANGED}


def _patience(state: SourceState, source: Source) -> timedelta:
    """Return for how long it may fail until that is told."""
    often = state.failures >= _FAILURES or _is_blank(state)
    return min(max(3 * source.every, _OFTEN if often else _SELDOM), _LONGEST)


def _failing(state: SourceState, now: datetime) -> timedelta:
    """Return for how long it has been failing, as far as somebody looked or was told to wait."""
    if state.failing_since is None:
        return timedelta()
    return _looked(state, now) - state.failing_since


def _looked(state: SourceState, now: datetime) -> datetime:
    """Return until when it is known how it fares: until it should have been asked again."""
    return min(now, state.next_poll_at or now)


def _too_silent(state: SourceState, source: Source) -> str | None:
    """Say that it answers and has said nothing for too long, up to when it answered last."""
    usual, spoke_at = expected(state.rhythm, source.cadence), _spoke_at(state)
    looked = state.failing_since or state.last_fetched_at
    if usual is None or looked is None or spoke_at is None:
        return None
    silence = looked - spoke_at
    if silence <= too_long(usual):
        return None
    return f"it answers, but nothing new for {spell(silence)}; as a rule {spell(usual)} at the most"


def _spoke_at(state: SourceState) -> datetime | None:
    """Return when it said something last; one that never did is silent since it was first read."""
    return state.newest_at or state.first_fetched_at


def _has_moved(state: SourceState, source: Source) -> bool:
    return state.moved_to is not None and state.moved_to != source.url


def _remarks(state: SourceState, source: Source) -> list[str]:
    said = []
    if state.last_error and state.failures:
        times = "" if state.failures == 1 else f" {state.failures} times in a row"
        said.append(f"failed{times}: {state.last_error}")
    if _has_moved(state, source):
        said.append(f"moved for good: change its url to {state.moved_to}")
    if state.way is not None:
        keys = [way.key for way in ways(source)]
        which = f"its {_nth(keys.index(state.way) + 1)}" if state.way in keys else "another"
        said.append(f"read by {which} way, because {state.detour}" if state.detour else "")
    if state.last_error and not state.failures:
        said.append(state.last_error)
    return [one for one in said if one]


def _nth(number: int) -> str:
    return f"{number}{ {2: 'nd', 3: 'rd'}.get(number, 'th') }"
