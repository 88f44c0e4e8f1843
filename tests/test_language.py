"""In which language a document is."""

import gzip

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


@pytest.mark.parametrize(("language", "least"), [("ru", 0.985), ("uk", 0.97), ("en", 0.985)])
def test_headlines_of_running_text(shared, language, least):
    with gzip.open(shared / "lemmas" / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        said = [" ".join(line[2:].split()[:8]) for line in lines if line.startswith("# ")]
    heads = [head for head in said if len(head.split()) >= 4][:400]

    right = sum(LETTERS.identify(head, "", None).code == language for head in heads)

    assert right / len(heads) >= least
