"""The matcher agrees with a slow evaluator that shares nothing with it but the tree."""

import itertools
import re
import unicodedata
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import Tongue
from monitor.match.matcher import CompiledRule, Matcher, compile_rules
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
    Opening,
    Or,
    Phrase,
    Prefix,
    Sentence,
    Word,
)
from monitor.match.words.morphology import Expander

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
    "кoт", "Кoт-рыболов", "сoбaки", "НATO", "HАТО", "TOP", "кoтz", "cat's", "кот-рыболов-кот",
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


ALIKE = dict(zip("acekopxyiATHBMKOPCEXYI", "асекорхуіАТНВМКОРСЕХУІ", strict=True))


def meant(written: str) -> set[str]:
    """Return a word as written, and what its parts of two alphabets look like."""
    back = {cyrillic: latin for latin, cyrillic in ALIKE.items()}
    read_as = {written}
    for table, alphabet in ((ALIKE, "CYRILLIC"), (back, "LATIN")):
        parts = []
        for part in written.split("-"):
            names = {unicodedata.name(letter).split()[0] for letter in part if letter.isalpha()}
            alike = "".join(table.get(letter, letter) for letter in part)
            pure = all(alphabet in unicodedata.name(x) for x in alike if x.isalpha())
            parts.append(alike if {"LATIN", "CYRILLIC"} <= names and pure else part)
        read_as.add("-".join(parts))
    return read_as


def read(field: str, text: str) -> list[tuple[str, At]]:
    """Return every word with its place, and every run of parts of a hyphenated word."""
    found = []
    position = 0
    for token in re.finditer(r"[\w\u0301\u00ad']+(?:-[\w\u0301\u00ad']+)*", text):
        parts = [(m.start() + token.start(), m.end() + token.start())
                 for m in re.finditer(r"[^-]+", token[0])]  # fmt: skip
        for i, j in itertools.combinations_with_replacement(range(len(parts)), 2):
            start, end = parts[i][0], parts[j][1]
            found.append((text[start:end], At(field, position + i, position + j, start, end)))
            if text[start:end].endswith("'s"):
                at = At(field, position + i, position + j, start, end - 2)
                found.append((text[start : end - 2], at))
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
        spelled = meant(plain(written))
        low = {one.lower() for one in spelled}
        match leaf:
            case Exact():
                return leaf.word in low
            case Cased():
                return leaf.word in spelled
            case Prefix():
                return any(one.startswith(leaf.word) for one in low)
        expansion = self.compiled.forms[leaf.key]
        forms = set(expansion.forms) - set(expansion.foreign.get(self.language, ()))
        return bool(low & forms) and (written[0].isupper() or not isinstance(leaf, Named))

    def opening(self, n: int, fields: list[str]) -> set[tuple[str, int]]:
        """Return the first words of these fields, as field and position."""
        words = [
            (f, p) for f in fields for p in sorted({w.first for _, w in read(f, self.fields[f])})
        ]
        return set(words[:n])

    def occurrences(self, node: Leaf | Phrase) -> list[At]:
        if isinstance(node, Leaf):
            return [at for written, at in self.words if self.is_leaf(node, written)]
        chains = [[at] for at in self.occurrences(node.words[0])]
        for leaf in node.words[1:]:
            following = self.occurrences(leaf)
            chains = [[*chain, at] for chain in chains for at in following
                      if (at.field, at.first) == (chain[-1].field, chain[-1].last + 1)]  # fmt: skip
        return [At(c[0].field, c[0].first, c[-1].last, c[0].start, c[-1].end) for c in chains]

    def find(  # noqa: C901, PLR0911 - one case each
        self, node: Node, inside, banned=(), fields=("title", "text")
    ) -> set[tuple[str, At]] | None:
        match node:
            case Leaf() | Phrase():
                places = [at for at in self.occurrences(node) if inside(at)]
                places = [at for at in places if not any(overlap(at, b) for b in banned)]
                return {(node.spelled, at) for at in places} or None
            case And(of):
                parts = [self.find(part, inside, banned, fields) for part in of]
                return None if None in parts else set().union(*parts)
            case Or(of):
                parts = [
                    p for one in of if (p := self.find(one, inside, banned, fields)) is not None
                ]
                return set().union(*parts) if parts else None
            case Not(of):
                return set() if self.find(of, inside, banned, fields) is None else None
            case InField(field, of):
                its = [one for one in fields if one == field]
                return self.find(of, lambda at: inside(at) and at.field == field, banned, its)
            case Opening(n, of):
                opening = self.opening(n, fields)
                return self.find(
                    of,
                    lambda at: (
                        inside(at)
                        and {(at.field, p) for p in range(at.first, at.last + 1)} <= opening
                    ),
                    banned,
                    fields,
                )
            case Except(of, without):
                more = [at for _, at in self.find(without, inside, banned, fields) or ()]
                return self.find(of, inside, (*banned, *more), fields)
            case AtLeast(n, of):
                found = self.find(of, inside, banned, fields) or set()
                return found if len(apart([at for _, at in found])) >= n else None
            case Sentence(of):
                every = [
                    self.find(
                        And(of),
                        lambda at, f=field, b=begin, e=end: (
                            inside(at) and at.field == f and b <= at.start and at.end <= e
                        ),
                        banned,
                        fields,
                    )
                    for field, text in self.fields.items()
                    for begin, end in sentences(text)
                ]
                every = [found for found in every if found is not None]
                return set().union(*every) if every else None
            case Near(of, within, ordered):
                parts = [self.find(part, inside, banned, fields) for part in of]
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


