"""Spiders of single sites, each proven by pages made after the structure that is known of it."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from record import PAGES, Recorded, read, recorded, shown, spiders
from web import Web

from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Article, Entry

ROOT = Path(__file__).parents[1]
SPIDERS = spiders()
SITES = sorted(name for name, spider in SPIDERS.items() if spider.select is not None)
UNDATED = {"mid"}  # on the list; their pages have dates
NOISE = (
    *("Новости", "Новини", "Поделиться", "ВКонтакте", "Телеграм", "Поширити", "Facebook"),
    *("Twitter", "Telegram", "Темы", "Метки", "Читайте также", "Смотрите также", "Контакты"),
    *("Статус материала", "Версия для печати", "Идет получение", "Назад к оглавлению", "1 из 3"),
    *("Петров Иван Сергеевич", "депутат Государственной Думы", "Гаряча лінія", "Інші новини"),
)


def made(site: str, what: str) -> Recorded:
    page, _said = recorded(PAGES / site / f"made-{what}.json")
    return page


def reading(site: str, what: str, select: Select) -> dict[str, object] | str:
    """What would be read of a made page by these selectors."""
    spider = type("Spider", (SPIDERS[site],), {"select": select})
    try:
        return shown(read(spider, made(site, what), article=what == "article"))
    except PageError as error:
        return str(error)


def page_of_an_entry(site: str) -> Article:
    return read(SPIDERS[site], made(site, "article"), article=True)


def told_at(site: str) -> str:
    """When the entry whose page was made was published, as the list or else its page says."""
    entries = read(SPIDERS[site], made(site, "list"), article=False).entries
    [entry] = [one for one in entries if one.url == made(site, "article").url]
    moment = entry.published_at or page_of_an_entry(site).published_at
    return moment.isoformat()


def newest(site: str) -> Entry:
    return read(SPIDERS[site], made(site, "list"), article=False).entries[-1]


def test_these_sites_have_spiders_of_their_own():
    assert SITES == ["duma", "government", "gur", "kremlin", "mid", "mil", "niss", "president_ua"]


@pytest.mark.parametrize("site", SITES)
def test_a_list_gives_every_entry_its_link_title_and_date(site):
    page = read(SPIDERS[site], made(site, "list"), article=False)

    host = urlsplit(made(site, "list").url).netloc
    assert len(page.entries) >= 2
    assert page.problem is None
    for entry in page.entries:
        assert urlsplit(entry.url).netloc == host
        assert len(entry.title.split()) > 2
        assert (entry.published_at is None) == (site in UNDATED)
        assert entry.language == SPIDERS[site].language


@pytest.mark.parametrize(
    ("site", "title", "published"),
    [
        # What is written is Moscow's or Kyiv's time, or a day.
        ("kremlin", "Рабочая встреча с губернатором Белгородской области", "2022-09-13T12:40"),
        ("mil", "Высокоточным оружием поражены пункты", "2022-09-11T17:35"),
        ("duma", "Депутаты обсудят поправки о наказании за сдачу в плен", "2022-09-14T06:30"),
        ("government", "Правительство направит субсидии предприятиям", "2022-09-12T15:40"),
        ("president_ua", "За тиждень звільнено понад триста", "2022-09-13T20:58"),
        ("gur", "«Нас тут просто кинули» – перехоплення розмови", "2022-09-11T21:00"),
        ("niss", "Наслідки відступу російських військ із Харківщини", "2022-09-14T08:20"),
    ],
)
def test_the_newest_entry_has_its_title_and_its_local_time_in_utc(site, title, published):
    entry = newest(site)

    assert entry.title.startswith(title)
    assert entry.published_at == datetime.fromisoformat(published).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("site", "local", "english"),
    [
        ("kremlin", "13 сентября 2022 года, 15:40", "September 13, 2022, 15:40"),
        ("president_ua", "13 вересня 2022 року - 23:58", "13 September 2022 - 23:58"),
    ],
)
def test_dates_of_the_english_editions_are_read_too(site, local, english):
    page = made(site, "list")
    body = page.body.replace(local.encode(), english.encode())

    translated = read(SPIDERS[site], replace(page, body=body), article=False)

    assert english.encode() in body
    assert translated.entries[-1].published_at == newest(site).published_at


@pytest.mark.parametrize(
    ("site", "older"),
    [
        ("president_ua", "https://www.president.gov.ua/news/all?page=2"),
        ("niss", "https://niss.gov.ua/news?page=1"),
    ],
)
def test_a_list_that_says_what_came_before_is_followed_there(site, older):
    assert read(SPIDERS[site], made(site, "list"), article=False).older == older


def test_on_the_last_page_of_the_president_nothing_came_before():
    page = made("president_ua", "list")
    last = page.body.replace(
        b"https://www.president.gov.ua/news/all?page=2", b"javascript:void(0);"
    )

    assert not read(SPIDERS["president_ua"], replace(page, body=last), article=False).older


@pytest.mark.parametrize(
    ("site", "first", "last"),
    [
        ("kremlin", "Президент провёл совещание,", "О всеобщей мобилизации речь не идёт."),
        ("mil", "Принято решение перегруппировать", "реальных действий войск."),
        ("duma", "С таким заявлением он выступил", "о призыве населения речи не шло."),
        ("government", "Средства пойдут на закупку", "собирали в школах и больницах."),
        ("mid", "Содержание\nВопрос: Сколько", "Ранее об этом говорилось на брифинге 7 сентября"),
        ("president_ua", "Українці!\nСтаном на цей вечір", "Слава Україні!"),
        ("gur", "Запаси артилерійських снарядів", "Перші партії, як очікують, надійдуть восени."),
        ("niss", "Експерти інституту оцінили", "на користь України, підсумовують автори."),
    ],
)
def test_the_page_of_an_entry_gives_its_text_from_the_first_word_to_the_last(site, first, last):
    article = page_of_an_entry(site)

    assert article.text.startswith(first)
    assert article.text.endswith(last)
    assert article.problem is None


@pytest.mark.parametrize("site", SITES)
def test_menus_buttons_and_other_news_are_no_text_of_an_article(site):
    said = page_of_an_entry(site).text

    assert not [word for word in NOISE if word in said]


@pytest.mark.parametrize("site", SITES)
def test_a_page_and_the_list_agree_on_title_and_date(site):
    entries = read(SPIDERS[site], made(site, "list"), article=False).entries
    [entry] = [one for one in entries if one.url == made(site, "article").url]
    article = page_of_an_entry(site)

    assert article.title.startswith(entry.title)
    assert article.url in ("", entry.url)
    assert len({article.published_at, entry.published_at} - {None}) == 1


def test_a_card_about_a_person_is_no_part_of_the_sentence():
    assert "Пожалуйста, Иван Сергеевич, вам слово." in page_of_an_entry("kremlin").text
    assert "руководитель фракции Пётр Семёнов.\n" in page_of_an_entry("duma").text


@pytest.mark.parametrize(
    ("site", "name"),
    [(site, name) for site in SITES for name in sorted(SPIDERS[site].select.model_fields_set)],
)
def test_no_selector_is_there_without_a_made_page_that_shows_why(site, name):
    default = type(SPIDERS[site].select).model_fields[name].default
    without = SPIDERS[site].select.model_copy(update={name: default})

    assert any(
        reading(site, what, without) != reading(site, what, SPIDERS[site].select)
        for what in ("list", "article")
    )


@pytest.mark.parametrize("site", SITES)
def test_another_layout_is_reported_as_one(site):
    other = Recorded(
        url=made(site, "list").url,
        content_type="text/html; charset=utf-8",
        body="""<!DOCTYPE html><title>Новый сайт</title><main>
        <section class="card-v2"><a href="/n/1">Мост закрыт</a></section></main>""".encode(),
    )

    with pytest.raises(PageError, match="finds nothing on the page titled “Новый сайт”") as caught:
        read(SPIDERS[site], other, article=False)

    assert caught.value.cause is Cause.LAYOUT


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    await web.start()
    yield web
    await web.stop()


async def crawl(site: str, url: str, out: Path) -> tuple[list[dict], str]:
    """Run a spider as a person would; return what it exported and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrapy", "crawl", site, "-a", f"url={url}", "-O", str(out)),
        *("-s", "EGRESS_ALLOW=127.0.0.0/8", "-s", "DOWNLOAD_DELAY=0"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()], err.decode()


def show(web: Web, site: str) -> str:
    """Let the web be the site, with the page of one entry; return the address of its list."""
    for what in ("article", "list"):
        page = made(site, what)
        host, _, path = page.url.removeprefix("https://").removeprefix("http://").partition("/")
        here = re.sub(rf"https?://{re.escape(host)}".encode(), web.url("").encode(), page.body)
        web.say(f"/{path}", here, headers={"Content-Type": page.content_type})
    return web.url(f"/{path}")


@pytest.mark.parametrize("site", SITES)
async def test_a_site_is_crawled_by_hand_with_the_pages_of_its_entries(site, web, tmp_path):
    entries, said = await crawl(site, show(web, site), tmp_path / "out.jsonl")

    expected = read(SPIDERS[site], made(site, "list"), article=False).entries
    [whole] = [one for one in entries if one["problem"] is None]
    others = [one for one in entries if one["problem"]]
    assert [one["title"] for one in entries] == [one.title for one in expected], said
    assert whole["text"] == page_of_an_entry(site).text
    assert whole["published_at"] == told_at(site)
    assert {one["language"] for one in entries} == {SPIDERS[site].language}
    assert all("its page could not be read: http 404" in one["problem"] for one in others)
    assert "Traceback" not in said
