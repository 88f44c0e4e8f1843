"""Draws the picture of a digest: `python -m monitor.notify.chart` reads JSON and writes a PNG.

It is a program of its own, because matplotlib takes more memory than all the rest of the monitor
needs, and is needed for a second a day. It knows no secret and may open no connection.

All lengths are pixels of a picture 1200 wide. A phone shows it at a third of that, so nothing is
written smaller than 34. It brings its own light ground, so it is the same in light and dark themes.
"""

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from matplotlib import get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.patches import FancyBboxPatch, Rectangle
from pydantic import TypeAdapter

from monitor.notify.picture import Bar, Key, Sketch, spaced

WIDTH = 1200
_DPI = 100
_PADDING = 64
_INNER = WIDTH - 2 * _PADDING
_GROUND, _INK, _SOFT, _TRACK = "#faf8f3", "#1c1b1a", "#6b675f", "#ece8de"
_TITLE, _LARGE, _TEXT, _SMALL = 62, 50, 40, 36
_BAR = 50
_LINE = _SMALL + 24
_GUTTER = 64
_GAP = 4  # between the parts of a bar
_THINNEST = 8
_SKETCH = TypeAdapter(Sketch)


@dataclass
class _Page:
    """What was put down so far, and how far down that is."""

    things: list[Any] = field(default_factory=list)
    y: float = _PADDING


def png(sketch: Sketch) -> bytes:
    """Return the picture."""
    page = _Page()
    _head(page, sketch)
    _legend(page, sketch)
    _bars(page, sketch)
    _foot(page, sketch)
    height = round(page.y + _PADDING)
    figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    for thing in page.things:
        if isinstance(thing, dict):
            axes.text(**thing)
        else:
            axes.add_patch(thing)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", facecolor=_GROUND)
    return drawn.getvalue()


def main(asked: BinaryIO = sys.stdin.buffer, answer: BinaryIO = sys.stdout.buffer) -> None:
    """Draw what stands in the standard input."""
    sys.addaudithook(_refuse_connections)
    answer.write(png(_SKETCH.validate_python(json.loads(asked.read()))))
    answer.flush()


def _refuse_connections(event: str, _: object) -> None:
    if event.startswith("socket."):
        raise PermissionError("a drawing needs no connections")


def _head(page: _Page, sketch: Sketch) -> None:
    _write(page, sketch.title, _TITLE, bold=True)
    page.y += _TITLE + 18
    _write(page, sketch.period, _TEXT, colour=_SOFT)
    page.y += _TEXT + 40
    _write(page, sketch.total, _LARGE, bold=True)
    page.y += _LARGE + 30
    if sketch.quiet:
        _write(page, sketch.quiet, _TEXT, colour=_SOFT)
        page.y += _TEXT + 30


def _legend(page: _Page, sketch: Sketch) -> None:
    """Write a column for each country, with how often each side matched; the others below."""
    countries = list(dict.fromkeys(key.country for key in sketch.keys if key.country))
    columns = [[key for key in sketch.keys if key.country == one] for one in countries]
    top, width = page.y, (_INNER - _GUTTER) / 2
    for index, keys in enumerate(columns):
        x = _PADDING + index * (width + _GUTTER)
        _write(page, keys[0].country, _SMALL, x=x, y=top, bold=True, room=width)
        for row, key in enumerate(keys, 1):
            _key(page, key, x, top + row * _LINE, width)
    page.y = top + _LINE * max((len(keys) + 1 for keys in columns), default=0)
    for key in sketch.keys:
        if not key.country:
            _key(page, key, _PADDING, page.y, width)
            page.y += _LINE
    page.y += 30 * bool(sketch.keys)


def _key(page: _Page, key: Key, x: float, y: float, width: float) -> None:
    page.things.append(_box(x, y + 2, _SMALL, _SMALL, key.colour))
    number = spaced(key.number)
    long = _width(number, _SMALL, bold=True)
    _write(page, key.label, _SMALL, x=x + _SMALL + 16, y=y, room=width - _SMALL - long - 36)
    _write(page, number, _SMALL, x=x + width - long, y=y, bold=True)


