"""What there is to say of an alert, in order, before anybody decides how it looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import Alert, Document, Match, Notice, Provenance, Reason, Severity
from monitor.model.telling import Copy
from monitor.notify.legible import Span, Text, line, lines, short, spans_on_a_line, visible
from monitor.notify.markup import site
from monitor.notify.passage import passages
from monitor.notify.phrases import ENGLISH, Phrases

#: Most sources are polled every five minutes; twice that is not yet late.
LATE = timedelta(minutes=10)
#: Clocks of other people are a little wrong; a date further ahead than this is a mistake.
AHEAD = timedelta(minutes=15)
#: Further rules, and copies, that are named; of more only the number.
ALSO = 8
COPIES = 12

_TITLE = 150
_HEADLINE = 300
_SHORT_TEXT = 400
_SHORT_POST = 600
_PARAGRAPHS = 12
_NAME = 120
_URL = 2000
_SHORT_URL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """A further rule that the same document satisfies."""

    severity: Severity
    title: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Whose words: a source as readers know it."""

    name: str
    flag: str  #: "" where the country has none
    country: str
    kind: str
    side: str  #: "Russian state media"


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another document of the story."""

    source: Speaker
    title: str
    time: str
    url: str | None
    lag: str = ""  #: how much later than that one this alert's document was


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An alert or a notice as every receiver shows it. All text in it is legible."""

    severity: Severity
    heading: str  #: the loudest rule, or the subject of a notice
    ref: str  #: short and stable
    rule: str = ""  #: the id of the loudest
    tags: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    more: int = 0  #: rules beyond those
    source: Speaker | None = None
    author: str = ""  #: from whom the source passes it on
    headline: Text = ()
    body: tuple[Text, ...] = ()
    quoted: bool = False  #: whether the body is theirs, not ours
    when: tuple[str, ...] = ()
    edited: bool = False
    first: Other | None = None  #: who had it before
    copies: tuple[Other, ...] = ()
    more_copies: int = 0  #: beyond those
    story: str = ""
    url: str | None = None
    site: str = ""  #: where the link leads
    repeat: bool = False


def card(
    about: Alert | Notice,
    *,
    zone: ZoneInfo,
    repeat: bool = False,
    say: Phrases = ENGLISH,
    copies: int = COPIES,
) -> Card:
    """Return what to say about it; always the same for the same arguments."""
    if isinstance(about, Notice):
        return _notice(about, zone=zone, repeat=repeat, say=say)
    loudest, *others = about.matches
    document, story = about.document, about.story
    url, host = link(document.url)
    headline, body = _words(about)
    told = [one for one in story.copies if one.ref != about.ref] if story else []
    earlier = story.first if story and story.first.ref != about.ref else None
    told = [one for one in told if earlier is None or one.ref != earlier.ref]
    return Card(
        severity=loudest.severity,
        heading=title_of(loudest),
        ref=about.ref,
        rule=loudest.rule,
        tags=tuple(loudest.tags),
        also=tuple(_also(match) for match in others[:ALSO]),
        more=len(others[ALSO:]),
        source=speaker(about.source, say),
        author=short(document.forwarded_from or "", _NAME),
        headline=headline,
        body=body,
        quoted=True,
        when=tuple(_when(about, zone, say)),
        edited=_is_edited(about),
        first=other(earlier, about, zone, say) if earlier else None,
        copies=tuple(other(one, about, zone, say) for one in told[:copies]),
        more_copies=len(told[copies:]),
        story=story.ref if story else "",
        url=url,
        site=host,
        repeat=repeat,
    )


def title_of(match: Match) -> str:
    """Return what a rule is called."""
    return short(match.title, _TITLE) or match.rule


def title_of_document(document: Document, room: int, say: Phrases) -> str:
    """Return what a document is called in a line: never nothing."""
    for words in (document.title, document.text, site(document.url)):
        if visible(shown := short(words, room)):
            return shown
    return say.no_words


def speaker(source: Provenance, say: Phrases) -> Speaker:
    """Return a source as readers know it."""
    return Speaker(
        name=short(source.name, _NAME) or source.id,
        flag=flag(source.country),
        country=source.country,
        kind=source.kind.value,
        side=say.side(source.country, source.kind),
    )


