"""A list of news in HTML becomes entries, by selectors, and what it lacks is said."""

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect import listing
from monitor.collect.plaintext import lines, one_line
from monitor.collect.served import Served
from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Entry, Page

URL = "https://news.example/lenta/"
SELECT = Select(entry="li.news", title="h3", date="time", text=".lead", older="a.next::attr(href)")


def read(body: str | bytes, select: Select | None = SELECT, **others: Any) -> Page:
    said = {"url": URL, "source": "news", "language": "ru", "country": "ru"}
    raw = body.encode() if isinstance(body, str) else body
    return listing.read(Served(body=raw, select=select, **{**said, **others}))


def page(*entries: str, after: str = "", title: str = "Лента новостей") -> str:
    inside = "\n".join(f'<li class="news">{one}</li>' for one in entries)
    return (
        f'<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><nav><a href='/'>Главная</a></nav><ul>{inside}</ul>{after}</body></html>"
    )


def card(number: int = 1, title: str = "Мост закрыт", *, lead: str = "", time: str = "") -> str:
    return (
        f'<a href="/news/{number}"><h3>{title}</h3></a>'
        f'<p class="lead">{lead}</p><time>{time}</time><i class="views">17</i>'
    )


def only(body: str, select: Select | None = SELECT, **others: Any) -> Entry:
    [entry] = read(body, select, **others).entries
    return entry


def refusal(body: str | bytes, select: Select | None = SELECT) -> PageError:
    with pytest.raises(PageError) as caught:
        read(body, select)
    return caught.value


def test_the_fields_of_an_entry() -> None:
    entry = only(
        page(card(7, "Мост закрыт", lead="Движение остановлено.", time="10.09.2022 14:20"))
    )

    assert entry.id == entry.url == "https://news.example/news/7"
    assert (entry.title, entry.text) == ("Мост закрыт", "Движение остановлено.")
    assert entry.published_at == datetime(2022, 9, 10, 11, 20, tzinfo=UTC)
    assert (entry.source, entry.language) == ("news", "ru")
    assert b"<h3>\xd0\x9c\xd0\xbe\xd1\x81\xd1\x82" in entry.raw


def test_entries_come_oldest_first_whatever_the_page_does() -> None:
    said = page(card(2, "Б", time="11.09.2022"), card(3, "В", time="12.09.2022"), card(1, "А"))

    assert [entry.title for entry in read(said).entries] == ["А", "Б", "В"]


@pytest.mark.parametrize(
    ("country", "spelled", "utc"),
    [
        ("ru", "10 сентября 2022 г., 14:20", "2022-09-10T11:20"),
        ("ua", "10 вересня 2022, 14:20", "2022-09-10T11:20"),
        ("ua", "10.09.2022 14:20", "2022-09-10T11:20"),
        ("ua", "14:20, 10 грудня 2022", "2022-12-10T12:20"),
        ("ru", "2022-09-10T14:20:00+05:00", "2022-09-10T09:20"),
        ("ru", "14:20 · 10.09.2022", "2022-09-10T11:20"),
    ],
)
def test_dates_are_read_in_words_and_in_the_zone_of_the_country(
    country: str, spelled: str, utc: str
) -> None:
    entry = only(page(card(time=spelled)), country=country)

    assert entry.published_at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("spelled", ["14:20", "сегодня, 14:20", "Вчора", "5 минут назад", ""])
def test_a_date_that_names_no_day_is_none(spelled: str) -> None:
    assert only(page(card(time=spelled))).published_at is None


def test_a_date_for_machines_counts_before_the_words() -> None:
    said = '<a href="/1"><h3>Т</h3></a><time datetime="2022-09-10T14:20+03:00">сегодня</time>'

    assert only(page(said)).published_at == datetime(2022, 9, 10, 11, 20, tzinfo=UTC)


def test_an_attribute_can_be_asked_for() -> None:
    said = '<a href="/1" data-time="2022-09-10 14:20" data-title="Мост закрыт">Сюда</a>'
    rules = Select(entry="li.news", title="a::attr(data-title)", date="a::attr(data-time)")

    entry = only(page(said), rules)

    assert entry.title == "Мост закрыт"
    assert entry.published_at == datetime(2022, 9, 10, 11, 20, tzinfo=UTC)


