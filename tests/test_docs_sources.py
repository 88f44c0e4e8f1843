"""docs/sources.md, held against what it describes."""

import re

import yaml
from guide import ROOT, of_kind, rows

from monitor.collect import listing
from monitor.collect.served import Served
from monitor.config.include import Reader
from monitor.config.source import Select, Source
from monitor.config.sources import SITES
from monitor.errors import Cause

PATH = ROOT / "docs" / "sources.md"
SAID = PATH.read_text(encoding="utf-8")


def test_every_cause_is_explained_once_in_the_order_of_the_program():
    assert [row[0].strip("`") for row in rows(PATH, "causes")] == [cause.value for cause in Cause]
    assert all(all(row) for row in rows(PATH, "causes"))


def test_every_field_of_a_source_and_every_selector_has_its_row():
    tables = "\n".join(line.split(" | ")[0] for line in SAID.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(\w+)`", tables))

    assert set(Source.model_fields) - named == set()
    assert set(Select.model_fields) - named == set()


def test_the_catalogue_is_as_large_as_it_says_and_has_the_groups_of_the_table():
    groups = Reader().catalogue()

    assert f"{sum(map(len, groups.values()))} of them come with the\nprogram" in SAID
    table = SAID.partition("## Picking")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(groups)


def test_the_spiders_of_sites_are_named():
    assert [name for name in SITES if f"`{name}`" not in SAID] == []


def test_the_list_of_the_example_is_read_by_the_selectors_of_the_example():
    [page] = [block.text for block in of_kind("html", PATH)]
    [said] = [
        source["select"]
        for block in of_kind("yaml", PATH)
        for source in yaml.safe_load(block.text)["sources"]
        if source.get("spider") == "listing"
    ]

    read = listing.read(
        Served(url="https://example.org/news", select=Select(**said), body=page.encode())
    )

    assert [(one.url, one.title, one.text) for one in read.entries] == [
        ("https://example.org/news/1", "Наступ триває", ""),
        ("https://example.org/news/2", "Звільнено ще одне селище", "Про це повідомив речник."),
    ]
    assert [f"{one.published_at:%d %H:%M}" for one in read.entries] == ["10 06:00", "10 09:30"]
    assert read.older == "https://example.org/news?page=2"
