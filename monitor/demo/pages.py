"""Pages as the real sites serve them: RSS, Atom, JSON Feed, and a channel's public preview."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from html import escape

from monitor.demo.september import Item, Medium

Page = tuple[bytes, str]  #: body and content type


def page(medium: Medium, now: datetime) -> Page:
    """Return what a visitor of this source would get now."""
    return _PAGES[medium.medium](medium, now)


def link(medium: Medium, item: Item) -> str:
    """Return where an item stands."""
    if medium.medium == "telegram":
        return f"https://t.me/{post(medium, item)}"
    return item.link or f"https://{medium.id}.example/{item.id}"


def post(medium: Medium, item: Item) -> str:
    """Return a post's name in its channel: `channel/12`."""
    return f"{medium.id.replace('-', '_')}/{item.id.rpartition('-')[2]}"


def _rss(medium: Medium, now: datetime, encoding: str = "utf-8") -> Page:
    items = "".join(_rss_item(medium, item, now) for item in medium.published(now))
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0"><channel>\n'
        f"<title>{escape(medium.name)}</title><link>https://{medium.id}.example/</link>\n"
        f"<language>{medium.language}</language>\n{items}</channel></rss>\n"
    )
    return text.encode(encoding, "xmlcharrefreplace"), f"application/rss+xml; charset={encoding}"


def _rss_item(medium: Medium, item: Item, now: datetime) -> str:
    said, url = item.said(now), escape(link(medium, item))
    return (
        f"<item><title>{escape(said.title)}</title><link>{url}</link>"
        f"<guid>{url}</guid><pubDate>{format_datetime(item.at)}</pubDate>"
        f"<description><![CDATA[<p>{escape(said.text)}</p>]]></description></item>\n"
    )


def _windows_1251(medium: Medium, now: datetime) -> Page:
    return _rss(medium, now, "windows-1251")


def _atom(medium: Medium, now: datetime) -> Page:
    entries = "".join(_atom_entry(medium, item, now) for item in medium.published(now))
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{escape(medium.name)}</title><id>tag:{medium.id}.example,2022:/</id>\n"
        f"<updated>{now.isoformat()}</updated>\n{entries}</feed>\n"
    )
    return text.encode(), "application/atom+xml; charset=utf-8"


def _atom_entry(medium: Medium, item: Item, now: datetime) -> str:
    said, url = item.said(now), escape(link(medium, item))
    return (
        f'<entry><title>{escape(said.title)}</title><link href="{url}"/><id>{url}</id>'
        f"<published>{item.at.isoformat()}</published><updated>{said.at.isoformat()}</updated>"
        f'<content type="html">{escape(f"<p>{escape(said.text)}</p>")}</content></entry>\n'
    )


def _json(medium: Medium, now: datetime) -> Page:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": medium.name,
        "items": [
            {
                "id": item.id,
                "url": link(medium, item),
                "title": item.said(now).title,
                "content_text": item.said(now).text,
                "date_published": item.at.isoformat(),
            }
            for item in medium.published(now)
        ],
    }
    return json.dumps(feed, ensure_ascii=False).encode(), "application/feed+json"


def _telegram(medium: Medium, now: datetime) -> Page:
    posts = "".join(_post(medium, item, now) for item in reversed(medium.published(now)))
    text = (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">'
        f"<title>{escape(medium.name)} – Telegram</title></head>\n<body>"
        f'<div class="tgme_channel_info"><span dir="auto">{escape(medium.name)}</span></div>\n'
        f'<section class="tgme_channel_history js-message_history">\n{posts}</section>'
        "</body></html>\n"
    )
    return text.encode(), "text/html; charset=utf-8"


def _post(medium: Medium, item: Item, now: datetime) -> str:
    said, name = item.said(now), post(medium, item)
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from '
        '<span class="tgme_widget_message_forwarded_from_name">'
        f"{escape(item.forwarded_from)}</span></div>"
        if item.forwarded_from
        else ""
    )
    words = escape(said.text).replace("\n", "<br/>")
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message js-widget_message" data-post="{name}">'
        f'<div class="tgme_widget_message_bubble">{forwarded}'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{name}">'
        f'<time datetime="{item.at.isoformat()}" class="time">{item.at:%H:%M}</time></a>'
        "</div></div></div>\n"
    )


_PAGES: Mapping[str, Callable[[Medium, datetime], Page]] = {
    "rss": _rss,
    "rss-windows-1251": _windows_1251,
    "atom": _atom,
    "json": _json,
    "telegram": _telegram,
}
