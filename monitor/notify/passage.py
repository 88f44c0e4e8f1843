"""Choose what to quote of a text: the few places that show why it was found."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Match
from monitor.notify.legible import Span, Text, boundary

#: One passage is about two lines on a telephone; three of them tell what the rest would.
SIZE = 220
PASSAGES = 3
#: How far it may reach for the beginning or the end of a sentence, or else how far it goes.
REACH = 130
AROUND = 70
ENOUGH = 60
#: How far it may reach for the end of a word.
WORD = 30
#: More bold words than this in one passage point at nothing, and Telegram takes only a hundred.
BOLD = 12
#: Occurrences that are looked at; the thousandth tells nothing new.
LOOKED_AT = 400

_SENTENCE = re.compile(r"(?:[.!?…]+[»”\")]*\s+|\n\s*)(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…]+[»”\")]*(?=\s|$)|(?=\n)")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one term of one rule occurs."""

    start: int
    end: int
    term: tuple[str, str]
    weight: int


def passages(text: str, field: str, matches: Sequence[Match], whole: int) -> tuple[Text, ...]:
    """Return the passages that show most of what matched, in order; short texts entirely.

    Without an occurrence it is the beginning of the text. Words are never cut, the words that
    matched are bold, and an ellipsis stands where something is left out.
    """
    places = sorted(_places(text, field, matches), key=lambda place: (place.start, place.end))
    if len(text) <= whole:
        windows = [(0, len(text))]
    elif not places:
        windows = [_settled(text, 0, 0)]
    else:
        chosen = _chosen(places[:LOOKED_AT])
        windows = _joined(sorted(_settled(text, start, end) for start, end in chosen))
    bold = _merged(places)
    filled = [(start, end) for start, end in windows if text[start:end].strip()]
    return tuple(
        _spelt(text, start, end, bold, first=number == 0)
        for number, (start, end) in enumerate(filled)
    )


def _places(text: str, field: str, matches: Sequence[Match]) -> Iterator[_Place]:
    for match in matches:
        for hit in match.hits:
            if hit.field == field and 0 <= hit.start < hit.end <= len(text):
                term = (match.rule, hit.term)
                yield _Place(hit.start, hit.end, term, match.severity.rank + 1)


def _chosen(places: Sequence[_Place]) -> list[tuple[int, int]]:
    """Pick the stretches that show most terms not yet shown, loudest rules first."""
    shown: set[tuple[str, str]] = set()
    chosen: list[tuple[int, int]] = []
    while len(chosen) < PASSAGES:
        worth, stretch = max(
            ((_worth(run, shown), run) for run in _runs(places)), key=lambda pair: pair[0]
        )
        if not worth:
            break
        shown.update(place.term for place in stretch)
        chosen.append((stretch[0].start, max(place.end for place in stretch)))
    return chosen


def _runs(places: Sequence[_Place]) -> Iterator[Sequence[_Place]]:
    """Yield for each place those that fit into one passage with it."""
    last = 0
    for first, place in enumerate(places):
        last = max(last, first + 1)
        while last < len(places) and places[last].end - place.start <= SIZE:
            last += 1
        yield places[first:last]


def _worth(run: Iterable[_Place], shown: Collection[tuple[str, str]]) -> int:
    new = {place.term: place.weight for place in run if place.term not in shown}
    return sum(new.values())


def _settled(text: str, start: int, end: int) -> tuple[int, int]:
    """Grow a stretch to a passage that begins and ends well."""
    begins = [m.end() for m in _SENTENCE.finditer(text, max(0, start - REACH), start)]
    if start <= REACH:
        begins.insert(0, 0)
    begin = begins[-1] if begins else _word_begin(text, start - AROUND)
    stops = [m.end() for m in _SENTENCE_END.finditer(text, end, end + REACH)]
    if len(text) <= end + REACH:
        stops.append(len(text))
    # A very short sentence says little alone: take the next one too.
    stops = [at for at in stops if at - begin >= ENOUGH] or stops[-1:]
    return begin, (stops[0] if stops else _word_end(text, end + AROUND))


def _word_begin(text: str, at: int) -> int:
    found = re.search(r"\s", text[at : at + WORD])
    return at + found.end() if found else boundary(text, at)


def _word_end(text: str, at: int) -> int:
    found = re.search(r"\s", text[at : at + WORD])
    return at + found.start() if found else boundary(text, at)


def _joined(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _merged(places: Sequence[_Place]) -> list[tuple[int, int]]:
    return _joined([(place.start, place.end) for place in places])


def _spelt(
    text: str, start: int, end: int, bold: Sequence[tuple[int, int]], *, first: bool
) -> Text:
    spans, at = [], start
    inside = [(max(a, start), min(b, end)) for a, b in bold if a < end and b > start]
    for begins, ends in inside[:BOLD]:
        spans += [Span(text[at:begins]), Span(text[begins:ends], bold=True)]
        at = ends
    spans.append(Span(text[at:end]))
    if start and not _begins_sentence(text, start):
        spans.insert(0, Span("…"))
    elif not first:
        spans.insert(0, Span("… "))
    if end < len(text) and not re.search(r"[.!?…][»”\")]*\s*$", text[max(0, end - 4) : end]):
        spans.append(Span("…"))
    return tuple(span for span in spans if span.text)


def _begins_sentence(text: str, at: int) -> bool:
    return re.search(r"(?:[.!?…][»”\")]*\s+|\n\s*)$", text[max(0, at - 6) : at]) is not None
