"""Foreign bytes to UTF-8 that any parser can take: whatever they were written in, or say they were.

Servers and editors disagree about encodings more often than not, so what the bytes themselves show
counts first: text that is valid UTF-8 and holds more than ASCII is UTF-8, whatever it claims.
"""

import codecs
import re

from monitor.collect import mojibake

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the first half of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = (  # how a document begins that has no byte order mark
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # "<?xm" on a mainframe
)
_HTTP = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,300}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_META = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*>\s*")
# Not text encodings, or ones that unpack to something else than what the page says.
_UNFIT = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
_LATIN = {"ascii", "iso8859-1", "cp1252", "latin-1"}
# What people's software really wrote when it said something smaller.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
_FEW = 20  # letters, too few to judge an encoding by
_DECLARED_CYRILLIC = {"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic"}
_CYRILLIC = ("cp1251", "koi8_u", "iso8859_5", "cp866", "mac_cyrillic")

# Two patterns and a table: one alternation would look at every byte, these look for one.
_C0 = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_SEPARATORS = re.compile(rb"[\x0b\x0c\x1c-\x1f]|\xc2\x85")
_CHARREF = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]{1,40})|0*([0-9]{1,40}));")


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Return the text of a page as valid UTF-8, without control characters or XML declaration.

    A page that is clean UTF-8 already keeps its bytes, but for white space around it, and unless it
    is UTF-8 that was encoded twice.
    """
    raw = _decoded(body, content_type)
    if len(raw.translate(None, _C0)) < len(raw) or _C1.search(raw) or _NONCHARACTER.search(raw):
        raw = _SEPARATORS.sub(b" ", raw).translate(None, _C0)
        raw = _NONCHARACTER.sub(b"", _C1.sub(b"", raw))
    if b"&#" in raw:
        raw = _CHARREF.sub(_possible_character, raw)
    raw = raw.strip()
    declaration = _DECLARATION.match(raw)
    return raw[declaration.end() :] if declaration else raw


def _decoded(body: bytes, content_type: str) -> bytes:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _recode(body[len(mark) :], name)
    # An editor's habit, which says little of what follows.
    body = body.removeprefix(codecs.BOM_UTF8)
    # Only in what people see as blank: NULs in front of a page are damage, not an encoding.
    head = body[:64].lstrip(b" \t\r\n")
    if head.count(0) * 3 >= len(head):
        for start, name in _STARTS:
            if head.startswith(start):
                return _recode(body, name)
    declared = _declared(body, content_type)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _recode(body, _best(body, declared))
    if text.isascii():
        return _seven_bit(body, declared)
    mended = mojibake.mended(text)
    return body if mended is None else mended.encode()


def _recode(body: bytes, name: str) -> bytes:
    return body.decode(name, "replace").encode(errors="replace")


def _seven_bit(body: bytes, declared: list[str]) -> bytes:
    """Return what ASCII bytes stand for: some old encodings write everything with them."""
    for name in declared:
        if name.startswith(("iso2022", "hz", "utf-7")):
            try:
                return body.decode(name).encode()
            except (UnicodeError, LookupError):
                continue
    return body


def _declared(body: bytes, content_type: str) -> list[str]:
    """Return the names that HTTP, XML and HTML give, as far as they are known encodings."""
    head = body[:1024]
    found = [_HTTP.search(content_type), _XML.search(head), _META.search(body[:2048])]
    names = []
    for match in found:
        if match is None:
            continue
        spelled = match[1].decode() if isinstance(match[1], bytes) else match[1]
        try:
            name = codecs.lookup(spelled).name
            "".encode(name)  # refuses codecs that do not make text
        except (LookupError, UnicodeError):
            continue
        if name not in _UNFIT:
            names.append(name)
    return names


def _best(body: bytes, declared: list[str]) -> str:
    """Return the encoding of bytes that are not valid UTF-8."""
    text = body.decode(errors="replace")
    bad = text.count("\ufffd")
    good = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", text))
    if good > 2 * bad:
        return "utf-8"  # a few broken bytes, not another encoding
    trusted = [name for name in declared if name != "utf-8" and name not in _LATIN]
    if len(set(trusted)) == 1 and not _is_a_lie(trusted[0], body):
        return _WIDER.get(trusted[0], trusted[0])
    if len(set(trusted)) == 1:
        trusted = []
    candidates = dict.fromkeys(
        [_WIDER.get(name, name) for name in trusted] or [*_CYRILLIC, "cp1252"]
    )
    sample = _sample(body)
    return max(candidates, key=lambda name: _plausibility(sample.decode(name, "replace")))


def _is_a_lie(name: str, body: bytes) -> bool:
    """Return whether bytes make no words in the Cyrillic encoding that they are said to be in."""
    if name not in _DECLARED_CYRILLIC:
        return False
    sample = _sample(body)
    best = max(_share_of_common(sample.decode(other, "replace")) for other in _CYRILLIC)
    return _share_of_common(sample.decode(name, "replace")) < 0.35 and best >= 0.5


def _share_of_common(text: str) -> float:
    """Return how many of the foreign letters are ones that make half of any text."""
    letters = [letter for letter in text.lower() if not letter.isascii()]
    return sum(letter in "оеаинтсрвл" for letter in letters) / max(len(letters), _FEW)


def _sample(body: bytes) -> bytes:
    """Return some of the bytes around those that are not ASCII."""
    return b" ".join(re.findall(rb"[ -~]{0,3}[\x80-\xff]+[ -~]{0,3}", body[:400_000])[:2_000])


_COMMON = frozenset("оеаинтсрвлкмдпуіяьы")


def _plausibility(text: str) -> int:
    """Return how much a text looks like what people write in these languages."""
    score = 0
    before = " "
    for letter in text:
        if letter.isascii():
            pass
        elif "а" <= letter <= "я" or letter in "ёіїєґ":
            score += (2 if letter in _COMMON else 1) - 3 * before.isascii() * before.isalpha()
        elif "А" <= letter <= "Я" or letter in "ЁІЇЄҐ":
            score += -2 if before.isalpha() else 1  # a capital inside a word
        elif letter in "«»—–…№“”„’\xa0":
            score += 1
        elif letter.isalpha() and "\xc0" <= letter <= "\xff":
            score += 1 if before.isascii() and before.isalpha() else -1  # café, but not Ïðèâåò
        else:
            score -= 3
        before = letter
    return score


def _possible_character(reference: re.Match[bytes]) -> bytes:
    """Return a numeric reference, or nothing where XML has no such character."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE:
        return reference[0]
    if 0x10000 <= code < 0x110000:
        return reference[0]
    if code > 0x1F:
        return "\ufffd".encode()
    return b" " if code in {0x0B, 0x0C} else b""
