"""What it costs to find a document's story, the more documents there are: it must not grow.

Usage: python benchmarks/stories.py [SIZES…]: documents in the window, by default
10000 30000 100000.

Documents are 200 pairs of words each, drawn as words are in news: a few are everywhere, most are
rare. The peer is what one would write first: a dictionary from pair to the documents that have it.
CPU time, medians of rounds in turns, on the same documents; memory is what the process grew by.
"""

import statistics
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from monitor.stories.sketch import Sketch
from monitor.stories.window import Window

SHINGLES = 200
KIN = 35
ASKED = 400
ROUNDS = 5
COPIES = 0.2  # of the documents that are asked for
VOCABULARY = 3_000_000
NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
SPAN = timedelta(days=2)


def main() -> None:
    if sys.argv[1:2] == ["--memory"]:
        print(grown(int(sys.argv[2]), peer=sys.argv[3] == "peer"))
        return
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 30_000, 100_000]
    first: dict[str, float] = {}
    for size in sizes:
        ours, theirs = filled(size), Dictionary()
        for sketch in documents(size):
            theirs.add(sketch)
        costs = timed(ours, theirs, size)
        for who, cost in costs.items():
            first.setdefault(who, cost)
        told = ", ".join(
            f"{who} {1e3 * cost:.2f} ms (x{cost / first[who]:.2f})" for who, cost in costs.items()
        )
        print(f"{size:>7,} documents: {told}; {memory(size)}", flush=True)


class Dictionary:
    """The peer: every pair of words with all documents that have it."""

    def __init__(self) -> None:
        self.having: dict[int, list[int]] = {}
        self.sizes: list[int] = []

    def add(self, sketch: Sketch) -> None:
        number = len(self.sizes)
        self.sizes.append(len(sketch.shingles))
        for one in sketch.shingles.tolist():
            self.having.setdefault(one, []).append(number)

    def find(self, sketch: Sketch) -> int | None:
        common: Counter[int] = Counter()
        for one in sketch.shingles.tolist():
            common.update(self.having.get(one, ()))
        size = len(sketch.shingles)
        score, number = max(
            ((count / min(size, self.sizes[one]), one) for one, count in common.items()),
            default=(0.0, -1),
        )
        return number if score >= 0.4 else None


def documents(count: int, seed: int = 1):
    """Yield documents: pairs of words by Zipf's law, figures and names."""
    rng = np.random.default_rng(seed)
    bounds = zipf()
    for _ in range(count):
        drawn = np.searchsorted(bounds, rng.random(SHINGLES)).astype(np.uint64)
        kin = np.searchsorted(bounds, rng.random(KIN)).astype(np.uint64) >> np.uint64(5)
        facts = rng.integers(0, 1 << 32, 24, dtype=np.uint32)
        yield Sketch(
            language="ru",
            words=SHINGLES,
            shingles=np.unique(spread(drawn)),
            numbers=np.unique(facts[:6]),
            names=np.unique(facts[6:16]),
            marks=np.unique(facts[16:]),
            kin=np.unique(spread(kin)),
        )


def spread(numbers):
    """Return hashes of numbers."""
    return ((numbers * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)).astype(np.uint32)


@cache
def zipf():
    """Return where each pair of words ends between 0 and 1; in place, for the peak is measured."""
    bounds = np.arange(200.0, VOCABULARY + 200)
    np.reciprocal(bounds, out=bounds)
    np.cumsum(bounds, out=bounds)
    bounds /= bounds[-1]
    return bounds


def filled(size: int) -> Window:
    window = Window(SPAN)
    for number, sketch in enumerate(documents(size)):
        at = NOW + timedelta(seconds=number)
        window.add(number, number, f"source {number % 300}", sketch, at, begun_at=at)
    return window


def asked(size: int) -> list[Sketch]:
    """Return documents to ask for: new ones, and some that are there."""
    new = [*documents(ASKED, seed=2)]
    old = [sketch for at, sketch in enumerate(documents(size)) if at % (size // 80) == 0]
    return [*new[: round(ASKED * (1 - COPIES))], *old[: round(ASKED * COPIES)]]


def timed(ours: Window, theirs: Dictionary, size: int) -> dict[str, float]:
    """Return the seconds that each needs to find one document and to take another one."""
    questions, at = asked(size), NOW + timedelta(seconds=size)
    spent: dict[str, list[float]] = {"monitor": [], "dictionary": []}
    number = size
    for _ in range(ROUNDS):
        begun = time.process_time()
        for sketch in questions:
            ours.find(sketch, source="another", at=at)
        spent["monitor"].append(time.process_time() - begun)
        begun = time.process_time()
        for sketch in questions:
            theirs.find(sketch)
        spent["dictionary"].append(time.process_time() - begun)
        more = [*documents(len(questions), seed=number)]
        begun = time.process_time()
        for sketch in more:
            ours.add(number, number, "another", sketch, at, begun_at=at)
            number += 1
        spent["monitor"][-1] += time.process_time() - begun
        begun = time.process_time()
        for sketch in more:
            theirs.add(sketch)
        spent["dictionary"][-1] += time.process_time() - begun
    return {who: statistics.median(cost) / len(questions) for who, cost in spent.items()}


def memory(size: int) -> str:
    """Return what each takes, measured in processes of their own, at its peak."""
    taken = {
        who: subprocess.run(
            [sys.executable, __file__, "--memory", str(size), who],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for who in ("monitor", "peer")
    }
    return f"monitor {taken['monitor']} MB, dictionary {taken['peer']} MB at the peak"


def peak() -> int:
    """Return the most memory that this process ever had, in kB; getrusage counts its parent's."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return int(status.split("VmHWM:")[1].split()[0])


def grown(size: int, *, peer: bool) -> int:
    """Return the MB that it takes; Linux only."""
    kept: list[object] = [sum(1 for _ in documents(10))]
    before = peak()
    if peer:
        dictionary = Dictionary()
        for sketch in documents(size):
            dictionary.add(sketch)
        kept.append(dictionary)
    else:
        kept.append(filled(size))
    return (peak() - before) // 1024


if __name__ == "__main__":
    main()
