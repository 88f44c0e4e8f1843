"""The page of an article becomes its text, its dates, its own address, and why it is not whole."""

import gzip
import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect import article
from monitor.collect.plaintext import lines, one_line
from monitor.collect.served import Served
from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Article

URL = "https://www.news.example/news/7"
FIRST = (
    "Движение по мосту через Сейм остановлено до вечера воскресенья, сообщила районная"
    " администрация; до этого времени водителям советуют объезжать его через посёлок."
)
SECOND = (
    "Причиной названы трещины в опорах, которые нашли во время осмотра: его проводят дважды"
    " в год, и прошлый, весенний, повреждений не показал."
)
THIRD = "О сроках ремонта расскажут после того, как специалисты закончат обследование."
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
AT = datetime(2022, 9, 10, 11, 20, tzinfo=UTC)


def read(body: str | bytes, select: Select | None = None, **others: Any) -> Article:
    said = {"url": URL, "source": "news", "language": "ru", "country": "ru"}
    raw = body.encode() if isinstance(body, str) else body
    return article.read(Served(body=raw, select=select, **{**said, **others}))


def page(text: str = TEXT, *, head: str = "", top: str = "", after: str = "") -> str:
    return (
        '<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8">'
        f"<title>Мост закрыт | Новости</title>{head}</head><body>"
        '<header><nav><ul><li><a href="/">Главная</a></li><li><a href="/p">Политика</a></li></ul>'
        f'</nav></header><main><article><h1>Мост закрыт</h1>{top}<div class="text">{text}</div>'
        f"</article>{after}<aside><h3>Читайте также</h3><a href='/2'>Погода на завтра</a></aside>"
        "</main><footer>© Новости, 2022</footer></body></html>"
    )


def ld(**said: Any) -> str:
    whole = {"@context": "https://schema.org", "@type": "NewsArticle", **said}
    return f'<script type="application/ld+json">{json.dumps(whole, ensure_ascii=False)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def refusal(body: str | bytes, select: Select | None = None) -> PageError:
    with pytest.raises(PageError) as caught:
        read(body, select)
    return caught.value


def test_the_text_is_the_article_without_what_stands_around_it() -> None:
    said = read(page())

    assert said.title == "Мост закрыт"
    assert said.text == f"{FIRST}\n{SECOND}\n{THIRD}"
    assert said.problem is None
    assert (said.url, said.author, said.published_at, said.updated_at) == ("", None, None, None)


@pytest.mark.parametrize("text", [f"<p>{THIRD}</p>", f"{THIRD}<br>", f"<p>{SECOND}<p>{THIRD}"])
def test_a_short_text_is_not_mixed_with_the_menu(text: str) -> None:
    said = read(page(text)).text

    assert said.endswith(THIRD)
    assert "Политика" not in said


def test_selectors_win_over_everything() -> None:
    body = page(
        f"<p>{FIRST}</p><div class='ad'>Купите слона</div> и ещё<p>{SECOND}</p>",
        head=ld(headline="Другое", articleBody="слово " * 500, datePublished="2022-01-01"),
        top="<b class='when'>10 сентября 2022, 14:20</b><h2>Мост закрыт до воскресенья</h2>",
    )
    rules = Select(body=".text", title="h2", published=".when", remove=(".ad",))

    said = read(body, rules)

    assert said.text == f"{FIRST}\nи ещё\n{SECOND}"
    assert said.title == "Мост закрыт до воскресенья"
    assert said.published_at == AT


def test_the_title_selector_of_a_list_is_not_one_of_the_article() -> None:
    assert read(page(), Select(entry="li", title="h3")).title == "Мост закрыт"


def test_a_body_selector_that_finds_nothing_is_said() -> None:
    said = read(page(), Select(body=".story"))

    assert SECOND in said.text
    assert said.problem == "`body` (.story) finds nothing: this is what looks like the text"


@pytest.mark.parametrize(
    "head",
    [
        ld(datePublished="2022-09-10T14:20:00+03:00", dateModified="2022-09-10T12:00:00Z"),
        meta("article:published_time", "2022-09-10T14:20:00+03:00")
        + meta("article:modified_time", "2022-09-10T15:00:00+03:00"),
        '<meta itemprop="datePublished" content="2022-09-10T14:20">'  # noqa: ISC004 - one page's
        '<meta itemprop="dateModified" content="2022-09-10T15:00">',
        '<script type="application/ld+json">{ nonsense</script>'  # noqa: ISC004 - one page's
        '<script type="application/ld+json">[{"@type": "BreadcrumbList"}, {"@graph": [{"@type":'
        ' ["Thing", "ReportageNewsArticle"], "datePublished": "2022-09-10T11:20:00Z",'
        ' "dateModified": "2022-09-10T12:00Z"}]}]</script>',
    ],
)
def test_the_page_dates_itself(head: str) -> None:
    said = read(page(head=head))

    assert said.published_at == AT
    assert said.updated_at == AT.replace(hour=12, minute=0)


