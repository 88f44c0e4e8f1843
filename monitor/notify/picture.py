"""What the picture of a digest shows, in the receiver's language: words and numbers, no pixels."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from monitor.model import Count, Digest, Kind, Period

#: More rules than a phone shows at once are told of in one line.
MOST = 12
#: A title is cut to its place when it is drawn; nobody draws more than this of it.
_LONGEST = 200

#: What turns the direction of writing, or heaps signs upon signs.
_UNSEEN = {"Cf", "Mn", "Me"}

Side = tuple[str, Kind] | None

#: Each country has a hue, and who stands nearer to power is darker; pairs differ in brightness too,
#: so that who sees no red, or no colours, can tell neighbours apart.
COLOURS: Final[Mapping[Side, str]] = {
    ("ru", Kind.OFFICIAL): "#8f1d21",
    ("ru", Kind.STATE): "#d6553f",
    ("ru", Kind.INDEPENDENT): "#f4b39b",
    ("ua", Kind.OFFICIAL): "#123f73",
    ("ua", Kind.STATE): "#3a86c8",
    ("ua", Kind.INDEPENDENT): "#a6cff0",
    None: "#8a8780",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A side, its colour, and how often it matched in all."""

    country: str  #: its heading; "" for all the others
    label: str
    colour: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rule, and how often each side matched it."""

    title: str
    rule: str  #: its id, where no sign of the title can be drawn
    numbers: Sequence[int]  #: one for each key, in their order


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """Everything that is drawn, from top to bottom."""

    title: str
    period: str
    total: str
    keys: Sequence[Key]
    bars: Sequence[Bar]
    rest: str  #: of the rules that have no bar; "" where all have
    rest_number: int
    quiet: str  #: what stands there instead of bars
    foot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    titles: Mapping[Period, str]
    quiet: Mapping[Period, str]
    nothing: str
    countries: Mapping[str, str]
    kinds: Mapping[Kind, str]
    others: str
    months: str
    matches: Sequence[str]
    rules: Sequence[str]
    rest: str
    blind: str


def sketch(digest: Digest, language: str, zone: ZoneInfo) -> Sketch:
    """Return what to draw of a digest: the rules that matched most, and who said it."""
    words = _WORDS.get(language, _WORDS["en"])
    sides = _sides(digest.counts)
    shown, rest = digest.counts[:MOST], digest.counts[MOST:]
    total = sum(sides.values())
    number, rules = _many(total, words.matches), _many(len(digest.counts), words.rules)
    return Sketch(
        title=words.titles[digest.period],
        period=f"{_when(digest.since, zone, words)} – {_when(digest.until, zone, words)}",
        total=f"{number} · {rules}" if total else words.quiet[digest.period],
        keys=tuple(_key(side, sides[side], words) for side in COLOURS if sides[side]),
        bars=tuple(_bar(count, [side for side in COLOURS if sides[side]]) for count in shown),
        rest=words.rest.format(rules=_many(len(rest), words.rules)) if rest else "",
        rest_number=sum(count.total for count in rest),
        quiet="" if total else words.nothing,
        foot=words.blind.format(number=len(digest.blind)) if digest.blind else "",
    )


def spaced(number: int) -> str:
    """Return a number with a narrow gap between its thousands."""
    return f"{number:,}".replace(",", "\u2009")


def _sides(counts: Sequence[Count]) -> Counter[Side]:
    found: Counter[Side] = Counter()
    for count in counts:
        found.update(_of(count))
    return found


def _of(count: Count) -> Counter[Side]:
    """Return how often each side that has a colour matched; all the others together."""
    found: Counter[Side] = Counter()
    for side, number in count.sides.items():
        found[side if side in COLOURS else None] += number
    return found


def _bar(count: Count, sides: Sequence[Side]) -> Bar:
    numbers = _of(count)
    # Half a character has no place in what is sent to another process.
    said = unicodedata.normalize("NFC", count.title.encode("utf-8", "ignore").decode())
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in said)
    title = "".join(c for c in kept if unicodedata.category(c) not in _UNSEEN)
    return Bar(
        title=" ".join(title.split())[:_LONGEST],
        rule=count.rule,
        numbers=tuple(numbers[side] for side in sides),
    )


def _key(side: Side, number: int, words: _Words) -> Key:
    country, label = "", words.others
    if side is not None:
        country, label = words.countries[side[0]], words.kinds[side[1]]
    return Key(country=country, label=label, colour=COLOURS[side], number=number)


def _when(at: datetime, zone: ZoneInfo, words: _Words) -> str:
    there = at.astimezone(zone)
    return f"{there.day} {words.months.split()[there.month - 1]}, {there:%H:%M}"


def _many(number: int, forms: Sequence[str]) -> str:
    """Return a number with its noun in the right form: 1 правило, 2 правила, 5 правил."""
    if len(forms) == 2:
        return f"{spaced(number)} {forms[number != 1]}"
    tens, ones = number % 100 // 10, number % 10
    form = 2 if tens == 1 or not 1 <= ones <= 4 else int(ones > 1)
    return f"{spaced(number)} {forms[form]}"


_WORDS: Final[Mapping[str, _Words]] = {
    "en": _Words(
        titles={Period.DAILY: "The day", Period.WEEKLY: "The week"},
        quiet={Period.DAILY: "A quiet day", Period.WEEKLY: "A quiet week"},
        nothing="Nothing was said that your rules ask for.",
        countries={"ru": "Russia", "ua": "Ukraine"},
        kinds={
            Kind.OFFICIAL: "official",
            Kind.STATE: "state",
            Kind.INDEPENDENT: "independent",
        },
        others="other countries",
        months="January February March April May June July August September October November"
        " December",
        matches=("match", "matches"),
        rules=("rule", "rules"),
        rest="{rules} more",
        blind="Sources not seen now: {number}",
    ),
    "ru": _Words(
        titles={Period.DAILY: "Сводка за сутки", Period.WEEKLY: "Сводка за неделю"},
        quiet={Period.DAILY: "Тихий день", Period.WEEKLY: "Тихая неделя"},
        nothing="Ни одно правило не сработало.",
        countries={"ru": "Россия", "ua": "Украина"},
        kinds={
            Kind.OFFICIAL: "официальные",
            Kind.STATE: "гос. СМИ",
            Kind.INDEPENDENT: "независимые",
        },
        others="другие страны",
        months="января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        matches=("совпадение", "совпадения", "совпадений"),
        rules=("правило", "правила", "правил"),
        rest="и ещё {rules}",
        blind="Сейчас не видно источников: {number}",
    ),
    "uk": _Words(
        titles={Period.DAILY: "Зведення за добу", Period.WEEKLY: "Зведення за тиждень"},
        quiet={Period.DAILY: "Тихий день", Period.WEEKLY: "Тихий тиждень"},
        nothing="Жодне правило не спрацювало.",
        countries={"ru": "Росія", "ua": "Україна"},
        kinds={
            Kind.OFFICIAL: "офіційні",
            Kind.STATE: "державні",
            Kind.INDEPENDENT: "незалежні",
        },
        others="інші країни",
        months="січня лютого березня квітня травня червня липня серпня вересня жовтня листопада"
        " грудня",
        matches=("збіг", "збіги", "збігів"),
        rules=("правило", "правила", "правил"),
        rest="і ще {rules}",
        blind="Зараз не видно джерел: {number}",
    ),
}
