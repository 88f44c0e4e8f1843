"""Which surface forms a word is expanded to, and what is remembered of it."""

import gzip
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from monitor.match.text import fold_lower
from monitor.match.words.morphology import ANY, Expander

EXPANDER = Expander(None)
ABBREVIATIONS = """
    ВСУ ЗСУ ОП ГУР СБУ ДНР ЛНР КНДР НАТО МО РФ ООН США ЕС ЄС СВО ПВО ППО САУ ТОТ БПЛА ЮНЕСКО
    МЗС НАБУ ОВА ДРГ РСЗО ТЭЦ-5 2С7 С-300 HIMARS ATACMS UAV US UN WHO IS MOD
"""
FUNCTION_WORDS = "и на в по что этот який та що щоб the of is from"
CONTENT_WORDS = "война уряд мина mine will-power Изюм ОП он-лайн"


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
        ("Шольц", {"шольца", "шольцу", "шольцем", "шольцом", "шольце", "шольцові", "шольці"}),
        ("Угледар", {"угледара", "угледару", "угледаром", "угледаре", "угледарі"}),
        ("Цахал", {"цахала", "цахалу", "цахалом", "цахале"}),
        ("Набиуллина", {"набиуллиной", "набиуллину"}),
        ("Ковальчук", {"ковальчука", "ковальчуком"}),
        ("Куп'янськ", {"куп'янська", "куп'янську", "куп'янськом"}),
        ("Балаклія", {"балаклії", "балаклію", "балаклією"}),
        ("ракета-носитель", {"ракеты-носителя", "ракетой-носителем", "ракеты-носители"}),
        ("Ивано-Франковск", {"ивано-франковска", "ивано-франковске"}),
        ("Ростов-на-Дону", {"ростова-на-дону", "ростове-на-дону"}),
        ("триста", {"трёхсот", "тремстам", "трьохсот"}),
        ("п'ятсот", {"п'ятисот"}),
        ("президент", {"президенте"}),
        ("Zelensky", {"zelenskys"}),
        ("be", {"is", "were", "been"}),
        ("2С7", {"2с7"}),
        ("404", {"404"}),
    ],
)
def test_a_word_has_its_forms(word, some):
    assert {*map(fold_lower, some), fold_lower(word)} <= forms(word)


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


@pytest.mark.parametrize("word", ABBREVIATIONS.split())
def test_an_abbreviation_is_neither_inflected_nor_read_as_another_word_nor_a_guess(word):
    expansion = EXPANDER.expand(word)

    assert set(expansion.forms) <= {word.lower(), word.lower() + "s"}
    assert (expansion.read_as, expansion.guessed, expansion.function_word) == ((), False, False)


@pytest.mark.parametrize("word", ["МИД", "БТР"])
def test_an_abbreviation_that_the_dictionary_inflects_is_inflected(word):
    assert word.lower() + "а" in forms(word)


@pytest.mark.parametrize("word", ["МОБИЛИЗАЦИЯ", "ВОЙСКА", "TROOPS"])
def test_a_word_that_is_shouted_is_still_a_word(word):
    assert forms(word) == forms(word.lower())
    assert EXPANDER.expand(word).read_as == ()


@pytest.mark.parametrize(
    ("word", "guessed"),
    [
        ("Угледар", True),
        ("Сырский", True),
        ("Bakhmut", True),
        ("мобилизацыя", True),
        ("mobilizaton", True),
        ("Балаклея", False),
        ("войска", False),
        ("премьер-министр", False),
        ("ракета-носитель", False),
        ("troops", False),
        ("reshuffling", False),
        ("ВСУ", False),
        ("2С7", False),
        ("300", False),
    ],
)
def test_a_word_that_no_dictionary_has_is_called_a_guess(word, guessed):
    assert EXPANDER.expand(word).guessed == guessed


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("Умеров", "умерова умерову умеровым умерове"),
        ("Умеров", "умерова умерову умерові умеровим"),
        ("Евкуров", "евкурова евкурову евкуровым евкурове"),
        ("Шмыгаль", "шмыгаля шмыгалю шмыгалем шмыгале"),
        ("Шольц", "шольца шольцу шольцем шольце"),
        ("Хезболла", "хезболлы хезболле хезболлу хезболлой"),
        ("Сырский", "сырского сырскому сырским сырском"),
        ("вагнеровец", "вагнеровца вагнеровцы вагнеровцев вагнеровцами"),
        ("Угледар", "угледара угледару угледаром угледаре"),
    ],
)
def test_a_name_that_no_dictionary_has_is_declined_like_those_that_end_like_it(name, some):
    assert set(some.split()) <= forms(name)


def test_a_guessed_surname_keeps_its_vowel():
    assert not {form for form in forms("Евкуров") if form.startswith("евкурв")}


def test_a_plural_is_read_as_one_although_the_other_language_has_some_name_like_it():
    assert {"сил", "силами", "силам"} <= forms("сили")
    assert EXPANDER.expand("сили").read_as == ("сила",)
    assert not set(EXPANDER.expand("сили").foreign.get("uk", ())) & {"сил", "силами"}


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("діти", "дітей дітям дітьми дітях"),
        ("кулі", "куля куль кулями"),
        ("вести", "вели вёл"),
        ("пасть", "пали пал"),
        ("полк", "полки полков"),
    ],
)
def test_what_no_count_speaks_against_is_found(word, some):
    assert {form.replace("ё", "е") for form in some.split()} <= forms(word)


def test_a_form_that_is_perhaps_the_word_is_found_rather_than_missed():
    assert "графики" in forms("график")


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        *((word, True) for word in FUNCTION_WORDS.split()),
        *((word, False) for word in CONTENT_WORDS.split()),
    ],
)
def test_a_function_word_is_told(word, is_one):
    assert EXPANDER.expand(word).function_word == is_one


@pytest.mark.parametrize(
    ("word", "some", "other"),
    [
        ("мобилизованные", {"мобилизованного", "мобилизованным", "мобилизован"}, "мобилизует"),
        ("отвлекающий", {"отвлекающего", "отвлекающие"}, "отвлекать"),
        ("новейший", {"новейшего", "новейшие"}, "новый"),
        ("Захарова", {"захаровой", "захарову", "захаровою"}, "захаровым"),
        ("Голикова", {"голиковой", "голикову"}, "голиков"),
        ("armed", {"armed"}, "arms"),
        ("interested", {"interested"}, "interest"),
        ("is", {"is"}, "was"),
    ],
)
def test_a_participle_superlative_or_womans_name_is_found_in_its_own_forms(word, some, other):
    assert some <= forms(word)
    assert other not in forms(word)


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
    found = [first.expand(word) for word in ("посол", "войска", "leave", "404", "Угледар", "на")]
    first.save()

    again = Expander(tmp_path / "deep" / "forms")

    assert [
        again.expand(word) for word in ("посол", "войска", "leave", "404", "Угледар", "на")
    ] == found


def test_with_a_warm_cache_no_dictionary_is_loaded(tmp_path):
    warm = Expander(tmp_path / "forms")
    for word in ("посол", "leave"):
        warm.expand(word)
    warm.save()
    program = (
        "import sys; from pathlib import Path\n"
        "from monitor.match.words.morphology import Expander\n"
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
        lambda lines: [
            lines[0],
            "{",
            '["посол"]',
            '["посол", ["x"], [], 3]',
            '["посол", ["x"], {}, [], 1]',
            "\x00\xff",
            "[" * 200_000,
            '["посол", ["пес"], {}, [], false, false]',
            '["посол", ["посол", "ж\\ud800"], {}, [], false, false]',
        ],
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
