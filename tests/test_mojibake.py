"""Text that was misread before it reached us is seen, and no true text is taken for it."""

import codecs
import gzip
import json
from pathlib import Path

import pytest
from feeds import read, rss
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.collect.charset import to_utf8
from monitor.collect.mojibake import kind, mended
from monitor.errors import Cause

TEXTS = {
    "ru": "Украина сообщила об освобождении Балаклеи. «Россия» — СССР, РСФСР; объём, съезд, ёж.",
    "uk": "Сили оборони звільнили Балаклію й Ізюм: «їхні склади», з’їзд, ґанок, Ірпінь, РІЧКА.",
    "be": "Сёння ў Мінску казалі пра вайну; ЎСЁ БУДЗЕ ДОБРА, сям’я, з'езд, дзень.",
    "bg": "България подкрепи Украйна; ъгъл, щъркел, СЪЮЗ, ЮРИЙ, ѝ, Стършел.",
    "sr": "Србија и Хрватска; ЉУБАВ, ЊЕГОШ, Ћирилица, ђак, џем, СРЂАН РЈЕЧНИК.",
    "kk": "Қазақстан Украинаға көмек жіберді; ҚҰРМЕТТІ, Әлем, үй, өзен, ғылым, іс.",
    "de": "Die Außenministerin über Großmächte: „Äpfel“, Öl, Übermut, Fußball, süß.",
    "fr": "L’été à Noël : « déjà vu », où, çà et là, Œuvre, naïf, ÉLÈVES DÉÇUS À L’ÉCOLE.",
    "es": "El niño español: «¿Qué?», ¡AÑO!, corazón, pingüino, LA CIGÜEÑA DE ESPAÑA.",
    "is": "Þórður fór út á sjó; ÆÐI, ÐÆLD, góðan daginn, ÖÐRUVÍSI.",
    "pl": "Żółć, gęślą jaźń, ŁÓDŹ, Świętokrzyskie, ćma.",
    "en": "“That’s it,” he said — 5 °C, £10, café?? What??? No way ???",
    "emoji": "⚡️⚡️⚡️ Срочно ❗️❗️ 🇺🇦🇺🇦🇺🇦 №1 · 100 % ✅ ???",
}
WORDS = [
    "война",
    "Украина",
    "русский",
    "є",
    "їжа",
    "Ізюм",
    "ёлка",
    "СССР",
    "ЗСУ",
    "объявил",
    "Ґанок",
]


@pytest.mark.parametrize("language", TEXTS)
def test_no_true_text_is_taken_for_mojibake(language: str) -> None:
    assert kind(TEXTS[language]) is None
    assert mended(TEXTS[language]) is None


@pytest.mark.parametrize("language", ["ru", "uk", "be", "bg"])
@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("utf-8", "cp1251", "UTF-8 was read as Windows-1251"),
        ("utf-8", "cp1252", "UTF-8 was read as Latin-1"),
        ("utf-8", "latin-1", "UTF-8 was read as Latin-1"),
        ("cp1251", "cp1252", "a Cyrillic encoding was read as Latin-1"),
        ("cp1251", "latin-1", "a Cyrillic encoding was read as Latin-1"),
        ("koi8-u", "latin-1", "a Cyrillic encoding was read as Latin-1"),
        ("cp1251", "utf-8", "letters were replaced by \ufffd"),
        ("ascii", "ascii", "letters were replaced by question marks"),
    ],
)
def test_what_was_misread_is_called_what_it_is(
    language: str, right: str, wrong: str, name: str
) -> None:
    garbled = TEXTS[language].encode(right, "replace").decode(wrong, "replace")

    assert kind(f"Reuters: {garbled}") == name


def misread(text: str, wrong: str) -> str:
    """Return UTF-8 as software reads it that takes every byte for something."""
    return "".join(
        bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode("utf-8")
    )


@pytest.mark.parametrize("language", [name for name in TEXTS if name != "en"])
@pytest.mark.parametrize("wrong", ["cp1251", "cp1252", "latin-1"])
def test_a_page_that_was_encoded_twice_is_mended_and_nothing_is_said(
    language: str, wrong: str
) -> None:
    twice = misread(rss(f"<title>{TEXTS[language]}</title>").decode(), wrong).encode()

    page = read(twice)

    assert page.entries[0].title == TEXTS[language]
    assert page.problem is None


def test_a_page_of_which_a_part_was_encoded_twice_is_not_mended_but_said() -> None:
    true, garbled = TEXTS["ru"], misread(TEXTS["uk"], "cp1251")

    page = read(rss(f"<title>{true}</title>", f"<title>{garbled}</title>"))

    assert [entry.title for entry in page.entries][1] == true
    assert page.problem == "1 of 2 new entries are mojibake: UTF-8 was read as Windows-1251"
    assert page.cause is Cause.INCOMPLETE


