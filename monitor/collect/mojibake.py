"""Text that was misread before it reached us: seen, and mended where that can be done.

Which bytes a page is made of is for `charset`. This is about pages whose own software has misread
its database, and serves the result in good UTF-8.
"""

import codecs
import re
from itertools import islice

_SAMPLE = 60  # words that are not ASCII: enough to see that a page is none that was misread
_FEWEST = 3  # characters that must be wrong before a text is


def _table(name: str) -> str:
    """Return what each byte is in an encoding; itself where it is nothing, as browsers do."""
    letters = (bytes([byte]).decode(name, "ignore") or chr(byte) for byte in range(256))
    return "".join(letters)


_WINDOWS_1251, _WINDOWS_1252 = _table("cp1251"), _table("cp1252")
_BYTES_1251 = {ord(letter): byte for byte, letter in enumerate(_WINDOWS_1251)}
# Latin-1 is what many mean by Windows-1252, and the other way round.
_BYTES_1252 = {byte: byte for byte in range(256)} | {
    ord(letter): byte for byte, letter in enumerate(_WINDOWS_1252)
}

_CONTROLS = "".join(map(chr, range(0x80, 0xA0)))


def _class(letters: str) -> str:
    return "[" + re.escape("".join(set(letters))) + "]"


# The second bytes of Cyrillic letters in UTF-8, as they look when they are taken for letters.
_AFTER_1251 = _class(_WINDOWS_1251[0x80:0xC0].replace("\xa0", ""))
_AFTER_1252 = _class((_WINDOWS_1252[0x80:0xC0] + _CONTROLS).replace("\xa0", ""))
# Where those second bytes are control characters, they may be gone by now.
_UTF8_AS_1251 = re.compile(rf"(?:[РСТ]{{1,2}}{_AFTER_1251}){{3,}}")
_UTF8_AS_1252 = re.compile(
    rf"(?:[ÐÑÒ]{{1,6}}{_AFTER_1252}){{2,}}|[ÐÑ]{{5,}}|(?:[ÃÂ]|â€){_AFTER_1252}"
)
_CYRILLIC_AS_1252 = re.compile(r"(?<![A-Za-zÀ-ÿ])[À-ÿ¨¸²³ª¯º¿¥´]{4,}(?![A-Za-zÀ-ÿ])")
_LOST = re.compile("\ufffd")
_QUESTION_MARKS = re.compile(r"(?<![^\s«“„\"'(\[\-])\?{2,}(?![^\s»”“\"')\],.:;!\-])")

_KINDS = (
    (_UTF8_AS_1251, 0.3, "UTF-8 was read as Windows-1251"),
    (_UTF8_AS_1252, 0.3, "UTF-8 was read as Latin-1"),
    (_CYRILLIC_AS_1252, 0.3, "a Cyrillic encoding was read as Latin-1"),
    (_LOST, 0.1, "letters were replaced by \ufffd"),
)


def kind(text: str) -> str | None:
    """Return how a text came to be mojibake, for a person; None where it is none."""
    if not text.isascii():
        foreign = sum(not (letter.isascii() or letter.isspace()) for letter in text)
        for pattern, share, name in _KINDS:
            wrong = sum(len(found[0]) for found in pattern.finditer(text))
            if wrong >= _FEWEST and wrong >= share * foreign:
                return name
    marks = _QUESTION_MARKS.findall(text) if "??" in text else []
    if len(marks) > 1 and sum(map(len, marks)) > 7 and 3 * len(marks) >= len(text.split()):
        return "letters were replaced by question marks"
    return None


def mended(text: str) -> str | None:
    """Return what a page says all of which was misread in one way; None for any other page.

    Nothing is guessed: there is one way back, and it leads from every character to another one.
    """
    words = islice(re.finditer(r"[^\x00-\x7f]+", text), _SAMPLE)
    sample = "".join(found[0] for found in words)
    if len(sample) < 2 * _FEWEST:
        return None
    for table in (_BYTES_1251, _BYTES_1252):
        if _utf8_of(sample, table) is not None:
            return _utf8_of(text, table)
    return None


def _utf8_of(text: str, table: dict[int, int]) -> str | None:
    try:
        raw, _ = codecs.charmap_encode(text, "strict", table)
        return raw.decode()
    except UnicodeError:
        return None
