"""What feeds do that no specification foresees, and where they say that older entries are."""

from datetime import UTC, datetime

import pytest
from feeds import URL, atom, only, read, rss

LINK = "<link>https://news.example/1</link>"


def test_links_inside_yandex_related_are_not_the_link_of_the_item() -> None:
    related = (
        "<yandex:related type='infinity'><link url='https://news.example/8'>Ещё</link>"
        "<link>https://news.example/9</link></yandex:related>"
    )

    for item in (f"<title>Раз</title>{LINK}{related}", f"{related}<title>Раз</title>{LINK}"):
        entry = only(rss(item))
        assert (entry.url, entry.title) == ("https://news.example/1", "Раз")


def test_yandex_full_text_is_the_text() -> None:
    entry = only(
        rss(
            "<description>Коротко.</description>"
            "<yandex:full-text xmlns:yandex='http://news.yandex.ru'>Весь текст &amp;laquo;целиком"
            "&amp;raquo;.</yandex:full-text>"
        )
    )

    assert entry.text == "Весь текст «целиком»."


def test_encoded_content_is_preferred_to_the_summary() -> None:
    entry = only(
        rss(
            "<description>Коротко.</description>"
            "<content:encoded><![CDATA[<p>Весь текст.<script>x()</script></p>]]></content:encoded>"
        )
    )

    assert entry.text == "Весь текст."


def test_an_empty_content_does_not_hide_the_summary() -> None:
    entry = only(
        rss(
            "<description>Коротко.</description>"
            "<content:encoded><![CDATA[<img src='1.jpg'/>]]></content:encoded>"
        )
    )

    assert entry.text == "Коротко."


def test_the_caption_of_a_picture_does_not_replace_the_text() -> None:
    entry = only(
        rss(
            "<description>Текст новости.</description><media:content url='/1.jpg'>"
            "<media:description type='plain'>Фото: агентство, архив, сентябрь</media:description>"
            "</media:content>"
        )
    )

    assert entry.text == "Текст новости."


def test_the_description_of_a_video_is_its_text_with_its_lines() -> None:
    entry = only(
        atom(
            "<id>yt:video:1</id><title>Брифінг</title><link rel='alternate' href='https://v.example/1'/>"
            "<media:group><media:title>Брифінг</media:title><media:description>Перший рядок\n\n"
            "Другий рядок</media:description></media:group>"
        )
    )

    assert entry.text == "Перший рядок\nДругий рядок"


def test_an_upload_in_a_video_channel() -> None:
    entry = only(
        atom(
            "<id>yt:video:a1B2c3</id><yt:videoId>a1B2c3</yt:videoId><yt:channelId>UCx</yt:channelId>"
            "<title>Брифінг 10 вересня</title>"
            "<link rel='alternate' href='https://www.youtube.com/watch?v=a1B2c3'/>"
            "<author><name>Агенція</name><uri>https://www.youtube.com/channel/UCx</uri></author>"
            "<published>2022-09-10T12:00:00+00:00</published>"
            "<updated>2022-09-10T13:30:00+00:00</updated>"
            "<media:group><media:title>Брифінг</media:title>"
            "<media:content url='https://www.youtube.com/v/a1B2c3' width='640' height='390'/>"
            "<media:thumbnail url='https://i.ytimg.com/vi/a1B2c3/hqdefault.jpg' width='480'/>"
            "<media:description>Головне за добу &lt;live&gt;:\n\n00:10 Ізюм &amp; Балаклія\n"
            "https://agency.example/?a=1&amp;b=2</media:description><media:community>"
            "<media:starRating count='1' average='5.00' min='1' max='5'/>"
            "<media:statistics views='7'/></media:community></media:group>"
        )
    )

    assert (entry.id, entry.url) == ("yt:video:a1B2c3", "https://www.youtube.com/watch?v=a1B2c3")
    assert (entry.title, entry.author) == ("Брифінг 10 вересня", "Агенція")
    assert entry.text == (
        "Головне за добу <live>:\n00:10 Ізюм & Балаклія\nhttps://agency.example/?a=1&b=2"
    )
    assert entry.published_at == datetime(2022, 9, 10, 12, tzinfo=UTC)


def test_a_media_description_that_is_html_after_all_is_read_as_html() -> None:
    said = "&lt;p&gt;Вид міста&lt;/p&gt;&lt;p&gt;Фото: архів"

    entry = only(rss(f"<guid>1</guid><media:description>{said}</media:description>"))

    assert entry.text == "Вид міста\nФото: архів"


