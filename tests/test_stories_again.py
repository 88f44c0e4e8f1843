"""What a source says again is news again; what others copy is not, and each copy has its event."""

import sys
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from archived import MINUTE, NOW
from newswire import wire

from monitor.stories.sketch import Sketch, sketch
from monitor.stories.window import Window

SPAN = timedelta(days=2)
HOUR = timedelta(hours=1)
CLOSED = (
    "Движение автотранспорта по Крымскому мосту временно перекрыто. Находящихся на мосту и в зоне"
    " досмотра просим сохранять спокойствие и следовать указаниям сотрудников транспортной"
    " безопасности."
)
OPENED = "Движение автотранспорта по Крымскому мосту возобновлено."
OPENED_AT_LENGTH = CLOSED.replace("временно перекрыто", "возобновлено")
FLASH = "Взрывы в Херсоне, работает ПВО"
REPORT = sketch("", next(wire("ru")).text, "ru")
OTHERS = [sketch("", news.text, "ru") for news in wire("ru")][1:]


class Wire:
    """Documents as they come, each told which story it is, as the heart does."""

    def __init__(self) -> None:
        self.window = Window(SPAN)
        self.begun = {}
        self.came = 0

    def say(self, source, said, after, language="ru"):
        """Return the story of what a source says so long after now."""
        shape = said if isinstance(said, Sketch) else sketch("", said, language)
        at = NOW + after
        self.came += 1
        found = self.window.find(shape, source=source, at=at)
        story = self.came if found is None else found.story_id
        self.add(source, shape, story, after)
        return story

    def add(self, source, shape, story, after):
        at = NOW + after
        begun = self.begun.setdefault(story, at)
        self.window.add(self.came, story, source, shape, at, begun_at=begun)

    def stories(self, *said):
        return [self.say(*one) for one in said]


def test_a_notice_that_a_source_sends_again_and_again_is_told_each_time():
    closed_and_opened = [
        ("tass", CLOSED, 0 * HOUR),
        ("tass", OPENED, 2 * HOUR),
        ("tass", CLOSED, 11 * HOUR),
        ("tass", OPENED, 14 * HOUR),
        ("tass", CLOSED, 24 * HOUR),
        ("tass", OPENED, 25 * HOUR),
        ("tass", CLOSED, 35 * HOUR),
    ]

    told = Wire().stories(*closed_and_opened)

    assert len(set(told)) == len(closed_and_opened)


@pytest.mark.parametrize("opened", [OPENED, OPENED_AT_LENGTH])
def test_closed_and_opened_within_minutes_are_told_each_time(opened):
    told = Wire().stories(
        ("tass", CLOSED, 0 * MINUTE),
        ("tass", opened, 9 * MINUTE),
        ("tass", CLOSED, 18 * MINUTE),
        ("tass", opened, 27 * MINUTE),
    )

    assert len(set(told)) == 4


@pytest.mark.parametrize("text", [CLOSED, OPENED, REPORT])
def test_later_than_half_an_hour_the_same_words_of_one_source_are_another_event(text):
    room = Wire()
    first = room.say("tass", text, 0 * MINUTE)

    assert room.say("tass", text, 31 * MINUTE) != first


def test_repeated_every_twenty_minutes_a_notice_does_not_live_on_as_one_story():
    told = Wire().stories(*[("tass", CLOSED, 20 * number * MINUTE) for number in range(6)])

    assert told == [1, 1, 3, 3, 5, 5]


def test_a_copy_belongs_to_the_event_that_was_told_last():
    room = Wire()
    noon = room.stories(("tass", CLOSED, 0 * HOUR), ("ria", CLOSED, 5 * MINUTE))
    opened = room.stories(("tass", OPENED, 2 * HOUR), ("ria", OPENED, 2 * HOUR + MINUTE))
    night = room.stories(
        ("tass", CLOSED, 11 * HOUR),
        ("ria", CLOSED, 11 * HOUR + 5 * MINUTE),
        ("interfax", f"ТАСС: {CLOSED}", 11 * HOUR + 6 * MINUTE),
    )

    assert noon == [1, 1]
    assert opened == [3, 3]
    assert night == [5, 5, 5]


def test_who_copied_a_story_is_no_stranger_to_it_when_it_says_the_same_first_next_time():
    """RIA was never remembered by its words: they were TASS's."""
    room = Wire()
    noon = room.stories(("tass", CLOSED, 0 * HOUR), ("ria", CLOSED, 5 * MINUTE))
    night = room.stories(("ria", CLOSED, 11 * HOUR), ("tass", CLOSED, 11 * HOUR + MINUTE))

    assert noon == [1, 1]
    assert night == [3, 3]


