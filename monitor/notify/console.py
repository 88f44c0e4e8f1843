"""The terminal: an alert for eyes that have been awake for a while."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.style import Style
from rich.text import Text

from monitor.errors import RetryLater
from monitor.model import Alert, Delivery, Notice, Severity
from monitor.model.telling import AlertList, Digest, Form
from monitor.notify import digests, lists, news
from monitor.notify.card import Also, Card, Other, card, title_of_document
from monitor.notify.dividing import Row
from monitor.notify.legible import Text as Spans
from monitor.notify.legible import lines
from monitor.notify.markup import Marked, parse
from monitor.notify.message import Part
from monitor.notify.phrases import ENGLISH, PHRASES, Language, Phrases
from monitor.notify.view import MARKS, tagged

COLOURS = {
    Severity.INFO: "dim",
    Severity.LOW: "blue",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "bold dark_orange",
    Severity.CRITICAL: "bold red",
}
_SHORT = 80
#: Longer rows are hard to read, however wide the window.
WIDEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed(Part):
    text: Text  #: with its colours


class ConsoleSender:
    """Prints each alert as it comes."""

    chat = None
    edits = False

    def __init__(self, console: Console, *, zone: ZoneInfo, language: Language = "en") -> None:
        """Print to this console; colours and links only where it is a terminal."""
        self._console = console
        self._zone = zone
        self._say = PHRASES[language]

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the one message, as it will stand there."""
        text = Text("\n").join(self._rows(delivery))
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

    def _rows(self, delivery: Delivery) -> list[Text]:
        about, zone, say = delivery.about, self._zone, self._say
        repeat = [Text(say.repeat, "bold")] if delivery.uncertain else []
        match about:
            case Alert() if delivery.form is Form.COPIES:
                shown = card(about, zone=zone, say=say)
                title = title_of_document(about.document, _SHORT, say)
                copies = _marked(parse(news.copies(shown, say)))
                return [*repeat, Text.assemble((title, "dim")), *copies.split("\n")]
            case Alert() if delivery.form is Form.REPLY:
                said = _marked(parse(news.news(about, zone, say)))
                return [*repeat, *said.split("\n"), Text(about.document.url)]
            case Alert() | Notice():
                shown = card(about, zone=zone, repeat=delivery.uncertain, say=say)
                width, terminal = self._console.width, self._console.is_terminal
                return rendered(shown, width=width, terminal=terminal, say=say)
            case AlertList():
                return [*repeat, *map(_listed, lists.rows(about, zone, say))]
            case Digest():
                return [*repeat, *map(_listed, digests.rows(about, zone, say))]
        return [*repeat, *map(Text, lines(about.text))]


def rendered(card: Card, *, width: int, terminal: bool, say: Phrases = ENGLISH) -> list[Text]:
    """Return the rows to print, none wider than `width` but a written-out address.

    Where there is no terminal to show bold words, *asterisks* do.
    """
    rows = [Text(say.repeat, "bold")] if card.repeat else []
    rows += _wrapped(_heading(card, say), width, hang=3)
    for also in card.also:
        rows += _wrapped(_also(also, say), width, hang=3)
    inside = min(width, WIDEST) - 3
    body = [Text(say.many(card.more, say.more_rules), "dim")] if card.more else []
    if card.source:
        body += _wrapped(Text(_origin(card, say), "cyan"), inside)
    if card.headline:
        body += _wrapped(_spans(card.headline, terminal=terminal), inside)
    for text in card.body:
        body += _quoted(_spans(text, terminal=terminal), inside, mark="│ " * card.quoted)
    body += [row for told in _story(card, say) for row in _wrapped(told, inside)]
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


def _heading(card: Card, say: Phrases) -> Text:
    loudness = (say.severities[card.severity].upper(), COLOURS[card.severity])
    return Text.assemble(f"{MARKS[card.severity]} ", loudness, "  ", (card.heading, "bold"))


def _also(also: Also, say: Phrases) -> Text:
    tags = (tagged(also.tags), "dim")
    return Text.assemble(f"{MARKS[also.severity]} {say.also} {also.title} ", tags)


def _origin(card: Card, say: Phrases) -> str:
    if card.source is None:
        return ""
    who = f"{card.source.flag} {card.source.name}".strip()
    author = [say.forwarded.format(card.author)] if card.author else []
    return " · ".join([who, card.source.side, *author])


def _story(card: Card, say: Phrases) -> list[Text]:
    """Return who had it before, and who has said it since."""
    told = []
    if card.first:
        lag = f", {card.first.lag}" if card.first.lag else ""
        told.append(Text(f"{say.first}: {_other(card.first)}{lag}"))
    if card.copies:
        more = [say.many(card.more_copies, say.more_copies)] if card.more_copies else []
        told.append(Text(f"{say.also}: {' · '.join([*map(_other, card.copies), *more])}"))
    return told


def _other(other: Other) -> str:
    return f"{other.source.name} {other.time}"


def _listed(row: Row) -> Text:
    """Return a line of a list: its reference written out, its title leading to its text."""
    links = [each for each in row.marked.entities if each.kind == "a"]
    bold = any(each.kind == "b" for each in row.marked.entities)
    return Text(row.plain, Style(bold=bold, link=links[0].value if links else None))


def _marked(marked: Marked) -> Text:
    text = Text(marked.text)
    for each in marked.entities:
        if each.kind == "b":
            text.stylize("bold", each.start, each.end)
        elif each.kind == "a":
            text.stylize(Style(link=each.value), each.start, each.end)
    return text


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
