"""The terminal: an alert for eyes that have been awake for a while."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.style import Style
from rich.text import Text

from monitor.errors import RetryLater
from monitor.model import Delivery, Severity
from monitor.notify.card import Also, Card
from monitor.notify.legible import Text as Spans
from monitor.notify.message import MARKS, REPEAT, Part, card, tagged

COLOURS = {
    Severity.INFO: "dim",
    Severity.LOW: "blue",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "bold dark_orange",
    Severity.CRITICAL: "bold red",
}
#: Longer rows are hard to read, however wide the window.
WIDEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed(Part):
    text: Text  #: with its colours


class ConsoleSender:
    """Prints each alert as it comes."""

    chat = None
    edits = False

    def __init__(self, console: Console, *, zone: ZoneInfo) -> None:
        """Print to this console; colours and links only where it is a terminal."""
        self._console = console
        self._zone = zone

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the one message, as it will stand there."""
        shown = card(delivery.about, zone=self._zone, repeat=delivery.uncertain)
        rows = rendered(shown, width=self._console.width, terminal=self._console.is_terminal)
        text = Text("\n").join(rows)
        return (_Printed(html="", plain=text.plain, text=text),)

    async def send(self, part: Part) -> str:
        """Print it, with an empty line after it."""
        text = part.text if isinstance(part, _Printed) else Text(part.plain)
        try:
            # Through the console, not beside it: a progress bar may be moving there.
            self._console.print(text, end="\n\n", soft_wrap=True, highlight=False)
        except OSError as error:
            raise RetryLater(f"cannot print: {error.strerror}") from error
        return "printed"

    async def close(self) -> None:
        """Leave the terminal open: it is not ours."""


def rendered(card: Card, *, width: int, terminal: bool) -> list[Text]:
    """Return the rows to print, none wider than `width` but a written-out address.

    Where there is no terminal to show bold words, *asterisks* do.
    """
    rows = [Text(REPEAT, "bold")] if card.repeat else []
    rows += _wrapped(_heading(card), width, hang=3)
    for also in card.also:
        rows += _wrapped(_also(also), width, hang=3)
    inside = min(width, WIDEST) - 3
    body = [Text(f"and {card.more} more rules", "dim")] if card.more else []
    if card.origin:
        body += _wrapped(Text(" · ".join(card.origin), "cyan"), inside)
    if card.headline:
        body += _wrapped(_spans(card.headline, terminal=terminal), inside)
    for text in card.body:
        body += _quoted(_spans(text, terminal=terminal), inside, mark="│ " * card.quoted)
    body += _foot(card, inside, terminal=terminal)
    return rows + [Text("   ") + row if row else row for row in body]


def _wrapped(text: Text, width: int, hang: int = 0) -> list[Text]:
    """Wrap at words; rows after the first hang in by some spaces."""
    console = Console(width=width, file=io.StringIO())
    first, *rest = text.wrap(console, max(width - hang, 10)) or [Text()]
    rows = [first, *(Text(" " * hang) + row for row in rest)]
    for row in rows:
        row.rstrip()
    return rows


def _quoted(text: Text, width: int, mark: str) -> list[Text]:
    return [Text.assemble((mark, "dim"), row) for row in _wrapped(text, width - len(mark))]


def _heading(card: Card) -> Text:
    loudness = (card.severity.value.upper(), COLOURS[card.severity])
    return Text.assemble(f"{MARKS[card.severity]} ", loudness, "  ", (card.heading, "bold"))


def _also(also: Also) -> Text:
    return Text.assemble(f"{MARKS[also.severity]} also {also.title} ", (tagged(also.tags), "dim"))


def _spans(spans: Spans, *, terminal: bool) -> Text:
    text = Text()
    for span in spans:
        if span.bold and not terminal:
            text.append(f"*{span.text}*")
        else:
            text.append(span.text, "bold reverse" if span.bold else "")
    return text


def _foot(card: Card, width: int, *, terminal: bool) -> list[Text]:
    words = filter(None, [*card.when, f"#{card.ref}", tagged(card.tags)])
    foot = _wrapped(Text(" · ".join(words), "dim"), width)
    if card.url is None:
        return foot
    # Written out in any case: not every terminal that is one knows links.
    return [*foot, Text(card.url, Style(link=card.url) if terminal else "")]
