"""Folding, cutting and the way back to the original text."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match.text import Field, fold_lower, lookalikes, pieces, sentence_starts

letters = st.text(alphabet="аеёЁйїЇґҐ'’ʼ-—_ .кИ\u0301\u00ad\u200b\u200déİß👩\n", max_size=40)


def found(text: str) -> dict[str, list[str]]:
    """Return each word of a text with what stands at its places."""
    field = Field("text", text, 0)
    places = {word: field.places(word) for word in field.spellings}
    return {word: [text[slice(*field.range(p))] for p in at] for word, at in places.items()}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ёлка", "елка"),
        ("М\u0301ЯЧ", "мяч"),
        ("за́мок", "замок"),
        ("п’ять", "п'ять"),
        ("п`ять", "п'ять"),
        ("об\u02bcєкт", "об'єкт"),
        ("мобили\u00adзация", "мобилизация"),
        ("моби\u200bлизация", "мобилизация"),
        ("Киі\u0308в", "київ"),
        ("воз\u0438\u0306", "возй"),
        ("нью\u2011йорк", "нью-йорк"),
    ],
)
def test_spellings_that_look_alike_are_one_word(written, read):
    assert list(found(written)) == list(found(read))[: len(found(written))]
    assert fold_lower(written) == read


def test_a_place_covers_the_original_with_its_accents_and_soft_hyphens():
    assert found("Это за\u0301\u00adмок!")["замок"] == ["за\u0301\u00adмок"]


def test_text_after_a_character_whose_lower_case_is_longer_keeps_its_place():
    assert found("İİİ взяли Изюм")["изюм"] == ["Изюм"]


def test_a_longer_and_a_vanishing_character_do_not_cancel_out():
    assert found("İ\u00ad Изюм")["изюм"] == ["Изюм"]


@given(letters)
def test_every_place_reads_as_its_word(text):
    for word, standing in found(text).items():
        for original in standing:
            assert word in {fold_lower(original), *lookalikes(fold_lower(original))}


@given(st.text(max_size=60))
def test_places_lie_inside_any_text(text):
    for word, standing in found(text).items():
        assert word
        assert all(standing)


@given(letters)
def test_folding_twice_changes_nothing(text):
    once = fold_lower(text)

    assert fold_lower(once) == once


def test_a_hyphenated_word_counts_whole_and_in_parts():
    assert found("Премьер-министр ушёл") == {
        "премьер-министр": ["Премьер-министр"],
        "премьер": ["Премьер"],
        "министр": ["министр"],
        "ушел": ["ушёл"],
    }


def test_an_english_possessive_counts_as_its_owner():
    assert found("Russia’s troops")["russia"] == ["Russia"]


def test_telegram_bold_marks_are_not_letters():
    assert "срочно" in found("__Срочно__")


def test_a_long_chain_of_hyphens_costs_no_more_than_its_length():
    assert len(list(pieces("-".join(["а"] * 1000)))) < 4000


def test_sentences_end_at_stops_and_lines_but_not_after_abbreviations():
    text = "Взят г. Изюм. В. Путин молчит!\nДальше тишина… «Нет» — сказал он."

    starts = [text[at:][:6] for at in sentence_starts(text)]

    assert starts == ["Взят г", "В. Пут", "Дальше", "«Нет» "]


def test_ranges_of_sentences_count_words_from_the_base():
    field = Field("text", "Раз два. Три-четыре пять.\n\nШесть", 100)

    assert field.sentences == [(100, 101), (102, 104), (105, 105)]


@given(letters)
def test_composed_and_decomposed_text_has_the_same_words(text):
    composed = list(found(unicodedata.normalize("NFC", text)))

    assert list(found(unicodedata.normalize("NFD", text))) == composed


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Мoсква", "москва"),  # a Latin o
        ("cоветник", "советник"),  # a Latin c
        ("Глухiв", "глухів"),  # a Latin i
        ("HАТО", "нато"),  # a Latin H
        ("NАTO", "nato"),  # a Cyrillic А
        ("Экс-cоветник", "экс-советник"),
        ("Экс-cоветник", "советник"),
        ("А321neo", "a321neo"),  # a Cyrillic А before the digits
        ("об'eкт", "об'єкт"[:3] + "ект"),  # a Latin e after the apostrophe
    ],
)
def test_a_word_of_two_alphabets_is_also_the_word_it_looks_like(written, read):
    stands = {"советник": "cоветник"}.get(read, written)

    assert found(f"слово {written}, слово")[read] == [stands]
    assert fold_lower(written) in found(written)


@pytest.mark.parametrize("written", ["CCCP", "BCY", "ТОР", "Z-канал", "Telegram-канал", "кот cat"])
def test_a_word_of_one_alphabet_is_only_itself(written):
    every = {piece for word in fold_lower(written).split() for *_, piece in pieces(word)}

    assert set(found(written)) == every


def test_a_word_that_would_stay_mixed_is_only_itself():
    assert set(found("жoтz devops'я")) == {"жoтz", "devops'я"}


def test_a_long_chain_of_mixed_words_costs_no_more_than_its_length():
    field = Field("text", "-".join(["кoт"] * 1000), 0)

    assert len(field.spellings) < 100
    assert sum(1 for _ in field.pairs_of_pieces()) < 100_000


@given(letters, letters)
def test_pairs_are_what_stands_side_by_side(one, other):
    field = Field("text", f"{one} {other} кот-рыболов-кот's кoт", 0)
    places = {word: field.places(word) for word in field.spellings}

    expected = {
        (a, b)
        for a, its in places.items()
        for b, others in places.items()
        if {place.last + 1 for place in its} & {place.first for place in others}
    }

    assert {*pairwise(field.words), *field.pairs_of_pieces()} == expected
