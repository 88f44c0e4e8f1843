"""The sites of the demo, on loopback: each page as it stands at the simulated time."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from monitor.demo.pages import page
from monitor.demo.september import September


@asynccontextmanager
async def serving(september: September, clock: Callable[[], datetime]) -> AsyncIterator[str]:
    """Serve the pages while the block runs; give the address they are under."""
    media = {medium.id: medium for medium in september.sources}

    async def answer(request: web.Request) -> web.Response:
        medium = media.get(request.match_info["source"])
        if medium is None:
            raise web.HTTPNotFound
        body, content_type = page(medium, clock())
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": content_type})

    async def robots(_: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    application = web.Application()
    application.add_routes([web.get("/robots.txt", robots), web.get("/{source}", answer)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
