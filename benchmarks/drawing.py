"""Rules and documents for the benchmarks, drawn from real posts: half gives rules, half is read."""

import gzip
import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

from monitor.config.schema import Rule
from monitor.match.text import Field, fold_lower, words

POSTS = Path(__file__).parents[2] / "shared" / "data" / "posts" / "telegram_ru_2024.jsonl.gz"
_SEED = 20220906


def posts() -> tuple[list[str], list[str]]:
    """Return the posts that rules are drawn from, and those that they are held against."""
    with gzip.open(POSTS, "rt", encoding="utf-8") as lines:
        said = [json.loads(line)["text"] for line in lines]
    half = len(said) // 2
    return said[:half], said[half:]


def documents(said: list[str], size: int) -> list[str]:
    """Return posts joined until each document has so many words."""
    pool = " \n".join(said).split(" ")
    return [" ".join(pool[at : at + size]) for at in range(0, len(pool) - size, size)]


def draw_rules(said: list[str], count: int) -> list[Rule]:
    """Return rules of every kind, made of the words of these posts.

    One word 20 %, two 30 % and three 15 % with AND, OR 10 %, phrases that really occur 20 %,
    AND NOT and NEAR/5 2.5 % each; words by their frequency.
    """
    rng = random.Random(_SEED)
    cut = [[w for w in words(fold_lower(post)) if w.isalpha() and len(w) > 2] for post in said]
    spread = Counter(word for post in cut for word in set(post))
    common = [(w, n) for w, n in spread.items() if n <= 0.003 * len(cut)]
    rare = [(w, n**0.5) for w, n in spread.items() if n <= 0.002 * len(cut)]
    pairs = sorted({pair for post in cut for pair in pairwise(post)})

    def some(of: list[tuple[str, float]], k: int) -> list[str]:
        return rng.choices([w for w, _ in of], [n for _, n in of], k=k)

    pick = {name: iter(some(of, 4 * count)) for name, of in (("common", common), ("rare", rare))}
    rules = []
    for number in range(count):
        kind = rng.random()
        c = [next(pick["common"]) for _ in range(3)]
        r = [next(pick["rare"]) for _ in range(3)]
        query = r[0]
        if kind > 0.20:
            query = f"{c[0]} AND {c[1]}"
        if kind > 0.50:
            query = " AND ".join(c)
        if kind > 0.65:
            query = " OR ".join(r[: rng.choice((2, 3))])
        if kind > 0.75:
            query = '"{} {}"'.format(*rng.choice(pairs))
        if kind > 0.95:
            query = f"{c[0]} AND NOT {c[1]}"
        if kind > 0.975:
            query = f"{c[0]} NEAR/5 {c[1]}"
        rules.append(Rule(id=f"r{number}", query=query))
    return rules


def spread_of(forms: dict[str, tuple[str, ...]], said: list[str]) -> dict[str, int]:
    """Return in how many posts each leaf occurs, by its key, given its forms."""
    by_form: dict[str, list[str]] = {}
    for key, its in forms.items():
        for form in its:
            by_form.setdefault(form, []).append(key)
    found: Counter[str] = Counter()
    for post in said:
        known = Field("text", post, 0).spellings & by_form.keys()
        found.update({key for form in known for key in by_form[form]})
    return found
