"""`./run.sh record`: a page and what is read from it are kept, for a person to check."""

import asyncio
import gzip
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from record import PAGES, recorded
from web import Web

ROOT = Path(__file__).parents[1]
LIST, _ = recorded(PAGES / "duma" / "made-list.json")
ARTICLE, _ = recorded(PAGES / "duma" / "made-article.json")
FEED, _ = recorded(PAGES / "feed" / "made-atom.json")
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    await web.start()
    web.say("/news/", LIST.body, headers=HTML)
    web.say("/rss", FEED.body, headers={"Content-Type": FEED.content_type})
    yield web
    await web.stop()


@pytest.fixture
def record(tmp_path: Path):
    async def run(*words: object) -> tuple[int, str, str]:
        """Run it with a folder of its own; return its exit status and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "tests/record.py", *map(str, words)),
            *("--allow", "127.0.0.0/8", "--folder", str(tmp_path)),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run


@pytest.fixture
def saved(tmp_path: Path):
    def save(body: bytes, name: str = "saved.html") -> Path:
        """A page, as a person saved it."""
        file = tmp_path / name
        file.write_bytes(body)
        return file

    return save


def only(folder: Path) -> Path:
    [file] = folder.glob("*/*.json")
    return file


async def test_a_list_is_kept_as_it_was_served_with_its_entries(record, web, tmp_path):
    status, _, err = await record("duma", web.url("/news/"))

    file = only(tmp_path)
    page, said = recorded(file)
    assert status == 0, err
    assert file.parent.name == "duma"
    assert page.body == LIST.body
    assert (page.url, page.content_type) == (web.url("/news/"), HTML["Content-Type"])
    assert [entry["published_at"] for entry in said["entries"]] == [
        "2022-09-13T07:05:00+00:00",
        "2022-09-13T10:15:00+00:00",
        "2022-09-14T06:30:00+00:00",
    ]
    assert said["entries"][0]["url"] == web.url("/news/55190/")


async def test_the_entries_are_shown_and_what_to_do_next(record, saved):
    body = LIST.body.replace("Осенняя сессия".encode(), "[/b] Осенняя :warning: сессия".encode())

    _, out, err = await record("duma", LIST.url, "--file", saved(body))

    assert "3 entries" in out, err
    assert "2022-09-13 07:05" in out
    assert "[/b] Осенняя :warning: сессия открылась пленарным заседанием" in out
    assert "compare it with the page in a browser" in out
    assert "./run.sh record duma http://duma.gov.ru/news/55211/ --article" in out


async def test_the_page_of_an_entry_is_kept_with_its_text(record, web, tmp_path):
    web.say("/news/55198/", ARTICLE.body, headers=HTML)

    status, out, err = await record("duma", web.url("/news/55198/"), "--article")

    page, said = recorded(only(tmp_path))
    assert status == 0, err
    assert page.body == ARTICLE.body
    assert said["article"]["published_at"] == "2022-09-13T10:15:00+00:00"
    assert said["article"]["text"].endswith("о призыве населения речи не шло.")
    assert "о призыве населения речи не шло." in " ".join(out.split())
    assert "the whole text, its date in UTC, nothing else" in out


async def test_a_feed_is_recorded_too(record, web, tmp_path):
    status, out, err = await record("feed", web.url("/rss"))

    assert status == 0, err
    assert len(recorded(only(tmp_path))[1]["entries"]) == 2
    assert "--article" not in out


async def test_what_is_recorded_is_written_over_only_by_force(record, saved, tmp_path):
    page = ("duma", LIST.url, "--name", "news", "--file")
    changed = saved(LIST.body.replace(b"55211", b"55212"), "changed.html")
    await record(*page, saved(LIST.body))
    before = only(tmp_path).with_suffix(".gz").read_bytes()

    status, _, err = await record(*page, changed)
    assert status == 1
    assert "is recorded already: --force records it anew" in " ".join(err.split())
    assert only(tmp_path).with_suffix(".gz").read_bytes() == before

    status, _, _ = await record(*page, changed, "--force")
    assert status == 0
    assert b"55212" in gzip.decompress(only(tmp_path).with_suffix(".gz").read_bytes())


async def test_a_page_that_was_saved_elsewhere_is_recorded_without_asking(
    record, web, saved, tmp_path
):
    status, _, err = await record("duma", web.url("/news/"), "--file", saved(LIST.body))

    assert status == 0, err
    assert recorded(only(tmp_path))[0].url == web.url("/news/")
    assert web.asked == []


@pytest.mark.parametrize(
    ("spider", "path", "why"),
    [
        ("duma", "/nothing", "http 404: there is nothing at this address"),
        ("kremlin", "/news/", "`entry` (.hentry_event) finds nothing on the page titled"),
        ("listing", "/news/", "nobody says where its entries stand"),
    ],
)
async def test_what_cannot_be_read_is_not_recorded(record, web, spider, path, why):
    status, out, err = await record(spider, web.url(path))

    assert (status, out) == (1, "")
    assert why in " ".join(err.split())


async def test_a_spider_that_nobody_knows_is_refused(record, web):
    status, _, err = await record("dumma", web.url("/news/"))

    assert status == 2
    assert "there is no spider `dumma`; there are: duma, feed" in " ".join(err.split())
