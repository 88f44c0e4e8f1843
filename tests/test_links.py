"""Links: whatever a page calls one, what is taken for one can be asked for."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from monitor.collect.links import absolute

BASE = "https://news.example/lenta/"

PARTS = st.sampled_from(
    [
        "http:",
        "https:",
        "//",
        "/",
        "[",
        "]",
        "::1",
        "@",
        ":",
        "80",
        "99999",
        "news.example",
        "?",
        "#",
    ]
)
SPELLED = st.lists(PARTS | st.text(max_size=4), max_size=10).map("".join)


@pytest.mark.parametrize(
    "link",
    [
        "https://news.example:99999/1",
        "https://news.example:-1/1",
        "https://news.example:0/1",
        "https://news.example:http/1",
        "https://:80/1",
        "https://[bad/1",
        "mailto:desk@news.example",
    ],
)
def test_what_nobody_can_ask_for_is_no_link(link: str) -> None:
    assert absolute(link, BASE) == ""


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("1", "https://news.example/lenta/1"),
        ("//news.example:8080/1", "https://news.example:8080/1"),
        ("http://[::1]:8080/1", "http://[::1]:8080/1"),
        ("https://новости.example/1", "https://новости.example/1"),
    ],
)
def test_what_can_be_asked_for_is_one(link: str, whole: str) -> None:
    assert absolute(link, BASE) == whole


@given(SPELLED, SPELLED | st.just(BASE))
def test_every_link_can_be_asked_for(link: str, base: str) -> None:
    if whole := absolute(link, base):
        parts = urlsplit(Request(whole).url)
        assert parts.hostname
        assert parts.port != 0
