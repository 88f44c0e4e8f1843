"""Feeds with flaws, and pages that are no feeds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from feeds import URL, only, read, rss

from monitor.errors import Cause, PageError

LINK = "<link>https://news.example/1</link>"


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16"])
def test_raw_is_utf_8_where_the_feed_is_not(encoding: str) -> None:
    entry = only(rss("<title>Пожар</title>", encoding=encoding))

    assert entry.title == "Пожар"
    assert "Пожар" in entry.raw.decode()


# Feeds that are not well-formed


@pytest.mark.parametrize(
    "flaw",
    [
        *("&nbsp;", "AT&T", "a & b", "<br>", "</p>", "\x0b", "<x:y>z</x:y>", "&#xD800;", "&#0;"),
    ],
)
def test_a_flaw_in_one_item_costs_no_item(flaw: str) -> None:
    body = rss(
        "<guid>1</guid><title>Раз</title>",
        f"<guid>2</guid><title>Два</title><description>Слово {flaw} ещё</description>",
        "<guid>3</guid><title>Три</title>",
    )

    page = read(body)

    assert [entry.id for entry in page.entries] == ["3", "2", "1"]
    assert "Слово" in page.entries[1].text
    assert "ещё" in page.entries[1].text
    assert read(body, known=page.fingerprints).entries == ()


def test_bare_ampersands_and_the_entities_of_html_are_what_they_mean() -> None:
    entry = only(rss("<title>AT&T и Ко&nbsp;— a & b, &laquo;x&raquo; &nosuch;</title>"))

    assert entry.title == "AT&T и Ко — a & b, «x» &nosuch;"
    assert b"AT&T" in entry.raw


def test_a_feed_that_breaks_off_gives_what_it_has_and_says_so() -> None:
    body = rss("<guid>1</guid><title>Раз</title>", "<guid>2</guid><title>Два</title>")

    page = read(body[: body.rindex("Два".encode())])

    assert {entry.id for entry in page.entries} == {"1", "2"}
    assert page.problem == "1 of 2 entries arrived in part; it breaks off before its end"
    assert page.cause is Cause.TRUNCATED


def test_entities_of_its_own_are_not_expanded() -> None:
    doctype = (
        '<!DOCTYPE rss [<!ENTITY a "ааааааааааааааааааааа"> <!ENTITY b "&a;&a;&a;&a;">'
        ' <!ENTITY c SYSTEM "file:///etc/passwd"> <!ENTITY d "C:\\data]>"> ]>'
    )
    body = rss("<guid>1</guid><title>Пожар &b;&c;&d;</title>").replace(
        b"<rss", doctype.encode() + b"<rss"
    )

    page = read(body)

    assert page.entries[0].title == "Пожар &b;&c;&d;"
    assert page.problem == "it declares its own entities, which are not expanded"


def test_a_harmless_document_type_is_no_problem() -> None:
    body = rss("<title>Раз</title>").replace(
        b"<rss", b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x.example/rss.dtd"><rss'
    )

    assert read(body).problem is None
    assert only(body).title == "Раз"


def test_five_thousand_new_entries_are_read_at_once_and_the_others_next_time() -> None:
    body = rss(*(f"<guid>{number}</guid>" for number in range(5003)))

    first = read(body)
    second = read(body, known=first.fingerprints)

    assert len(first.entries) == len(first.fingerprints) == 5000
    assert first.problem is not None
    assert "5003 new entries at once" in first.problem
    assert len(second.entries) == 3
    assert len(second.fingerprints) == 5003
    assert second.problem is None


# What is no feed


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b" \r\n ", "the body is empty"),
        (
            "<!doctype html><html><title>Технічні роботи &mdash; сайт</title>".encode(),
            "not a feed: an HTML page titled “Технічні роботи — сайт”",
        ),
        (
            b'<html><title>Login</title><form><input type="password"></form></html>',
            "not a feed: a page titled “Login” that asks to log in",
        ),
        (b'{"error": "not found"}', "not a feed: JSON, but not JSON Feed"),
        (b"[1, 2]", "not a feed: JSON, but not JSON Feed"),
        ("Сервис недоступен".encode(), "not a feed: it begins with “Сервис недоступен”"),
        (b"<!DOCTYPE", "not a feed: there is nothing in it"),
    ],
)
def test_what_is_no_feed_is_called_what_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(PageError) as error:
        read(body)

    assert str(error.value) == reason


def test_broken_json_is_called_broken() -> None:
    for body in (b'{"items": [', b'{"a": 1e', b"{" + b"[" * 100_000):
        with pytest.raises(PageError, match=r"begins like JSON, but is broken|not JSON Feed"):
            read(body)


def test_a_feed_without_entries_is_a_feed() -> None:
    page = read(rss())

    assert (page.entries, page.fingerprints, page.problem) == ((), (), None)


def test_a_real_feed_is_read_whole(shared: Path) -> None:
    [path] = (shared / "feeds").glob("liga*.xml")
    body = path.read_bytes()

    page = read(body, url="https://www.liga.net/news/all/rss.xml")

    assert len(page.entries) == 12
    assert page.problem is None
    newest = page.entries[-1]
    assert newest.title.startswith('Футбол. "Арсенал" – "Челси"')
    assert newest.text.startswith("Сегодня пройдет матч между Арсеналом и Челси")
    assert newest.published_at == datetime(2021, 8, 22, 10, 45, tzinfo=UTC)
    assert all(entry.id == entry.url and entry.raw in body for entry in page.entries)


def test_the_address_of_the_feed_is_what_its_links_are_relative_to() -> None:
    assert only(rss("<link>two</link>")).url == URL.replace("rss.xml", "two")
