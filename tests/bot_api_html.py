"""What Telegram takes: its HTML, its lengths; the half of the stand-in that needs no server."""

import re
from html.parser import HTMLParser

LIMIT = 4096
CAPTION = 1024
ENTITIES = 100
TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "span": "spoiler",
}
# Nothing stands inside these.
CLOSED = {"code", "pre"}
_MARKUP = re.compile(r"<[^<>]*>|&(?:lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Rejected(Exception):
    """A message that Telegram would answer with 400."""


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def checked(
    text: str, parse_mode: str | None, limit: int | None = None, *, caption: bool = False
) -> tuple[str, list[dict]]:
    """Return the text without markup and its entities; raise Rejected as Telegram would.

    A caption is shorter than a text, and may be missing.
    """
    if _SURROGATE.search(text):
        raise Rejected("strings must be encoded in UTF-8")
    plain, entities = _parsed(text) if parse_mode == "HTML" else (text, [])
    if parse_mode not in {None, "HTML"}:
        raise Rejected("unsupported parse_mode")
    if not caption and not _visible(plain):
        raise Rejected("message text is empty")
    if units(plain) > (limit or (CAPTION if caption else LIMIT)):
        raise Rejected("message caption is too long" if caption else "message is too long")
    if len(entities) > ENTITIES:
        raise Rejected("too many entities")  # the real one drops the rest without a word
    return plain, entities


def _visible(text: str) -> str:
    unseen = (
        "[\\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
        "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufffc\U000e0000-\U000e0fff]"
    )
    return re.sub(unseen, "", text)


def _parsed(text: str) -> tuple[str, list[dict]]:
    rest = _MARKUP.sub("", text)
    for char in "<>&":
        if char in rest:
            raise Rejected(f"can't parse entities: unescaped '{char}'")
    parser = _Html()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise Rejected(f"can't parse entities: can't find end tag for '{parser.open[-1][0]}'")
    return "".join(parser.text), parser.entities


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text: list[str] = []
        self.open: list[tuple[str, int, str | None]] = []
        self.entities: list[dict] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        allowed = {"a": {"href"}, "blockquote": {"expandable"}, "span": {"class"}}.get(tag, set())
        if tag not in TAGS:
            raise Rejected(f"can't parse entities: unsupported start tag '{tag}'")
        if set(given) - allowed:
            raise Rejected(f"can't parse entities: attribute in '{tag}'")
        if tag == "a" and not given.get("href"):
            raise Rejected("can't parse entities: a link without an address")
        if tag == "span" and given.get("class") != "tg-spoiler":
            raise Rejected("can't parse entities: tag 'span' must have class \"tg-spoiler\"")
        if CLOSED & {name for name, *_ in self.open}:
            raise Rejected(f"can't parse entities: '{tag}' inside '{self.open[-1][0]}'")
        if tag in {name for name, *_ in self.open}:
            raise Rejected(f"can't parse entities: '{tag}' inside '{tag}'")
        self.open.append((tag, units("".join(self.text)), given.get("href")))

    def handle_startendtag(self, tag, attrs):
        raise Rejected(f"can't parse entities: '{tag}/'")

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            raise Rejected(f"can't parse entities: unexpected end tag '{tag}'")
        _, offset, href = self.open.pop()
        length = units("".join(self.text)) - offset
        if length:
            entity = {"type": TAGS[tag], "offset": offset, "length": length}
            self.entities.append({**entity, "url": href} if href else entity)

    def handle_data(self, data):
        self.text.append(data)

    def handle_entityref(self, name):
        self.text.append({"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[name])

    def handle_charref(self, name):
        code = int(name[1:], 16) if name[0] in "xX" else int(name)
        if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise Rejected("can't parse entities: no such character")
        self.text.append(chr(code))

    def handle_comment(self, data):
        raise Rejected("can't parse entities: comment")

    handle_decl = handle_pi = unknown_decl = handle_comment
