"""An entry and the page that it leads to: when that page is read, and what it adds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.collect.links import canonical
from monitor.errors import Cause, Trouble
from monitor.model import Article, Entry

#: How many pages of entries one fetch reads; the others are read by the next.
MOST = 30
#: After so many failures in a row the site is left alone until the next fetch.
PATIENCE = 3
# So many bytes of a page are kept; longer ones are markup, and 30 of them would fill a disk.
_EVIDENCE = 1_000_000
# What is gone for good is not asked for again.
_FINAL = frozenset({Cause.GONE, Cause.ROBOTS, Cause.EGRESS, Cause.LAYOUT, Cause.ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """An entry as it is archived, and whether its page is worth another try."""

    entry: Entry
    again: bool = False


def wanted(entries: Sequence[Entry], fresh_since: datetime | None) -> frozenset[str]:
    """Return the ids of the entries whose pages are read: not of those that are no news."""
    return frozenset(
        entry.id
        for entry in entries
        if entry.url
        and not (fresh_since and entry.published_at and entry.published_at < fresh_since)
    )


def complete(entry: Entry, article: Article, served: bytes) -> Entry:
    """Return an entry with what its own page says; the fuller text of both counts.

    `raw` then holds the entry and the page, as both were served.
    """
    fuller = len(article.text) >= len(entry.text)
    # A sitemap may know only when a page was changed last.
    own = None if entry.published_at == entry.updated_at else entry.published_at
    return replace(
        entry,
        title=entry.title or article.title,
        text=article.text if fuller else entry.text,
        url=canonical(article.url) if article.url else entry.url,
        published_at=own or article.published_at or entry.published_at,
        updated_at=article.updated_at or entry.updated_at,
        author=entry.author or article.author,
        problem=article.problem if fuller else entry.problem,
        raw=entry.raw + b"\n" + served[:_EVIDENCE],
    )


def without(entry: Entry, trouble: Trouble) -> Completed:
    """Return an entry whose page could not be read, with the text that it came with."""
    problem = f"only what the list says, its page could not be read: {trouble.text}"
    return Completed(entry=replace(entry, problem=problem), again=trouble.cause not in _FINAL)
