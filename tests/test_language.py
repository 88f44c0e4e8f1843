"""In which language a document is."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match.language import LANGUAGES, LanguageIdentifier, Tongue

LETTERS = LanguageIdentifier()
ENGINES = ["letters+fasttext", "letters+langdetect", "fasttext", "langdetect"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Министерство обороны сообщило об успехах", "ru"),
        ("Генштаб повідомив про звільнення села", "uk"),
        ("Оголошую перерву на 30 хвилин", "uk"),
        ("Прэзідэнт падпісаў указ аб мабілізацыі", "be"),
        ("Улады краіны заявілі пра новыя правілы", "be"),
        ("Министърът на отбраната обяви нови мерки", "bg"),
        ("Председник је потписао указ о мобилизацији", "sr"),
        ("Претседателот го потпиша указот за мобилизација", "mk"),
        ("Президент жаңа заңға қол қойды", "kk"),
        ("Prezydent podpisał ustawę", "pl"),
        ("Russia calls the retreat a regrouping", "en"),
        ("Telegram-канал HIMARS", "ru"),
        ("HIMARS влучив у склад", "uk"),
        ("МОБИЛИЗАЦИЯ ОБЪЯВЛЕНА", "ru"),
        ("ЗСУ ЗВІЛЬНИЛИ БАЛАКЛІЮ", "uk"),
    ],
)
def test_the_language_of_a_headline(said, code):
    assert LETTERS.identify(said, "", None) == Tongue(code)


@pytest.mark.parametrize("said", ["", "12 345", "— … !", "👩‍🚀"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_text_without_letters_has_no_language(said, engine):
    assert LanguageIdentifier(engine).identify(said, said, "ru") == Tongue(None)


def test_a_ukrainian_text_that_quotes_russian_is_mixed():
    tongue = LETTERS.identify("Путін: «Мы этого не ждали»", "Він заявив це у Москві.", None)

    assert tongue.mixed
    assert tongue.code in {"ru", "uk"}


def test_belarusian_is_not_mixed_though_it_has_letters_of_both():
    tongue = LETTERS.identify("Ён сказаў, што гэта іншыя людзі", "", None)

    assert tongue == Tongue("be")


def test_the_declared_language_decides_where_the_text_does_not():
    assert LETTERS.identify("Слово за вами", "", "uk").code == "uk"
    assert LETTERS.identify("Слово за вами", "", "ru").code == "ru"


def test_the_declared_language_does_not_overrule_the_letters():
    assert LETTERS.identify("Війська їдуть", "", "ru").code == "uk"


@pytest.mark.parametrize("engine", ENGINES)
@given(title=st.text(max_size=50), text=st.text(alphabet="абвыіїўq 1\n\0\ud800", max_size=50))
def test_any_text_is_in_one_of_nine_languages_or_in_none(engine, title, text):
    identifier = IDENTIFIERS[engine]

    tongue = identifier.identify(title, text, "uk")

    assert tongue.code is None or tongue.code in LANGUAGES
    assert identifier.identify(title, text, "uk") == tongue


IDENTIFIERS = {engine: LanguageIdentifier(engine) for engine in ENGINES}


def hard(language: str) -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "data" / "headlines.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in lines.splitlines() if not line.startswith("#"))
    return [(difficulty, head) for code, difficulty, head in rows if code == language]


@pytest.mark.parametrize(
    ("language", "least"),
    [
        ("ru", 0.95), ("uk", 0.98), ("be", 0.95), ("bg", 0.93), ("sr", 0.8), ("mk", 0.85),
        ("kk", 0.9), ("pl", 0.95), ("en", 0.8), ("ru|uk", 0.99), ("-", 1.0),
    ],
)  # fmt: skip
def test_headlines_that_are_hard_to_tell(language, least):
    heads = [head for _, head in hard(language)]

    right = sum(
        (LETTERS.identify(head, "", None).code or "-") in language.split("|") for head in heads
    )

    assert right / len(heads) >= least


@pytest.mark.parametrize(("language", "most"), [("be", 0.05), ("bg", 0.05)])
def test_neighbours_are_hardly_ever_taken_for_russian_or_ukrainian(language, most):
    heads = [head for _, head in hard(language)]

    wrong = sum(LETTERS.identify(head, "", None).code in {"ru", "uk"} for head in heads)

    assert wrong / len(heads) <= most


@pytest.mark.parametrize("declared", [None, "ru", "uk"])
def test_belarusian_with_its_letters_is_never_taken_for_anything_else(declared):
    heads = [head for difficulty, head in hard("be") if difficulty == "letters"]

    assert {LETTERS.identify(head, "", declared).code for head in heads} == {"be"}


def test_belarusian_that_quotes_russian_is_belarusian():
    said = "Лукашэнка сказаў: «Мы выполним все задачи»"

    assert LETTERS.identify(said, "", None) == Tongue("be")


def test_ukrainian_that_quotes_russian_is_not_belarusian_for_want_of_a_letter():
    assert LETTERS.identify("Путін у полоні: «Мы этого не ждем»", "", None).mixed


def test_latin_names_and_links_do_not_make_a_text_foreign():
    said = (
        "Forbes [опубликовал](https://www.forbes.example/biznes/525074-26-liderov) рейтинг лучших"
    )

    assert LETTERS.identify(said, "", None).code == "ru"


@pytest.mark.parametrize(("language", "least"), [("ru", 0.985), ("uk", 0.985), ("en", 0.985)])
def test_headlines_of_running_text(shared, language, least):
    with gzip.open(shared / "lemmas" / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        said = [" ".join(line[2:].split()[:8]) for line in lines if line.startswith("# ")]
    heads = [head for head in said if len(head.split()) >= 4][:400]

    right = sum(LETTERS.identify(head, "", None).code == language for head in heads)

    assert right / len(heads) >= least
