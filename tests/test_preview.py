"""A Telegram channel's public preview becomes its posts, each with its own words only."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.collect import preview
from monitor.collect.served import Served
from monitor.errors import PageError
from monitor.model import Entry, Page

URL = "https://t.me/s/kanal"
NO_PREVIEW = (
    "the channel is private, has none, or does not exist,"
    " or the name is a person's, a group's or a bot's"
)


def read(text: str | bytes, known: Collection[str] = ()) -> Page:
    served = Served(
        body=text.encode() if isinstance(text, str) else text,
        content_type="text/html; charset=utf-8",
        url=URL,
        source="kanal",
        language="uk",
        known=frozenset(known),
    )
    return preview.read(served)


def post(
    inside: str,
    *,
    number: int = 7,
    kind: str = "",
    views: str = "1.2K",
    at: str = "2022-09-10T12:30:00+00:00",
    meta: str = "",
) -> str:
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message {kind} js-widget_message" data-post="kanal/{number}">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author">'
        '<a class="tgme_widget_message_owner_name" href="https://t.me/kanal">'
        f'<span dir="auto">Наш канал</span></a></div>{inside}'
        '<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">'
        f'{views}</span><span class="tgme_widget_message_meta">{meta}'
        f'<a class="tgme_widget_message_date" href="https://t.me/kanal/{number}">'
        f'<time datetime="{at}" class="time">12:30</time></a></span></div></div></div></div>'
    )


def words(text: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'


def page(*posts: str) -> str:
    return f'<html><section class="tgme_channel_history">{"".join(posts)}</section></html>'


def only(text: str) -> Entry:
    [entry] = read(text).entries
    return entry


def test_the_fields_of_a_post() -> None:
    entry = only(page(post(words("Звільнено село"))))

    assert entry.id == "kanal/7"
    assert entry.url == "https://t.me/kanal/7"
    assert (entry.title, entry.text) == ("", "Звільнено село")
    assert entry.published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)
    assert entry.author == "Наш канал"
    assert (entry.source, entry.language, entry.forwarded_from) == ("kanal", "uk", None)


def test_line_breaks_emoji_and_links_stay_in_the_text() -> None:
    said = (
        '<i class="emoji" style="x"><b>🔥</b></i> <b>Увага!<br/><br/></b>Село &laquo;наше&raquo;'
        ' <a href="?q=%23x">#ЗСУ</a><br>Деталі: <a href="https://a.example">a.example</a>'
    )

    assert only(page(post(words(said)))).text == "🔥 Увага!\nСело «наше» #ЗСУ\nДеталі: a.example"


def test_text_that_telegram_wraps_twice_is_there_once() -> None:
    assert only(page(post(words(words("Альбом"))))).text == "Альбом"


def test_raw_is_the_post_as_it_was_served() -> None:
    one, two = post(words("Раз"), number=1), post(words("Два"), number=2)

    first, second = read(page(one, "\n<hr>", two)).entries

    assert (first.raw.decode(), second.raw.decode()) == (one, two)


def test_views_do_not_change_the_fingerprint_and_words_do() -> None:
    before = read(page(post(words("Раз"), views="10")))

    later = read(page(post(words("Раз"), views="99K")), known=before.fingerprints)
    edited = read(page(post(words("Два"), meta="edited &nbsp;")), known=before.fingerprints)

    assert later.entries == ()
    assert later.fingerprints == before.fingerprints
    assert [entry.text for entry in edited.entries] == ["Два"]
    assert edited.entries[0].id == before.entries[0].id


@pytest.mark.parametrize(
    ("link", "whose"),
    [
        ('href="https://t.me/inshyi/5"', "Інший канал (@inshyi)"),
        ('href="https://t.me/c/12345/6"', "Інший канал"),
        ("", "Інший канал"),
    ],
)
def test_a_forwarded_post_says_whose_words_it_has(link: str, whose: str) -> None:
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
        f'<a class="tgme_widget_message_forwarded_from_name" {link}><span>Інший канал</span></a>'
        "</div>"
    )

    entry = only(page(post(forwarded + words("Слова"))))

    assert (entry.forwarded_from, entry.text) == (whose, "Слова")


def test_a_signed_post_has_its_author() -> None:
    signed = '<span class="tgme_widget_message_from_author" dir="auto">Олена</span>, '

    assert only(page(post(words("Слова"), meta=signed))).author == "Олена"


def test_other_peoples_words_are_not_mixed_in() -> None:
    answered = (
        '<a class="tgme_widget_message_reply" href="https://t.me/kanal/1"><div'
        ' class="tgme_widget_message_author"><span>Хтось</span></div>'
        f"{words('чужі слова')}</a>"
    )
    card = (
        '<a class="tgme_widget_message_link_preview" href="https://a.example">'
        '<div class="link_preview_title">чужий заголовок</div>'
        f"{words('чужий опис')}</a>"
    )

    entry = only(page(post(answered + words("Свої слова") + card)))

    assert (entry.text, entry.author) == ("Свої слова", "Наш канал")


def test_an_album_and_a_picture_without_words_are_posts() -> None:
    picture = '<a class="tgme_widget_message_photo_wrap" style="x"></a>'

    assert only(page(post(picture))).text == ""
    assert only(page(post(picture + picture + words("Підпис")))).text == "Підпис"


def test_a_poll_is_what_it_asks() -> None:
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">'
        'Чи буде мобілізація?</div><div class="tgme_widget_message_poll_option">'
        '<div class="tgme_widget_message_poll_option_percent">50%</div>'
        '<div class="tgme_widget_message_poll_option_text">Так</div></div></div>'
    )

    assert only(page(post(poll))).text == "Чи буде мобілізація?\nТак"


def test_service_messages_are_left_out() -> None:
    shown = read(page(post(words("Channel created"), number=1, kind="service_message")))

    assert (shown.entries, shown.fingerprints, shown.problem) == ((), (), None)


def test_the_time_of_a_post_is_not_the_length_of_a_video() -> None:
    video = '<time class="message_video_duration" datetime="2001-01-01">0:05</time>'

    assert only(page(post(video + words("Відео")))).published_at == datetime(
        2022, 9, 10, 12, 30, tzinfo=UTC
    )


def test_a_post_that_cannot_be_read_is_a_problem_and_costs_only_itself() -> None:
    broken = '<div class="tgme_widget_message_wrap"><div>?</div></div>'

    shown = read(page(post(words("Раз")), broken))

    assert len(shown.entries) == 1
    assert shown.problem == "1 of 2 posts cannot be read"


def test_a_channel_that_shows_no_posts_is_a_problem() -> None:
    assert read(page()).problem == "the preview shows no posts"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the body is empty"),
        (
            '<meta property="og:title" content="Наш &amp; ваш"><div class="tgme_page"></div>',
            f"{URL} shows no preview (“Наш & ваш”): {NO_PREVIEW}",
        ),
        (
            "<html><title>Доступ обмежено</title></html>",
            "not a Telegram preview: a page titled “Доступ обмежено”",
        ),
        ("<p>502", "not a Telegram preview, and no post in it"),
    ],
)
def test_what_is_no_preview_is_called_what_it_is(body: str, reason: str) -> None:
    with pytest.raises(PageError) as error:
        read(body)

    assert str(error.value) == reason


def test_a_real_preview_is_read_whole(shared: Path) -> None:
    body = (shared / "telegram_preview" / "full.html").read_bytes()

    shown = read(body)

    assert len(shown.entries) == len(set(shown.fingerprints)) == 12
    assert shown.problem is None
    assert all(entry.text and entry.published_at and entry.raw in body for entry in shown.entries)
    assert shown.entries[0].id == "topwar_official/70989"
    assert shown.entries[4].forwarded_from == "Военкор Ярем (@yaremshooter)"
    assert [entry.published_at for entry in shown.entries] == sorted(
        entry.published_at for entry in shown.entries if entry.published_at
    )


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("message_text", "Неопознанный летающий объект замечен в 160 – 200 км от Петербурга\nПо"),
        ("message_media_photo_and_video", "Ночью над Белгородом сбили 3 беспилотника\nОни упали"),
        ("message_link_preview", "https://vnnews.ru/georgiy-zotov-okkupaciya-volosatym-kr/"),
    ],
)
def test_real_posts_are_read(shared: Path, name: str, begins: str) -> None:
    entry = only((shared / "telegram_preview" / f"{name}.html").read_bytes().decode())

    assert entry.text.startswith(begins)
    assert "краб" not in entry.text.lower()
