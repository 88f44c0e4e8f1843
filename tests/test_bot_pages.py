"""What the bot says is always accepted, whatever people and sites wrote."""

import string
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import checked
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Fate, Reason, Severity, Silence, State
from monitor.notify import bot_says as says
from monitor.notify.bot_desk import (
    Found,
    Heard,
    Hushed,
    Matched,
    Place,
    RuleLine,
    Searched,
    Sights,
    Unseen,
    Why,
)
from monitor.notify.bot_pages import LIMIT, MOST_PAGES, Piece, bold, code, link, pages
from monitor.notify.bot_phrases import LANGUAGES, PHRASES, phrase, spoken
from monitor.notify.bot_words import COMMANDS, FATES, MONTHS, REASONS, STATES
from monitor.notify.legible import units

NOON = datetime(2022, 9, 10, 9, tzinfo=UTC)
NOW = says.Now(moment=NOON + timedelta(days=400), zone=ZoneInfo("Europe/Kyiv"))
WILD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&\"'`\u202e\u2066\u2069\u0301\ud800\udfff\x00\r\n\ufeff👨‍👩‍👧🇺🇦"),
    ),
    max_size=800,
)
PIECES = st.one_of(
    WILD,
    st.builds(bold, WILD),
    st.builds(code, WILD),
    st.builds(link, WILD, st.one_of(WILD, st.just("https://ria.example/?a=1&b=<2>" + "x" * 900))),
)
LINES = st.lists(st.lists(PIECES, max_size=8), max_size=40)


@given(LINES)
def test_no_text_of_anybody_breaks_an_answer(lines):
    for page in pages(lines):
        text, _ = checked(page.html, "HTML")
        assert 0 < units(text) <= LIMIT
        plain, _ = checked(page.plain, None)
        assert 0 < units(plain) <= LIMIT


@given(st.integers(0, 400), st.integers(1, 60))
def test_a_long_answer_is_divided_between_lines_and_ends_with_an_ellipsis(number, words):
    lines = [[f"line {n} " + "слово " * words] for n in range(number)]

    found = pages(lines)

    said = "\n".join(page.plain for page in found).split("\n") if found else []
    whole = [f"line {n} " + "слово " * words for n in range(number)]
    if said[-1:] == ["…"]:
        assert len(found) == MOST_PAGES
        said.pop()
    else:
        assert len(said) == number
    assert [line.strip() for line in said] == [line.strip() for line in whole[: len(said)]]


def test_nothing_is_said_where_there_is_nothing_to_say():
    assert pages([]) == ()
    assert pages([[""], ["\u200b\ufeff\x00\u2066\u0301"], [" "]]) == ()


def test_what_somebody_wrote_is_shown_and_not_obeyed():
    (page,) = pages([[bold("<b>1</b> & 2"), " ", code("</code>")]])

    assert page.html == "<b>&lt;b&gt;1&lt;/b&gt; &amp; 2</b> <code>&lt;/code&gt;</code>"
    assert page.plain == "<b>1</b> & 2 </code>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "https://a b", "tg://user?id=1"])
def test_only_an_address_of_the_web_is_a_link(url):
    assert link("x", url) == Piece("x")


@pytest.mark.parametrize("name", PHRASES)
def test_every_phrase_is_said_in_every_language_with_the_same_blanks(name):
    said = PHRASES[name]

    assert set(said) == set(LANGUAGES)
    blanks = [
        {field for _, field, _, _ in string.Formatter().parse(text) if field}
        for text in said.values()
    ]
    assert blanks[0] == blanks[1] == blanks[2]


@pytest.mark.parametrize("table", [COMMANDS, REASONS, FATES, STATES])
def test_every_word_is_there_in_every_language(table):
    assert {frozenset(said) for said in table.values()} == {frozenset(LANGUAGES)}


def test_whatever_becomes_of_an_alert_there_is_a_word_for_it():
    assert set(FATES) == set(Fate)
    assert set(STATES) == set(State)
    assert set(REASONS) == set(Reason)
    assert {len(months) for months in MONTHS.values()} == {12}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_written_in_its_own_letters(language):
    said = " ".join(text[language] for text in [*PHRASES.values(), *COMMANDS.values()])

    assert bool(set(said.lower()) & set("іїєґ")) is (language == "uk")
    assert bool(set(said.lower()) & set("ыэъё")) is (language == "ru")


def test_the_menu_is_one_that_telegram_takes():
    for name, said in COMMANDS.items():
        assert name.isascii()
        assert name == name.lower()
        assert len(name) <= 32
        assert all(3 <= len(text) <= 256 for text in said.values())


@pytest.mark.parametrize(
    ("code", "language"), [("uk", "uk"), ("ru-RU", "ru"), ("de", "en"), (None, "en"), ("", "en")]
)
def test_the_bot_speaks_the_nearest_language_that_it_knows(code, language):
    assert spoken(code) == language


def found(text: str) -> Found:
    return Found(ref="k3f9q2a", title=text, url=text, source=text, at=NOON, rules=[text] * 9)


@given(WILD, st.sampled_from(LANGUAGES))
def test_every_answer_is_accepted_whatever_is_in_the_archive(text, language):
    silence = Silence(id=1, matchers=[text], starts_at=NOON, ends_at=NOON, created_by=text)
    matched = Matched(rule=text, severity=Severity.HIGH, words=[text] * 9)
    heard = Heard(receiver=text, fate=Fate.SILENCED, state=State.SENT, at=NOON, why=text)
    place = Place(id=-1, private=False, topic=3)
    answers = [
        says.hello(language, place, [text] * 9, numbers=True),
        says.no_rule(language, text),
        says.rules(language, [RuleLine(id=text, title=text, severity=Severity.LOW)] * 300, NOW),
        says.latest(language, [found(text)] * 20, NOW),
        says.searched(language, Searched(found=[found(text)] * 20, days=30, whole=False), NOW),
        says.searched(language, Searched(mistakes=[text] * 9), NOW),
        says.why(
            language,
            Why(
                ref=text,
                title=text,
                url=text,
                source=text,
                seen_at=NOON,
                reason=Reason.FIRST,
                matched=[matched] * 9,
                heard=[heard] * 9,
            ),
            NOW,
        ),
        says.status(
            language,
            Sights(
                sources=90,
                blind=[Unseen(name=text, since=NOON)] * 30,
                rules=3,
                newest=NOON,
                waiting=4,
                silences=[silence] * 9,
            ),
            NOW,
        ),
        says.muted(language, Hushed(until=NOON, rules=[text] * 9), NOW, everywhere=True),
    ]

    for lines in answers:
        said = pages(lines)
        assert said
        for page in said:
            assert units(checked(page.html, "HTML")[0]) <= LIMIT
            checked(page.plain, None)


def test_a_phrase_is_filled_in():
    assert phrase("en", "waiting", number=3) == "Messages that wait: 3."