def narrowed(compiled: CompiledRule, n: int | None, field: str | None) -> CompiledRule:
    """Return the rule as one that is held only against the first words, of one field or of all."""
    tree = compiled.tree if n is None else Opening(n, compiled.tree)
    tree = tree if field is None else InField(field, tree)
    return replace(compiled, tree=tree, told=compiled.told and tree is compiled.tree)


@settings(max_examples=max(300, settings().max_examples))
@given(
    query=queries,
    title=texts,
    text=texts,
    language=st.sampled_from(["ru", "uk", "en"]),
    narrow=st.tuples(
        st.none() | st.integers(1, 12), st.sampled_from([None, None, "title", "text"])
    ),
)
def test_the_matcher_agrees_with_the_reference(query, title, text, language, narrow):
    rules, problems = compile_rules([Rule(id="r", query=query)], Vocabulary(), EXPANDER)
    assume(all(problem.warning for problem in problems))
    compiled = narrowed(rules[0], *narrow)

    matches, errors = Matcher([compiled]).match(title, text, Tongue(language))

    reference = Reference(compiled, title, text, language if language != "en" else "")
    expected = reference.find(compiled.tree, lambda _: True)
    assert not errors
    assert bool(matches) == (expected is not None)
    assert Matcher([compiled]).satisfied(title, text, Tongue(language)) == ("r",) * len(matches)
    hits = matches[0].hits if matches else ()
    found = {(hit.term, hit.field, hit.start, hit.end) for hit in hits}
    occurrences = {(term, at.field, at.start, at.end) for term, at in expected or ()}
    assert found <= occurrences
    for term, where, start, end in occurrences:
        assert any((t, f) == (term, where) and s < end and start < e for t, f, s, e in found)
    for hit in hits:
        assert hit.text == {"title": title, "text": text}[hit.field][hit.start : hit.end]


@given(
    asked=st.lists(queries, min_size=1, max_size=6),
    title=texts,
    text=texts,
    tongue=st.builds(Tongue, st.sampled_from(["ru", "uk", "en", None]), st.booleans()),
)
def test_what_is_satisfied_is_what_matches(asked, title, text, tongue):
    rules = [
        Rule(id=f"r{i}", query=query, severity=["low", "high"][i % 2])
        for i, query in enumerate([*asked, *TERMS, *PHRASES])
    ]
    matcher = Matcher(compile_rules(rules, Vocabulary(), EXPANDER)[0])

    matches, errors = matcher.match(title, text, tongue)

    assert not errors
    assert matcher.satisfied(title, text, tongue) == tuple(match.rule for match in matches)


@given(asked=st.lists(queries, min_size=2, max_size=6), kept=st.sets(st.integers(0, 5)), text=texts)
def test_a_matcher_made_from_another_answers_as_one_made_anew(asked, kept, text):
    rules = [Rule(id=f"r{i}", query=query) for i, query in enumerate([*asked, *TERMS])]
    compiled, _ = compile_rules(rules, Vocabulary(), EXPANDER)
    rest = [rule for i, rule in enumerate(compiled) if i not in kept]
    new = compile_rules([Rule(id="new", query="кот OR собака")], Vocabulary(), EXPANDER)[0]

    fewer = Matcher(rest, like=Matcher(compiled))
    again = Matcher([*compiled, *new], like=fewer)

    assert fewer.match("", text, Tongue("ru")) == Matcher(rest).match("", text, Tongue("ru"))
    anew = Matcher([*compiled, *new])
    assert again.match("", text, Tongue("ru")) == anew.match("", text, Tongue("ru"))


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
