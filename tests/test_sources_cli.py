"""`monitor sources list|export|import`, and `monitor crawl` of what the catalogue has."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from terminal import Terminal

from monitor.cli.sources.catalogue import find, readable
from monitor.config.include import Reader
from monitor.config.load import load
from monitor.config.source import Source

ROOT = Path(__file__).parents[1]
GROUPS = Reader().catalogue()
CATALOGUE = {one.id: one for members in GROUPS.values() for one in members}
PICKS = """\
version: 1
sources:
  - {id: ria, every: 90s}
  - {id: tass, enabled: false}
  - {id: mine, name: "Моё [b]", english: Mine, country: ua, kind: independent, url: "https://m.test/f"}
route: {receiver: here}
"""
THEIRS = """\
<opml version="1.0"><body>
<outline text="Новини"><outline type="rss" text="Свіжі вісті з Харкова" xmlUrl="https://one.test/rss"/>
<outline type="rss" text="Свіжі вісті з Харкова" xmlUrl="https://two.test/rss"/>
<outline text="&lt;b&gt;" xmlUrl="https://three.test/?a=1&amp;b=2"/></outline>
<outline type="rss" text="RIA" xmlUrl="https://ria.ru/export/rss2/archive/index.xml"/>
<outline type="link" text="Канал" url="https://t.me/some_channel"/>
<outline type="link" text="A page" url="https://page.test/"/>
<outline type="rss" text="x" xmlUrl="feed://four.test/"/>
<outline type="rss" text="x" xmlUrl="file:///etc/passwd"/>
<outline type="rss" text="again" xmlUrl="https://one.test/rss"/>
</body></opml>
"""
OURS = ("--country", "ua", "--kind", "independent", "--language", "uk")


@pytest.fixture
def terminal(tmp_path, capfd, monkeypatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path, capfd)
    terminal.config(PICKS)
    return terminal


def rows(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def shown(terminal: Terminal, columns: int, *arguments: str) -> str:
    """Return what a terminal of that width shows."""
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=terminal.folder,
        env={**os.environ, "COLUMNS": str(columns), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


# --- list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 160])
def test_the_configured_sources_are_listed_with_those_that_are_off_and_why(terminal, columns):
    out = shown(terminal, columns, "sources", "list")

    assert [one for one in rows(out) if one.strip(":") in {"ria", "mine", "tass", "off"}] == [
        "ria",
        "mine",
        "off:",
        "tass:",
    ]
    assert "Моё [b]" in out
    assert "Mine" in out
    assert "90s" in out
    assert "Off because of the terms" in out


@pytest.mark.parametrize("columns", [80, 160])
def test_the_whole_catalogue_is_listed_by_group_and_says_what_is_read(terminal, columns):
    out = shown(terminal, columns, "sources", "list", "--all")

    assert [line for line in out.splitlines() if " sources, " in line] == [
        f"{group}: {len(members)} sources, {int(group == 'ru-state')} of them read"
        for group, members in GROUPS.items()
    ]
    assert {one for one in rows(out) if one in CATALOGUE} == set(CATALOGUE)
    assert "unattested" in out
    assert max(map(len, out.splitlines())) <= columns


def test_the_catalogue_is_listed_without_a_configuration_that_can_be_used(terminal):
    terminal.config("nonsense: [")

    status, out, _ = terminal.call("sources", "list", "--all", "--group", "ua-state")

    assert status == 0
    assert {one for one in rows(out) if one in CATALOGUE} == {one.id for one in GROUPS["ua-state"]}


def test_a_group_that_is_not_there_is_told_with_those_that_are(terminal):
    status, _, err = terminal.call("sources", "list", "--group", "ru-stat")

    assert status == 2
    assert "did you mean `ru-state`?" in err


def test_programs_get_every_field(terminal):
    _, out, _ = terminal.call("sources", "list", "--json")

    [ria, tass, mine] = json.loads(out)
    assert set(Source.model_fields) | {"group", "read"} == set(ria)
    assert (ria["every"], ria["group"], ria["read"]) == ("90s", "ru-state", True)
    assert (tass["read"], mine["group"]) == (False, None)


# --- crawl ----------------------------------------------------------------------------------------


def test_any_source_of_the_catalogue_can_be_crawled_by_its_id(terminal):
    config = readable(terminal.folder / "config.yaml")

    found = find(config, ["kremlin", "ria", "mine", "ria"])

    assert [one.id for one in found] == ["kremlin", "ria", "mine"]
    assert found[0] == CATALOGUE["kremlin"]
    assert found[1].model_dump(mode="json")["every"] == "90s"


def test_what_is_neither_configured_nor_in_the_catalogue_cannot_be_crawled(terminal):
    status, _, err = terminal.call("crawl", "ria2")

    assert status == 2
    assert "there is no source ria2; did you mean `ria`?" in err


# --- export ---------------------------------------------------------------------------------------


def test_an_export_is_opml_with_an_outline_for_each_source_in_its_group(terminal):
    status, out, _ = terminal.call("sources", "export", "--opml")

    root = ET.fromstring(out)
    assert (status, root.get("version")) == (0, "2.0")
    own, state = root.findall("body/outline")
    assert [(own.get("text"), state.get("text"))] == [("own", "ru-state")]
    ria, tass = state
    assert (
        ria.attrib.items()
        >= {
            "type": "rss",
            "text": "РИА Новости",
            "title": "РИА Новости",
            "xmlUrl": CATALOGUE["ria"].url,
            "htmlUrl": "https://ria.ru/",
            "language": "ru",
        }.items()
    )
    assert "/media-monitor/enabled/false" in tass.attrib["category"]


def test_a_channel_is_exported_as_a_link(terminal):
    _, out, _ = terminal.call("sources", "export", "--opml", "--all", "--group", "ru-official")

    first = ET.fromstring(out).find("body/outline/outline")
    assert (first.get("type"), first.get("url")) == ("link", "https://t.me/s/mod_russia")
    assert first.get("xmlUrl") is None


def test_an_export_goes_into_a_file_and_says_what_it_cannot_do(terminal):
    status, out, _ = terminal.call("sources", "export", "--opml", "a.opml")
    no_format = terminal.call("sources", "export", "b.opml")
    no_folder = terminal.call("sources", "export", "--opml", "none/a.opml")

    assert (status, out) == (0, "")
    assert ET.parse(terminal.folder / "a.opml").getroot().tag == "opml"
    assert (no_format[0], no_folder[0]) == (2, 2)
    assert "--opml" in no_format[2]


# --- import ---------------------------------------------------------------------------------------


def import_(terminal: Terminal, text: str | bytes, *options: str) -> tuple[int, list[dict], str]:
    data = text if isinstance(text, bytes) else text.encode()
    (terminal.folder / "theirs.opml").write_bytes(data)
    status, out, err = terminal.call("sources", "import", "theirs.opml", *options)
    return status, yaml.safe_load(out)["sources"] if status == 0 else [], err


def test_a_list_becomes_sources_and_what_is_passed_over_is_counted(terminal):
    status, sources, err = import_(terminal, THEIRS, *OURS)

    ours = {"country": "ua", "kind": "independent", "language": "uk"}
    name = "Свіжі вісті з Харкова"
    assert status == 0
    assert sources == [
        {"id": "svizhi-visti-z-kharkova", "name": name, **ours, "url": "https://one.test/rss"},
        {"id": "svizhi-visti-z-kharkova-2", "name": name, **ours, "url": "https://two.test/rss"},
        {"id": "b", "name": "<b>", **ours, "url": "https://three.test/?a=1&b=2"},
        {
            "id": "kanal",
            "name": "Канал",
            **ours,
            "spider": "telegram_preview",
            "url": "https://t.me/s/some_channel",
        },
    ]
    assert "4 sources" in err
    assert "1 there already" in err  # ria, which the configuration picks
    assert "2 no http address" in err
    assert "1 no feeds" in err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_list_is_read_in_whatever_it_is_written(terminal, encoding, declared):
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>\n' if declared else ""

    _, sources, _ = import_(terminal, (head + THEIRS).encode(encoding), *OURS)

    assert sources[0]["name"] == "Свіжі вісті з Харкова"


def test_what_the_catalogue_knows_is_picked_from_it(terminal):
    terminal.config("version: 1\nroute: {receiver: here}\n")

    _, sources, _ = import_(terminal, THEIRS, *OURS)

    assert {"id": "ria"} in sources


def test_nothing_is_guessed_of_whose_a_source_is(terminal):
    status, _, err = import_(terminal, THEIRS)

    assert status == 2
    assert "4 addresses are not in the catalogue" in err
    assert "--country" in err
    assert "https://one.test/rss" in err


@pytest.mark.parametrize("option", [("--country", "UA"), ("--language", "ukr"), ("--kind", "big")])
def test_an_option_that_cannot_be_is_told(terminal, option):
    status, _, err = import_(terminal, THEIRS, *OURS, *option)

    assert status == 2
    assert option[0] in err


def test_what_is_imported_passes_the_check(terminal):
    (terminal.folder / "theirs.opml").write_text(THEIRS, encoding="utf-8")
    terminal.call("sources", "import", "theirs.opml", *OURS, "-O", "theirs.yaml")
    terminal.config("include: theirs.yaml\n" + PICKS)

    loaded = load(terminal.folder / "config.yaml", {})

    assert [str(problem) for problem in loaded.problems] == []
    assert "kanal" in {one.id for one in loaded.config.sources}
    assert import_(terminal, THEIRS, *OURS)[1] == []  # all of it is there now


def test_an_import_never_writes_over_a_file(terminal):
    (terminal.folder / "theirs.opml").write_text(THEIRS, encoding="utf-8")
    mine = terminal.folder / "mine.yaml"
    mine.write_text("sources: []  # by hand\n", encoding="utf-8")

    status, _, said = terminal.call("sources", "import", "theirs.opml", *OURS, "-O", "mine.yaml")

    assert status == 2
    assert "mine.yaml is there already" in said
    assert mine.read_text(encoding="utf-8") == "sources: []  # by hand\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", b""),
        ("a feed", b'<rss version="2.0"><channel/></rss>'),
        ("noise", bytes(range(256)) * 40),
    ],
)
def test_what_is_no_list_is_told(terminal, name, data):
    status, _, err = import_(terminal, data)

    assert status == 2
    assert "theirs.opml" in err


def test_a_list_that_is_not_there_or_too_large_is_told(terminal):
    with (terminal.folder / "large.opml").open("wb") as file:
        file.truncate(10 * 1024 * 1024)

    assert "No such file" in terminal.call("sources", "import", "none.opml")[2]
    assert "more than 8 MiB" in terminal.call("sources", "import", "large.opml")[2]


HOSTILE = {
    "an entity bomb": b'<!DOCTYPE opml [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12))
    + b']><opml version="2.0"><body><outline text="&a11;" xmlUrl="https://x.test/"/></body></opml>',
    "an outside entity": b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<opml version="2.0"><body><outline text="&x;" xmlUrl="https://x.test/"/></body></opml>',
    "deep nesting": b'<opml version="2.0"><body>'
    + b'<outline text="a">' * 10_000
    + b'<outline text="x" xmlUrl="https://x.test/"/>'
    + b"</outline>" * 10_000
    + b"</body></opml>",
    "a flood of categories": b'<opml><body><outline xmlUrl="https://x.test/" category="'
    + b",".join(b"c%d" % i for i in range(60_000))
    + b'"/></body></opml>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_list_costs_its_worker_and_nothing_else(terminal, name):
    status, sources, err = import_(terminal, HOSTILE[name], *OURS)

    assert status in {0, 2}
    assert [one["url"] for one in sources] in ([], ["https://x.test/"])
    assert len(f"{sources}{err}") < 2_000
    assert "root:" not in str(sources)
