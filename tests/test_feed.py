"""What a feed says arrives whole: words, links, dates, and who is who."""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from feeds import atom, only, read, rss

from monitor.collect import entries

LINK = "<link>https://news.example/1</link>"


def test_the_fields_of_an_rss_item() -> None:
    item = (
        "<title>Войска «перегруппированы»</title><link>https://news.example/1</link>"
        "<guid isPermaLink='false'>n-1</guid><author>Иван Петренко</author>"
        "<description>&lt;p&gt;Так назвали отход.&lt;/p&gt;&lt;p&gt;Почти сразу.</description>"
        "<pubDate>Sat, 10 Sep 2022 15:30:00 +0300</pubDate>"
    )

    entry = only(rss(item))

    assert entry.id == "n-1"
    assert entry.url == "https://news.example/1"
    assert entry.title == "Войска «перегруппированы»"
    assert entry.text == "Так назвали отход.\nПочти сразу."
    assert entry.published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)
    assert entry.author == "Иван Петренко"
    assert (entry.source, entry.language, entry.updated_at) == ("news", "ru", None)


def test_the_fields_of_an_atom_entry() -> None:
    entry = only(
        atom(
            "<id>tag:news.example,2022:1</id><title type='html'>Дрони &amp;amp; снаряди</title>"
            "<link rel='alternate' href='/1'/><link rel='enclosure' href='/1.jpg'/>"
            "<author><name>Олена Коваль</name></author><published>2022-09-10T12:30:00Z</published>"
            "<updated>2022-09-10T13:00:00Z</updated><summary>Коротко.</summary>"
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Повний текст.</p>"
            "<p>Друга частина.</p></div></content>"
        )
    )

    assert entry.id == "tag:news.example,2022:1"
    assert entry.url == "https://news.example/1"
    assert entry.title == "Дрони & снаряди"
    assert entry.text == "Повний текст.\nДруга частина."
    assert entry.author == "Олена Коваль"
    assert entry.published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)
    assert entry.updated_at == datetime(2022, 9, 10, 13, tzinfo=UTC)


def test_an_rdf_feed_is_read() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://news.example/"><title>Лента</title></channel>'
        '<item rdf:about="https://news.example/1"><title>Заголовок</title>'
        "<link>https://news.example/1</link><dc:date>2022-09-10T12:30:00Z</dc:date></item></rdf:RDF>"
    )

    entry = only(body.encode())

    assert (entry.id, entry.title) == ("https://news.example/1", "Заголовок")
    assert entry.published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)


def test_a_json_feed_is_read_with_the_bytes_of_its_items() -> None:
    item = (
        '{"id": 7, "url": "/7?utm_source=rss", "content_html": "<p>Раз</p><p>два",'
        ' "authors": [{"name": "Ганна"}]}'
    )
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item} , 5]}}'

    page = read(body.encode(), content_type="application/feed+json")

    [entry] = page.entries
    assert (entry.id, entry.url) == ("7", "https://news.example/7")
    assert (entry.text, entry.author) == ("Раз\nдва", "Ганна")
    assert entry.raw == item.encode()
    assert page.problem == "1 of 2 entries cannot be read"
    assert len(page.fingerprints) == 1


def test_raw_is_the_entry_as_it_was_served_and_the_fingerprint_is_of_it() -> None:
    served = f"<item a='&gt;'>\r\n{LINK}<title><![CDATA[<b>Ёлка</b>]]></title></item >"
    body = rss("<title>Другая</title>").replace(b"<item>", f"{served}<item>".encode())

    raws = {entry.raw: entry.fingerprint for entry in read(body).entries}

    assert raws[served.encode()] == hashlib.sha256(served.encode()).hexdigest()[:16]


def test_only_what_is_not_known_is_returned_but_every_fingerprint_is() -> None:
    first = read(rss("<title>Один</title>", "<title>Два</title>"))

    second = read(
        rss("<title>Три</title>", "<title>Один</title>", "<title>Два</title>"),
        known=first.fingerprints,
    )

    assert [entry.title for entry in second.entries] == ["Три"]
    assert set(second.fingerprints) > set(first.fingerprints)


def test_an_edited_entry_keeps_its_id_and_has_another_fingerprint() -> None:
    before = read(rss("<guid>1</guid><title>Отход</title>"))

    after = read(rss("<guid>1</guid><title>Перегруппировка</title>"), known=before.fingerprints)

    [old], [new] = before.entries, after.entries
    assert (old.id, new.title) == (new.id, "Перегруппировка")
    assert old.fingerprint != new.fingerprint


def test_counters_of_views_and_comments_do_not_make_an_entry_new() -> None:
    counted = (
        "<id>yt:video:1</id><title>Брифінг</title><media:group><media:community>"
        "<media:statistics views='{}'/></media:community></media:group>"
    )
    first = read(atom(counted.format(10)))

    again = read(atom(counted.format(11)), known=first.fingerprints)

    assert again.entries == ()


