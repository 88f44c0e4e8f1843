"""News that nobody wrote: sentences of our own, with places, people and figures to be filled in.

Each report is told of several places and days, as such reports are: the words of two of them are
nearly the same, and yet they are different news. Some reports are told in Russian and in Ukrainian.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

SAID = yaml.safe_load((Path(__file__).parent / "data" / "newswire.yaml").read_text("utf-8"))
# Figures that go with the genitive plural in Russian and in Ukrainian.
FIGURES = [
    (17, 15, 340, 6, "8 сентября", "8 вересня", "8 September"),
    (26, 9, 1_250, 5, "9 сентября", "9 вересня", "9 September"),
    (38, 25, 570, 7, "10 сентября", "10 вересня", "10 September"),
    (45, 7, 2_800, 10, "11 сентября", "11 вересня", "11 September"),
    (19, 28, 960, 11, "12 сентября", "12 вересня", "12 September"),
    (56, 36, 4_300, 20, "13 сентября", "13 вересня", "13 September"),
]

_INSTRUMENTAL = ("Балаклеей", "Купянском", "Никополем", "Бахмутом", "Шосткой", "Очаковом")


@dataclass(frozen=True, slots=True)
class News:
    """One report: the same `event` in another language is the same news."""

    event: tuple[str, int]
    language: str
    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def wire(*languages: str) -> Iterator[News]:
    """Yield every report of every place, in these languages or in all."""
    for language in languages or SAID["reports"]:
        for at, (topic, (title, *paragraphs)) in enumerate(SAID["reports"][language].items()):
            for number in range(len(SAID["places"])):
                words = _words(language, number, at)
                yield News(
                    event=(topic, number),
                    language=language,
                    title=title.format(**words),
                    paragraphs=tuple(one.format(**words) for one in paragraphs),
                )


def _words(language: str, number: int, at: int) -> dict[str, object]:
    # Two reports of one place share their names, and never their figures.
    topic = [*SAID["reports"]["ru"]].index([*SAID["reports"][language]][at])
    a, b, c, d, *dates = FIGURES[(number + topic) % len(FIGURES)]
    figures = {"a": a + 10 * topic, "b": b + 10 * topic, "c": c + 10 * topic, "d": d}
    figures["date"] = dates[("ru", "uk", "en").index(language)]
    if language == "en":
        place, region, head = SAID["places"][number]["en"]
        return figures | {"place": place, "region": region, "head": head}
    _, of_place, in_place, accusative, region, head = SAID["places"][number][language]
    return figures | {
        "of_place": of_place,
        "in_place": in_place,
        "place_acc": accusative,
        "place_ins": _INSTRUMENTAL[number],
        "region": region,
        "head": head,
    }


WEATHERS = [
    ("без осадков", "северный", 4, 13, 748),
    ("небольшой дождь", "западный", 6, 11, 741),
    ("сильный дождь", "южный", 9, 15, 736),
    ("местами гроза", "юго-западный", 12, 19, 733),
]
RATED = [
    ("60,46", "60,31", "8,70", "9 сентября"),
    ("60,84", "60,17", "8,77", "10 сентября"),
    ("61,27", "62,05", "8,91", "13 сентября"),
    ("59,93", "60,72", "8,55", "14 сентября"),
]
