"""The matcher agrees with a slow evaluator that shares nothing with it but the tree."""

import itertools
import re
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import Tongue
from monitor.match.matcher import CompiledRule, Matcher, compile_rules
from monitor.match.morphology import Expander
from monitor.match.tree import (
    And,
    AtLeast,
    Cased,
    Exact,
    Except,
    InField,
    Leaf,
    Named,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Sentence,
    Word,
)

EXPANDER = Expander(None)
TERMS = [
    "кот",
    "посол",
    "собака",
    "=собаки",
    "name:Изюм",
    "case:НАТО",
    "соба*",
    "кот-рыболов",
    "рыба",
]
PHRASES = ['"чёрный кот"', '"кот и собака"', '"соба* кот"', '="собаки рыбы"', "«кот кот»"]
SPOKEN = [
    "кот", "Кота", "котом", "собака", "собаки", "собаку", "Собак", "изюма", "Изюм", "НАТО", "нато",
    "кот-рыболов", "Кота-рыболова", "собака-кот", "собачий", "рыба", "рыбы", "чёрный", "черного",
    "чёрные", "и", "или", "дом", "ко\u0301т", "соба\u00adка", "cat", "после", "послы",
]  # fmt: skip
JOINTS = st.sampled_from([" ", " ", " ", ", ", ". ", " — ", "\n", "! "])


@dataclass(frozen=True)
class At:
    """A word as the reference reads it."""

    field: str
    first: int
    last: int
    start: int
    end: int


def plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text).replace("\u0301", "").replace("\u00ad", "")
    return text.replace("ё", "е").replace("Ё", "Е")


