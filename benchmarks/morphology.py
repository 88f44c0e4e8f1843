"""Which share of a word's inflected forms a rule finds in running text, and what it finds besides.

Usage: python benchmarks/morphology.py [LEAST [WORST]] — needs the sentences in ../shared/data.
Every noun, name, verb and adjective that occurs LEAST times (3) is asked for by its dictionary
form; of each language, figures are printed by part of speech and for two halves of the words (by
a hash), and the WORST mistakes (20): false hits are forms of other words, misses were not found.
"""

import gzip
import sys
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from monitor.match.text import fold_lower
from monitor.match.words.morphology import Expander

LEMMAS = Path(__file__).parents[2] / "shared" / "data" / "lemmas"
CONTENT = ("NOUN", "PROPN", "VERB", "ADJ")
GOALS = {"ru": 0.965, "uk": 0.98, "en": 0.95}


@dataclass
class Text:
    """What the annotation says of a language's sentences."""

    lemmas_of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    forms_of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    parts_of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def read(cls, language: str) -> "Text":
        text = cls()
        with gzip.open(LEMMAS / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("#") or line.count("\t") != 2:
                    continue
                form, lemma, part = line.rstrip("\n").split("\t")
                is_word, form, lemma = lemma.isalpha(), fold_lower(form), fold_lower(lemma)
                text.lemmas_of[form][lemma] += 1
                text.forms_of[lemma][form] += 1
                if is_word and part in CONTENT:
                    text.parts_of[lemma][part] += 1
        return text


@dataclass
class Score:
    """How many words of running text were found rightly, found wrongly, and missed."""

    asked: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __str__(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return f"{self.asked:6} words   P {precision:.3f}  R {recall:.3f}  F1 {f1:.4f}"


def measure(
    language: str, least: int, expander: Expander
) -> tuple[dict[str, Score], Counter[tuple[str, str, str]]]:
    """Return the figures of all, of each part of speech, of each half; and the mistakes."""
    text = Text.read(language)
    scores: dict[str, Score] = defaultdict(Score)
    mistakes: Counter[tuple[str, str, str]] = Counter()
    for lemma, parts in text.parts_of.items():
        if parts.total() < least:
            continue
        expansion = expander.expand(lemma)
        forms = set(expansion.forms) - set(expansion.foreign.get(language, ()))
        false = {form: text.lemmas_of[form].total() - text.lemmas_of[form][lemma] for form in forms}
        missed = {form: n for form, n in text.forms_of[lemma].items() if form not in forms}
        mistakes.update({(lemma, form, "false hit"): n for form, n in false.items()})
        mistakes.update({(lemma, form, "miss"): n for form, n in missed.items()})
        right = text.forms_of[lemma].total() - sum(missed.values())
        half = f"half {zlib.crc32(lemma.encode()) % 2}"
        for name in ("all", parts.most_common(1)[0][0], half):
            score = scores[name]
            score.asked += 1
            score.right += right
            score.wrong += sum(false.values())
            score.missed += sum(missed.values())
    return scores, mistakes


def main() -> None:
    given = dict(enumerate(map(int, sys.argv[1:])))
    least, worst = given.get(0, 3), given.get(1, 20)
    expander = Expander(None)
    for language, goal in GOALS.items():
        scores, mistakes = measure(language, least, expander)
        print(f"{language}: goal {goal}")
        for name in ("all", *CONTENT, "half 0", "half 1"):
            print(f"  {name:6} {scores[name]}")
        for (lemma, form, kind), count in mistakes.most_common(worst):
            print(f"    {count:5} {kind:9} {lemma}: {form}")


if __name__ == "__main__":
    main()
