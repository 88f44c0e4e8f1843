"""What waits, and what is new of it: nothing urgent is held, nothing that waits is forgotten."""

from datetime import timedelta

import pytest
from chatter import ALL_TO_DESK, BRIDGE, HOUR, MINUTE, MOBILIZE, NOW, RETREAT, Chatter, only

from monitor.archive import batches, subscriptions
from monitor.model import Fate, Form, State


@pytest.fixture
def newsroom(store, clock, tmp_path):
    def open_one(said: str = ALL_TO_DESK) -> Chatter:
        return Chatter(store, clock, said, tmp_path)

    clock.now = NOW
    return open_one


def alerts_of(row):
    return row.about.alerts if row.form is Form.LIST else [row.about]


GROUPED = "route: {receiver: desk, group_by: [rule], group_wait: 30s, group_interval: 5m}"


INHIBIT = """\
inhibit_rules:
  - name: enough
    source_matchers: ['severity="high"']
    target_matchers: ['severity="medium"']
    equal: [story]
    for: 12h
route: {receiver: desk}
"""


async def test_what_is_new_of_a_story_that_waits_has_a_line_of_its_own(newsroom):
    room = newsroom(GROUPED)
    await room.say("tass", RETREAT, about=1)
    await room.say("ria", f"{RETREAT} {MOBILIZE}", about=1)
    await room.say("lenta", RETREAT, about=1)

    await room.wait(6 * MINUTE)

    lines = [alert for row in room.outbox("desk") for alert in alerts_of(row)]
    assert {match.rule for alert in lines for match in alert.matches} == {
        "reshuffling",
        "mobilization",
    }
    assert [copy.source.id for alert in lines for copy in alert.story.copies] == ["lenta"]


async def test_what_is_urgent_does_not_wait_for_the_digest_of_its_story(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{matchers: [severity=medium], receiver: desk,"
        ' digest: {at: ["08:00"]}}, {receiver: desk, group_by: [rule]}]}'
    )
    await room.say("tass", RETREAT, about=1)
    ref = await room.say("ria", f"{RETREAT} Реактор остановлен.", about=1)

    await room.wait(MINUTE)

    assert room.heard() == ["alert"]
    assert room.fate(ref) is Fate.TOLD


async def test_a_copy_of_a_story_that_waited_and_was_told_louder_is_named_there(newsroom):
    room = newsroom(
        "route: {receiver: desk, routes: [{matchers: [severity=medium], receiver: desk,"
        ' digest: {at: ["18:00"]}}]}'
    )
    await room.say("tass", RETREAT, about=1)
    copy = await room.say("ria", RETREAT, about=1)
    await room.say("lenta", f"{RETREAT} Реактор остановлен.", about=1)

    await room.wait(4 * HOUR)

    assert room.fates(copy)["desk"].delivery is not None


async def test_a_copy_of_a_story_that_was_told_in_a_list_changes_the_list(newsroom):
    room = newsroom(GROUPED)
    for about in (1, 2):
        await room.say("tass", RETREAT, about=about)
    await room.wait(MINUTE)
    room.sent()

    await room.say("ria", RETREAT, about=2)

    edit = room.outbox("desk")[-1]
    assert (edit.form, edit.root) == (Form.EDIT, ("m1",))
    assert [len(alert.story.copies) for alert in edit.about.alerts] == [0, 1]


async def test_what_nobody_heard_inhibits_nothing(newsroom):
    room = newsroom(INHIBIT)
    room.silence("rule=mobilization", HOUR)
    await room.say("tass", f"{MOBILIZE} {BRIDGE}", about=1)

    ref = await room.say("ria", RETREAT, about=1)

    assert room.fate(ref) is not Fate.INHIBITED


async def test_a_clock_that_was_a_day_ahead_holds_nothing_up(newsroom):
    room = newsroom(f"flood_limit: {{per_receiver: 1}}\n{ALL_TO_DESK}")
    room.clock.forward(24 * HOUR)
    for about in (1, 2):
        await room.say("tass", RETREAT, about=about)
    room.clock.now = NOW
    await room.say("tass", RETREAT, about=3)

    await room.wait(MINUTE)

    assert room.heard() == ["alert", "list"]


async def test_what_is_silenced_in_a_document_keeps_back_no_other_rule_of_it(newsroom):
    room = newsroom(INHIBIT)
    room.silence("rule=mobilization", HOUR)

    ref = await room.say("tass", f"{MOBILIZE} {RETREAT}", about=1)

    assert room.fate(ref) is Fate.TOLD
    assert [match.rule for match in only(room.outbox("desk")).about.matches] == ["reshuffling"]


async def test_what_one_receiver_was_told_keeps_nothing_back_from_another(newsroom):
    room = newsroom(
        INHIBIT.replace(
            "route: {receiver: desk}",
            "route: {receiver: desk, routes: [{matchers: [rule=mobilization], receiver: night}]}",
        )
    )

    await room.say("tass", f"{MOBILIZE} {RETREAT}", about=1)

    assert (room.heard("desk"), room.heard("night")) == (["alert"], ["alert"])


async def test_what_waits_by_routes_that_are_others_now_is_told_at_once(newsroom):
    room = newsroom('route: {receiver: desk, digest: {at: ["08:00"]}}')
    await room.say("tass", RETREAT, about=1)

    room.store.write_now(lambda tx: batches.hurry(tx, room.clock()))
    await room.wait(timedelta(seconds=1))

    assert room.heard() == ["alert"]


async def test_what_waits_for_somebody_who_unsubscribes_is_never_told(newsroom):
    room = newsroom(
        "flood_limit: {per_receiver: 1}\nbot: {enabled: true, subscriptions: private}\n"
        "route: {receiver: here}"
    )
    asked = {"language": "uk", "who": "telegram:7", "now": NOW}
    room.store.write_now(lambda tx: subscriptions.add(tx, 7, "reshuffling", **asked))
    for about in (1, 2, 3):
        await room.say("tass", RETREAT, about=about)

    room.store.write_now(lambda tx: subscriptions.remove(tx, 7))
    await room.wait(MINUTE)

    assert room.outbox("chat7", [State.QUEUED]) == ()


async def test_what_is_gathered_is_counted_with_when_it_is_told(newsroom):
    room = newsroom('route: {receiver: desk, digest: {at: ["18:00"]}}')
    for source in ("tass", "ria"):
        await room.say(source, RETREAT, about=1)

    ((batch, number),) = room.store.read_now(batches.waiting)

    assert (batch.receiver, batch.due_at, number) == ("desk", NOW + 3 * HOUR, 2)


async def test_a_group_that_was_told_by_a_clock_ahead_does_not_wait_for_that_day(newsroom):
    room = newsroom(GROUPED)
    room.clock.forward(24 * HOUR)
    await room.say("tass", RETREAT, about=1)
    await room.wait(MINUTE)
    room.clock.now = NOW
    await room.say("tass", RETREAT, about=2)

    await room.wait(MINUTE)

    assert room.heard() == ["alert", "alert"]
