"""Previews of a Telegram channel, built piece by piece as Telegram builds them."""

from collections.abc import Collection

from monitor.collect import preview
from monitor.collect.served import Served
from monitor.model import Entry, Page

URL = "https://t.me/s/kanal"


def read(
    text: str | bytes, known: Collection[str] = (), *, language: str | None = "uk", url: str = URL
) -> Page:
    served = Served(
        body=text.encode() if isinstance(text, str) else text,
        content_type="text/html; charset=utf-8",
        url=url,
        source="kanal",
        language=language,
        known=frozenset(known),
    )
    return preview.read(served)


def post(
    inside: str,
    *,
    number: int = 7,
    name: str = "kanal",
    kind: str = "",
    views: str = "1.2K",
    at: str = "2022-09-10T12:30:00+00:00",
    meta: str = "",
) -> str:
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message {kind} js-widget_message" data-post="{name}/{number}">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{name}">'
        f'<span dir="auto">Наш канал</span></a></div>{inside}{STAND_IN}'
        '<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">'
        f'{views}</span><span class="copyonly"> views</span>'
        f'<span class="tgme_widget_message_meta">{meta}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{name}/{number}">'
        f'<time datetime="{at}" class="time">12:30</time></a></span></div></div></div></div>'
    )


def label(text: str) -> str:
    return (
        '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
        f'<div class="message_media_not_supported_label">{text}</div>'
        '<span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div>'
    )


OPEN_TELEGRAM = "Please open Telegram to view this post"
#: It stands in every post, and is seen only where a browser can show nothing better.
STAND_IN = f'<div class="media_not_supported_cont">{label(OPEN_TELEGRAM)}</div>'


def words(text: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'


def picture(number: int = 7) -> str:
    return (
        '<a class="tgme_widget_message_photo_wrap grouped_media_wrap js-message_photo"'
        f" style=\"background-image:url('https://cdn.example/{number}.jpg')\""
        f' href="https://t.me/kanal/{number}?single">'
        '<div class="tgme_widget_message_photo grouped_media"></div></a>'
    )


def video(length: str = "0:45", said: str = "Media is too big") -> str:
    timed = f'<div class="message_video_play"></div><time class="message_video_duration">{length}'
    return (
        '<a class="tgme_widget_message_video_player not_supported js-message_video_player"'
        ' href="https://t.me/kanal/7"><i class="tgme_widget_message_video_thumb"></i>'
        '<div class="tgme_widget_message_video_wrap"></div>'
        f"{timed + '</time>' if length else ''}{label(said)}</a>"
    )


def album(*media: str) -> str:
    return (
        '<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap">'
        '<div class="tgme_widget_message_grouped js-message_grouped">'
        f'<div class="tgme_widget_message_grouped_layer">{"".join(media)}</div></div></div>'
    )


def file(title: str, extra: str, icon: str = "") -> str:
    return (
        '<a class="tgme_widget_message_document_wrap" href="https://t.me/kanal/7">'
        f'<div class="tgme_widget_message_document_icon accent_bg {icon}"></div>'
        '<div class="tgme_widget_message_document"><div dir="auto"'
        f' class="tgme_widget_message_document_title accent_color">{title}</div>'
        f'<div class="tgme_widget_message_document_extra" dir="auto">{extra}</div></div></a>'
    )


def page(*posts: str) -> str:
    return f'<html><section class="tgme_channel_history">{"".join(posts)}</section></html>'


def only(text: str, language: str | None = "uk") -> Entry:
    [entry] = read(text, language=language).entries
    return entry
