"""The window of stories: what a sketch keeps, what is found in it, what is forgotten."""

import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest
from archived import MINUTE, NOW
from hypothesis import given
from hypothesis import strategies as st
from newswire import wire

from monitor.stories.postings import Postings
from monitor.stories.skeleton import skeleton
from monitor.stories.sketch import BEGINNING, Sketch, sketch
from monitor.stories.window import Window

SPAN = timedelta(days=2)
NEWS = [sketch(news.title, news.text, news.language) for news in wire("ru")]
WORDS = ["мост", "река", "дорога", "поле", "солдат", "письмо", "вода", "ночь", "окно", "город"]


def window(*said):
    """Return a window of documents: (story, source, sketch, minutes from now)."""
    made, begun = Window(SPAN), {}
    for number, (story, source, one, minutes) in enumerate(said):
        at = NOW + minutes * MINUTE
        made.add(number, story, source, one, at, begun_at=begun.setdefault(story, at))
    return made


def story_of(made, one, *, source="tass", after=0):
    found = made.find(one, source=source, at=NOW + after * MINUTE)
    return None if found is None else found.story_id


# --- Sketches -------------------------------------------------------------------------------------


@given(st.text(), st.text(), st.sampled_from(["ru", "uk", "en", "be", "x-klingon", "и", "", None]))
def test_a_sketch_comes_back_from_its_bytes_whatever_the_text(title, text, language):
    one = sketch(title, text, language)

    kept = Sketch.from_bytes(one.to_bytes())

    assert kept is not None
    assert (kept.language, kept.words) == (one.language, one.words)
    assert kept.to_bytes() == one.to_bytes()
    for part in (kept.shingles, kept.numbers, kept.names, kept.marks, kept.kin):
        assert part.tolist() == sorted(set(part.tolist()))


def test_a_sketch_that_cannot_be_read_is_none():
    kept = NEWS[0].to_bytes()

    assert Sketch.from_bytes(b"") is None
    assert Sketch.from_bytes(kept[:-1]) is None
    assert Sketch.from_bytes(bytes([kept[0] + 1]) + kept[1:]) is None


def test_a_sketch_is_the_same_in_every_process():
    code = (
        "from monitor.stories.sketch import sketch;"
        "print(sketch('Балаклея', 'Освобождена 9 сентября.', 'ru').to_bytes().hex())"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]

    assert said[0].stdout == said[1].stdout
    assert said[0].stdout.strip() == (
        sketch("Балаклея", "Освобождена 9 сентября.", "ru").to_bytes().hex()
    )


def test_what_the_text_repeats_of_the_title_counts_once():
    title, text = "Войска отошли от Балаклеи", "Мост у реки разрушен."

    assert (
        sketch(title, f"{title}. {text}", "ru").words == sketch("", f"{title}. {text}", "ru").words
    )
    assert sketch(title, text, "ru").words > sketch("", text, "ru").words


def test_only_the_beginning_of_a_text_is_looked_at():
    long = " ".join(f"слово{at}" for at in range(100_000))

    assert len(sketch("", long, "ru").shingles) <= BEGINNING


def test_words_are_likened_in_any_form_and_numbers_however_they_are_written():
    one = sketch("", "Погибли 3 000 солдат, ранено 2,5 тысячи", "ru")
    two = sketch("", "Погибло 3000 солдата, ранены 2.5 тысячи", "ru")

    assert set(one.numbers.tolist()) == set(two.numbers.tolist())
    assert len(np.intersect1d(one.shingles, two.shingles)) >= 4


def test_a_headline_in_capitals_is_not_all_names():
    assert len(sketch("", "МОСТ РАЗРУШЕН, ДОРОГА ПЕРЕКРЫТА В ХАРЬКОВЕ", "ru").names) == 1


@pytest.mark.parametrize(
    ("russian", "ukrainian"),
    [
        ("балаклея", "балаклія"),
        ("изюм", "ізюм"),
        ("купянск", "куп'янськ"),
        ("харьков", "харків"),
        ("владимир", "володимир"),
        ("киев", "київ"),
        ("запорожье", "запоріжжя"),
        ("николаев", "миколаїв"),
        ("львов", "львів"),
        ("зеленский", "зеленський"),
        ("сергей", "сергій"),
        ("обстрел", "обстріл"),
    ],
)
def test_a_name_is_the_same_in_russian_and_in_ukrainian(russian, ukrainian):
    assert skeleton(russian) == skeleton(ukrainian) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("изюм", "азов"), ("херсон", "харьков"), ("киев", "ковель")]
)
def test_other_names_are_others(one, other):
    assert skeleton(one) != skeleton(other)


# --- Windows --------------------------------------------------------------------------------------


def test_nothing_is_found_in_an_empty_window_or_of_an_empty_text():
    assert story_of(window(), NEWS[0]) is None
    assert story_of(window((1, "mod", NEWS[0], 0)), sketch("", "", None)) is None
    assert story_of(window((1, "mod", sketch("", "👍", None), 0)), sketch("", "👍", None)) is None


