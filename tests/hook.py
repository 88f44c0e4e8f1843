"""A program that is called by a webhook, on loopback; it checks every signature."""

import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

SECRET = "a-secret-of-the-tests-0123456789"


@dataclass
class Hook:
    """What was posted, and what is answered: the answers in `next` first, then 200."""

    secret: str = SECRET
    next: deque[web.Response] = field(default_factory=deque)
    received: list[dict] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    forged: int = 0
    url: str = ""

    def answers(self, status: int, **headers: str) -> None:
        self.next.append(web.Response(status=status, headers=headers))

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["Hook"]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._on_post)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _on_post(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.headers.append(dict(request.headers))
        self.bodies.append(body)
        self.received.append(json.loads(body))
        self.forged += not self._genuine(request, body)
        return self.next.popleft() if self.next else web.Response()

    def _genuine(self, request: web.Request, body: bytes) -> bool:
        said = request.headers.get("X-Monitor-Timestamp", "").encode() + b"." + body
        proof = hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()
        return hmac.compare_digest(
            request.headers.get("X-Monitor-Signature", ""), f"sha256={proof}"
        )
