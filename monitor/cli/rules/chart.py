"""Small charts in the terminal: one row of blocks, or one bar a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_ROW = "▁▂▃▄▅▆▇█"
_BAR = " ▏▎▍▌▋▊▉█"
_NONE = "·"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Days, put together so that they fit: each place of the chart stands for `step` of them."""

    first: date
    last: date
    step: int

    def sums(self, days: Mapping[date, int]) -> list[int]:
        """Return how many there are in each place."""
        found = [0] * len(list(self.places()))
        for day, number in days.items():
            if self.first <= day <= self.last:
                found[(day - self.first).days // self.step] += number
        return found

    def places(self) -> Iterator[date]:
        """Yield the first day of each place."""
        day = self.first
        while day <= self.last:
            yield day
            day += _DAY * self.step


def axis(first: date, last: date, places: int) -> Axis:
    """Return the days from first to last in at most so many places."""
    days = (last - first).days + 1
    return Axis(first=first, last=last, step=-(-days // max(places, 1)))


def row(numbers: list[int]) -> str:
    """Return a row of blocks, the highest for the most, a dot for none."""
    most = max(numbers, default=0)
    return "".join(
        _ROW[-(-number * len(_ROW) // most) - 1] if number else _NONE for number in numbers
    )


def bar(number: int, most: int, width: int) -> str:
    """Return a bar that is `width` long for the most; what is not nothing can be seen."""
    eighths = max(round(8 * width * number / most), 1) if number else 0
    return _BAR[8] * (eighths // 8) + (_BAR[eighths % 8] if eighths % 8 else "")
