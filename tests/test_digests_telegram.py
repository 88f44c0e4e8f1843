"""Digests and boards at Telegram: from the archive to the chat."""

from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from digest_world import DAY, SUNDAY, begin, hear, receiver, rows
from said import delivery
from sending import desk, sender

from monitor.app.board import Boards
from monitor.archive import boards, deliveries, digests
from monitor.archive.digests import Edition
from monitor.archive.store import Store
from monitor.model import Form, Period
from monitor.notify.drawing import draw
from monitor.notify.picture import sketch

KYIV = ZoneInfo("Europe/Kyiv")
QUARTER = timedelta(minutes=15)
EDITION = Edition(
    receiver="desk",
    period=Period.DAILY,
    date=date(2022, 9, 11),
    since=SUNDAY - DAY,
    until=SUNDAY,
)


@pytest.fixture
def archive(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/monitor.db", durable=False)
    begin(store)
    yield store
    store.close()


@pytest.mark.parametrize("heard", [0, 40])
async def test_a_digest_arrives_as_a_photo_with_its_words_below(archive, heard):
    for number in range(heard):
        hear(archive, str(number), title=f"Заявление {number} " + "о перегруппировке " * 9)
    said = archive.read_now(lambda tx: digests.of_edition(tx, EDITION, SUNDAY))
    picture = await draw(sketch(said, "uk", KYIV))
    archive.write_now(lambda tx: digests.queue(tx, EDITION, picture, SUNDAY))
    (row,) = rows(archive, Form.DIGEST)

    about = archive.read_now(lambda tx: digests.of_delivery(tx, row.receiver, row.payload))
    async with desk() as (api, account):
        to = sender(account)
        for part in to.parts(delivery(about, form=Form.DIGEST)):
            await to.send(part)

        photo, *more = api.messages
        assert photo.photo == picture
        assert not any(message.photo for message in more)
        assert ("Заявление" in "".join(one.text for one in api.messages)) == bool(heard)


async def test_a_board_is_pinned_changed_in_place_and_replaced_where_it_was_deleted(archive):
    life = Boards(archive, lambda: None, SUNDAY - QUARTER)
    one = receiver(telegram={"chat_id": 1, "pinned_status": True})

    async def say(number: int) -> None:
        """Queue the next board, and send it as the outbox does."""
        now = SUNDAY + number * QUARTER
        await life.tick(now, [one], {}, KYIV)
        *sent, row = rows(archive, Form.STATUS)
        root = [before.message_ids for before in sent if before.id == row.root_id]
        about = boards.of_delivery(row.payload)
        for part in to.parts(
            delivery(about, form=Form.STATUS, root=tuple(root[0]) if root else ())
        ):
            settled = partial(deliveries.settle_part, delivery_id=row.id)
            message = await to.send(part)
            archive.write_now(partial(settled, message_id=message))
        archive.write_now(lambda tx: deliveries.settle_sent(tx, row.id, now))

    async with desk() as (api, account):
        to = sender(account)
        await say(0)
        await say(1)
        (first,) = api.messages
        assert first.pinned
        assert first.text.endswith("as of 09:15")

        api.delete({"chat_id": first.chat_id, "message_id": str(first.message_id)})
        await say(2)
        await say(3)

        second = api.messages[-1]
        assert len(api.messages) == 1
        assert second.pinned
        assert second.text.endswith("as of 09:45")
