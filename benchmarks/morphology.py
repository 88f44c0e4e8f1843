"""Which share of a word's inflected forms a rule finds in running text, per language.

Usage: python benchmarks/morphology.py [LEAST] — needs the sentences in ../shared/data. Every noun,
name, verb and adjective that occurs LEAST times (3) is asked for by its dictionary form.
"""

import gzip
import sys
from collections import Counter, defaultdict
from pathlib import Path

from monitor.match.morphology import Expander
from monitor.match.text import fold_lower

LEMMAS = Path(__file__).parents[2] / "shared" / "data" / "lemmas"
CONTENT = {"NOUN", "PROPN", "VERB", "ADJ"}


def measure(language: str, least: int, expander: Expander) -> tuple[int, float, float]:
    """Return how many words were asked for, the precision and the recall."""
    lemmas_of: dict[str, Counter[str]] = defaultdict(Counter)
    forms_of: dict[str, int] = Counter()
    content: dict[str, int] = Counter()
    with gzip.open(LEMMAS / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#") or line.count("\t") != 2:
                continue
            form, lemma, part = line.rstrip("\n").split("\t")
            lemma, is_word = fold_lower(lemma), lemma.isalpha()
            lemmas_of[fold_lower(form)][lemma] += 1
            forms_of[lemma] += 1
            content[lemma] += is_word and part in CONTENT
    asked = [lemma for lemma, count in content.items() if count >= least]
    right = found = 0
    for lemma in asked:
        expansion = expander.expand(lemma)
        for form in set(expansion.forms) - set(expansion.foreign.get(language, ())):
            right += lemmas_of[form][lemma]
            found += lemmas_of[form].total()
    return len(asked), right / found, right / sum(forms_of[lemma] for lemma in asked)


def main() -> None:
    least = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    expander = Expander(None)
    for language, goal in (("ru", 0.965), ("uk", 0.98), ("en", 0.95)):
        asked, precision, recall = measure(language, least, expander)
        f1 = 2 * precision * recall / (precision + recall)
        print(
            f"{language}: {asked} words, P {precision:.3f} R {recall:.3f} F1 {f1:.4f} (goal {goal})"
        )


if __name__ == "__main__":
    main()
