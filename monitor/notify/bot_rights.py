"""Decide who may ask the bot for what, and where. What is not allowed here is not allowed."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.notify.bot_desk import Permits, Place, Standing


class Right(StrEnum):
    """What a command or a button does, as far as permission goes."""

    HELLO = "hello"
    HELP = "help"
    RULES = "rules"
    READ = "read"  # the archive, and how the program fares
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    SILENCE = "silence"  # in this place
    SILENCE_ALL = "silence for everybody"
    LANGUAGE = "language"
    FEEDBACK = "feedback"


class Verdict(StrEnum):
    """Whether it is done, and what is said where it is not."""

    YES = "yes"
    NOTHING = "nothing"  # no answer: whoever it is has no business with us
    STRANGER = "stranger"  # one polite line
    OFF = "off"  # nobody may subscribe here
    NOT_YOU = "not you"  # an administrator of the group may
    NAMELESS = "nameless"  # who speaks as the group cannot be told from its other administrators
    ADMINS = "admins"  # those that the configuration lists may


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who speaks."""

    id: int
    nameless: bool = False  #: as the group itself; its id says nothing then
    language: str | None = None  #: of the program on which it is written


def verdict(  # noqa: PLR0913  # who, where, what
    right: Right,
    person: Person,
    place: Place,
    standing: Standing,
    permits: Permits,
    *,
    chat_admin: bool = False,
) -> Verdict:
    """Return whether it is allowed. NOT_YOU may become YES for an administrator of the chat."""
    listed = not person.nameless and person.id in permits.admins
    insider = standing.known or listed
    may_join = permits.subscriptions == "groups" or (
        permits.subscriptions == "private" and place.private
    )
    no = Verdict.STRANGER if right is Right.HELLO else Verdict.NOTHING
    found = no
    match right:
        case Right.HELLO | Right.HELP | Right.RULES if may_join or insider:
            found = Verdict.YES
        case Right.READ if insider:
            found = Verdict.YES
        case Right.FEEDBACK if standing.known:
            found = Verdict.YES
        case Right.SUBSCRIBE if may_join:
            found = _speaks_for(person, place, is_admin=listed or chat_admin)
        case Right.SUBSCRIBE if insider:
            found = Verdict.OFF
        case Right.UNSUBSCRIBE | Right.SILENCE | Right.LANGUAGE if insider:
            found = _speaks_for(person, place, is_admin=listed or chat_admin)
        case Right.SILENCE_ALL if insider:
            found = Verdict.YES if listed else Verdict.ADMINS
    return found


def _speaks_for(person: Person, place: Place, *, is_admin: bool) -> Verdict:
    """Return whether a person may change what others hear in this place."""
    if person.nameless:
        return Verdict.NAMELESS
    if place.private:
        # Nobody else reads it: a private chat has the number of the person.
        return Verdict.YES if person.id == place.id or is_admin else Verdict.NOTHING
    return Verdict.YES if is_admin else Verdict.NOT_YOU
