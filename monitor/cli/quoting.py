"""A document in a few rows: when, where, what it says with the words that matched, its link."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import Final

from rich.text import Text

from monitor.model import Match
from monitor.notify.legible import Span, line, spans_on_a_line
from monitor.notify.passage import passages

#: Longer rows are hard to read, however wide the window.
WIDEST = 100
#: What the languages that are told are called.
LANGUAGE_NAMES: Final[Mapping[str, str]] = {
    "ru": "Russian",
    "uk": "Ukrainian",
    "be": "Belarusian",
    "bg": "Bulgarian",
    "sr": "Serbian",
    "mk": "Macedonian",
    "kk": "Kazakh",
    "pl": "Polish",
    "en": "English",
}
_HIT = "bold black on yellow"
_WHOLE = 160  # characters of a title or text that are not cut


def said(title: str, text: str, match: Match, *, terminal: bool) -> list[Text]:
    """Return the title, and the passage that shows most; or only one of them where it is enough.

    Where there is no terminal to show bold words, *asterisks* do.
    """
    rows = []
    if title:
        rows.append(_joined(passages(title, "title", [match], len(title)), terminal=terminal))
    if not title or any(hit.field == "text" for hit in match.hits):
        rows.append(_joined(passages(text, "text", [match], _WHOLE)[:1], terminal=terminal))
    return [row for row in rows if row]


def at(moment: datetime | None, zone: tzinfo) -> str:
    """Return a moment as `--since` takes it."""
    if moment is None:
        return "undated"
    with suppress(OverflowError):  # the year 1 or 9999, as some feeds say
        moment = moment.astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M}"


def plain(text: str) -> str:
    """Return foreign text on one line, fit to be shown."""
    return line(text)


def _joined(texts: tuple[tuple[Span, ...], ...], *, terminal: bool) -> Text:
    row = Text()
    for span in spans_on_a_line([span for spans in texts for span in spans]):
        if span.bold and not terminal:
            row.append(f"*{span.text}*")
        else:
            row.append(span.text, _HIT if span.bold else "")
    return row
