"""What Telegram asks of buttons, pictures, previews and commands; it needs no server."""

import json
import re
from urllib.parse import urlsplit

from bot_api_html import Rejected

#: Of a callback's data, in bytes.
DATA = 64
ROWS, ACROSS, BUTTONS = 100, 8, 100
PICTURE = 10 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_ACTIONS = {"callback_data", "url", "switch_inline_query", "copy_text"}
_PREVIEW = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}


def keyboard(given: str | None) -> list[list[dict]]:
    """Return the inline buttons, row by row."""
    if not given:
        return []
    markup = _object(given, "reply keyboard markup")
    if set(markup) - {"inline_keyboard"}:
        return []  # keyboards of other kinds are not kept
    rows = markup.get("inline_keyboard", [])
    if len(rows) > ROWS or sum(map(len, rows)) > BUTTONS or any(len(row) > ACROSS for row in rows):
        raise Rejected("reply markup is too long")
    for row in rows:
        for button in row:
            _button(button)
    return [row for row in rows if row]


def _button(button: dict) -> None:
    if not str(button.get("text", "")).strip():
        raise Rejected('can\'t parse inline keyboard button: field "text" must be non-empty')
    actions = _ACTIONS & set(button)
    if len(actions) != 1:
        raise Rejected(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= DATA:
        raise Rejected("BUTTON_DATA_INVALID")
    if "url" in button and not _is_web(button["url"]):
        raise Rejected("BUTTON_URL_INVALID")


def preview(given: str | None) -> dict:
    """Return the link preview's options."""
    options = _object(given, "link preview options") if given else {}
    if set(options) - _PREVIEW:
        raise Rejected("can't parse link preview options")
    if options.get("prefer_small_media") and options.get("prefer_large_media"):
        raise Rejected("can't parse link preview options: small and large")
    if "url" in options and not _is_web(options["url"]):
        raise Rejected("WEBPAGE_URL_INVALID")
    return options


def answered(given: str | None) -> tuple[int | None, bool]:
    """Return which message is answered, and whether it may be missing."""
    if not given:
        return None, True
    reply = _object(given, "reply parameters")
    number = reply.get("message_id")
    if not isinstance(number, int):
        raise Rejected("can't parse reply parameters")
    return number, bool(reply.get("allow_sending_without_reply"))


def picture(data: bytes) -> None:
    """Take a PNG or JPEG of a size and shape that Telegram takes."""
    if len(data) > PICTURE:
        raise Rejected("file is too big")
    if not data:
        raise Rejected("file must be non-empty")
    if data.startswith(_JPEG):
        return
    if not data.startswith(_PNG) or len(data) < 24:
        raise Rejected("IMAGE_PROCESS_FAILED")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise Rejected("PHOTO_INVALID_DIMENSIONS")


def commands(given: str) -> list[dict]:
    """Return the commands that a menu is to show."""
    listed = json.loads(given or "[]")
    for one in listed:
        name, said = one.get("command", ""), one.get("description", "")
        if not re.fullmatch("[a-z0-9_]{1,32}", name) or not 1 <= len(said) <= 256:
            raise Rejected("BOT_COMMAND_INVALID")
    if len(listed) > 100:
        raise Rejected("BOT_COMMANDS_TOO_MUCH")
    return listed


def webhook(url: str, secret: str) -> None:
    """Take an address to which updates may be brought, and the word that proves where from."""
    if not url.startswith("https://") or not _is_web(url):
        raise Rejected("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch("[A-Za-z0-9_-]{0,256}", secret):
        raise Rejected("secret token contains unallowed characters")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https", "tg"} and bool(parts.netloc) and " " not in url


def _object(given: str, what: str) -> dict:
    try:
        found = json.loads(given)
    except ValueError:
        raise Rejected(f"can't parse {what} JSON object") from None
    if not isinstance(found, dict):
        raise Rejected(f"object expected as {what}")
    return found
