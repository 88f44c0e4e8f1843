"""When a source is polled next."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Outcome

_LONGEST_BACK_OFF = timedelta(hours=1)
_LONGEST_WISH = timedelta(hours=24)
_JITTER = 0.1


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