def test_a_copy_joins_the_newest_of_forty_events_told_in_the_same_words():
    room = Wire()
    told = room.stories(*[("tass", CLOSED, number * HOUR) for number in range(40)])

    assert told == [*range(1, 41)]
    assert room.say("ria", CLOSED, 39 * HOUR + 5 * MINUTE) == 40


def test_a_copy_that_is_much_more_like_an_older_event_belongs_to_that():
    room = Wire()
    room.stories(("tass", CLOSED, 0 * MINUTE), ("tass", OPENED, 50 * MINUTE))

    assert room.say("ria", CLOSED, 51 * MINUTE) == 1
    assert room.say("interfax", OPENED, 52 * MINUTE) == 2


def test_another_source_copies_a_long_text_as_long_as_the_window_says():
    room = Wire()
    room.say("tass", REPORT, 0 * HOUR)

    assert room.say("ria", REPORT, SPAN) == 1


SAID_AT_LENGTH = (
    "{}, сообщил Кирилл Стремоусов. По его словам, сбиты две ракеты, а жителей просят не выходить.",
    "МОЛНИЯ. {}. Об этом сообщили в военной администрации области, пострадавших нет.",
)


@pytest.mark.parametrize("full", SAID_AT_LENGTH)
def test_a_flash_and_its_full_text_are_one_story(full):
    told = Wire().stories(("tass", FLASH, 0 * MINUTE), ("tass", full.format(FLASH), 20 * MINUTE))

    assert told == [1, 1]


def test_a_long_text_that_is_sent_anew_with_one_word_corrected_is_one_story():
    text = next(wire("ru")).text
    words = text.split()
    words[len(words) // 2] = "исправленное"
    corrected = sketch("", " ".join(words), "ru")

    assert Wire().stories(("tass", REPORT, 0 * HOUR), ("tass", corrected, 9 * MINUTE)) == [1, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Воздушная тревога в Харькове, Полтаве и Сумах.",
            "Отбой воздушной тревоги в Харькове, Полтаве и Сумах.",
        ),
        (
            "Воздушная тревога в Харькове.",
            "Отбой воздушной тревоги в Харькове. Берегите себя и близких, держите телефон рядом.",
        ),
        (CLOSED, OPENED_AT_LENGTH),
        (CLOSED, OPENED),
    ],
)
def test_what_a_source_says_with_other_words_is_another_event_in_either_order(one, other):
    for first, second in ((one, other), (other, one)):
        told = Wire().stories(("mod", first, 0 * MINUTE), ("mod", second, 3 * MINUTE))

        assert told == [1, 2]


def test_a_source_of_two_languages_is_not_told_its_old_news_by_a_copy_in_the_other():
    russian = {one.event: one.text for one in wire("ru")}
    for news in wire("uk"):
        if news.event not in russian:
            continue
        room = Wire()
        told = room.stories(
            ("hur", news.text, 0 * HOUR, "uk"),
            ("tass", russian[news.event], HOUR),
            ("hur", news.text, 9 * HOUR, "uk"),
            ("hur", russian[news.event], 18 * HOUR),
        )
        assert told == [1, 1, 3, 4], news.event


def test_one_who_only_says_closed_and_opened_can_be_copied_for_days():
    """What it says each time is no signature of its."""
    room = Wire()
    for number in range(8):
        closed = room.stories(
            ("bridge", CLOSED, 5 * number * HOUR),
            ("tass", CLOSED, 5 * number * HOUR + 3 * MINUTE),
        )
        opened = room.stories(
            ("bridge", OPENED, (5 * number + 2) * HOUR),
            ("tass", OPENED, (5 * number + 2) * HOUR + 3 * MINUTE),
        )
        assert closed == [4 * number + 1] * 2
        assert opened == [4 * number + 3] * 2


# --- Edited texts ---------------------------------------------------------------------------------


def test_a_story_whose_span_is_over_takes_nothing_whatever_is_edited():
    room = Wire()
    room.say("tass", REPORT, 0 * HOUR)
    room.window.forget(NOW + timedelta(days=28))
    room.add("tass", REPORT, 1, timedelta(days=30))

    assert len(room.window) == 0
    assert room.say("ria", REPORT, timedelta(days=30, minutes=5)) != 1