def test_the_time_with_the_headline_is_its_date_whatever_stands_beside_it() -> None:
    others = '<time datetime="2022-09-12">12 сентября</time>'

    assert read(page(top="<time>10.09.2022 14:20</time>", after=others)).published_at == AT
    assert read(page(after=others)).published_at is None


def test_of_a_page_without_an_article_element_only_a_single_date_is_taken() -> None:
    bare = page(after="<time>10.09.2022 14:20</time>").replace("article>", "div>")

    assert read(bare).published_at == AT
    assert read(bare.replace("<footer>", "<time>12.09.2022</time><footer>")).published_at is None


def test_the_author_is_who_the_page_names() -> None:
    people = [{"@type": "Person", "name": "Іван Франко"}, {"name": "Леся Українка"}]

    assert read(page(head=ld(author=people))).author == "Іван Франко, Леся Українка"
    assert read(page(head=ld(author="Редакция"))).author == "Редакция"
    assert read(page(head='<meta name="author" content="Редакция">')).author == "Редакция"
    assert read(page(top='<a rel="author" href="/a">Ольга Ильина</a>')).author == "Ольга Ильина"
    assert read(page(head=ld(author="https://news.example/a"))).author is None


@pytest.mark.parametrize(
    ("href", "own"),
    [
        ("https://news.example/news/7", "https://news.example/news/7"),
        ("https://sport.news.example/7?utm_source=x", "https://sport.news.example/7"),
        ("/news/seven", "https://www.news.example/news/seven"),
        ("https://evil.example/news/7", ""),
        ("https://news.example.evil.example/7", ""),
        ("javascript:alert(1)", ""),
        ("ftp://news.example/7", ""),
        ("https://news.example/", ""),
        ("https://[bad", ""),
    ],
)
def test_its_own_address_is_one_of_the_same_site(href: str, own: str) -> None:
    assert read(page(head=f'<link rel="canonical" href="{href}">')).url == own
    assert read(page(head=meta("og:url", href))).url == own


def test_neighbours_under_a_shared_domain_are_not_one_site() -> None:
    head = '<link rel="canonical" href="https://mil.gov.ua/1">'

    assert read(page(head=head), url="https://president.gov.ua/1").url == ""
    assert read(page(head=head), url="https://www.mil.gov.ua/1").url == "https://mil.gov.ua/1"


def test_neighbours_where_anybody_may_have_a_page_are_not_one_site() -> None:
    head = '<link rel="canonical" href="https://one.github.io/1">'

    assert read(page(head=head), url="https://two.github.io/1").url == ""


@pytest.mark.parametrize(
    "end",
    [
        "Читать далее",
        "Читати далі…",
        "Подробнее »",
        "Read more",
        "Докладніше →",
        "Читать полностью на сайте",
    ],
)
def test_a_text_that_ends_in_an_invitation_is_cut_off(end: str) -> None:
    said = read(page(f"{TEXT}<p><a href='/7/full'>{end}</a></p>"), Select(body=".text"))

    assert said.problem == f"it is cut off: it ends in “{end}”"


def test_a_text_that_trails_off_may_be_cut_off() -> None:
    assert read(page(TEXT[:-5] + "…</p>")).problem == "it may be cut off: it ends in “…”"
    assert read(page(TEXT[:-5] + " [...]</p>")).problem == "it may be cut off: it ends in “…”"


def test_a_paywall_is_said() -> None:
    assert read(page(head=ld(isAccessibleForFree=False))).problem == (
        "it is not free to read, the page says"
    )
    assert read(page(head=ld(isAccessibleForFree="False"))).problem is not None
    assert read(page(head=ld(isAccessibleForFree=True))).problem is None
    for words in (
        "Материал доступен только подписчикам",
        "Матеріал доступний лише передплатникам",
        "Оформите подписку, чтобы читать дальше",
        "This article is for subscribers",
    ):
        assert read(page(after=f"<div>{words}.</div>")).problem is not None, words


def test_a_text_that_is_whole_only_in_the_metadata_is_taken_from_there() -> None:
    whole = f"{FIRST}\n{SECOND}\n{THIRD}"
    body = page(f"<p>{THIRD}</p>", head=ld(articleBody=whole))

    assert read(body).text == whole
    assert read(page(head=ld(articleBody=THIRD))).text == whole


