"""Sources in config.yaml: groups, picks, sources of one's own, and what can be wrong with them."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from scrapy.spiderloader import SpiderLoader

from monitor.collect.crawl import project_settings
from monitor.config.include import Reader
from monitor.config.load import load
from monitor.config.source import Pace, Source
from monitor.config.sources import GENERIC, SITES
from monitor.errors import ConfigError, Problem

HEAD = "version: 1\nroute: {receiver: here}\nsources:\n"  # what follows begins in line 4
MINE = "id: a, name: x, country: ru, kind: state, url: https://x.ru/"
CATALOGUE = {one.id: one for members in Reader().catalogue().values() for one in members}
GROUPS = Reader().catalogue()


def written(folder: Path, *lines: str, before: str = "") -> Path:
    path = folder / "config.yaml"
    path.write_text(before + HEAD + "".join(f"  - {line}\n" for line in lines), encoding="utf-8")
    return path


def sources(folder: Path, *lines: str) -> dict[str, Source]:
    config = load(written(folder, *lines), {}).config
    assert len({one.id for one in config.sources}) == len(config.sources)
    return {one.id: one for one in config.sources}


def problems(folder: Path, *lines: str, before: str = "") -> list[Problem]:
    try:
        return list(load(written(folder, *lines, before=before), {}).problems)
    except ConfigError as error:
        return list(error.problems)


def places(found: list[Problem]) -> list[str]:
    return [f"{one.line}:{one.column} {one.code}" for one in found]


# --- Picks ----------------------------------------------------------------------------------------


def test_an_id_alone_picks_a_source_as_the_catalogue_has_it(tmp_path):
    assert sources(tmp_path, "id: ria") == {"ria": CATALOGUE["ria"]}


def test_a_pick_changes_what_it_names_and_nothing_else(tmp_path):
    picked = sources(tmp_path, "{id: ria, every: 90s, name: РИА, article: true, pace: steady}")

    assert picked["ria"] == CATALOGUE["ria"].model_copy(
        update={
            "every": timedelta(seconds=90),
            "name": "РИА",
            "article": True,
            "pace": Pace.STEADY,
        }
    )


@pytest.mark.parametrize("key", [key for key in Source.model_fields if key != "id"])
def test_any_key_may_be_different(tmp_path, key):
    said = {
        "kind": "independent",
        "language": "en",
        "country": "by",
        "url": "https://r.example/",
        "every": "3m",
        "cadence": "4d",
        "pace": "steady",
        "article": "true",
        "older": "https://r.example/map.xml",
        "via": "direct",
        "fallbacks": '[{url: "https://r.example/2"}]',
        "ca": "russian-trusted-root",
        "enabled": "false",
        "select": "{body: main}",
        "spider": "sitemap",
    }
    picked = sources(tmp_path, f"{{id: ria, {key}: {said.get(key, 'other')}}}")["ria"]

    assert {
        name
        for name in Source.model_fields
        if getattr(picked, name) != getattr(CATALOGUE["ria"], name)
    } <= {key}
    assert key == "via" or getattr(picked, key) != getattr(CATALOGUE["ria"], key)


def test_a_pick_may_take_away_what_can_be_missing(tmp_path):
    picked = sources(tmp_path, "{id: kremlin, older: null, fallbacks: []}")["kremlin"]

    assert (picked.older, picked.fallbacks) == (None, ())


@pytest.mark.parametrize("order", [1, -1])
def test_a_pick_changes_the_source_that_a_group_brings_in_either_order(tmp_path, order):
    lines = ["{group: ru-state, every: 7m}", "{id: ria, via: direct, name: РИА}"]

    found = sources(tmp_path, *lines[::order])

    assert list(found) == [one.id for one in GROUPS["ru-state"]]
    assert (found["ria"].name, found["ria"].every) == ("РИА", timedelta(minutes=7))


def test_a_pick_in_an_included_file_changes_the_group_of_the_main_one(tmp_path):
    (tmp_path / "more.yaml").write_text("sources: [{id: ria, name: РИА}]\n", encoding="utf-8")
    path = written(tmp_path, "group: ru-state", before="include: more.yaml\n")

    [ria] = [one for one in load(path, {}).config.sources if one.id == "ria"]

    assert ria.name == "РИА"


def test_what_a_group_leaves_out_can_be_picked(tmp_path):
    found = sources(tmp_path, "{group: ru-state, except: ria}", "{id: ria, name: РИА}")

    assert found["ria"].name == "РИА"


def test_a_pick_is_known_by_the_place_of_its_own_line(tmp_path):
    loaded = load(written(tmp_path, "group: ru-state", "{id: ria, every: 90s}"), {})

    place = loaded.place(("sources", "ria", "every"))

    assert (place.line, place.column) == (5, 22)


def test_a_source_that_describes_itself_stands_alone(tmp_path):
    found = sources(tmp_path, "{id: ria, name: x, country: ua, kind: state, url: 'https://x.ua/'}")

    assert (found["ria"].country, found["ria"].fallbacks, found["ria"].english) == ("ua", (), "")


def test_an_unknown_pick_is_told_what_it_lacks(tmp_path):
    [problem] = problems(tmp_path, "{id: ria2, every: 1m}")

    assert places([problem]) == ["4:10 MM022"]
    assert (
        "`ria2` is not in the catalogue, so it needs name, country, kind and url"
        "; did you mean `ria`?" in problem.text
    )


def test_a_source_of_ones_own_that_lacks_one_key_is_told_which(tmp_path):
    [problem] = problems(tmp_path, "{id: mine, name: x, country: ru, kind: state}")

    assert problem.text.startswith("`mine` is not in the catalogue, so it needs url")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["{id: ria, evry: 1m}"], ["4:15 MM010"]),
        (["{id: ria, every: soon}"], ["4:22 MM013"]),
        (["{id: ria, kind: stat}"], ["4:21 MM012"]),
        (["{id: ria, via: [direct, vpn]}"], ["4:29 MM013"]),
        (["{id: ria, select: {entry: 'a['}}"], ["4:31 MM013"]),
        (["{id: ria, fallbacks: [{spider: feed}]}"], ["4:27 MM011"]),
        (["{id: ria, name: null}"], ["4:21 MM015"]),
        (["{id: Ria}"], ["4:10 MM013"]),
        (["{name: x, url: 'https://x.ru/'}"], ["4:5 MM011", "4:5 MM011", "4:5 MM011"]),
        (["{group: ru-state, every: soon}"], ["4:30 MM013"]),
        (["{group: ru-state, name: x}"], ["4:23 MM010"]),
        (["id: ria", "{id: ria, every: 1m}"], ["5:10 MM020"]),
        (["group: ru-state", "id: ria", "id: ria"], ["6:9 MM020"]),
        (["group: ru-state", "id: ria", "group: ru-state"], ["6:12 MM020"]),
        (["id: a", "{" + MINE + "}"], ["4:9 MM022"]),
        (["id: ria", "{" + MINE.replace("id: a", "id: ria") + "}"], ["5:10 MM020"]),
        (["id: tass"], ["4:9 MM060"]),
        (["group: ru-state", "{id: tass, every: 1m}"], ["5:10 MM060"]),
        (["{id: tass, enabled: true}"], []),
        (["{group: ru-state, enabled: true}"], ["4:32 MM055"]),
        (["{group: ru-state, enabled: true, except: [tass]}"], []),
        (["{group: ru-state, enabled: true}", "{id: tass, enabled: true}"], []),
        (["{group: ru-state, enabled: true}", "{id: tass, every: 1m}"], ["4:32 MM055"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pick_or_a_group_is_shown_in_its_place(tmp_path, lines, expected):
    found = problems(tmp_path, *lines)

    assert places(found) == expected, "\n".join(map(str, found))


# --- Groups ---------------------------------------------------------------------------------------


def test_a_group_is_changed_as_a_whole(tmp_path):
    line = "{group: ru-state, every: 7m, pace: steady, via: [direct, 'proxy:home']}"
    before = "proxies: {home: {url: 'http://127.0.0.1:3128'}}\n"

    changed = load(written(tmp_path, line, before=before), {}).config.sources

    assert {(one.every, one.pace, one.via) for one in changed} == {
        (timedelta(minutes=7), Pace.STEADY, ("direct", "proxy:home"))
    }


def test_a_group_can_be_turned_off_but_for_one(tmp_path):
    found = sources(tmp_path, "{group: ru-state, enabled: false}", "{id: ria, enabled: true}")

    assert [one.id for one in found.values() if one.enabled] == ["ria"]


def test_a_group_that_is_turned_on_is_on_but_for_lists_that_nobody_can_read(tmp_path):
    loaded = load(written(tmp_path, "{group: ru-official, enabled: true}"), {})

    off = [one for one in loaded.config.sources if not one.enabled]
    assert {one.spider for one in off} == {"listing"}
    assert {one.id for one in off} < {one.id for one in GROUPS["ru-official"] if not one.enabled}
    [warning] = loaded.problems
    assert warning.text.startswith("this turns on 2 of `ru-official` that the catalogue keeps off")
    assert "Telegram channel says the same" in warning.text


# --- What can be wrong with a source --------------------------------------------------------------

LISTING = "{" + MINE + ", spider: listing, "
COLUMN = 5 + len("{" + MINE + ", ")

UNSOUND = {
    "proxy nobody knows": ("{" + MINE + ", via: proxy:hme}", f"4:{COLUMN + 5} MM027"),
    "second way": ("{" + MINE + ", via: [direct, proxy:x]}", f"4:{COLUMN + 14} MM027"),
    "proxy of a group": ("{group: ru-state, via: 'proxy:x'}", "4:28 MM027"),
    "proxy of a pick": ("{id: ria, via: 'proxy:x'}", "4:20 MM027"),
    "unknown spider": ("{" + MINE + ", spider: fed}", f"4:{COLUMN + 8} MM056"),
    "spider of a fallback": (
        "{" + MINE + ", fallbacks: [{spider: fed, url: 'https://y.ru/'}]}",
        f"4:{COLUMN + 21} MM056",
    ),
    "select of no use": ("{" + MINE + ", select: {entry: li}}", f"4:{COLUMN + 16} MM057"),
    "article selectors of no use": ("{" + MINE + ", select: {body: p}}", f"4:{COLUMN + 15} MM057"),
    "no select": ("{" + MINE + ", spider: listing}", f"4:{COLUMN + 8} MM011"),
    "no entry": (LISTING + "select: {date: time}}", f"4:{5 + len(LISTING) + 8} MM011"),
    "pick of a listing": ("{id: ru-fsb, enabled: true}", "4:5 MM011"),
    "no such authority": ("{" + MINE + ", ca: russian-root}", f"4:{COLUMN + 4} MM028"),
    "no certificate": ("{" + MINE + ", ca: config.yaml}", f"4:{COLUMN + 4} MM028"),
    "authority of a fallback": (
        "{" + MINE + ", fallbacks: [{url: 'https://y.ru/', ca: x.pem}]}",
        f"4:{COLUMN + 39} MM028",
    ),
    "older with a strange brace": (
        "{" + MINE + ", older: 'https://x.ru/{n}'}",
        f"4:{COLUMN + 7} MM013",
    ),
    "older that is one page": (
        "{" + MINE + ", older: 'https://x.ru/news?page=2'}",
        f"4:{COLUMN + 7} MM013",
    ),
    "falls back to itself": (
        "{" + MINE + ", fallbacks: [{url: 'https://x.ru/'}]}",
        f"4:{COLUMN + 18} MM058",
    ),
    "falls back twice to the same": (
        "{" + MINE + ", fallbacks: [{url: 'https://y.ru/'}, {url: 'https://y.ru/'}]}",
        f"4:{COLUMN + 42} MM058",
    ),
    "too rarely": ("{" + MINE + ", every: 2d, cadence: 1d}", f"4:{COLUMN + 7} MM059"),
    "pick that is too rarely asked": ("{id: ria, every: 30d}", "4:22 MM059"),
    "pick over http": ("{id: ria, url: 'http://ria.ru/'}", "4:20 MM052"),
    "fallback over http": (
        "{" + MINE + ", fallbacks: [{url: 'http://y.ru/'}]}",
        f"4:{COLUMN + 18} MM052",
    ),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_a_source_that_cannot_work_is_told_in_its_place(tmp_path, name):
    line, expected = UNSOUND[name]

    found = problems(tmp_path, line)

    assert places(found) == [expected], "\n".join(map(str, found))


SOUND = {
    "a listing": LISTING + "select: {entry: li, body: main}}",
    "a listing that is off": "{" + MINE + ", spider: listing, enabled: false}",
    "article selectors": "{" + MINE + ", article: true, select: {body: main}}",
    "a sitemap": "{" + MINE + ", spider: sitemap, select: {body: main}}",
    "a site": "{" + MINE + ", spider: kremlin, select: {entry: li}}",
    "pages": "{" + MINE + ", older: 'https://x.ru/news?page={page}'}",
    "a sitemap of older ones": "{" + MINE + ", older: 'https://x.ru/map-2022-09.xml'}",
    "a known authority": "{" + MINE + ", ca: russian-trusted-root}",
    "what the catalogue says": "{id: kremlin, every: 10m}",
}


@pytest.mark.parametrize("name", SOUND)
def test_a_source_that_can_work_is_accepted_without_a_word(tmp_path, name):
    assert places(problems(tmp_path, SOUND[name])) == []


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("{" + MINE + ", spider: sitemp}", "did you mean `sitemap`?"),
        ("{" + MINE + ", via: proxy:hme}", "did you mean `home`?"),
        ("{" + MINE + ", ca: russian-trusted}", "did you mean `russian-trusted-root`?"),
        (
            "{" + MINE + ", older: 'https://x.ru/news/page/2/'}",
            "write `https://x.ru/news/page/{page}/`",
        ),
        ("{" + MINE + ", older: 'https://x.ru/{n}'}", "write {page} for the number"),
    ],
)
def test_what_is_wrong_with_a_source_comes_with_its_mend(tmp_path, line, mend):
    before = "proxies: {home: {url: 'http://127.0.0.1:3128'}}\n"

    assert any(mend in one.text for one in problems(tmp_path, line, before=before))


def test_the_file_of_an_authority_is_meant_from_the_folder_of_the_main_file(tmp_path):
    store = ssl.get_default_verify_paths().cafile
    if store is None or not Path(store).is_file():
        pytest.skip("this machine has no file of certificate authorities")
    (tmp_path / "root.pem").write_bytes(Path(store).read_bytes())

    one = sources(
        tmp_path, "{" + MINE + ", ca: root.pem, fallbacks: [{url: https://y, ca: root.pem}]}"
    )["a"]

    assert {one.ca, one.fallbacks[0].ca} == {str(tmp_path / "root.pem")}


def test_the_spiders_that_the_checks_know_are_the_ones_that_scrapy_finds():
    found = SpiderLoader.from_settings(project_settings({})).list()

    assert sorted((*GENERIC, *SITES)) == sorted(found)
