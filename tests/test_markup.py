"""Telegram's HTML, read strictly and written again."""

import pytest
from bot_api_html import Rejected, checked
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.dividing import divided
from monitor.notify.markup import Entity, Marked, MarkupError, parse, site, tidied


@pytest.mark.parametrize(
    ("html", "same"),
    [
        ("<strong>a</strong> <em>b</em> <ins>c</ins>", "<b>a</b> <i>b</i> <u>c</u>"),
        ("<strike>a</strike><del>b</del>", "<s>a</s><s>b</s>"),
        ('<span class="tg-spoiler">a</span>', "<tg-spoiler>a</tg-spoiler>"),
        ("<blockquote expandable>a</blockquote>", "<blockquote expandable>a</blockquote>"),
        (
            "<a href='https://a.example/?a&amp;b'>x</a>",
            '<a href="https://a.example/?a&amp;b">x</a>',
        ),
        ("&lt;&gt;&amp;&quot;&#39;&#x41;", "&lt;&gt;&amp;\"'A"),
        ("<b>a <b>b</b> c</b>", "<b>a b c</b>"),
        ("<b></b>x", "x"),
        ("<pre>a\n b</pre><code>c</code>", "<pre>a\n b</pre><code>c</code>"),
    ],
)
def test_what_telegram_reads_is_read(html, same):
    assert parse(html).html() == same
    assert checked(same, "HTML")[0] == parse(html).text


@pytest.mark.parametrize(
    ("html", "at"),
    [
        ("a < b", 2),
        ("a > b", 2),
        ("a & b", 2),
        ("&nbsp;", 0),
        ("&#0;", 0),
        ("&#xd800;", 0),
        ("a<br>b", 1),
        ("<b>a", 0),
        ("a</b>", 1),
        ("<b><i>a</b></i>", 7),
        ("<a>x</a>", 0),
        ("<a href=https://a.example/>x</a>", 0),
        ('<a href="javascript:alert(1)">x</a>', 0),
        ('<a href="https://a.example/" class="b">x</a>', 0),
        ('<a href="https://a.example/"><a href="https://b.example/">x</a></a>', 29),
        ("<code><b>a</b></code>", 6),
        ("<blockquote><blockquote>a</blockquote></blockquote>", 12),
        ('<span class="x">a</span>', 0),
        ('<b class="x">a</b>', 0),
        ("<!-- a -->", 0),
        ("<b/>", 0),
    ],
)
def test_what_telegram_would_refuse_is_refused_with_its_place(html, at):
    with pytest.raises(MarkupError) as caught:
        parse(html)

    assert caught.value.at == at


def test_an_entity_that_is_divided_ends_and_begins_again():
    marked = parse("<blockquote>one two <b>three four</b> five</blockquote>")

    assert [piece.html() for piece in divided(marked, 14)] == [
        "<blockquote>one two <b>three</b></blockquote>",
        "<blockquote><b>four</b> five</blockquote>",
    ]


def test_no_piece_has_more_entities_than_telegram_takes():
    marked = parse("".join(f"<b>{n}</b> " for n in range(250)))

    pieces = divided(marked)

    assert [len(piece.entities) for piece in pieces] == [100, 100, 50]
    assert " ".join(piece.text for piece in pieces).split() == [str(n) for n in range(250)]


def test_a_piece_ends_at_a_line_rather_than_at_a_word():
    assert [piece.text for piece in divided(Marked("one two\nthree four five"), 12)] == [
        "one two",
        "three four",
        "five",
    ]


def test_an_address_is_written_out_once_in_the_place_of_its_site():
    link = '<a href="https://www.a.example/1">{}</a>'
    both = parse(f"{link.format('Title')}\n{link.format('a.example')}")

    assert both.plain() == "Title\nhttps://www.a.example/1"
    assert parse(link.format("Title")).plain() == "Title (https://www.a.example/1)"
    assert parse(link.format("Title")).plain(limit=20) == "Title"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://www.ria.example/1", "ria.example"),
        ("https://t.me/mod_russia/123", "t.me/mod_russia"),
        ("https://t.me/s/mod_russia?before=9", "t.me/mod_russia"),
        ("https://t.me/c/1/2", "t.me"),
        ("http://[bad", ""),
        ("nothing", ""),
    ],
)
def test_an_address_is_named_by_its_host_and_on_telegram_by_its_channel(address, name):
    assert site(address) == name


@given(
    text=st.text(alphabet="ab \n", max_size=60),
    places=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_tidying_moves_entities_with_their_text(text, places):
    start, end = (min(place, len(text)) for place in sorted(places))
    marked = Marked(text, (Entity("b", start, end),) if end > start else ())

    tidy = tidied(marked)

    assert "\n\n\n" not in tidy.text
    assert " \n" not in tidy.text
    before = "".join(marked.text[start:end].split())
    after = "".join("".join(tidy.text[e.start : e.end] for e in tidy.entities).split())
    assert before == after


def test_the_stand_in_is_as_strict():
    for html in (
        "<code><b>a</b></code>",
        "<span>a</span>",
        "<a>x</a>",
        "\u2800\u200b",
        "<b>x</b> " * 101,
    ):
        with pytest.raises(Rejected):
            checked(html, "HTML")
