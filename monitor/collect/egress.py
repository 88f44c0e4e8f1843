"""What we may call: public addresses, and those that the configuration names.

One predicate judges every address: where a socket is made, which is after DNS, for every redirect,
every robots.txt and every proxy, whatever the address was spelled like; where a name is resolved;
and before a proxy is asked to connect us.
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

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from aiohttp.resolver import ThreadedResolver

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

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
#: Names that mean something only inside of a network, as that of a proxy (RFC 6761, 6762, 8375).
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet")
_PATIENCE = 5.0  # seconds, for a name that a proxy can resolve without us


class EgressRefused(OSError):
    """An address that we may not call."""


def networks(allow: Iterable[str]) -> tuple[Network, ...]:
    """Read what a configuration allows: addresses and networks."""
    return tuple(ip_network(one, strict=False) for one in allow)


def refusal(address: Address, allow: Iterable[Network]) -> str | None:
    """Return why an address may not be called; None if it may.

    An IPv6 address that stands for an IPv4 address is judged as that one.
    """
    if _is_named(address, allow):
        return None
    meant = _meant(address)
    named: Iterable[tuple[Network, str]] = _V4 if isinstance(meant, IPv4Address) else _V6
    for network, name in named:
        if meant in network:
            return name
    if isinstance(meant, IPv6Address) and meant not in _GLOBAL_V6:
        return "a reserved address"
    return None


def _is_named(address: Address, allow: Iterable[Network]) -> bool:
    """Return whether the configuration allows an address by name."""
    spellings = (address, _meant(address))
    return any(
        one.version == network.version and one in network for network in allow for one in spellings
    )


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
        _check(ip_address(address[0]), allow)
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


class GuardedResolver(AbstractResolver):
    """Resolves names whose addresses may be called.

    A name is refused whole if any of its addresses may not be called: one that is public today
    and ours tomorrow must not get a foot in. Only where the configuration names another of its
    addresses, as for a `localhost` that is 127.0.0.1 and ::1, those that may not be called are
    left out instead.
    """

    def __init__(self, allow: Sequence[Network]) -> None:
        self._allow = allow
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises EgressRefused, or OSError where it has none."""
        found = await self._resolver.resolve(host, port, family)
        callable_ = self._judged(host, {one["host"] for one in found})
        return [one for one in found if one["host"] in callable_]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    async def first(self, host: str, port: int) -> str:
        """Return an address of a host; raises as `resolve` does."""
        if (address := literal(host)) is not None:
            _check(address, self._allow)
            return str(address)
        found = await self.resolve(host, port, socket.AF_UNSPEC)
        return found[0]["host"]

    async def judge(self, host: str, port: int) -> None:
        """Raise EgressRefused for a host that no proxy must be asked for, as far as we know it.

        A name that we cannot resolve is left to the proxy: that our DNS hides a site is what the
        proxy is for. It cannot be judged then, but for the names that are public nowhere.
        """
        if (address := literal(host)) is not None:
            _check(address, self._allow)
            return
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                # Also what this host has no route to: the proxy may have one.
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            if _is_public_nowhere(host):
                raise EgressRefused(f"{host} is no public name") from error
            return
        self._judged(host, {str(address[0]) for *_, address in found})

    def _judged(self, host: str, found: Iterable[str]) -> frozenset[str]:
        addresses = {one: ip_address(one) for one in found}
        refused = {one: why for one, it in addresses.items() if (why := refusal(it, self._allow))}
        if refused and not any(_is_named(it, self._allow) for it in addresses.values()):
            address, reason = min(refused.items())
            raise EgressRefused(f"{host} leads to {_words(addresses[address], f', {reason}')}")
        return frozenset(addresses.keys() - refused.keys())


def literal(host: str) -> Address | None:
    """Return the address that a host spells, in any way that some client understands.

    127.1, 0x7f000001 and 2130706433 are 127.0.0.1 to many; None: it is a name.
    """
    host = host.rstrip(".")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _check(address: Address, allow: Iterable[Network]) -> None:
    if reason := refusal(address, allow):
        raise EgressRefused(_words(address, f" is {reason}"))


def _words(address: Address, what: str) -> str:
    spelled = f'"{address}"' if address.version == 6 else address  # YAML reads colons otherwise
    return f"{address}{what}; if it is meant, write `egress: {{allow: [{spelled}]}}` in config.yaml"


def _is_public_nowhere(host: str) -> bool:
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith(_PRIVATE_NAMES)
