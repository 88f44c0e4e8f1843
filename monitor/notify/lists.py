"""Many alerts in few messages: a line each, oldest first, each leading to its text."""

from collections.abc import Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from monitor.model import Alert
from monitor.model.telling import AlertList, Gathered
from monitor.notify.card import at, link, speaker, title_of, title_of_document
from monitor.notify.dividing import Row, bold, same
from monitor.notify.legible import short, units
from monitor.notify.markup import Entity, Marked
from monitor.notify.phrases import Phrases
from monitor.notify.view import MARKS

#: A line with its end: forty-five of them and what stands above are one message.
ROW = 88
_TITLE = 70
_SOURCE = 22


def rows(told: AlertList, zone: ZoneInfo, say: Phrases) -> Iterator[Row]:
    """Yield the heading and a line for each alert, none longer than `ROW`.

    The rule stands above where it is the same for all, the day where it is not today.
    """
    yield bold(heading(told, zone, say))
    rules = {title_of(match) for alert in told.alerts for match in alert.matches[:1]}
    if len(rules) == 1:
        yield same(short(rules.pop(), ROW - 1))
    ordered = sorted(told.alerts, key=at)
    days = groupby(ordered, key=lambda alert: at(alert).astimezone(zone).date())
    today = told.raised_at.astimezone(zone).date()
    for number, (day, alerts) in enumerate(days):
        several = list(alerts)
        if number or day != today:
            yield bold(say.date(at(several[0]), told.raised_at, zone))
        yield from (_row(alert, zone, say) for alert in several)


def heading(told: AlertList, zone: ZoneInfo, say: Phrases) -> str:
    """Return how many there are, and why they are told together."""
    alerts = say.many(len(told.alerts), say.alerts)
    raised = [alert.raised_at for alert in told.alerts]
    began = say.time(min(raised), told.raised_at, zone)
    if told.gathered is Gathered.HELD:
        return say.held.format(alerts=alerts, time=began)
    if told.gathered is Gathered.DIGEST:
        return say.since.format(alerts=alerts, time=began)
    many = say.in_time.format(alerts, say.within(max(raised) - min(raised)))
    return f"{many}: {say.together}" if told.gathered is Gathered.FLOOD else many


def _row(alert: Alert, zone: ZoneInfo, say: Phrases) -> Row:
    before = f"{MARKS[alert.severity]} {at(alert).astimezone(zone):%H:%M} "
    after = f" · {short(speaker(alert.source, say).name, _SOURCE)}"
    if others := _others(alert):
        after += f" +{len(others)}"
    url, _ = link(alert.document.url)
    ref = f" #{alert.ref}"
    room = ROW - 1 - units(before + after)
    spare = title_of_document(alert.document, min(_TITLE, room - units(ref)), say)
    plain = before + spare + after + ref
    if url is None:
        return same(plain)
    title = title_of_document(alert.document, min(_TITLE, room), say)
    leads = Entity("a", len(before), len(before + title), url)
    return Row(Marked(before + title + after, (leads,)), plain)


def _others(alert: Alert) -> set[str]:
    """Return the refs of the other documents of its story."""
    if alert.story is None:
        return set()
    told = {alert.story.first.ref, *(copy.ref for copy in alert.story.copies)}
    return told - {alert.ref}
