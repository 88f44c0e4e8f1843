"""What becomes of a document whose story was told before."""

from monitor.archive.notifications import Heard
from monitor.model import Fate, Kind, News, Severity
from monitor.notify.fate import Candidate, batch_of, fate_of, root_of

STATE, OFFICIAL = ("ru", Kind.STATE), ("ru", Kind.OFFICIAL)


def heard(**facts) -> Heard:
    given = {
        "alert_id": 1,
        "fate": Fate.TOLD,
        "side": STATE,
        "rules": frozenset({"reshuffling"}),
        "severity": Severity.MEDIUM,
        "batch": None,
        "delivery": 7,
    }
    return Heard(**given | facts)


def document(**facts) -> Candidate:
    given = {
        "side": STATE,
        "rules": frozenset({"reshuffling"}),
        "severity": Severity.MEDIUM,
    }
    return Candidate(**given | facts)


def test_the_first_of_a_story_is_told():
    assert fate_of(document(), []) == (Fate.TOLD, News())


def test_a_copy_joins_the_message_that_told_of_its_story():
    assert fate_of(document(), [heard()]) == (Fate.JOINED, News())


def test_the_same_words_by_the_same_source_are_a_repetition():
    assert fate_of(document(), [heard()], said_before=True)[0] is Fate.REPEATED


def test_the_same_words_by_another_source_are_a_copy():
    assert fate_of(document(), [heard()], said_before=False)[0] is Fate.JOINED


def test_another_side_is_news():
    assert fate_of(document(side=OFFICIAL), [heard()]) == (Fate.NEWS, News(sides=(OFFICIAL,)))


def test_a_further_rule_is_news_even_in_the_same_words():
    more = document(rules=frozenset({"reshuffling", "bridges"}))

    assert fate_of(more, [heard()], said_before=True) == (Fate.NEWS, News(rules=("bridges",)))


def test_a_higher_severity_is_news_and_a_lower_one_is_not():
    louder, quieter = document(severity=Severity.HIGH), document(severity=Severity.LOW)

    assert fate_of(louder, [heard()])[1] == News(severity=Severity.HIGH)
    assert fate_of(quieter, [heard()])[0] is Fate.JOINED


def test_what_was_news_once_is_not_news_again():
    before = [heard(), heard(side=OFFICIAL, fate=Fate.NEWS, delivery=8)]

    assert fate_of(document(side=OFFICIAL), before)[0] is Fate.JOINED


def test_the_root_is_the_first_message_and_not_one_that_was_lost():
    assert root_of([heard(delivery=7), heard(delivery=9, fate=Fate.NEWS)]) == 7
    assert root_of([heard(delivery=None), heard(delivery=9)]) == 9
    assert root_of([heard(fate=Fate.WAITS, delivery=None, batch=3)]) is None


def test_a_story_that_only_waits_has_a_batch():
    assert batch_of([heard(fate=Fate.WAITS, delivery=None, batch=3)]) == 3
    assert batch_of([heard()]) is None
