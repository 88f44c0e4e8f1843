"""What is counted of a period, and that a digest is queued once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from digest_world import DAY, HOUR, SUNDAY, begin, hear, rows, settle

from monitor.archive import digests, health
from monitor.archive.digests import Edition
from monitor.errors import Cause
from monitor.model import Fate, Form, Kind, Period, Severity, State

EDITION = Edition(
    receiver="desk",
    period=Period.DAILY,
    date=date(2022, 9, 11),
    since=SUNDAY - DAY,
    until=SUNDAY,
)
RU_OFFICIAL, RU_STATE = ("ru", Kind.OFFICIAL), ("ru", Kind.STATE)
UA_STATE = ("ua", Kind.STATE)


@pytest.fixture
def archive(store):
    begin(store)
    return store


def said(store, edition=EDITION):
    return store.read_now(lambda tx: digests.of_edition(tx, edition, SUNDAY))


def test_matches_are_counted_by_rule_and_by_who_said_it_the_most_frequent_first(archive):
    hear(archive, "1", source="mod")
    hear(archive, "2", source="tass")
    hear(archive, "3", source="tass", rules={"reshuffling": Severity.LOW, "bridges": Severity.LOW})
    hear(archive, "4", source="ukrinform")

    counts = said(archive).counts

    assert [(one.rule, one.total) for one in counts] == [("reshuffling", 4), ("bridges", 1)]
    assert counts[0].sides == {RU_OFFICIAL: 1, RU_STATE: 2, UA_STATE: 1}
    assert counts[0].title == "Rule reshuffling"


def test_what_a_receiver_heard_counts_and_what_was_kept_from_it_does_not(archive):
    for fate in Fate:
        hear(archive, fate.value, fate=fate, rules={fate.value: Severity.LOW})

    assert {one.rule for one in said(archive).counts} == {
        *("told", "joined", "news", "waits", "listed")
    }


def test_only_the_rules_count_that_the_receiver_hears_of(archive):
    hear(
        archive,
        "1",
        rules={"reshuffling": Severity.LOW, "bridges": Severity.LOW},
        only=("bridges",),
    )

    assert [one.rule for one in said(archive).counts] == ["bridges"]


def test_what_was_told_before_there_were_routes_counts_with_all_its_rules(archive):
    hear(archive, "1", rules={"reshuffling": Severity.LOW, "bridges": Severity.LOW}, only=())

    assert len(said(archive).counts) == 2


def test_another_receiver_and_another_day_do_not_count(archive):
    hear(archive, "theirs", by="night")
    hear(archive, "before", at=SUNDAY - DAY - timedelta(microseconds=1))
    hear(archive, "first", at=SUNDAY - DAY)
    hear(archive, "next", at=SUNDAY)

    assert [one.total for one in said(archive).counts] == [1]


def test_the_story_that_most_sources_told_stands_first_under_who_published_first(archive):
    hear(archive, "a", rules={"loud": Severity.CRITICAL}, title="Одиночное, но громкое")
    hear(archive, "b", source="tass", story=7, at=SUNDAY - HOUR, title="ТАСС повторяет")
    hear(archive, "c", source="mod", story=7, at=SUNDAY - 2 * HOUR, title="Ведомство сообщает")
    hear(archive, "d", source="mod", story=7, at=SUNDAY - HOUR / 2, title="Ведомство уточняет")
    hear(archive, "e", rules={"quiet": Severity.LOW}, title="Тихое")

    stories = said(archive).stories

    assert [one.first.title for one in stories] == [
        "Ведомство сообщает",
        "Одиночное, но громкое",
        "Тихое",
    ]
    assert (stories[0].sources, stories[0].documents) == (2, 3)
    assert stories[0].first.source.name == "Минобороны"
    assert stories[0].first.at == SUNDAY - 2 * HOUR - timedelta(minutes=1)
    assert stories[1].severity is Severity.CRITICAL


def test_a_revision_of_a_document_is_not_a_second_one(archive):
    hear(archive, "1", story=7, title="Было так")
    hear(archive, "1", story=7, title="Стало иначе", rules={"bridges": Severity.LOW})

    (story,) = said(archive).stories

    assert (story.sources, story.documents) == (1, 1)


def test_a_story_without_a_title_is_called_by_its_beginning(archive):
    hear(archive, "1", title="")

    (story,) = said(archive).stories

    assert story.first.title == "1: сообщают о перегруппировке войск."


def test_a_digest_names_the_sources_that_were_blind_when_it_was_queued(archive):
    archive.write_now(lambda tx: health.blind(tx, "tass", SUNDAY - HOUR, Cause.TIMEOUT))
    archive.write_now(lambda tx: digests.queue(tx, EDITION, None, SUNDAY))
    archive.write_now(lambda tx: health.sees(tx, "tass", SUNDAY))

    (row,) = rows(archive, Form.DIGEST)
    digest = archive.read_now(lambda tx: digests.of_delivery(tx, "desk", row.payload))

    assert digest.blind == ("ТАСС",)


def test_a_delivery_says_what_was_queued_with_its_picture(archive):
    hear(archive, "1")
    archive.write_now(lambda tx: digests.queue(tx, EDITION, b"PNG", SUNDAY + HOUR))

    (row,) = rows(archive, Form.DIGEST)
    digest = archive.read_now(lambda tx: digests.of_delivery(tx, row.receiver, row.payload))

    now = SUNDAY + HOUR
    assert digest == replace(
        archive.read_now(lambda tx: digests.of_edition(tx, EDITION, now)), picture=b"PNG"
    )
    assert digest.ref == "daily-2022-09-11"


def test_a_digest_is_queued_once_whoever_asks_again(archive, open_store):
    first = archive.write_now(lambda tx: digests.queue(tx, EDITION, None, SUNDAY))
    again = open_store().write_now(lambda tx: digests.queue(tx, EDITION, None, SUNDAY + HOUR))
    other = archive.write_now(
        lambda tx: digests.queue(tx, replace(EDITION, period=Period.WEEKLY), None, SUNDAY)
    )

    assert (first, again, other) == (True, False, True)
    assert len(rows(archive, Form.DIGEST)) == 2


def test_what_was_skipped_is_not_queued(archive):
    archive.write_now(lambda tx: digests.skip(tx, EDITION))

    assert not archive.write_now(lambda tx: digests.queue(tx, EDITION, None, SUNDAY))
    assert rows(archive, Form.DIGEST) == []


def test_a_picture_that_arrived_is_let_go_of_and_one_that_waits_is_kept(archive):
    days = [replace(EDITION, date=date(2022, 9, day)) for day in (11, 12, 13)]
    for one in days[:2]:
        archive.write_now(lambda tx, one=one: digests.queue(tx, one, b"PNG", SUNDAY))
    arrived, waiting = rows(archive, Form.DIGEST)
    settle(archive, arrived.id, State.SENT)

    archive.write_now(lambda tx: digests.queue(tx, days[2], b"PNG", SUNDAY))

    kept = [
        archive.read_now(lambda tx, p=p: digests.of_delivery(tx, "desk", p)).picture
        for p in (arrived.payload, waiting.payload)
    ]
    assert kept == [None, b"PNG"]


def test_whoever_left_is_forgotten_but_what_waits_for_it_is_not(archive):
    archive.write_now(lambda tx: digests.queue(tx, EDITION, b"PNG", SUNDAY))
    archive.write_now(lambda tx: digests.skip(tx, replace(EDITION, receiver="night")))
    archive.write_now(lambda tx: digests.skip(tx, replace(EDITION, receiver="stays")))

    archive.write_now(lambda tx: digests.forget_others(tx, {("stays", Period.DAILY)}))

    assert {
        name: archive.read_now(lambda tx, name=name: digests.latest(tx, name, Period.DAILY))
        for name in ("desk", "night", "stays")
    } == {"desk": EDITION.date, "night": None, "stays": EDITION.date}


def test_where_nobody_wants_digests_any_more_all_are_forgotten(archive):
    archive.write_now(lambda tx: digests.skip(tx, EDITION))

    archive.write_now(lambda tx: digests.forget_others(tx, set()))

    assert archive.read_now(lambda tx: digests.latest(tx, "desk", Period.DAILY)) is None