def other(copy: Copy, alert: Alert, zone: ZoneInfo, say: Phrases) -> Other:
    """Return another document of an alert's story as its message names it."""
    later = at(alert) - copy.at
    return Other(
        source=speaker(copy.source, say),
        title=short(copy.title, _TITLE),
        time=say.time(copy.at, alert.raised_at, zone),
        url=link(copy.url, _SHORT_URL)[0],
        lag=say.lag(later) if later >= timedelta(minutes=1) else "",
    )


def at(alert: Alert) -> datetime:
    """Return when it was said or, where nobody says or it cannot be, when it was seen."""
    published, seen = alert.document.published_at, alert.document.seen_at
    return seen if published is None or published > seen + AHEAD else published


def _notice(notice: Notice, *, zone: ZoneInfo, repeat: bool, say: Phrases) -> Card:
    return Card(
        severity=notice.severity,
        heading=line(notice.subject) or say.notice,
        ref=notice.ref,
        body=tuple((Span(each),) for each in lines(notice.text)) if notice.text.strip() else (),
        when=(say.clock(notice.raised_at, notice.raised_at, zone),),
        repeat=repeat,
    )


def _also(match: Match) -> Also:
    return Also(severity=match.severity, title=title_of(match), tags=tuple(match.tags))


def _words(alert: Alert) -> tuple[Text, tuple[Text, ...]]:
    """Return the headline and the passages; a post without a headline speaks for itself."""
    title, text = alert.document.title.strip(), alert.document.text
    told = passages(alert.document.title, "title", alert.matches, whole=_HEADLINE)
    headline = spans_on_a_line(_joined(told)) if title else ()
    whole = _SHORT_TEXT if title else _SHORT_POST
    body = [
        spans_on_a_line(each)
        for passage in passages(text, "text", alert.matches, whole=whole)
        for each in _paragraphs(passage)
    ]
    repeats_title = len(body) == 1 and _letters(body[0]) == _letters(headline)
    return headline, () if repeats_title else tuple(each for each in body if each)


def _joined(pieces: Iterable[Text]) -> list[Span]:
    joined: list[Span] = []
    for piece in pieces:
        joined += [Span(" "), *piece] if joined else piece
    return joined


def _paragraphs(text: Text) -> list[Text]:
    """Divide at line ends, so that a short post keeps its shape; but not into a tower."""
    paragraphs: list[list[Span]] = [[]]
    for span in text:
        first, *rest = span.text.replace("\r", "\n").split("\n")
        paragraphs[-1].append(Span(first, span.bold))
        paragraphs += [[Span(each, span.bold)] for each in rest]
    filled = [tuple(each) for each in paragraphs if "".join(s.text for s in each).strip()]
    return filled if len(filled) <= _PARAGRAPHS else [text]


def _letters(text: Text) -> str:
    return "".join(filter(str.isalnum, "".join(span.text for span in text))).casefold()


def flag(country: str) -> str:
    """Return the flag of a country; "" where it has none."""
    letters = country.upper()
    if len(letters) != 2 or not all("A" <= letter <= "Z" for letter in letters):
        return ""
    return "".join(chr(ord(letter) - ord("A") + 0x1F1E6) for letter in letters)


def link(url: str, longest: int = _URL) -> tuple[str | None, str]:
    """Return the address and its host as people read it; None where it cannot be a link."""
    host = site(url)
    plain = url.isprintable() and " " not in url and len(url) <= longest
    if not (plain and host and url.lower().startswith(("http://", "https://"))):
        return None, ""
    return url, short(host, _NAME)


def _is_edited(alert: Alert) -> bool:
    return alert.revision > 1 or alert.reason is Reason.NEW_RULE


def _when(alert: Alert, zone: ZoneInfo, say: Phrases) -> Iterable[str]:
    published, seen, now = alert.document.published_at, alert.document.seen_at, alert.raised_at
    if published is None:
        yield say.undated.format(say.clock(seen, now, zone))
    elif published > seen + AHEAD:
        yield say.dated.format(say.clock(published, now, zone))
    else:
        yield say.clock(published, now, zone)
    if _is_edited(alert):
        # When the edit was made nobody says; when we saw it says how late it can be.
        seen_at = say.time(seen, now, zone)
        yield say.edited if published is None else say.edited_seen.format(seen_at)
    elif published is not None and seen - published > LATE:
        yield say.late.format(say.span(seen - published))
