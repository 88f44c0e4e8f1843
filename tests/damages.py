"""Feeds of fifty entries, and what can happen to them on their way."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feeds import NAMESPACES, read

from monitor.model import Entry, Page

COUNT = 50
FIRST = datetime(2022, 9, 6, 6, tzinfo=UTC)
RDF = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


@dataclass(frozen=True)
class Said:
    """What an entry of a made-up feed says, by its number."""

    number: int

    @property
    def link(self) -> str:
        return f"https://news.example/2022/09/{self.number}?page=1&from=main"

    @property
    def title(self) -> str:
        return f"Сводка {self.number}: под Балаклеей слышны взрывы"

    @property
    def text(self) -> str:
        return f"Текст {self.number}: жители города сообщили о дыме над складом."

    @property
    def when(self) -> datetime:
        return FIRST + timedelta(minutes=7 * self.number)

    def is_said_by(self, entry: Entry) -> bool:
        """Whether an entry says just this."""
        said = (entry.url, entry.title, entry.text, entry.published_at)
        return said == (self.link, self.title, self.text, self.when)


ALL = tuple(map(Said, range(COUNT)))
_AMP = "&amp;"


def _rss(said: Said) -> str:
    link = said.link.replace("&", _AMP)
    return (
        f"<item><title>{said.title}</title><link>{link}</link>"
        f'<guid isPermaLink="false">n-{said.number}</guid>'
        f"<description><![CDATA[<p>{said.text}</p>]]></description>"
        f"<pubDate>{said.when:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    )


def _atom(said: Said) -> str:
    link = said.link.replace("&", _AMP)
    return (
        f'<entry><title>{said.title}</title><link rel="alternate" href="{link}"/>'
        f"<id>tag:news.example,2022:{said.number}</id>"
        f'<summary type="html">&lt;p&gt;{said.text}&lt;/p&gt;</summary>'
        f"<published>{said.when:%Y-%m-%dT%H:%M:%SZ}</published></entry>"
    )


def _rdf(said: Said) -> str:
    link = said.link.replace("&", _AMP)
    return (
        f'<item rdf:about="{link}"><title>{said.title}</title><link>{link}</link>'
        f"<description>&lt;p&gt;{said.text}&lt;/p&gt;</description>"
        f"<dc:date>{said.when:%Y-%m-%dT%H:%M:%SZ}</dc:date></item>"
    )


@dataclass(frozen=True)
class Format:
    head: str
    spell: Callable[[Said], str]
    tail: str
    name: str  #: of the element that an entry is


FORMATS = {
    "rss": Format(
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" {NAMESPACES}><channel>'
        "<title>Лента</title><link>https://news.example/</link>",
        _rss,
        "</channel></rss>",
        "item",
    ),
    "atom": Format(
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        "<title>Лента</title><id>tag:news.example,2022:feed</id>",
        _atom,
        "</feed>",
        "entry",
    ),
    "rdf": Format(
        f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF {RDF}>'
        '<channel rdf:about="https://news.example/"><title>Лента</title></channel>',
        _rdf,
        "</rdf:RDF>",
        "item",
    ),
}


@dataclass(frozen=True)
class Case:
    """A damaged feed, and which of its entries are as they were."""

    body: bytes
    valid: frozenset[int]


Damage = Callable[[bytes, int, str], bytes]
"""From an entry, the place in it and the name of its element to what is left of it."""


def _insert(what: bytes) -> Damage:
    return lambda raw, at, _name: raw[:at] + what + raw[at:]


def _half_tag(raw: bytes, at: int, _name: str) -> bytes:
    return raw[:at] + b"<desc" + raw[at:]


def _twice(raw: bytes, _at: int, name: str) -> bytes:
    return raw.replace(f"<{name}".encode(), f'<{name} a="1" a="2"'.encode(), 1)


def _no_end(raw: bytes, _at: int, name: str) -> bytes:
    return raw.removesuffix(f"</{name}>".encode())


def _half_end(raw: bytes, _at: int, name: str) -> bytes:
    return raw.removesuffix(f"{name}>".encode())


def _no_start(raw: bytes, _at: int, _name: str) -> bytes:
    return raw[raw.index(b"<title>") :]


def _unclosed(name: bytes) -> Damage:
    return lambda raw, _at, _name: re.sub(rb"</" + name + rb">", b"", raw, count=1)


def _cut_inside(raw: bytes, at: int, _name: str) -> bytes:
    return raw[:at]


def _open_cdata(raw: bytes, at: int, _name: str) -> bytes:
    return raw.replace(b"]]>", b"") if b"]]>" in raw else raw[:at] + b"<![CDATA[" + raw[at:]


def _nested_cdata(raw: bytes, _at: int, _name: str) -> bytes:
    inner = b"<![CDATA[a <![CDATA[b]]> c]]>"
    return re.sub(rb"(<(description|summary)[^>]*>).*?</", rb"\1" + inner + b"</", raw, count=1)


INSERTED: dict[str, bytes] = {
    "an unclosed <b>": b"<b>",
    "a stray </b>": b"</b>",
    "a stray </title>": b"</title>",
    "a stray </channel>": b"</channel>",
    "a bare <": b" 5 < 6 ",
    "a bare < before a letter": b" a<b ",
    "a bare &": b" R&D & ",
    "a control character": b"\x0b\x01",
    "a NUL": b"\0\0",
    "an invalid byte": b"\xd0",
    "half of Windows-1251": "взрыв".encode("cp1251"),
    "a surrogate": b"\xed\xa0\x80",
    "an unknown entity": b"&nosuch;&laquo;",
    "an impossible reference": b"&#0;&#xD800;&#99999999;",
    "an undeclared prefix": b"<zz:mark>1</zz:mark>",
    "a stray ]]>": b"]]>",
    "a comment that never ends": b"<!-- ",
    "a comment with --": b"<!-- a -- b -->",
    "a processing instruction that never ends": b"<?php echo ",
    "an unquoted attribute": b"<br clear=all>",
    "an open quote in a tag": b'<a href="x>',
    "a document type": b"<!DOCTYPE html>",
    "an item in it": b"<item><title>x</title></item>",
}
"""What can stand in an entry, or in the head of a feed, that should not."""

IN_ENTRY: dict[str, Damage] = {
    **{name: _insert(what) for name, what in INSERTED.items()},
    "an attribute twice": _twice,
    "a CDATA that never ends": _open_cdata,
    "a CDATA in a CDATA": _nested_cdata,
    "half a tag": _half_tag,
    "no end tag": _no_end,
    "half an end tag": _half_end,
    "no start tag": _no_start,
    "no </title>": _unclosed(b"title"),
    "no </description>": _unclosed(b"(?:description|summary)"),
    "no end after a place": _cut_inside,
}
"""What can happen inside an entry."""

PHP = b"<br />\n<b>Warning</b>: mysql_connect() in <b>/www/rss.php</b> on line <b>12</b><br />\n"
HTML = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1><hr>"
    "<p>Сервис недоступен</body></html>"
).encode()
BETWEEN: dict[str, bytes] = {
    "text": "мусор между записями".encode(),
    "a PHP warning": PHP,
    "a bare < and &": b" < & ",
    "NULs": b"\0" * 20,
    "an unclosed <div>": b"<div>",
    "a stray </div>": b"</div>",
    "half a tag": b"<ite",
    "an XML declaration": b'<?xml version="1.0"?>',
    "a second head": b'<rss version="2.0"><channel><title>x</title>',
    "a stray end tag of an entry": b"</item></entry>",
    "a stray start tag of an entry": b"<item>",
    "]]>": b"]]>",
    "an HTML page": HTML,
    "an invalid byte": b"\xff\xfe",
    "a comment that never ends": b"<!-- ",
    "a CDATA that never ends": b"<![CDATA[",
}
"""What can stand between two entries."""


def whole(name: str) -> bytes:
    """Return a feed without damage."""
    form = FORMATS[name]
    return (form.head + "\n".join(map(form.spell, ALL)) + form.tail).encode()


def _places(raw: bytes) -> dict[str, int]:
    title = raw.index("под".encode())
    link = raw.index(b"page=1")
    text = raw.index("жители".encode())
    return {
        "title": title,
        "link": link,
        "text": text,
        "between fields": raw.index(b"</title>") + 8,
    }


def inside(
    name: str, damage: str, numbers: Sequence[int] = (0, 1, 24, COUNT - 2, COUNT - 1)
) -> Iterator[tuple[str, Case]]:
    """Yield a feed with this damage in every place of these entries."""
    form = FORMATS[name]
    for number in numbers:
        raws = [form.spell(said).encode() for said in ALL]
        for place, at in _places(raws[number]).items():
            changed = [*raws]
            changed[number] = IN_ENTRY[damage](raws[number], at, form.name)
            body = form.head.encode() + b"\n".join(changed) + form.tail.encode()
            yield f"{number}, {place}", Case(body, frozenset(range(COUNT)) - {number})


def in_head(name: str, damage: str) -> Iterator[tuple[str, Case]]:
    """Yield a feed with this in its own title, and before and behind that."""
    body = whole(name)
    title = body.index("Лента".encode())
    for place, at in (("before", title - 7), ("in", title + 4), ("behind", title + 18)):
        yield (
            f"{place} the title",
            Case(body[:at] + INSERTED[damage] + body[at:], frozenset(range(COUNT))),
        )


def between(name: str, damage: str) -> Iterator[tuple[str, Case]]:
    """Yield a feed with this between its head and its entries, between two, and at its end."""
    form = FORMATS[name]
    raws = [form.spell(said).encode() for said in ALL]
    for number in (0, 1, 25, COUNT - 1, COUNT):
        pieces = [*raws[:number], BETWEEN[damage], *raws[number:]]
        body = form.head.encode() + b"\n".join(pieces) + form.tail.encode()
        yield f"before {number}", Case(body, frozenset(range(COUNT)))


def around(name: str) -> Iterator[tuple[str, Case]]:
    """Yield a feed that is cut, or has something before or after it."""
    body = whole(name)
    everything = frozenset(range(COUNT))
    declared = body.index(b"?>") + 2
    yield "a mark and blank lines before", Case(b"\xef\xbb\xbf\r\n\n " + body, everything)
    yield "blank lines and a mark before", Case(b"\n\n\xef\xbb\xbf" + body, everything)
    yield "a PHP warning before", Case(PHP + body, everything)
    yield "NULs before", Case(b"\0\0\0" + body, everything)
    yield "NULs after", Case(body + b"\0" * 512, everything)
    yield "an HTML page after", Case(body + HTML, everything)
    yield "a PHP warning after", Case(body + PHP, everything)
    yield "a script after", Case(body + b"<script>if (a < b && c) {}</script>", everything)
    yield "the feed twice", Case(body + body, everything)
    yield "two XML declarations", Case(body[:declared] + body, everything)
    yield "NULs after each tag", Case(body.replace(b">", b">\0"), everything)
    for percent in (5, 33, 50, 66, 95):
        at = len(body) * percent // 100
        left = frozenset(n for n in everything if body.index(f"Сводка {n}:".encode()) < at)
        yield f"cut at {percent} %", Case(body[:at], left - {max(left, default=0)})
    half = len(body) // 2
    gone = body.index(b"</" + FORMATS[name].name.encode(), half) - half + 3
    hurt = {
        n for n in everything if f"Сводка {n}:".encode() in body[half - 900 : half + gone + 400]
    }
    yield "a hole in the middle", Case(body[:half] + body[half + gone :], everything - hurt)
    for end in (b"</channel></rss>", b"</feed>", b"</rdf:RDF>"):
        body = body.removesuffix(end)
    yield "no end", Case(body, everything)


@dataclass
class Measured:
    """What came out of a damaged feed."""

    page: Page | None
    right: int
    valid: int
    wrong: list[Entry]  #: which say what nobody said
    swallowed: list[Entry]  #: which say what others said as well


def measure(case: Case) -> Measured:
    """Read a damaged feed, and count what of it is right."""
    page = read(case.body)
    by_link = {said.link: said for said in ALL}
    right, wrong, swallowed = set(), [], []
    for entry in page.entries:
        own = next((said for said in ALL if said.is_said_by(entry)), None)
        if own is not None:
            right.add(own.number)
            continue
        told = {int(n) for n in re.findall(r"(?:Сводка|Текст) (\d+):", entry.title + entry.text)}
        if len(told) > 1:
            swallowed.append(entry)
        if told & case.valid or by_link.get(entry.url, Said(-1)).number in case.valid:
            wrong.append(entry)
    return Measured(page, len(right & case.valid), len(case.valid), wrong, swallowed)
