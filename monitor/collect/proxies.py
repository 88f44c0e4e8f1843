"""Proxies: where they stand, and what opens them."""

import os
import ssl
from asyncio import Transport
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorSSLError,
    ClientRequest,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnector

from monitor.collect.egress import GuardedResolver, Network
from monitor.config.schema import Config
from monitor.errors import MonitorError

_VARIABLE = "MONITOR_PROXY_"
_LONGEST = 255  # characters of a name and of a password, in SOCKS


class ProxyFailed(OSError):
    """A proxy that is not there, or does not let us through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy; what opens it is in none of its words."""

    name: str
    url: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def is_socks(self) -> bool:
        """Return whether it speaks SOCKS rather than HTTP."""
        return self.url.startswith("socks5:")

    @property
    def variable(self) -> str:
        """Return the environment variable with its user and password."""
        return _VARIABLE + self.name.upper().replace("-", "_")

    @property
    def authorization(self) -> Mapping[str, str]:
        """Return the header that opens an HTTP proxy."""
        if self.user is None:
            return {}
        secret = b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")
        return {"Proxy-Authorization": f"Basic {secret}"}


def settings_of(config: Config, environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Return what a configuration says to a crawler: what may be called, and by which proxies.

    Raises MonitorError for a variable that is not `user:password`.
    """
    return {
        "EGRESS_ALLOW": [str(network) for network in config.egress.allow],
        "PROXIES": {name: _opened(name, one.url, environ) for name, one in config.proxies.items()},
    }


def _opened(name: str, url: str, environ: Mapping[str, str]) -> Proxy:
    proxy = Proxy(name=name, url=url)
    secret = environ.get(proxy.variable)
    if not secret:
        return proxy
    user, colon, password = secret.partition(":")
    if not user or not colon:
        raise MonitorError(f"{proxy.variable}: write user:password")
    if proxy.is_socks and not (secret.isascii() and max(len(user), len(password)) <= _LONGEST):
        raise MonitorError(
            f"{proxy.variable}: a SOCKS proxy takes Latin letters, at most {_LONGEST} in each"
        )
    return Proxy(name=name, url=url, user=user, password=password)


class SocksConnector(ProxyConnector):
    """Connects by a SOCKS proxy, which resolves the names; its own address is judged like any."""

    def __init__(self, proxy: Proxy, allow: Sequence[Network], **kwargs: Any) -> None:
        parts = urlsplit(proxy.url)
        self._name = proxy.name
        self._named = (parts.hostname or "", parts.port or 1080)
        super().__init__(
            *self._named, username=proxy.user, password=proxy.password, rdns=True, **kwargs
        )
        self._addresses = GuardedResolver(allow)

    async def _connect_via_proxy(
        self,
        host: str,
        port: int,
        ssl: ssl.SSLContext | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - aiohttp-socks' signature
    ) -> tuple[Transport, ResponseHandler]:
        address = await self._addresses.first(*self._named)
        # The library would resolve the name once more: it is given what was judged. Nothing is
        # awaited between here and its reading of it.
        self._proxy_host = address
        return await super()._connect_via_proxy(host, port, ssl, timeout)

    async def _wrap_create_connection(
        self, *args: Any, req: ClientRequest, **kwargs: Any
    ) -> tuple[Transport, ResponseHandler]:
        """Raise what aiohttp raises where a site's certificate is not trusted."""
        try:
            return await super()._wrap_create_connection(*args, req=req, **kwargs)
        except ssl.CertificateError as error:
            raise ClientConnectorCertificateError(req.connection_key, error) from error
        except ssl.SSLError as error:
            raise ClientConnectorSSLError(req.connection_key, error) from error
