"""A feed of fifty entries that was damaged on its way gives all that the damage did not hit."""

import os

import damages
import pytest
from damages import ALL, BETWEEN, COUNT, FORMATS, IN_ENTRY, INSERTED, Case, measure, whole
from feeds import read

from monitor.errors import Cause

THOROUGH = os.environ.get("MONITOR_TEST_PROFILE") == "long"
ENTRIES = (0, 1, 24, COUNT - 2, COUNT - 1) if THOROUGH else (0, COUNT - 1)


def check(label: str, case: Case) -> None:
    measured = measure(case)
    page = measured.page

    assert measured.right >= 0.95 * measured.valid, label
    assert (measured.wrong, measured.swallowed) == ([], []), label
    if len(page.entries) < len(case.valid) or measured.right < measured.valid:
        assert page.problem, f"{label}: lost, and nothing is said"
    assert read(case.body, known=page.fingerprints).entries == (), label


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_damaged_says_what_it_says(name: str) -> None:
    page = read(whole(name))

    assert [said.is_said_by(entry) for said, entry in zip(ALL, page.entries, strict=True)]
    assert page.problem is None


@pytest.mark.parametrize("damage", IN_ENTRY)
@pytest.mark.parametrize("name", FORMATS)
def test_damage_in_one_entry_costs_no_other(name: str, damage: str) -> None:
    for label, case in damages.inside(name, damage, ENTRIES if name == "rss" else (24,)):
        check(label, case)


@pytest.mark.parametrize("damage", INSERTED)
@pytest.mark.parametrize("name", FORMATS)
def test_damage_in_the_head_of_a_feed_costs_no_entry(name: str, damage: str) -> None:
    for label, case in damages.in_head(name, damage):
        check(label, case)


@pytest.mark.parametrize("damage", BETWEEN)
@pytest.mark.parametrize("name", FORMATS)
def test_what_stands_between_entries_costs_none(name: str, damage: str) -> None:
    for label, case in damages.between(name, damage):
        check(label, case)


@pytest.mark.parametrize("name", FORMATS)
def test_what_stands_around_a_feed_and_what_is_cut_off_costs_no_entry(name: str) -> None:
    for label, case in damages.around(name):
        check(label, case)


@pytest.mark.parametrize("name", FORMATS)
def test_two_damages_at_once_cost_no_third_entry(name: str) -> None:
    form = FORMATS[name]
    raws = [form.spell(said).encode() for said in ALL]
    raws[7] = IN_ENTRY["a CDATA that never ends"](raws[7], 60, form.name)
    raws[30] = IN_ENTRY["no end after a place"](raws[30], 60, form.name)
    body = form.head.encode() + b"\n<!-- ".join(raws)

    check(name, Case(body, frozenset(range(COUNT)) - {7, 30}))


def test_an_entry_that_breaks_off_keeps_what_is_whole_and_no_half_of_a_link_or_date() -> None:
    body = whole("rss")
    at = body.index(b"/24?page=1") + 4
    end = body.index(b"<item>", at)

    page = read(body[:at] + body[end:])

    (cut,) = [entry for entry in page.entries if entry.title == ALL[24].title]
    assert (cut.url, cut.text, cut.published_at) == ("", "", None)
    assert cut.id.startswith("text:")
    assert page.problem == "1 of 50 entries arrived in part"
    assert page.cause is Cause.INCOMPLETE


def test_the_beginning_of_one_entry_and_the_end_of_another_are_not_made_into_one() -> None:
    body = whole("rss")
    first = body.index(b"</link>", body.index(b"/24?page=1"))
    last = body.index(b"<title>", body.index(b"/25?page=1"))

    page = read(body[:first] + body[last:])

    told = [entry for entry in page.entries if entry.title == ALL[24].title]
    assert [(entry.text, entry.published_at) for entry in told] == [("", None)]
    assert any(ALL[26].is_said_by(entry) for entry in page.entries)
    assert page.problem == "2 of 49 entries arrived in part"


def test_an_entry_without_its_start_tag_is_read() -> None:
    body = whole("rss")

    page = read(body.replace(b"</item>\n<item>", b"</item>\n", 1))

    assert all(said.is_said_by(entry) for said, entry in zip(ALL, page.entries, strict=True))
    assert page.problem == "1 of 50 entries arrived in part"


def test_two_entries_whose_tags_between_them_are_lost_are_two() -> None:
    body = whole("rss")

    page = read(body.replace(b"</item>\n<item>", b"</ite\n", 1))

    assert all(said.is_said_by(entry) for said, entry in zip(ALL, page.entries, strict=True))


def test_a_first_entry_that_cannot_be_told_from_the_head_is_missed_and_said() -> None:
    page = read(whole("rss").replace(b"<item>", b"", 1))

    assert len(page.entries) == 49
    assert page.problem == "1 of 50 entries arrived in part"


def test_a_section_that_swallows_an_entry_is_seen_though_the_feed_is_well_formed() -> None:
    body = whole("rss").replace(b"]]>", b"", 1)

    page = read(body)

    assert all(said.is_said_by(entry) for said, entry in zip(ALL, page.entries, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_markup_quoted_in_a_section_is_no_entry_even_in_a_damaged_feed(encoding: str) -> None:
    quoted = "<![CDATA[Пример: <item> и </item> и <!-- x -->]]>".encode(encoding)
    body = whole("rss").decode().encode(encoding)
    damaged = body.replace(b"<description><![CDATA[", b"<description>" + quoted + b"<![CDATA[", 1)

    page = read(damaged.replace(b"<channel>", b"<channel><b>", 1))

    assert len(page.entries) == COUNT
    assert page.entries[0].text.startswith("Пример: и и\nТекст 0")
