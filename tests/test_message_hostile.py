"""Whatever anybody writes, Telegram takes it: 0 rejections, in every form and language.

`MONITOR_TEST_PROFILE=long` tries 10,000 random strings and more; the ordinary profile some.
"""

import string
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot_api_html import CAPTION, LIMIT, checked, units
from hypothesis import given, settings
from hypothesis import strategies as st
from said import NOON, alert, delivery, match, notice
from told import RULES, digest, flood, png

from monitor.model import Hit, Kind, Provenance, Severity
from monitor.model.telling import Copy, Form, Gathered, News, StatusBoard, Story
from monitor.notify.dividing import divided
from monitor.notify.markup import Marked, parse
from monitor.notify.message import Look, messages
from monitor.notify.phrases import PHRASES
from monitor.notify.template import BRIEF, FULL, Template

KYIV = ZoneInfo("Europe/Kyiv")
LONG = settings().max_examples > 1000
OWN = Template(
    "own",
    "<u>{{ headline }}</u>{% for p in body %}<i>{{ p }}</i> {{ p|truncate(20)|upper }}{% endfor %}"
    "<code>{{ source.name|trim }}</code>{{ also|length }}{{ tags|join(',') }}",
)

nasty = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=200),
    st.text(alphabet="<>&\"'/ab; #x{}%", max_size=200),
    st.text(
        alphabet="\ud83d\ude00\u202e\u2066\u2069\u0301\u0336\u200d\u200b👩🇺🇦א\x00\x07\n\r\u2028",
        max_size=200,
    ),
    st.builds(lambda s, n: s * n, st.text(min_size=1, max_size=12), st.integers(1, 3000)),
)
provenances = st.builds(
    Provenance,
    id=st.just("x"),
    name=nasty,
    country=st.text(alphabet=string.ascii_lowercase + "я", max_size=3),
    kind=st.sampled_from(Kind),
    language=st.none(),
)
urls = st.just("https://ria.example/1") | nasty.map(lambda s: f"https://e.example/{s}") | nasty
moments = st.integers(-20 * 365 * 24 * 60, 8 * 365 * 24 * 60).map(
    lambda minutes: NOON + timedelta(minutes=minutes)
)
copies = st.builds(
    Copy, ref=st.sampled_from(("k3f9q2", "aaaaaa", "b")), source=provenances, title=nasty, url=urls,
    at=moments,
)  # fmt: skip
stories = st.builds(
    Story, id=st.integers(1, 99), first=copies, copies=st.lists(copies, max_size=20)
)
matches = st.builds(
    match, title=nasty, severity=st.sampled_from(Severity), tags=st.lists(nasty, max_size=3)
)
news = st.none() | st.builds(
    News,
    sides=st.lists(
        st.tuples(st.sampled_from(("ru", "ua", "x")), st.sampled_from(Kind)), max_size=3
    ),
    rules=st.just(("reshuffling",)),
    severity=st.none() | st.sampled_from(Severity),
)


