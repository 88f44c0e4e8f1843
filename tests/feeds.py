"""Made-up feeds, and how tests read them."""

from collections.abc import Collection
from typing import Any

from monitor.collect import feed
from monitor.collect.served import Served
from monitor.model import Entry, Page

URL = "https://news.example/export/rss.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:yandex="http://news.yandex.ru"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(*items: str, head: str = "<title>Лента</title>", encoding: str = "utf-8") -> bytes:
    """Return an RSS feed with these items, each the inside of an <item>."""
    inside = "\n".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" {NAMESPACES}>'
        f"<channel>{head}{inside}</channel></rss>"
    ).encode(encoding)


def atom(*entries: str) -> bytes:
    """Return an Atom feed with these entries, each the inside of an <entry>."""
    inside = "\n".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
        f' xmlns:yt="http://www.youtube.com/xml/schemas/2015"><title>Канал</title>{inside}</feed>'
    ).encode()


def read(body: bytes, known: Collection[str] = (), **others: Any) -> Page:
    """Read a feed as a fetch would."""
    said: dict[str, Any] = {
        "content_type": "application/rss+xml",
        "url": URL,
        "source": "news",
        "language": "ru",
        "known": frozenset(known),
    }
    return feed.read(Served(body=body, **{**said, **others}))


def only(body: bytes, **others: Any) -> Entry:
    """Return the entry of a feed that has one."""
    [entry] = read(body, **others).entries
    return entry