def test_what_is_found_says_how_alike_and_which_document():
    made = window((7, "mod", NEWS[1], 0), (8, "mod", NEWS[0], 1))

    found = made.find(NEWS[0], source="tass", at=NOW + 2 * MINUTE)

    assert (found.story_id, found.document_id, found.likeness) == (8, 1, 1.0)
    assert not found.crosses_language


def test_a_story_takes_no_more_documents_when_its_span_is_over():
    days = round(SPAN / MINUTE)
    made = window((1, "mod", NEWS[0], 0), (1, "tass", NEWS[0], days - 1))

    assert story_of(made, NEWS[0], source="ria", after=days) == 1
    assert story_of(made, NEWS[0], source="ria", after=days + 1) is None


def test_a_story_is_forgotten_with_all_its_documents():
    made = window((1, "mod", NEWS[0], 0), (1, "tass", NEWS[0], 60), (2, "mod", NEWS[1], 30))

    made.forget(NOW + 10 * MINUTE)

    assert len(made) == 1
    assert story_of(made, NEWS[0], source="ria", after=61) is None
    assert story_of(made, NEWS[1], source="ria", after=61) == 2


def test_the_hundredth_copy_is_still_found_and_costs_no_more_room():
    made = window((1, "mod", NEWS[0], 0))
    for number in range(1, 100):
        assert story_of(made, NEWS[0], source=f"s{number}", after=number) == 1
        made.add(number, 1, f"s{number}", NEWS[0], NOW + number * MINUTE, begun_at=NOW)

    assert len(made) == 1


def test_what_a_source_says_under_every_post_makes_no_story_of_them():
    foot = "Подписаться на наш замечательный канал и прислать новость нашему боту"
    made = Window(SPAN)
    posts = [
        sketch("", f"{' '.join(WORDS[at:] + WORDS[:at])} {at}. {foot}", "ru") for at in range(3)
    ]
    for number, post in enumerate(posts):
        made.add(number, number, "channel", post, NOW, begun_at=NOW)

    alone = sketch("", foot, "ru")
    news = sketch("", f"Мэр открыл новую библиотеку возле вокзала утром. {foot}", "ru")

    assert story_of(made, alone, source="channel", after=1) is None
    assert story_of(made, news, source="channel", after=1) is None


def test_a_window_that_was_filled_again_finds_the_same():
    made, again = Window(SPAN), Window(SPAN)
    for number, one in enumerate(NEWS):
        kept = Sketch.from_bytes(one.to_bytes())
        made.add(number, number, "mod", one, NOW, begun_at=NOW)
        again.add(number, number, "mod", kept, NOW, begun_at=NOW)

    for one in NEWS:
        at = NOW + MINUTE
        assert made.find(one, source="x", at=at) == again.find(one, source="x", at=at)


# --- The index ------------------------------------------------------------------------------------


def hashes(rng, count=20, top=1 << 32):
    return np.unique(rng.integers(0, top, count, dtype=np.uint64).astype(np.uint32))


@given(
    seed=st.integers(0, 1 << 32),
    top=st.sampled_from([60, 1_000, 1 << 32]),  # all alike, some alike, hardly any
    dropped=st.floats(0, 1),
)
def test_the_index_counts_as_one_would_by_hand(seed, top, dropped):
    rng = np.random.default_rng(seed)
    index, kept = Postings(), {}
    for _ in range(400):
        one = hashes(rng, int(rng.integers(0, 30)), top)
        kept[index.add(one)] = set(one.tolist())
        if rng.random() < dropped and kept:
            gone = int(rng.choice([*kept]))
            index.drop(gone)
            del kept[gone]

    asked = hashes(rng, 25, top)
    common = {number: len(one & set(asked.tolist())) for number, one in kept.items()}

    for found in index.alike(asked, 0.3):
        assert found.number in kept
        assert (found.common, found.size) == (common[found.number], len(kept[found.number]))


def test_what_is_there_is_found_among_thousands_after_any_number_of_merges():
    rng = np.random.default_rng(7)
    index, kept = Postings(), []
    for _ in range(3_000):
        one = hashes(rng, 40, 1 << 18)
        assert index.add(one) == len(kept)
        kept.append(one)
    for number in range(0, 3_000, 2):
        index.drop(number)

    for number in range(1, 3_000, 98):
        assert index.alike(kept[number], 0.9)[0].number == number
    for number in range(0, 3_000, 98):
        assert index.alike(kept[number], 0.9) == []


def test_hashes_that_everything_has_are_counted_too_where_a_document_is_worth_it():
    rng = np.random.default_rng(8)
    everywhere = np.arange(1, 9, dtype=np.uint32)
    index, kept = Postings(), []
    for _ in range(3_300):  # more than is looked up of any one hash
        kept.append(np.union1d(hashes(rng, 20), everywhere))
        index.add(kept[-1])

    for number in (5, 1_700, 3_290):  # in the oldest segment, a newer one, in none yet
        assert index.alike(kept[number], 0.9) == [(number, len(kept[number]), len(kept[number]))]
