"""Make foreign text fit to be shown: no controls, no towers of accents, no runaway direction."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

#: How many marks one letter may carry; Vietnamese and Biblical Hebrew stay below.
MARKS = 4

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
# Controls, the byte order mark, soft hyphens, and code points that are no characters at all.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff\ufdd0-\ufdef"
    + "".join(chr(plane + low) for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKED = re.compile("[^\x00-\u02ff\u0400-\u0482\u048a-\u04ff\u2010-\u205e]")
_BIDI = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# White space, and what Telegram trims like it: it takes no message that is made of these.
_UNSEEN = re.compile(
    "[\\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u3164\ufe00-\ufe0f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2800\uffa0\ufffc\u00ad\U000e0000-\U000e0fff]+"
)
_OPEN, _CLOSE = "\u2066\u2067\u2068", "\u2069"
_FIRST_STRONG = "\u2068"
_LOOK_BACK = 64
_WORD = 12


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; bold where it is what somebody asked for."""

    text: str
    bold: bool = False


Text = tuple[Span, ...]


def line(text: str) -> str:
    """Return the text on one line, legible, and unable to disturb what stands beside it."""
    return "".join(span.text for span in spans_on_a_line([Span(text.strip())]))


def spans_on_a_line(spans: Iterable[Span]) -> Text:
    """Return the spans on one line, legible, and unable to disturb what stands beside them."""
    return isolated(
        replace(span, text=_SPACES.sub(" ", _readable(_LINE_ENDS.sub("\n", span.text))))
        for span in spans
    )


def lines(text: str) -> tuple[str, ...]:
    """Return the text line by line, each like `line` but with its indentation."""
    return tuple(
        "".join(span.text for span in isolated([Span(_readable(each.replace("\t", "    ")))]))
        for each in _LINE_ENDS.sub("\n", text).strip("\n").split("\n")
    )


def isolated(spans: Iterable[Span]) -> Text:
    """Keep changes of the writing direction inside the spans."""
    spans = tuple(span for span in spans if span.text)
    if not any(_BIDI.search(span.text) for span in spans):
        return spans
    depth = 0
    balanced = []
    for span in spans:
        kept = []
        for char in span.text:
            # A stray "close" would end our own isolation; an unclosed "open" would swallow its end.
            if char == _CLOSE and not depth:
                continue
            depth += (char in _OPEN) - (char == _CLOSE)
            kept.append(char)
        balanced.append(replace(span, text="".join(kept)))
    return (Span(_FIRST_STRONG), *balanced, Span(_CLOSE * (depth + 1)))


def visible(text: str) -> bool:
    """Return whether there is anything to see in it."""
    return _UNSEEN.sub("", text) != ""


def units(text: str) -> int:
    """Return the length in UTF-16 code units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def boundary(text: str, at: int) -> int:
    """Return the last place not after `at` where no visible character is torn apart."""
    for place in range(at, max(at - _LOOK_BACK, 0), -1):
        if place >= len(text) or not _joined(text, place):
            return place
    return at


def clipped(text: str, length: int) -> str:
    """Return the beginning of the text, with an ellipsis where it goes on."""
    if len(text) <= length:
        return text
    end = boundary(text, length - 1)
    # A word that would be torn near the end is left out.
    space = text.rfind(" ", end - min(end // 2, _WORD), end + 1)
    return text[: space if space > 0 else end].rstrip() + "…"


def short(text: str, room: int) -> str:
    """Return the beginning of the text like `line`, in at most so many UTF-16 units."""
    whole = _SPACES.sub(" ", text.strip()[: room * _LOOK_BACK])
    length = room
    while units(shown := line(clipped(whole, length))) > room and length > 1:
        length -= max((units(shown) - room) // 2, 1)
    return shown


def _readable(text: str) -> str:
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", _INVISIBLE.sub("", text))
    return _without_towers(text) if _MARKED.search(text) else text


def _without_towers(text: str) -> str:
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= MARKS:
            kept.append(char)
    return "".join(kept)


def _joined(text: str, at: int) -> bool:
    """Return whether the characters around this place are drawn as one."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or "\u200d" in {before, after}:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if not (_is_flag_letter(before) and _is_flag_letter(after)):
        return False
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return (at - start) % 2 == 1


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
