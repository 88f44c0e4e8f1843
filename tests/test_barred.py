"""A page that keeps us out says so in its own way; we say which, and whether it is our country."""

import pytest
from desk import poll, source
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.barred import barrier
from monitor.collect.causes import explain_status
from monitor.errors import Cause

HERE = [
    (
        "<p>The owner of this website (example.org) has banned the country or region your address"
        " is in (DE).</p>"
    ),
    "<title>Error 1009</title>",
    "Sorry, this content is not available in your country.",
    "Unfortunately our website isn’t available in your region",
    "Access to this site from your country is restricted.",
    "Сайт недоступен в вашем регионе",
    "К сожалению, материал недоступен для вашей страны.",
    "Доступ к сайту ограничен из вашей страны",
    "Доступ к порталу из вашего региона временно закрыт",
    "Из вашей страны доступ к ресурсу запрещён",
    "Цей сайт недоступний у вашій країні",
    "Доступ із вашої країни обмежено",
]
WALLS = [
    ("<title>Just a moment...</title>", "Cloudflare"),
    ("<title>Attention Required! | Cloudflare</title>", "Cloudflare"),
    ("<title>DDoS-Guard</title>", "DDoS-Guard"),
    ('<script src="/__qrator/qauth.js"></script>', "Qrator"),
    ('<iframe src="/_Incapsula_Resource?x=1"></iframe>', "Imperva"),
    ('<form><img src="/captcha.png">Введите капчу</form>', "a captcha"),
]
NEWS = [
    "Поставки ограничены, сообщили в министерстве. В вашем регионе ожидается дождь.",
    "The region was liberated; your country needs you.",
    '<script src="https://static.cloudflareinsights.com/beacon.min.js"></script><p>Новости</p>',
    "Недоступными остаются три моста через Северский Донец.",
]


@pytest.mark.parametrize("text", HERE)
@pytest.mark.parametrize("status", [403, 503])
def test_a_page_that_is_not_shown_in_our_country_is_geo_blocked(status, text):
    trouble = explain_status(status, f"<html><body>{text}</body></html>".encode())

    assert trouble.cause is Cause.GEO_BLOCKED
    assert trouble.text.startswith(f"http {status}: it is not shown where we are (“")


def test_what_the_law_forbids_to_show_here_is_geo_blocked():
    assert explain_status(451).cause is Cause.GEO_BLOCKED


def test_a_page_in_windows_1251_is_understood():
    assert barrier("Сайт недоступен в вашем регионе".encode("cp1251")).cause is Cause.GEO_BLOCKED


@pytest.mark.parametrize(("text", "name"), WALLS)
@pytest.mark.parametrize("status", [401, 403, 503])
def test_a_wall_is_named(status, text, name):
    trouble = explain_status(status, f"<html>{text}</html>".encode())

    assert trouble.cause is Cause.WALL
    assert trouble.text == f"http {status}: {name} keeps programs out"


@pytest.mark.parametrize("text", NEWS)
def test_news_are_no_wall(text):
    assert barrier(f"<html><body>{text}</body></html>".encode()) is None


def test_a_captcha_under_the_comments_of_a_page_is_no_wall():
    assert barrier(b'<div class="g-recaptcha"></div>', refused=False) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_read(body):
    assert explain_status(403, body).cause in {Cause.WALL, Cause.GEO_BLOCKED}


def test_only_the_beginning_of_a_long_page_is_looked_at():
    said = "Сайт недоступен в вашем регионе".encode()

    assert barrier("доступ ".encode() * 10_000 + said) is None
    assert barrier("доступ ".encode() * 1_000 + said) is not None


async def test_a_page_that_is_served_instead_of_a_feed_is_named(web, memory, crawl):
    web.say("/feed", "<html><p>This site is not available in your country.</p></html>")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.cause is Cause.GEO_BLOCKED
    assert memory.last.error == (
        "page: it is not shown where we are (“not available in your country”)"
    )


async def test_a_feed_that_writes_of_such_a_page_is_read(web, memory, crawl):
    web.say("/feed", "lines\n1|Сайт недоступен в вашем регионе")
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert memory.last.error is None


async def test_a_site_that_refuses_us_with_a_wall_is_named(web, memory, crawl):
    web.say("/feed", "<title>DDoS-Guard</title>", status=403)
    hub = await crawl()

    await poll(hub, source(web.url("/feed")))

    assert (memory.last.cause, memory.last.error) == (
        Cause.WALL,
        "http 403: DDoS-Guard keeps programs out",
    )
