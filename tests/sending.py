"""One chat at the Bot API stand-in, and the way to it through the real library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot_api import TOKEN, BotApi

from monitor.config.receivers import TelegramReceiver
from monitor.notify.message import Look, Part
from monitor.notify.telegram import Account, TelegramSender

DESK = -1001234567890
KYIV = ZoneInfo("Europe/Kyiv")
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (90).to_bytes(4) + (60).to_bytes(4) + b"\0" * 40


def sender(account, chat=DESK, *, deadline=timedelta(seconds=60), **receiver) -> TelegramSender:
    told = TelegramReceiver(chat_id=chat, **receiver)
    look = Look(zone=KYIV, silent_below=told.silent_below, buttons=told.buttons)
    return TelegramSender(account, told, look, deadline=deadline)


def part(text: str = "text", **more) -> Part:
    """One message, with a word in bold."""
    return Part(**{"html": f"<b>{text}</b>", "plain": text, "minimal": f"least {text}"} | more)


@asynccontextmanager
async def desk(api: BotApi | None = None) -> AsyncIterator[tuple[BotApi, Account]]:
    """Serve a stand-in, and open an account there."""
    async with (api or BotApi()).serving() as serving:
        account = Account(TOKEN, api=serving.url)
        try:
            yield serving, account
        finally:
            await account.close()