def test_entries_come_oldest_first_by_date() -> None:
    items = [
        f"<title>{hour}</title><pubDate>Sat, 10 Sep 2022 {hour}:00:00 GMT</pubDate>"
        for hour in (12, 10, 11)
    ]

    assert [entry.title for entry in read(rss(*items)).entries] == ["10", "11", "12"]


def test_dates_that_cannot_be_are_taken_from_a_page_and_the_others_put_it_in_order() -> None:
    dates = ("12:00:00 GMT", "14:30:00 GMT", "10:00:00 GMT")
    items = [
        f"<title>{n}</title><pubDate>Sat, 10 Sep 2022 {date}</pubDate>"
        for n, date in enumerate(dates)
    ]
    page = read(rss("<title>x</title><pubDate>1 Jan 1970 00:00</pubDate>", *items))
    now = datetime(2022, 9, 10, 12, 10, tzinfo=UTC)

    believed = entries.believed(page, now, ZoneInfo("Europe/Moscow"))

    assert [(e.title, e.published_at) for e in believed.entries if e.title != "x"] == [
        ("2", datetime(2022, 9, 10, 10, tzinfo=UTC)),
        ("1", datetime(2022, 9, 10, 11, 30, tzinfo=UTC)),  # local time that was marked GMT
        ("0", datetime(2022, 9, 10, 12, tzinfo=UTC)),
    ]
    assert [e.published_at for e in believed.entries if e.title == "x"] == [None]
    assert believed.fingerprints == page.fingerprints


def test_without_dates_the_lowest_entry_is_the_oldest() -> None:
    page = read(rss("<title>новая</title>", "<title>старая</title>"))

    assert [entry.title for entry in page.entries] == ["старая", "новая"]


# Identity


@pytest.mark.parametrize(
    ("item", "identity"),
    [
        ("<guid>n-1</guid><link>https://news.example/1</link>", "n-1"),
        ("<link> \n https://news.example/1 \n</link>", "https://news.example/1"),
        ("<link><![CDATA[\n https://news.example/1 ]]></link>", "https://news.example/1"),
        (
            "<guid>  https://news.example/1?utm_source=rss&amp;utm_medium=rss  </guid>",
            "https://news.example/1",
        ),
        (
            "<link>https://news.example/1?id=5&amp;utm_source=rss</link>",
            "https://news.example/1?id=5",
        ),
        ("<link>/1?yclid=3#utm_source=rss</link>", "https://news.example/1"),
        ("<link>/1#anchor</link>", "https://news.example/1#anchor"),
    ],
)
def test_an_entry_is_known_by_its_guid_or_else_by_its_link(item: str, identity: str) -> None:
    assert only(rss(item)).id == identity


def test_an_entry_without_guid_and_link_is_known_by_what_it_says() -> None:
    one, two = read(rss("<title>Раз</title>", "<title>Два</title>")).entries

    assert one.id.startswith("text:")
    assert one.id != two.id
    assert only(rss("<title>Раз</title>")).id == two.id


def test_links_carry_no_tracking_and_are_whole() -> None:
    entry = only(rss("<guid>5</guid><link>\n ../a?b=1&amp;utm_campaign=x&amp;fbclid=y \n</link>"))

    assert entry.url == "https://news.example/a?b=1"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "tg://resolve?domain=x", "file:///etc"])
def test_what_is_no_web_link_is_none(link: str) -> None:
    assert only(rss(f"<guid>5</guid><link>{link}</link>")).url == ""


def test_an_id_that_is_a_link_stands_in_for_a_missing_link() -> None:
    assert only(rss("<guid>https://news.example/1</guid>")).url == "https://news.example/1"


def test_a_bare_guid_is_not_made_into_a_link() -> None:
    assert only(rss("<guid>12345</guid><title>Раз</title>")).url == ""


def test_an_entry_that_stands_twice_in_a_feed_is_one() -> None:
    page = read(rss(f"<title>Раз</title>{LINK}", f"<title>Раз</title>\n{LINK}"))

    assert len(page.entries) == 1
    assert len(page.fingerprints) == 2


def test_two_texts_under_one_guid_are_both_kept_and_the_older_has_the_guid() -> None:
    page = read(
        rss(
            "<guid>1</guid><title>Новая</title><link>https://news.example/2</link>",
            "<guid>1</guid><title>Старая</title><link>https://news.example/1</link>",
        )
    )

    old, new = page.entries
    assert (old.title, old.id) == ("Старая", "1")
    assert new.title == "Новая"
    assert new.id.startswith("1#")


def test_a_new_entry_under_a_known_guid_gets_the_same_id_as_if_all_were_new() -> None:
    old = "<guid>1</guid><title>Старая</title><link>https://news.example/1</link>"
    new = "<guid>1</guid><title>Новая</title><link>https://news.example/2</link>"
    known = read(rss(old)).fingerprints

    later = only(rss(new, old), known=known)

    assert later == read(rss(new, old)).entries[1]
    assert later.id != "1"
