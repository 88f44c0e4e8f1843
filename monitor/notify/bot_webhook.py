"""Where Telegram brings what people say to the bot, instead of our asking for it."""

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from telegram import Bot, Update

from monitor.errors import MonitorError, StoreUnusable

log = logging.getLogger(__name__)

#: Updates are a few kilobytes; the longest message with all its entities is far below this.
LARGEST = 256 * 1024
#: Seconds for an update to come in: it is small, and its sender is a server.
SECONDS = 10

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_LISTEN = re.compile(r"(\S+):([0-9]{1,5})")


class BadWebhook(MonitorError):
    """The webhook cannot be opened like that."""


class Webhook:
    """A small server for updates; whoever does not know the secret gets nothing done."""

    def __init__(self, bot: Bot, *, url: str, listen: str, secret: str | None) -> None:
        """Open nothing yet. Raises BadWebhook where anybody could pretend to be Telegram."""
        place = _LISTEN.fullmatch(listen)
        if place is None or int(place[2]) > 65535:
            raise BadWebhook(f"bot.webhook.listen: `{listen}` is no address: write 127.0.0.1:8443")
        if not url.startswith("https://"):
            raise BadWebhook("bot.webhook.url: Telegram only calls addresses with https://")
        if secret is None or not _SECRET.fullmatch(secret):
            raise BadWebhook(
                "a webhook needs MONITOR_TELEGRAM_WEBHOOK_SECRET: 16 to 256 characters of A-Z,"
                " a-z, 0-9, _ and -, which nobody can guess"
            )
        self.url = url
        self.secret = secret
        self.port = 0  #: once it is open
        self._bot = bot
        self._host, self._wanted_port = place[1].strip("[]"), int(place[2])
        self._runner: web.AppRunner | None = None

    async def open(self, take: Callable[[Update], Awaitable[None]]) -> None:
        """Give every update that Telegram brings to `take`; one that raises is brought again."""

        async def brought(request: web.Request) -> web.Response:
            return await self._brought(request, take)

        app = web.Application(client_max_size=LARGEST)
        # A reverse proxy may lead here by any path; it is the secret that opens.
        app.router.add_post("/{path:.*}", brought)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        except OSError as error:
            await self.close()
            raise BadWebhook(f"bot.webhook.listen: {error.strerror or error}") from error
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Take no more; what is being handled may end."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _brought(
        self, request: web.Request, take: Callable[[Update], Awaitable[None]]
    ) -> web.Response:
        given = request.headers.get(_HEADER, "")
        # In constant time, and before anything is read.
        if not hmac.compare_digest(given.encode(errors="replace"), self.secret.encode()):
            return web.Response(status=HTTPStatus.FORBIDDEN)
        try:
            async with asyncio.timeout(SECONDS):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        update = self._read(body)
        if update is None:
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        try:
            await take(update)
        except StoreUnusable as error:
            log.error("%s; Telegram brings the update again", error)  # noqa: TRY400  # it is said
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response()

    def _read(self, body: bytes) -> Update | None:
        try:
            said: Any = json.loads(body)
            return Update.de_json(said, self._bot) if isinstance(said, dict) else None
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            # The library builds objects from whatever the other side sent.
            log.warning("an update could not be read")
            return None
