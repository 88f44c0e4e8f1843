"""The spiders, by hand: what Scrapy's own commands do with them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from scrapy.settings import Settings
from web import Web

from monitor.model import Entry

ROOT = Path(__file__).parents[1]
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Проба</title><link>http://example.org/</link>
<item>
  <guid>http://example.org/1</guid><link>http://example.org/1</link>
  <title>Войска перегруппированы</title>
  <description>О перегруппировке сообщило ведомство.</description>
  <pubDate>Sat, 10 Sep 2022 12:00:00 +0300</pubDate>
</item>
<item>
  <guid>http://example.org/2</guid><link>http://example.org/2</link>
  <title>Наступ триває</title>
  <description>Про це повідомив речник.</description>
</item>
</channel></rss>
"""
PREVIEW = """<!DOCTYPE html><html><body><section class="tgme_channel_history js-message_history">
<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="probe/7">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_text js-message_text" dir="auto">Войска отошли.</div>
<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">
<a class="tgme_widget_message_date" href="https://t.me/probe/7">
<time datetime="2022-09-10T09:00:00+00:00" class="time">12:00</time></a>
</div></div></div></div></div></section></body></html>
"""
FIELDS = [
    "id",
    "source",
    "language",
    "published_at",
    "title",
    "text",
    "url",
    "updated_at",
    "author",
    "forwarded_from",
    "problem",
]


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    await web.start()
    web.say("/feed", FEED)
    web.say("/s/probe", PREVIEW, headers={"Content-Type": "text/html; charset=utf-8"})
    yield web
    await web.stop()


@pytest.fixture
def config(tmp_path: Path, web: Web) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        "version: 1\n"
        "egress: {allow: [127.0.0.0/8]}\n"
        "sources:\n"
        "  - {id: probe, name: Проба, country: ru, kind: state, language: ru,"
        f' url: "{web.url("/feed")}"}}\n'
        "route: {receiver: here}\n",
        encoding="utf-8",
    )
    return path