def test_an_edited_text_of_a_forgotten_story_is_not_taken_however_it_is_dated():
    room = Wire()
    room.window.forget(NOW + MINUTE)
    room.add("tass", REPORT, 1, 0 * HOUR)

    assert len(room.window) == 0


def test_an_edit_does_not_begin_a_story_anew():
    room = Wire()
    room.say("tass", REPORT, 0 * HOUR)
    room.add("tass", OTHERS[0], 1, SPAN - HOUR)

    assert room.say("ria", OTHERS[0], SPAN) == 1
    assert room.say("interfax", OTHERS[0], SPAN + MINUTE) != 1


def test_live_or_filled_again_after_a_restart_a_window_says_the_same():
    room = Wire()
    for number, one in enumerate([REPORT, *OTHERS]):
        room.say(f"s{number % 3}", one, 3 * number * HOUR)
        room.add(f"s{number % 3}", one, 1, 3 * number * HOUR + MINUTE)  # edits of the first one
    now = 3 * len(OTHERS) * HOUR
    room.window.forget(NOW + now - SPAN)
    again = Wire()
    again.begun = {story: at for story, at in room.begun.items() if at >= NOW + now - SPAN}
    again.window.forget(NOW + now - SPAN)
    for number, one in enumerate([REPORT, *OTHERS]):
        for story, after in ((number + 1, 0 * MINUTE), (1, MINUTE)):
            again.came = number + 1
            if story in again.begun:
                again.add(f"s{number % 3}", one, story, 3 * number * HOUR + after)

    for one in [REPORT, *OTHERS]:
        for source in ("s1", "another"):
            live = room.window.find(one, source=source, at=NOW + now)
            assert live == again.window.find(one, source=source, at=NOW + now)


def test_an_edited_text_is_of_its_story_while_it_is_like_what_was_said_there():
    room = Wire()
    room.say("tass", REPORT, 0 * HOUR)
    text = next(wire("ru")).text
    longer = sketch("", f"{text}\n{text[:300]} Подробности сообщат позднее.", "ru")
    shorter = sketch("", text[: len(text) // 2], "ru")

    assert room.window.is_of(longer, 1, source="tass") is True
    assert room.window.is_of(shorter, 1, source="tass") is True
    assert [room.window.is_of(one, 1, source="tass") for one in OTHERS[6:]] == [
        False for _ in OTHERS[6:]
    ]


def test_a_short_text_may_be_edited_into_a_long_one():
    room = Wire()
    room.say("tass", "Взрывы в Херсоне", 0 * HOUR)

    assert room.window.is_of(sketch("", f"{FLASH}, есть погибшие", "ru"), 1, source="tass") is True
    assert room.window.is_of(sketch("", OPENED, "ru"), 1, source="tass") is False


def test_nobody_can_tell_of_a_story_that_is_gone_or_of_no_words():
    room = Wire()
    room.say("tass", REPORT, 0 * HOUR)

    assert room.window.is_of(sketch("", "", "ru"), 1, source="tass") is None
    assert room.window.is_of(REPORT, 2, source="tass") is None
    room.window.forget(NOW + MINUTE)
    assert room.window.is_of(REPORT, 1, source="tass") is None


# --- Threads --------------------------------------------------------------------------------------


@pytest.fixture
def hasty():
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*works):
    """Do works at the same time; return what went wrong."""
    begin, failures = Barrier(len(works)), []

    def run(work):
        begin.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
            failures.append(error)

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.usefixtures("hasty")
def test_what_is_forgotten_beside_them_disturbs_neither_finding_nor_adding():
    window = Window(SPAN)
    every = [REPORT, *OTHERS]
    added = [0]

    def add():
        try:
            for number in range(1_000):
                at = NOW + number * MINUTE
                one = every[number % len(every)]
                window.add(number, number, "tass", one, at, begun_at=at)
                added.append(number)
        finally:
            added.append(None)

    def until_all_are_added(work):
        while (number := added[-1]) is not None:
            work(number, every[number % len(every)], NOW + number * MINUTE)

    failures = together(
        add,
        partial(until_all_are_added, lambda _, one, at: window.find(one, source="ria", at=at)),
        partial(
            until_all_are_added, lambda last, one, _: window.is_of(one, last - 1, source="ria")
        ),
        partial(until_all_are_added, lambda _, __, at: window.forget(at)),
    )

    assert failures == []
