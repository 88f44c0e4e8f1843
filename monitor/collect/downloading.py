"""How a request goes out: directly or by proxy, to addresses that may be called."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, cast
from urllib.parse import urljoin

import aiohttp
import aiohttp_socks
import yarl
from aiohttp.abc import AbstractCookieJar
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response

from monitor.collect.egress import EgressRefused, GuardedResolver, guard, networks
from monitor.collect.proxies import Proxy, ProxyFailed, SocksConnector
from monitor.collect.trust import Trust
from monitor.collect.ways import DIRECT, VIA, Via

#: Sent to a crawler whose downloads are to end now; each then raises DownloadCancelledError.
ABANDON = object()

_REDIRECTS = {301, 302, 303, 307, 308}  # those that Scrapy follows
_SOCKS_FAILS = (
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyTimeoutError,
)


class GuardedHandler(AiohttpDownloadHandler):
    """Downloads over http and https from addresses that may be called.

    The meta of a request says in its Via by which proxy it goes and whom it trusts. Raises
    EgressRefused for an address that may not be called, in a request, a redirect, a robots.txt
    or a proxy, ProxyFailed for a proxy that does not let us through, and NoSuchAuthority.
    """

    # Scrapy warns at each start that its handler is experimental; pyproject.toml pins the minor
    # version and the tests run it.
    experimental: ClassVar[bool] = False
    # Made at the first request: a crawl that cannot start leaves no session behind.
    lazy: bool = True
    # Not Scrapy's: the `proxy` of its meta may come from anywhere and carries its password.
    supports_proxies: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._allow = networks(crawler.settings.getlist("EGRESS_ALLOW"))
        self._names = GuardedResolver(self._allow)
        # The session that Scrapy made has no guard and no connection yet: it is let go.
        self._session.detach()
        self._session = self._new_session(
            aiohttp.TCPConnector(
                limit=self._pool_size_total,
                limit_per_host=self._pool_size_per_host,
                resolver=self._names,
                socket_factory=guard(self._allow),
            )
        )
        self._trust = Trust(crawler.settings)
        self._proxies: Mapping[str, Proxy] = crawler.settings.getdict("PROXIES")
        self._socks: dict[str, aiohttp.ClientSession] = {}
        self._running: set[asyncio.Timeout] = set()
        self._abandoned = False
        crawler.signals.connect(self._abandon, signal=ABANDON)

    async def download_request(self, request: Request) -> Response:
        """Return what the server answers, whatever its status.

        Raises UnsupportedURLSchemeError where it points to an address that cannot be read.
        """
        if self._abandoned:
            raise DownloadCancelledError("the program is stopping")
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._running.add(scope)
                response = await super().download_request(request)
                _judge_redirect(request, response)
                return response
        except TimeoutError as error:
            raise DownloadCancelledError("the program is stopping") from error
        finally:
            self._running.discard(scope)
            self._rest(request)

    def _rest(self, request: Request) -> None:
        """Let the delay of a host begin when it has answered, not when it was asked.

        Scrapy counts from the question: one that is long under way, because it opens a
        connection, and the next one would arrive closer together than the delay.
        """
        slots = self.crawler.engine.downloader.slots
        if slot := slots.get(request.meta.get("download_slot", "")):
            slot.lastseen = time.monotonic()

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._session, *self._socks.values()):
            await session.close()

    @asynccontextmanager
    async def _make_request(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109 - Scrapy's signature
    ) -> AsyncIterator[_ClientResponse]:
        via: Via = request.meta.get(VIA, DIRECT)
        url = _address(request)
        host = url.raw_host or ""
        headers = self._request_headers(request).to_tuple_list()
        proxy = self._proxy(via)
        session, tunnel, opening = self._session, None, None
        if proxy is not None:
            await self._names.judge(host, url.port or 0)
            if proxy.is_socks:
                session = self._by_socks(proxy)
            else:
                _refuse_both(proxy, via)
                tunnel, opening = proxy.url, proxy.authorization
                if url.scheme == "http":  # not tunnelled: the proxy reads the request itself
                    headers += opening.items()
        try:
            async with session.request(
                request.method,
                url,
                data=request.body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                ssl=self._trust.context(via, host),
                allow_redirects=False,
                proxy=tunnel,
                proxy_headers=opening,
            ) as response:
                yield cast("_ClientResponse", response)
        except TimeoutError as error:
            by = f" by proxy {proxy.name}" if proxy else ""
            text = f"Getting {request.url}{by} took longer than {timeout} seconds."
            raise DownloadTimeoutError(text) from error
        except (aiohttp.ClientError, OSError, *_SOCKS_FAILS) as error:
            raise _said(error, proxy) from error

    def _proxy(self, via: Via) -> Proxy | None:
        if via.proxy is None:
            return None
        if via.proxy not in self._proxies:
            raise ProxyFailed(f"there is no `{via.proxy}` under `proxies:` in config.yaml")
        return self._proxies[via.proxy]

    def _by_socks(self, proxy: Proxy) -> aiohttp.ClientSession:
        if proxy.name not in self._socks:
            connector = SocksConnector(
                proxy,
                self._allow,
                limit=self._pool_size_total,
                limit_per_host=self._pool_size_per_host,
            )
            self._socks[proxy.name] = self._new_session(connector)
        return self._socks[proxy.name]

    def _new_session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=_no_cookies(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    def _abandon(self) -> None:
        self._abandoned = True
        for scope in self._running:
            # A task that is cancelled from outside would leave Scrapy waiting for its result.
            scope.reschedule(asyncio.get_running_loop().time())


def _no_cookies() -> AbstractCookieJar:
    return aiohttp.DummyCookieJar()


def _address(request: Request) -> yarl.URL:
    """Return the address as the client reads it, and as nobody else could read it."""
    try:
        url = _parsed(request.url, encoded=bool(request.meta.get("verbatim_url")))
    except ValueError as error:
        raise UnsupportedURLSchemeError(str(error)) from error
    if url.scheme not in {"http", "https"}:
        raise EgressRefused(f"{url.scheme}: is not called, only http: and https:")
    if url.raw_user is not None or url.raw_password is not None:
        raise EgressRefused(f"the address of {url.host} carries a name or a password")
    return url


def _parsed(address: str, *, encoded: bool = False) -> yarl.URL:
    """Return an address, of a host that can be looked up; raises ValueError."""
    url = yarl.URL(address, encoded=encoded)
    (url.raw_host or "").encode("idna")  # as the resolver does, too late for a good word
    return url


def _judge_redirect(request: Request, response: Response) -> None:
    """Refuse an address that Scrapy would fail over, with an error that might be our own."""
    location = response.headers.get("Location")
    if location is None or response.status not in _REDIRECTS:
        return
    try:
        # As Scrapy reads it.
        _parsed(Request(urljoin(request.url, location.decode(errors="replace"))).url)
    except ValueError as error:
        said = f"{location.decode(errors='replace'):.200} ({error})"
        text = f"the site points to an address that cannot be read: {said}"
        raise UnsupportedURLSchemeError(text) from error


def _refuse_both(proxy: Proxy, via: Via) -> None:
    """Refuse an https proxy with a `ca`: both are trusted by one and the same context."""
    if via.ca is not None and proxy.url.startswith("https:"):
        raise ProxyFailed(f"{proxy.name} is an https proxy; `ca:` goes with http and socks5 only")


def _said(error: Exception, proxy: Proxy | None) -> Exception:
    """Return what Scrapy and we call an error of the libraries."""
    if (ours := _refused(error)) is not None:
        return ours
    if proxy is not None and (words := _of_proxy(error, proxy)) is not None:
        return ProxyFailed(f"{proxy.name} {words}")
    if isinstance(error, aiohttp.InvalidUrlClientError | aiohttp.NonHttpUrlClientError):
        return UnsupportedURLSchemeError(str(error))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return CannotResolveHostError(str(error))
    if isinstance(error, aiohttp.ClientConnectorError):
        return DownloadConnectionRefusedError(str(error))
    return DownloadFailedError(str(error))


def _of_proxy(error: Exception, proxy: Proxy) -> str | None:
    """Return what is wrong with the proxy; None if it is the site behind it."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        if error.status == 407:
            return f"wants a name and a password: {proxy.variable}=…"
        return f"does not connect us: {error.status} {error.message}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"cannot be found: no address is known for {error.host}"
    if isinstance(error, aiohttp.ClientConnectorError):
        # The site behind it has not been called yet where the proxy's own host is named.
        own = yarl.URL(proxy.url)
        if isinstance(error, aiohttp.ClientProxyConnectionError) or error.host == own.raw_host:
            return f"does not take connections: {error.os_error}"
    return str(error) if isinstance(error, _SOCKS_FAILS) else None


def _refused(error: Exception) -> EgressRefused | None:
    """Find our own refusal under what aiohttp wraps around it."""
    said = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    for one in (said, error.__cause__):
        # Where a name has several addresses, aiohttp joins what was said of each into one OSError.
        if isinstance(one, EgressRefused) or "`egress: {allow:" in str(one):
            return EgressRefused(str(one))
    return None
