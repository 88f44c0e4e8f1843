"""What a rule finds in a document."""

from dataclasses import replace

import pytest

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.language import Tongue
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.tree import And, InField, Near, Opening
from monitor.match.words.morphology import Expander, Expansion
from monitor.model import Kind, Provenance, Severity

EXPANDER = Expander(None)
RU, UK, EN = Tongue("ru"), Tongue("uk"), Tongue("en")
RIA = Provenance(id="ria", name="РИА", country="ru", kind=Kind.STATE, language="ru")


def compiled(**said):
    said.setdefault("id", "r")
    (rule,), problems = compile_rules(
        [Rule.model_validate(said)], Vocabulary(lists=LISTS), EXPANDER
    )
    assert all(problem.warning for problem in problems), problems
    return rule


def hits(said, text, tongue=RU, *, title=""):
    """Return what a rule, given as a query or a block, finds: the words and their terms."""
    key = "query" if isinstance(said, str) else "match"
    matches, errors = Matcher([compiled(**{key: said})]).match(title, text, tongue)
    assert not errors
    return [(hit.text, hit.term) for match in matches for hit in match.hits]


LISTS = {"kyiv": ("Київ", "Киев", "Kyiv"), "cities": ("$kyiv", "Нова Каховка"), "towns": ("Изюм",)}


@pytest.mark.parametrize(
    ("word", "text", "tongue", "standing"),
    [
        ("перегруппировать", "Войска перегруппированы", RU, "перегруппированы"),
        ("манёвр", "отвлекающих маневров", RU, "маневров"),
        ("перегрупування", "оголосили про перегрупуванням", UK, "перегрупуванням"),
        ("мобілізувати", "мобілізувавши резервістів", UK, "мобілізувавши"),
        ("reshuffle", "They are reshuffling troops", EN, "reshuffling"),
        ("мобилизация", "«Мобилизации не будет», — цитує Кремль видання", UK, "Мобилизации"),
        ("Залужный", "Слова Залужного", RU, "Залужного"),
        ("п'ять", "рівно п’яти", UK, "п’яти"),
    ],
)
def test_a_word_is_found_in_any_form(word, text, tongue, standing):
    assert hits(word, text, tongue) == [(standing, word)]


def test_the_documents_language_removes_only_forms_of_another_word():
    assert hits("посол", "после встречи", RU) == []
    assert hits("тема", "тем временем", RU) == []
    assert hits("тема", "багато тем", UK) == [("тем", "тема")]


def test_a_mixed_or_unknown_language_removes_nothing_but_function_words():
    # роботам is "robots" in Russian; робота is "work" in Ukrainian.
    assert hits("робота", "роботам", RU) == []
    assert hits("робота", "роботам", Tongue("ru", mixed=True)) == [("роботам", "робота")]
    assert hits("робота", "роботам", Tongue(None)) == [("роботам", "робота")]
    assert hits("посол", "после встречи", Tongue("uk", mixed=True)) == []


def test_what_the_author_typed_is_never_taken_away():
    assert hits("Путин", "Путин сказав", UK) == [("Путин", "Путин")]


def test_several_words_are_a_phrase_in_any_form_across_a_line_break():
    found = hits({"any": ["отвлекающий манёвр"]}, "Назвали отвлекающим\nманевром, а не бегством")

    assert found == [("отвлекающим\nманевром", "отвлекающий манёвр")]


def test_a_phrase_does_not_span_title_and_text():
    assert hits('"чёрный кот"', "кот", title="чёрный") == []
    assert hits("чёрный AND кот", "кот", title="чёрный") != []


def test_exact_case_and_name_ask_for_more():
    assert hits("=ТЭЦ", "на тэц авария, ТЭЦам плохо") == [("тэц", "=ТЭЦ")]
    assert hits("case:НАТО", "нато, НАТО") == [("НАТО", "case:НАТО")]
    assert hits("name:Изюм", "под Изюмом ели изюм") == [("Изюмом", "name:Изюм")]
    assert hits("name:$towns", "под Изюмом ели изюм") == [("Изюмом", "Изюм")]


def test_a_name_keeps_the_forms_that_without_a_capital_are_another_word():
    assert hits("name:Маск", "Слова Маска; маска, маску") == [("Маска", "name:Маск")]
    assert hits("name:Посол", "После встречи с Послом") == [("Послом", "name:Посол")]


