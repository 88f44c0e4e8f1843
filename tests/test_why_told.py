"""Why somebody heard of a document, or did not: what `monitor why` says of stories and routes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from chatter import Chatter

from monitor.archive.store import Store
from monitor.cli.explaining import explained
from monitor.config.load import load
from monitor.match.words.morphology import Expander

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
RETREAT = "Войска прошли перегруппировку."


@pytest.fixture
def newsroom(tmp_path, clock):
    clock.now = NOW
    store = Store(f"sqlite:///{tmp_path}/why.db", durable=False)
    yield lambda said="route: {receiver: desk}": Chatter(store, clock, said, tmp_path)
    store.close()


def why(room: Chatter, ref: str, folder) -> str:
    loaded = load(folder / "config.yaml", environ={})
    answer = explained(loaded, room.store, Expander(None), f"#{ref}", None)
    return "\n".join(answer.lines(ZoneInfo("UTC")))


async def test_a_copy_is_found_in_the_message_of_its_story(newsroom, tmp_path):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)
    room.sent()
    ref = await room.say("ria", RETREAT, about=1)
    room.sent()

    assert "desk: named in the message of its story, s1: sent 10 Sep 2022" in why(
        room, ref, tmp_path
    )


async def test_what_waits_says_until_when(newsroom, tmp_path):
    room = newsroom('route: {receiver: desk, digest: {at: ["18:00"]}}')

    ref = await room.say("tass", RETREAT, about=1)

    assert "desk: waits to be told with others: until 10 Sep 2022 15:00" in why(room, ref, tmp_path)


async def test_what_was_silenced_says_by_whom(newsroom, tmp_path):
    room = newsroom()
    room.silence('rule="reshuffling"', timedelta(hours=1))

    ref = await room.say("tass", RETREAT, about=1)

    assert "desk: not told: silenced (reshuffling silenced: silence 1 by editor until" in why(
        room, ref, tmp_path
    )


async def test_the_same_words_again_say_which_story_they_repeat(newsroom, tmp_path):
    room = newsroom()
    await room.say("tass", RETREAT, about=1)

    ref = await room.say("tass", RETREAT, about=1)

    assert "the same source said the same before, in s1" in why(room, ref, tmp_path)
