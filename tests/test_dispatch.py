"""At the right desk, at the right time, and not too much: what becomes of what is said."""

from datetime import timedelta

import pytest
from chatter import ALL_TO_DESK, BRIDGE, HOUR, MINUTE, MOBILIZE, NOW, RETREAT, Chatter, only

from monitor.archive import batches, receivers
from monitor.model import Fate, Form, Gathered, Reason, State


@pytest.fixture
def newsroom(store, clock, tmp_path):
    def open_one(said: str = ALL_TO_DESK) -> Chatter:
        return Chatter(store, clock, said, tmp_path)

    clock.now = NOW
    return open_one


def alerts_of(row):
    return row.about.alerts if row.form is Form.LIST else [row.about]


# Routes and times


GROUPED = "route: {receiver: desk, group_by: [rule], group_wait: 30s, group_interval: 5m}"


async def test_a_group_waits_and_is_told_together(newsroom):
    room = newsroom(GROUPED)
    for about in (1, 2, 3):
        await room.say("tass", RETREAT, about=about)
    assert room.heard() == []

    await room.wait(timedelta(seconds=31))

    message = only(room.outbox("desk"))
    assert (message.form, message.about.gathered) == (Form.LIST, Gathered.GROUP)
    assert len(message.about.alerts) == 3


async def test_a_group_of_one_is_told_as_an_alert(newsroom):
    room = newsroom(GROUPED)
    ref = await room.say("tass", RETREAT, about=1)

    await room.wait(timedelta(seconds=31))

    assert room.heard() == ["alert"]
    assert room.fate(ref) is Fate.TOLD


async def test_what_comes_after_a_group_was_told_waits_for_the_interval(newsroom):
    room = newsroom(GROUPED)
    await room.say("tass", RETREAT, about=1)
    await room.wait(timedelta(seconds=31))
    await room.say("tass", RETREAT, about=2)

    await room.wait(2 * MINUTE)
    assert room.heard() == ["alert"]
    await room.wait(4 * MINUTE)

    assert room.heard() == ["alert", "alert"]


async def test_copies_of_a_story_that_waits_stand_beside_it(newsroom):
    room = newsroom(GROUPED)
    await room.say("tass", RETREAT, about=1)
    await room.say("ria", RETREAT, about=1)
    await room.say("tass", RETREAT, about=2)

    await room.wait(timedelta(seconds=31))

    first, second = only(room.outbox("desk")).about.alerts
    assert [copy.source.id for copy in first.story.copies] == ["ria"]
    assert second.story.copies == ()


async def test_a_digest_is_told_at_its_hours_in_the_order_of_publication(newsroom):
    room = newsroom('route: {receiver: desk, digest: {at: ["18:00"]}}')
    late = await room.say("tass", RETREAT, about=1, at=NOW - MINUTE)
    early = await room.say("ria", RETREAT, about=2, at=NOW - HOUR)

    await room.wait(2 * HOUR + 59 * MINUTE)
    assert room.heard() == []
    await room.wait(2 * MINUTE)

    message = only(room.outbox("desk"))
    assert message.about.gathered is Gathered.DIGEST
    assert [alert.ref for alert in message.about.alerts] == [early, late]


NIGHT = """\
time_intervals:
  - name: afternoon
    time_intervals: [{times: [{start_time: "14:00", end_time: "18:00"}], location: Europe/Kyiv}]
route:
  receiver: here
  routes: [{receiver: desk, mute_time_intervals: [afternoon], when_muted: WHEN}]
"""


async def test_what_is_held_is_told_together_when_the_time_is_over(newsroom):
    room = newsroom(NIGHT.replace("WHEN", "hold"))
    for about in (1, 2):
        await room.say("tass", RETREAT, about=about)
    await room.wait(2 * HOUR)
    assert room.heard() == []

    await room.wait(HOUR + MINUTE)

    assert only(room.outbox("desk")).about.gathered is Gathered.HELD


async def test_what_is_muted_keeps_a_row_that_says_why(newsroom):
    room = newsroom(NIGHT.replace("WHEN", "drop"))

    ref = await room.say("tass", RETREAT, about=1)

    row = room.fates(ref)["desk"]
    assert (row.fate, room.heard()) == (Fate.MUTED, [])
    assert "afternoon" in row.why


async def test_a_rule_is_routed_by_its_own_labels_and_a_document_by_each_of_its_rules(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{matchers: ['desk=\"moscow\"'], receiver: night}]}"
    )

    await room.say("tass", f"{RETREAT} {MOBILIZE}", about=1)

    assert [match.rule for match in only(room.outbox("desk")).about.matches] == ["reshuffling"]
    assert [match.rule for match in only(room.outbox("night")).about.matches] == ["mobilization"]


async def test_what_a_silence_keeps_from_a_receiver_names_it(newsroom):
    room = newsroom()
    room.silence('rule="reshuffling"', HOUR)

    ref = await room.say("tass", RETREAT, about=1)
    await room.wait(2 * HOUR)
    await room.say("tass", RETREAT, about=2)

    row = room.fates(ref)["desk"]
    assert (row.fate, room.heard()) == (Fate.SILENCED, ["alert"])
    assert "silence 1 by editor" in row.why


async def test_a_silence_of_one_rule_lets_the_others_through(newsroom):
    room = newsroom()
    room.silence('rule="reshuffling"', HOUR)

    ref = await room.say("tass", f"{RETREAT} {MOBILIZE}", about=1)

    message = only(room.outbox("desk"))
    assert [match.rule for match in message.about.matches] == ["mobilization"]
    assert "reshuffling silenced" in room.fates(ref)["desk"].why


