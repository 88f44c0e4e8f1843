"""A story in words: how many told it, who was first, how long after."""

from collections.abc import Iterator
from datetime import timedelta, tzinfo

from rich.text import Text

from monitor.archive.stories import Summary, Told
from monitor.cli.checking import many
from monitor.cli.quoting import at, plain
from monitor.model import Provenance

_TITLE = 160  # characters of a title, or of a text without one
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def headline(story: Summary, zone: tzinfo) -> str:
    """Return a story on one line."""
    first = story.first.copy
    span = f", over {lasting(story.span)}" if len(story.documents) > 1 else ""
    told = f"{many(len(story.documents), 'document')} of {many(len(story.sources), 'source')}"
    return f"{story.ref}: {told}, first {first.source.name} {at(first.at, zone)}{span}"


def lasting(span: timedelta) -> str:
    """Return how long something took, in two words at most: "22 min", "1 h 50 min", "2 d 3 h"."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    large, small, names = (
        (_HOUR, _MINUTE, ("h", "min")) if seconds < _DAY else (_DAY, _HOUR, ("d", "h"))
    )
    rest = seconds % large // small
    return f"{seconds // large} {names[0]}" + (f" {rest} {names[1]}" if rest else "")


def side(source: Provenance) -> str:
    """Return who stands behind a source: "ru official"."""
    return f"{source.country} {source.kind}".strip()


def lines(story: Summary, zone: tzinfo) -> Iterator[Text]:
    """Yield a story for people: its line, then each document with its lag, rules and link."""
    yield Text(plain(headline(story, zone)), "bold")
    for rule in story.rules:
        yield Text(f"  {rule.rule} ({rule.severity}): {plain(rule.title)}")
    for told in story.documents:
        yield Text()
        yield _heading(story, told, zone)
        yield Text(f"  {plain(told.copy.title)[:_TITLE]}")
        yield Text(f"  {plain(told.copy.url)}")


def fields(story: Summary) -> dict[str, object]:
    """Return a story for programs."""
    return {
        "story": story.ref,
        "begun_at": story.begun_at.isoformat(),
        "last_at": story.last_at.isoformat(),
        "sources": len(story.sources),
        "severity": story.rules[0].severity.value if story.rules else None,
        "rules": [rule.rule for rule in story.rules],
        "documents": [_told(story, told) for told in story.documents],
    }


def _heading(story: Summary, told: Told, zone: tzinfo) -> Text:
    lag = told.copy.at - story.first.copy.at
    when = "first" if told is story.first else f"+{lasting(lag)}"
    found = ", ".join(match.rule for match in told.matches)
    loud = f"  {told.severity}: {found}" if found else ""
    source = told.copy.source
    return Text.assemble(
        (f"{at(told.copy.at, zone)}  {when}  ", "dim"),
        (source.id, "cyan"),
        f" · {plain(source.name)} ({side(source)})",
        (loud, "yellow"),
        (f"  #{told.archived.ref}", "dim"),
    )


def _told(story: Summary, told: Told) -> dict[str, object]:
    copy = told.copy
    return {
        "ref": told.archived.ref,
        "revision": told.archived.revision,
        "source": copy.source.id,
        "name": copy.source.name,
        "country": copy.source.country or None,
        "kind": copy.source.kind.value,
        "language": told.language,
        "title": copy.title,
        "url": copy.url,
        "at": copy.at.isoformat(),
        "lag_seconds": round((copy.at - story.first.copy.at).total_seconds()),
        "rules": [match.rule for match in told.matches],
        "severity": told.severity.value if told.severity else None,
    }
