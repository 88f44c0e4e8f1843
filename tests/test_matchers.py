"""Matchers: read as Alertmanager reads them, held against labels with several values."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.matchers import Matcher, MatcherError, matcher

LABELS = {"severity": ("high",), "rule": ("bridges",), "tag": ("war", "energy"), "story": ()}


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ('severity="high"', True),
        ('severity="hig"', False),
        ('severity!="high"', False),
        ('severity!="low"', True),
        ('severity=~"high|critical"', True),
        ('severity=~"hi"', False),
        ('severity!~"hi"', True),
        ('severity!~"h.*"', False),
        # several values: one is enough to be, one is enough not to be without
        ('tag="energy"', True),
        ('tag="sport"', False),
        ('tag!="energy"', False),
        ('tag!="sport"', True),
        ('tag=~"e.*"', True),
        ('tag!~"e.*"', False),
        ('tags="war"', True),
        # a label that is not there is ""
        ('story=""', True),
        ('story!=""', False),
        ('desk=""', True),
        ('desk=~".*"', True),
        ('desk=~".+"', False),
        ('desk!="kyiv"', True),
        # as people write them
        ("severity=high", True),
        ("severity=~high|critical", True),
        (" severity = high ", True),
        ("severity='high'", True),
    ],
)
def test_a_matcher_holds(written, holds):
    assert matcher(written).holds(LABELS) is holds


@pytest.mark.parametrize(
    ("written", "column", "word"),
    [
        ("", 0, "begins with the name"),
        ('"high"', 0, "begins with the name"),
        ('{severity="high"}', 0, "without { }"),
        ("severity", 8, "one of = != =~ !~"),
        ("severity: high", 8, "one of = != =~ !~"),
        ("severity==high", 9, "`==` is no sign"),
        ("severity=", 9, 'write =""'),
        ('severity="high', 9, "never closed"),
        ("severity=very high", 14, "double quotes"),
        ('severity="high", rule="x"', 15, "of its own"),
        ('rule=~"a(b"', 8, "never closed"),
        ('rule=~"\\\\d(b"', 10, "never closed"),
        ("x" * 1001, 1000, "at most"),
    ],
)
def test_what_is_no_matcher_is_refused_with_its_place_and_the_mend(written, column, word):
    with pytest.raises(MatcherError, match=word.replace("{", r"\{")) as raised:
        matcher(written)

    assert raised.value.column == column


@given(
    st.from_regex("[a-z][a-z0-9_]{0,9}", fullmatch=True),
    st.sampled_from(["=", "!="]),
    st.text(max_size=30),
)
def test_a_matcher_that_is_written_out_is_read_back(label, operator, value):
    one = Matcher(label, operator, value)

    assert matcher(str(one)) == matcher(str(matcher(str(one))))
    assert matcher(str(one)).value == value


@pytest.mark.parametrize("value", ["a\\.b", "a\\\\b", 'a"b', "a|b"])
def test_a_pattern_that_is_written_out_is_read_back(value):
    one = matcher(str(Matcher("rule", "=~", value)))

    assert (one.value, str(matcher(str(one)))) == (value, str(one))


@given(st.text(max_size=40))
def test_any_text_is_a_matcher_or_is_refused_at_a_place_in_it(text):
    with suppress(MatcherError):
        matcher(text)
        return
    with pytest.raises(MatcherError) as raised:
        matcher(text)
    assert 0 <= raised.value.column <= len(text)
