"""What is said of a word: how it is understood, what it finds, what it does not, and why."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match.text import fold_lower
from monitor.match.words.account import Account, Reading
from monitor.match.words.morphology import Expander
from monitor.match.words.slavic import words_beginning

EXPANDER = Expander(None)


def reading(word: str, language: str) -> Reading:
    return next(r for r in EXPANDER.account(word).readings if r.language == language)


def suggested(word: str) -> set[tuple[str, str]]:
    return {(each.word, each.language) for each in EXPANDER.account(word).suggestions}


def test_a_word_is_accounted_for_in_each_language_in_which_it_is_one():
    account = EXPANDER.account("посол")

    assert [(r.language, r.lemmas, r.parts) for r in account.readings] == [
        ("ru", ("посол",), ("noun",)),
        ("uk", ("посол",), ("noun",)),
    ]


@pytest.mark.parametrize(
    ("word", "language", "lemmas", "part"),
    [
        ("войска", "ru", ("войско",), "noun"),
        ("Украина", "ru", ("украина",), "name"),
        ("НАТО", "uk", ("нато",), "abbreviation"),
        ("захватить", "ru", ("захватить",), "verb"),
        ("звільнений", "uk", ("звільнений",), "adjective"),
        ("мобилизованный", "ru", ("мобилизованный",), "participle"),
        ("пятьсот", "ru", ("пятьсот",), "numeral"),
        ("the", "en", ("the",), "function word"),
    ],
)
def test_an_account_names_the_dictionary_form_and_the_part_of_speech(word, language, lemmas, part):
    found = reading(word, language)

    assert found.lemmas == lemmas
    assert part in found.parts


@pytest.mark.parametrize(
    ("word", "language", "form", "why"),
    [
        ("посол", "ru", "после", "a function word in Russian"),
        ("воли", "ru", "волам", "belongs to вол in Russian documents"),
        ("воли", "uk", "воля", "belongs to воля in Ukrainian documents"),
    ],
)
def test_a_form_that_is_left_out_has_its_reason(word, language, form, why):
    pruned = {each.form: each.why for each in reading(word, language).pruned}

    assert pruned[form] == why
    assert form not in reading(word, language).forms


def test_a_form_of_another_word_says_of_which():
    left_out = {each.form: each.why for each in reading("дело", "ru").pruned}

    assert all(
        why.startswith(("mostly a form of ", "a function word", "belongs to"))
        for why in left_out.values()
    )


def test_what_is_no_word_in_a_language_still_says_what_it_leaves_out_there():
    pruned = {each.form: each.why for each in EXPANDER.account("робота").pruned}

    assert pruned["роботам"] == "belongs to робот in Russian documents"


@pytest.mark.parametrize(
    ("word", "guessed", "is_form"),
    [("Угледар", True, False), ("войска", False, True), ("посол", False, False)],
)
def test_a_guess_and_a_form_are_called_so(word, guessed, is_form):
    found = reading(word, "ru")

    assert (found.guessed, found.is_form) == (guessed, is_form)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("захватить", ("захватывать", "ru")),
        ("захватывать", ("захватить", "ru")),
        ("оставить", ("оставлять", "ru")),
        ("отступить", ("отступать", "ru")),
        ("остановить", ("останавливать", "ru")),
        ("обстрелять", ("обстрел", "ru")),
        ("вывести", ("выводить", "ru")),
        ("убить", ("убивать", "ru")),
        ("купить", ("покупать", "ru")),
        ("сдаться", ("сдаваться", "ru")),
        ("мобилизовать", ("мобилизация", "ru")),
        ("перегруппировка", ("перегруппировать", "ru")),
        ("мобилизация", ("мобилизационный", "ru")),
        ("Украина", ("украинский", "ru")),
        ("Киев", ("киевский", "ru")),
        ("звільнити", ("звільняти", "uk")),
        ("звільнити", ("звільнений", "uk")),
        ("звільнити", ("звільнення", "uk")),
        ("захопити", ("захоплювати", "uk")),
        ("мобілізувати", ("мобілізація", "uk")),
        ("Донецьк", ("донецький", "uk")),
        ("Київ", ("київський", "uk")),
    ],
)
def test_a_near_relative_is_suggested(word, other):
    assert other in suggested(word)
    assert other[0] not in EXPANDER.expand(word).forms


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("убить", "убывать"),
        ("купить", "купать"),
        ("здати", "здувати"),
        ("точка", "точный"),
        ("пол", "полный"),
        ("наступ", "наступний"),
    ],
)
def test_what_only_looks_related_is_not_suggested(word, other):
    assert other not in {suggestion for suggestion, _ in suggested(word)}


def test_a_verb_of_both_aspects_has_no_partner():
    assert not any(
        "same action" in each.why for each in EXPANDER.account("мобилизовать").suggestions
    )


@pytest.mark.parametrize("word", ["300", "1,5", "", "—", "👩‍🚀"])
def test_what_has_no_letters_is_no_word(word):
    assert EXPANDER.account(word) == Account(word=word, readings=())


def agrees(word: str) -> None:
    expansion = EXPANDER.expand(word)
    account = EXPANDER.account(word)
    for found in account.readings:
        left_out = set(expansion.foreign.get(found.language, ()))
        assert set(found.forms) == set(expansion.forms) - left_out
        assert left_out <= {each.form for each in found.pruned}
        assert all(each.why for each in found.pruned)
    if expansion.read_as:
        assert any(found.is_form for found in account.readings)
    if expansion.guessed:
        assert all(found.guessed for found in account.readings)


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_an_account_agrees_with_what_is_found_in_running_text(shared, language):
    with gzip.open(shared / "lemmas" / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        words = {line.split("\t")[0] for line in lines if line.count("\t") == 2}

    for word in sorted(words)[::17]:
        agrees(word)


CYRILLIC = st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёъўАЗСУҐІ'’-́\u00ad", max_size=14)


@given(CYRILLIC | st.text(max_size=12) | st.text("\ud800abzA1-'\u0301ıİßи", max_size=8))
def test_no_word_is_too_odd_to_be_expanded_and_accounted_for(word):
    expansion = EXPANDER.expand(word)

    assert expansion.forms[0] == fold_lower(word)
    assert len(set(expansion.forms)) == len(expansion.forms)
    agrees(word)


@pytest.mark.parametrize(
    ("prefix", "language", "words"),
    [
        ("мобилизаци", "ru", ("мобилизационный", "мобилизация")),
        ("чернозё", "ru", ("чернозём", "чернозёмный")),
        ("ъъъ", "ru", ()),
        ("по", "ru", None),
        ("пере", "uk", None),
    ],
)
def test_the_words_that_begin_alike(prefix, language, words):
    found = words_beginning(prefix, language)

    assert found == words or (words and found and set(words) <= set(found))
