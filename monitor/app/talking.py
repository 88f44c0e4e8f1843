"""The bot for people as a part of the program: built where it is wanted, heard until the end."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.app.desk import ArchiveDesk, World
from monitor.app.receivers import NoToken
from monitor.errors import StoreUnusable
from monitor.notify.bot import TalkingBot
from monitor.notify.bot_desk import Permits
from monitor.notify.bot_webhook import Webhook
from monitor.notify.telegram import Account
from monitor.notify.turns import Turns

if TYPE_CHECKING:  # the program has one of these
    from monitor.app.program import Program

log = logging.getLogger(__name__)

#: How often it is looked whether a subscriber was out of reach for too long.
SWEEP = timedelta(hours=1)


class Talking:
    """The bot, and what has to be done beside it."""

    def __init__(self, program: "Program") -> None:
        """Take everything from the program, as it is at each moment.

        Raises NoToken where no bot can be, and BadWebhook where its webhook cannot.
        """
        clock = program.world.clock
        account = _account(program)
        self._desk = ArchiveDesk(
            World(
                store=program.store,
                config=lambda: program.config,
                rules=lambda: program.rulebook.rules,
                clock=clock,
                changed=program.hear_subscribers,
                queued=program.queued.set,
            )
        )
        self._bot = TalkingBot(
            account,
            self._desk,
            lambda: Permits(
                admins=program.config.bot.admins, subscriptions=program.config.bot.subscriptions
            ),
            Turns(program.senders.limiter, clock=clock),
            clock=clock,
            zone=lambda: ZoneInfo(program.config.timezone),
            doorway=_doorway(program, account),
        )
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Hear and answer until `stop`."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            await self._bot.run()
        finally:
            self._stopping.set()
            await sweeping

    def stop(self) -> None:
        """Let `run` end once what is being done is done."""
        self._bot.stop()

    async def _sweep(self) -> None:
        while not self._stopping.is_set():
            try:
                gone = await self._desk.forget_the_gone()
            except StoreUnusable as error:
                log.warning("%s; subscribers are looked through later", error)
            else:
                if gone:
                    log.info("%s subscribers were out of reach for a month", len(gone))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), SWEEP.total_seconds())


def _account(program: "Program") -> Account:
    try:
        return program.senders.account("bot")
    except NoToken:
        raise NoToken(
            "bot: enabled, but no bot token is set: put it into MONITOR_TELEGRAM_TOKEN, or its"
            " file's path into MONITOR_TELEGRAM_TOKEN_FILE"
        ) from None


def _doorway(program: "Program", account: Account) -> Webhook | None:
    hook = program.config.bot.webhook
    if hook is None:
        return None
    secret = program.world.secrets.telegram_webhook
    return Webhook(account.bot, url=hook.url, listen=hook.listen, secret=secret)
