"""What stands around the news, in the languages of those who read it."""

import re
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import checked
from said import delivery
from told import night, post

from monitor.model import Kind, Severity
from monitor.model.telling import Form
from monitor.notify.message import Look, messages
from monitor.notify.phrases import PHRASES

KYIV = ZoneInfo("Europe/Kyiv")


def said(about, *, language) -> str:
    (part,) = messages(delivery(about), Look(zone=KYIV, language=language))
    return checked(part.html, "HTML")[0]


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_nothing_but_the_news_is_left_in_english(language):
    look = Look(zone=KYIV, language=language, buttons=True)
    english = {"also", "first", "now", "alerts", "seen", "edited", "High", "state", "raised", "Sep"}
    # What stands in the fixtures themselves.
    ours = re.compile(
        r"https\S+|\S+\.example|t\.me/\S+|#\S+|mil\.ru|Retreat called|Kharkiv.*|Calls"
    )

    for each in night():
        if each.form in {Form.NOTICE, Form.STATUS}:
            continue
        for part in messages(each, look):
            text = checked(part.html, "HTML")[0] + str([key.text for key in sum(part.buttons, ())])
            assert not english & set(re.findall(r"[A-Za-z]+", ours.sub("", text))), text


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("en", "🇺🇦 Суспільне · Ukrainian independent media · forwarded from Харків. Оперативно"),
        ("uk", "🇺🇦 Суспільне · незалежні українські ЗМІ · переслано від «Харків. Оперативно»"),
        ("ru", "🇺🇦 Суспільне · независимые украинские СМИ · переслано от «Харків. Оперативно»"),
    ],
)
def test_who_speaks_is_said_as_an_editor_would(language, row):
    assert said(post(), language=language).splitlines()[1] == row


@pytest.mark.parametrize(
    ("language", "when"),
    [
        ("en", "12:00 EEST · edited, seen 12:02 · "),
        ("uk", "12:00 за Києвом · змінено, помічено 12:02 · "),
        ("ru", "12:00 по Киеву · изменено, замечено 12:02 · "),
    ],
)
def test_when_it_was_said_is_told_in_the_language_of_the_reader(language, when):
    assert f"\n{when}t.me/suspilne_example\n" in said(post(), language=language)


@pytest.mark.parametrize(
    ("language", "number", "said_"),
    [
        ("en", 1, "1 alert"),
        ("en", 2, "2 alerts"),
        ("uk", 1, "1 повідомлення"),
        ("uk", 4, "4 повідомлення"),
        ("uk", 11, "11 повідомлень"),
        ("uk", 22, "22 повідомлення"),
        ("ru", 21, "21 сообщение"),
        ("ru", 3, "3 сообщения"),
        ("ru", 112, "112 сообщений"),
    ],
)
def test_numbers_agree_with_their_nouns(language, number, said_):
    phrases = PHRASES[language]

    assert phrases.many(number, phrases.alerts) == said_


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_says_everything(language):
    phrases = PHRASES[language]

    assert len(phrases.months) == 12
    assert set(phrases.severities) == set(Severity)
    assert set(phrases.kinds) == set(phrases.bare_kinds) == set(Kind)
    assert phrases.adjectives.keys() == PHRASES["en"].adjectives.keys()
    for name in phrases.__slots__:
        value = getattr(phrases, name)
        if isinstance(value, tuple) and name != "months":
            assert len(value) == (2 if language == "en" else 3), name