async def test_a_silence_of_one_receiver_lets_the_others_hear(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{receiver: night, continue: true}, {receiver: desk}]}"
    )
    room.silence('receiver="night"', HOUR)

    await room.say("tass", RETREAT, about=1)

    assert (room.heard("desk"), room.heard("night")) == (["alert"], [])


INHIBIT = """\
inhibit_rules:
  - name: enough
    source_matchers: ['severity="high"']
    target_matchers: ['severity="medium"']
    equal: [story]
    for: 12h
route: {receiver: desk}
"""


async def test_what_a_louder_alert_of_the_story_inhibits_names_it(newsroom):
    room = newsroom(INHIBIT)
    await room.say("tass", MOBILIZE, about=1)

    ref = await room.say("ria", RETREAT, about=1)
    other = await room.say("ria", RETREAT, about=2)

    assert room.fate(ref) is Fate.INHIBITED
    assert "enough" in room.fates(ref)["desk"].why
    assert room.fate(other) is Fate.TOLD


# Floods


async def test_a_flood_of_one_rule_becomes_one_list_within_a_minute(newsroom):
    room = newsroom(f"flood_limit: {{per_rule: 3, per_receiver: 100}}\n{ALL_TO_DESK}")
    refs = [await room.say("tass", RETREAT, about=about) for about in range(9)]
    other = await room.say("tass", BRIDGE, about=10)

    await room.wait(MINUTE)

    assert room.heard() == ["alert", "alert", "alert", "list"]
    listed = room.outbox("desk")[-1].about
    assert listed.gathered is Gathered.FLOOD
    assert [alert.ref for alert in listed.alerts] == [*refs[3:], other]


async def test_a_rule_may_have_a_limit_of_its_own(newsroom, store, clock, tmp_path):
    rules = "rules: [{id: reshuffling, flood_limit: 1, match: {any: [перегруппировка]}}]"
    room = Chatter(store, clock, ALL_TO_DESK, tmp_path, rules=rules)
    for about in range(3):
        await room.say("tass", RETREAT, about=about)

    await room.wait(MINUTE)

    assert room.heard() == ["alert", "list"]


async def test_no_reader_gets_more_one_by_one_than_the_limit(newsroom):
    room = newsroom(f"flood_limit: {{per_rule: 50, per_receiver: 2}}\n{ALL_TO_DESK}")
    for about, words in enumerate([RETREAT, MOBILIZE, BRIDGE, RETREAT]):
        await room.say("tass", words, about=about)

    await room.wait(MINUTE)

    assert room.heard() == ["alert", "alert", "list"]


async def test_what_is_critical_is_told_by_itself_in_a_flood_of_other_rules(newsroom):
    room = newsroom(f"flood_limit: {{per_rule: 50, per_receiver: 2}}\n{ALL_TO_DESK}")
    for about, words in enumerate([RETREAT, MOBILIZE, BRIDGE]):
        await room.say("tass", words, about=about)

    await room.say("tass", "Реактор остановлен.", about=7)

    assert room.heard() == ["alert", "alert", "alert"]


async def test_after_a_flood_alerts_come_one_by_one_again(newsroom):
    room = newsroom(f"flood_limit: {{per_rule: 2, within: 10m}}\n{ALL_TO_DESK}")
    for about in range(4):
        await room.say("tass", RETREAT, about=about)
    await room.wait(MINUTE)
    await room.wait(10 * MINUTE)

    await room.say("tass", RETREAT, about=9)

    assert room.heard() == ["alert", "alert", "list", "alert"]


async def test_the_first_look_at_a_source_tells_nothing_of_what_is_old(newsroom):
    room = newsroom()
    for about in range(30):
        await room.say("tass", RETREAT, about=about, at=NOW - 40 * HOUR, fresh_since=NOW - HOUR)

    assert room.heard() == []


# Receivers that go away


async def test_what_waits_for_a_receiver_that_was_removed_is_parked_and_comes_back(newsroom):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    room.store.write_now(lambda tx: receivers.use(tx, ["here"]))
    assert only(room.outbox("desk")).state is State.PARKED
    assert room.claim("desk") is None
    room.store.write_now(lambda tx: receivers.use(tx, ["desk", "here"]))

    assert room.claim("desk") is not None


async def test_nothing_is_told_twice_when_a_batch_is_looked_at_again(newsroom):
    room = newsroom(GROUPED)
    for about in (1, 2):
        await room.say("tass", RETREAT, about=about)
    await room.wait(MINUTE)

    await room.wait(MINUTE)

    assert room.heard() == ["list"]
    assert room.store.read_now(batches.next_due) is None


async def test_a_story_told_louder_elsewhere_meanwhile_is_not_listed_again(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{matchers: ['severity=\"medium\"'], receiver: desk,"
        " group_by: [rule], group_wait: 10m}]}"
    )
    waits = await room.say("tass", RETREAT, about=1)
    told = await room.say("ria", MOBILIZE, about=1)
    assert (room.fate(waits), room.fate(told)) == (Fate.WAITS, Fate.TOLD)
    room.sent()

    await room.wait(11 * MINUTE)

    assert room.fate(waits) is Fate.NEWS  # its rule is news of the story
    assert room.heard() == ["alert", "reply"]


async def test_what_is_told_and_what_not_is_a_reason_of_the_document(newsroom):
    room = newsroom()
    ref = await room.say("tass", RETREAT, about=1, at=NOW - 40 * HOUR, fresh_since=NOW)

    assert room.reason(ref) is Reason.TOO_OLD
    assert room.fates(ref) == {}
