"""What a search found, printed: for people, for programs, for spreadsheets."""

import csv
import io
import json
import sys
from enum import StrEnum
from zoneinfo import ZoneInfo

from rich.text import Text

from monitor.app.asking import Found
from monitor.archive.stories import Summary
from monitor.cli.environment import out
from monitor.cli.lines import hit_shape
from monitor.cli.quoting import WIDEST, at, plain, said
from monitor.cli.telling import headline

_COLUMNS = (
    *("ref", "revision", "source", "country", "kind", "language", "title", "text", "url"),
    *("published_at", "seen_at", "hits"),
)
_OF_STORY = ("story", "story_documents", "story_sources", "story_first", "story_first_at")
# What spreadsheets take for the beginning of a formula, also in its full-width spelling.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ALIGNED = 16  # characters of a source's id; a few are longer, and shift their line
_BOM = "\ufeff"  # without it Excel reads UTF-8 as something else


class Shape(StrEnum):
    """How documents are printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class Rows:
    """Prints what is found, one after the other."""

    def __init__(
        self, shape: Shape, zone: ZoneInfo, longest: int, *, stories: bool = False
    ) -> None:
        """Take how to print, the zone of the times, and how long the id of a source may be."""
        self.shape = shape
        self._columns = _COLUMNS + (_OF_STORY if stories else ())
        self._stories = stories
        self._zone = zone
        self._longest = min(longest, _ALIGNED)

    def begin(self) -> None:
        """Print what stands before the first one."""
        if self.shape is Shape.CSV:
            _write(("" if out.is_terminal else _BOM) + _csv(self._columns))

    def add(self, found: Found) -> None:
        """Print one more."""
        if self.shape is Shape.JSONL:
            _write(json.dumps(self._fields(found), ensure_ascii=False))
        elif self.shape is Shape.CSV:
            _write(_csv(self._cells(found)))
        elif out.is_terminal:
            self._block(found)
        else:
            _write(self._line(found))

    def _block(self, found: Found) -> None:
        """Print the text with its heading above and its link below, neither ever cut."""
        when, source, language, ref = self._heading(found)
        name = f" · {plain(found.source.name)}" if found.source else ""
        heading = Text.assemble(
            (f"{when}  ", "dim"), (source, "cyan"), f"{name}  {language}  ", (ref, "dim")
        )
        out.print(heading, soft_wrap=True)
        width = min(out.width, WIDEST) - 2
        for text in _said(found, terminal=True):
            for row in text.wrap(out, width):
                row.rstrip()
                out.print(Text("  ") + row, soft_wrap=True)
        url = plain(found.document.url)
        out.print(Text.assemble("  ", (url, f"blue link {url}" if url else "")), soft_wrap=True)
        if found.story is not None:
            told = plain(headline(found.story, self._zone))
            out.print(Text(f"  {told}", "dim"), soft_wrap=True)
        out.print()

    def _fields(self, found: Found) -> dict[str, object]:
        fields = _fields(found)
        return fields | _of_story(found.story) if self._stories else fields

    def _cells(self, found: Found) -> tuple[str, ...]:
        words = "; ".join(dict.fromkeys(hit.text for hit in found.match.hits))
        fields = self._fields(found) | {"hits": words}
        return tuple(_guarded(fields[name]) for name in self._columns)

    def _line(self, found: Found) -> str:
        when, source, language, ref = self._heading(found)
        words = " — ".join(text.plain for text in _said(found, terminal=False))
        cells = (f"{when:<21}", source.ljust(self._longest), language, ref, words)
        told = [plain(headline(found.story, self._zone))] if found.story is not None else []
        return "  ".join((*cells, plain(found.document.url), *told))

    def _heading(self, found: Found) -> tuple[str, str, str, str]:
        document = found.document
        moment = document.published_at or document.seen_at
        when = at(moment, self._zone) if document.published_at else f"seen {at(moment, self._zone)}"
        edited = f" rev {found.archived.revision}" if found.archived.revision > 1 else ""
        return when, document.source, document.language or "--", f"#{found.archived.ref}{edited}"


def _said(found: Found, *, terminal: bool) -> list[Text]:
    return said(found.document.title, found.document.text, found.match, terminal=terminal)


def _fields(found: Found) -> dict[str, object]:
    document, source = found.document, found.source
    return {
        "ref": found.archived.ref,
        "revision": found.archived.revision,
        "source": document.source,
        "country": source.country if source else None,
        "kind": source.kind.value if source else None,
        "language": document.language,
        "title": document.title,
        "text": document.text,
        "url": document.url,
        "published_at": document.published_at.isoformat() if document.published_at else None,
        "seen_at": document.seen_at.isoformat(),
        "hits": [hit_shape(hit) for hit in found.match.hits],
    }


def _of_story(story: Summary | None) -> dict[str, object]:
    first = story.first.copy if story else None
    return {
        "story": story.ref if story else None,
        "story_documents": len(story.documents) if story else None,
        "story_sources": len(story.sources) if story else None,
        "story_first": first.source.id if first else None,
        "story_first_at": first.at.isoformat() if first else None,
    }


def _guarded(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(cells: tuple[str, ...]) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(cells)
    return row.getvalue()


def _write(line: str) -> None:
    # Through the console where it is a terminal: a progress bar may be moving there.
    if out.is_terminal:
        out.print(Text(line), soft_wrap=True)
    else:
        sys.stdout.write(line + "\n")
