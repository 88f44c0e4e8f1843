"""Chats at Telegram: which there are, and of what kind."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot, Chat, ChatMember, Update

from monitor.errors import DeliveryError, RetryLater
from monitor.notify.telegram_account import Account
from monitor.notify.telegram_errors import explained

_LONG_POLL = 25
_UPDATES = [Update.MESSAGE, Update.CHANNEL_POST, Update.MY_CHAT_MEMBER]
_ABSENT = (ChatMember.LEFT, ChatMember.BANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChat:
    """A chat that the bot can write to."""

    id: int
    kind: str  #: channel, supergroup, group, private
    title: str
    topic: int | None = None


async def find_chats(account: Account) -> AsyncIterator[FoundChat]:
    """Yield, for as long as somebody listens, every chat that adds the bot or writes to it.

    Raises ReceiverGone where nobody can be found: a wrong token, or another program that
    already reads the bot's updates.
    """
    offset, known = None, set[tuple[int, int | None]]()
    while True:
        try:
            updates = await _updates(account.bot, offset)
        except RetryLater as error:
            await asyncio.sleep((error.after or timedelta(seconds=3)).total_seconds())
            continue
        for update in updates:
            offset = update.update_id + 1
            found = _found(update)
            if found is not None and (found.id, found.topic) not in known:
                known.add((found.id, found.topic))
                yield found


async def takes_buttons(account: Account, chat: int | str) -> bool:
    """Return whether people can press buttons there for themselves: in all but channels.

    Where Telegram does not say what it is, it may be one.
    """
    if isinstance(chat, int) and chat > 0:
        return True
    if chat not in account.kinds:
        try:
            found = await account.call(lambda: account.bot.get_chat(chat))
        except DeliveryError:
            return False
        account.kinds[chat] = str(found.type)
    return account.kinds[chat] != Chat.CHANNEL


async def _updates(bot: Bot, offset: int | None) -> tuple[Update, ...]:
    return await explained(
        lambda: bot.get_updates(offset=offset, timeout=_LONG_POLL, allowed_updates=_UPDATES)
    )


def _found(update: Update) -> FoundChat | None:
    member = update.my_chat_member
    if member is not None and member.new_chat_member.status in _ABSENT:
        return None
    chat, message = update.effective_chat, update.effective_message
    if chat is None:
        return None
    topic = message.message_thread_id if message and message.is_topic_message else None
    return FoundChat(id=chat.id, kind=str(chat.type), title=_title(chat), topic=topic)


def _title(chat: Chat) -> str:
    return chat.effective_name or (f"@{chat.username}" if chat.username else str(chat.id))