@st.composite
def alerts(draw):
    title, text = draw(nasty), draw(nasty)
    edges = [0, 1, 2, 3, len(text) // 2, len(text) - 1, len(text), len(text) + 5]
    told = alert(
        title,
        text,
        *draw(st.lists(matches, min_size=1, max_size=12)),
        source=draw(provenances),
        published=draw(st.none() | moments),
        revision=draw(st.sampled_from((1, 2))),
        forwarded_from=draw(st.none() | nasty),
        url=draw(urls),
    )
    places = st.tuples(
        st.sampled_from(("title", "text")), st.sampled_from(edges), st.sampled_from(edges)
    )
    hits = tuple(
        Hit(field=field, start=a, end=b, text="", term=str(a))
        for field, a, b in draw(st.lists(places, max_size=6))
    )
    told = replace(told, matches=tuple(replace(each, hits=hits) for each in told.matches))
    return replace(told, story=draw(st.none() | stories), news=draw(news))


def boards(text):
    return StatusBoard(text=text, raised_at=NOON)


def digests(name, picture):
    told = digest(png(8, 8) if picture else None)
    return replace(
        told,
        blind=(name,) * 20,
        counts=[replace(each, title=name) for each in told.counts] * 5,
        stories=[replace(each, first=replace(each.first, title=name)) for each in told.stories] * 3,
    )


def lists(told, number, gathered):
    listed = [replace(told, ref=f"l{n:05}") for n in range(number)]
    return replace(flood(1), alerts=listed, gathered=gathered)


deliveries = st.one_of(
    st.builds(
        delivery,
        alerts(),
        form=st.sampled_from((Form.ALERT, Form.EDIT, Form.COPIES, Form.REPLY)),
        root=st.sampled_from(((), ("1",), ("1", "2"))),
    ),
    st.builds(
        delivery,
        st.builds(lists, alerts(), st.integers(1, 120), st.sampled_from(Gathered)),
        form=st.just(Form.LIST),
    ),
    st.builds(delivery, st.builds(notice, nasty, nasty), form=st.just(Form.NOTICE)),
    st.builds(delivery, st.builds(digests, nasty, st.booleans()), form=st.just(Form.DIGEST)),
    st.builds(delivery, st.builds(boards, nasty), form=st.just(Form.STATUS)),
)
looks = st.builds(
    Look,
    zone=st.just(KYIV),
    language=st.sampled_from(tuple(PHRASES)),
    template=st.sampled_from((FULL, FULL, BRIEF, OWN)),
    buttons=st.booleans(),
)


@settings(max_examples=10_000 if LONG else 150)
@given(told=deliveries, look=looks, repeat=st.booleans(), sent=st.integers(0, 2))
def test_telegram_takes_whatever_anybody_writes(told, look, repeat, sent):
    parts = messages(replace(told, uncertain=repeat, parts_sent=sent), look)

    assert parts
    for part in parts:
        limit = CAPTION if part.photo else LIMIT
        checked(part.html, "HTML", limit)
        checked(part.plain, None, limit)
        checked(part.minimal, None, limit)
        assert all(len(key.data.encode()) <= 64 for row in part.buttons for key in row)
    assert len(parts) == len(messages(told, look))
    if told.form is Form.EDIT and told.root:
        assert len(parts) <= len(told.root)


@settings(max_examples=2_000 if LONG else 60)
@given(text=nasty, limit=st.integers(40, 600))
def test_nothing_of_a_long_text_is_lost_or_torn(text, limit):
    clean = text.encode("utf-8", "replace").decode()

    pieces = divided(Marked(clean), limit)

    assert all(units(piece.text) <= limit for piece in pieces)
    kept = "".join("".join(piece.text for piece in pieces).split())
    seen = "".join(checked_or_nothing(piece) for piece in pieces)
    assert "".join(seen.split()) == kept
    if len(pieces) > 1 and clean.isprintable():
        assert kept == "".join(clean.split())


def checked_or_nothing(piece):
    return checked(piece.html(), "HTML")[0]


@settings(max_examples=2_000 if LONG else 60)
@given(
    words=st.lists(
        st.tuples(st.sampled_from(("b", "i", "s", "tg-spoiler", "a", "blockquote")), nasty)
    ),
    limit=st.integers(40, 400),
)
def test_what_is_marked_stays_marked_where_it_is_divided(words, limit):
    clean = [
        (tag, word.encode("utf-8", "replace").decode().replace("\0", "")) for tag, word in words
    ]
    html = "".join(
        f'<{tag} href="https://a.example/">{escaped(word)}</a>'
        if tag == "a"
        else f"<{tag}>{escaped(word)}</{tag}>"
        for tag, word in clean
    )

    pieces = divided(parse(html), limit)

    for piece in pieces:
        text, entities = checked(piece.html(), "HTML", limit)
        assert text == piece.text
        marked = sum(e["length"] for e in entities)
        assert marked <= units(text)
        assert "".join(text.split()) == "" or marked
    assert len(RULES) == 2


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
