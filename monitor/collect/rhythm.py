"""How a source speaks: its last two weeks, and how long it is silent as a rule."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from monitor.model import Day, Rhythm

_REMEMBERED = timedelta(days=14)
# Enough to have seen a weekend, and more than chance.
_DAYS, _DOCUMENTS = timedelta(days=7), 20
_SHORTEST = timedelta(hours=2)


def learned(
    rhythm: Rhythm,
    before: datetime | None,
    times: Iterable[datetime],
    today: date,
    *,
    missed: bool = False,
) -> Rhythm:
    """Return the rhythm with what was said at these times; `before` is when it last spoke.

    What was said earlier than that is no news. Where some of what came in between was `missed`,
    the silence since then is not known. A silence that had to be taken for a failure counts only
    for as long as it took to be one: a source that was dead for a week is not allowed to be
    silent for two from then on.
    """
    news = sorted(time for time in times if before is None or time >= before)
    if not news:
        return rhythm
    since = today - _REMEMBERED
    counts = Counter({day.date: day.news for day in rhythm})
    longest = {day.date: day.longest for day in rhythm}
    counts.update(_day(time) for time in news)
    usual = _usual(rhythm)
    known = news if before is None or missed else [before, *news]
    for earlier, later in pairwise(known):
        silence = later - earlier
        if usual is not None:
            silence = min(silence, too_long(usual))
        longest[_day(later)] = max(longest.get(_day(later), timedelta()), silence)
    return tuple(
        Day(date=day, news=counts[day], longest=longest.get(day, timedelta()))
        for day in sorted(counts)
        if since < day <= today
    )


def expected(rhythm: Rhythm, configured: timedelta | None) -> timedelta | None:
    """Return how long a source is silent at the most, as a rule; None where nobody knows.

    That is the longest silence of two weeks once they hold enough, before that what the
    configuration says.
    """
    usual = _usual(rhythm)
    return configured if usual is None else usual


def too_long(usual: timedelta) -> timedelta:
    """Return how long a source must be silent until that cannot be right."""
    return max(_SHORTEST, 2 * usual)


def said_on(rhythm: Sequence[Day], day: date) -> int:
    """Return how much was said on a day."""
    return next((one.news for one in rhythm if one.date == day), 0)


def _usual(rhythm: Rhythm) -> timedelta | None:
    """Return the longest silence, once the rhythm is long enough to know it."""
    if not rhythm or rhythm[-1].date - rhythm[0].date < _DAYS:
        return None
    if sum(day.news for day in rhythm) < _DOCUMENTS:
        return None
    return max(day.longest for day in rhythm)


def _day(time: datetime) -> date:
    return time.astimezone(UTC).date()
