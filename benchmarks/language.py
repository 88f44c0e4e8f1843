"""How often each engine tells the language of a headline, and what it takes for what.

Usage: python benchmarks/language.py [ENGINE …] — needs the sentences in ../shared/data. They are
cut to 3, 5, 8 and 12 words; names and numbers, of which nobody could tell, stay in. The headlines
of tests/data/headlines.tsv were written to be hard. Halves are by a hash of the headline.
"""

import gzip
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from monitor.match.language import LanguageIdentifier

HERE = Path(__file__).parents[1]
LEMMAS = HERE.parent / "shared" / "data" / "lemmas"
ENGINES = ("letters+fasttext", "letters+langdetect", "fasttext", "langdetect")
LENGTHS = (3, 5, 8, 12)

#: what they are, the language or languages that are right, the headlines
Set = tuple[str, str, list[str]]


def cut(language: str) -> list[str]:
    """Return the sentences that are long enough, cut to each length."""
    with gzip.open(LEMMAS / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        said = [line[2:].split() for line in lines if line.startswith("# ")]
    heads = (" ".join(words[:n]) for words in said for n in LENGTHS if len(words) >= n)
    return [head for head in heads if any(map(str.isalpha, head))]


def hard() -> Iterator[Set]:
    text = (HERE / "tests" / "data" / "headlines.tsv").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            language, _, head = line.split("\t")
            found.setdefault(language, []).append(head)
    for language, heads in found.items():
        yield f"hard {language}", language, heads


def measure(identifier: LanguageIdentifier, group: Set, declared: str | None) -> Counter[str]:
    name, right, heads = group
    took, mistakes, halves = Counter[str](), 0, [0, 0, 0, 0]
    start = time.process_time()
    for head in heads:
        code = identifier.identify(head, "", declared).code or "-"
        wrong = code not in right.split("|")
        half = zlib.crc32(head.encode()) % 2
        halves[half] += wrong
        halves[half + 2] += 1
        mistakes += wrong
        if wrong:
            took[f"{right} taken for {code}"] += 1
    spent = 1e6 * (time.process_time() - start) / len(heads)
    parts = [100 * (1 - halves[half] / max(1, halves[half + 2])) for half in (0, 1)]
    print(
        f"  {name:16} {'declared' if declared else '':8} {len(heads):6} "
        f"{100 * (1 - mistakes / len(heads)):6.1f} % (halves {parts[0]:5.1f} {parts[1]:5.1f}) "
        f"{spent:6.0f} µs"
    )
    return took


def main() -> None:
    for engine in sys.argv[1:] or ENGINES:
        print(engine)
        identifier = LanguageIdentifier(engine)
        for warm in ("Путин подписал указ", "Слава", "The war"):
            identifier.identify(warm, "", None)
        took = Counter[str]()
        for language in ("ru", "uk", "en"):
            heads = cut(language)
            for declared in (None, language):
                took += measure(identifier, (language, language, heads), declared)
            capitals = [head.upper() for head in heads]
            took += measure(identifier, (f"{language} CAPITALS", language, capitals), None)
        for group in hard():
            took += measure(identifier, group, None)
        print("  " + "; ".join(f"{what}: {count}" for what, count in took.most_common(16)))


if __name__ == "__main__":
    main()
