"""What there is to say, in order, before anybody decides how it looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.model import Alert, Document, Match, Notice, Provenance, Reason, Severity
from monitor.notify.legible import Span, Text, clipped, line, lines, spans_on_a_line
from monitor.notify.passage import passages

#: Most sources are polled every five minutes; twice that is not yet late.
LATE = timedelta(minutes=10)
#: Clocks of other people are a little wrong; a date further ahead than this is a mistake.
AHEAD = timedelta(minutes=15)
#: Further rules that are named; of more only the number.
ALSO = 8

_HEADLINE = 300
_SHORT_TEXT = 400
_SHORT_POST = 600
_PARAGRAPHS = 12
_NAME = 120
_URL = 2000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """A further rule that the same document satisfies."""

    severity: Severity
    title: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An alert or a notice as every receiver shows it. All text in it is legible."""

    severity: Severity
    heading: str  #: the loudest rule, or the subject of a notice
    ref: str  #: short and stable
    tags: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    more: int = 0  #: rules beyond those
    origin: tuple[str, ...] = ()  #: whose words: name with flag, kind, forwarded from whom
    headline: Text = ()
    body: tuple[Text, ...] = ()
    quoted: bool = False  #: whether the body is theirs, not ours
    when: tuple[str, ...] = ()
    url: str | None = None
    site: str = ""  #: where the link leads
    repeat: bool = False


def card(about: Alert | Notice, *, zone: ZoneInfo, repeat: bool) -> Card:
    """Return what to say about it; always the same for the same arguments."""
    if isinstance(about, Notice):
        return _notice(about, zone=zone, repeat=repeat)
    loudest, *others = about.matches
    document = about.document
    url, site = _link(document.url)
    headline, body = _words(about)
    return Card(
        severity=loudest.severity,
        heading=line(loudest.title) or loudest.rule,
        ref=about.ref,
        tags=tuple(loudest.tags),
        also=tuple(_also(match) for match in others[:ALSO]),
        more=len(others[ALSO:]),
        origin=_origin(about.source, document),
        headline=headline,
        body=body,
        quoted=True,
        when=tuple(_when(about, zone)),
        url=url,
        site=site,
        repeat=repeat,
    )


def _notice(notice: Notice, *, zone: ZoneInfo, repeat: bool) -> Card:
    return Card(
        severity=notice.severity,
        heading=line(notice.subject) or "Notice",
        ref=notice.ref,
        body=tuple((Span(each),) for each in lines(notice.text)) if notice.text.strip() else (),
        when=(_clock(notice.raised_at, notice.raised_at, zone),),
        repeat=repeat,
    )


def _also(match: Match) -> Also:
    title = line(match.title) or match.rule
    return Also(severity=match.severity, title=title, tags=tuple(match.tags))


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


def _origin(source: Provenance, document: Document) -> tuple[str, ...]:
    name = clipped(line(source.name), _NAME) or source.id
    origin = (f"{_flag(source.country)} {name}".strip(), source.kind.value)
    author = clipped(line(document.forwarded_from or ""), _NAME)
    return (*origin, f"forwarded from {author}") if author else origin


def _flag(country: str) -> str:
    letters = country.upper()
    if len(letters) != 2 or not all("A" <= letter <= "Z" for letter in letters):
        return ""
    return "".join(chr(ord(letter) - ord("A") + 0x1F1E6) for letter in letters)


def _link(url: str) -> tuple[str | None, str]:
    """Return the address and its host as people read it; None where it cannot be a link."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None, ""
    plain = url.isprintable() and " " not in url and len(url) <= _URL
    if not (plain and host and url.lower().startswith(("http://", "https://"))):
        return None, ""
    return url, clipped(line(host.removeprefix("www.")), _NAME)


def _when(alert: Alert, zone: ZoneInfo) -> Iterable[str]:
    document = alert.document
    published, seen = document.published_at, document.seen_at
    if published is None:
        yield f"undated, seen {_clock(seen, alert.raised_at, zone)}"
    elif published > seen + AHEAD:
        yield f"dated {_clock(published, alert.raised_at, zone)} (?)"
    else:
        yield _clock(published, alert.raised_at, zone)
    if alert.revision > 1 or alert.reason is Reason.NEW_RULE:
        # When the edit was made nobody says; when we saw it says how late it can be.
        yield (
            "edited" if published is None else f"edited, seen {_time(seen, alert.raised_at, zone)}"
        )
    elif published is not None and seen - published > LATE:
        yield f"seen {_span(seen - published)} late"


def _clock(moment: datetime, raised_at: datetime, zone: ZoneInfo) -> str:
    name = moment.astimezone(zone).tzname() or ""
    name = f"UTC{name}" if name.startswith(("+", "-")) else name
    return f"{_time(moment, raised_at, zone)} {name}"


def _time(moment: datetime, raised_at: datetime, zone: ZoneInfo) -> str:
    """Return the time there, with the date unless it was raised on the same day."""
    there, today = moment.astimezone(zone), raised_at.astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    year = "" if there.year == today.year else f" {there.year}"
    return f"{there.day} {_MONTHS[there.month - 1]}{year}, {there:%H:%M}"


def _span(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
