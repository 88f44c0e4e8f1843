"""A text that somebody made to be slow, or to be too much, costs no more than another."""

import re
import sys
from re import _constants as opcodes
from re import _parser as patterns

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.stories import sketch as sketches
from monitor.stories.sketch import BEGINNING, Sketch, sketch

NASTY = [
    "](x",
    "](",
    "www.",
    "t.t.t/",
    "http://",
    "@",
    "@a",
    "А.",
    "а.б",
    "1 ",
    "1,",
    "1:1.",
    "12 345 ",
    "-",
    "а-",
    "а'",
    "…",
    "!»)",
    ". «",
    ".\n",
    "\n",
    "а",
    "Я",
    "Ааа. ",
    "е\u0301",
    "\u200b",
    "\ufdfa",
    "\U0001f525",
    "слово ",
    "Харьков ",
]
LONG = 200_000

_REPEATS = {opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT}
_CHECKS = {opcodes.AT, opcodes.ASSERT, opcodes.ASSERT_NOT}  # no characters, and yet they may fail
_LOOKS_ON = 2_000  # characters, from one place, before it gives up


def _in_vain(parsed, *, fails_later=False) -> list[object]:
    """Return the repeats without an end after which the pattern may still fail.

    Such a one may run to the end of the text in vain, and from the next place again. One that
    nothing follows never runs in vain: what it ran over is found, and is not looked at again.
    """
    found = []
    for at, (op, value) in enumerate(parsed):
        rest = parsed[at + 1 :]
        fails = fails_later or rest.getwidth()[0] > 0 or any(one in _CHECKS for one, _ in rest)
        if op in _REPEATS:
            _, most, inner = value
            if fails and (most is opcodes.MAXREPEAT or most > _LOOKS_ON):
                found.append((op, value))
            found += _in_vain(inner, fails_later=fails)
        elif op is opcodes.BRANCH:
            for branch in value[1]:
                found += _in_vain(branch, fails_later=fails)
        elif op is opcodes.SUBPATTERN:
            found += _in_vain(value[-1], fails_later=fails)
    return found


@pytest.mark.parametrize("name", ["_LINK", "_INITIALS", "_FIGURE", "_THOUSANDS"])
def test_no_pattern_runs_through_a_text_in_vain(name):
    pattern = getattr(sketches, name)

    assert _in_vain(patterns.parse(pattern.pattern, pattern.flags)) == []


def test_a_pattern_that_does_would_be_seen():
    for bad in (r"\]\(\S*?\)", r"www\.\S+/\S*", r"(?:a\S*,)b"):
        assert _in_vain(patterns.parse(bad)), bad
    assert not _in_vain(patterns.parse(r"https?://\S+|@\w+"))


def steps(title: str, text: str) -> int:
    """Return how many lines of the program are run for a sketch."""
    count = 0

    def trace(_frame, what, _value):
        nonlocal count
        count += what == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        sketch(title, text, "ru")
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("fragment", NASTY)
def test_a_long_text_takes_no_more_steps_than_its_beginning(fragment):
    clipped = fragment * (40 * BEGINNING // len(fragment) + 1)
    long = fragment * (LONG // len(fragment))
    sketch(clipped, clipped, "ru")  # what is looked up once is known from now on

    assert steps(long, long) <= 1.1 * steps(clipped, clipped) + 100


@given(
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=4).map("".join),
    st.lists(st.sampled_from(NASTY), max_size=4).map("".join),
    st.integers(0, LONG),
    st.sampled_from(["ru", "uk", "en", None]),
)
@example("](x", "www.", LONG, "ru")
@example("1 ", "1 ", LONG, "ru")
def test_whatever_the_text_its_sketch_is_small_and_can_be_kept(one, other, length, language):
    title = one * (length // len(one))
    text = other * (length // len(other)) if other else ""

    made = sketch(title, text, language)

    kept = made.to_bytes()
    assert len(kept) <= 4 * 12 * BEGINNING
    assert Sketch.from_bytes(kept).to_bytes() == kept


def test_a_title_of_a_hundred_thousand_figures_can_be_kept():
    figures = " ".join(map(str, range(100_000)))

    for title, text in ((figures, ""), ("", figures), (figures, figures)):
        made = sketch(title, text, "ru")
        assert len(made.numbers) <= BEGINNING
        assert Sketch.from_bytes(made.to_bytes()) is not None


def test_words_without_end_are_not_remembered_whole():
    """What is looked up is kept: words as long as a text would fill the memory."""
    one, other = "мост " + "а" * 9_000, "мост " + "а" * 9_000 + "б"

    assert sketch("", one, "ru").to_bytes() == sketch("", other, "ru").to_bytes()


@pytest.mark.parametrize(
    "link",
    [
        "[Подробнее](https://tass.ru/a?b=1)",
        "https://tass.ru/armiya/1",
        "t.me/tass_agency/17",
        "www.tass.ru/armiya",
        "@tass_agency",
    ],
)
def test_a_link_counts_for_nothing(link):
    words = link[1:].partition("]")[0] if link.startswith("[") else ""

    linked = sketch("", f"Мост в Харькове разрушен. {link} Дорога закрыта.", "ru")

    assert linked.to_bytes() == (
        sketch("", f"Мост в Харькове разрушен. {words} Дорога закрыта.", "ru").to_bytes()
    )


def test_what_only_begins_like_a_link_counts():
    assert re.search(sketches._LINK, "www.tass") is None
    assert sketch("", "Мост [1](", "ru").words == sketch("", "Мост 1", "ru").words


@pytest.mark.parametrize("language", ["ru", "uk", "en", None])
@pytest.mark.parametrize("letter", ["𗀀", "一", "ﷺ", "\ue000", "ꙮ"])
def test_letters_that_no_dictionary_has_are_words_like_others(letter, language):
    """Some have no name, and a morphology that asks for it fails: so would the whole document."""
    made = sketch("", f"Мост {letter * 3} и {letter}Харьков{letter} разрушены", language)

    assert Sketch.from_bytes(made.to_bytes()) is not None
