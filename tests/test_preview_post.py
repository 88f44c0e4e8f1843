"""A post of a Telegram channel is its own words, and what stands beside them, and nothing else."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from channel import OPEN_TELEGRAM, album, file, label, only, page, picture, post, read, video, words
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import Cause


def test_the_fields_of_a_post() -> None:
    entry = only(page(post(words("Звільнено село"))))

    assert entry.id == "kanal/7"
    assert entry.url == "https://t.me/kanal/7"
    assert (entry.title, entry.text) == ("", "Звільнено село")
    assert entry.published_at == datetime(2022, 9, 10, 12, 30, tzinfo=UTC)
    assert entry.author == "Наш канал"
    assert (entry.source, entry.language, entry.forwarded_from) == ("kanal", "uk", None)
    assert entry.problem is None


def test_line_breaks_emoji_and_links_stay_in_the_text() -> None:
    said = (
        '<i class="emoji" style="x"><b>🔥</b></i> <b>Увага!<br/><br/></b>Село &laquo;наше&raquo;'
        ' <a href="?q=%23x">#ЗСУ</a><br>Деталі: <a href="https://a.example">a.example</a>'
    )

    assert only(page(post(words(said)))).text == "🔥 Увага!\nСело «наше» #ЗСУ\nДеталі: a.example"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('Слава <tg-emoji emoji-id="1"><i class="emoji"><b>🇺🇦</b></i></tg-emoji>!', "Слава 🇺🇦!"),
        ("<b><i><u><s>Усе</s></u></i></b> разом", "Усе разом"),
        ("Втрати: <tg-spoiler>сто</tg-spoiler> танків", "Втрати: сто танків"),
        (
            "Сказав:<blockquote expandable>Раз.<br/>Два.</blockquote>Далі",
            "Сказав:\nРаз.\nДва.\nДалі",
        ),
        ("Код:<pre>один\nдва</pre><code>три</code>", "Код:\nодин\nдва\nтри"),
        ("РФ &amp;amp; СРСР &lt;b&gt; &#33; &quot;так&quot;", 'РФ &amp; СРСР <b> ! "так"'),
        ("<mark>Балаклія</mark> &nbsp; наша", "Балаклія наша"),
    ],
)
def test_formatted_text_is_what_a_reader_sees(markup: str, text: str) -> None:
    assert only(page(post(words(markup)))).text == text


INLINE = st.sampled_from(
    [
        "{}",
        "<b>{}</b>",
        '<i class="emoji"><b>{}</b></i>',
        '<tg-emoji emoji-id="5"><i class="emoji"><b>{}</b></i></tg-emoji>',
        "<tg-spoiler>{}</tg-spoiler>",
        '<a href="https://a.example/?a=1&amp;b=2" target="_blank">{}</a>',
        "<code>{}</code>",
    ]
)
SAYABLE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text(
        "абвії єґ🔥🇺🇦👨‍👩‍👧\u200f\u202eשלום\u0301&<>\"'\n\r\t\x0c\x00\x85\u2028;#", max_size=40
    ),
)


def as_read(text: str) -> str:
    """What of a text is to be read: no control characters, no white space that says nothing."""
    text = re.sub("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029\r\t]", " ", text)
    text = re.sub("[\x00-\x08\x0e-\x1b\x7f-\x9f\ufffe\uffff]", "", text)
    trimmed = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in trimmed if line) or "[видно лише в Telegram]"


@given(st.lists(st.lists(st.tuples(SAYABLE, INLINE), max_size=4), min_size=1, max_size=5))
@example([[("this channel can't be displayed because I say so", "<b>{}</b>")], [("так", "{}")]])
def test_whatever_posts_say_comes_out_in_order_and_with_their_numbers(said) -> None:
    posts = [
        "".join(tag.format(html.escape(text).replace("\n", "<br/>")) for text, tag in one)
        for one in said
    ]

    shown = read(page(*(post(words(one), number=n) for n, one in enumerate(posts, start=5))))

    assert [(entry.id, entry.text) for entry in shown.entries] == [
        (f"kanal/{n}", as_read("".join(text for text, _ in one)))
        for n, one in enumerate(said, start=5)
    ]


def test_text_that_telegram_wraps_twice_is_there_once() -> None:
    assert only(page(post(words(words("Альбом"))))).text == "Альбом"


def test_raw_is_the_post_as_it_was_served() -> None:
    one, two = post(words("Раз"), number=1), post(words("Два"), number=2)

    first, second = read(page(one, "\n<hr>", two)).entries

    assert (first.raw.decode(), second.raw.decode()) == (one, two)


def test_neither_views_nor_the_edited_mark_change_the_fingerprint_and_words_do() -> None:
    before = read(page(post(words("Раз"), views="10")))

    marked = post(words("Раз"), views="99K", meta="edited &nbsp;")
    later = read(page(marked), known=before.fingerprints)
    edited = read(page(post(words("Два"), meta="edited &nbsp;")), known=before.fingerprints)

    assert later.entries == ()
    assert later.fingerprints == before.fingerprints
    assert [entry.text for entry in edited.entries] == ["Два"]
    assert edited.entries[0].id == before.entries[0].id


@pytest.mark.parametrize(
    ("link", "signed", "whose"),
    [
        ('href="https://t.me/inshyi/5"', "", "Інший канал (@inshyi)"),
        ('href="https://t.me/c/12345/6"', "", "Інший канал"),
        ("", "", "Інший канал"),
        (
            'href="https://t.me/inshyi/5"',
            '&nbsp;(<span class="tgme_widget_message_forwarded_from_author">Олена</span>)',
            "Інший канал (@inshyi), Олена",
        ),
    ],
)
def test_a_forwarded_post_says_whose_words_it_has(link: str, signed: str, whose: str) -> None:
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
        f'<a class="tgme_widget_message_forwarded_from_name" {link}><span>Інший канал</span></a>'
        f"{signed}</div>"
    )

    entry = only(page(post(forwarded + words("Слова"))))

    assert (entry.forwarded_from, entry.text) == (whose, "Слова")


def test_a_signed_post_has_its_author() -> None:
    signed = '<span class="tgme_widget_message_from_author" dir="auto">Олена</span>, '

    assert only(page(post(words("Слова"), meta=signed))).author == "Олена"


@pytest.mark.parametrize("quoted", ["text js-message_reply_text", "metatext js-message_reply_text"])
def test_other_peoples_words_and_pictures_are_not_mixed_in(quoted: str) -> None:
    answered = (
        '<a class="tgme_widget_message_reply" href="https://t.me/kanal/1"><div'
        ' class="tgme_widget_message_author"><span>Хтось</span></div>'
        '<i class="tgme_widget_message_photo_wrap"></i>'
        f'<div class="tgme_widget_message_{quoted}">чужі слова</div></a>'
    )
    card = (
        '<a class="tgme_widget_message_link_preview" href="https://a.example">'
        '<div class="link_preview_title">чужий заголовок</div>'
        f'<i class="tgme_widget_message_photo_wrap"></i>{words("чужий опис")}</a>'
    )

    entry = only(page(post(answered + words("Свої слова") + card)))
    wordless = only(page(post(answered + video("0:07"))))

    assert (entry.text, entry.author) == ("Свої слова", "Наш канал")
    assert wordless.text == "[відео 0:07]"


ROUND = (
    '<a class="tgme_widget_message_roundvideo_player"><video></video>'
    '<time class="tgme_widget_message_roundvideo_duration">0:15</time></a>'
)
VOICE = (
    '<a class="tgme_widget_message_voice_player js-message_voice_player"><audio></audio>'
    '<time class="tgme_widget_message_voice_duration">0:12</time></a>'
)
STICKER = (
    '<div class="tgme_widget_message_sticker_wrap media_supported_cont">'
    '<a><i class="tgme_widget_message_sticker"></i></a></div>'
)
POLL = '<div class="tgme_widget_message_poll"></div>'


@pytest.mark.parametrize(
    ("inside", "ukrainian", "russian", "english"),
    [
        (picture(), "[фото]", "[фото]", "[photo]"),
        (album(*[picture()] * 4), "[4 фото]", "[4 фото]", "[4 photos]"),
        (video(), "[відео 0:45]", "[видео 0:45]", "[video 0:45]"),
        (album(video(), video()), "[2 відео]", "[2 видео]", "[2 videos]"),
        (
            album(video("1:02:03"), picture(), picture()),
            "[відео 1:02:03, 2 фото]",
            "[видео 1:02:03, 2 фото]",
            "[video 1:02:03, 2 photos]",
        ),
        (video(""), "[GIF]", "[GIF]", "[GIF]"),
        (ROUND, "[відеоповідомлення 0:15]", "[видеосообщение 0:15]", "[video message 0:15]"),
        (
            VOICE,
            "[голосове повідомлення 0:12]",
            "[голосовое сообщение 0:12]",
            "[voice message 0:12]",
        ),
        (STICKER, "[стікер]", "[стикер]", "[sticker]"),
        (POLL, "[опитування]", "[опрос]", "[poll]"),
        (
            '<a class="tgme_widget_message_location_wrap"></a>',
            "[місце на мапі]",
            "[место на карте]",
            "[place on the map]",
        ),
    ],
)
def test_what_a_post_without_words_shows_is_told_in_the_sources_language(
    inside: str, ukrainian: str, russian: str, english: str
) -> None:
    shown = page(post(inside))

    assert only(shown, "uk").text == ukrainian
    assert only(shown, "ru").text == russian
    assert only(shown, "en").text == only(shown, None).text == english
    assert only(shown).problem is None


def test_a_link_in_what_is_answered_does_not_let_its_words_out() -> None:
    # For every reader of HTML, a link within a link ends the outer one.
    answered = (
        '<a class="tgme_widget_message_reply" href="https://t.me/kanal/1"><a href="/hto">Хтось</a>'
        '<div class="tgme_widget_message_text js-message_reply_text">чужі слова</div></a>'
    )

    assert only(page(post(answered + words("Свої слова")))).text == "Свої слова"


@pytest.mark.parametrize("inside", [picture(), album(picture(), video()), VOICE, STICKER])
def test_where_there_are_words_pictures_films_and_voices_add_nothing(inside: str) -> None:
    entry = only(page(post(inside + words("Підпис"))))

    assert (entry.text, entry.problem) == ("Підпис", None)


def test_a_file_is_told_by_its_name_under_its_caption() -> None:
    files = file("Зведення.pdf", "1.2 MB") + file("Мапа &amp; план.zip", "340 KB")

    told = "[файл: Зведення.pdf, 1.2 MB]\n[файл: Мапа & план.zip, 340 KB]"
    assert only(page(post(files))).text == told
    assert only(page(post(files + words("Зведення за добу")))).text == f"Зведення за добу\n{told}"


def test_a_track_a_place_and_a_contact_are_told_by_their_names() -> None:
    track = file("Ой у лузі", "Бумбокс", icon="audio")
    place = (
        '<a class="tgme_widget_message_location_wrap"><div class="tgme_widget_message_location">'
        '</div><div class="tgme_widget_message_location_title">Площа Свободи</div>'
        '<div class="tgme_widget_message_location_address">Харків</div></a>'
    )
    contact = (
        '<div class="tgme_widget_message_contact_wrap"><div class="tgme_widget_message_contact_name'
        '">Гаряча лінія</div><div class="tgme_widget_message_contact_phone">1648</div></div>'
    )

    assert only(page(post(track + place + contact + words("Слухаємо")))).text == (
        "Слухаємо\n[аудіо: Ой у лузі, Бумбокс]\n[місце на мапі: Площа Свободи, Харків]\n"
        "[контакт: Гаряча лінія, 1648]"
    )


def test_a_poll_is_what_it_asks() -> None:
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">'
        'Чи буде мобілізація?</div><div class="tgme_widget_message_poll_type">Anonymous Poll</div>'
        '<div class="tgme_widget_message_poll_option">'
        '<div class="tgme_widget_message_poll_option_percent">50%</div>'
        '<div class="tgme_widget_message_poll_option_text">Так</div></div></div>'
    )

    assert only(page(post(poll))).text == "Чи буде мобілізація?\nТак"


def test_a_post_that_only_telegram_shows_is_there_and_says_so() -> None:
    entry = only(page(post("")))

    assert entry.text == "[видно лише в Telegram]"
    assert entry.problem == f"the preview shows not all of it: “{OPEN_TELEGRAM}”"


def test_what_is_missing_beside_words_is_a_problem_of_the_post() -> None:
    entry = only(page(post(words("Слова") + label("This media is not supported"))))

    assert entry.text == "Слова"
    assert entry.problem == "the preview shows not all of it: “This media is not supported”"


@pytest.mark.parametrize(
    "notice",
    [
        "This message couldn&#39;t be displayed on your device due to copyright infringement.",
        "This message can’t be displayed because it violated local laws.",
        "This message is unavailable due to a copyright infringement.",
        "This post isn't available in your country due to copyright.",
    ],
)
def test_a_post_that_telegram_withholds_has_the_notice_and_a_problem(notice: str) -> None:
    said = html.unescape(notice)

    hidden, other = read(page(post(words(notice), number=6), post(words("Слова")))).entries

    assert hidden.text == said
    assert hidden.problem == f"Telegram shows only this instead of it: “{said}”"
    assert (other.text, other.problem) == ("Слова", None)


def test_a_post_that_quotes_such_a_notice_is_a_post_like_any_other() -> None:
    said = "Пишуть: «This channel can't be displayed because it violated local laws». Дожили."

    entry = only(page(post(words(said))))

    assert (entry.text, entry.problem) == (said, None)


def test_the_time_of_a_post_is_not_the_length_of_a_video() -> None:
    timed = '<time class="message_video_duration" datetime="2001-01-01">0:05</time>'

    assert only(page(post(timed + words("Відео")))).published_at == datetime(
        2022, 9, 10, 12, 30, tzinfo=UTC
    )


def test_a_post_without_a_time_has_none() -> None:
    assert only(page(post(words("Слова"), at=""))).published_at is None


@pytest.mark.parametrize("tag", ["div", "b"])
def test_words_nested_too_deep_for_the_parser_are_found(tag: str) -> None:
    deep = f"<{tag}>" * 300_000

    entry = only(page(post(words(f"Слова {deep}глибоко"))))

    assert entry.id == "kanal/7"
    assert {"Слова", "глибоко"} <= set(entry.text.split())
    assert entry.problem is None


@pytest.mark.parametrize("name", ["", "kanal", "a b/7", "../7", "kanal/7/8", "kanal/" + "9" * 50])
def test_a_post_without_a_proper_name_cannot_be_read(name: str) -> None:
    shown = read(page(post(words("Раз")), post(words("Два")).replace("kanal/7", name, 1)))

    assert [entry.text for entry in shown.entries] == ["Раз"]
    assert (shown.problem, shown.cause) == ("1 of 2 posts cannot be read", Cause.INCOMPLETE)


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
    assert "[" not in entry.text
    assert entry.problem is None
