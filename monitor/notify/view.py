"""What a template may say of an alert: every variable, in the language of its reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from markupsafe import Markup, escape

from monitor.model import Severity
from monitor.notify.card import Card, Other
from monitor.notify.legible import Text, short
from monitor.notify.phrases import Phrases

#: A rule has few tags, and short ones; whatever else it says must not crowd out the news.
_TAG = 40
_TAGS = 10
MARKS: Final = {
    Severity.INFO: "⚪",
    Severity.LOW: "🔵",
    Severity.MEDIUM: "🟡",
    Severity.HIGH: "🟠",
    Severity.CRITICAL: "🔴",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A further rule."""

    mark: str
    severity: str
    level: str
    rule: str
    tags: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose words."""

    name: str
    flag: str
    country: str
    kind: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Another document of the story."""

    name: str
    side: str
    flag: str
    title: str
    time: str
    lag: str
    url: str
    link: Markup  #: its source, leading to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The fixed words."""

    also: str
    first: str
    edited: str
    no_link: str
    no_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The variables, by name."""

    mark: str  #: 🟠
    severity: str  #: "High", in the reader's language
    level: str  #: the same for programs: "high"
    rule: str  #: the title of the loudest rule
    rule_id: str
    tags: Sequence[str]  #: "#euphemism"
    also: Sequence[Rule]  #: further rules, at most eight
    more: int  #: how many more there are
    more_rules: str  #: "and 3 more rules", or nothing
    source: Source
    author: str  #: from whom the source passes it on, or nothing
    forwarded: str  #: "forwarded from …", or nothing
    headline: Markup  #: with the words that matched in bold; nothing for most posts
    lead: Markup  #: the headline or, of a post, the paragraph that matched; never nothing
    body: Sequence[Markup]  #: the passages that matched
    when: Sequence[str]  #: "12:00 EEST", and what is odd about it
    edited: bool
    first: Said | None  #: who had it before
    copies: Sequence[Said]  #: who said it, too
    more_copies: str  #: "and 7 more", or nothing
    url: str  #: or nothing
    site: str  #: where it leads
    link: Markup  #: the site, leading there, or "no link"
    ref: str  #: "k3f9q2"
    story: str  #: "s17", or nothing
    language: str  #: en, uk, ru
    say: Words


NAMES: Final = tuple(each.name for each in fields(View))


def variables(card: Card, say: Phrases) -> Mapping[str, object]:
    """Return what an alert's template is filled with."""
    source = card.source
    view = View(
        mark=MARKS[card.severity],
        severity=say.severities[card.severity],
        level=card.severity.value,
        rule=card.heading,
        rule_id=card.rule,
        tags=hashtags(card.tags),
        also=tuple(
            Rule(
                mark=MARKS[one.severity],
                severity=say.severities[one.severity],
                level=one.severity.value,
                rule=one.title,
                tags=hashtags(one.tags),
            )
            for one in card.also
        ),
        more=card.more,
        more_rules=say.many(card.more, say.more_rules) if card.more else "",
        source=Source(
            name=source.name if source else "",
            flag=source.flag if source else "",
            country=source.country if source else "",
            kind=source.kind if source else "",
            side=source.side if source else "",
        ),
        author=card.author,
        forwarded=say.forwarded.format(card.author) if card.author else "",
        headline=bold(card.headline),
        lead=bold(_lead(card)) or escape(say.no_words),
        body=tuple(map(bold, card.body)),
        when=card.when,
        edited=card.edited,
        first=_said(card.first) if card.first else None,
        copies=tuple(map(_said, card.copies)),
        more_copies=say.many(card.more_copies, say.more_copies) if card.more_copies else "",
        url=card.url or "",
        site=card.site,
        link=linked(card.site, card.url) if card.url else escape(say.no_link),
        ref=card.ref,
        story=card.story,
        language=say.code,
        say=Words(
            also=say.also,
            first=say.first,
            edited=say.edited,
            no_link=say.no_link,
            no_words=say.no_words,
        ),
    )
    return {name: getattr(view, name) for name in NAMES}


def _lead(card: Card) -> Text:
    matched = [text for text in card.body if any(span.bold for span in text)]
    return next((text for text in (card.headline, *matched, *card.body) if text), ())


def bold(text: Text) -> Markup:
    """Return it as HTML."""
    pieces = (
        Markup("<b>{}</b>").format(span.text) if span.bold else escape(span.text) for span in text
    )
    return Markup("").join(pieces)


def linked(words: str, url: str | None) -> Markup:
    """Return words that lead there, or lead nowhere."""
    return Markup('<a href="{}">{}</a>').format(url, words) if url else escape(words)


def hashtags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as Telegram makes them searchable."""
    words = (short(tag, _TAG).replace("-", "_").replace(" ", "_") for tag in tags)
    return tuple(f"#{word}" for word in list(words)[:_TAGS] if word)


def tagged(tags: Iterable[str]) -> str:
    """Return tags on one line."""
    return " ".join(hashtags(tags))


def _said(other: Other) -> Said:
    return Said(
        name=other.source.name,
        side=other.source.side,
        flag=other.source.flag,
        title=other.title,
        time=other.time,
        lag=other.lag,
        url=other.url or "",
        link=linked(other.source.name, other.url),
    )