def test_a_headline_that_a_program_has_shortened_is_not_taken() -> None:
    assert read(page(head=ld(headline="Мост зак…"))).title == "Мост закрыт"
    assert read(page(head=ld(headline="Мост &laquo;закрыт&raquo;"))).title == "Мост «закрыт»"


@pytest.mark.parametrize(
    ("body", "cause", "words"),
    [
        ("<html><title>Just a moment...</title><p>Enable JavaScript", Cause.WALL, "keeps programs"),
        ("<title>news.example</title><p>Checking your browser before", Cause.WALL, "programs out"),
        ("<title>DDoS-Guard</title><script>x</script>", Cause.WALL, "“DDoS-Guard”"),
        ("<html><body><script src='/__qrator/q.js'></script>", Cause.WALL, "programs out"),
        ("<title>Вход</title><p>Войдите<input type=password>", Cause.LOGIN, "asks to log in"),
        ("<title>Мост закрыт</title><script>render()</script>", Cause.LAYOUT, "“Мост закрыт”"),
        ("", Cause.EMPTY, "the body is empty"),
    ],
)
def test_what_is_no_article_is_named(body: str, cause: Cause, words: str) -> None:
    error = refusal(body)

    assert error.cause is cause
    assert words in str(error)


def test_a_short_article_on_a_page_with_a_login_form_is_an_article() -> None:
    form = '<form><input type="password"></form><script src="//x/g-recaptcha.js"></script>'

    assert THIRD in read(page(f"<p>{THIRD}</p>", after=form)).text


def test_a_short_article_about_a_wall_is_an_article() -> None:
    others = "".join(f"<p><a href='/{n}'>Новость этого дня, {n}</a></p>" for n in range(30))
    body = page(f"<p>{THIRD}</p>", after=f"<aside>{others}</aside>")

    said = read(body.replace("Мост закрыт", "Суд решил: доступ ограничен"), Select(body=".text"))

    assert said.text == THIRD


@pytest.mark.parametrize("depth", [300, 3_000])
@pytest.mark.parametrize("select", [None, Select(body=".text")])
def test_words_that_are_nested_deep_and_those_behind_them_are_read(
    depth: int, select: Select | None
) -> None:
    deep = f"{TEXT}{'<div>' * depth}перегруппировка{'</div>' * depth}<p>Конец.</p>"

    said = read(page(deep), select)

    assert "перегруппировка\nКонец." in said.text
    assert FIRST in said.text
    assert bool(said.problem) == (select is None)


def test_a_page_of_kommersant_is_read_as_it_was_described(shared: Path) -> None:
    """The expected text was written down by others: see LICENSE beside it."""
    folder = shared / "html_articles"
    if not folder.is_dir():
        pytest.skip("needs the captures in ../shared/data/html_articles")
    body = gzip.decompress((folder / "Kommersant_2025_05_14.html.gz").read_bytes())
    expected = json.loads((folder / "Kommersant.json").read_text(encoding="utf-8"))["V1"]
    [section] = expected["body"]["sections"]

    said = read(body, url="https://www.kommersant.ru/doc/7715044")

    assert said.title == expected["title"]
    assert said.published_at is not None
    published = datetime.fromisoformat(expected["publishing_date"])
    assert said.published_at == published.replace(microsecond=0)
    assert [said.author] == expected["authors"]
    assert said.url == "https://www.kommersant.ru/doc/7715044"
    assert said.problem is None
    text = one_line(said.text)
    for paragraph in [*expected["body"]["summary"], *section["paragraphs"]]:
        assert one_line(paragraph) in text
    assert len(said.text) < 1.1 * sum(map(len, section["paragraphs"]))


PARAGRAPHS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(one_line).filter(bool),
    min_size=1,
    max_size=6,
)
TIMES = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))


@given(PARAGRAPHS, PARAGRAPHS, TIMES)
def test_what_is_written_into_a_page_is_read_from_it(
    title: list[str], paragraphs: list[str], at: datetime
) -> None:
    headline = title[0]
    text = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    body = page(text, top=f"<h2>{escape(headline)}</h2><time datetime='{at.isoformat()}'></time>")

    said = read(body, Select(body=".text", title="h2", published="time::attr(datetime)"))

    written = lines("\n".join(paragraphs))
    assert said.title == headline
    assert said.text in {written, written.removeprefix(f"{headline}\n")}
    assert said.published_at == at
