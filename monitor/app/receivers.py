"""Receivers as the configuration names them, turned into ways out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from monitor.archive.subscriptions import Subscriber
from monitor.config.receivers import Receiver, TelegramReceiver
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.notify.apprise import AppriseSender, BadAddress
from monitor.notify.console import ConsoleSender
from monitor.notify.file import FileSender
from monitor.notify.limiter import Limiter
from monitor.notify.message import Look
from monitor.notify.sender import Sender
from monitor.notify.telegram import API, Account, TelegramSender
from monitor.notify.template import named
from monitor.notify.webhook import BadSecret, WebhookSender

APPRISE = "MONITOR_APPRISE_"
WEBHOOK = "MONITOR_WEBHOOK_"


class NoSecret(MonitorError):
    """A receiver is heard, but what opens the way to it is not in the environment."""


class NoToken(NoSecret):
    """A Telegram receiver is heard, but there is no bot to write to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the environment says and no file may, or need: the bot's token, where its API is.

    `receivers` are variables that belong to one receiver, by their whole names.
    """

    telegram_token: str | None = field(default=None, repr=False)
    telegram_api: str = API
    telegram_webhook: str | None = field(default=None, repr=False)
    receivers: Mapping[str, str] = field(default_factory=dict, repr=False)
    heartbeat_url: str | None = field(default=None, repr=False)  #: wins over the file's


NO_SECRETS = Secrets()


def secrets_of_receivers(environ: Mapping[str, str]) -> dict[str, str]:
    """Return those variables that belong to one receiver."""
    return {
        name: value.strip()
        for name, value in environ.items()
        if name.startswith((APPRISE, WEBHOOK)) and value.strip()
    }


class Senders:
    """Makes senders; those of one bot share its connections, and its limits with all others."""

    def __init__(
        self,
        secrets: Secrets,
        console: Console,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect to nothing yet."""
        self._secrets = secrets
        self._console = console
        self._clock = clock
        self._account: Account | None = None
        #: The bot's, for the outbox and whoever else speaks through the bot.
        self.limiter = Limiter()

    def of(
        self, config: Config, moved: Mapping[str, int], chats: Iterable[Subscriber] = ()
    ) -> dict[str, Sender]:
        """Return a sender for every receiver of the configuration, and for every subscriber.

        `moved` chats are written to at their new id. Raises NoSecret, which says where to put it,
        and BadAddress.
        """
        receivers = [*map(receiver_of, chats), *config.receivers]
        return {one.name: self._sender(one, config, moved) for one in receivers}

    def account(self, name: str) -> Account:
        """Return the bot, for that receiver. Raises NoToken."""
        if self._account is None:
            token = self._secrets.telegram_token
            if not token:
                raise NoToken(
                    f"receiver {name} is a Telegram chat, but no bot token is set: put it into"
                    " MONITOR_TELEGRAM_TOKEN, or its file's path into MONITOR_TELEGRAM_TOKEN_FILE"
                )
            self._account = Account(token, api=self._secrets.telegram_api, limiter=self.limiter)
        return self._account

    async def close(self) -> None:
        """Close what they share."""
        if self._account is not None:
            await self._account.close()

    def _sender(self, receiver: Receiver, config: Config, moved: Mapping[str, int]) -> Sender:
        if receiver.telegram is not None:
            chat_id = receiver.telegram.chat_id
            now = receiver.telegram.model_copy(update={"chat_id": moved.get(str(chat_id), chat_id)})
            return TelegramSender(self.account(receiver.name), now, look_of(receiver, config))
        if receiver.file is not None:
            return FileSender(Path(receiver.file.path))
        if receiver.apprise is not None:
            return self._apprise(receiver, config)
        if receiver.webhook is not None:
            return self._webhook(receiver.name, receiver.webhook.url)
        return ConsoleSender(
            self._console, zone=ZoneInfo(config.timezone), language=receiver.language
        )

    def _apprise(self, receiver: Receiver, config: Config) -> AppriseSender:
        variable = variable_of(APPRISE, receiver.name)
        addresses = self._secrets.receivers.get(variable)
        if addresses is None:
            raise NoSecret(
                f"receiver {receiver.name} is told by Apprise, but no address is set: put it,"
                f" or several separated by spaces, into {variable}"
            )
        try:
            return AppriseSender(receiver.name, addresses, look_of(receiver, config))
        except BadAddress as error:
            raise BadAddress(f"{variable}: {error}") from None

    def _webhook(self, name: str, url: str) -> WebhookSender:
        variable = variable_of(WEBHOOK, name)
        secret = self._secrets.receivers.get(variable)
        if secret is None:
            raise NoSecret(
                f"receiver {name} is a webhook, but nothing is set to sign its messages with: put"
                f" a long random secret into {variable}, and into the program that is called"
            )
        try:
            return WebhookSender(url, secret, clock=self._clock)
        except BadSecret as error:
            raise BadSecret(f"{variable}: {error}") from None


def receiver_of(chat: Subscriber) -> Receiver:
    """Return a subscribed chat as the configuration would name it."""
    where = TelegramReceiver(chat_id=chat.chat_id, template="full", buttons=True)
    # Not validated: nobody else may be called like that.
    return Receiver.model_construct(name=chat.name, language=chat.language, telegram=where)


def variable_of(prefix: str, name: str) -> str:
    """Return the environment variable of a receiver."""
    return prefix + name.upper().replace("-", "_")


def look_of(receiver: Receiver, config: Config) -> Look:
    """Return how a receiver wants to be told."""
    telegram = receiver.telegram or TelegramReceiver(chat_id=0)
    return Look(
        zone=ZoneInfo(config.timezone),
        language=receiver.language,
        template=named(telegram.template, config.templates),
        silent_below=telegram.silent_below,
        buttons=telegram.buttons and receiver.telegram is not None,
    )