def read(field: str, text: str) -> list[tuple[str, At]]:
    """Return every word with its place, and every run of parts of a hyphenated word."""
    found = []
    position = 0
    for token in re.finditer(r"[\w\u0301\u00ad]+(?:-[\w\u0301\u00ad]+)*", text):
        parts = [(m.start() + token.start(), m.end() + token.start())
                 for m in re.finditer(r"[^-]+", token[0])]  # fmt: skip
        for i, j in itertools.combinations_with_replacement(range(len(parts)), 2):
            start, end = parts[i][0], parts[j][1]
            found.append((text[start:end], At(field, position + i, position + j, start, end)))
        position += len(parts)
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where sentences begin and end: the texts here end them in three ways only."""
    ends = [m.end() for m in re.finditer(r"[.!] (?=[А-ЯЁA-Z])|\n", text)]
    return list(itertools.pairwise([0, *ends, len(text) + 1]))


class Reference:
    def __init__(self, compiled: CompiledRule, title: str, text: str, language: str) -> None:
        self.compiled = compiled
        self.fields = {"title": title, "text": text}
        self.words = read("title", title) + read("text", text)
        self.language = language

    def is_leaf(self, leaf: Leaf, written: str) -> bool:
        low = plain(written).lower()
        match leaf:
            case Exact():
                return low == leaf.word
            case Cased():
                return plain(written) == leaf.word
            case Prefix():
                return low.startswith(leaf.word)
        expansion = self.compiled.forms[leaf.key]
        forms = set(expansion.forms) - set(expansion.foreign.get(self.language, ()))
        return low in forms and (written[0].isupper() or not isinstance(leaf, Named))

    def occurrences(self, node: Leaf | Phrase) -> list[At]:
        if isinstance(node, Leaf):
            return [at for written, at in self.words if self.is_leaf(node, written)]
        chains = [[at] for at in self.occurrences(node.words[0])]
        for leaf in node.words[1:]:
            following = self.occurrences(leaf)
            chains = [[*chain, at] for chain in chains for at in following
                      if (at.field, at.first) == (chain[-1].field, chain[-1].last + 1)]  # fmt: skip
        return [At(c[0].field, c[0].first, c[-1].last, c[0].start, c[-1].end) for c in chains]

    def find(self, node: Node, inside, banned=()) -> set[tuple[str, At]] | None:  # noqa: C901, PLR0911
        match node:
            case Leaf() | Phrase():
                places = [at for at in self.occurrences(node) if inside(at)]
                places = [at for at in places if not any(overlap(at, b) for b in banned)]
                return {(node.spelled, at) for at in places} or None
            case And(of):
                parts = [self.find(part, inside, banned) for part in of]
                return None if None in parts else set().union(*parts)
            case Or(of):
                parts = [p for one in of if (p := self.find(one, inside, banned)) is not None]
                return set().union(*parts) if parts else None
            case Not(of):
                return set() if self.find(of, inside, banned) is None else None
            case InField(field, of):
                return self.find(of, lambda at: inside(at) and at.field == field, banned)
            case Except(of, without):
                more = [at for _, at in self.find(without, inside, banned) or ()]
                return self.find(of, inside, (*banned, *more))
            case AtLeast(n, of):
                found = self.find(of, inside, banned) or set()
                return found if len(apart([at for _, at in found])) >= n else None
            case Sentence(of):
                every = [
                    self.find(
                        And(of),
                        lambda at, f=field, b=begin, e=end: (
                            inside(at) and at.field == f and b <= at.start and at.end <= e
                        ),
                        banned,
                    )
                    for field, text in self.fields.items()
                    for begin, end in sentences(text)
                ]
                every = [found for found in every if found is not None]
                return set().union(*every) if every else None
            case Near(of, within, ordered):
                parts = [self.find(part, inside, banned) for part in of]
                if None in parts:
                    return None
                chosen = [c for c in itertools.product(*parts) if near(c, within, ordered=ordered)]
                return {one for chain in chosen for one in chain} or None
        raise TypeError(node)


def near(chain, within, *, ordered):
    orders = [chain] if ordered else itertools.permutations(chain)
    return any(
        all(
            a.field == b.field and 0 <= b.first - a.last - 1 <= within
            for (_, a), (_, b) in itertools.pairwise(order)
        )
        for order in orders
    )


def overlap(a: At, b: At) -> bool:
    return a.field == b.field and a.first <= b.last and b.first <= a.last


def apart(places: list[At]) -> list[At]:
    kept: list[At] = []
    for at in sorted(places, key=lambda at: (at.field, at.last)):
        if not any(overlap(at, other) for other in kept):
            kept.append(at)
    return kept


terms = st.sampled_from(TERMS + PHRASES)
choices = st.one_of(
    terms, st.lists(terms, min_size=2, max_size=3).map(lambda of: f"({' OR '.join(of)})")
)


def composed(inner):
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda of: f"({' AND '.join(of)})"),
        several.map(lambda of: f"({' OR '.join(of)})"),
        st.tuples(inner, inner).map(lambda of: f"({of[0]} AND NOT {of[1]})"),
        st.tuples(inner, terms).map(lambda of: f"({of[0]} EXCEPT {of[1]})"),
        several.map(lambda of: f"SENTENCE({', '.join(of)})"),
        inner.map(lambda one: f"title:({one})"),
        inner.map(lambda one: f"text:({one})"),
        st.tuples(
            st.lists(choices, min_size=2, max_size=3),
            st.sampled_from(["NEAR/0", "NEAR/1", "NEAR/3", "ONEAR/0", "ONEAR/2"]),
        ).map(lambda of: f"({f' {of[1]} '.join(of[0])})"),
        st.tuples(choices, st.integers(1, 3)).map(lambda of: f"atleast{of[1]}({of[0]})"),
    )


queries = st.recursive(choices, composed, max_leaves=5)
texts = st.lists(st.tuples(st.sampled_from(SPOKEN), JOINTS), max_size=12).map(
    lambda said: "".join(word + joint for word, joint in said)
)


@settings(max_examples=max(300, settings().max_examples))
@given(query=queries, title=texts, text=texts, language=st.sampled_from(["ru", "uk", "en"]))
def test_the_matcher_agrees_with_the_reference(query, title, text, language):
    rules, problems = compile_rules([Rule(id="r", query=query)], Vocabulary(), EXPANDER)
    assume(all(problem.warning for problem in problems))
    (compiled,) = rules

    matches, errors = Matcher([compiled]).match(title, text, Tongue(language))

    reference = Reference(compiled, title, text, language if language != "en" else "")
    expected = reference.find(compiled.tree, lambda _: True)
    assert not errors
    assert bool(matches) == (expected is not None)
    hits = matches[0].hits if matches else ()
    found = {(hit.term, hit.field, hit.start, hit.end) for hit in hits}
    occurrences = {(term, at.field, at.start, at.end) for term, at in expected or ()}
    assert found <= occurrences
    for term, field, start, end in occurrences:
        assert any((t, f) == (term, field) and s < end and start < e for t, f, s, e in found)
    for hit in hits:
        assert hit.text == {"title": title, "text": text}[hit.field][hit.start : hit.end]


@given(query=queries, title=texts, text=texts)
def test_a_rule_among_many_matches_as_it_does_alone(query, title, text):
    compiled, _ = compile_rules(
        [Rule(id="r", query=query), *(Rule(id=f"o{i}", query=t) for i, t in enumerate(TERMS))],
        Vocabulary(),
        EXPANDER,
    )

    together, _ = Matcher(compiled).match(title, text, Tongue("ru"))
    alone = [Matcher([one]).match(title, text, Tongue("ru"))[0] for one in compiled]

    assert sorted(together, key=lambda m: m.rule) == sorted(
        (match for matches in alone for match in matches), key=lambda m: m.rule
    )


def test_the_reference_itself_can_tell_a_match_from_none():
    (compiled,), _ = compile_rules(
        [Rule(id="r", query="кот NEAR/1 собака")], Vocabulary(), EXPANDER
    )

    far = Reference(compiled, "", "кот и или собака", "ru").find(compiled.tree, lambda _: True)
    close = Reference(compiled, "", "кот и собака", "ru").find(compiled.tree, lambda _: True)

    assert far is None
    assert close is not None
    assert {term for term, _ in close} == {"кот", "собака"}


@pytest.mark.parametrize("leaf", [Word, Exact, Cased, Named, Prefix])
def test_leaves_of_different_kinds_never_share_a_place_in_the_index(leaf):
    others = {kind("слово").key for kind in (Word, Exact, Cased, Named, Prefix) if kind is not leaf}

    assert leaf("слово").key not in others
