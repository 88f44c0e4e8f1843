"""Receivers as the configuration names them, turned into ways out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from monitor.config.receivers import Receiver
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.notify.console import ConsoleSender
from monitor.notify.file import FileSender
from monitor.notify.outbox import Sender
from monitor.notify.telegram import API, Account, TelegramSender


class NoToken(MonitorError):
    """A Telegram receiver is heard, but there is no bot to write to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the environment says and no file may, or need: the bot's token, where its API is."""

    telegram_token: str | None = None
    telegram_api: str = API
    heartbeat_url: str | None = None  #: wins over the file's


NO_SECRETS = Secrets()


class Senders:
    """Makes senders; those of one bot share its connections."""

    def __init__(self, secrets: Secrets, console: Console) -> None:
        """Connect to nothing yet."""
        self._secrets = secrets
        self._console = console
        self._account: Account | None = None

    def of(self, config: Config, moved: Mapping[str, int]) -> dict[str, Sender]:
        """Return a sender for every receiver of the configuration; `moved` chats at their new id.

        Raises NoToken, which says where to put it.
        """
        zone = ZoneInfo(config.timezone)
        return {receiver.name: self._sender(receiver, zone, moved) for receiver in config.receivers}

    async def close(self) -> None:
        """Close what they share."""
        if self._account is not None:
            await self._account.close()

    def _sender(self, receiver: Receiver, zone: ZoneInfo, moved: Mapping[str, int]) -> Sender:
        if receiver.telegram is not None:
            chat_id = receiver.telegram.chat_id
            now = receiver.telegram.model_copy(update={"chat_id": moved.get(str(chat_id), chat_id)})
            return TelegramSender(self._bot(receiver.name), now, zone=zone)
        if receiver.file is not None:
            return FileSender(Path(receiver.file.path))
        return ConsoleSender(self._console, zone=zone)

    def _bot(self, name: str) -> Account:
        if self._account is None:
            token = self._secrets.telegram_token
            if not token:
                raise NoToken(
                    f"receiver {name} is a Telegram chat, but no bot token is set: put it into"
                    " MONITOR_TELEGRAM_TOKEN, or its file's path into MONITOR_TELEGRAM_TOKEN_FILE"
                )
            self._account = Account(token, api=self._secrets.telegram_api)
        return self._account
