"""Alerts and notices to say, written for the tests."""

import re
from datetime import UTC, datetime, timedelta

from monitor.model import (
    Alert,
    Delivery,
    Document,
    Hit,
    Kind,
    Match,
    Notice,
    Provenance,
    Reason,
    Severity,
    State,
)

NOON = datetime(2022, 9, 10, 9, 0, tzinfo=UTC)  # 12:00 in Kyiv
RIA = Provenance(id="ria", name="РИА Новости", country="ru", kind=Kind.STATE, language="ru")
HEADLINE = "Минобороны объявило о перегруппировке войск под Изюмом"
TEXT = (
    "На брифинге говорили о работе авиации. Принято решение перегруппировать войска, стоящие у"
    " Балаклеи и Изюма. Вопросов журналисты не задавали."
)


def match(
    *words: str,
    rule: str = "reshuffling",
    title: str = "Retreat called “reshuffling”",
    severity: Severity = Severity.HIGH,
    tags: tuple[str, ...] = (),
) -> Match:
    """Return a match without its hits: `alert` finds the words."""
    hits = tuple(Hit(field="", start=0, end=0, text="", term=word) for word in words)
    return Match(rule=rule, title=title, severity=severity, tags=tags, hits=hits)


def alert(
    title: str = HEADLINE,
    text: str = TEXT,
    *matches: Match,
    source: Provenance = RIA,
    published: datetime | None = NOON,
    seen: timedelta = timedelta(minutes=2),
    revision: int = 1,
    forwarded_from: str | None = None,
    url: str = "https://ria.example/20220910/1.html",
    ref: str = "k3f9q2",
) -> Alert:
    """Return an alert whose matches hit every occurrence of their words (regular expressions)."""
    seen_at = (published or NOON) + seen
    found = matches or (match("перегруппиров\\w+"),)
    return Alert(
        id=1,
        ref=ref,
        document=Document(
            source=source.id,
            uid=url,
            url=url,
            title=title,
            text=text,
            language="ru",
            published_at=published,
            seen_at=seen_at,
            forwarded_from=forwarded_from,
            raw=text.encode(errors="replace"),
        ),
        revision=revision,
        source=source,
        matches=tuple(_with_hits(each, title, text) for each in found),
        reason=Reason.FIRST if revision == 1 else Reason.NEW_RULE,
        raised_at=seen_at,
    )


def notice(text: str = "ria: HTTP 403 since 08:12", subject: str = "ria cannot be read") -> Notice:
    return Notice(
        id=2, ref="n2", subject=subject, text=text, severity=Severity.MEDIUM, raised_at=NOON
    )


def delivery(about: Alert | Notice, **how) -> Delivery:
    given = {"id": 7, "receiver": "desk", "state": State.SENDING, **how}
    return Delivery(about=about, **given)


def _with_hits(each: Match, title: str, text: str) -> Match:
    hits = [
        Hit(field=field, start=m.start(), end=m.end(), text=m[0], term=word.term)
        for field, where in (("text", text), ("title", title))
        for word in each.hits
        for m in re.finditer(word.term, where)
        if m[0]
    ]
    return Match(
        rule=each.rule,
        title=each.title,
        severity=each.severity,
        tags=each.tags,
        hits=tuple(sorted(hits)),
    )
