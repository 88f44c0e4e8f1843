"""The sources that come with the program: who is there, and how well we know where."""

import csv
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.config.files import read_catalogue
from monitor.config.include import BUILTIN
from monitor.model import Kind

LISTS = Path(__file__).parents[2] / "shared" / "data" / "lists"
GROUPS = read_catalogue(BUILTIN / "sources.yaml")
SOURCES = {source.id: source for members in GROUPS.values() for source in members}
ENABLED = [source for source in SOURCES.values() if source.enabled]

#: Whom the program must know, and the source in which each of them speaks.
MUST_KNOW = {
    "Russian Defence Ministry": "ru-mod",
    "Kremlin": "kremlin",
    "Russian government": "ru-government",
    "State Duma": "ru-duma",
    "Russian Foreign Ministry": "ru-mid",
    "RIA Novosti": "ria",
    "TASS": "tass-telegram",
    "RT": "rt-russian",
    "Rossiyskaya Gazeta": "rg",
    "Ukrainian General Staff": "ua-general-staff",
    "Ukrainian Defence Ministry": "ua-mod",
    "Main Intelligence Directorate, site": "ua-gur-site",
    "Main Intelligence Directorate, Telegram": "ua-gur",
    "President of Ukraine": "ua-president",
    "Verkhovna Rada": "ua-rada",
    "Ukrinform": "ukrinform",
    "ArmyInform": "armyinform",
    "Deputy minister Maliar": "ua-maliar",
    "iStories": "istories",
    "An English wire of Russia": "rt-en",
    "An English wire of Ukraine": "ukrinform-en",
}

#: Who is in the catalogue as an entry that has to be turned on.
KNOWN_BUT_OFF = {
    "Main Intelligence Directorate, YouTube": "ua-gur-youtube",
    "National Institute for Strategic Studies": "ua-niss",
    "Maliar on Facebook, through an RSS bridge": "ua-maliar-facebook",
}

#: The lists that `attested` refers to: how each reference looks, the file, the column of addresses.
FILES = {
    r"calibre recipe (?P<recipe>\S+\.recipe)": ("calibre_ru_uk_feeds.csv", "feed_url"),
    r"live capture": ("feeds_seen_in_code.csv", "feed_url"),
    r"CPD list": ("cpd_hostile_telegram_accounts_2024.csv", "link"),
}
LISTED = [
    (source, pattern)
    for source in SOURCES.values()
    for pattern in FILES
    if re.search(pattern, source.attested)
]


def every_source(check):
    """Hold every source against a check; name those that do not stand it."""

    def test():
        found = {}
        for source in SOURCES.values():
            try:
                check(source)
            except AssertionError as error:
                found[source.id] = str(error)
        assert found == {}

    test.__name__ = check.__name__
    return test


def test_there_are_at_least_eighty_sources_in_the_groups_that_people_are_told_of():
    assert list(GROUPS) == [
        "ru-official",
        "ru-state",
        "ru-independent",
        "ua-official",
        "ua-state",
        "ua-independent",
        "wires-en",
    ]
    assert len(ENABLED) >= 80


def test_every_source_has_an_id_of_its_own():
    assert len(SOURCES) == sum(map(len, GROUPS.values()))


@pytest.mark.parametrize("who", MUST_KNOW)
def test_whoever_must_be_heard_is_there_and_is_on(who):
    assert SOURCES[MUST_KNOW[who]].enabled


@pytest.mark.parametrize("who", KNOWN_BUT_OFF)
def test_whoever_must_be_known_but_nobody_attests_is_there_and_says_how_to_turn_it_on(who):
    source = SOURCES[KNOWN_BUT_OFF[who]]

    assert not source.enabled
    assert source.note


def test_a_source_is_in_the_group_of_its_country_and_kind():
    for group in ("ru-official", "ru-state", "ua-official", "ua-state"):
        country, kind = group.split("-")
        strange = [s.id for s in GROUPS[group] if (s.country, s.kind) != (country, Kind(kind))]
        assert strange == []


@pytest.mark.parametrize(
    ("group", "home", "languages"),
    [("ru-independent", "ru", {"ru"}), ("ua-independent", "ua", {"uk", "ru"})],
)
def test_independents_are_at_home_in_the_country_or_write_in_its_language(group, home, languages):
    for source in GROUPS[group]:
        assert source.kind is Kind.INDEPENDENT
        assert source.language in languages
        assert source.country == home or source.country not in {"ru", "ua"}


def test_the_wires_are_in_english():
    assert {source.language for source in GROUPS["wires-en"]} == {"en"}


def test_no_address_is_read_twice():
    read = [source.url for source in ENABLED]

    assert sorted(read) == sorted(set(read))


def test_nothing_falls_back_to_what_is_read_anyway():
    read = {source.url for source in ENABLED}

    assert [
        (source.id, fallback.url)
        for source in ENABLED
        for fallback in source.fallbacks
        if fallback.url in read
    ] == []


@every_source
def test_a_source_has_a_name_in_english_and_a_silence_that_is_normal(source):
    assert source.english
    assert not re.search("[а-яіїєґ]", source.english.lower())
    assert source.cadence is not None
    assert source.cadence >= source.every


@every_source
def test_a_source_that_nobody_attests_is_off_and_says_so(source):
    if not source.attested:
        assert not source.enabled
        assert "attests" in source.note


@every_source
def test_a_source_that_is_off_says_why(source):
    assert source.enabled or re.search(r"\bOff (because|until)|\bAn example:", source.note or "")


@every_source
def test_what_is_said_of_a_source_is_said_in_whole_sentences(source):
    for said in (source.note, source.quirks, source.terms):
        assert not said or said.endswith(".")


@every_source
def test_a_channel_is_read_by_its_preview_and_nothing_else_is(source):
    for way in (source, *source.fallbacks):
        preview = re.fullmatch(r"https://t\.me/s/[A-Za-z0-9_]{4,32}", way.url)
        assert (way.spider == "telegram_preview") == (preview is not None)
        assert preview or urlsplit(way.url).hostname != "t.me"


@every_source
def test_telegram_is_not_asked_more_often_than_every_two_minutes(source):
    if source.spider == "telegram_preview":
        assert source.every >= timedelta(minutes=2)
        assert source.url.removeprefix("https://t.me/s/") == source.telegram


@pytest.mark.parametrize(("source", "pattern"), LISTED, ids=lambda item: getattr(item, "id", ""))
def test_an_address_that_a_list_attests_is_in_that_list(source, pattern):
    name, column = FILES[pattern]
    if not (LISTS / name).is_file():
        pytest.skip(f"{LISTS / name} is not here")

    recipe = re.search(pattern, source.attested).groupdict().get("recipe")
    with (LISTS / name).open(encoding="utf-8") as file:
        found = [
            row
            for row in csv.DictReader(file)
            if f"{row[column]}/".startswith(f"{source.url.rstrip('/')}/")
            and recipe in (None, row.get("recipe"))
        ]

    assert found
