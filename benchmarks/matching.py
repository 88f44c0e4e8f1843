"""How fast documents are held against many rules, beside others who could.

Usage: python benchmarks/matching.py [SIZES…]: numbers of rules, 100 1000 10000 100000 by default.
Needs the posts in ../shared/data; PostgreSQL takes part where MONITOR_TEST_DATABASE_URL names one.
CPU time, medians; everyone is timed in turns, on the same documents of 400 words.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from drawing import documents, draw_rules, posts, spread_of
from peers import PEERS, RegexLoop, Unavailable, cpu, install

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import Tongue
from monitor.match.matcher import CompiledRule, Matcher, compile_rules
from monitor.match.words.morphology import Expander

CACHE = Path(tempfile.gettempdir()) / "monitor-benchmark"
RUSSIAN = Tongue("ru")
ROUNDS = 7
SELECTIVE = 2  # posts of all, in which the rarest word of a selective rule occurs at most
ONE_LOOP = 10_000  # rules that the loop of regexes is given at most


def main() -> None:
    if sys.argv[1:2] == ["--memory"]:
        memory(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1_000, 10_000, 100_000]
    CACHE.mkdir(exist_ok=True)
    install(CACHE / "peers")
    drawn_from, read = posts()
    texts = documents(read, 400)
    for size in sizes:
        print(f"\n{size:,} rules, {len(texts)} documents of 400 words")
        rules = draw_rules(drawn_from, size)
        compiled, matcher = load(rules)
        speed(compiled, matcher, texts)
        resident(rules)
    growth(drawn_from, [*drawn_from, *read], texts)


def load(rules: list[Rule]) -> tuple[tuple[CompiledRule, ...], Matcher]:
    """Compile with what the cache knows, twice, so that it knows all; say what it costs."""
    forms = CACHE / "forms"
    compile_rules(rules, Vocabulary(), Expander(forms))
    expander = Expander(forms)
    loaded: list[Matcher] = []
    compiled: list[CompiledRule] = []

    def anew() -> None:
        compiled.extend(compile_rules(rules, Vocabulary(), expander)[0])
        loaded.append(Matcher(compiled))

    gc.collect()
    whole = cpu(anew)
    at = len(compiled) // 2
    changed = [
        Rule(id=compiled[at].rule.id, query=rule.query)
        for rule in rules[1:60]
        if rule.query and " AND " in rule.query
    ]

    def change(rule: Rule) -> None:
        new, _ = compile_rules([rule], Vocabulary(), expander)
        Matcher([*compiled[:at], *new, *compiled[at + 1 :]], like=loaded[0])

    one = statistics.median(cpu(lambda r=rule: change(r)) for rule in changed)
    print(
        f"  loaded in {whole:.2f} s, from rules as parsed to an index, expansions from the file; "
        f"one rule changed in {1000 * one:.0f} ms"
    )
    return tuple(compiled), loaded[0]


def speed(compiled: Sequence[CompiledRule], matcher: Matcher, texts: list[str]) -> None:
    """Print what a document costs us and the others."""

    class Ours:
        name = "satisfied"
        says = "rules without hits"

        def cpu(self, some: Sequence[str]) -> float:
            return cpu(lambda: [matcher.satisfied("", text, RUSSIAN) for text in some])

    class WithHits:
        name = "match"
        says = "rules with every hit"

        def cpu(self, some: Sequence[str]) -> float:
            return cpu(lambda: [matcher.match("", text, RUSSIAN) for text in some])

    engines: list = [Ours(), WithHits()]
    share = max(1, len(compiled) // ONE_LOOP)
    for peer in PEERS:
        try:
            engines.append(peer(compiled[::share] if peer is RegexLoop else compiled))
        except Unavailable as why:
            print(f"  {peer.name}: skipped, {why}")
    agree(compiled[::share], matcher, next(e for e in engines if isinstance(e, RegexLoop)), texts)
    found = statistics.mean(len(matcher.satisfied("", text, RUSSIAN)) for text in texts)
    print(f"  {found:.1f} rules satisfied by a document; µs of CPU a document:")
    slow = max(1, min(30, 20_000 // len(compiled)))
    costs: dict[str, list[float]] = {engine.name: [] for engine in engines}
    gc.collect()
    for turn in range(ROUNDS):
        for engine in engines:
            many = slow if isinstance(engine, RegexLoop) else 100
            some = [texts[(turn * 13 + at) % len(texts)] for at in range(many)]
            factor = share if isinstance(engine, RegexLoop) else 1
            costs[engine.name].append(1e6 * factor * engine.cpu(some) / many)
    for engine in engines:
        its = costs[engine.name]
        ratio = statistics.median(a / b for a, b in zip(its, costs["satisfied"], strict=True))
        note = f"; a tenth or less of the rules, times {share}" if share > 1 else ""
        print(
            f"    {engine.name:16} {statistics.median(its):10,.0f}  "
            f"{ratio:8.1f} × ours   ({engine.says}{note if isinstance(engine, RegexLoop) else ''})"
        )


def agree(
    compiled: Sequence[CompiledRule], matcher: Matcher, loop: RegexLoop, texts: list[str]
) -> None:
    """Print where the matcher and the regexes answer differently."""
    names = {rule.rule.id for rule in compiled}
    queries = {rule.rule.id: rule.rule.query for rule in compiled}
    sample = texts[:: max(1, len(texts) // max(2, min(40, 40_000 // len(compiled))))]
    answers, differences = 0, []
    for text in sample:
        ours = {name for name in matcher.satisfied("", text, RUSSIAN) if name in names}
        theirs = loop.satisfied(text)
        answers += len(ours | theirs)
        differences += [(queries[name], "only ours") for name in ours - theirs]
        differences += [(queries[name], "only the regex") for name in theirs - ours]
    print(f"  the regexes agree on {answers - len(differences)} of {answers} answers")
    for query, whose in differences[:10]:
        print(f"    {whose}: {query}")


def growth(drawn_from: list[str], every: list[str], texts: list[str]) -> None:
    """Print how the cost grows with rules of which few documents satisfy any."""
    rules = draw_rules(drawn_from, 40_000)
    compiled, _ = compile_rules(rules, Vocabulary(), Expander(CACHE / "forms"))
    forms = {key: kept.forms for rule in compiled for key, kept in rule.forms.items()}
    spread = spread_of(forms, every)
    selective = [
        rule
        for rule in compiled
        if min(sum(spread[key] for key in group) for group in (rule.anchors, *rule.needs))
        <= SELECTIVE
    ]
    matchers = {size: Matcher(selective[:size]) for size in (100, 1_000, 10_000)}
    costs: dict[int, list[float]] = {size: [] for size in matchers}
    gc.collect()
    for _ in range(3 * ROUNDS):
        for size, matcher in matchers.items():
            work = [matcher.satisfied("", text, RUSSIAN) for text in texts[:1]]
            spent = cpu(lambda m=matcher: [m.satisfied("", text, RUSSIAN) for text in texts[:100]])
            costs[size].append(1e4 * spent)
            del work
    print(f"\nselective rules (their rarest word in at most {SELECTIVE} of {len(every)} posts):")
    for size, its in costs.items():
        ratio = statistics.median(a / b for a, b in zip(its, costs[100], strict=True))
        print(f"  {size:,} rules: {statistics.median(its):.0f} µs, {ratio:.2f} × that of 100")


def resident(rules: list[Rule]) -> None:
    """Print the memory of a process that only loads these rules."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for rule in rules:
            file.write(json.dumps([rule.id, rule.query]) + "\n")
        file.flush()
        command = [sys.executable, __file__, "--memory", file.name, str(CACHE / "forms")]
        subprocess.run(command, check=True, env=os.environ)


def memory(said: Path, forms: Path) -> None:
    """Load rules and say what that takes; in a process of its own."""

    def now() -> float:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    bare = now()
    with said.open(encoding="utf-8") as lines:
        rules = [Rule(id=name, query=query) for name, query in map(json.loads, lines)]
    parsed = now()
    expander = Expander(forms)
    compiled, _ = compile_rules(rules, Vocabulary(), expander)
    read = now()
    matcher = Matcher(compiled)
    whole = now()
    print(
        f"  memory: bare process {bare:.0f} MB; the rules as parsed {parsed - bare:.0f} MB more, "
        f"compiled with their expansions {read - parsed:.0f}, indexed {whole - read:.0f}"
    )
    assert matcher.rules


if __name__ == "__main__":
    main()
