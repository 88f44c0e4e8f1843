"""The ways in which one message can be put to Telegram, from the fullest to the plainest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode

from monitor.notify.message import Part
from monitor.notify.telegram_errors import BUTTONS, PHOTO, PREVIEW

Preview = Literal["off", "small", "large"]
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way to say it."""

    text: str
    html: bool = False
    buttons: InlineKeyboardMarkup | None = None
    preview: LinkPreviewOptions = NO_PREVIEW
    photo: bytes | None = None  #: then the text is its caption

    @property
    def mode(self) -> ParseMode | None:
        """Return how Telegram is to read the text."""
        return ParseMode.HTML if self.html else None


def spellings(part: Part, preview: Preview, *, buttons: bool) -> list[Spelling]:
    """Return the ways to say it, the best first."""
    under = keyboard(part) if buttons else None
    full = Spelling(text=part.html, html=True, buttons=under, preview=previewed(part, preview))
    bare = Spelling(text=part.html, html=True)
    plain = Spelling(text=part.plain)
    if part.photo is None:
        wordy = [full, bare, plain]
    else:
        shown = [replace(one, photo=part.photo, preview=NO_PREVIEW) for one in (full, bare, plain)]
        wordy = [*shown, full, bare, plain]
    least = [] if part.edits else [Spelling(text=part.minimal)]
    return list(_once([*wordy, *least]))


def simpler(left: Iterable[Spelling], refused: Spelling, reason: str) -> list[Spelling]:
    """Return those that may be accepted where one was refused for that reason."""
    if refused.photo is not None and PHOTO.search(reason):
        return [one for one in left if one.photo is None]
    if refused.buttons is not None and BUTTONS.search(reason):
        return [one for one in left if one.buttons is None]
    if refused.preview != NO_PREVIEW and PREVIEW.search(reason):
        return [one for one in left if one.preview == NO_PREVIEW]
    # Something about the text, then. In the same form it would be refused again.
    same = (refused.photo, refused.html, refused.text)
    return [one for one in left if (one.photo, one.html, one.text) != same]


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """Return the buttons under a message as Telegram takes them."""
    if not part.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.text, callback_data=one.data) for one in row]
         for row in part.buttons]
    )  # fmt: skip


def previewed(part: Part, preview: Preview) -> LinkPreviewOptions:
    """Return how the document's address is previewed; no other address ever is."""
    if preview == "off" or part.preview is None:
        return NO_PREVIEW
    return LinkPreviewOptions(
        url=part.preview,
        prefer_small_media=True if preview == "small" else None,
        prefer_large_media=True if preview == "large" else None,
    )


def _once(spellings: Iterable[Spelling]) -> Iterator[Spelling]:
    said: list[Spelling] = []
    for one in spellings:
        if one.text and one not in said:
            said.append(one)
            yield one
