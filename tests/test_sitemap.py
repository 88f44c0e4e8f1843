"""A sitemap becomes entries: addresses, with titles and dates where it is one for news."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect import entries, sitemap
from monitor.collect.plaintext import one_line
from monitor.collect.served import Served
from monitor.errors import Cause, PageError
from monitor.model import Entry, Page

URL = "https://news.example/sitemap-news.xml"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def read(body: str | bytes, **others: Any) -> Page:
    said = {"url": URL, "source": "news", "language": "ru", "country": "ru"}
    raw = body.encode() if isinstance(body, str) else body
    return sitemap.read(Served(body=raw, **{**said, **others}))


def urlset(*urls: str, name: str = "urlset", head: str = "") -> str:
    inside = "\n".join(urls)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<{name} {NAMESPACES}>\n{inside}\n</{name}>'
    )


def url(path: str = "/1", lastmod: str = "", more: str = "") -> str:
    said = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>https://news.example{path}</loc>{said}{more}</url>"


def news(path: str = "/1", title: str = "Мост закрыт", at: str = "2022-09-10T14:20+03:00") -> str:
    return url(
        path,
        more=(
            "<news:news><news:publication><news:name>Новости</news:name>"
            "<news:language>uk</news:language></news:publication>"
            f"<news:publication_date>{at}</news:publication_date>"
            f"<news:title>{title}</news:title></news:news>"
        ),
    )


def only(body: str | bytes, **others: Any) -> Entry:
    [entry] = read(body, **others).entries
    return entry


def refusal(body: str | bytes) -> PageError:
    with pytest.raises(PageError) as caught:
        read(body)
    return caught.value


def test_the_fields_of_a_news_entry() -> None:
    entry = only(
        urlset(news("/news/7?utm_source=sitemap", "Мост &amp; паром: &amp;quot;закрыто&amp;quot;"))
    )

    assert entry.id == entry.url == "https://news.example/news/7"
    assert entry.title == 'Мост & паром: "закрыто"'
    assert entry.text == ""
    assert entry.published_at == datetime(2022, 9, 10, 11, 20, tzinfo=UTC)
    assert entry.updated_at is None
    assert "Мост".encode() in entry.raw
    assert entry.language == "ru"
    assert only(urlset(news()), language=None).language == "uk"


def test_a_plain_sitemap_gives_addresses_and_when_they_changed() -> None:
    entry = only(urlset(url("/news/7", "2022-09-10")))

    assert (entry.title, entry.url) == ("", "https://news.example/news/7")
    assert entry.published_at == entry.updated_at == datetime(2022, 9, 9, 21, tzinfo=UTC)


def test_the_address_of_a_picture_is_not_the_page() -> None:
    picture = "<image:image><image:loc>https://cdn.example/1.jpg</image:loc></image:image>"

    assert only(urlset(url("/1", more=picture))).url == "https://news.example/1"
    assert only(urlset(f"<url>{picture}<loc>https://news.example/1</loc></url>")).url[-2:] == "/1"


def test_entries_come_oldest_first_in_whichever_order_they_are_listed() -> None:
    said = read(urlset(url("/2", "2022-09-11"), url("/3", "2022-09-12"), url("/1", "2022-09-10")))

    assert [entry.url[-1] for entry in said.entries] == ["1", "2", "3"]


def test_of_very_many_the_newest_are_read_and_the_rest_is_said() -> None:
    day = datetime(2000, 1, 1, tzinfo=UTC)
    many = [url(f"/{n}", f"{day + timedelta(hours=n):%Y-%m-%dT%H:00Z}") for n in range(5_010)]

    said = read(urlset(*many))

    assert len(said.entries) == entries._MOST == len(said.fingerprints)
    assert said.entries[-1].url == "https://news.example/5009"
    assert said.problem is not None
    assert "10 when it is fetched again" in said.problem


def test_what_is_known_is_not_read_again_and_a_change_is_new() -> None:
    first = read(urlset(news("/1"), news("/2")))
    known = frozenset(first.fingerprints)

    assert read(urlset(news("/1"), news("/2")), known=known).entries == ()
    [changed] = read(urlset(news("/1", "Мост открыт"), news("/2")), known=known).entries
    assert changed.title == "Мост открыт"


@pytest.mark.parametrize("parts", [1, 3])
def test_gzip_is_unpacked_also_in_several_parts(parts: int) -> None:
    body = urlset(news()).encode()
    size = len(body) // parts + 1
    packed = b"".join(gzip.compress(body[n : n + size]) for n in range(0, len(body), size))

    said = read(packed, content_type="application/x-gzip")

    assert [entry.title for entry in said.entries] == ["Мост закрыт"]
    assert said.problem is None


def test_gzip_that_breaks_off_gives_what_was_there_and_says_so() -> None:
    packed = gzip.compress(urlset(*(news(f"/{n}") for n in range(500))).encode())

    said = read(packed[: len(packed) // 2])

    assert 0 < len(said.entries) < 500
    assert said.problem == "it breaks off before its end"
    assert said.cause is Cause.INCOMPLETE


def test_a_gzip_bomb_is_refused() -> None:
    assert refusal(gzip.compress(b" " * 20 * 2**20)).cause is Cause.TOO_LARGE
    assert "cannot be unpacked" in str(refusal(b"\x1f\x8bnonsense"))


def test_a_sitemap_that_breaks_off_gives_what_was_there_and_says_so() -> None:
    body = urlset(*(news(f"/{n}") for n in range(9)))

    said = read(body[: body.rindex("<news:title>") + 15])

    assert len(said.entries) >= 8
    assert said.problem == "it breaks off before its end"


def test_an_index_names_the_sitemap_to_ask_for() -> None:
    def child(path: str, lastmod: str) -> str:
        return (
            f"<sitemap><loc>https://news.example{path}</loc><lastmod>{lastmod}</lastmod></sitemap>"
        )

    pages = child("/sitemap-1.xml", "2022-09-01"), child("/sitemap-2.xml", "2022-09-10")
    of_news = child("/google-news.xml", "2022-09-05")

    plain = read(urlset(*pages, name="sitemapindex"))
    assert (plain.entries, plain.fingerprints) == ((), ())
    assert plain.cause is Cause.NOT_A_FEED
    assert plain.problem == (
        "it is an index of 2 sitemaps: put `url: https://news.example/sitemap-2.xml` instead"
    )
    best = read(urlset(*pages, of_news, name="sitemapindex")).problem or ""
    assert "https://news.example/google-news.xml" in best
    assert read(urlset(name="sitemapindex")).problem == (
        "it is an index of 0 sitemaps, and names none"
    )


def test_entries_without_an_address_are_counted() -> None:
    said = read(urlset(news(), "<url><lastmod>2022-09-10</lastmod></url>"))

    assert len(said.entries) == 1
    assert said.problem == "1 of 2 entries have no address"


def test_a_sitemap_may_be_empty() -> None:
    assert read(urlset()) == Page(entries=(), fingerprints=())


def test_namespaces_are_not_insisted_on() -> None:
    body = urlset(news()).replace(NAMESPACES, 'xmlns:news="urn:other"')
    prefixed = f'<s:urlset xmlns:s="urn:x"><s:url><s:loc>{URL}</s:loc></s:url></s:urlset>'

    assert only(body).title == "Мост закрыт"
    assert only(prefixed).url == URL


def test_entities_of_its_own_are_not_expanded() -> None:
    bomb = '<!DOCTYPE urlset [<!ENTITY a "слово"><!ENTITY x SYSTEM "file:///etc/passwd">]>\n'

    said = read(urlset(news("/1", "Т&a;&x;"), head=bomb))

    assert [entry.title for entry in said.entries] == ["Т"]
    assert said.problem == "it declares its own entities, which are not expanded"


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        ("", Cause.EMPTY, "the body is empty"),
        ("<rss><channel/></rss>", Cause.NOT_A_FEED, "a feed, which `spider: feed` reads"),
        ("<html><title>Нет страницы</title>", Cause.NOT_A_FEED, "a page titled “Нет страницы”"),
        ("<html><title>Just a moment...</title>", Cause.WALL, "keeps programs out"),
        ("<html><input type=password>", Cause.LOGIN, "asks to log in"),
        ("https://news.example/1", Cause.NOT_A_FEED, "it begins with “https://news.example/1”"),
    ],
)
def test_what_is_no_sitemap_is_named(body: str, cause: Cause, words: str) -> None:
    error = refusal(body)

    assert error.cause is cause
    assert words in str(error)


TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(one_line)
TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))


@given(st.lists(st.tuples(TITLES, TIMES), max_size=8, unique_by=lambda one: one[1]))
def test_what_is_written_into_a_sitemap_is_read_from_it(
    written: list[tuple[str, datetime]],
) -> None:
    twice = [(escape(escape(title)), at) for title, at in written]
    said = read(urlset(*(news(f"/{n}", t, at.isoformat()) for n, (t, at) in enumerate(twice))))

    assert [(entry.title, entry.published_at) for entry in said.entries] == sorted(
        written, key=lambda one: one[1]
    )
    assert said.problem is None
