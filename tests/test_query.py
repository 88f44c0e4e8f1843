"""The spellings of a rule, and what is said of its mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.codes import Code
from monitor.match.matcher import compile_rules
from monitor.match.tree import (
    And,
    AtLeast,
    Cased,
    Exact,
    Except,
    InField,
    Named,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Sentence,
    Word,
    leaves,
)
from monitor.match.words.morphology import Expander

EXPANDER = Expander(None)
LISTS = {"duma": ("Госдума", "Государственная дума"), "deep": ("$duma", "=Совфед")}
A, B, C = Word("кот"), Word("пес"), Word("мышь")
DUMA = (Word("госдума"), Phrase((Word("государственная"), Word("дума"))))


def read(lists=LISTS, **said):
    rules, problems = compile_rules(
        [Rule.model_validate({"id": "r", **said})], Vocabulary(lists=lists), EXPANDER
    )
    return (rules[0].tree if rules else None), problems


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("кот", A),
        ("Пёс", B),
        ("кот OR пёс OR мышь", Or((A, B, C))),
        ("кот AND пёс AND мышь", And((A, B, C))),
        ("кот AND (пёс OR мышь)", And((A, Or((B, C))))),
        ("кот AND NOT пёс", And((A, Not(B)))),
        ("NOT пёс AND кот", And((Not(B), A))),
        ("=ТЭЦ", Exact("тэц")),
        ('="Верховна Рада"', Phrase((Exact("верховна"), Exact("рада")))),
        ("case:НАТО", Cased("НАТО")),
        ('case:"US Army"', Phrase((Cased("US"), Cased("Army")))),
        ("name:Изюм", Named("изюм")),
        ("санкц* AND кот", And((Prefix("санкц"), A))),
        ('"кот пёс"', Phrase((A, B))),
        ("«кот пёс»", Phrase((A, B))),
        ("“кот пёс”", Phrase((A, B))),
        ("„кот пёс“", Phrase((A, B))),
        ('"санкц* кот"', Phrase((Prefix("санкц"), A))),
        ("кот NEAR/8 пёс", Near((A, B), 8, ordered=False)),
        ("кот ONEAR/0 пёс", Near((A, B), 0, ordered=True)),
        ("кот NEAR/3 пёс NEAR/3 мышь", Near((A, B, C), 3, ordered=False)),
        ("(кот OR пёс) NEAR/2 мышь", Near((Or((A, B)), C), 2, ordered=False)),
        ("SENTENCE(кот, пёс OR мышь)", Sentence((A, Or((B, C))))),
        ("atleast3(кот)", AtLeast(3, A)),
        ('кот EXCEPT "кот пёс"', Except(A, Phrase((A, B)))),
        ("title:кот", InField("title", A)),
        ("text:=кот", InField("text", Exact("кот"))),
        ("title:(кот OR пёс)", InField("title", Or((A, B)))),
        ("$duma", Or(DUMA)),
        ("$deep", Or((*DUMA, Exact("совфед")))),
        ("name:$duma", Or((Named("госдума"), Phrase((Named("государственная"), Named("дума")))))),
        ("Z-канал OR Telegram-канал", Or((Word("z-канал"), Word("telegram-канал")))),
        ("((кот))", A),
        ("кот\nOR\tпёс", Or((A, B))),
    ],
)  # fmt: skip
def test_a_query_is_read(query, tree):
    found, problems = read(query=query)

    assert found == tree
    assert all(problem.warning for problem in problems)


@pytest.mark.parametrize(
    ("query", "code", "column", "mend"),
    [
        ("кот AND пёс OR мышь", Code.AND_OR, 12, "brackets"),
        ("кот OR пёс AND мышь", Code.AND_OR, 11, "brackets"),
        ("кот NEAR/3 пёс AND мышь", Code.NEAR_MIXED, 15, "brackets"),
        ("кот OR пёс NEAR/3 мышь", Code.NEAR_MIXED, 11, "brackets"),
        ("кот NEAR/3 пёс NEAR/4 мышь", Code.NEAR_MIXED, 15, "brackets"),
        ("кот EXCEPT пёс OR мышь", Code.EXCEPT_MIXED, 15, "brackets"),
        ("кот пёс", Code.SIDE_BY_SIDE, 4, "quotes"),
        ("кот NOT пёс", Code.SIDE_BY_SIDE, 4, "AND NOT"),
        ("(кот OR пёс", Code.INCOMPLETE, 0, "add )"),
        ("кот)", Code.INCOMPLETE, 3, "remove"),
        ("кот, пёс", Code.INCOMPLETE, 3, "OR"),
        ("кот AND", Code.INCOMPLETE, 7, "add a term"),
        ("OR кот", Code.INCOMPLETE, 0, "add"),
        ('кот OR "пёс', Code.QUOTES, 7, "add"),
        ("кот» OR пёс", Code.QUOTES, 3, "remove"),
        ("кот NEAR пёс", Code.NUMBER, 4, "NEAR/8"),
        ("кот NEAR/500 пёс", Code.NUMBER, 4, "100"),
        ("atleast(кот)", Code.NUMBER, 0, "atleast3"),
        ("кот NEAR/3 (пёс AND мышь)", Code.NOT_A_TERM, 4, "AND"),
        ("atleast2(кот AND пёс)", Code.NOT_A_TERM, 0, "counted"),
        ("кот EXCEPT (NOT мышь)", Code.NOT_A_TERM, 4, "EXCEPT"),
        ("NOT кот", Code.ONLY_EXCLUDES, 0, "say what to look for"),
        ("кот OR NOT пёс", Code.ONLY_EXCLUDES, 0, "AND"),
        ('"— —"', Code.NO_WORD, 1, "letter"),
        ("кот | пёс", Code.NO_WORD, 4, "OR"),
        ("Cанкции", Code.MIXED_ALPHABETS, 0, "Санкции"),
        ("кот OR Telegrаm-канал", Code.MIXED_ALPHABETS, 7, "one alphabet"),
        ("кот*", Code.SHORT_PREFIX, 0, "four"),
        ("санк*ция", Code.STAR, 4, "санкция*"),
        ("*", Code.LONE_STAR, 0, "four letters"),
        ("titel:кот", Code.MODIFIER, 0, "did you mean title?"),
        ("lang:ru", Code.MODIFIER, 0, "where"),
        ('"взятие $duma"', Code.LIST_IN_PHRASE, 8, "NEAR/0"),
        ("$dumma", Code.UNKNOWN_LIST, 0, "did you mean duma?"),
        (" ", Code.NOTHING, 0, "say what"),
        ("(" * 200 + "кот" + ")" * 200, Code.INCOMPLETE, 50, "brackets"),
    ],
)
def test_a_mistake_is_shown_where_it_is_with_its_mend(query, code, column, mend):
    tree, problems = read(query=query)

    assert tree is None
    found = [problem for problem in problems if problem.code == code]
    assert [(p.column, p.warning, p.path) for p in found[:1]] == [(column, False, ("query",))]
    assert mend in found[0].text


@pytest.mark.parametrize(
    ("query", "tree", "mend"),
    [
        ("кот или пёс", Or((A, B)), "write OR"),
        ("кот або пёс", Or((A, B)), "write OR"),
        ("кот or пёс", Or((A, B)), "write OR"),
        ("кот и пёс", And((A, B)), "write AND"),
        ("кот and пёс", And((A, B)), "write AND"),
        ("кот near/3 пёс", Near((A, B), 3, ordered=False), "write NEAR/3"),
    ],
)
def test_a_small_operator_is_understood_with_a_warning(query, tree, mend):
    found, problems = read(query=query)

    assert found == tree
    assert [(p.code, p.column, p.warning) for p in problems] == [(Code.SMALL_OPERATOR, 4, True)]
    assert mend in problems[0].text


def test_a_small_word_inside_quotes_or_alone_is_only_a_word():
    assert read(query='"кот и пёс"')[1] == ()
    assert read(query="и OR кот")[0] == Or((Word("и"), A))


def test_every_mistake_is_told_at_once():
    _, problems = read(query="Cанкции AND кот* OR $nope")

    assert {p.code for p in problems} == {
        Code.MIXED_ALPHABETS,
        Code.SHORT_PREFIX,
        Code.AND_OR,
        Code.UNKNOWN_LIST,
    }


def test_a_block_is_the_same_tree():
    tree, problems = read(
        match={
            "any": ["кот", "кот пёс", '"пёс"'],
            "all": [["мышь", "=ТЭЦ"], "$duma"],
            "near": {"terms": ["кот", ["пёс", "мышь"]], "within": 2, "ordered": True},
            "at_least": {"n": 2, "of": ["кот"]},
            "none": ["name:Изюм"],
            "except": ["кот мышь"],
        }
    )

    wanted = And(
        (
            Or((A, Phrase((A, B)), B)),
            Or((C, Exact("тэц"))),
            Or(DUMA),
            Near((A, Or((B, C))), 2, ordered=True),
            AtLeast(2, A),
        )
    )
    assert tree == And((Except(wanted, Phrase((A, C))), Not(Named("изюм"))))
    assert problems == ()


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        ({"match": {"any": ["кот"]}, "query": "кот"}, Code.TWO_SPELLINGS, ("query",)),
        ({}, Code.NOTHING, ()),
        ({"match": {"none": ["кот"]}}, Code.ONLY_EXCLUDES, ("match",)),
        ({"match": {"any": ["кот", "кот OR пёс"]}}, Code.OPERATOR_IN_ITEM, ("match", "any", 1)),
        ({"match": {"all": ["кот", ["пёс", "—"]]}}, Code.NO_WORD, ("match", "all", 1, 1)),
        (
            {"match": {"near": {"terms": ["кот", "са*"]}}},
            Code.SHORT_PREFIX,
            ("match", "near", "terms", 1, 0),
        ),
        (
            {"match": {"any": ["кот"], "none": ["$nope"]}},
            Code.UNKNOWN_LIST,
            ("match", "none", 0),
        ),
        (
            {"query": "кот", "where": {"language": ["ru", "rus"]}},
            Code.LANGUAGE,
            ("where", "language", 1),
        ),
    ],
)
def test_a_mistake_in_a_rule_has_the_path_of_its_item(said, code, path):
    tree, problems = read(**said)

    assert tree is None
    assert (code, path) in [(problem.code, problem.path) for problem in problems]


def test_a_comma_in_an_item_is_read_as_a_phrase_with_a_warning():
    tree, problems = read(match={"any": ["кот, пёс"]})

    assert tree == Phrase((A, B))
    assert [(p.code, p.column, p.warning) for p in problems] == [(Code.COMMA, 3, True)]


def test_a_word_that_is_no_dictionary_form_is_noted_with_its_reading():
    _, problems = read(query="кот OR наёмники")

    assert [(p.code, p.column, p.warning) for p in problems] == [(Code.READ_AS, 7, True)]
    assert "наёмники is read as наёмник" in problems[0].text


def test_only_prefixes_is_a_mistake_and_one_word_beside_them_is_enough():
    tree, problems = read(query="санкц* OR мобилиз*")

    assert tree is None
    assert [(p.code, p.warning) for p in problems] == [(Code.ONLY_PREFIXES, False)]
    assert read(query="санкц* OR мобилизация")[1] == ()


def test_lists_that_lead_to_each_other_are_named_once_and_cost_only_their_rules():
    lists = {"a": ("$b",), "b": ("кот", "$a"), "sound": ("пёс",)}
    rules = [Rule(id="one", query="$a"), Rule(id="two", query="$sound")]

    compiled, problems = compile_rules(rules, Vocabulary(lists=lists), EXPANDER)

    assert [rule.rule.id for rule in compiled] == ["two"]
    cycles = [p for p in problems if p.code == Code.LIST_CYCLE]
    assert [(p.rule, p.path) for p in cycles] == [("", ("lists", "b", 1))]
    assert "$a → $b → $a" in cycles[0].text
    broken = [(p.rule, p.path) for p in problems if p.code == Code.BROKEN_LIST]
    assert broken == [("", ("lists", "a", 0)), ("one", ("query",))]


def test_an_empty_list_is_a_mistake_of_the_list():
    _, problems = read(lists={"nothing": ()}, query="$nothing")

    assert [(p.rule, p.path, p.code) for p in problems] == [
        ("", ("lists", "nothing"), Code.EMPTY_LIST),
        ("r", ("query",), Code.BROKEN_LIST),
    ]


pieces = st.sampled_from(
    ["кот", "AND", "OR", "NOT", "NEAR/2", "EXCEPT", "(", ")", '"', "«", "»", ",", "*", "$duma", "$",
     "title:", "=", "case:", "SENTENCE(", "atleast2(", "atleast(", " ", "\n", "или", "х*", "—"]
)  # fmt: skip


@given(st.lists(pieces, max_size=15).map(" ".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_place_inside_it(query):
    tree, problems = read(query=query or " ")

    assert (tree is None) == any(not problem.warning for problem in problems)
    for problem in problems:
        assert 0 <= problem.column <= len(query or " ")
        assert problem.text


@pytest.mark.parametrize("query", ["title:text:кот", "case:name:Изюм", "name:=Изюм", "==кот"])
def test_of_two_modifiers_of_one_kind_neither_is_ignored(query):
    tree, problems = read(query=query)

    assert tree is None
    assert [p.code for p in problems] == [Code.MODIFIER]


@pytest.mark.parametrize("item", ["мост | міст", "мост / міст", "мост; міст", "мост или міст"])
def test_what_divides_nothing_in_an_item_is_a_warning(item):
    assert [(p.code, p.warning) for p in read(match={"any": [item]})[1]] == [(Code.COMMA, True)]


@pytest.mark.parametrize("said", ["-мост", "!мост", "мост -село", "+мост"])
def test_a_sign_that_is_an_operator_elsewhere_is_a_mistake(said):
    tree, problems = read(match={"any": [said]})

    assert tree is None
    assert [p.code for p in problems] == [Code.MODIFIER]
    assert read(match={"any": ["-5 градусов", "ТЭЦ-5", "премьер-министр"]})[0] is not None


def test_every_code_has_its_own_number_and_an_explanation():
    assert len({code.value for code in Code}) == len(Code)
    assert all(code.explanation.endswith(".") for code in Code)


def test_a_query_of_thousands_of_nots_is_a_mistake_and_no_crash():
    rule = Rule(id="r", query="мост AND " + "NOT " * 3000 + "тоннель")

    compiled, problems = compile_rules([rule], Vocabulary(), Expander(None))

    assert compiled == ()
    assert [problem.code for problem in problems] == ["MM108"]


def test_lists_that_lead_from_one_to_the_next_for_ever_are_a_mistake_and_no_crash():
    lists = {f"l{n}": [f"$l{n + 1}"] for n in range(3000)} | {"l3000": ["мост"]}

    _, problems = compile_rules(
        [Rule(id="r", query="$l0")], Vocabulary(lists=lists), Expander(None)
    )

    assert "MM134" in {problem.code for problem in problems}


def test_lists_that_double_each_other_hold_each_word_once():
    lists = {f"l{n}": [f"$l{n + 1}", f"$l{n + 1}"] for n in range(18)} | {"l18": ["мост"]}

    (compiled,), problems = compile_rules(
        [Rule(id="r", query="$l0")], Vocabulary(lists=lists), Expander(None)
    )

    assert problems == ()
    assert [leaf.word for leaf in leaves(compiled.tree)] == ["мост"]
