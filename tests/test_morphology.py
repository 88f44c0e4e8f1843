"""Which surface forms a word is expanded to, and what is remembered of it."""

import gzip
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from monitor.match.morphology import ANY, Expander
from monitor.match.text import fold_lower

EXPANDER = Expander(None)


def forms(word: str) -> set[str]:
    return set(EXPANDER.expand(word).forms)


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("мобилизация", {"мобилизации", "мобилизацией", "мобилизаций"}),
        ("перегруппировать", {"перегруппировали", "перегруппированы", "перегруппировав"}),
        ("наёмник", {"наемников", "наемниками"}),
        ("мобілізація", {"мобілізації", "мобілізацією"}),
        ("читати", {"читаючи", "читавши", "читаємо"}),
        ("сміятися", {"сміючись", "сміявшись"}),
        ("прочитати", {"прочитавши"}),
        ("сім'я", {"сім'ї", "сім'єю"}),
        ("mercenary", {"mercenaries"}),
        ("leave", {"left", "leaving", "leaves"}),
        ("reshuffle", {"reshuffling", "reshuffled"}),
        ("Ukrainian", {"ukrainians"}),
        ("Хезболла", {"хезболлы", "хезболлой", "хезболли", "хезболлу"}),
        ("Байден", {"байдена", "байденом", "байденові"}),
        ("Сырский", {"сырского", "сырскому", "сырским"}),
        ("премьер-министр", {"премьер-министра", "премьер-министром"}),
        ("HIMARS", {"himars"}),
        ("2С7", {"2с7"}),
        ("404", {"404"}),
    ],
)
def test_a_word_has_its_forms(word, some):
    assert some | {fold_lower(word)} <= forms(word)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("посол", "после"),  # in Russian; one reading in a thousand
        ("имя", "им"),
        ("стол", "столица"),
        ("новый", "news"),
        ("new", "news"),
        ("us", "we"),
    ],
)
def test_a_form_that_nearly_always_is_another_word_is_no_form(word, other):
    expansion = EXPANDER.expand(word)

    assert other not in set(expansion.forms) - set(expansion.foreign.get("ru", ()))


@pytest.mark.parametrize(
    ("word", "read_as"),
    [
        ("наёмники", ("наёмник",)),
        ("войска", ("войско",)),
        ("воли", ("воля (ru)", "віл (uk)")),
        ("мобілізації", ("мобілізація",)),
        ("troops", ("troop",)),
        ("мобилизация", ()),
        ("shelling", ()),
    ],
)
def test_a_word_that_is_no_dictionary_form_is_read_as_one(word, read_as):
    assert EXPANDER.expand(word).read_as == read_as


def test_a_form_that_belongs_to_another_word_in_one_language_is_marked():
    expansion = EXPANDER.expand("робота")

    assert "роботам" in expansion.forms
    assert "роботам" in expansion.foreign["ru"]
    assert "роботам" not in expansion.foreign.get(ANY, ())


def test_a_function_word_is_marked_for_mixed_documents_too():
    assert "после" in EXPANDER.expand("посол").foreign[ANY]


@pytest.mark.parametrize(("language", "least"), [("ru", 0.965), ("uk", 0.98), ("en", 0.95)])
def test_inflected_forms_are_found_in_running_text(shared, language, least):
    pairs = Counter()
    content = Counter()
    with gzip.open(shared / "lemmas" / f"{language}.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#") or line.count("\t") != 2:
                continue
            form, lemma, part = line.rstrip("\n").split("\t")
            pairs[fold_lower(form), fold_lower(lemma)] += 1
            content[fold_lower(lemma)] += lemma.isalpha() and part in {
                "NOUN",
                "PROPN",
                "VERB",
                "ADJ",
            }
    lemmas_of = defaultdict(Counter)
    for (form, lemma), count in pairs.items():
        lemmas_of[form][lemma] += count
    queries = {lemma for lemma, count in content.items() if count >= 8}
    right = wrong = 0
    for query in queries:
        expansion = EXPANDER.expand(query)
        for form in set(expansion.forms) - set(expansion.foreign.get(language, ())):
            right += lemmas_of[form][query]
            wrong += lemmas_of[form].total() - lemmas_of[form][query]
    missed = sum(count for (_, lemma), count in pairs.items() if lemma in queries) - right

    assert 2 * right / (2 * right + wrong + missed) >= least


def test_what_was_found_is_read_back_from_the_file(tmp_path):
    first = Expander(tmp_path / "deep" / "forms")
    found = [first.expand(word) for word in ("посол", "войска", "leave", "404")]
    first.save()

    again = Expander(tmp_path / "deep" / "forms")

    assert [again.expand(word) for word in ("посол", "войска", "leave", "404")] == found


def test_with_a_warm_cache_no_dictionary_is_loaded(tmp_path):
    warm = Expander(tmp_path / "forms")
    for word in ("посол", "leave"):
        warm.expand(word)
    warm.save()
    program = (
        "import sys; from pathlib import Path; from monitor.match.morphology import Expander\n"
        f"e = Expander(Path({str(tmp_path / 'forms')!r}))\n"
        "assert 'послов' in e.expand('посол').forms and 'left' in e.expand('leave').forms\n"
        "e.save()\n"
        "sys.exit(str([m for m in sys.modules if m in ('pymorphy3', 'simplemma')] or ''))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )

    assert (ran.returncode, ran.stderr.strip()) == (0, "") or ran.stderr.strip() == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [],
        lambda lines: ["another version", *lines[1:]],
        lambda lines: [lines[0], "{", '["посол"]', '["посол", ["x"], [], 3]', "\x00\xff"],
        lambda lines: [lines[0], lines[1][: len(lines[1]) // 2]],
    ],
)
def test_a_damaged_file_costs_only_time(tmp_path, damage):
    path = tmp_path / "forms"
    sound = Expander(path)
    expected = sound.expand("посол")
    sound.save()
    path.write_text("\n".join(damage(path.read_text(encoding="utf-8").splitlines())))

    again = Expander(path)

    assert again.expand("посол") == expected
    again.save()
    assert Expander(path).expand("посол") == expected


def test_two_processes_do_not_lose_each_others_words(tmp_path):
    one, other = Expander(tmp_path / "forms"), Expander(tmp_path / "forms")
    one.expand("кот")
    other.expand("пёс")

    one.save()
    other.save()

    text = (tmp_path / "forms").read_text(encoding="utf-8")
    assert '["кот"' in text
    assert '["пёс"' in text
    assert [path.name for path in tmp_path.iterdir()] == ["forms"]


def test_a_cache_that_cannot_be_written_is_only_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    expander = Expander(tmp_path / "file" / "forms")
    expander.expand("кот")

    expander.save()

    assert "expansions not saved" in caplog.text
