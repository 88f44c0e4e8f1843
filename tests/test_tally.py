"""What rules would have caught: counting alone, without archive or terminal."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.config.schema import Rule
from monitor.config.vocabulary import Vocabulary
from monitor.match.asked import asked
from monitor.match.language import Tongue
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.tally import Case, Measure, compare, tally
from monitor.match.tree import And, Near
from monitor.match.words.morphology import Expander
from monitor.model import Kind, Provenance

KYIV = ZoneInfo("Europe/Kyiv")
NOON = datetime(2022, 9, 10, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WORDS = Vocabulary(
    lists={"cities": ("Балаклея", "name:Изюм", "Купянск"), "east": ("$cities", "Лиман")}
)
EXPANDER = Expander(None)


def compiled(**queries):
    rules = [Rule(id=name, query=query) for name, query in queries.items()]
    found, problems = compile_rules(rules, WORDS, EXPANDER)
    assert all(problem.warning for problem in problems)
    return found


def case(text, moment=NOON, number=0, **more):
    return Case(
        **{
            "document": (f"{text} {moment} {number}", ""),
            "name": text,
            "source": "mod",
            "url": "",
            "title": "",
            "text": text,
            "moment": moment,
            "tongue": Tongue("ru"),
            "provenance": None,
        }
        | more
    )


def counted(cases, samples=3, limit=20, **queries):
    how = Measure(zone=KYIV, samples=samples, limit=limit)
    return tally(cases, Matcher(compiled(**queries)), how)


def test_documents_are_counted_by_rule_and_by_the_days_of_the_zone():
    late = datetime(2022, 9, 10, 22, tzinfo=UTC)  # past midnight in Kyiv
    cases = [case("Слон."), case("Слон и кит.", late), case("Никого."), case("Слон!", late)]

    found = counted(cases, elephants="слон", whales="кит", none="жираф")

    elephants, whales, none = found.rules
    assert [rule.rule for rule in found.rules] == ["elephants", "whales", "none"]
    assert (elephants.documents, elephants.share) == (3, 0.75)
    assert elephants.days == {date(2022, 9, 10): 1, date(2022, 9, 11): 2}
    assert (whales.documents, whales.days) == (1, {date(2022, 9, 11): 1})
    assert (none.documents, none.days, none.share) == (0, {}, 0.0)
    assert (found.documents, found.first, found.last) == (4, NOON, late)


def test_a_rule_that_matches_more_than_a_tenth_is_loud():
    cases = [case("Слон.", number=number) for number in range(2)] + [
        case("Никого.", number=number) for number in range(18)
    ]

    assert not counted(cases, elephants="слон").rules[0].loud
    assert counted(cases[:19], elephants="слон").rules[0].loud


def test_a_document_with_several_matches_is_one_message():
    found = counted([case("Слон и кит."), case("Кит.")], elephants="слон", whales="кит")

    assert [rule.documents for rule in found.rules] == [1, 2]
    assert found.messages.documents == 2


def test_all_texts_of_a_document_count_once_and_the_newest_that_matches_is_shown():
    texts = [case(said, document=("mod", "1")) for said in ("Никого.", "Слон спит.", "Слон.")]

    found = counted([*texts, case("Слон!")], elephants="слон")

    assert (found.documents, found.rules[0].documents, found.messages.documents) == (2, 2, 2)
    assert [sample.case.text for sample in found.rules[0].samples] == ["Слон спит.", "Слон!"]


def test_messages_a_day_are_of_the_time_between_the_first_and_the_last_document():
    cases = [case("Никого.", NOON), case("Слон.", NOON + DAY), case("Слон.", NOON + 4 * DAY)]

    assert counted(cases, elephants="слон").messages.a_day == 0.5
    assert counted(cases[1:2], elephants="слон").messages.a_day == 1.0, "a day at the least"


def test_the_busiest_day_hour_and_minute_are_named():
    burst = NOON + DAY
    times = [NOON, NOON + MINUTE, burst, burst, burst + 2 * MINUTE, burst + 70 * MINUTE]

    messages = counted(
        [case("Слон.", moment, number) for number, moment in enumerate(times)], elephants="слон"
    ).messages

    assert messages.busiest_day == (date(2022, 9, 11), 4)
    assert messages.busiest_hour == (burst, 3)
    assert messages.busiest_minute == (burst, 2)


@pytest.mark.parametrize(
    ("minutes", "fits", "late"),
    [
        ({0: 20}, True, 0),
        ({0: 21}, False, 1),
        ({0: 60}, False, 2),
        ({0: 20, 1: 20, 2: 20}, True, 0),
        ({0: 30, 1: 30}, False, 1),
        ({0: 30, 1: 31}, False, 2),
        ({0: 60, 10: 40}, False, 2),
    ],
)
def test_messages_wait_where_a_minute_has_more_than_a_chat_takes(minutes, fits, late):
    cases = [
        case("Слон.", NOON + minute * MINUTE, number)
        for minute, many in minutes.items()
        for number in range(many)
    ]

    messages = counted(cases, elephants="слон").messages

    assert (messages.fits, messages.late) == (fits, late * MINUTE)


def test_undated_documents_are_counted_apart():
    found = counted([case("Слон.", None), case("Никого.", None), case("Слон.")], elephants="слон")

    rule = found.rules[0]
    assert (found.undated, rule.undated, found.messages.undated) == (2, 1, 1)
    assert (rule.documents, sum(rule.days.values())) == (2, 1)


def test_samples_are_the_newest_in_whatever_order_documents_come():
    hours = [3, 1, 4, 1, 5, 9, 2, 6]
    cases = [case("Слон.", NOON + hour * 60 * MINUTE, n) for n, hour in enumerate(hours)]

    samples = counted([*cases, case("Слон.", None)], elephants="слон").rules[0].samples

    assert [sample.case.moment for sample in samples] == [
        NOON + hour * 60 * MINUTE for hour in (9, 6, 5)
    ]


def test_terms_that_never_occurred_are_named_in_the_order_of_the_rule():
    query = "(жираф OR слон OR $east OR кит) EXCEPT бегемот"

    dead = counted([case("Слон под Изюмом.")], many=query).rules[0].dead

    assert [(one.name, tuple(one.members), one.of) for one in dead] == [
        ("жираф", ("жираф",), 1),
        ("$east", ("Балаклея", "Купянск", "Лиман"), 4),
        ("кит", ("кит",), 1),
    ]


def test_a_term_that_only_occurs_where_the_rule_is_not_satisfied_is_dead():
    dead = counted([case("Слон.")], both="слон AND кит").rules[0].dead

    assert [one.name for one in dead] == ["слон", "кит"]


def test_what_a_rule_excludes_is_not_asked_for():
    [rule] = compiled(one="(слон AND NOT $cities) EXCEPT кит")

    assert [one.name for one in asked(rule)] == ["слон"]


def test_a_rule_that_fails_on_a_document_costs_no_other():
    broken, sound = compiled(broken="слон", sound="слон")
    impossible = Near((broken.tree, broken.tree), "many", False)
    broken = replace(broken, tree=And((broken.tree, impossible)))

    found = tally(
        [case("Слон и слон.", name="#ref")],
        Matcher([broken, sound]),
        Measure(zone=KYIV, samples=3, limit=20),
    )

    assert [rule.documents for rule in found.rules] == [0, 1]
    assert found.rules[0].failed == 1
    [(name, reason)] = found.rules[0].failures
    assert (name, reason[:9]) == ("#ref", "TypeError")


def test_where_is_heeded_for_a_source_that_is_known():
    ria = Provenance(id="ria", name="РИА", country="ru", kind=Kind.STATE, language="ru")
    rule = Rule(id="ua", query="слон", where={"country": "ua"})
    matcher = Matcher(compile_rules([rule], WORDS, EXPANDER)[0])
    how = Measure(zone=KYIV, samples=3, limit=20)

    found = tally([case("Слон.", provenance=ria), case("Слон.", number=1)], matcher, how)

    assert found.rules[0].documents == 1


def test_an_edit_is_what_it_adds_and_what_it_drops():
    cases = [case("Слон.", NOON), case("Кит.", NOON + MINUTE), case("Слон и кит.", NOON - MINUTE)]
    before = Matcher(compiled(changed="слон", removed="кит", same="слон"))
    after = Matcher(compiled(changed="кит", added="слон AND кит", same="слон"))

    found = compare(
        cases, before=before, after=after, names=["changed", "added", "removed"], samples=1
    )

    changed, added, removed = found.differences
    assert found.documents == 3
    assert (changed.change, changed.before, changed.after) == ("changed", 2, 2)
    assert (changed.added, changed.dropped) == (1, 1)
    assert [sample.case.text for sample in changed.added_samples] == ["Кит."]
    assert [sample.case.text for sample in changed.dropped_samples] == ["Слон."]
    assert (added.change, added.added, added.dropped) == ("added", 1, 0)
    assert (removed.change, removed.added, removed.dropped) == ("removed", 0, 2)
    assert len(removed.dropped_samples) == 1, "no more than were asked for"


def test_nothing_at_all_is_counted_as_nothing():
    found = counted([], elephants="слон")

    assert (found.documents, found.first, found.messages.a_day) == (0, None, None)
    assert found.rules[0].share == 0.0
    assert found.messages.fits
