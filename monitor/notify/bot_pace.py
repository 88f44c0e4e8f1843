"""How often the bot listens to one person, one chat, and to strangers."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

#: Commands a minute of one person, wherever he writes.
PERSON = 20
#: Commands a minute in one group, of all its people. It takes 20 messages a minute, alerts among
#: them: half of them are for answers.
GROUP = 10

#: More at once would only fill the memory: the longest silent ones begin anew.
_KNOWN = 10_000


class Allowance:
    """Counts for each key how often something happened lately."""

    def __init__(self, most: int, within: timedelta) -> None:
        """Allow `most` times within that time."""
        self._most = most
        self._within = within
        self._of: OrderedDict[Hashable, deque[datetime]] = OrderedDict()

    def take(self, key: Hashable, now: datetime) -> bool:
        """Return whether it may happen once more, and count it if so."""
        taken = self._of.setdefault(key, deque())
        self._of.move_to_end(key)
        # A clock that was set back must not silence anybody for longer.
        while taken and not now - self._within < taken[0] <= now:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(now)
        if len(self._of) > _KNOWN:
            self._of.popitem(last=False)
        return True


class Pace:
    """How much the bot listens. Beyond that it is silent: an answer would feed the flood."""

    def __init__(self) -> None:
        """Begin with a clean slate."""
        self._person = Allowance(PERSON, MINUTE)
        self._group = Allowance(GROUP, MINUTE)
        self._stranger = Allowance(1, HOUR)
        self._strangers = Allowance(30, MINUTE)
        self._excuse = Allowance(1, HOUR)

    def hears(self, person: int, chat: int, now: datetime) -> bool:
        """Return whether one more command of this person is read in this chat."""
        return self._person.take(person, now) and (chat > 0 or self._group.take(chat, now))

    def greets(self, chat: int, now: datetime) -> bool:
        """Return whether a stranger's chat gets its polite line: once an hour, few in all."""
        return self._stranger.take(chat, now) and self._strangers.take("all", now)

    def excuses(self, chat: int, now: datetime) -> bool:
        """Return whether a chat is told that it was not heard: once, however much it said."""
        return self._excuse.take(chat, now)
