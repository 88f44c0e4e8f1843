"""What can be wrong with a source that the schema accepts: only what its own line says is told."""

import re
import ssl
from collections.abc import Collection, Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from monitor.config.checks import Named
from monitor.config.codes import Code
from monitor.config.files import Part
from monitor.config.origins import Origin
from monitor.config.source import Fallback, Select, Source, SourceGroup
from monitor.config.tree import Keys
from monitor.config.words import did_you_mean
from monitor.errors import Problem

#: The spiders that come with the program: spiders/, held against Scrapy's own list by a test.
GENERIC: Final = ("feed", "telegram_preview", "listing", "sitemap")
SITES: Final = ("duma", "government", "gur", "kremlin", "mid", "mil", "niss", "president_ua")

#: The certificate authorities that come with the program; `ca` may name one.
AUTHORITIES: Final = frozenset({"russian-trusted-root"})

_BY_PROXY = "proxy:"
_NO_LISTS = {"feed", "telegram_preview", "sitemap"}  # their pages say themselves what is where
_NO_PAGES = {"feed", "telegram_preview"}  # unless `article: true`
_ON_LISTS = ("entry", "link", "title", "date", "text", "older")
_ON_PAGES = ("body", "published", "remove")
_NUMBERED = re.compile(r"(?i)([?&/](?:page|p|start|offset)[=/])\d+")


def settled(source: Source, folder: Path) -> Source:
    """Return a source with the paths of its certificate authorities made absolute."""
    fallbacks = tuple(
        one.model_copy(update={"ca": _authority(one.ca, folder)}) if one.ca else one
        for one in source.fallbacks
    )
    if not source.ca and fallbacks == source.fallbacks:
        return source
    return source.model_copy(update={"ca": _authority(source.ca, folder), "fallbacks": fallbacks})


def _authority(ca: str | None, folder: Path) -> str | None:
    return ca if ca is None or ca in AUTHORITIES else str(folder / ca)


def unsound(
    main: Part, parts: Sequence[Part], origins: Iterable[Origin], folder: Path
) -> Iterator[Problem]:
    """Yield what is wrong with single sources; `folder` is where relative paths begin."""
    proxies = main.tree.root.fields.get("proxies")
    names = list(proxies.fields) if proxies else []
    for part in parts:
        for index, item in part.sources.items():
            if isinstance(item, SourceGroup) and item.via:
                yield from _proxies(part, ("sources", index), item.via, names)
    for origin in origins:
        if "via" in origin.given:
            keys = origin.named.keys[:-1]
            yield from _proxies(origin.named.part, keys, origin.source.via, names)
        yield from _spiders(origin)
        yield from _selectors(origin)
        yield from _authorities(origin, folder)
        yield from _older(origin)
        yield from _same_address(origin)
        yield from _too_rarely(origin)
        yield from _open_to_change(origin)


def _proxies(
    part: Part, item: Keys, via: Sequence[str], names: Collection[str]
) -> Iterator[Problem]:
    for index, way in enumerate(via):
        name = way.removeprefix(_BY_PROXY)
        if way.startswith(_BY_PROXY) and name not in names:
            known = f"; there is {', '.join(names)}" if names else ""
            hint = did_you_mean(name, names) or known
            message = f"no proxy is called `{name}`: write its address under `proxies:`{hint}"
            named = Named(name=name, part=part, keys=(*item, "via", index))
            yield named.problem(Code.PROXY, message)


def _at(origin: Origin, *keys: str | int) -> Named:
    """Return a place in the line of a source."""
    named = origin.named
    return Named(name=named.name, part=named.part, keys=(*named.keys[:-1], *keys))


def _addresses(origin: Origin) -> Iterator[tuple[Source | Fallback, Keys]]:
    """Yield what the line says of ways to the source, with their keys: itself, its fallbacks."""
    yield origin.source, ()
    if "fallbacks" in origin.given:
        for index, fallback in enumerate(origin.source.fallbacks):
            yield fallback, ("fallbacks", index)


def _is_said(origin: Origin, keys: Keys, *names: str) -> bool:
    """Return whether the line says one of these of the address at the keys."""
    return bool(keys) or any(name in origin.given for name in names)


def _spiders(origin: Origin) -> Iterator[Problem]:
    """Warn of a spider that does not come with the program: it may be one of the user's own."""
    known = (*GENERIC, *SITES)
    for address, keys in _addresses(origin):
        if address.spider not in known and _is_said(origin, keys, "spider"):
            hint = did_you_mean(address.spider, known) or f"; there is {', '.join(known)}"
            message = (
                f"no spider that comes with the program is called `{address.spider}`: "
                f"right only if you wrote it yourself{hint}"
            )
            yield _at(origin, *keys, "spider").problem(Code.SPIDER, message, warning=True)


