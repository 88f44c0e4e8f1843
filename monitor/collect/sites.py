"""Whose a host is, as far as its name says it."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract

# On the list of domains under which anybody may have one, though all of it is the ministry's.
_ONE_OWNER = "mil.ru"


def same_site(one: str, other: str) -> bool:
    """Return whether two hosts are the same, or belong to one owner of a domain.

    Neighbours under a domain that gives names away (github.io, spb.ru) have different owners.
    """
    one, other = (host.lower().rstrip(".") for host in (one, other))
    return one == other or _registered(one) == _registered(other)


def _registered(host: str) -> str:
    """Return the domain that somebody registered, of which a host is part."""
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host  # an address is nobody's subdomain
    if f".{host}".endswith(f".{_ONE_OWNER}"):
        return _ONE_OWNER
    found = _suffixes()(host)
    if not found.suffix:
        return ".".join(labels[-2:])  # of a top-level domain that nobody knows
    return found.top_domain_under_public_suffix or host


@cache
def _suffixes() -> "TLDExtract":
    # It takes time and memory, and most pages do not need it.
    from tldextract import TLDExtract  # noqa: PLC0415 - see above

    # From the list that comes with it: it may neither ask the network nor write to a cache.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
