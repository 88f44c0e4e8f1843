"""A poll costs what is new: leaving known entries out of the parse must change nothing else."""

from dataclasses import dataclass

import pytest
from feeds import read
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.collect import scan

WORDS = st.sampled_from(
    [
        *("Пожар", "під Києвом", "«ТЭЦ»", "AT&amp;T", "&#1071;", "&lt;b&gt;жир&lt;/b&gt;", "</x>"),
        *("<![CDATA[<p>абзац</p> & <item>]]>", "<!-- <item> -->", "a &gt; b", "ё", "\n", "<br/>"),
        *("&nbsp;", "a & b", "<item>внутри</item>"),
    ]
)
WELL_FORMED = st.lists(WORDS, max_size=4).map(
    lambda words: " ".join(word for word in words if word != "</x>")
)
ANY = st.lists(WORDS, max_size=4).map(" ".join)
OWN_NAMESPACE = st.sampled_from(
    ["", ' xmlns:own="http://own.example/"', ' xml:lang="uk"', " a='&gt;>'", ' rdf:about="urn:x"']
)


@dataclass(frozen=True)
class Shape:
    head: str
    tail: str
    tag: str
    fields: tuple[str, ...]


SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:y="http://news.yandex.ru"'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)
COMMON = ("title", "dc:creator", "dc:date", "media:description", "y:full-text", "category")
SHAPES = st.sampled_from(
    [
        Shape(
            f'<rss version="2.0" {SPACES}><channel><title>Лента</title><language>ru</language>',
            "</channel></rss>",
            "item",
            (*COMMON, "guid", "link", "description", "pubDate", "content:encoded", "author"),
        ),
        Shape(
            f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}><title>Лента</title>',
            "<rights>кінець</rights></feed>",
            "entry",
            (*COMMON, "id", "summary", "content", "updated", "source"),
        ),
        Shape(
            f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {SPACES}><channel><link>x</link></channel>',
            "</rdf:RDF>",
            "item",
            (*COMMON, "link", "description"),
        ),
        Shape(
            f'<r:rss xmlns:r="http://backend.userland.com/rss2" {SPACES}><r:channel>',
            "</r:channel></r:rss>",
            "r:item",
            ("r:title", "r:guid", "r:description"),
        ),
    ]
)


@st.composite
def feeds(draw: st.DrawFn, words: st.SearchStrategy[str]) -> bytes:
    """Return a feed of up to six entries."""
    shape = draw(SHAPES)
    entries = []
    for number in range(draw(st.integers(0, 6))):
        fields = draw(st.lists(st.sampled_from(shape.fields), max_size=5))
        inside = "".join(f"<{name}>{draw(words)}</{name}>" for name in fields)
        # Each its own: of two with one id, an item inside an item hides which of them it is.
        attributes = draw(OWN_NAMESPACE).replace("urn:x", f"urn:{number}")
        entries.append(f"<{shape.tag}{attributes}>{inside}</{shape.tag}>")
    between = draw(st.sampled_from(["", "\n", "<!-- < -->"]))
    text = shape.head + between.join(entries) + shape.tail
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "windows-1251"]))
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding, "replace")


def check(body: bytes, data: st.DataObject) -> None:
    whole = read(body)
    assume(whole.problem is None)  # some entry broke feedparser; others stand in for it
    marks = sorted(set(whole.fingerprints))
    fresh = data.draw(st.sets(st.sampled_from(marks)) if marks else st.just(set()))

    trimmed = read(body, known=frozenset(marks) - fresh)

    assert trimmed.fingerprints == whole.fingerprints
    # An entry that says the same as another is left out of the whole; alone, it is only itself.
    said = {(entry.id, entry.title, entry.text, entry.url) for entry in whole.entries}
    repeated = [entry for entry in trimmed.entries if entry not in whole.entries]
    assert {(entry.id, entry.title, entry.text, entry.url) for entry in repeated} <= said
    expected = [entry for entry in whole.entries if entry.fingerprint in fresh]
    assert [entry for entry in trimmed.entries if entry not in repeated] == expected


@given(feeds(WELL_FORMED), st.data())
def test_new_entries_are_read_the_same_alone_as_among_all(body: bytes, data: st.DataObject) -> None:
    check(body, data)


@given(feeds(ANY), st.data())
def test_new_entries_of_broken_feeds_too(body: bytes, data: st.DataObject) -> None:
    check(body, data)


def test_a_prefix_that_means_two_things_is_not_scanned() -> None:
    body = (
        b'<rss><channel><item xmlns:a="urn:1"><a:b/></item><item xmlns:a="urn:2"/></channel></rss>'
    )

    with pytest.raises(scan.Entangled):
        scan.strict(body)
    assert len(scan.lenient(body)) == 2


def test_an_entry_inside_an_entry_is_not_scanned() -> None:
    with pytest.raises(scan.Entangled):
        scan.strict(b"<rss><item><a><item/></a></item></rss>")


def test_the_scanner_finds_the_very_bytes() -> None:
    entries = [
        b"<item/>",
        b'<item a="/>" />',
        b"<item>/></item>",
        b"<item a='!-- >'><x:item xmlns:x='urn:x'/>x</item >",
        b"<ITEM><![CDATA[</ITEM>]]></ITEM>",
        b"<entry><!-- </entry> --></entry>",
    ]
    body = b"<rss>" + b"\n".join(entries) + b"</rss>"

    spans = scan.strict(body)

    assert spans is not None
    assert [span.of(body) for span in spans] == entries
    assert scan.trim(body, spans, {1}) == b"<rss>\n" + entries[1] + b"\n\n\n\n</rss>"
