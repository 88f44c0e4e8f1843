"""Who owns a host: it decides whom a certificate vouches for, and which address is its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.sites import same_site


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("function.mil.ru", "function.mil.ru", True),
        ("function.mil.ru", "mil.ru", True),
        ("function.mil.ru", "stat.mil.ru", True),
        ("mil.ru", "mil.ru.example.org", False),
        ("evilmil.ru", "mil.ru", False),
        ("one.com.ua", "two.com.ua", False),
        ("example.ru", "example.com", False),
        ("127.0.0.1", "127.0.0.2", False),
        ("localhost", "localhost", True),
        ("ru", "gov.ru", False),
        ("one.github.io", "two.github.io", False),
        ("one.github.io", "github.io", False),
        ("one.spb.ru", "two.spb.ru", False),
        ("www.one.spb.ru", "one.spb.ru", True),
        ("www.kyiv.example", "sport.kyiv.example", True),
        ("News.example.", "news.example", True),
        ("::1", "::2", False),
    ],
)
def test_a_site_is_what_one_owner_has_under_one_domain(one, other, same):
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@given(st.text(), st.text())
def test_no_name_is_too_odd_to_be_judged(one, other):
    assert same_site(one, other) is same_site(other, one)
    assert same_site(one, one)
