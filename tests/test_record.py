"""`./run.sh record`: a page and what is read from it are kept, for a person to check."""

import asyncio
import gzip
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from record import PAGES, recorded
from web import Web

ROOT = Path(__file__).parents[1]
LIST, _ = recorded(PAGES / "duma" / "made-list.json")
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


async def test_the_entries_are_shown_and_what_to_do_next(record, web):
    _, out, _ = await record("duma", web.url("/news/"))

    assert "3 entries" in out
    assert "2022-09-13 07:05" in out
    assert "Осенняя сессия открылась пленарным заседанием" in out
    assert "compare it with the page in a browser" in out
    assert f"./run.sh record duma {web.url('/news/55211/')} --article" in out


async def test_a_feed_is_recorded_too(record, web, tmp_path):
    status, out, err = await record("feed", web.url("/rss"))

    assert status == 0, err
    assert len(recorded(only(tmp_path))[1]["entries"]) == 2
    assert "--article" not in out


async def test_what_is_recorded_is_written_over_only_by_force(record, web, tmp_path):
    await record("duma", web.url("/news/"))
    before = only(tmp_path).with_suffix(".gz").read_bytes()
    web.say("/news/", LIST.body.replace(b"55211", b"55212"), headers=HTML)

    status, _, err = await record("duma", web.url("/news/"))
    assert status == 1
    assert "is recorded already: --force records it anew" in " ".join(err.split())
    assert only(tmp_path).with_suffix(".gz").read_bytes() == before

    status, _, _ = await record("duma", web.url("/news/"), "--force")
    assert status == 0
    assert b"55212" in gzip.decompress(only(tmp_path).with_suffix(".gz").read_bytes())


async def test_a_page_that_was_saved_elsewhere_is_recorded_without_asking(record, web, tmp_path):
    saved = tmp_path / "saved.html"
    saved.write_bytes(LIST.body)

    status, _, err = await record(
        "duma", "http://duma.gov.ru/news/", "--file", saved, "--name", "a-list"
    )

    assert status == 0, err
    assert only(tmp_path).name == "a-list.json"
    assert json.loads(only(tmp_path).read_text(encoding="utf-8"))["url"] == LIST.url
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
