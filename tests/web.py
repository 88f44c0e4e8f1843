"""A web for tests: some hosts on loopback that say what a test tells them, and count."""

import asyncio
import ssl
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

HOSTS = tuple(f"127.0.0.{n}" for n in range(1, 6))


@dataclass(kw_only=True)
class Reply:
    """What a path says, and the fault that it says it with."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    modified: str | None = None
    hold: asyncio.Event | None = None  #: nothing is said before it is set
    announce: int | None = None  #: a Content-Length that is not the body's
    endless: bool = False  #: the body again and again
    hang_up: bool = False  #: the connection ends without a word


@dataclass(frozen=True, kw_only=True)
class Asked:
    host: str
    path: str
    headers: Mapping[str, str]


class Web:
    """All hosts answer alike, on one port; a path that was not given is 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.most_at_once: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._replies: dict[str, Reply] = {}
        self._arrivals: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._tls = tls
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        self.port = 0

    async def start(self, hosts: tuple[str, ...] = HOSTS) -> None:
        await self._runner.setup()
        for host in hosts:
            await web.TCPSite(self._runner, host, self.port, ssl_context=self._tls).start()
            self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    def url(self, path: str, host: str = HOSTS[0]) -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def say(self, path: str, body: bytes | str = b"", **how: object) -> Reply:
        """Let a path say something from now on."""
        content = body.encode() if isinstance(body, str) else body
        self._replies[path] = reply = Reply(body=content, **how)
        return reply

    def times(self, path: str, host: str | None = None) -> int:
        return len(self.requests(path, host))

    def requests(self, path: str, host: str | None = None) -> list[Asked]:
        return [one for one in self.asked if one.path == path and host in (None, one.host)]

    async def arrival(self, path: str) -> None:
        """Wait until a path was asked for."""
        await self._arrivals[path].wait()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.split(":")[0]
        self.asked.append(Asked(host=host, path=request.path_qs, headers=dict(request.headers)))
        self._now[host] += 1
        self.most_at_once[host] = max(self.most_at_once[host], self._now[host])
        self._arrivals[request.path_qs].set()
        try:
            reply = self._replies.get(request.path_qs, Reply(status=404))
            if reply.hold is not None:
                await reply.hold.wait()
            return await self._say(reply, request)
        finally:
            self._now[host] -= 1

    async def _say(self, reply: Reply, request: web.BaseRequest) -> web.StreamResponse:
        if reply.hang_up:
            request.transport.abort()
            return web.Response()
        validators = {"ETag": reply.etag, "Last-Modified": reply.modified}
        headers = {**reply.headers, **{k: v for k, v in validators.items() if v}}
        if reply.etag and request.headers.get("If-None-Match") == reply.etag:
            return web.Response(status=304, headers=headers)
        if reply.modified and request.headers.get("If-Modified-Since") == reply.modified:
            return web.Response(status=304, headers=headers)
        if reply.announce is None and not reply.endless:
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        response = web.StreamResponse(status=reply.status, headers=headers)
        if reply.announce is not None:
            response.content_length = reply.announce
        await response.prepare(request)
        await response.write(reply.body)
        while reply.endless:
            await response.write(reply.body)
        request.transport.close()
        return response
