"""The ways to what a source says: its address and its fallbacks, each directly or by proxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.config.source import Source
from monitor.errors import Cause, Trouble
from monitor.model import SourceState

#: How long a fallback is used before the ways before it are tried again.
RETURN = timedelta(hours=1)
#: The name of a request's Via in its meta, where redirects inherit it.
VIA = "via"
# What fails here for one of these, and works by proxy at the same address, is blocked here.
_NOT_HERE = frozenset(
    {Cause.DNS, Cause.CONNECTION, Cause.TLS, Cause.TIMEOUT, Cause.WALL, Cause.GEO_BLOCKED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """How a request goes out, and whom it trusts."""

    proxy: str | None = None  #: the proxy's name
    ca: str | None = None  #: a certificate authority besides those of the system
    home: str = ""  #: the host for whose site that authority counts, and for no other


DIRECT = Via()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way: what to ask, and by which proxy."""

    source: Source  #: as if it had only this address
    proxy: str | None  #: the proxy's name
    key: str | None  #: what the archive calls it; None for the first one

    @property
    def said(self) -> str:
        """Return it for people."""
        by = f" by proxy {self.proxy}" if self.proxy else ""
        return f"{self.source.spider} {self.source.url}{by}"

    @property
    def via(self) -> Via:
        """Return how the requests of this way go out."""
        if self.source.ca is None:
            return Via(proxy=self.proxy)
        home = urlsplit(self.source.url).hostname or ""
        return Via(proxy=self.proxy, ca=self.source.ca, home=home)


def ways(source: Source) -> tuple[Way, ...]:
    """Return all ways to a source, the best first: each address by each of its `via`."""
    addresses = [source.model_copy(update={"fallbacks": ()})]
    for other in source.fallbacks:
        said = {"spider": other.spider, "url": other.url, "select": other.select}
        addresses.append(
            source.model_copy(
                update={
                    **said,
                    "article": other.article,
                    "ca": other.ca,
                    "older": None,
                    "fallbacks": (),
                }
            )
        )
    found: list[Way] = []
    for address in addresses:
        for via in source.via:
            proxy = None if via == "direct" else via.removeprefix("proxy:")
            key = f"{via} {address.spider} {address.url}" if found else None
            found.append(Way(source=address, proxy=proxy, key=key))
    return tuple(found)


def to_try(source: Source, state: SourceState, now: datetime) -> tuple[Sequence[Way], bool]:
    """Return the ways that this fetch may try, in order, and whether it begins with the first.

    The way that worked last is tried first and the others behind it, so that a source that
    answers only by its third way is not knocked at twice in vain at every poll; once in an hour
    the ways are tried from the first again.
    """
    known = ways(source)
    last = next((way for way in known if way.key == state.way), known[0])
    # Both ways: a clock that was ahead must not keep it on a fallback until then.
    rested = state.ways_tried_at is None or abs(now - state.ways_tried_at) >= RETURN
    if last is known[0] or rested:
        return known, True
    return (last, *(way for way in known if way is not last)), False


def detour(way: Way, failed: Sequence[tuple[Way, Trouble]], before: str | None) -> str | None:
    """Return why a source is read by this way and not by its first; None for the first.

    `failed` are the ways that this fetch tried in vain, `before` is what was said of the last one.
    """
    if way.key is None:
        return None
    if way.proxy is not None:
        for other, trouble in failed:
            there = other.proxy is None and other.source.url == way.source.url
            if there and trouble.cause in _NOT_HERE:
                return f"geo-blocked: it answers by proxy {way.proxy}, but not here: {trouble.text}"
    return failed[0][1].text if failed else before
