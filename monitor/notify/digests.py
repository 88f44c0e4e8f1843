"""A day or a week in words, to stand under its picture."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from monitor.model.telling import Digest, Period, TopStory
from monitor.notify.card import link, speaker
from monitor.notify.dividing import Row, bold, paged, same
from monitor.notify.legible import short, units, visible
from monitor.notify.markup import Entity, Marked
from monitor.notify.phrases import Phrases
from monitor.notify.view import MARKS

#: What Telegram takes under a picture, after its entities are parsed.
CAPTION = 1024
_RULES = 10
_BLIND = 12
_ROW = 60
_STORIES = 10
_TITLE = 90


def pages(
    told: Digest, zone: ZoneInfo, say: Phrases, *, limit: int, reserve: int
) -> tuple[tuple[Row, ...], ...]:
    """Return the lines of each message; those of the first have the room of a caption.

    The stories follow in a message of their own where they do not fit under the picture.
    """
    counts, stories = tuple(_counts(told, zone, say)), tuple(_stories(told, zone, say))
    first = (CAPTION if told.picture else limit) - reserve
    both = paged((*counts, *stories), limit - reserve, first=first)
    if len(both) > 1:
        both = (*paged(counts, limit - reserve, first=first), *paged(stories, limit - reserve))
    return tuple(map(tuple, both))


def rows(told: Digest, zone: ZoneInfo, say: Phrases) -> Iterator[Row]:
    """Yield all its lines, for who has room."""
    yield from _counts(told, zone, say)
    yield from _stories(told, zone, say)


def heading(told: Digest, zone: ZoneInfo, say: Phrases) -> str:
    """Return which day, or which days."""
    # Midnight ends a day and belongs to the next one.
    until = told.until - timedelta(seconds=1)
    since, last = (say.date(day, told.until, zone) for day in (told.since, until))
    if told.period is Period.DAILY and since != last:
        since, last = (say.time(time, told.raised_at, zone) for time in (told.since, told.until))
    days = since if since == last else f"{since} – {last}"
    return f"{say.periods[told.period]} · {days}"


def _counts(told: Digest, zone: ZoneInfo, say: Phrases) -> Iterator[Row]:
    yield bold(heading(told, zone, say))
    total = sum(count.total for count in told.counts)
    if total:
        by = say.many(len(told.counts), say.by_rules)
        yield same(f"{say.many(total, say.alerts)} {by}")
    else:
        yield same(say.nothing)
    for count in told.counts[:_RULES]:
        title = short(count.title, _ROW) or count.rule
        yield same(f"{MARKS[count.severity]} {count.total} · {title}")
    if told.counts[_RULES:]:
        yield same(say.many(len(told.counts[_RULES:]), say.more_rules))
    if told.blind:
        named = ", ".join(short(name, 30) for name in told.blind[:_BLIND])
        rest = told.blind[_BLIND:]
        more = f" {say.many(len(rest), say.more_blind)}" if rest else ""
        yield same("")
        yield same(f"{say.blind}: {named}{more}")


def _stories(told: Digest, zone: ZoneInfo, say: Phrases) -> Iterator[Row]:
    if not told.stories:
        return
    yield same("")
    yield bold(say.top)
    for story in told.stories[:_STORIES]:
        yield _story(story, told, zone, say)


def _story(story: TopStory, told: Digest, zone: ZoneInfo, say: Phrases) -> Row:
    before = f"{MARKS[story.severity]} "
    title = short(story.first.title, _TITLE)
    title = title if visible(title) else say.no_words
    when = say.time(story.first.at, told.until - timedelta(seconds=1), zone)
    after = f" · {speaker(story.first.source, say).name}, {when}"
    if story.sources > 1:
        after += f" · {say.many(story.sources, say.sources)}"
    url, _ = link(story.first.url)
    if url is None:
        return same(before + title + after)
    leads = Entity("a", len(before), len(before + title), url)
    plain = before + title + after
    written = f"{plain} {url}"
    return Row(Marked(plain, (leads,)), written if units(url) <= _ROW * 3 else plain)
