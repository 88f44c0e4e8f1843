"""What config.yaml may say of those who hear alerts, and of the bot that they may talk to."""

import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from monitor.config.fields import CLOCK, LISTEN, WEEKLY, Id, Interval, Many, Url
from monitor.config.source import Strict
from monitor.model import Severity

#: The names of chats that subscribe themselves.
SUBSCRIBER: Final = r"chat-?[0-9]+"

ClockTime = Annotated[str, Field(pattern=CLOCK)]
WeekTime = Annotated[str, Field(pattern=WEEKLY)]


class TelegramReceiver(Strict):
    """A chat: a channel, a group, or one person."""

    chat_id: int | str = Field(description="@name, or the number that `receivers connect` finds")
    message_thread_id: int | None = None
    silent_below: Severity = Field(
        Severity.MEDIUM, description="quieter alerts arrive without a sound"
    )
    link_preview: Literal["off", "small", "large"] = "off"
    template: Id = Field("full", description="full, brief, or one of yours under `templates:`")
    buttons: bool = Field(
        True, description="buttons under alerts, in groups and private chats; never in channels"
    )
    pinned_status: bool = Field(
        False, description="one pinned message, kept up to date: which sources are seen"
    )


class ConsoleReceiver(Strict):
    """The terminal that the program runs in."""


class FileReceiver(Strict):
    """A file that gets one JSON object per alert."""

    path: str = Field(min_length=1)


class AppriseReceiver(Strict):
    """Any service that Apprise knows; its address, which is a secret, is in the environment."""


class WebhookReceiver(Strict):
    """A program of yours that gets each alert as signed JSON."""

    url: Url


class PictureDigest(Strict):
    """When a receiver gets a day or a week in one picture, in the time zone of the file."""

    daily: ClockTime | None = None
    weekly: WeekTime | None = Field(None, description="mon 09:00")

    @model_validator(mode="after")
    def _some_time(self) -> "PictureDigest":
        if self.daily is None and self.weekly is None:
            raise ValueError('say when: `daily: "09:00"`, `weekly: mon 09:00`, or both')
        return self


class Receiver(Strict):
    """Somebody who hears alerts."""

    name: Id
    language: Literal["en", "uk", "ru"] = Field("en", description="of what stands around the news")
    digest: PictureDigest | None = None
    telegram: TelegramReceiver | None = None
    console: ConsoleReceiver | None = None
    file: FileReceiver | None = None
    apprise: AppriseReceiver | None = None
    webhook: WebhookReceiver | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Receiver":
        kinds = (self.telegram, self.console, self.file, self.apprise, self.webhook)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give exactly one of telegram:, console:, file:, apprise:, webhook:")
        if re.fullmatch(SUBSCRIBER, self.name):
            raise ValueError("`chat` with a number is the name of a chat that subscribed itself")
        return self


class Webhook(Strict):
    """Where Telegram brings what people say to the bot, instead of our asking for it."""

    url: Url = Field(description="public, https; a reverse proxy leads it to `listen`")
    listen: str = Field(
        "127.0.0.1:8443", pattern=LISTEN, description="address and port on this machine"
    )


class Bot(Strict):
    """What people may do with the bot. Without these lines it answers nobody."""

    enabled: bool = False
    admins: Many[int] = Field((), description="numeric ids of users who may change things")
    subscriptions: Literal["off", "private", "groups"] = Field(
        "off", description="which chats may subscribe themselves: none, private ones, groups too"
    )
    webhook: Webhook | None = None


class Heartbeat(Strict):
    """An address that is called for as long as all is well, so that silence can be noticed."""

    url: Url
    every: Interval = timedelta(minutes=1)
