"""What we may call: public addresses, and those that the configuration names.

The check stands where a socket is made: after DNS, for every redirect and every robots.txt,
whatever the address was spelled like.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.connector import AddrInfoType
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadConnectionRefusedError
from scrapy.http import Response

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Sent to a crawler whose downloads are to end now; each then raises DownloadCancelledError.
ABANDON = object()

# `ipaddress.is_global` calls 224/4, ff00::/8 and the ranges that embed an IPv4 address public.
_V4: Sequence[tuple[IPv4Network, str]] = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "an address of this host"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address behind a provider's NAT"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_V6: Sequence[tuple[IPv6Network, str]] = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::/128", "an address of this host"),
        ("::1/128", "a loopback address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "an address for documentation"),
        ("3fff::/20", "an address for documentation"),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


class EgressRefused(OSError):
    """An address that we may not call."""


def networks(allow: Iterable[str]) -> tuple[Network, ...]:
    """Read what a configuration allows: addresses and networks."""
    return tuple(ip_network(one, strict=False) for one in allow)


def refusal(address: Address, allow: Iterable[Network]) -> str | None:
    """Return why an address may not be called; None if it may.

    An IPv6 address that stands for an IPv4 address is judged as that one.
    """
    meant = _meant(address)
    for network in allow:
        if any(one.version == network.version and one in network for one in (address, meant)):
            return None
    named: Iterable[tuple[Network, str]] = _V4 if isinstance(meant, IPv4Address) else _V6
    for network, name in named:
        if meant in network:
            return name
    if isinstance(meant, IPv6Address) and meant not in _GLOBAL_V6:
        return "a reserved address"
    return None


def _meant(address: Address) -> Address:
    """Unwrap IPv4-mapped, 6to4, Teredo and NAT64 addresses."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def guard(allow: Sequence[Network]) -> Callable[[AddrInfoType], socket.socket]:
    """Return what makes sockets for addresses that may be called, and only for them."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        host = ip_address(address[0])
        if reason := refusal(host, allow):
            spelled = f'"{host}"' if host.version == 6 else host  # YAML reads colons otherwise
            raise EgressRefused(
                f"{host} is {reason}; if it is meant, write `egress: {{allow: [{spelled}]}}`"
                " in config.yaml"
            )
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


class GuardedHandler(AiohttpDownloadHandler):
    """Downloads over http and https from addresses that may be called.

    Raises EgressRefused for any other address, in a request, a redirect or a robots.txt.
    """

    # Scrapy warns at each start that its handler is experimental; pyproject.toml pins the minor
    # version and the tests run it.
    experimental: ClassVar[bool] = False
    # Made at the first request: a crawl that cannot start leaves no session behind.
    lazy: bool = True
    # A proxy would resolve names behind our back.
    supports_proxies: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # The session that Scrapy made has no guard and no connection yet: it is let go.
        self._session.detach()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._pool_size_total,
                limit_per_host=self._pool_size_per_host,
                socket_factory=guard(networks(crawler.settings.getlist("EGRESS_ALLOW"))),
            ),
            cookie_jar=_no_cookies(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        self._running: set[asyncio.Timeout] = set()
        self._abandoned = False
        crawler.signals.connect(self._abandon, signal=ABANDON)

    async def download_request(self, request: Request) -> Response:
        """Return what the server answers, whatever its status."""
        _refuse_userinfo(request.url)
        if self._abandoned:
            raise DownloadCancelledError("the program is stopping")
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._running.add(scope)
                return await super().download_request(request)
        except TimeoutError as error:
            raise DownloadCancelledError("the program is stopping") from error
        except DownloadConnectionRefusedError as error:
            if (ours := _refused(error)) is not None:
                raise ours from error
            raise
        finally:
            self._running.discard(scope)

    def _abandon(self) -> None:
        self._abandoned = True
        for scope in self._running:
            # A task that is cancelled from outside would leave Scrapy waiting for its result.
            scope.reschedule(asyncio.get_running_loop().time())


def _no_cookies() -> AbstractCookieJar:
    return aiohttp.DummyCookieJar()


def _refuse_userinfo(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise EgressRefused(f"{parts.scheme}: is not called, only http: and https:")
    if parts.username is not None or parts.password is not None:
        raise EgressRefused(f"the address of {parts.hostname} carries a name or a password")


def _refused(error: BaseException) -> EgressRefused | None:
    """Find our own refusal under what aiohttp and Scrapy wrap around it."""
    cause = error.__cause__
    if not isinstance(cause, aiohttp.ClientConnectorError):
        return None
    # Where a name has several addresses, aiohttp joins what was said of each into one OSError.
    said = cause.os_error
    ours = isinstance(said, EgressRefused) or "`egress: {allow:" in str(said)
    return EgressRefused(str(said)) if ours else None
