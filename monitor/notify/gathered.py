"""Turn what was gathered into messages: one alert as it would have been told, more as a list."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.archive import abouts, batches, notifications, queueing
from monitor.archive.batches import Batch
from monitor.archive.notifications import Heard
from monitor.archive.store import Transaction
from monitor.model import Fate, Form, News
from monitor.notify.fate import Candidate, candidate, fate_of, root_of

#: So many alerts, a line each, fill about one message.
A_MESSAGE = 45
#: So many are turned into messages in one transaction; the next ones in the next.
AT_ONCE = 10 * A_MESSAGE


@dataclass(slots=True, kw_only=True)
class _Item:
    """An alert that is to be told now, and those of its story that waited with it."""

    alert_id: int
    news: News = field(default_factory=News)  #: of the story that the message `root` told of
    root: int | None = None
    copies: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Known:
    """A story as far as its receiver knows it, with what is to be told now."""

    told: Sequence[Heard]  #: before
    waiting: dict[int, Heard]  #: by alert
    items: list[_Item] = field(default_factory=list)
    said: list[Heard | Candidate] = field(default_factory=list)


def flush(tx: Transaction, batch: Batch, now: datetime) -> bool:
    """Turn a batch that is due into messages; return whether anything is to be sent.

    Of a large one only a part, the oldest: it is due as before, then.
    """
    waiting = notifications.waiting(tx, batch.id)
    items, folded = _sorted_out(tx, batch, waiting[:AT_ONCE])
    if len(items) == 1 and len(waiting) <= AT_ONCE:
        _tell_alone(tx, batch, items[0])
    else:
        for at in range(0, len(items), A_MESSAGE):
            _tell_together(tx, batch, items[at : at + A_MESSAGE])
    if len(waiting) > AT_ONCE:
        return True
    # What joined a story that waited here, and was told elsewhere meanwhile.
    for row in notifications.joined(tx, batch.id):
        folded |= _fold(tx, batch, row.alert_id, row.story)
    batches.flushed(tx, batch.id, now)
    return bool(items) or folded


def _sorted_out(
    tx: Transaction, batch: Batch, rows: Sequence[notifications.Waiting]
) -> tuple[list[_Item], bool]:
    """Return what is to be told, in order, and whether other messages get copies to name.

    What says something new of its story has a line of its own; what does not stands beside it.
    """
    joined = defaultdict[int | None, list[int]](list)
    for row in notifications.joined(tx, batch.id):
        joined[row.story].append(row.alert_id)
    stories: dict[int, _Known] = {}
    items: list[_Item] = []
    folded = False
    for row in rows:
        if row.story is None:
            items.append(_Item(alert_id=row.alert_id))
            continue
        known = stories.get(row.story) or stories.setdefault(
            row.story, _known(tx, batch, row.story)
        )
        mine = candidate(known.waiting[row.alert_id])
        fate, news = fate_of(mine, known.said)
        root = root_of(known.told)
        if fate is Fate.JOINED and known.items:
            known.items[-1].copies.append(row.alert_id)
        elif fate is Fate.JOINED and root is not None:
            delivery = queueing.add_copy(tx, root)
            notifications.settle(tx, [row.alert_id], batch.receiver, Fate.JOINED, delivery)
            folded = True
        else:
            item = _Item(alert_id=row.alert_id, news=news, root=root)
            if not known.items:
                item.copies.extend(joined.pop(row.story, ()))
            known.items.append(item)
            items.append(item)
        known.said.append(mine)
    return items, folded


def _known(tx: Transaction, batch: Batch, story: int) -> _Known:
    heard = notifications.of_story(tx, story, batch.receiver)
    told = [one for one in heard if one.fate is not Fate.WAITS]
    return _Known(told=told, waiting={one.alert_id: one for one in heard}, said=[*told])


def _fold(tx: Transaction, batch: Batch, alert_id: int, story: int | None) -> bool:
    """Let a copy stand in the message of its story or, where there is none any more, alone."""
    heard = () if story is None else notifications.of_story(tx, story, batch.receiver)
    root = root_of(heard)
    if root is None:
        _tell_alone(tx, batch, _Item(alert_id=alert_id))
    else:
        delivery = queueing.add_copy(tx, root)
        notifications.settle(tx, [alert_id], batch.receiver, Fate.JOINED, delivery)
    return True


def _tell_alone(tx: Transaction, batch: Batch, item: _Item) -> None:
    delivery = queueing.queue(
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
    delivery = queueing.queue(tx, form=Form.LIST, receiver=batch.receiver, batch_id=batch.id)
    listed = [item.alert_id for item in items]
    copies = [copy for item in items for copy in item.copies]
    notifications.settle(tx, listed, batch.receiver, Fate.LISTED, delivery)
    notifications.settle(tx, copies, batch.receiver, Fate.JOINED, delivery)