def test_the_pieces_of_text_of_one_element_are_one_title() -> None:
    said = '<a href="/1"><h3> <img> Мост <b>снова</b> закрыт</h3></a>'

    assert only(page(said), Select(entry="li.news", title="h3::text")).title == "Мост закрыт"
    assert only(page(said), Select(entry="li.news", title="h3")).title == "Мост снова закрыт"


def test_without_a_title_selector_the_link_speaks_for_itself() -> None:
    said = (
        '<a href="/1"><img src="p.jpg"></a><a href="/1?utm_source=main">Мост закрыт на ремонт</a>'
        '<a href="/1">Далее</a><a href="/rubrika">Происшествия в области и районах</a>'
    )

    assert only(page(said), Select(entry="li.news")).title == "Мост закрыт на ремонт"


def test_an_entry_may_be_the_link_itself() -> None:
    said = "<a class='n' href='/1'>Мост закрыт</a><a class='n' href='/2'>Мост открыт</a>"

    assert [e.title for e in read(page(said), Select(entry="a.n")).entries] == [
        "Мост открыт",
        "Мост закрыт",
    ]


def test_links_are_absolute_and_carry_no_tracking() -> None:
    said = page('<a href=" ../a/1?id=5&utm_source=lenta ">Т</a>', after="")

    assert only(said, Select(entry="li.news")).id == "https://news.example/a/1?id=5"
    based = said.replace("<head>", '<head><base href="https://www.news.example/b/">')
    assert only(based, Select(entry="li.news")).id == "https://www.news.example/a/1?id=5"


def test_the_page_names_what_came_before() -> None:
    def older(href: str) -> str | None:
        return read(page(card(), after=f'<a class="next" href="{href}">Ещё</a>')).older

    assert older("?page=2") == f"{URL}?page=2"
    assert older("/lenta/") is None
    assert older("javascript:more()") is None
    assert older("https://news.example/lenta/?page=2") == f"{URL}?page=2"
    assert older("https://elsewhere.example/lenta/?page=2") is None
    assert older("https://news.example:99999/lenta/") is None
    assert read(page(card())).older is None


def test_what_came_before_is_on_the_same_host_wherever_its_links_count_from() -> None:
    based = page(card(), after='<base href="https://elsewhere.example/"><a class="next" href="/2">')

    assert read(based).older is None


def test_one_link_is_one_entry_with_the_longest_words_that_it_has() -> None:
    said = read(
        page(
            '<a href="/news/1"><img></a>',
            card(1, "Мост закрыт", time="10.09.2022"),
            card(1, "Мост", lead="Движение остановлено."),
        )
    )

    [entry] = said.entries
    assert (entry.title, entry.text) == ("Мост закрыт", "Движение остановлено.")
    assert entry.published_at is not None
    assert entry.raw.count(b"<li") == 3
    assert len(said.fingerprints) == 1
    assert said.problem is None


def test_what_has_no_link_or_no_title_is_counted() -> None:
    said = read(
        page(
            card(1), "<h3>Срочно: мост закрыт</h3>", "<hr>", '<a href="/2"><img></a>', card(3, "Б")
        )
    )

    assert said.problem == "2 of 5 entries have no link; 1 of 4 entries have no title"
    assert said.cause is Cause.INCOMPLETE
    assert {entry.title for entry in said.entries} == {
        "Мост закрыт",
        "Срочно: мост закрыт",
        "",
        "Б",
    }


def test_a_title_selector_that_finds_nothing_is_named() -> None:
    said = read(page(card(1), card(2)), Select(entry="li.news", title="h2"))

    assert said.problem == "`title` (h2) finds nothing in any of 2 entries"
    assert [entry.url[-1] for entry in said.entries] == ["2", "1"]


def test_counters_and_markup_change_no_fingerprint() -> None:
    first = read(page(card(lead="Раз", time="вчера")))
    later = read(page(card(lead="Раз", time="10 минут назад").replace("17", "18")))
    edited = read(page(card(lead="Два")))

    assert first.fingerprints == later.fingerprints != edited.fingerprints