def test_an_abbreviation_that_is_a_function_word_wants_its_capitals():
    assert hits("US", "The US told us", EN) == [("US", "US")]


def test_a_prefix_finds_the_part_of_a_hyphenated_word():
    assert hits("прем* OR рыба", "премьер-министр премировал") == [
        ("премьер", "прем*"),
        ("премировал", "прем*"),
    ]


def test_a_hyphenated_word_is_found_by_its_part_and_as_a_whole_once():
    assert hits("министр", "экс-премьер-министра нет") == [("министра", "министр")]
    assert hits("премьер-министр", "экс-премьер-министра нет") == [
        ("премьер-министра", "премьер-министр")
    ]


def test_except_discards_only_the_hits_it_overlaps():
    block = {"any": ["перегруппировка"], "except": ["перегруппировка активов"]}

    assert hits(block, "Перегруппировка активов банка") == []
    assert hits(block, "Перегруппировка активов и перегруппировка войск") == [
        ("перегруппировка", "перегруппировка")
    ]


def test_none_discards_the_document():
    block = {"any": ["изюм"], "none": ["фрукт"]}

    assert hits(block, "Изюм взят") == [("Изюм", "изюм")]
    assert hits(block, "Изюм взят", title="Фрукты") == []


def test_every_key_of_a_block_must_hold():
    block = {
        "any": ["войска"],
        "all": [["отступить", "отойти"], "город"],
        "near": {"terms": ["отступить", "спешно"], "within": 1},
        "at_least": {"n": 2, "of": "войска"},
    }

    assert hits(block, "Войска города отступили очень спешно. Войск нет.") != []
    assert hits(block, "Войска города отступили очень, очень спешно. Войск нет.") == []
    assert hits(block, "Войска города отступили очень спешно.") == []


def test_near_counts_the_words_between_and_reports_only_what_is_near():
    text = "Мобилизация полная. Слова и ещё слова, потом ещё много слов: мобилизация"

    assert hits("мобилизация NEAR/0 полный", text) == [
        ("Мобилизация", "мобилизация"),
        ("полная", "полный"),
    ]
    assert hits("полный ONEAR/0 мобилизация", text) == []
    assert hits("кот NEAR/8 кот", "кот") == []


def test_near_takes_more_than_two_terms_in_any_order():
    assert len(hits("кот NEAR/1 пёс NEAR/1 мышь", "мышь и кот, пёс")) == 3
    assert hits("кот ONEAR/1 пёс ONEAR/1 мышь", "мышь и кот, пёс") == []


def test_a_sentence_keeps_its_words_together():
    assert hits("SENTENCE(Кремль, молчать)", "Кремль знает. Все молчат.") == []
    assert len(hits("SENTENCE(Кремль, молчать)", "Знают все. В Кремле молчат.")) == 2


def test_near_finds_every_member_of_a_chain_and_nothing_else():
    text = "кот а пёс б мышь в г д кот е пёс"

    assert [word for word, _ in hits("кот NEAR/1 пёс NEAR/1 мышь", text)] == ["кот", "пёс", "мышь"]
    assert len(hits("кот NEAR/1 пёс", text)) == 4


def test_thousands_of_common_words_near_each_other_are_all_found():
    text = "кот пёс мышь дом " * 2500

    assert len(hits("кот NEAR/100 пёс NEAR/100 мышь NEAR/100 дом", text)) == 10_000


def opening(n, query, field=None):
    """Return a matcher whose only rule is held against the first words alone."""
    rule = compiled(query=query)
    tree = Opening(n, rule.tree)
    return Matcher([replace(rule, tree=InField(field, tree) if field else tree, told=False)])


@pytest.mark.parametrize(
    ("n", "query", "field", "found"),
    [
        (2, "кот", None, False),
        (3, "кот", None, True),
        (1, "кот", "text", True),
        (3, "мышь", "title", False),
        (4, '"кот ест"', None, True),
        (3, '"кот ест"', None, False),
        (99, "мышь", None, True),
        (5, "рыба", None, True),
        (4, "рыба", None, False),
        (3, "кот AND NOT мышь", None, True),
    ],
)
def test_an_opening_counts_words_through_the_title_and_then_the_text(n, query, field, found):
    matcher = opening(n, query, field)

    assert bool(matcher.match("Пёс спит", "кот ест, рыба-мышь", RU)[0]) is found
    assert bool(matcher.satisfied("Пёс спит", "кот ест, рыба-мышь", RU)) is found


