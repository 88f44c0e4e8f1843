"""One story, one message: what becomes of a document whose story was told, or was not."""

from datetime import timedelta

import pytest
from chatter import ALL_TO_DESK, MINUTE, MOBILIZE, NOW, RETREAT, Chatter, only

from monitor.archive import deliveries
from monitor.model import Fate, Form, Kind, Severity

# Stories


@pytest.fixture
def newsroom(store, clock, tmp_path):
    def open_one(said: str = ALL_TO_DESK) -> Chatter:
        return Chatter(store, clock, said, tmp_path)

    clock.now = NOW
    return open_one


async def test_the_first_of_a_story_is_told_at_once(newsroom):
    room = newsroom()

    ref = await room.say("tass", RETREAT, about=1)

    assert room.heard() == ["alert"]
    assert room.fate(ref) is Fate.TOLD


async def test_a_copy_changes_the_message_that_was_sent(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    ref = await room.say("ria", RETREAT, about=1)

    assert room.heard() == ["alert", "edit"]
    edit = room.outbox("desk")[1]
    assert edit.root == ("m1",)
    assert [copy.source.name for copy in edit.about.story.copies] == ["РИА Новости"]
    assert room.fate(ref) is Fate.JOINED


async def test_a_copy_folds_into_a_message_that_is_still_unsent(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    await room.say("ria", RETREAT, about=1)

    message = only(room.outbox("desk"))
    assert [copy.source.id for copy in message.about.story.copies] == ["ria"]


async def test_however_many_copies_come_one_change_waits(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    for source in ("ria", "lenta", "ria"):
        room.clock.forward(MINUTE)
        await room.say(source, f"{RETREAT} Подробности позже.", about=1)

    assert room.heard() == ["alert", "edit"]
    assert len(room.outbox("desk")[1].about.story.copies) == 2


async def test_a_change_that_was_sent_is_followed_by_the_next_one(newsroom):
    room = newsroom()
    for source in ("tass", "ria", "lenta"):
        await room.say(source, RETREAT, about=1)
        room.sent()

    assert room.heard() == ["alert", "edit", "edit"]
    names = [copy.source.id for copy in room.outbox("desk")[2].about.story.copies]
    assert sorted(names) == ["lenta", "ria"]


async def test_the_first_publisher_is_named_though_another_was_seen_first(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    await room.say("ria", RETREAT, about=1, at=NOW - 5 * MINUTE)

    assert only(room.outbox("desk")).about.story.first.source.id == "ria"


async def test_another_side_answers_the_message_and_is_heard(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    ref = await room.say("kremlin", RETREAT, about=1)

    reply = room.outbox("desk")[1]
    assert (reply.form, reply.root) == (Form.REPLY, ("m1",))
    assert reply.about.news.sides == (("ru", Kind.OFFICIAL),)
    assert room.fate(ref) is Fate.NEWS


async def test_another_side_folds_into_a_message_that_is_still_unsent(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    await room.say("kremlin", RETREAT, about=1)

    message = only(room.outbox("desk"))
    assert [copy.source.id for copy in message.about.story.copies] == ["kremlin"]


async def test_a_further_rule_and_a_higher_severity_answer_the_message(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    await room.say("ria", f"{RETREAT} {MOBILIZE}", about=1)

    news = room.outbox("desk")[1].about.news
    assert (news.rules, news.severity) == (("mobilization",), Severity.HIGH)


async def test_the_same_words_again_by_the_same_source_are_not_told(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    ref = await room.say("tass", RETREAT, about=1)

    assert room.heard() == ["alert"]
    assert room.fate(ref) is Fate.REPEATED


async def test_another_story_is_told_by_itself(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    await room.say("ria", RETREAT, about=2)

    assert room.heard() == ["alert", "alert"]


async def test_a_story_goes_on_after_a_restart(newsroom, store, clock, tmp_path):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()

    later = Chatter(store, clock, ALL_TO_DESK, tmp_path)
    await later.ingest.recall()
    await later.say("ria", RETREAT, about=1, uid="after")

    assert later.heard() == ["alert", "edit"]


async def test_what_happened_days_ago_is_another_story(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()
    await room.wait(timedelta(days=5))

    await room.say("ria", RETREAT, about=1)

    assert room.heard() == ["alert", "alert"]


async def test_the_page_that_says_the_same_under_another_id_and_date_is_not_told(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1, uid="page")
    await room.wait(timedelta(days=5))
    entry = room.entry_again("page", id_="guid-2", at=room.clock())

    await room.ingest.ingest(entry, room.sources["tass"], fresh_since=None)

    assert room.heard() == ["alert"]


async def test_a_message_that_was_given_up_does_not_hide_its_story(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    lost = only(room.outbox("desk"))
    room.store.write_now(lambda tx: deliveries.settle_dead(tx, lost.id, "refused"))

    await room.say("ria", RETREAT, about=1)

    assert room.heard() == ["alert", "alert"]


async def test_a_copy_whose_message_was_refused_is_told_by_itself(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    claimed = room.claim("desk")
    await room.say("ria", RETREAT, about=1)
    room.store.write_now(lambda tx: deliveries.settle_dead(tx, claimed.id, "refused"))

    told = room.claim("desk")

    assert (told.form, told.root) == (Form.COPIES, ())
    assert [copy.source.id for copy in told.about.story.copies] == ["ria"]


async def test_news_whose_message_was_refused_is_told_whole(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    claimed = room.claim("desk")
    await room.say("ria", f"{RETREAT} {MOBILIZE}", about=1)
    room.store.write_now(lambda tx: deliveries.settle_dead(tx, claimed.id, "refused"))

    told = room.claim("desk")

    assert told.form is Form.ALERT
    assert {match.rule for match in told.about.matches} == {"reshuffling", "mobilization"}


async def test_the_same_words_are_told_again_if_nobody_heard_them(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    lost = only(room.outbox("desk"))
    room.store.write_now(lambda tx: deliveries.settle_dead(tx, lost.id, "refused"))

    ref = await room.say("tass", RETREAT, about=1)

    assert room.fate(ref) is Fate.TOLD


async def test_an_edit_that_adds_a_rule_of_another_receiver_makes_no_message_here(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{matchers: [rule=mobilization], receiver: night}]}"
    )
    await room.say("tass", RETREAT, about=1, uid="page")
    room.sent("desk")

    await room.say("tass", f"{RETREAT} {MOBILIZE}", about=1, uid="page")

    assert (room.heard("desk"), room.heard("night")) == (["alert"], ["alert"])


async def test_a_document_from_before_there_were_stories_can_be_told_when_it_is_edited(newsroom):
    room = newsroom()
    await room.say("tass", "Погода.", about=1, uid="page")
    room.store.write_now(lambda tx: tx.exec_driver_sql("UPDATE documents SET story_id = NULL"))

    await room.say("tass", RETREAT, about=1, uid="page")

    assert room.claim("desk").about.document.text.startswith(RETREAT)


async def test_an_error_of_ours_in_one_message_holds_up_no_other(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    await room.say("ria", RETREAT, about=2)
    room.store.write_now(
        lambda tx: tx.exec_driver_sql("UPDATE alerts SET reason = '' WHERE id = 1")
    )

    first = room.claim("desk")
    room.store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))
    second = room.claim("desk")

    assert "failed to write" in first.about.subject
    assert second.about.source.id == "ria"


async def test_a_message_in_several_parts_is_answered_not_changed(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    first = room.claim("desk")
    for number in ("m1", "m2"):
        room.store.write_now(lambda tx, number=number: deliveries.settle_part(tx, first.id, number))
    room.store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))

    await room.say("ria", RETREAT, about=1)

    assert room.claim("desk").form is Form.COPIES


async def test_every_receiver_has_its_own_thread_of_a_story(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: ["
        "{matchers: ['kind=\"official\"'], receiver: night, continue: true},"
        "{receiver: desk}]}"
    )
    await room.say("tass", RETREAT, about=1)
    room.sent("desk")

    await room.say("kremlin", RETREAT, about=1)

    assert room.heard("desk") == ["alert", "reply"]
    assert room.heard("night") == ["alert"]


async def test_a_page_that_is_written_anew_is_another_document(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1, uid="live")
    room.sent()

    anew = await room.say("tass", RETREAT, about=2, uid="live")
    copy = await room.say("ria", RETREAT, about=2)

    assert room.heard() == ["alert", "alert"]
    assert (room.fate(anew), room.fate(copy)) == (Fate.TOLD, Fate.JOINED)


async def test_the_same_notice_hours_later_is_told_again(newsroom):
    room = newsroom()
    closed = (
        "Мост для движения автотранспорта временно перекрыт, водителей просят сохранять спокойствие"
    )
    for _ in range(3):
        await room.say("tass", f"{closed}.", about=1)
        await room.wait(11 * 60 * timedelta(minutes=1))

    assert room.heard() == ["alert", "alert", "alert"]
