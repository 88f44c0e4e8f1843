"""What ships with the program: schemas, the first config, the catalogue, the codes."""

import csv
import json
import re
from pathlib import Path

import pytest

import monitor.config
from monitor.config.codes import Code
from monitor.config.files import read_catalogue
from monitor.config.include import BUILTIN
from monitor.config.load import load
from monitor.config.schema import SHIPPED, json_schema

ROOT = Path(__file__).parents[1]
LISTS = ROOT.parent / "shared" / "data" / "lists"
GROUPS = read_catalogue(BUILTIN / "sources.yaml")
SOURCES = [source for members in GROUPS.values() for source in members]
FILES = {
    "Calibre": ("calibre_ru_uk_feeds.csv", "feed_url"),
    "Captured": ("feeds_seen_in_code.csv", "feed_url"),
    "CPD list": ("cpd_hostile_telegram_accounts_2024.csv", "link"),
}
LISTED = [source for source in SOURCES if (source.note or "").startswith(tuple(FILES))]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_schema_is_what_the_models_say(name):
    shipped = (Path(monitor.config.__file__).parent / name).read_text(encoding="utf-8")

    assert shipped == json_schema(SHIPPED[name]), "run ./run.sh fmt"


def test_the_schema_knows_the_keys_of_a_file_by_their_written_names():
    schema = json.loads(json_schema())

    assert set(schema["properties"]) >= {"include", "sources", "rules", "lists", "receivers"}
    assert schema["required"] == ["version", "route"]
    assert "except" in schema["$defs"]["MatchBlock"]["properties"]
    assert "group" in json.dumps(schema["$defs"]["SourceGroup"])


def test_the_config_at_the_root_is_the_one_that_init_writes():
    starter = (BUILTIN / "starter.yaml").read_text(encoding="utf-8")

    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == starter


def test_the_config_at_the_root_can_be_used_as_it_is():
    loaded = load(ROOT / "config.yaml", {})

    assert loaded.problems == ()
    assert loaded.config.rules
    assert len(loaded.config.sources) == len(SOURCES)


def test_the_editor_finds_the_schema_that_the_config_names():
    first = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)

    assert named is not None
    assert (ROOT / named[1]).is_file()


def test_the_catalogue_has_the_groups_that_people_are_told_of():
    assert list(GROUPS) == [
        "ru-official",
        "ru-state",
        "ua-official",
        "ua-state",
        "independent",
        "wires-en",
    ]


def test_every_source_of_the_catalogue_has_an_id_of_its_own():
    ids = [source.id for source in SOURCES]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_a_source_says_where_its_address_comes_from(source):
    note = source.note or ""
    attested = ("Calibre", "Captured", "CPD list", "Seen in public code", "The name of the channel")

    assert note.startswith((*attested, "Unattested"))
    assert not (note.startswith("Unattested") and source.enabled)
    assert (source.spider == "telegram_preview") == source.url.startswith("https://t.me/s/")


@pytest.mark.parametrize("source", LISTED, ids=lambda source: source.id)
def test_an_address_of_a_list_is_in_that_list(source):
    [(name, column)] = [FILES[word] for word in FILES if source.note.startswith(word)]
    if not (LISTS / name).is_file():
        pytest.skip(f"{LISTS / name} is not here")

    with (LISTS / name).open(encoding="utf-8") as file:
        addresses = [row[column] for row in csv.DictReader(file)]

    assert any(
        address == source.url or address.startswith(f"{source.url}/") for address in addresses
    )


def test_a_code_means_one_thing_and_is_explained():
    assert len({code.value for code in Code}) == len(Code)
    assert all(re.fullmatch(r"MM0\d\d", code.value) for code in Code)
    assert all(code.explanation.endswith((".", "…")) for code in Code)