def _bars(page: _Page, sketch: Sketch) -> None:
    most = max((sum(bar.numbers) for bar in sketch.bars), default=0)
    label = max(
        (_width(spaced(sum(bar.numbers)), _TEXT, bold=True) for bar in sketch.bars), default=0
    )
    room = _INNER - label - 24
    for bar in sketch.bars:
        _write(page, _drawable(bar.title) or bar.rule, _TEXT)
        page.y += _TEXT + 16
        _stack(page, bar, [key.colour for key in sketch.keys], most, room)
        page.y += _BAR + 34
    if sketch.rest:
        number = spaced(sketch.rest_number)
        _write(page, sketch.rest, _TEXT, colour=_SOFT)
        x = WIDTH - _PADDING - _width(number, _TEXT, bold=True)
        _write(page, number, _TEXT, x=x, colour=_SOFT, bold=True)
        page.y += _TEXT + 34


def _stack(page: _Page, bar: Bar, colours: Sequence[str], most: int, room: float) -> None:
    """Draw the parts of a bar side by side, as long as they are many, and their sum behind them."""
    total = sum(bar.numbers)
    parts = [
        (number, colour) for number, colour in zip(bar.numbers, colours, strict=True) if number
    ]
    page.things.append(_box(_PADDING, page.y, room, _BAR, _TRACK))
    lengths = _lengths([number for number, _ in parts], room * total / most)
    x = float(_PADDING)
    for (number, colour), length in zip(parts, lengths, strict=True):
        page.things.append(Rectangle((x, page.y), length - _GAP, _BAR, color=colour, linewidth=0))
        said = spaced(number)
        if _width(said, _SMALL) + 20 < length - _GAP and len(parts) > 1:
            ink = _INK if _is_light(colour) else "#ffffff"
            middle = x + (length - _GAP - _width(said, _SMALL)) / 2
            _write(page, said, _SMALL, x=middle, y=page.y + 6, colour=ink)
        x += length
    end = WIDTH - _PADDING - _width(spaced(total), _TEXT, bold=True)
    _write(page, spaced(total), _TEXT, x=end, y=page.y + 3, bold=True)


def _lengths(numbers: Sequence[int], room: float) -> Sequence[float]:
    """Return how long the parts are: by their numbers, but none too short to be seen."""
    room = max(room, len(numbers) * (_THINNEST + _GAP))
    total = sum(numbers)
    lengths = [max(room * number / total, _THINNEST + _GAP) for number in numbers]
    over = sum(lengths) - room
    longest = lengths.index(max(lengths))
    return [one - over * (index == longest) for index, one in enumerate(lengths)]


def _foot(page: _Page, sketch: Sketch) -> None:
    if sketch.foot:
        page.y += 6
        _write(page, sketch.foot, _SMALL, colour=_SOFT)
        page.y += _SMALL
    else:
        page.y -= 20


def _write(  # noqa: PLR0913  # what a line of text is
    page: _Page,
    text: str,
    size: int,
    *,
    x: float = _PADDING,
    y: float | None = None,
    colour: str = _INK,
    bold: bool = False,
    room: float = _INNER,
) -> None:
    page.things.append(
        {
            "x": x,
            "y": (page.y if y is None else y) + size * 0.88,
            "s": _fitted(_drawable(text), size, room, bold=bold),
            "color": colour,
            "fontproperties": FontProperties(fname=_file(bold=bold), size=size * 72 / _DPI),
            "va": "baseline",
            "parse_math": False,  # a $ is a $
        }
    )


def _fitted(text: str, size: int, room: float, *, bold: bool) -> str:
    """Return a text, cut to what fits into its place."""
    if _width(text, size, bold=bold) <= room:
        return text
    short, long = 0, len(text)
    while long - short > 1:
        middle = (short + long) // 2
        fits = _width(text[:middle].rstrip() + "…", size, bold=bold) <= room
        short, long = (middle, long) if fits else (short, middle)
    return text[:short].rstrip() + "…"


def _drawable(text: str) -> str:
    """Leave out what the font has no sign for: pictographs, controls, other scripts."""
    font = get_font(_file(bold=False))
    return " ".join("".join(c for c in text if c == " " or font.get_char_index(ord(c))).split())


def _width(text: str, size: int, *, bold: bool = False) -> float:
    font = get_font(_file(bold=bold))
    font.set_size(size * 72 / _DPI, _DPI)
    font.set_text(text, 0.0)
    width, _ = font.get_width_height()
    return float(width) / 64


def _file(*, bold: bool) -> str:
    return f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' * bold}.ttf"


def _box(x: float, y: float, width: float, height: float, colour: str) -> FancyBboxPatch:
    round_ = "round,pad=0,rounding_size=8"
    return FancyBboxPatch((x, y), width, height, boxstyle=round_, color=colour, linewidth=0)


def _is_light(colour: str) -> bool:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue > 150


if __name__ == "__main__":
    main()