@pytest.mark.parametrize(
    ("garbled", "of", "cause"),
    [
        (20, 20, Cause.MOJIBAKE),
        (2, 3, Cause.MOJIBAKE),
        (11, 20, Cause.MOJIBAKE),
        (10, 20, Cause.INCOMPLETE),
        (1, 20, Cause.INCOMPLETE),
        (2, 2, Cause.INCOMPLETE),
        (1, 1, Cause.INCOMPLETE),
        (0, 20, None),
    ],
)
def test_a_page_shows_nothing_only_if_most_of_it_is_mojibake(
    garbled: int, of: int, cause: Cause | None
) -> None:
    wrong = misread(TEXTS["uk"], "cp1251")
    said = [f"{wrong if n < garbled else TEXTS['ru']} {n}" for n in range(of)]

    page = read(rss(*(f"<title>{one}</title>" for one in said)))

    assert page.cause is cause
    assert len(page.entries) == of


def test_one_garbled_entry_does_not_hide_that_a_feed_breaks_off() -> None:
    wrong = misread(TEXTS["uk"], "cp1251")
    whole = rss(*(f"<title>{one}</title>" for one in (wrong, *[TEXTS["ru"]] * 2, "Конец")))

    page = read(whole[: whole.index("Конец".encode())])

    assert page.problem is not None
    assert "mojibake" in page.problem
    assert page.cause is Cause.TRUNCATED


def test_a_text_that_quotes_what_was_misread_is_not_mojibake() -> None:
    assert kind(f"{TEXTS['ru']} На экране стояло «РџРѕР¶Р°СЂ» и «Ïîæàð». {TEXTS['ru']}") is None


def test_what_is_known_already_is_not_said_again() -> None:
    body = rss(f"<title>{'?' * 9} {'?' * 7} {'?' * 3}</title>")
    first = read(body)

    assert first.cause is Cause.INCOMPLETE
    assert read(body, known=first.fingerprints).problem is None


sentences = st.lists(st.sampled_from(WORDS), min_size=4, max_size=12).map(" ".join)
lower = st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўәғқңөұүһјљњћџђ", min_size=4, max_size=12)
western = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüßñáíóú", min_size=1, max_size=9), max_size=12
).map(" ".join)


@given(st.lists(st.one_of(lower, lower.map(str.capitalize)), max_size=12).map(" ".join))
def test_no_cyrillic_words_are_mojibake(text: str) -> None:
    assert kind(text) is None
    assert mended(text) is None


@given(western)
def test_no_western_words_are_mojibake(text: str) -> None:
    assume(not any(4 <= sum(not c.isascii() for c in word) == len(word) for word in text.split()))

    assert kind(text) is None


@given(sentences, st.sampled_from(["cp1251", "cp1252", "latin-1"]))
def test_whatever_was_misread_is_found_and_leads_back(text: str, wrong: str) -> None:
    assume(2 * sum(len(word) for word in text.split() if len(word) > 2) > len(text))
    garbled = misread(text, wrong)

    assert kind(garbled) is not None
    assert mended(garbled) == text


@given(sentences, st.sampled_from(["cp1252", "latin-1"]))
def test_windows_1251_that_was_taken_for_latin_1_is_found(text: str, wrong: str) -> None:
    assume(2 * sum(len(word) for word in text.split() if len(word) > 3) > len(text))

    assert kind(codecs.decode(text.encode("cp1251"), wrong)) is not None


@given(st.text(max_size=300))
def test_nonsense_never_raises(text: str) -> None:
    kind(text)
    mended(text)


@given(st.text(min_size=3, max_size=80))
def test_what_a_page_is_mended_to_is_what_it_was(text: str) -> None:
    found = mended(text)

    assert found is None or len(found) < len(text)


def test_true_utf_8_keeps_its_bytes() -> None:
    for text in TEXTS.values():
        assert to_utf8(f"<rss>{text}</rss>".encode(), "") == f"<rss>{text}</rss>".encode()


@pytest.mark.parametrize("name", ["telegram_ru_2024", "president_ua_2022"])
def test_no_captured_post_is_mojibake(shared: Path, name: str) -> None:
    posts = gzip.decompress((shared / "posts" / f"{name}.jsonl.gz").read_bytes()).splitlines()
    texts = [f"{post['title'] or ''}\n{post['text'] or ''}" for post in map(json.loads, posts)]

    assert [text for text in texts if kind(text) or mended(text)] == []
    assert len(texts) > 200
