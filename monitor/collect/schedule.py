"""When a source is polled next."""

import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Outcome

_LONGEST_BACK_OFF = timedelta(hours=1)
_LONGEST_WISH = timedelta(hours=24)
_JITTER = 0.1

# Between a third and two thirds of a page should be known already: less, and entries may slip
# through between two polls; more, and we ask in vain.
_LITTLE, _MUCH = 1 / 3, 2 / 3
_FASTER, _SLOWER = 1 / 1.5, 1.25
_FASTEST = timedelta(seconds=15)


def next_poll(  # noqa: PLR0913 - each is a fact that the answer depends on
    now: datetime,
    every: timedelta,
    outcome: Outcome,
    *,
    failures: int,
    retry_after: timedelta | None,
    rng: random.Random,
) -> datetime:
    """Return when to ask again; `failures` in a row include this one.

    Failures double the pause up to an hour, or up to `every` where that is longer; a source is
    never given up. What the server asked for is kept, up to a day.
    """
    pause = every
    if outcome in {Outcome.PARTIAL, Outcome.FAILED}:
        doublings = min(max(failures, 1) - 1, 20)  # 1 s doubled so often is far beyond an hour
        longest = max(every, _LONGEST_BACK_OFF)
        pause = min(every, longest / 2**doublings) * 2**doublings
    pause *= rng.uniform(1 - _JITTER, 1 + _JITTER)
    if retry_after is not None:
        pause = max(pause, min(retry_after, _LONGEST_WISH))
    return now + pause


def bounds(every: timedelta) -> tuple[timedelta, timedelta]:
    """Return the shortest and the longest interval that a source may adapt to."""
    return min(every, max(every / 4, _FASTEST)), every * 2


def adapted(
    pace: timedelta,
    every: timedelta,
    *,
    overlap: float | None,
    gap: bool = False,
    rests: bool = False,
) -> timedelta:
    """Return the interval after a fetch, in whole seconds and within its bounds.

    `overlap` is how much of the page was known, from 0 to 1; None where that says nothing.
    `rests` says that nothing new has come for longer than the source is ever silent: only then
    may it be asked less often than `every`. What brings news is back at `every` at once.
    """
    shortest, longest = bounds(every)
    pace = min(max(pace, shortest), longest)
    if gap:
        wanted = min(pace, every) / 2
    elif overlap is None:
        wanted = pace
    elif overlap < _LITTLE:
        wanted = min(pace, every) * _FASTER
    elif overlap <= _MUCH:
        wanted = min(pace, every)
    elif pace < every:
        wanted = min(pace * _SLOWER, every)
    else:
        wanted = pace * _SLOWER if rests and overlap >= 1 else every
    seconds = round(min(max(wanted, shortest), longest).total_seconds())
    least, most = math.ceil(shortest.total_seconds()), math.floor(longest.total_seconds())
    return timedelta(seconds=min(max(seconds, least), most))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or a date; None if there is none that can be read."""
    wish = (header or "").strip()
    if wish.isascii() and wish.isdigit():
        return min(timedelta(seconds=int(wish[:12])), _LONGEST_WISH)
    try:
        until = parsedate_to_datetime(wish)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _LONGEST_WISH)
