"""What else could hold a document against many rules. Each is given the same rules and texts.

The libraries are not the project's: they are installed into a folder of the benchmark's own.
"""

import importlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from monitor.match.matcher import CompiledRule
from monitor.match.text import fold_lower
from monitor.match.tree import And, Leaf, Near, Node, Not, Or, Phrase

_LIBRARIES = {"ahocorasick": "pyahocorasick==2.3.1", "hyperscan": "hyperscan==0.9.1"}


class Unavailable(Exception):
    """A peer that cannot be had here, and why."""


def install(folder: Path) -> None:
    """Install the libraries of the peers into a folder, and make them importable."""
    sys.path.append(str(folder))
    if not folder.exists():
        print(f"installing {', '.join(_LIBRARIES.values())} for this benchmark …", flush=True)
        for wanted in _LIBRARIES.values():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--target", str(folder), wanted], check=False)
    importlib.invalidate_caches()


def library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(f"{_LIBRARIES[name]} could not be installed") from error


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes in this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def russian_forms(rule: CompiledRule, leaf: Leaf) -> list[str]:
    """Return the forms that the matcher seeks in a Russian text."""
    expansion = rule.forms[leaf.key]
    foreign = expansion.foreign.get("ru", ())
    return [form for form in expansion.forms if form not in foreign]


class RegexLoop:
    """Each rule as a person would write it with `re`, one after the other."""

    name = "loop of regexes"
    says = "the same answers"

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._rules = [(rule.rule.id, _regexes(rule)) for rule in rules]

    def satisfied(self, text: str) -> set[str]:
        folded = fold_lower(text)
        return {name for name, holds in self._rules if holds(folded)}

    def cpu(self, texts: Sequence[str]) -> float:
        return cpu(lambda: [self.satisfied(text) for text in texts])


def _regexes(rule: CompiledRule) -> Callable[[str], bool]:
    def alternation(leaf: Leaf) -> str:
        return "(?:" + "|".join(map(re.escape, russian_forms(rule, leaf))) + ")"

    def search(pattern: str) -> Callable[[str], bool]:
        found = re.compile(rf"\b{pattern}\b").search
        return lambda text: found(text) is not None

    def build(node: Node) -> Callable[[str], bool]:
        match node:
            case Leaf():
                return search(alternation(node))
            case Phrase(leaves):
                return search(r"\W+".join(map(alternation, leaves)))
            case Near((Leaf() as a, Leaf() as b), n, _):
                gap = rf"\W+(?:\w+\W+){{0,{n}}}"
                one, two = alternation(a), alternation(b)
                return search(f"(?:{one}{gap}{two}|{two}{gap}{one})")
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


def _all_forms(rules: Sequence[CompiledRule]) -> list[str]:
    return sorted({form for rule in rules for kept in rule.forms.values() for form in kept.forms})


class AhoCorasick:
    """An automaton over all forms, and a look at the letters around what it finds."""

    name = "pyahocorasick"
    says = "finds words only, decides no rule"

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._automaton = library("ahocorasick").Automaton()
        for form in _all_forms(rules):
            self._automaton.add_word(form, form)
        self._automaton.make_automaton()

    def words(self, text: str) -> set[str]:
        folded = f" {fold_lower(text)} "
        found = set()
        for end, form in self._automaton.iter(folded):
            if not (folded[end + 1].isalnum() or folded[end - len(form)].isalnum()):
                found.add(form)
        return found

    def cpu(self, texts: Sequence[str]) -> float:
        return cpu(lambda: [self.words(text) for text in texts])


class Hyperscan:
    """All forms as one database of literals; it finds them inside other words, too."""

    name = "hyperscan"
    says = "finds strings only, words or not, decides no rule"

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        hs = library("hyperscan")
        forms = [re.escape(form).encode() for form in _all_forms(rules)]
        self._database = hs.Database()
        self._database.compile(
            expressions=forms, ids=list(range(len(forms))), flags=hs.HS_FLAG_SINGLEMATCH
        )

    def strings(self, text: str) -> list[int]:
        found: list[int] = []
        self._database.scan(
            fold_lower(text).encode(), match_event_handler=lambda i, *_: found.append(i)
        )
        return found

    def cpu(self, texts: Sequence[str]) -> float:
        return cpu(lambda: [self.strings(text) for text in texts])


class PostgreSQL:
    """Rules as stored tsqueries, read one after the other; stems instead of dictionary forms."""

    name = "PostgreSQL"

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        url = os.environ.get("MONITOR_TEST_DATABASE_URL")
        if not url:
            raise Unavailable("MONITOR_TEST_DATABASE_URL names no database")
        import psycopg  # noqa: PLC0415 - only where there is a database

        try:
            self._connection = psycopg.connect(url, autocommit=True)
        except psycopg.Error as error:
            raise Unavailable(str(error).strip()) from error
        self._connection.execute("SET max_parallel_workers_per_gather = 0")
        self._connection.execute("CREATE TEMP TABLE stored (q tsquery NOT NULL)")
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO stored VALUES (to_tsquery('russian', %s))",
                [(_tsquery(rule.tree),) for rule in rules],
            )
        self._connection.execute("ANALYZE stored")
        (pid,) = self._connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        self._stat = Path(f"/proc/{pid}/stat")
        ours = self._stat.exists() and "postgres" in self._stat.read_text()
        self._clock = self._backend if ours else time.monotonic
        self.says = "stems, " + ("CPU of its backend" if ours else "time on the clock")

    def _backend(self) -> float:
        fields = self._stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu(self, texts: Sequence[str]) -> float:
        begun = self._clock()
        for text in texts:
            self._connection.execute(
                "SELECT count(*) FROM stored, (SELECT to_tsvector('russian', %s) AS d OFFSET 0) t "
                "WHERE d @@ q",
                (text,),
            ).fetchone()
        return self._clock() - begun


def _tsquery(node: Node) -> str:
    match node:
        case Leaf():
            return f"'{node.word}'"
        case Phrase(leaves):
            return " <-> ".join(map(_tsquery, leaves))
        case And(of) | Near(of):  # NEAR in any order is long in a tsquery: AND costs it less
            return "(" + " & ".join(map(_tsquery, of)) + ")"
        case Or(of):
            return "(" + " | ".join(map(_tsquery, of)) + ")"
        case Not(of):
            return "!" + _tsquery(of)
    raise TypeError(node)


PEERS = (RegexLoop, AhoCorasick, Hyperscan, PostgreSQL)
