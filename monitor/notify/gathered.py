"""Turn what was gathered into messages: one alert as it would have been told, more as a list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.archive import abouts, batches, deliveries, notifications
from monitor.archive.batches import Batch
from monitor.archive.store import Transaction
from monitor.model import Fate, Form, News
from monitor.notify.fate import candidate, fate_of, root_of

#: So many alerts, a line each, fill about one message.
A_MESSAGE = 45


@dataclass(slots=True, kw_only=True)
class _Item:
    """An alert that is to be told now, and those of its story that waited with it."""

    alert_id: int
    news: News = field(default_factory=News)  #: of the story that the message `root` told of
    root: int | None = None
    copies: list[int] = field(default_factory=list)


def flush(tx: Transaction, now: datetime) -> bool:
    """Turn every batch that is due into messages; return whether anything is to be sent."""
    queued = False
    for batch in batches.due(tx, now):
        before = list(_told_meanwhile(tx, batch))
        items = _items(tx, batch)
        if len(items) == 1:
            _tell_alone(tx, batch, items[0])
        for at in range(0, len(items), A_MESSAGE) if len(items) > 1 else ():
            _tell_together(tx, batch, items[at : at + A_MESSAGE])
        batches.flushed(tx, batch.id, now)
        queued |= bool(items or before)
    return queued


def _told_meanwhile(tx: Transaction, batch: Batch) -> Iterator[int]:
    """Let what adds nothing to a story that was told while it waited stand in that message."""
    for row in notifications.waiting(tx, batch.id):
        if row.story is None:
            continue
        heard = notifications.of_story(tx, row.story, batch.receiver)
        before = [one for one in heard if one.fate is not Fate.WAITS]
        mine = next(one for one in heard if one.alert_id == row.alert_id)
        root = root_of(before)
        if root is not None and fate_of(candidate(mine), before)[0] is not Fate.NEWS:
            delivery = deliveries.add_copy(tx, root)
            notifications.settle(tx, [row.alert_id], batch.receiver, Fate.JOINED, delivery)
            yield row.alert_id


def _items(tx: Transaction, batch: Batch) -> Sequence[_Item]:
    """Return what is to be told, in order, once a story."""
    items: list[_Item] = []
    of_story: dict[int, _Item] = {}
    for row in notifications.waiting(tx, batch.id):
        if row.story is not None and row.story in of_story:
            of_story[row.story].copies.append(row.alert_id)
            continue
        item = _Item(alert_id=row.alert_id)
        items.append(item)
        if row.story is None:
            continue
        of_story[row.story] = item
        item.copies.extend(notifications.joined(tx, batch.id, row.story))
        heard = notifications.of_story(tx, row.story, batch.receiver)
        before = [one for one in heard if one.fate is not Fate.WAITS]
        item.root = root_of(before)
        if item.root is not None:
            mine = next(one for one in heard if one.alert_id == row.alert_id)
            item.news = fate_of(candidate(mine), before)[1]
    return items


def _tell_alone(tx: Transaction, batch: Batch, item: _Item) -> None:
    delivery = deliveries.queue(
        tx,
        form=Form.ALERT if item.root is None else Form.REPLY,
        receiver=batch.receiver,
        alert_id=item.alert_id,
        root_id=item.root,
        payload=None if item.root is None else abouts.payload_of(item.news),
    )
    fate = Fate.TOLD if item.root is None else Fate.NEWS
    notifications.settle(tx, [item.alert_id], batch.receiver, fate, delivery)
    notifications.settle(tx, item.copies, batch.receiver, Fate.JOINED, delivery)


def _tell_together(tx: Transaction, batch: Batch, items: Sequence[_Item]) -> None:
    delivery = deliveries.queue(tx, form=Form.LIST, receiver=batch.receiver, batch_id=batch.id)
    listed = [item.alert_id for item in items]
    copies = [copy for item in items for copy in item.copies]
    notifications.settle(tx, listed, batch.receiver, Fate.LISTED, delivery)
    notifications.settle(tx, copies, batch.receiver, Fate.JOINED, delivery)