async def scrapy(*words: object, **environ: str) -> tuple[int, str, str]:
    """Run a command of Scrapy in the repository; return its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrapy", *map(str, words)),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_spiders_are_listed():
    status, out, _ = await scrapy("list")

    general = ["feed", "listing", "sitemap", "telegram_preview"]
    sites = ["duma", "government", "gur", "kremlin", "mid", "mil", "niss", "president_ua"]
    assert (status, out.split()) == (0, sorted(general + sites))


async def test_contracts_need_no_network():
    status, _, said = await scrapy("check")

    assert status == 0, said


async def test_a_configured_source_is_exported_as_match_reads_it(config, tmp_path):
    out = tmp_path / "out.jsonl"

    status, _, said = await scrapy(
        "crawl", "feed", "-a", "source=probe", "-a", f"config={config}", "-O", out
    )

    text = out.read_text(encoding="utf-8")
    entries = {one["id"]: one for one in map(json.loads, text.splitlines())}
    first, second = entries["http://example.org/1"], entries["http://example.org/2"]
    assert status == 0, said
    assert list(first) == FIELDS
    assert "Войска перегруппированы" in text
    assert first["published_at"] == "2022-09-10T09:00:00+00:00"
    assert (first["source"], first["language"]) == ("probe", "ru")
    assert second["published_at"] is None
    assert "experimental" not in said
    assert "Warning" not in said


async def test_a_list_is_read_by_the_selectors_of_its_source(config, tmp_path, web):
    out = tmp_path / "out.jsonl"
    web.say("/lenta", "<ul><li><a href='/1'>Мост закрыт</a><time>10.09.2022 14:20</time></li></ul>")
    text = config.read_text(encoding="utf-8")
    said = text.replace("/feed", "/lenta").replace(
        "language: ru,", "language: ru, spider: listing, select: {entry: li, date: time},"
    )
    config.write_text(said, encoding="utf-8")

    status, _, said = await scrapy(
        "crawl", "listing", "-a", "source=probe", "-a", f"config={config}", "-O", out
    )

    [entry] = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert status == 0, said
    assert (entry["title"], entry["url"]) == ("Мост закрыт", web.url("/1"))
    assert entry["published_at"] == "2022-09-10T11:20:00+00:00"


async def test_a_sitemap_is_read_from_its_address(config, tmp_path, web):
    out = tmp_path / "out.jsonl"
    loc = web.url("/1")
    web.say("/sitemap.xml", f"<urlset><url><loc>{loc}</loc></url></urlset>")

    status, _, said = await scrapy(
        *("crawl", "sitemap", "-a", f"url={web.url('/sitemap.xml')}"),
        *("-a", f"config={config}", "-O", out),
    )

    [entry] = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert status == 0, said
    assert entry["id"] == loc


async def test_the_environment_names_the_configuration(config, tmp_path):
    out = tmp_path / "out.csv"

    status, _, said = await scrapy(
        "crawl", "feed", "-a", "source=probe", "-O", out, MONITOR_CONFIG=str(config)
    )

    assert status == 0, said
    header, *lines = out.read_text(encoding="utf-8").splitlines()
    assert header == ",".join(FIELDS)
    assert any("2022-09-10T09:00:00+00:00" in line for line in lines)


async def test_an_address_needs_no_configuration_but_must_be_public(web, tmp_path):
    crawl = ("crawl", "feed", "-a", f"url={web.url('/feed')}", "-O", tmp_path / "out.jsonl")

    _, _, refused = await scrapy(*crawl)
    assert "egress: 127.0.0.1 is a loopback address" in refused
    assert web.asked == []

    status, _, said = await scrapy(*crawl, "-s", "EGRESS_ALLOW=127.0.0.1,::1")
    assert status == 0, said
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


async def test_a_telegram_channel_is_read(web, tmp_path):
    out = tmp_path / "out.jsonl"

    _, _, said = await scrapy(
        *("crawl", "telegram_preview", "-a", f"url={web.url('/s/probe')}", "-O", out),
        *("-s", "EGRESS_ALLOW=127.0.0.0/8"),
    )

    (post,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert post["text"] == "Войска отошли.", said
    assert post["title"] == ""


async def test_a_page_is_parsed_without_naming_a_source(web):
    status, out, said = await scrapy(
        *("parse", web.url("/feed"), "--spider", "feed", "--nocolour"),
        *("-s", "EGRESS_ALLOW=127.0.0.0/8"),
    )

    assert status == 0, said
    assert "Наступ триває" in out


async def test_a_source_that_nobody_knows_is_named_with_its_neighbours(config):
    status, _, said = await scrapy("crawl", "feed", "-a", "source=prob", "-a", f"config={config}")

    assert status == 1
    assert "there is no source `prob`: did you mean `probe`" in said


async def test_a_configuration_with_mistakes_is_explained(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("version: 1\nrout: {receiver: here}\n")

    status, _, said = await scrapy("crawl", "feed", "-a", "source=probe", "-a", f"config={config}")

    assert status == 1
    assert f"{config}:2:1: error" in said


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("/nothing", "http 404: there is nothing at this address"),
        ("/s/probe", "page: "),
    ],
)
async def test_a_failure_is_said_in_words(web, path, cause):
    _, _, said = await scrapy(
        *("crawl", "feed", "-a", f"url={web.url(path)}", "-s", "EGRESS_ALLOW=127.0.0.0/8")
    )

    assert f"{web.url(path)}: {cause}" in said
    assert "Traceback" not in said


def test_the_settings_are_the_safe_ones():
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    expected = {
        "TWISTED_REACTOR_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 1,
        "DOWNLOAD_TIMEOUT": 20,
        "DOWNLOAD_MAXSIZE": 8 * 1024 * 1024,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": 5,
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "HTTPPROXY_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "ROBOTSTXT_OBEY": True,
        "URLLENGTH_LIMIT": 0,
        "EGRESS_ALLOW": [],
    }

    assert {name: settings[name] for name in expected} == expected
    guard = "monitor.collect.downloading.GuardedHandler"
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme: one for scheme, one in handlers.items() if one} == {
        "http": guard,
        "https": guard,
    }
    robots = settings.getwithbase("DOWNLOADER_MIDDLEWARES")
    assert robots["scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"] is None
    assert robots["monitor.collect.robots.RobotsMiddleware"] == 100
    assert settings["USER_AGENT"].startswith("media-monitor/")


def test_the_exported_fields_are_those_of_an_entry_but_for_its_raw_bytes():
    settings = Settings()
    settings.setmodule("spiders.settings")

    assert settings["FEED_EXPORT_FIELDS"] == FIELDS
    assert set(FIELDS) == set(Entry.__dataclass_fields__) - {"raw", "fingerprint"}
