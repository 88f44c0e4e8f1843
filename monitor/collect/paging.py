"""Where what came before a page is found: named by the page itself, or by the configuration."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.config.source import Source
from monitor.model import Entry, Page

#: How many pages one fetch goes back over a gap; the next fetch goes on from there.
MOST = 20

_NUMBER = "{page}"
_LATE = timedelta(hours=1)  # what is dated a little earlier may have come later


def before(source: Source, page: Page, asked: str | None) -> str | None:
    """Return the address of what came before a page; `asked` is that page's, None for the newest.

    None where there is nothing before it, or nobody knows where it is.
    """
    if page.older:
        return page.older if page.older != asked else None
    template = source.older
    if template is None:
        return None
    if _NUMBER not in template:
        return template if asked is None else None  # a sitemap, which is whole
    if asked is None:
        return template.replace(_NUMBER, "2")
    found = re.fullmatch(re.escape(template).replace(re.escape(_NUMBER), r"(\d{1,6})"), asked)
    return template.replace(_NUMBER, str(int(found[1]) + 1)) if found and page.entries else None


def is_of(source: Source, url: str) -> bool:
    """Return whether an address is one of this way's: another way reads other pages."""
    hosts = {urlsplit(one).hostname for one in (source.url, source.older) if one}
    return urlsplit(url).hostname in hosts


def is_sitemap(source: Source, url: str) -> bool:
    """Return whether an address of what came before is a sitemap."""
    return url == source.older and _NUMBER not in url


def after(entries: Iterable[Entry], since: datetime | None) -> tuple[Entry, ...]:
    """Return the entries of a sitemap that may have been missed since: it goes back for ever."""
    return tuple(
        entry
        for entry in entries
        if since and entry.published_at and entry.published_at >= since - _LATE
    )
