"""How fast Telegram lets a bot speak, kept by ourselves so that it seldom has to say no."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
#: Messages that a group or channel takes in a minute.
PER_MINUTE = 20
#: Of these, and of those that all chats take in a second, so many are for alerts alone.
RESERVED = 5
#: Pauses of so many chats, asked for within so short a time, are meant for the whole bot.
TOGETHER, AT_ONCE = 3, timedelta(seconds=10)

#: Telegram's support: messages longer than this meet the limits sooner.
SHORT = 500
LONGEST = 4096
#: More chats than this are kept only if they were written to within the last minute.
_KNOWN = 10_000

Chat = int | str

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def cost(size: int) -> float:
    """Return as how many messages one of that length counts: 1, up to 2 for the longest.

    How much sooner the limits come, Telegram does not say. Twice is modest: the longest messages,
    lists and digests, carry dozens of alerts each and are few, and at ten a minute they still
    empty a backlog of days in minutes. Where it is not enough, a 429 says so and is obeyed.
    """
    return 1 + min(max(size - SHORT, 0) / (LONGEST - SHORT), 1)


@dataclass(slots=True)
class _Spoken:
    """What was said in one chat, lately."""

    turns: deque[tuple[datetime, float]] = field(default_factory=deque)
    paused: datetime = _LONG_AGO


class Limiter:
    """Remembers when something was sent, and says when something may be sent again.

    A chat takes one message a second, a group or channel 20 a minute, all chats together 25 a
    second; edits count like messages. Those are the documented limits with some room; what is not
    documented, the other side tells by a 429, which pauses that chat alone. Where several chats
    are told so at once, it was meant for the bot, and all wait for the first of them.

    Answers to people give way: they leave every other second of a chat to alerts, and some of each
    minute. So an alert waits for them at most as long as for another alert.

    One bot has one of these, whoever speaks through it.
    """

    def __init__(self, *, per_second: int = 25, per_minute: int = PER_MINUTE) -> None:
        self._per_second = per_second
        self._per_minute = per_minute
        self._all: deque[datetime] = deque(maxlen=per_second)
        self._of: dict[Chat, _Spoken] = {}
        self._same: dict[Chat, Chat] = {}
        self._asked: dict[Chat, tuple[datetime, datetime]] = {}
        self._all_paused = _LONG_AGO

    def ready_at(self, chat: Chat | None, now: datetime, *, answer: bool = False) -> datetime:
        """Return when the next message may go to this chat: `now`, or later. None is no chat."""
        if chat is None:
            return now
        chat = self._same.get(chat, chat)
        spoken = self._of.get(chat, _Spoken())
        times = [now, spoken.paused, self._all_paused]
        if spoken.turns:
            last, _ = spoken.turns[-1]
            times.append(_known(last, now) + SECOND * (2 if answer else 1))
        reserved = RESERVED if answer else 0
        if _is_group(chat):
            times.append(_room_at(spoken.turns, max(self._per_minute - reserved, 1), now))
        most = max(self._per_second - reserved, 1)
        if len(self._all) >= most:
            times.append(_known(self._all[-most], now) + SECOND)
        return max(times)

    def take(self, chat: Chat | None, now: datetime, size: int = 0) -> None:
        """Note that a message of that length goes to this chat now."""
        if chat is None:
            return
        chat = self._same.get(chat, chat)
        if len(self._of) > _KNOWN:
            self._forget(now)
        turns = self._of.setdefault(chat, _Spoken()).turns
        while turns and not now - MINUTE < turns[0][0] <= now:
            turns.popleft()
        turns.append((now, cost(size)))
        self._all.append(now)

    def weigh(self, chat: Chat | None, size: int) -> None:
        """Note how long the last message to this chat turned out to be."""
        spoken = None if chat is None else self._of.get(self._same.get(chat, chat))
        if spoken and spoken.turns:
            at, before = spoken.turns.pop()
            spoken.turns.append((at, max(before, cost(size))))

    def pause(self, chat: Chat | None, until: datetime, now: datetime) -> None:
        """Let nothing go to this chat before `until`; other chats go on, unless many are asked."""
        if chat is None:
            return
        chat = self._same.get(chat, chat)
        self._of.setdefault(chat, _Spoken()).paused = until
        self._asked[chat] = (now, until)
        self._asked = {
            one: (at, end) for one, (at, end) in self._asked.items() if now - AT_ONCE <= at <= now
        }
        if len(self._asked) >= TOGETHER:
            self._all_paused = min(end for _, end in self._asked.values())

    def same(self, name: Chat, chat: int) -> None:
        """Note that a chat's @name and that id are one chat."""
        if self._same.get(name) == chat or name == chat:
            return
        self._same[name] = chat
        before = self._of.pop(name, None)
        if before is not None:
            now = self._of.setdefault(chat, _Spoken())
            now.turns = deque(sorted([*before.turns, *now.turns]))
            now.paused = max(before.paused, now.paused)

    def _forget(self, now: datetime) -> None:
        """Let go of chats that were silent for a minute and wait for nothing."""
        self._of = {
            chat: spoken
            for chat, spoken in self._of.items()
            if spoken.paused > now or (spoken.turns and spoken.turns[-1][0] > now - MINUTE)
        }


def _room_at(turns: deque[tuple[datetime, float]], most: int, now: datetime) -> datetime:
    """Return when one more message keeps within the minute."""
    lately = [(at, weight) for at, weight in turns if now - MINUTE < at <= now]
    used, ready = sum(weight for _, weight in lately), now
    for at, weight in lately:
        if used + 1 <= most:
            break
        used, ready = used - weight, at + MINUTE
    return ready


def _known(sent: datetime, now: datetime) -> datetime:
    """Return when it was sent; a clock that was set back must not silence a chat."""
    return sent if sent <= now else _LONG_AGO


def _is_group(chat: Chat) -> bool:
    """Return whether the minute limit holds: groups and channels look alike from outside."""
    return str(chat).startswith(("-", "@"))
