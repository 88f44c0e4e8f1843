"""How fast documents are held against many rules, beside a loop of compiled regexes.

Usage: python benchmarks/matching.py [RULES] — needs the posts in ../shared/data.
Rules are drawn from other posts than those they are held against: words by their frequency, and
real neighbours as phrases. CPU time; both sides in one run, on the same documents.
"""

import gzip
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import Tongue
from monitor.match.matcher import CompiledRule, Matcher, compile_rules
from monitor.match.morphology import Expander
from monitor.match.text import fold_lower, words
from monitor.match.tree import And, Leaf, Near, Node, Not, Or, Phrase

POSTS = Path(__file__).parents[2] / "shared" / "data" / "posts" / "telegram_ru_2024.jsonl.gz"
RUSSIAN = Tongue("ru")


def documents(posts: list[str], size: int) -> list[str]:
    """Return posts joined until each has so many words."""
    pool = " \n".join(posts).split(" ")
    return [" ".join(pool[at : at + size]) for at in range(0, len(pool) - size, size)]


def draw_rules(posts: list[str], count: int, rng: random.Random) -> list[Rule]:
    """Return rules of every kind, made of the words of these posts."""
    cut = [[w for w in words(fold_lower(post)) if w.isalpha() and len(w) > 2] for post in posts]
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


def as_regexes(rule: CompiledRule) -> Callable[[str], bool]:
    """Return the same rule as a person would write it with `re`."""

    def alternation(leaf: Leaf) -> str:
        return "(?:" + "|".join(map(re.escape, rule.forms[leaf.key].forms)) + ")"

    def build(node: Node) -> Callable[[str], bool]:
        match node:
            case Leaf():
                found = re.compile(rf"\b{alternation(node)}\b").search
                return lambda text: found(text) is not None
            case Phrase(leaves):
                found = re.compile(r"\b" + r"\W+".join(map(alternation, leaves)) + r"\b").search
                return lambda text: found(text) is not None
            case Near((Leaf() as a, Leaf() as b), n, _):
                gap = rf"\W+(?:\w+\W+){{0,{n}}}"
                one, two = alternation(a), alternation(b)
                found = re.compile(rf"\b(?:{one}{gap}{two}|{two}{gap}{one})\b").search
                return lambda text: found(text) is not None
            case And(of):
                parts = [build(part) for part in of]
                return lambda text: all(part(text) for part in parts)
            case Or(of):
                parts = [build(part) for part in of]
                return lambda text: any(part(text) for part in parts)
            case Not(of):
                part = build(of)
                return lambda text: not part(text)
        raise TypeError(node)

    return build(rule.tree)


def timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = random.Random(20220906)
    with gzip.open(POSTS, "rt", encoding="utf-8") as lines:
        posts = [json.loads(line)["text"] for line in lines]
    half = len(posts) // 2
    rules = draw_rules(posts[:half], count, rng)
    long, short = documents(posts[half:], 400), documents(posts[half:], 50)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "forms"
        cold = timed(lambda: compile_rules(rules, Vocabulary(), Expander(cache)))
        warm = timed(lambda: Matcher(compile_rules(rules, Vocabulary(), Expander(cache))[0]))
        expander = Expander(cache)
        compiled, _ = compile_rules(rules, Vocabulary(), expander)
        matcher = Matcher(compiled)

        def change_one() -> None:
            one, _ = compile_rules([Rule(id="r7", query="перегруппировка")], Vocabulary(), expander)
            Matcher([*compiled[:7], *one, *compiled[8:]], like=matcher)

        one = min(timed(change_one) for _ in range(3))
    print(
        f"{count} rules ({len(compiled)} usable): compiled in {cold:.1f} s, "
        f"from the cache in {warm:.2f} s, one changed in {1000 * one:.0f} ms"
    )
    for name, texts in (("400 words", long[:150]), ("50 words", short[:300])):
        each = min(
            timed(lambda t=texts: [matcher.match("", text, RUSSIAN) for text in t])
            for _ in range(5)
        ) / len(texts)
        found = sum(len(matcher.match("", text, RUSSIAN)[0]) for text in texts) / len(texts)
        print(f"{name}: {1e6 * each:.0f} µs a document, {found:.1f} matches", end="")
        sample = texts[:2]
        regexes = [as_regexes(rule) for rule in compiled]
        loop = timed(
            lambda s=sample, rx=regexes: [
                sum(rule(text) for rule in rx) for text in map(fold_lower, s)
            ]
        ) / len(sample)
        print(f"; loop of regexes {1e6 * loop:.0f} µs = {loop / each:.0f} times as much")


if __name__ == "__main__":
    main()
