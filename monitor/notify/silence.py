"""Whether somebody asked for silence."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from monitor.config.matchers import Labels, Matcher, MatcherError, all_hold, matchers
from monitor.model import Silence


def silencing(labels: Labels, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """Return the silence that keeps an alert from a receiver; None where it is to be told.

    `labels` are those of the alert, with `receiver`. A silence that cannot be read, which a later
    version may have written, silences nothing.
    """
    for silence in silences:
        if silence.starts_at <= now < silence.ends_at:
            wanted = _read(tuple(silence.matchers))
            if wanted and all_hold(wanted, labels):
                return silence
    return None


@lru_cache(maxsize=2000)
def _read(texts: tuple[str, ...]) -> tuple[Matcher, ...]:
    try:
        return matchers(texts)
    except MatcherError:
        return ()