@pytest.mark.parametrize(
    "nested",
    [
        "<image><url>/1.jpg</url><title>Фото</title><link>https://news.example/img</link></image>",
        "<source url='https://other.example/rss'>Інше видання</source>",
        "<atom:link rel='self' href='https://news.example/self'/>",
        "<atom:link rel='replies' href='https://news.example/replies'/>",
        "<pdalink>https://m.news.example/1</pdalink>",
        "<media:group><media:title>Ролик</media:title><media:player url='/1'/></media:group>",
        "<enclosure url='https://news.example/1.mp3' type='audio/mpeg'/>",
    ],
)
def test_what_is_nested_in_an_item_is_not_the_item(nested: str) -> None:
    for item in (f"<title>Раз</title>{LINK}{nested}", f"{nested}<title>Раз</title>{LINK}"):
        entry = only(rss(item))
        assert (entry.title, entry.url) == ("Раз", "https://news.example/1")


# Where older entries are


@pytest.mark.parametrize(
    ("head", "older"),
    [
        ("<atom:link rel='next' href='?page=2&amp;x=1'/>", f"{URL}?page=2&x=1"),
        (
            '<atom:link href="/archive/8.xml" rel="prev-archive" />',
            "https://news.example/archive/8.xml",
        ),
        ("<atom:link rel='next' href='https://elsewhere.example/2'/>", None),
        ("<atom:link rel='next' href='javascript:2'/>", None),
        (f"<atom:link rel='next' href='{URL}'/>", None),
        ("<atom:link rel='self' href='?page=1'/><link>https://news.example/</link>", None),
    ],
)
def test_the_page_of_older_entries_is_named_where_it_is_on_the_same_host(
    head: str, older: str | None
) -> None:
    body = rss("<guid>1</guid><title>Раз</title>", "<guid>2</guid>", head=head)
    marks = read(body).fingerprints

    for known in ((), marks[:1], marks):
        assert read(body, known=known).older == older


def test_the_page_of_older_entries_may_be_named_at_the_end_and_in_a_damaged_feed() -> None:
    body = atom("<id>1</id><title>Раз</title><link rel='next' href='/of-the-entry'/>")
    link = b"<link rel='next' href='/older.xml'/></feed>"

    assert read(body).older is None
    for spoilt in (body, body.replace("Раз".encode(), b"<b>")):
        page = read(spoilt.replace(b"</feed>", link))
        assert page.older == "https://news.example/older.xml"


def test_a_json_feed_names_the_next_page() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "next_url": "/f?p=2", "items": []}'

    assert read(body).older == "https://news.example/f?p=2"
    assert read(body.replace(b"/f?", b"https://x.example/f?")).older is None


def test_an_entry_that_is_only_a_picture_is_an_entry() -> None:
    entry = only(
        rss("<guid>1</guid><enclosure url='https://news.example/1.jpg' type='image/jpeg'/>")
    )

    assert (entry.id, entry.title, entry.text) == ("1", "", "")


@pytest.mark.parametrize(
    "title",
    [
        "<title><![CDATA[«ТЭЦ» <b>обстреляна</b> &mdash; мэр]]></title>",
        "<title>«ТЭЦ» &lt;b&gt;обстреляна&lt;/b&gt; &amp;mdash; мэр</title>",
        "<title>\n  «ТЭЦ»   обстреляна\n— мэр </title>",
    ],
)
def test_titles_are_plain_text_on_one_line(title: str) -> None:
    assert only(rss(title)).title == "«ТЭЦ» обстреляна — мэр"


def test_typographic_characters_are_kept() -> None:
    words = "П’ять днів — «тиша»… „Ні“ – сказав ‘він’ № 5 ґ"

    assert only(rss(f"<title>{words}</title><description>{words}</description>")).text == words


def test_words_in_text_nested_beyond_what_parsers_follow_are_kept() -> None:
    deep = "&lt;div&gt;" * 5000 + "слово" + "&lt;/div&gt;" * 5000 + "&lt;p&gt;и после"

    assert only(rss(f"<description>{deep}</description>")).text == "слово\nи после"


def test_times_without_a_zone_are_those_of_the_country() -> None:
    body = rss("<title>Раз</title><pubDate>10.09.2022 15:30</pubDate>")

    assert only(body, country="ru").published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)


def test_an_impossible_date_is_no_date() -> None:
    assert only(rss("<title>Раз</title><pubDate>31.02.2022</pubDate>")).published_at is None


def test_the_language_of_the_feed_counts_where_the_source_declares_none() -> None:
    body = rss("<title>Раз</title>", head="<language>uk-UA</language>")

    assert only(body, language=None).language == "uk"
    assert only(body, language="ru").language == "ru"
