"""Whatever a page was written in, and whatever it says it was, its words arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.collect.charset import to_utf8

RUSSIAN = "Пожар под Киевом: «ещё один склад» — очевидцы рассказали, что видели над городом дым"
UKRAINIAN = "Пожежа під Києвом: «їхній склад згорів» — очевидці розповіли, що бачили над містом дим"


def feed(words: str, encoding: str | None = None, *, declared: str | None = None) -> bytes:
    said = f' encoding="{declared}"' if declared else ""
    text = f'<?xml version="1.0"{said}?>\n<rss><channel><title>{words}</title></channel></rss>'
    return text.encode(encoding or "utf-8")


def words_of(body: bytes, content_type: str = "application/xml") -> str:
    text = to_utf8(body, content_type).decode()
    return text.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize("words", [RUSSIAN, UKRAINIAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "windows-1251"])
def test_a_declared_encoding_is_read(words: str, encoding: str) -> None:
    body = feed(words, encoding, declared=encoding.removesuffix("-sig"))

    assert words_of(body) == words


@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-5", "cp866", "mac-cyrillic"])
def test_older_encodings_are_read_when_declared(encoding: str) -> None:
    words = "Пожар под Киевом, очевидцы видели дым"

    assert words_of(feed(words, encoding, declared=encoding)) == words


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding: str) -> None:
    assert words_of(feed(RUSSIAN, encoding)) == RUSSIAN


@pytest.mark.parametrize("count", [1, 3, 20])
@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_nuls_in_front_of_a_page_are_no_encoding(count: int, declared: str | None) -> None:
    assert words_of(b"\0" * count + feed(RUSSIAN, declared=declared)) == RUSSIAN


def test_the_mark_of_utf_8_in_front_of_windows_1251_is_only_a_mark() -> None:
    body = b"\xef\xbb\xbf" + feed(RUSSIAN, "windows-1251", declared="windows-1251")

    assert words_of(body) == RUSSIAN


def test_the_encoding_may_stand_in_the_http_header_alone() -> None:
    body = feed(RUSSIAN, "windows-1251")

    assert words_of(body, 'text/xml; charset="Windows-1251"') == RUSSIAN


@pytest.mark.parametrize("lie", ["windows-1251", "koi8-r", "iso-8859-1", "us-ascii"])
def test_valid_utf_8_wins_over_what_it_is_said_to_be(lie: str) -> None:
    body = feed(UKRAINIAN, declared=lie)

    assert words_of(body, f"text/xml; charset={lie}") == UKRAINIAN


@pytest.mark.parametrize("words", [RUSSIAN, UKRAINIAN])
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_undeclared_windows_1251_is_recognised(words: str, declared: str | None) -> None:
    assert words_of(feed(words, "windows-1251", declared=declared)) == words


@pytest.mark.parametrize("words", ["Пожар под Киевом", "ПОЖАР ПОД КИЕВОМ. Очевидцы видели дым"])
@pytest.mark.parametrize("encoding", ["koi8-r", "windows-1251"])
def test_a_short_undeclared_headline_is_recognised(words: str, encoding: str) -> None:
    assert words_of(feed(words, encoding)) == words


@pytest.mark.parametrize("words", [RUSSIAN, UKRAINIAN, RUSSIAN.upper()])
@pytest.mark.parametrize("lie", ["koi8-r", "iso-8859-5", "cp866"])
def test_windows_1251_that_is_called_another_cyrillic_encoding_is_recognised(
    words: str, lie: str
) -> None:
    assert words_of(feed(words + " " + RUSSIAN, "windows-1251", declared=lie)) == (
        words + " " + RUSSIAN
    )


@pytest.mark.parametrize("words", ["Сводка", "ПОЖАР ПОД КИЕВОМ", "Съёмки", "ФЦП", "Щ, ъ, ы"])
@pytest.mark.parametrize("encoding", ["koi8-r", "iso-8859-5", "cp866", "windows-1251"])
def test_a_short_text_is_in_what_it_says(words: str, encoding: str) -> None:
    assert words_of(feed(words, encoding, declared=encoding)) == words


def test_undeclared_western_text_is_not_taken_for_cyrillic() -> None:
    words = "Café à Paris: «l’été sera chaud», naïve déclaration"

    assert words_of(feed(words, "windows-1252")) == words


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    body = feed(RUSSIAN).replace("Киевом".encode(), "Киевом".encode()[:-1] + b"\xff")

    words = words_of(body)

    assert "очевидцы рассказали" in words
    assert "\ufffd" in words


def test_an_unknown_encoding_is_as_good_as_none() -> None:
    assert words_of(feed(RUSSIAN, "windows-1251", declared="x-nobody-knows")) == RUSSIAN


@pytest.mark.parametrize("trick", ["unicode_escape", "idna", "punycode", "rot13", "zlib"])
def test_codecs_that_are_no_encodings_are_not_used(trick: str) -> None:
    words = r"Пожар \u0041"

    assert words_of(feed(words, "windows-1251", declared=trick)) == words


def test_the_declaration_and_the_space_around_a_page_go() -> None:
    assert to_utf8(b"\n\r\n" + feed("x", declared="utf-8") + b"\n\n", "").startswith(b"<rss>")


def test_clean_utf_8_keeps_its_bytes() -> None:
    body = b"<rss>" + RUSSIAN.encode() + b"\t\r\n &#1055; \xf0\x9f\x94\xa5</rss>"

    assert to_utf8(body, "text/xml") == body


def test_control_characters_go_and_those_that_divide_words_leave_a_space() -> None:
    assert words_of(feed("По\x00жар\x0bв\x01 Киеве\x85и\x9d рядом")) == "Пожар в Киеве и рядом"


def test_references_to_characters_that_cannot_be_are_replaced() -> None:
    body = feed("a&#0;b&#xD800;c&#x110000;d&#99999999999;e&#65;")

    assert words_of(body) == "ab\ufffdc\ufffdd\ufffde&#65;"


@given(st.binary(max_size=300), st.sampled_from(["", "text/xml; charset=utf-16", "charset=koi8-r"]))
def test_any_bytes_become_valid_utf_8(body: bytes, content_type: str) -> None:
    text = to_utf8(body, content_type).decode()

    assert not any(ord(letter) < 0x20 and letter not in "\t\r\n" for letter in text)


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґАБВГ «»—.,", max_size=80))
def test_cyrillic_survives_in_utf_8_whatever_is_declared(words: str) -> None:
    assert words_of(feed(words, declared="koi8-r"), "text/xml; charset=ascii") == words
