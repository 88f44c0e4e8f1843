"""OPML, the subscription lists that feed readers exchange: a page whose entries are its outlines.

listparser takes a text for an address or a file's content as it finds it; it only ever gets bytes,
so it never opens anything. It is quadratic in places: it runs in the sandbox.
"""

from dataclasses import dataclass

from monitor.collect.charset import to_utf8
from monitor.collect.served import Served
from monitor.errors import Cause, PageError
from monitor.model import Entry, Page

#: How our own lists say what OPML has no word for: as a category, `/media-monitor/kind/state`.
OURS = "media-monitor"

_DECLARED = b'<?xml version="1.0" encoding="utf-8"?>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An address in a subscription list."""

    url: str
    title: str
    is_feed: bool  #: and not a link to another page
    ours: dict[str, str]  #: what one of our own lists says of it: its id, country, kind …


def read(served: Served) -> Page:
    """Return a page with one entry for each address; `outline` makes outlines of them again.

    Raises PageError where the bytes are no subscription list.
    """
    import listparser  # noqa: PLC0415 - it loads an HTTP client, and most workers never need it

    body = to_utf8(served.body, served.content_type)
    found = listparser.parse(_DECLARED + body)  # undeclared, it would read it as Latin-1
    if not found["version"]:
        raise PageError("this is no OPML", Cause.NOT_A_FEED)
    # A list of lists looks like a link: only our own say that they mean a page.
    entries = [
        Entry(
            id=f"{number}",
            source=served.source,
            url=str(one["url"]),
            title=str(one["title"]),
            text="\n".join(_ours(one.get("categories", ()))),
            language=None,
            published_at=None,
            author=where,
        )
        for where in ("feeds", "lists")
        for number, one in enumerate(found[where], start=len(found["feeds"]) * (where == "lists"))
    ]
    return Page(entries=entries, fingerprints=())


def outline(entry: Entry) -> Outline:
    """Return what an entry of such a page says."""
    said = [line.partition(" ") for line in entry.text.splitlines()]
    return Outline(
        url=entry.url,
        title=entry.title,
        is_feed=entry.author == "feeds",
        ours={key: value for key, _, value in reversed(said)},
    )


def _ours(categories: list[list[str]]) -> list[str]:
    return [f"{one[1]} {one[2]}" for one in categories if len(one) == 3 and one[0] == OURS]
