"""One post of a Telegram channel, as its public preview shows it, to an entry.

The words come first. What stands beside them and has a name (a file, a track, a place) is told in
brackets below; pictures, films and voices only where there are no words, so that no post is empty.
The text of the post that is answered and of a link's card belong to others, and stay in `raw` only.
That a post was edited is shown without when, so there is no `updated_at`; its fingerprint is of its
words, its date and whom they are passed on from: counters and addresses change by themselves.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from monitor.collect.dates import moment
from monitor.collect.plaintext import element_text, fragment, one_line
from monitor.collect.served import Served
from monitor.model import Entry

_OURS = "tgme_widget_message_"
_NAME = re.compile(r"(?:c/)?\w{1,64}/(\d{1,18})", re.ASCII)
_PUBLIC = re.compile(r"https?://t\.me/([A-Za-z]\w{3,31})(?:[/?]|$)")
_LENGTH = re.compile(r"\d{1,4}(?::\d\d){1,2}")
# Telegram's own words where it keeps something back. It says them in English only.
_NOTICE = re.compile(
    r"(?:sorry, )?this (?:message|post|channel|group|chat|media) "
    r"(?:(?:can['’]t|cannot|couldn['’]t|could not) be (?:displayed|shown)"
    r"|is (?:currently )?(?:unavailable|not available)|isn['’]t available)"
    r" (?:because|due to|in your|on your)\b.{1,200}",
    re.IGNORECASE,
)

_OTHERS = frozenset({f"{_OURS}reply", "js-message_reply_text", f"{_OURS}link_preview"})
# Every post carries one, which style sheets hide as long as there is something better to show.
_STAND_IN = "media_not_supported_cont"
_LABEL = "message_media_not_supported_label"
_WORDS = frozenset({f"{_OURS}text", f"{_OURS}poll_question", f"{_OURS}poll_option_text"})
_MEDIA = {
    f"{_OURS}photo_wrap": "photo",
    f"{_OURS}video_player": "video",
    f"{_OURS}roundvideo_player": "round video",
    f"{_OURS}voice_player": "voice",
    f"{_OURS}document_wrap": "file",
    f"{_OURS}sticker_wrap": "sticker",
    f"{_OURS}poll": "poll",
    f"{_OURS}location_wrap": "place",
    f"{_OURS}contact_wrap": "contact",
}
_LENGTHS = frozenset(
    {"message_video_duration", f"{_OURS}roundvideo_duration", f"{_OURS}voice_duration"}
)
_NAMES = frozenset(
    _OURS + part
    for part in (
        *("document_title", "document_extra", "location_title", "location_address"),
        *("contact_name", "contact_phone"),
    )
)
_ALBUM = {"photo": "photos", "video": "videos"}  # what is counted, and as what

_LANGUAGES = ("ru", "uk", "en")
_SAID = {
    "photo": ("фото", "фото", "photo"),
    "photos": ("фото", "фото", "photos"),
    "video": ("видео", "відео", "video"),
    "videos": ("видео", "відео", "videos"),
    "animation": ("GIF", "GIF", "GIF"),
    "round video": ("видеосообщение", "відеоповідомлення", "video message"),
    "voice": ("голосовое сообщение", "голосове повідомлення", "voice message"),
    "audio": ("аудио", "аудіо", "audio"),
    "file": ("файл", "файл", "file"),
    "sticker": ("стикер", "стікер", "sticker"),
    "poll": ("опрос", "опитування", "poll"),
    "place": ("место на карте", "місце на мапі", "place on the map"),
    "contact": ("контакт", "контакт", "contact"),
    "hidden": ("видно только в Telegram", "видно лише в Telegram", "shown only in Telegram"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as it stands on the page."""

    number: int
    entry: Entry | None  #: None for a service message: channel created, photo changed
    withheld: str | None = None  #: Telegram's words, where they stand in the place of the post


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a post is made of, in the order of the page, without what belongs to others."""

    words: list[etree._Element] = field(default_factory=list)  # the outermost elements
    media: list[tuple[str, etree._Element]] = field(default_factory=list)
    stand_ins: list[etree._Element] = field(default_factory=list)
    first: dict[str, etree._Element] = field(default_factory=dict)  # by class
    labels: list[etree._Element] = field(default_factory=list)  # of what is not shown


def read(raw: bytes, served: Served) -> Post | None:
    """Return the post in its bytes; None where there is none that has a name and a number."""
    markup = raw.decode(errors="replace")
    message = _message(fragment(markup))
    name = "" if message is None else message.get("data-post") or ""
    named = _NAME.fullmatch(name)
    if message is None or named is None:
        return None
    if "service_message" in _classes(message):
        return Post(number=int(named[1]), entry=None)
    parts = _parts(message)
    words = "\n".join(filter(None, map(element_text, parts.words)))
    beside = _beside(parts.media, served.language, wordless=not words)
    notice = withheld(words)
    shown = bool(words or beside)
    text = "\n".join(filter(None, (words, *beside))) or f"[{_said('hidden', served.language)}]"
    forwarded, written = _forwarded(parts), _written(parts)
    said = "\0".join((name, text, forwarded or "", written))
    entry = Entry(
        id=name,
        source=served.source,
        url=f"https://t.me/{name}",
        title="",
        text=text,
        language=served.language,
        published_at=moment(written),
        author=_line(parts, f"{_OURS}from_author") or _line(parts, f"{_OURS}owner_name") or None,
        forwarded_from=forwarded,
        problem=_problem(parts, notice, shown=shown),
        fingerprint=hashlib.sha256(said.encode()).hexdigest()[:16],
        raw=raw,
    )
    return Post(number=int(named[1]), entry=entry, withheld=notice)


def withheld(text: str) -> str | None:
    """Return Telegram's own words where a text says nothing but that something is kept back."""
    flat = one_line(text)
    return flat if _NOTICE.fullmatch(flat) else None


