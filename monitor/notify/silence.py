"""Whether somebody asked for silence, and which silences can be asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from monitor.config.matchers import Labels, Matcher, MatcherError, all_hold, matcher, matchers
from monitor.model import Kind, Severity, Silence

MOST: Final = 1000  #: that count at a time, or will
LONGEST: Final = timedelta(days=366)
_COMMENT: Final = 1000

# Values that have little in common: what is like all of them is like anything.
_ANY: Final = ("aq-1", "mq-5", "zq-9")
_VALUES: Final[Mapping[str, Sequence[str]]] = {
    "severity": [severity.value for severity in Severity],
    "kind": [kind.value for kind in Kind],
    "country": ("aq", "mq", "zq"),
    "language": ("", "aq", "mq", "zq"),
}
_ALWAYS: Final = frozenset({"rule", "source", "document", "receiver"})


def silencing(labels: Labels, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """Return the silence that keeps an alert from a receiver; None where it is to be told.

    `labels` are those of the alert, with `receiver`. A silence that cannot be read, which a later
    version may have written, silences nothing.
    """
    for silence in silences:
        if silence.starts_at <= now < silence.ends_at:
            wanted = _read(tuple(silence.matchers))
            if wanted and all_hold(wanted, labels):
                return silence
    return None


def refusal(
    texts: Sequence[str], starts_at: datetime, ends_at: datetime, *, comment: str, now: datetime
) -> str | None:
    """Return why a silence cannot be, for people, with the mend; None where it can."""
    if len(comment) > _COMMENT:
        return f"a comment has at most {_COMMENT} characters"
    if ends_at <= max(starts_at, now):
        return "it would be over before it begins"
    if ends_at - starts_at > LONGEST or starts_at - now > LONGEST:
        return f"a year ({LONGEST.days} days) is the longest"
    return _unreadable(texts)


def _unreadable(texts: Sequence[str]) -> str | None:
    """Return why these matchers are none, or too many things fit them."""
    read = []
    for text in texts:
        try:
            read.append(matcher(text))
        except MatcherError as error:
            return f"`{text}`, character {error.column + 1}: {error}"
    if is_everything(read):
        return 'this would silence everything: name what is not to be heard, as in rule="bridges"'
    return None


def is_everything(wanted: Iterable[Matcher]) -> bool:
    """Return whether nearly any alert is like that, as with `rule=~".+"` or `tag!="war"`."""
    return all(
        one.holds({one.label: (value,)})
        for one in wanted
        for value in _VALUES.get(one.label, _ANY if one.label in _ALWAYS else ("", *_ANY))
    )


@lru_cache(maxsize=2000)
def _read(texts: tuple[str, ...]) -> tuple[Matcher, ...]:
    try:
        return matchers(texts)
    except MatcherError:
        return ()
