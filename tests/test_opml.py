"""Sources as OPML and back: the same ids, addresses and whose they are."""

from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.cli.sources.catalogue import Listed
from monitor.cli.sources.importing import Imported, Told, imported
from monitor.cli.sources.opml import as_opml
from monitor.collect.opml import Outline, outline, read
from monitor.collect.served import Served
from monitor.config.include import Reader
from monitor.config.load import load
from monitor.config.source import Source
from monitor.model import Kind

GROUPS = Reader().catalogue()
CATALOGUE = {one.id: one for members in GROUPS.values() for one in members}


def again(listed: list[Listed], configured: tuple[Source, ...] = ()) -> Imported:
    page = read(Served(url="file:x", source="opml", body=as_opml(listed).encode()))
    return imported([outline(one) for one in page.entries], CATALOGUE, configured, Told())


def as_sources(folder: Path, done: Imported) -> dict[str, Source]:
    said = {"version": 1, "route": {"receiver": "here"}, "sources": done.items}
    (folder / "config.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    return {one.id: one for one in load(folder / "config.yaml", {}).config.sources}


def test_the_whole_catalogue_comes_back_as_it_was(tmp_path):
    listed = [
        Listed(source=one, group=group, read=True)
        for group, members in GROUPS.items()
        for one in members
    ]

    assert as_sources(tmp_path, again(listed)) == CATALOGUE


names = st.text(min_size=1, max_size=60).filter(lambda text: text.strip())
own = st.builds(
    lambda number, name, country, kind, language, enabled: Source(
        id=f"own-{number}",
        name=name,
        country=country,
        kind=kind,
        language=language,
        url=f"https://own.test/{number}?a=1&b=<",
        enabled=enabled,
    ),
    st.integers(0, 9),
    names,
    st.sampled_from(["ru", "ua", "by"]),
    st.sampled_from(Kind),
    st.sampled_from([None, "ru", "uk"]),
    st.booleans(),
)
picked = st.builds(
    lambda name, enabled, country: CATALOGUE[name].model_copy(
        update={"enabled": enabled, "country": country}
    ),
    st.sampled_from([one.id for one in CATALOGUE.values() if one.spider != "listing"]),
    st.booleans(),
    st.sampled_from(["ru", "ua"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(own | picked, max_size=6, unique_by=lambda one: one.id))
def test_any_sources_come_back_with_their_ids_addresses_and_whose_they_are(tmp_path, sources):
    back = as_sources(tmp_path, again([Listed(source=x, group=None, read=True) for x in sources]))

    kept = ("id", "url", "country", "kind", "language", "spider", "enabled")
    assert {one.id: [getattr(one, key) for key in kept] for one in back.values()} == {
        one.id: [getattr(one, key) for key in kept] for one in sources
    }


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=40), st.booleans()), max_size=20))
def test_whatever_a_list_says_it_makes_sources_with_ids_of_their_own(said):
    found = [
        Outline(url=f"https://x.test/{path}", title=title, is_feed=is_feed, ours={})
        for title, path, is_feed in said
    ]
    told = Told(country="ua", kind=Kind.STATE)

    done = imported(found, CATALOGUE, (), told)

    ids = [str(one["id"]) for one in done.items]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & CATALOGUE.keys()
    assert all(Source.model_validate(one) for one in done.items)
    assert imported(found, CATALOGUE, (), told).items == done.items


def test_an_id_that_a_list_of_ours_says_is_not_given_twice():
    ours = {"id": "mine", "country": "ua", "kind": "state"}
    found = [
        Outline(url=f"https://x.test/{number}", title="x", is_feed=True, ours=ours)
        for number in range(3)
    ]

    done = imported(found, CATALOGUE, (), Told())

    assert [one["id"] for one in done.items] == ["mine", "mine-2", "mine-3"]
