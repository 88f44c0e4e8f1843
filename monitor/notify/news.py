"""What has joined a story of which a receiver has heard: with a sound, or without."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from monitor.model import Alert, Match
from monitor.model.telling import News
from monitor.notify.card import (
    Card,
    Other,
    at,
    flag,
    link,
    other,
    speaker,
    title_of,
    title_of_document,
)
from monitor.notify.legible import spans_on_a_line
from monitor.notify.passage import passages
from monitor.notify.phrases import Phrases
from monitor.notify.view import MARKS, bold, linked, tagged

_TITLE = 220
_UP = "▲"
#: More than these only the alert's own page tells.
_RULES = 5


def copies(card: Card, say: Phrases) -> str:
    """Return, as HTML, who else has said it: a short answer to the message that did."""
    rows = []
    if card.first:
        lag = f", {card.first.lag}" if card.first.lag else ""
        rows.append(Markup("{}: {}{}").format(say.first, _named(card.first), lag))
    if card.copies:
        named = Markup(" · ").join(map(_named, card.copies))
        more = f" {say.many(card.more_copies, say.more_copies)}" if card.more_copies else ""
        rows.append(Markup("{}: {}{}").format(say.also, named, more))
    return Markup("\n").join([*rows, f"#{card.ref}"])


def news(alert: Alert, zone: ZoneInfo, say: Phrases) -> str:
    """Return, as HTML, what is new: who says it now, by which rules, how loud it has become."""
    return Markup("\n").join(_news(alert, alert.news or News(), zone, say))


def _named(copy: Other) -> Markup:
    return Markup("{} {}").format(linked(copy.source.name, copy.url), copy.time)


def _news(alert: Alert, added: News, zone: ZoneInfo, say: Phrases) -> Iterator[Markup]:
    yield _heading(alert, added, zone, say)
    own = (alert.source.country, alert.source.kind)
    for country, kind in added.sides:
        if (country, kind) != own:
            who = f"{flag(country)} {say.now_also}".lstrip()
            yield Markup("{} <b>{}</b>").format(who, say.side(country, kind))
    further = [match for match in alert.matches if match.rule in set(added.rules)]
    for match in further[:_RULES]:
        title = Markup("<b>{}</b> {}").format(title_of(match), tagged(match.tags))
        yield Markup("{} {}: {}").format(MARKS[match.severity], say.further_rule, title.rstrip())
    if further[_RULES:]:
        yield escape(say.many(len(further[_RULES:]), say.more_rules))
    if added.severity:
        name = Markup("<b>{}</b>").format(say.severities[added.severity].lower())
        yield Markup("{} {}").format(_UP, escape(say.raised).format(name))
    yield Markup("")
    url, site = link(alert.document.url)
    yield linked(title_of_document(alert.document, _TITLE, say), url)
    yield from _quoted(alert, further)
    edited = [say.edited_seen.format(say.time(alert.document.seen_at, alert.raised_at, zone))]
    foot = [site if url else say.no_link, *(edited if alert.revision > 1 else ()), f"#{alert.ref}"]
    yield escape(" · ".join(foot))


def _heading(alert: Alert, added: News, zone: ZoneInfo, say: Phrases) -> Markup:
    """Return who says it, when, and how much later than the first of them."""
    source, mark = speaker(alert.source, say), MARKS[alert.severity]
    when = say.time(at(alert), alert.raised_at, zone)
    lag = ""
    if alert.story and alert.story.first.ref != alert.ref:
        lag = other(alert.story.first, alert, zone, say).lag
    rest = ", ".join(filter(None, [when, lag]))
    if (alert.source.country, alert.source.kind) in added.sides:
        who = f"{source.flag} {say.now_also}".lstrip()
        return Markup("{} {} <b>{}</b>: {}, {}").format(mark, who, source.side, source.name, rest)
    who = f"{source.flag} {source.name}".strip()
    return Markup("{} {} · {}, {}").format(mark, who, source.side, rest)


def _quoted(alert: Alert, further: list[Match]) -> Iterator[Markup]:
    """Yield the passage that satisfies the further rules, where there are any."""
    if not any(hit.field == "text" for match in further for hit in match.hits):
        return
    for passage in passages(alert.document.text, "text", further, whole=_TITLE)[:1]:
        yield Markup("<blockquote>{}</blockquote>").format(bold(spans_on_a_line(passage)))