def _message(root: etree._Element) -> etree._Element | None:
    messages = _with_class(root, "tgme_widget_message")
    return next((message for message in messages if message.get("data-post")), None)


def _parts(message: etree._Element) -> _Parts:
    parts = _Parts()
    walk = etree.iterwalk(message, events=("start",))
    for _event, element in walk:
        classes = _classes(element)
        if _STAND_IN in classes:
            parts.stand_ins.append(element)
        if _STAND_IN in classes or classes & _OTHERS:
            walk.skip_subtree()
            continue
        for name in classes:
            parts.first.setdefault(name, element)
            if name in _MEDIA:
                parts.media.append((_MEDIA[name], element))
        if _LABEL in classes and not _in_medium(element):
            parts.labels.append(element)
        if classes & _WORDS:
            parts.words.append(element)
            walk.skip_subtree()
    return parts


def _in_medium(element: etree._Element) -> bool:
    """Return whether it is about one film, of which nothing but the film is missing."""
    return any(_classes(above) & _MEDIA.keys() for above in element.iterancestors())


def _beside(
    media: Sequence[tuple[str, etree._Element]], language: str | None, *, wordless: bool
) -> list[str]:
    """Return what stands beside the words, each line in brackets."""
    named, lengths = [], []
    for kind, element in media:
        classes, names, length = _about(element)
        kind = _exact(kind, classes)  # noqa: PLW2901 - the same, known better
        if names:
            named.append(f"[{_said(kind, language)}: {', '.join(names)}]")
        else:
            lengths.append((kind, length))
    if not wordless or not lengths:
        return named
    return [f"[{', '.join(_counted(lengths, language))}]", *named]


def _about(element: etree._Element) -> tuple[frozenset[str], list[str], str]:
    """Return every class inside a medium, what it is called, and how long it takes."""
    inside: set[str] = set()
    names, length = [], ""
    for part in element.iter(etree.Element):
        classes = _classes(part)
        inside |= classes
        if classes & _NAMES and (name := one_line(element_text(part))):
            names.append(name)
        if classes & _LENGTHS:
            length = one_line(element_text(part))
    return frozenset(inside), names, length if _LENGTH.fullmatch(length) else ""


def _exact(kind: str, classes: frozenset[str]) -> str:
    if kind == "file" and "audio" in classes:
        return "audio"
    # What moves without a sound is shown as a film without a button and a length.
    if kind == "video" and not classes & {"message_video_play", *_LENGTHS}:
        return "animation"
    return kind


def _counted(media: Sequence[tuple[str, str]], language: str | None) -> Iterator[str]:
    """Yield what there is, each kind once: "4 photos", "video 0:45"."""
    lengths = dict(media)
    for kind, count in Counter(kind for kind, _ in media).items():
        if count > 1 and kind in _ALBUM:
            yield f"{count} {_said(_ALBUM[kind], language)}"
        else:
            yield f"{_said(kind, language)} {lengths[kind]}".strip()


def _said(what: str, language: str | None) -> str:
    """Return the word for something, in the language of the source or in English."""
    return _SAID[what][_LANGUAGES.index(language) if language in _LANGUAGES else -1]


def _problem(parts: _Parts, notice: str | None, *, shown: bool) -> str | None:
    """Return why the text of a post is not whole."""
    if notice:
        return f"Telegram shows only this instead of it: “{notice}”"
    label = _label(parts, shown=shown)
    if label:
        return f"the preview shows not all of it: “{label}”"
    return None if shown else "nothing in it can be read"


def _label(parts: _Parts, *, shown: bool) -> str:
    """Return what Telegram says in the place of something that it does not show."""
    hidden = (part for box in parts.stand_ins for part in _with_class(box, _LABEL))
    labels = parts.labels if shown else (*parts.labels, *hidden)
    return next((one_line(element_text(part)) for part in labels), "")


def _written(parts: _Parts) -> str:
    """Return when a post was written, as it is spelled: its own time, not a video's length."""
    date = parts.first.get(f"{_OURS}date")
    times = () if date is None else date.iter("time")
    return next((time.get("datetime") or "" for time in times), "")


def _forwarded(parts: _Parts) -> str | None:
    """Return whose words these are: a name, the @name of a public channel, and who signed there."""
    name = _line(parts, f"{_OURS}forwarded_from_name")
    if not name:
        return None
    public = _PUBLIC.match(parts.first[f"{_OURS}forwarded_from_name"].get("href") or "")
    whose = f"{name} (@{public[1]})" if public else name
    signed = _line(parts, f"{_OURS}forwarded_from_author")
    return f"{whose}, {signed}" if signed else whose


def _line(parts: _Parts, name: str) -> str:
    element = parts.first.get(name)
    return "" if element is None else one_line(element_text(element))


def _with_class(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in root.iter(etree.Element) if name in _classes(element))


def _classes(element: etree._Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())