def test_what_is_known_is_not_read_again() -> None:
    first = read(page(card(1, "А")))

    said = read(page(card(2, "Б"), card(1, "А")), known=frozenset(first.fingerprints))

    assert [entry.title for entry in said.entries] == ["Б"]
    assert len(said.fingerprints) == 2


def test_a_new_layout_is_named_with_the_selector_and_the_page() -> None:
    error = refusal(page("", title="Новый сайт").replace("li", "div"))

    assert error.cause is Cause.LAYOUT
    assert str(error) == "`entry` (li.news) finds nothing on the page titled “Новый сайт”"


def test_links_that_are_nowhere_are_a_new_layout_too() -> None:
    error = refusal(page("<h3>А</h3>", "<h3>Б</h3>"))

    assert error.cause is Cause.LAYOUT
    assert "`link` (a::attr(href)) finds nothing in any of 2 entries" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        "<html><title>Just a moment...</title><body>Enable JavaScript and cookies to continue",
        "<html><title>DDoS-Guard</title><body>Checking your browser before accessing news.example",
        "<title>news.example</title><script src='https://cdn.example/showcaptcha.js'></script>",
        "<title>Ой!</title><p>Подтвердите, что вы не робот</p><i class='smartcaptcha'></i>",
        "<html><body><script src='/__qrator/qauth.js'></script></body></html>",
    ],
)
def test_a_wall_is_called_a_wall(body: str) -> None:
    assert refusal(body).cause is Cause.WALL


def test_a_login_page_is_called_one() -> None:
    error = refusal("<title>Вход</title><form><input name=u><input type=Password></form>")

    assert error.cause is Cause.LOGIN
    assert str(error) == "a page titled “Вход” that asks to log in"


def test_a_list_with_a_login_form_and_a_captcha_script_is_a_list() -> None:
    forms = '<form><input type="password"></form><script src="//x/g-recaptcha.js"></script>'

    assert len(read(page(card(), after=forms)).entries) == 1


def test_without_selectors_the_mend_is_named() -> None:
    for select in (None, Select()):
        assert "add `select: {entry: …}`" in str(refusal(page(card()), select))


def test_an_empty_body_is_said() -> None:
    assert refusal(b"").cause is Cause.EMPTY


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-u", "utf-16"])
def test_any_encoding_is_read(encoding: str) -> None:
    body = page(card(1, "Зернова угода діє")).replace("utf-8", encoding).encode(encoding)

    assert [entry.title for entry in read(body).entries] == ["Зернова угода діє"]


def test_the_page_says_its_language_where_the_source_does_not() -> None:
    assert only(page(card()).replace('"ru"', '"uk-UA"'), language=None).language == "uk"
    assert only(page(card()).replace('lang="ru"', "lang=''"), language=None).language is None


@pytest.mark.parametrize("depth", [300, 3_000])
def test_words_that_are_nested_deep_and_those_behind_them_are_read(depth: int) -> None:
    deep = f"{'<div>' * depth}перегруппировка{'</div>' * depth}<p>после</p>"
    first = f'<a href="/1"><h3>А</h3></a><section class="lead">{deep}</section>'

    said = read(page(first, card(2, "Б")))

    texts = {entry.title: entry.text for entry in said.entries}
    assert texts["А"] == "перегруппировка\nпосле"
    assert "Б" in texts
    assert bool(said.problem) == (depth > 2_000)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
TITLES = WORDS.map(one_line).filter(bool)
TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))


@given(
    st.lists(st.tuples(TITLES, TIMES, WORDS), min_size=1, max_size=8, unique_by=lambda one: one[1])
)
def test_what_is_written_into_a_list_is_read_from_it(
    written: list[tuple[str, datetime, str]],
) -> None:
    said = read(
        page(
            *(
                f'<a href="/{number}"><h3>{escape(title)}</h3></a>'
                f'<p class="lead">{escape(text)}</p>'
                f'<time datetime="{at.isoformat()}">{at:%H:%M}</time>'
                for number, (title, at, text) in enumerate(written)
            )
        )
    )

    assert [(e.title, e.published_at, e.text) for e in said.entries] == sorted(
        ((title, at, lines(one_line(text))) for title, at, text in written), key=lambda one: one[1]
    )
    assert said.problem is None
    assert said.entries[-1].published_at - said.entries[0].published_at >= timedelta()
