"""How fast Telegram lets a bot speak, kept by ourselves so that it seldom has to say no."""

from collections import deque
from datetime import UTC, datetime, timedelta

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
#: Messages that a group or channel takes in a minute.
PER_MINUTE = 20

Chat = int | str

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Limiter:
    """Remembers when something was sent, and says when something may be sent again.

    A chat takes one message a second, a group or channel 20 a minute, all chats together 25 a
    second. Those are the documented limits with some room; what is not documented, the other side
    tells by a 429, which pauses that chat alone.
    """

    def __init__(self, *, per_second: int = 25, per_minute: int = PER_MINUTE) -> None:
        self._per_second = per_second
        self._per_minute = per_minute
        self._all: deque[datetime] = deque(maxlen=per_second)
        self._of: dict[Chat, deque[datetime]] = {}
        self._paused: dict[Chat, datetime] = {}

    def ready_at(self, chat: Chat | None, now: datetime) -> datetime:
        """Return when the next message may go to this chat: `now`, or later. None is no chat."""
        if chat is None:
            return now
        sent = self._of.get(chat) or deque[datetime]()
        times = [now, self._paused.get(chat, now)]
        if sent:
            times.append(_known(sent[-1], now) + SECOND)
        if len(sent) == self._per_minute and _is_group(chat):
            times.append(_known(sent[0], now) + MINUTE)
        if len(self._all) == self._per_second:
            times.append(_known(self._all[0], now) + SECOND)
        return max(times)

    def take(self, chat: Chat | None, now: datetime) -> None:
        """Note that a message goes to this chat now."""
        if chat is None:
            return
        self._of.setdefault(chat, deque(maxlen=self._per_minute)).append(now)
        self._all.append(now)

    def pause(self, chat: Chat | None, until: datetime) -> None:
        """Let nothing go to this chat before `until`; other chats go on."""
        if chat is not None:
            self._paused[chat] = until


def _known(sent: datetime, now: datetime) -> datetime:
    """Return when it was sent; a clock that was set back must not silence a chat."""
    return sent if sent <= now else _LONG_AGO


def _is_group(chat: Chat) -> bool:
    """Return whether the minute limit holds: groups and channels look alike from outside."""
    return str(chat).startswith(("-", "@"))