def test_a_hit_of_a_look_alike_word_is_what_stands_in_the_text():
    assert hits("советник", "Сказал cоветника дом") == [("cоветника", "советник")]
    assert hits("case:США", "в CША") == [("CША", "case:США")]
    assert hits('"советник президента"', "cоветник пpезидента") != []
    assert hits("совет* OR кот", "cоветник") == [("cоветник", "совет*")]
    assert hits("СССР", "CCCP") == []


@pytest.mark.parametrize("mark", ["\u0301", "\u0300"])
def test_stress_of_either_kind_is_no_letter(mark):
    assert hits("мобилизация", f"О моби{mark}лизации") == [(f"моби{mark}лизации", "мобилизация")]
    assert hits("Одесса", f"Оде{mark}сса") == [(f"Оде{mark}сса", "Одесса")]


@pytest.mark.parametrize("between", ["." * 50_000, "." + " " * 50_000, "!?" * 30_000 + "\n" * 9])
def test_a_sentence_ends_once_however_many_signs_end_it(between):
    assert hits("SENTENCE(кот, собака)", f"Кот и собака{between}х") != []
    assert hits("SENTENCE(кот, собака)", f"Кот{between} Собака") == []


def test_lists_stand_for_their_members_even_through_other_lists():
    assert hits("$cities", "Із Києва до Нової Каховки, Kyiv", UK) == [
        ("Києва", "Київ"),
        ("Нової Каховки", "Нова Каховка"),
        ("Kyiv", "Kyiv"),
    ]


def test_every_occurrence_is_a_hit_with_its_offsets_in_the_original():
    text = "За\u0301\u00adмок у замка"

    (match,), _ = Matcher([compiled(query="замок")]).match("", text, RU)

    assert [text[hit.start : hit.end] for hit in match.hits] == ["За\u0301\u00adмок", "замка"]
    assert all(hit.text == text[hit.start : hit.end] for hit in match.hits)


def test_title_hits_come_before_text_hits():
    (match,), _ = Matcher([compiled(query="кот")]).match("Кот", "Коты", RU)

    assert [hit.field for hit in match.hits] == ["title", "text"]


@pytest.mark.parametrize(
    ("where", "read"),
    [
        ({"country": ["ru"]}, True),
        ({"country": ["ua"]}, False),
        ({"kind": ["official", "state"]}, True),
        ({"kind": ["independent"]}, False),
        ({"source": ["ri*"]}, True),
        ({"source": ["tass", "r?"]}, False),
        ({"language": ["ru"]}, True),
        ({"language": ["uk", "en"]}, False),
        ({"fields": ["text"]}, True),
        ({"fields": ["title"]}, False),
    ],
)
def test_where_says_which_documents_are_read(where, read):
    matcher = Matcher([compiled(query="кот", where=where)])

    assert bool(matcher.match("", "кот", RU, RIA)[0]) is read


def test_filters_on_the_source_apply_only_where_there_is_one():
    matcher = Matcher([compiled(query="кот", where={"country": ["ua"], "kind": ["official"]})])

    assert matcher.match("", "кот", RU)[0]


def test_a_mixed_text_is_in_both_languages():
    matcher = Matcher([compiled(query="кот", where={"language": ["uk"]})])

    assert matcher.match("", "кот", Tongue("ru", mixed=True))[0]


def test_matches_come_loudest_first_then_in_the_order_of_the_rules():
    rules = [
        compiled(id="a", query="кот", severity="low"),
        compiled(id="c", query="кот", severity="critical"),
        compiled(id="b", query="кот", severity="critical"),
    ]

    matches, _ = Matcher(rules).match("", "кот", RU)

    assert [match.rule for match in matches] == ["c", "b", "a"]
    assert matches[0].severity is Severity.CRITICAL


