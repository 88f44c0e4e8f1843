"""Stories in the archive, and as people ask for them, on SQLite and on PostgreSQL."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from archived import FOUND, MINUTE, NOW
from sqlalchemy import event
from terminal import CONFIG

from monitor.archive import documents, sources, stories
from monitor.cli.telling import lasting
from monitor.model import Document, Kind, Provenance, Severity

MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")
TASS = Provenance(id="tass", name="ТАСС", country="ru", kind=Kind.STATE, language="ru")
HUR = Provenance(id="hur", name="ГУР", country="ua", kind=Kind.OFFICIAL, language="uk")
LOUDER = replace(FOUND, rule="withdrawal", severity=Severity.CRITICAL)


def said(source, number, minutes, words="Войска перегруппированы.", **more):
    return Document(
        **{
            "source": source,
            "uid": str(number),
            "url": f"https://{source}.test/{number}",
            "title": "",
            "text": words,
            "language": "ru",
            "published_at": NOW + minutes * MINUTE,
            "seen_at": NOW + timedelta(hours=3),
        }
        | more
    )


@pytest.fixture
def newsroom(store, store_url, terminal, monkeypatch):
    """A configured terminal in front of an archive that knows three sources."""
    terminal.config(CONFIG)
    monkeypatch.setenv("MONITOR_DATABASE_URL", store_url)
    known = [(one, f"https://{one.id}.test/") for one in (MOD, TASS, HUR)]
    store.write_now(lambda tx: sources.sync(tx, known, NOW))
    return store


def told(store, document, story_id=None, *matches):
    """Archive a document in a story, or in a new one; return both ids."""

    def work(tx):
        archived = documents.add(tx, document)
        documents.add_matches(tx, archived.id, matches, [])
        at = document.published_at or document.seen_at
        story = stories.begin(tx, at) if story_id is None else story_id
        stories.join(tx, story, archived.id, at, b"sketch of %d" % archived.id)
        return story, archived.id

    return store.write_now(work)


def retreat(store):
    """A story of three sources; the one that we saw first was not the first to publish it."""
    story, _ = told(store, said("tass", 1, 22), None, FOUND)
    told(store, said("mod", 1, 0), story, FOUND)
    told(store, said("hur", 1, 110, published_at=None), story)
    return story


def test_a_document_that_joins_a_story_is_found_there(newsroom):
    story, document = told(newsroom, said("mod", 1, 0))

    assert newsroom.read_now(lambda tx: stories.of_document(tx, document)) == story


def test_a_document_from_before_there_were_stories_is_in_none(newsroom):
    archived = newsroom.write_now(lambda tx: documents.add(tx, said("mod", 1, 0)))

    assert newsroom.read_now(lambda tx: stories.of_document(tx, archived.id)) is None
    assert newsroom.read_now(lambda tx: stories.of_entry(tx, "mod", "1")) is None


def test_an_entry_is_in_the_story_of_its_newest_text_that_has_one(newsroom):
    first, _ = told(newsroom, said("mod", 1, 0))
    second, _ = told(newsroom, said("mod", 1, 0, words="Войска отведены."))
    newsroom.write_now(lambda tx: documents.add(tx, said("mod", 1, 0, words="Войска.")))

    assert newsroom.read_now(lambda tx: stories.of_entry(tx, "mod", "1")) == second != first
    assert newsroom.read_now(lambda tx: stories.of_entry(tx, "mod", "2")) is None
    assert newsroom.read_now(lambda tx: stories.of_entry(tx, "tass", "1")) is None


def test_what_is_remembered_is_what_a_window_takes_in_the_order_it_was_archived(newsroom):
    old, _ = told(newsroom, said("mod", 1, -120))
    story, first = told(newsroom, said("mod", 2, 0))
    _, second = told(newsroom, said("tass", 2, 5), story)
    told(newsroom, said("hur", 1, 6), old)  # a late one of a story that began before

    assert newsroom.read_now(lambda tx: [*stories.remembered(tx, NOW)]) == [
        (first, story, "mod", NOW, b"sketch of %d" % first, NOW),
        (second, story, "tass", NOW + 5 * MINUTE, b"sketch of %d" % second, NOW),
    ]


def test_a_story_says_when_it_began_whatever_joined_it_since(newsroom):
    story, _ = told(newsroom, said("mod", 1, 0))
    told(newsroom, said("tass", 1, 90), story)

    assert newsroom.read_now(lambda tx: stories.begun_at(tx, story)) == NOW


def test_forgetting_deletes_the_sketches_of_old_stories_and_nothing_else(newsroom):
    old, document = told(newsroom, said("mod", 1, -120))
    told(newsroom, said("tass", 1, 30), old)
    new, _ = told(newsroom, said("hur", 1, 0))

    assert newsroom.write_now(lambda tx: stories.forget(tx, NOW)) == 2

    everything = newsroom.read_now(lambda tx: [*stories.remembered(tx, NOW - 999 * MINUTE)])
    assert [row[1] for row in everything] == [new]
    assert newsroom.read_now(lambda tx: stories.of_document(tx, document)) == old


def test_forgetting_looks_only_at_what_is_old(newsroom):
    """It runs beside the outbox: a look at every story there ever was would hold up the alerts."""
    told(newsroom, said("mod", 1, -120))

    def plan(tx):
        asked = []
        event.listen(tx, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        stories.forget(tx, NOW)
        if tx.dialect.name != "sqlite":
            tx.exec_driver_sql("SET LOCAL enable_seqscan = off")  # where it can do without
        how = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
        return [
            str(row[-1])
            for statement, values in tuple(asked)
            if statement.startswith("DELETE")
            for row in tx.exec_driver_sql(f"{how} {statement}", values)
        ]

    found = newsroom.write_now(plan)

    assert any("ix_stories_begun_at" in line for line in found), found
    assert any("ix_sketches_story_id" in line for line in found), found
    assert not [line for line in found if line.startswith("SCAN") or "Seq Scan" in line], found


def test_a_summary_has_every_document_once_with_its_newest_text_the_first_one_first(newsroom):
    story = retreat(newsroom)
    told(newsroom, said("mod", 1, 0, words="Войска отведены."), story, LOUDER)

    found = newsroom.read_now(lambda tx: stories.summary(tx, story))

    assert [(one.copy.source, one.archived.revision) for one in found.documents] == [
        (MOD, 2),
        (TASS, 1),
        (HUR, 1),
    ]
    assert found.first.copy.title == "Войска отведены."
    assert found.span == timedelta(hours=3)
    assert [one.severity for one in found.documents] == [Severity.CRITICAL, Severity.HIGH, None]
    assert [match.rule for match in found.rules] == ["withdrawal", "reshuffling"]


def test_a_story_without_documents_has_no_summary(newsroom):
    empty = newsroom.write_now(lambda tx: stories.begin(tx, NOW))

    assert newsroom.read_now(lambda tx: stories.summary(tx, empty)) is None
    assert newsroom.read_now(lambda tx: stories.summary(tx, 99)) is None


@pytest.mark.parametrize("name", ["s{story}", "{story}", "#{ref}", "{ref}", "https://tass.test/1"])
def test_a_story_is_shown_by_its_name_or_by_any_of_its_documents(terminal, newsroom, name):
    story = retreat(newsroom)

    asked = name.format(story=story, ref=documents.ref("mod", "1"))
    status, out, err = terminal.call("story", asked)

    assert (status, err) == (0, "")
    first, rule, _, mod, _, link, _, tass, *_ = out.splitlines()
    assert first == (
        f"s{story}: 3 documents of 3 sources, first Минобороны 2022-09-10 15:00, over 3 h"
    )
    assert rule == "  reshuffling (high): Retreat called reshuffling"
    assert mod.startswith("2022-09-10 15:00  first  mod · Минобороны (ru official)  high: resh")
    assert link == "  https://mod.test/1"
    assert tass.startswith("2022-09-10 15:22  +22 min  tass · ТАСС (ru state)")


def test_a_program_gets_a_story_as_json(terminal, newsroom):
    story = retreat(newsroom)

    status, out, _ = terminal.call("story", f"s{story}", "--json")

    found = json.loads(out)
    assert (status, found["story"], found["severity"], found["sources"]) == (
        0,
        f"s{story}",
        "high",
        3,
    )
    assert [(one["source"], one["lag_seconds"], one["rules"]) for one in found["documents"]] == [
        ("mod", 0, ["reshuffling"]),
        ("tass", 22 * 60, ["reshuffling"]),
        ("hur", 3 * 3600, []),
    ]


def test_asked_for_a_story_that_is_not_there_it_says_so(terminal, newsroom):
    newsroom.write_now(lambda tx: documents.add(tx, said("mod", 1, 0)))

    unknown = terminal.call("story", "s99")
    before = terminal.call("story", "https://mod.test/1")

    assert (unknown[0], before[0]) == (2, 2)
    assert "no story or document s99" in unknown[2]
    assert "before there were stories" in before[2]


def test_a_search_by_story_shows_each_story_once_with_all_who_told_it(terminal, newsroom):
    story = retreat(newsroom)
    newsroom.write_now(lambda tx: documents.add(tx, said("mod", 7, -5)))

    status, out, err = terminal.call("search", "перегруппировать", "--stories")

    assert (status, err) == (0, "2 stories found in 4 texts\n")
    newest, alone = out.splitlines()
    assert newest.startswith("seen 2022-09-10 18:00")
    assert newest.endswith(
        f"s{story}: 3 documents of 3 sources, first Минобороны 2022-09-10 15:00, over 3 h"
    )
    assert alone.endswith("https://mod.test/7")


def test_a_search_by_story_tells_programs_and_spreadsheets_too(terminal, newsroom):
    story = retreat(newsroom)

    _, line, _ = terminal.call("search", "перегруппировать", "--stories", "--format", "jsonl")
    _, table, _ = terminal.call("search", "перегруппировать", "--stories", "--format", "csv")

    found = json.loads(line)
    assert (found["story"], found["story_documents"], found["story_first"]) == (
        f"s{story}",
        3,
        "mod",
    )
    head, row = table.splitlines()
    assert head.endswith("hits,story,story_documents,story_sources,story_first,story_first_at")
    assert row.endswith(f"s{story},3,3,mod,2022-09-10T12:00:00+00:00")


@pytest.mark.parametrize(
    ("seconds", "said_as"),
    [
        (-5, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (6600, "1 h 50 min"),
        (86400, "1 d"),
        (97200, "1 d 3 h"),
    ],
)
def test_a_lag_is_said_in_two_words_at_most(seconds, said_as):
    assert lasting(timedelta(seconds=seconds)) == said_as
