"""The program on what other people captured from live sources (../shared/data), end to end."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from rich.console import Console
from web import Web

from monitor.app.once import one_round
from monitor.app.program import World
from monitor.archive import documents, sources
from monitor.archive.store import Store
from monitor.config.load import load
from monitor.model import Outcome

CONFIG = """\
version: 1
store: sqlite:///monitor.db
include: [builtin:kharkiv]
egress: {{allow: [127.0.0.0/8]}}
sources:
  - {{id: liga, name: ЛІГА.net, country: ua, kind: independent, language: ru,
      url: "{web}/liga.xml"}}
  - {{id: topwar, name: Военное обозрение, country: ru, kind: independent, language: ru,
      spider: telegram_preview, url: "{web}/s/topwar_official"}}
receivers:
  - {{name: log, file: {{path: alerts.jsonl}}}}
route: {{receiver: log}}
"""

LONG = os.environ.get("MONITOR_TEST_PROFILE") == "long"


@pytest.fixture
async def internet(shared):
    """A loopback web that serves the captures as they were served."""
    web = Web()
    await web.start(("127.0.0.1",))
    liga = (shared / "feeds" / "liga_2021-08-22_leading_newline.xml").read_bytes()
    web.say("/liga.xml", liga, headers={"Content-Type": "application/rss+xml"}, etag='"1"')
    page = (shared / "telegram_preview" / "full.html").read_bytes()
    web.say("/s/topwar_official", page, headers={"Content-Type": "text/html; charset=utf-8"})
    yield web
    await web.stop()


def world(now: datetime) -> World:
    return World(
        clock=lambda: now,
        rng=Random(0),
        console=Console(quiet=True),
        crawl_settings=(("DOWNLOAD_DELAY", 0),),
        durable=False,
    )


async def test_a_captured_feed_and_channel_are_read_archived_and_matched(internet, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(web=internet.url("")), encoding="utf-8")

    first = await one_round(load(config), world(datetime(2023, 3, 1, 8, tzinfo=UTC)))
    second = await one_round(load(config), world(datetime(2023, 3, 1, 9, tzinfo=UTC)))

    store = Store(f"sqlite:///{tmp_path}/monitor.db")
    rows = {row.provenance.id: row for row in store.read_now(sources.rows)}
    assert (first.polled, first.failed, first.new) == (2, {}, 24)
    assert (second.failed, second.new) == ({}, 0)
    assert {name: row.documents for name, row in rows.items()} == {"liga": 12, "topwar": 12}
    assert {row.state.last_outcome for row in rows.values()} == {Outcome.UNCHANGED}
    ((_, one),) = store.read_now(
        lambda tx: documents.find(tx, "https://t.me/topwar_official/70996")
    )
    assert (one.language, one.published_at) == ("ru", datetime(2023, 2, 28, 9, 6, 2, tzinfo=UTC))
    assert one.forwarded_from == "Военкор Ярем (@yaremshooter)"
    assert b'data-post="topwar_official/70996"' in one.raw
    store.close()


@pytest.mark.parametrize("name", ["telegram_ru_2024", "president_ua_2022"])
def test_the_post_collections_pass_through_match_line_by_line(shared, tmp_path, name):
    lines = gzip.decompress((shared / "posts" / f"{name}.jsonl.gz").read_bytes()).splitlines(True)
    posts = b"".join(lines if LONG else lines[::3])
    config = tmp_path / "config.yaml"
    config.write_text(
        "version: 1\ninclude: [builtin:kharkiv]\nroute: {receiver: here}\n", encoding="utf-8"
    )

    done = subprocess.run(
        [sys.executable, "-m", "monitor", "match", "-c", str(config)],
        input=posts,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()
    asked = [json.loads(line) for line in posts.splitlines()]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [post["id"] for post in asked]
    for post, answer in zip(asked, answers, strict=True):
        for match in answer["matches"]:
            for hit in match["hits"]:
                assert post[hit["field"]][hit["start"] : hit["end"]] == hit["text"]
    language = [a["language"] == p["language"] for a, p in zip(answers, asked, strict=True)]
    assert sum(language) / len(language) > 0.97


def test_the_captures_are_not_part_of_the_repository():
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    ).stdout
    assert "liga" not in tracked