def _selectors(origin: Origin) -> Iterator[Problem]:
    for address, keys in _addresses(origin):
        if not _is_said(origin, keys, "spider", "select", "article", "enabled"):
            continue
        said = address.select
        if address.spider == "listing" and not (said and said.entry):
            if origin.source.enabled:
                place = _at(origin, *keys, *(("select",) if said else ("spider",)))
                message = (
                    "`listing` must be told what an entry is: write `select: {entry: …}`, "
                    "a CSS selector that fits each entry of the list"
                )
                yield place.problem(Code.MISSING, message)
        elif said:
            for name, why in _unused(address, said):
                message = f"`{name}` is of no use here: {why}"
                yield _at(origin, *keys, "select", name).problem(
                    Code.NOT_USED, message, warning=True
                )


def _unused(address: Source | Fallback, said: Select) -> Iterator[tuple[str, str]]:
    """Yield the selectors that the spider never asks for, each with the reason."""
    given = [name for name in (*_ON_LISTS, *_ON_PAGES) if name in said.model_fields_set]
    reads_pages = address.article is not False and (
        address.article or address.spider not in _NO_PAGES
    )
    for name in given:
        if name in _ON_LISTS and address.spider in _NO_LISTS:
            yield name, f"`{address.spider}` reads no HTML list; `listing` does"
        elif name in _ON_PAGES and not reads_pages:
            yield name, "the pages of its entries are not read; `article: true` lets them be"


def _authorities(origin: Origin, folder: Path) -> Iterator[Problem]:
    for address, keys in _addresses(origin):
        if address.ca is None or address.ca in AUTHORITIES or not _is_said(origin, keys, "ca"):
            continue
        why = _unreadable(folder / address.ca)
        if why:
            hint = did_you_mean(address.ca, AUTHORITIES) or f"; there is {', '.join(AUTHORITIES)}"
            message = f"`{address.ca}` {why}: write a file in PEM format, or a name{hint}"
            yield _at(origin, *keys, "ca").problem(Code.AUTHORITY, message)


def _unreadable(file: Path) -> str:
    """Return why a file gives us no certificate authority; "" where it does."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        return "holds no certificate that can be read"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        return f"cannot be read ({reason})"
    return ""


def _older(origin: Origin) -> Iterator[Problem]:
    older = origin.source.older
    if older is None or "older" not in origin.given:
        return
    place = _at(origin, "older")
    if strange := re.search(r"[{}]", older.replace("{page}", "")):
        message = (
            f"`{strange[0]}` stands where only {{page}} is known: write {{page}} for the number"
        )
        yield place.problem(Code.FORM, message)
    elif "{page}" not in older and _NUMBERED.search(older):
        mended = _NUMBERED.sub(r"\1{page}", older, count=1)
        message = (
            f"this is one page, always the same: write `{mended}`, or the address of a sitemap"
        )
        yield place.problem(Code.FORM, message)


def _same_address(origin: Origin) -> Iterator[Problem]:
    seen = {origin.source.url}
    for address, keys in _addresses(origin):
        if not keys:
            continue
        if address.url in seen:
            message = "this address is asked already when it is time to fall back: delete it"
            yield _at(origin, *keys, "url").problem(Code.SAME_ADDRESS, message, warning=True)
        seen.add(address.url)


def _too_rarely(origin: Origin) -> Iterator[Problem]:
    source = origin.source
    key = next((name for name in ("every", "cadence") if name in origin.given), None)
    if key is not None and source.cadence is not None and source.every > source.cadence:
        said = source.model_dump(mode="json")
        message = (
            f"`{source.id}` is asked every {said['every']}, but says something at least every "
            f"{said['cadence']}: what it takes back in between is missed"
        )
        yield _at(origin, key).problem(Code.CADENCE, message, warning=True)


def _open_to_change(origin: Origin) -> Iterator[Problem]:
    """Warn of addresses that are read without encryption, unless they are on this machine."""
    for address, keys in _addresses(origin):
        parts = urlsplit(address.url)
        is_open = parts.scheme == "http" and not _is_local(parts.hostname or "")
        if is_open and _is_said(origin, keys, "url"):
            message = "anyone on the way can change what is read over http: write https if it works"
            yield _at(origin, *keys, "url").problem(Code.NOT_ENCRYPTED, message, warning=True)


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"
