"""What this server can see: each way asked once, nothing kept, the cause for the rest."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from proxying import HttpProxy
from test_spiders import FEED
from web import HOSTS

ROOT = Path(__file__).parents[1]
HIDDEN = "hidden.example"


@pytest.fixture
async def moscow():
    proxy = HttpProxy(credentials="desk:secret", hosts={HIDDEN: HOSTS[0]})
    await proxy.start()
    yield proxy
    await proxy.stop()


class Folder:
    """A folder with a configuration, and the command line in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def config(self, sources: str, proxies: str = "{}") -> None:
        (self.path / "config.yaml").write_text(
            "version: 1\nroute: {receiver: here}\negress: {allow: [127.0.0.0/8]}\n"
            f"proxies: {proxies}\nsources:\n{sources}",
            encoding="utf-8",
        )

    async def probe(self, *words: str, **environ: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "sources", "probe", *words),
            cwd=self.path,
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT}:{ROOT}/tests",
                "SCRAPY_SETTINGS_MODULE": "polite_to_nobody",
                "COLUMNS": "160",
                **environ,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def source(id_: str, url: str, more: str = "") -> str:
    return f'  - {{id: {id_}, name: {id_}, country: ru, kind: state, url: "{url}"{more}}}\n'


async def test_what_is_seen_and_what_is_not_are_told_worst_first_with_the_cause(web, folder):
    web.say("/feed", FEED)
    web.say("/barred", "Сайт недоступен в вашем регионе", status=403)
    folder.config(
        source("alive", web.url("/feed"))
        + source("barred", web.url("/barred", HOSTS[1]))
        + source("gone", web.url("/gone", HOSTS[2]))
    )

    status, out, err = await folder.probe()

    assert status == 1, err
    head, *rows, last = out.splitlines()
    assert head.split() == ["source", "seen", "cause", "way", "entries", "newest", "why"]
    assert [row.split()[:3] for row in rows] == [
        ["barred", "no", "geo-blocked"],
        ["gone", "no", "gone"],
        ["alive", "yes", "feed"],
    ]
    assert "2" in rows[2].split()
    assert last.startswith("this server sees 1 of 3; not the others: 1 ")
    assert err == ""


async def test_each_way_is_asked_and_the_first_that_works_counts(web, folder, moscow):
    web.say("/feed", FEED)
    fallback = f', via: [direct, "proxy:moscow"], fallbacks: [{{url: "{web.url("/other")}"}}]'
    folder.config(
        source("hidden", web.url("/feed", HIDDEN), fallback),
        f'{{moscow: {{url: "{moscow.url}"}}}}',
    )

    status, out, err = await folder.probe("--json", MONITOR_PROXY_MOSCOW="desk:secret")

    assert status == 0, err
    (one,) = json.loads(out)
    assert (one["source"], one["seen"]) == ("hidden", True)
    asked = [(way["proxy"], way["seen"], way["cause"]) for way in one["ways"]]
    assert asked == [
        (None, False, "dns"),
        ("moscow", True, None),
        (None, False, "gone"),
        ("moscow", False, "gone"),
    ]
    assert one["ways"][1]["entries"] == 2
    assert one["ways"][1]["newest_at"] == "2022-09-10T09:00:00+00:00"
    assert "secret" not in out + err


async def test_a_source_that_answers_with_nothing_is_not_seen(web, folder):
    empty = FEED[: FEED.index("<item>")] + FEED[FEED.rindex("</channel>") :]
    web.say("/feed", empty)
    folder.config(source("empty", web.url("/feed")))

    status, out, _ = await folder.probe("--json")

    assert status == 1
    assert json.loads(out)[0]["ways"][0]["cause"] == "empty"


async def test_only_what_is_named_is_asked_and_no_pages_of_entries(web, folder):
    web.say("/feed", FEED.replace("http://example.org/", web.url("/")))
    folder.config(
        source("one", web.url("/feed"), ", article: true")
        + source("off", web.url("/off"), ", enabled: false, note: off")
        + source("two", web.url("/two"))
    )

    status, out, err = await folder.probe("one")

    assert status == 0, err
    assert "this server sees 1 of 1" in out
    assert [one.path for one in web.asked] == ["/robots.txt", "/feed"]


async def test_nothing_is_kept(web, folder):
    web.say("/feed", FEED)
    folder.config(source("one", web.url("/feed")))

    await folder.probe()

    assert [file.name for file in folder.path.iterdir()] == ["config.yaml"]


async def test_a_name_that_nobody_knows_and_two_wishes_at_once_are_refused(folder):
    folder.config(source("one", "https://one.test/"))

    unknown = await folder.probe("oen")
    both = await folder.probe("one", "--all")

    assert unknown[0] == both[0] == 2
    assert "there is no source oen" in unknown[2]
    assert "name sources, or write --all, not both" in both[2]
