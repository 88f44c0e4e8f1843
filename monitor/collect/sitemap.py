"""Sitemaps to entries: those for news, which carry titles and dates, and plain ones.

A sitemap is a list of addresses: an entry has no text, and in a plain one no title either; the
article's own page says both.
"""

import hashlib
import html
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from monitor.collect import entries
from monitor.collect.charset import to_utf8
from monitor.collect.dates import home_zone, moment
from monitor.collect.entries import Item, Origin
from monitor.collect.links import absolute
from monitor.collect.plaintext import one_line
from monitor.collect.selecting import document, title_of
from monitor.collect.served import Served
from monitor.collect.walls import wall
from monitor.errors import Cause, PageError
from monitor.model import Page

_GZIP = b"\x1f\x8b"
_LARGEST = 16 * 2**20  # bytes, unpacked
_ROOT = re.compile(
    rb"<(?:[A-Za-z0-9_-]{1,40}:)?(urlset|sitemapindex|rss|feed|html)(?=[\s/>])", re.IGNORECASE
)
_ENTITIES = "it declares its own entities, which are not expanded"
_BROKEN = "it breaks off before its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Url:
    """One address of a sitemap, with what is said of it."""

    loc: str = ""
    lastmod: str = ""
    title: str = ""
    published: str = ""
    language: str = ""
    raw: bytes = b""

    @property
    def fingerprint(self) -> str:
        said = f"{self.loc}\0{self.lastmod}\0{self.title}\0{self.published}"
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16]


def read(served: Served) -> Page:
    """Return the addresses in a sitemap whose fingerprints are not known, oldest first.

    Takes sitemaps for news and plain ones, packed with gzip or not. Where nobody says when a page
    was published, it is when it was last changed. Of very many the newest are read first. An index
    of sitemaps has no entries, and `problem` names the sitemap to ask for instead. Raises PageError
    for what is no sitemap.
    """
    text = to_utf8(_unpacked(served.body), served.content_type)
    if not text:
        raise PageError("the body is empty", Cause.EMPTY)
    found = _ROOT.search(text[:10_000])
    kind = found[1].lower() if found else b""
    if kind == b"sitemapindex":
        return _index(list(_urls(text, "sitemap")), served.url)
    if kind != b"urlset":
        raise _instead(text, kind)
    problems = []
    if b"<!ENTITY" in text[: found.start() if found else 0].upper():
        problems.append(_ENTITIES)
    if b"urlset" not in text[-200:].lower():
        problems.append(_BROKEN)
    return _page(list(_urls(text, "url")), problems, served)


def _page(urls: Sequence[_Url], problems: Sequence[str], served: Served) -> Page:
    zone = home_zone(served.country)
    named = [url for url in urls if url.loc]

    def age(url: _Url) -> datetime:
        said = moment(url.published, zone) or moment(url.lastmod, zone)
        return said or datetime.min.replace(tzinfo=UTC)

    newest_first = sorted(named, key=age, reverse=True)
    fingerprints = [url.fingerprint for url in newest_first]
    choice = entries.choose(fingerprints, served.known)
    language = next((url.language[:2].lower() for url in named if url.language), None)
    origin = Origin(
        url=served.url, source=served.source, language=served.language or language, zone=zone
    )
    items = {number: _item(newest_first[number]) for number in choice.new}
    raws = [url.raw for url in newest_first]
    page = entries.assemble(items, raws, fingerprints, choice, origin)
    said = [*problems, *filter(None, [page.problem])]
    if len(named) < len(urls):
        said.append(f"{len(urls) - len(named)} of {len(urls)} entries have no address")
    return Page(
        entries=page.entries,
        fingerprints=page.fingerprints,
        problem="; ".join(said) or None,
        cause=Cause.INCOMPLETE if said else None,
    )


def _item(url: _Url) -> Item:
    return Item(link=url.loc, title=url.title, published=url.published, updated=url.lastmod)


def _index(children: Sequence[_Url], base: str) -> Page:
    """Return an empty page that says which of an index's sitemaps a source should name."""
    addresses = {absolute(child.loc, base): child.lastmod for child in children}
    named = [url for url in addresses if url]
    news = [url for url in named if "news" in urlsplit(url).path.lower()]
    best = max(news or named, key=addresses.__getitem__, default=None)
    mend = f": put `url: {best}` instead" if best else ", and names none"
    problem = f"it is an index of {len(children)} sitemaps{mend}"
    return Page(entries=(), fingerprints=(), problem=problem, cause=Cause.NOT_A_FEED)


def _urls(text: bytes, name: str) -> Iterator[_Url]:
    """Yield what a sitemap lists, one after the other, so that a long one needs little memory."""
    walk = etree.iterparse(
        io.BytesIO(text),
        events=("end",),
        tag=f"{{*}}{name}",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _event, element in walk:
            yield _url(element)
            element.clear()
            while (before := element.getprevious()) is not None:
                before.getparent().remove(before)
    except etree.XMLSyntaxError:
        return  # what was read before it stands; that the end is missing is said


def _url(element: etree._Element) -> _Url:
    said: dict[str, str] = {}
    for child in element:
        said.setdefault(_name(child), one_line(child.text or ""))
        if _name(child) == "news":
            for part in child.iter():
                said.setdefault(f"news:{_name(part)}", one_line(part.text or ""))
    return _Url(
        loc=said.get("loc", ""),
        lastmod=said.get("lastmod", ""),
        title=one_line(html.unescape(said.get("news:title", ""))),
        published=said.get("news:publication_date", ""),
        language=said.get("news:language", ""),
        raw=etree.tostring(element, encoding="utf-8", with_tail=False),
    )


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _unpacked(body: bytes) -> bytes:
    """Return a body without gzip around it, as far as it goes."""
    if not body.startswith(_GZIP):
        return body
    pieces: list[bytes] = []
    room = _LARGEST
    while body.startswith(_GZIP):  # one packed file may be several, one behind the other
        unpacker = zlib.decompressobj(wbits=31)
        try:
            pieces.append(unpacker.decompress(body, room + 1))
        except zlib.error as error:
            raise PageError(f"it cannot be unpacked ({error})") from error
        room -= len(pieces[-1])
        if room < 0:
            limit = f"it is more than {_LARGEST // 2**20} MB when it is unpacked"
            raise PageError(limit, Cause.TOO_LARGE)
        body = unpacker.unused_data
    return b"".join(pieces)


def _instead(text: bytes, kind: bytes) -> PageError:
    """Return what a page is that is no sitemap."""
    if kind in {b"rss", b"feed"}:
        return PageError("not a sitemap: a feed, which `spider: feed` reads", Cause.NOT_A_FEED)
    if kind == b"html" or text[:1] == b"<":
        root, _whole = document(text)
        title = title_of(root)
        called = f" titled “{title}”" if title else ""
        return wall(root, text) or PageError(f"not a sitemap: a page{called}", Cause.NOT_A_FEED)
    start = one_line(text[:60].decode(errors="replace"))
    return PageError(f"not a sitemap: it begins with “{start}”", Cause.NOT_A_FEED)
