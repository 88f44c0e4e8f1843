"""Patterns of matchers: as Python's where both know them, and never slow."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.patterns import Pattern, PatternError

ATOMS = st.sampled_from(["a", "b", "ж", ".", "[ab]", "[^a]", "[а-яё]", r"\d", r"\w", r"\.", "-"])
SIGNS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{1,}", "*?"])


def pieces(inner):
    group = inner.map(lambda text: f"({text})")
    piece = st.tuples(ATOMS | group, SIGNS.filter(lambda sign: "{" not in sign)).map("".join)
    return st.lists(st.lists(piece, max_size=3).map("".join), min_size=1, max_size=3).map("|".join)


PATTERNS = st.recursive(st.tuples(ATOMS, SIGNS).map("".join), pieces, max_leaves=8)


@given(PATTERNS, st.text("abж.-1é", max_size=6))
def test_a_pattern_means_what_it_means_to_python(pattern, text):
    assert Pattern(pattern).matches(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize(
    "pattern", ["(a|a)*b", "(a*)*b", "(a+)+b", "(a|ab|aba)*c", "a*" * 100 + "b", "(a?)*" * 40 + "b"]
)
def test_what_takes_python_for_ever_takes_a_moment(pattern):
    assert not Pattern(pattern).matches("a" * 200)


@pytest.mark.parametrize(
    ("pattern", "fits", "not_"),
    [
        ("high|critical", "critical", "high|critical"),
        ("high|critical", "high", "highest"),
        ("ua-.*", "ua-state", "ru-state"),
        ("^ua-.*$", "ua-", "xua-"),
        ("^a$|^b$", "b", "ab"),
        ("(?i)київ", "КИЇВ", "Киев"),
        (r"a\.b", "a.b", "axb"),
        ("", "", "a"),
        ("a||b", "", "ab"),
        ("[]x]", "]", "[]x]"),
        ("a{2}", "aa", "aaa"),
        ("a{2,}", "aaa", "a"),
        ("(?:ab){1,2}", "abab", "ababab"),
    ],
)
def test_a_pattern_is_held_against_the_whole(pattern, fits, not_):
    assert Pattern(pattern).matches(fits)
    assert not Pattern(pattern).matches(not_)


@pytest.mark.parametrize(
    ("pattern", "column"),
    [
        ("a(b", 1),
        ("ab)", 2),
        ("[a", 0),
        ("*a", 0),
        ("a**", 2),
        ("a{,3}", 1),
        ("a{5,2}", 1),
        ("(a{2}){3}", 0),
        ("(?=a)", 0),
        ("(?P<n>a)", 0),
        (r"a\b", 1),
        (r"(a)\1", 3),
        ("[z-a]", 0),
        ("[[:alpha:]]", 0),
        ("a^b", 1),
        ("x" * 501, 500),
        ("(" * 21 + ")" * 21, 20),
        ("a\\", 1),
    ],
)
def test_what_is_no_pattern_is_refused_at_its_place(pattern, column):
    with pytest.raises(PatternError) as raised:
        Pattern(pattern)

    assert raised.value.column == column


@given(st.text(r"ab()[]{}|*+?\^$.,-0123", max_size=30))
def test_any_text_is_a_pattern_or_is_refused_in_words(text):
    with suppress(PatternError):
        assert Pattern(text).matches("ab") in {True, False}
        return
    with pytest.raises(PatternError) as raised:
        Pattern(text)
    assert 0 <= raised.value.column <= len(text)


@given(st.lists(st.text("abж.", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_list_of_words_is_known_as_one(words):
    assert Pattern("|".join(map(re.escape, words))).literals == tuple(words)
