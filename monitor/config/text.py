"""From the bytes of a file to lines that mistakes can be shown in."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from monitor.config.codes import Code
from monitor.errors import ConfigError, Problem

LARGEST: Final = 16 * 1024 * 1024

# The look-behind keeps a million digits from being tried from each of them on.
_TOKEN = re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{30,}")
_PASSWORD = re.compile(r"(://[^\s/:@]*:)([^\s/@]+)(?=@)")
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


# May stand in a value, as "\\n" in quotes, and would break or turn the line of a problem.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Spot(NamedTuple):
    """A stretch of one line; line and column count from 0, as YAML's do."""

    line: int
    column: int
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file as it was read, with the name that people know it by."""

    file: str
    text: str  #: without byte order mark; lines end with "\n"
    lines: tuple[str, ...]  #: of the text, without anything secret

    def problem(self, code: Code, message: str, spot: Spot, *, warning: bool = False) -> Problem:
        """Return a problem at that spot; no secret of the file gets into it."""
        return Problem(
            code=code.value,
            text=_CONTROL.sub(" ", mask(message)),
            file=self.file,
            line=spot.line + 1,
            column=spot.column + 1,
            length=spot.length,
            source_line=self.line(spot.line),
            warning=warning,
        )

    def line(self, number: int) -> str:
        """Return the line of that number, counted from 0; "" past the end."""
        return self.lines[number] if number < len(self.lines) else ""

    def spot(self, offset: int, length: int = 0) -> Spot:
        """Return where that character of the text stands."""
        line = self.text.count("\n", 0, offset)
        return Spot(line, offset - (self.text.rfind("\n", 0, offset) + 1), length)


def mask(text: str) -> str:
    """Return the text with stars for every bot token and every password in an address."""
    text = _TOKEN.sub(lambda found: "*" * len(found[0]), text)
    return _PASSWORD.sub(lambda found: found[1] + "*" * len(found[2]), text)


def read_text(data: bytes, file: str) -> Text:
    """Return the text of a file; raise ConfigError where it is too large or not UTF-8 text."""
    if len(data) > LARGEST:
        raise ConfigError([_whole(Code.TOO_LARGE, "this file is larger than 16 MiB", file)])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([_whole(Code.ENCODING, "this is UTF-16: save the file as UTF-8", file)])
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([_not_utf8(data, error.start, file)]) from error
    text = _text(decoded, file)
    if bad := _UNPRINTABLE.search(text.text):
        message = f"a control character (U+{ord(bad[0]):04X}) stands here: delete it"
        raise ConfigError([text.problem(Code.ENCODING, message, text.spot(bad.start(), 1))])
    return text


def _whole(code: Code, message: str, file: str) -> Problem:
    return Problem(code=code.value, text=message, file=file, line=1, column=1)


def _text(decoded: str, file: str) -> Text:
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    # YAML 1.1 counts these as line ends, editors do not: as spaces they cannot shift a place.
    text = text.replace("\x85", " ").replace("\u2028", " ").replace("\u2029", " ")
    return Text(file=file, text=text, lines=tuple(mask(text).split("\n")))


def _not_utf8(data: bytes, start: int, file: str) -> Problem:
    """Say where the first byte stands that is not UTF-8."""
    text = _text(data.decode(errors="replace").removeprefix("\ufeff"), file)
    before = data[:start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    message = (
        f"this is not UTF-8 (byte 0x{data[start]:02X}), perhaps windows-1251: "
        "save the file as UTF-8"
    )
    return text.problem(Code.ENCODING, message, text.spot(len(before), 1))


def secrets(text: Text) -> list[Problem]:
    """Return a problem for every bot token in the text, comments included."""
    message = (
        "a bot token stands here: delete it, revoke it with @BotFather if anyone else can read "
        "this file, and put it into MONITOR_TELEGRAM_TOKEN or MONITOR_TELEGRAM_TOKEN_FILE"
    )
    return [
        text.problem(Code.SECRET, message, text.spot(found.start(), len(found[0])))
        for found in _TOKEN.finditer(text.text)
    ]
