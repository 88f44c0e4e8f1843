"""What an update of Telegram says to us; most of them say nothing."""

import re
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatType

from monitor.notify.bot_desk import Place
from monitor.notify.bot_rights import Person

#: What the bot asks for; whatever else happens in a chat is not our business.
UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]

#: The account under which Telegram shows what administrators write as their group.
_AS_GROUP = 1087968824
_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_BUTTON = re.compile(r"(mute|story|not):([0-9]{1,18})")
_PRESENT = (ChatMember.OWNER, ChatMember.ADMINISTRATOR, ChatMember.MEMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody gave a command."""

    place: Place
    person: Person
    message: int
    command: str
    rest: str
    by_name: bool  #: whether it names this bot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Somebody pressed a button under an alert."""

    place: Place | None  #: None in a channel, where there should be none
    person: Person
    message: int | None
    query: str
    button: str | None  #: mute, story, not; None where it is none of ours
    delivery: int = 0
    name: str = ""  #: of the person


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The bot may write in a place again, or no longer."""

    place: Place
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A group has a new id."""

    place: Place
    new: int


Said = Asked | Pressed | Membership | Migration


def said(update: Update, bot: str) -> Said | None:
    """Return what an update says to the bot of this @name; None where it says nothing to it."""
    if update.message is not None:
        return _message(update.message, bot.removeprefix("@"))
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return _member(update.my_chat_member)
    return None


def is_administrator(member: ChatMember) -> bool:
    """Return whether a member may decide for the group."""
    return member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


def _message(message: Message, bot: str) -> Said | None:
    place = _place(message.chat, message)
    if place is None:
        return None
    if message.migrate_to_chat_id is not None:
        return Migration(place=place, new=message.migrate_to_chat_id)
    found = _COMMAND.fullmatch((message.text or "").strip())
    person = _speaker(message)
    # Forwarded words are somebody else's, whoever passes them on; so are those of inline bots.
    if found is None or person is None or message.forward_origin or message.via_bot:
        return None
    if found[2] and found[2].lower() != bot.lower():
        return None
    return Asked(
        place=place,
        person=person,
        message=message.message_id,
        command=found[1].lower(),
        rest=(found[3] or "").strip(),
        by_name=place.private or bool(found[2]),
        at=message.date,
    )


def _speaker(message: Message) -> Person | None:
    """Return who speaks; None for other bots, and for channels that write into a group."""
    user, as_chat = message.from_user, message.sender_chat
    if user is None:
        return None
    if as_chat is None:
        return None if user.is_bot else _person(user)
    if user.id == _AS_GROUP and as_chat.id == message.chat.id:
        return Person(id=user.id, nameless=True, language=user.language_code)
    return None


def _pressed(query: CallbackQuery) -> Pressed:
    """Return which button it was; under it stands a real name, also of who writes as the group."""
    found = _BUTTON.fullmatch(query.data or "")
    message = query.message
    whole = message if isinstance(message, Message) else None
    place = _place(message.chat, whole) if message is not None else None
    known = found is not None and place is not None and not query.from_user.is_bot
    return Pressed(
        place=place,
        person=_person(query.from_user),
        message=message.message_id if message is not None else None,
        query=query.id,
        button=found[1] if found and known else None,
        delivery=int(found[2]) if found and known else 0,
        name=query.from_user.full_name,
    )


def _member(change: ChatMemberUpdated) -> Membership | None:
    place = _place(change.chat, None, channels=True)
    if place is None:
        return None
    now = change.new_chat_member
    may_write = now.status in _PRESENT or bool(getattr(now, "can_send_messages", False))
    return Membership(place=place, present=may_write)


def _place(chat: Chat, message: Message | None, *, channels: bool = False) -> Place | None:
    kinds = {ChatType.PRIVATE, ChatType.GROUP, ChatType.SUPERGROUP}
    if channels:
        kinds.add(ChatType.CHANNEL)
    if chat.type not in kinds:
        return None
    topic = message.message_thread_id if message and message.is_topic_message else None
    private = chat.type == ChatType.PRIVATE
    return Place(id=chat.id, private=private, name=chat.username or "", topic=topic)


def _person(user: User) -> Person:
    return Person(id=user.id, language=user.language_code)
