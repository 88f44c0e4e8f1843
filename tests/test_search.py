"""`monitor search`: the archive asked in the rule language, on SQLite and on PostgreSQL."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from archived import NOW
from sqlalchemy import text
from terminal import CONFIG

from monitor.archive import documents, sources
from monitor.archive.documents import Selection
from monitor.archive.migrations import MIGRATIONS, migrate
from monitor.archive.store import Store
from monitor.errors import StoreTooNew, StoreUnusable
from monitor.model import Document, Kind, Provenance

MOD = Provenance(id="mod", name="Минобороны", country="ru", kind=Kind.OFFICIAL, language="ru")
HUR = Provenance(id="hur", name="ГУР", country="ua", kind=Kind.OFFICIAL, language="uk")
LEFT = Provenance(id="left", name="Left", country="ua", kind=Kind.INDEPENDENT, language="uk")
LINK = "https://mod.test/" + "a-very-long-way-to-go/" * 12 + "1"
LISTS = "lists:\n  cities: [Балаклея, Балаклія]\n  bad: [ми*]\n"


def said(number, words, source="mod", **more):
    return Document(
        **{
            "source": source,
            "uid": str(number),
            "url": f"https://{source}.test/{number}",
            "title": "",
            "text": words,
            "language": "ru" if source == "mod" else "uk",
            "published_at": NOW - timedelta(days=number),
            "seen_at": NOW,
            "raw": b"<item/>" * 100,
        }
        | more
    )


DOCUMENTS = [
    said(1, "Войска перегруппированы у Балаклеи.", url=LINK),
    said(2, "Перегруппировка завершена.", title="[red]Сводка[/red] за день"),
    said(3, "Погода без перемен."),
    said(4, "Балаклія знову вільна.", "hur"),
    said(5, "Про перегрупування мовчать.", "left"),
    said(6, "О перегруппировке ни слова.", published_at=None, seen_at=NOW - timedelta(days=6)),
]


@pytest.fixture
def archive(store, store_url, terminal, monkeypatch):
    """An archive of six documents; `left` is no longer configured."""
    terminal.config(CONFIG.replace("rules:", LISTS + "rules:"))
    monkeypatch.setenv("MONITOR_DATABASE_URL", store_url)
    known = [(one, f"https://{one.id}.test/") for one in (MOD, HUR, LEFT)]
    store.write_now(lambda tx: sources.sync(tx, known, NOW))
    store.write_now(lambda tx: [documents.add(tx, one) for one in DOCUMENTS])
    return store


def found(terminal, *arguments):
    """Return the words that were found, document by document."""
    status, out, err = terminal.call("search", *arguments, "--format", "jsonl")
    assert (status, err) == (0, "")
    return [json.loads(line)["text"] for line in out.splitlines()]


def test_a_word_is_found_in_every_form_newest_document_first(terminal, archive):
    assert found(terminal, "перегруппировка OR перегруппировать OR перегрупування") == [
        DOCUMENTS[0].text,
        DOCUMENTS[1].text,
        DOCUMENTS[4].text,
        DOCUMENTS[5].text,
    ]


def test_the_table_has_the_words_that_matched_and_the_whole_link_in_one_line(terminal, archive):
    status, out, err = terminal.call("search", "перегруппировать")

    ref = documents.ref("mod", "1")
    assert status == 0
    assert out == (
        f"2022-09-09 15:00       mod   ru  #{ref}  Войска *перегруппированы* у Балаклеи.  {LINK}\n"
    )
    assert err == "1 document found in 6 texts\n"


def test_what_a_source_says_is_never_read_as_mark_up(terminal, archive):
    _, out, _ = terminal.call("search", "перегруппировка")

    assert "[red]Сводка[/red] за день — *Перегруппировка* завершена." in out


def test_a_text_without_a_date_is_of_the_moment_when_it_was_seen(terminal, archive):
    _, out, _ = terminal.call("search", "слово")

    assert out.startswith("seen 2022-09-04 15:00  mod")


def test_a_search_that_finds_nothing_is_no_failure(terminal, archive):
    status, out, err = terminal.call("search", "слон")

    assert (status, out, err) == (0, "", "nothing found in 6 texts\n")


def test_programs_get_one_object_a_line(terminal, archive):
    _, out, _ = terminal.call("search", "завершена", "--format", "jsonl")

    assert json.loads(out) == {
        "ref": documents.ref("mod", "2"),
        "revision": 1,
        "source": "mod",
        "country": "ru",
        "kind": "official",
        "language": "ru",
        "title": "[red]Сводка[/red] за день",
        "text": "Перегруппировка завершена.",
        "url": "https://mod.test/2",
        "published_at": "2022-09-08T12:00:00+00:00",
        "seen_at": "2022-09-10T12:00:00+00:00",
        "hits": [
            {"field": "text", "start": 16, "end": 25, "text": "завершена", "term": "завершена"}
        ],
    }


def test_spreadsheets_get_no_formulas_and_know_the_encoding(terminal, archive):
    evil = [
        said(7, '=HYPERLINK("https://evil.test";"Слон")', title="+7 слон", url="@слон"),
        said(8, "-слон, да; «слон»\nи слоны"),
    ]
    archive.write_now(lambda tx: [documents.add(tx, one) for one in evil])

    _, out, _ = terminal.call("search", "слон", "--format", "csv")

    assert out.startswith("\ufeffref,revision,source,")
    first, second = csv.DictReader(io.StringIO(out.removeprefix("\ufeff")))
    assert first["title"] == "'+7 слон"
    assert first["text"] == '\'=HYPERLINK("https://evil.test";"Слон")'
    assert first["url"] == "'@слон"
    assert second["text"] == "'-слон, да; «слон»\nи слоны"
    assert second["hits"] == "слон; слоны"


def test_of_each_document_the_newest_text_that_matches_is_shown_once(terminal, archive):
    old = NOW - timedelta(days=90)
    later = [
        # An edit that claims to be older, and another one that takes the word away.
        replace(DOCUMENTS[0], text="Войска перегруппированы и отдыхают.", published_at=old),
        replace(DOCUMENTS[0], text="Войска стоят."),
    ]
    archive.write_now(lambda tx: [documents.add(tx, one) for one in later])

    once = found(terminal, "перегруппировать")
    every = found(terminal, "перегруппировать", "--revisions")
    _, out, _ = terminal.call("search", "перегруппировать")

    assert once == ["Войска перегруппированы и отдыхают."]
    assert every == [*once, DOCUMENTS[0].text]
    assert f"#{documents.ref('mod', '1')} rev 2" in out


def test_limit_shows_the_newest_and_says_that_there_may_be_more(terminal, archive):
    status, out, err = terminal.call("search", "перегруппиров*", "--limit", "1")

    assert (status, len(out.splitlines())) == (0, 1)
    assert err == "1 document found in 1 text; a higher --limit shows older ones\n"


@pytest.mark.parametrize(
    ("options", "uids"),
    [
        (["--source", "mod"], "1236"),
        (["--source", "m*", "--source", "hur"], "12346"),
        (["--country", "ua"], "45"),
        (["--kind", "independent"], "5"),
        (["--kind", "independent", "--country", "ru"], ""),
        (["--language", "uk"], "45"),
        (["--language", "uk", "--language", "ru"], "123456"),
        (["--since", "2022-09-08"], "12"),
        (["--since", "2022-09-08 15:00"], "12"),
        (["--since", "2022-09-08 15:01"], "1"),
        (["--since", "2022-09-08T12:00Z"], "12"),
        (["--until", "2022-09-05"], "56"),
        (["--since", "2022-09-06", "--until", "2022-09-08"], "234"),
        (["--since", "1d"], ""),
    ],
)
def test_the_options_narrow_what_is_searched(terminal, archive, options, uids):
    every = "войско OR перегруппировка OR перегрупування OR погода OR вільний"

    assert found(terminal, every, *options) == [DOCUMENTS[int(uid) - 1].text for uid in uids]


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (
            ["--source", "mot"],
            "--source: mot is unknown; did you mean `mod`?; there are hur, left, mod, off",
        ),
        (["--source", "x*"], "--source: x* is unknown; there are hur, left, mod, off"),
        (["--country", "xx"], "--country: xx is unknown; there are ru, ua"),
        (["--kind", "private"], "there are independent, official, state"),
        (["--language", "ua"], "--language: ua is unknown"),
        (
            ["--since", "last week"],
            "--since: “last week” is no time here: write a date (2022-09-12)",
        ),
        (["--since", "12.09.2022"], "--since: “12.09.2022” is no time here: write 2022-09-12"),
        (["--until", "2022-02-30"], "--until: “2022-02-30” is no time here"),
        (["--since", "2022-09-08", "--until", "2022-09-07"], "is not before --until 2022-09-07"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_an_option_that_means_nothing_is_an_error_that_says_what_would(
    terminal, archive, options, wrong
):
    status, out, err = terminal.call("search", "слон", *options)

    assert (status, out) == (2, "")
    assert wrong in err


def test_a_mistake_in_the_query_is_shown_with_its_place(terminal, archive):
    status, out, err = terminal.call("search", "слон AND (Изюм OR Бaлаклея)")

    assert (status, out) == (2, "")
    place, line, carets = err.splitlines()
    assert place.startswith("<query>:1:19: error MM121: Бaлаклея mixes Latin and Cyrillic letters")
    assert line == "  слон AND (Изюм OR Бaлаклея)"
    assert carets == "                    ^^^^^^^^"


def test_a_mistake_in_the_second_line_of_a_query_is_shown_there(terminal, archive):
    _, _, err = terminal.call("search", "слон AND\n  NOT")

    assert "<query>:2:6: error MM108" in err


def test_the_lists_of_the_configuration_can_be_named(terminal, archive):
    assert found(terminal, "$cities") == [DOCUMENTS[0].text, DOCUMENTS[3].text]


def test_a_list_that_has_a_mistake_is_shown_where_it_stands(terminal, archive):
    status, _, err = terminal.call("search", "$bad")

    assert status == 2
    assert "<query>:1:1: error MM132: list bad cannot be used" in err
    assert "config.yaml:10:9: error MM122" in err


def test_prefixes_alone_may_be_searched_for_without_a_warning(terminal, archive):
    assert len(found(terminal, "перегруп*")) == 4


def test_a_word_read_as_another_is_said_and_searched_for(terminal, archive):
    status, out, err = terminal.call("search", "войскам", "--format", "jsonl")

    assert (status, len(out.splitlines())) == (0, 1)
    assert "<query>:1:1: warning MM161: войскам is read as" in err


def test_an_archive_that_is_not_there_is_not_begun(terminal):
    status, _, err = terminal.call("search", "слон")

    assert status == 2
    assert "`monitor run` begins one" in err
    assert not (terminal.folder / "monitor.db").exists()


def test_it_reads_beside_the_daemon_even_while_that_writes(terminal, archive):
    archive.lock()

    def look(tx):
        documents.add(tx, said(9, "Перегруппировка идёт."))
        return found(terminal, "перегруппировка")

    meanwhile = archive.write_now(look)

    assert meanwhile == [DOCUMENTS[1].text, DOCUMENTS[5].text]


def test_a_store_opened_to_be_read_refuses_writes(archive, store_url):
    store = Store(store_url, read_only=True)

    with pytest.raises(Exception, match=r"readonly|read-only"):
        store.write_now(lambda tx: documents.add(tx, said(9, "Слон.")))

    assert store.read_now(documents.count) == len(DOCUMENTS)
    store.close()


def test_a_store_of_another_version_is_not_touched_but_refused(archive, store_url):
    archive.write_now(lambda tx: migrate(tx, (*MIGRATIONS, ("CREATE TABLE later (id INTEGER)",))))
    with pytest.raises(StoreTooNew):
        Store(store_url, read_only=True)

    archive.write_now(lambda tx: tx.execute(text("UPDATE meta SET value = '0'")))
    with pytest.raises(StoreUnusable, match="`monitor run`"):
        Store(store_url, read_only=True)


def test_texts_are_read_page_by_page_without_the_bytes_they_were_served_as(archive):
    many = [said(100 + number, f"Слон {number}.") for number in range(450)]
    archive.write_now(lambda tx: [documents.add(tx, one) for one in many])
    pages = []

    def read(work):
        pages.append(archive.read_now(work))
        return pages[-1]

    ids = archive.read_now(lambda tx: documents.select_ids(tx, Selection()))
    texts = [document for _, document in documents.stream(read, ids)]

    assert [len(page) for page in pages] == [200, 200, 56]
    assert [one.text for one in texts[-450:]] == [one.text for one in many]
    assert {one.raw for one in texts} == {b""}


def test_a_search_is_stopped_politely(terminal, archive):
    long = [said(100 + number, "Слон. " * 2000) for number in range(100)]
    archive.write_now(lambda tx: [documents.add(tx, one) for one in long])
    command = [sys.executable, "-m", "monitor", "search", "слон", "--format", "jsonl"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        # It cannot be done: a pipe holds less than what is still to come.
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()

    assert running.returncode == 130
    assert err.decode().startswith("stopped after ")
    assert err.decode().endswith(" of 106 texts\n")


def test_in_a_terminal_of_80_columns_nothing_is_wider_but_a_link(terminal, archive):
    long = said(0, "Отвлекающий манёвр, сообщили в ведомстве. " * 20 + "Слон.", title="Слон" * 3)
    archive.write_now(lambda tx: documents.add(tx, long))
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}

    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "search", "слон OR перегруппировать"],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
    ):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # what a pseudo-terminal says at the end
            pass
    os.close(ours)

    lines = shown.decode().splitlines()
    assert max(len(line) for line in lines if line != f"  {LINK}") <= 80
    assert f"  {LINK}" in lines
    assert lines[0].startswith("2022-09-10 15:00  mod · Минобороны  ru  #")