def test_a_rule_that_fails_costs_only_itself():
    sound, broken = compiled(id="sound", query="кот"), compiled(id="broken", query="кот")
    impossible = Near((broken.tree, broken.tree), "many", False)
    broken = replace(broken, tree=And((broken.tree, impossible)), told=False)

    matches, errors = Matcher([broken, sound]).match("", "кот и кот", RU)

    assert [match.rule for match in matches] == ["sound"]
    assert Matcher([broken, sound]).satisfied("", "кот и кот", RU) == ("sound",)
    assert [(error.rule, error.reason[:9]) for error in errors] == [("broken", "TypeError")]


def test_a_replaced_matcher_is_as_good_as_a_new_one():
    texts = ["кот", "пёс видит кота", "после посла", "санкционный кот", "мышь"]
    old = [
        compiled(id=f"r{i}", query=q)
        for i, q in enumerate(("кот", "посол", "санкц* OR рыба", "пёс"))
    ]
    new = [old[3], compiled(id="r0", query="мышь OR кот"), old[1]]

    replaced = Matcher(new, like=Matcher(old))

    for text in texts:
        for tongue in (RU, UK, Tongue(None)):
            assert replaced.match("", text, tongue) == Matcher(new).match("", text, tongue)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("кот AND пёс AND мышь", "кот и пёс", False),
        ("кот AND пёс AND мышь", "кот и мышь", False),
        ("кот AND пёс AND мышь", "пёс и мышь", False),
        ("кот AND пёс AND мышь", "мышь, кот и пёс", True),
        ("(кот OR пёс) AND (мышь OR рыба)", "кот и пёс", False),
        ("(кот OR пёс) AND (мышь OR рыба)", "мышь и рыба", False),
        ("(кот OR пёс) AND (мышь OR рыба)", "рыба и пёс", True),
        ("(кот AND NOT пёс) OR рыба", "кот и пёс", False),
        ("(кот AND NOT пёс) OR рыба", "кот, пёс и рыба", True),
        ("кот AND NOT (пёс AND мышь)", "кот и пёс", True),
        ("кот AND NOT (пёс OR мышь)", "кот и мышь", False),
        ("кот AND NOT NOT пёс", "кот и мышь", False),
        ("кот AND NOT (пёс AND NOT мышь)", "кот, пёс и мышь", True),
        ("name:Кот AND пёс", "кот и пёс", False),
        ("кот OR (пёс AND мышь)", "пёс", False),
    ],
)
def test_what_only_asks_which_words_occur_is_answered_alike_with_hits_and_without(
    query, text, found
):
    matcher = Matcher([compiled(query=query)])

    assert bool(matcher.satisfied("", text, RU)) is found
    assert bool(matcher.match("", text, RU)[0]) is found


def test_a_rule_takes_nothing_over_from_a_removed_one():
    old = [compiled(id="phrase", query='"чёрный кот"'), compiled(id="not", query="кот AND NOT пёс")]
    new = [compiled(id="a", query="белый AND чёрный"), compiled(id="b", query="кот AND рыба")]
    kept = compiled(id="kept", query="чёрный AND кот")

    replaced = Matcher([kept, *new], like=Matcher([*old, kept]))

    assert replaced.satisfied("", "чёрный кот", RU) == ("kept",)
    assert replaced.satisfied("", "белый и чёрный кот, рыба и пёс", RU) == ("kept", "a", "b")


def test_words_with_the_same_forms_may_be_taken_away_in_different_languages():
    here, there = compiled(id="here", query="кот"), compiled(id="there", query="котом")
    forms = there.forms["котом"]
    other = Expansion(forms=forms.forms, foreign={"ru": ("коты",)})
    there = replace(there, forms={"котом": other})
    here = replace(here, forms={"кот": Expansion(forms=forms.forms[::-1])})

    assert Matcher([here, there]).satisfied("", "коты", RU) == ("here",)


def test_replacing_leaves_the_old_matcher_as_it_was():
    old = Matcher([compiled(query="кот")])

    Matcher([compiled(query="пёс")], like=old)

    assert old.match("", "кот", RU)[0]
    assert not old.match("", "пёс", RU)[0]


def test_a_rule_on_trial_says_so_in_its_alerts():
    trial = compiled(query="мост", title="Bridges", status="experimental")
    stable = compiled(id="s", query="мост", title="Bridges")

    matches, _ = Matcher([trial, stable]).match("", "Мост закрыт.", RU)

    assert [one.title for one in matches] == ["Bridges (experimental)", "Bridges"]
