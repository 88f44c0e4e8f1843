"""What is one story and what is another: held against news of our own, and against real posts."""

import gzip
import json
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from archived import MINUTE, NOW
from newswire import RATED, SAID, WEATHERS, News, wire
from rewriting import COPIES, rewritten

from monitor.stories.sketch import Sketch, sketch
from monitor.stories.window import Window

SPAN = timedelta(days=2)
NEWS = [*wire()]
ALARMS = SAID["alarms"]


def sketched(news: News, *, title: bool = True) -> Sketch:
    return sketch(news.title if title else "", news.text, news.language)


def are_one_story(first: Sketch, second: Sketch, *, by: str = "tass", after=20 * MINUTE) -> bool:
    """Return whether what `mod` says first and somebody says after it is one story."""
    window = Window(SPAN)
    window.add(1, 1, "mod", first, NOW, begun_at=NOW)
    return window.find(second, source=by, at=NOW + after) is not None


def copies(edits, *, seed: int):
    """Yield news with an edited copy of it, in both orders."""
    rng = Random(seed)
    for edit in edits:
        for news in NEWS:
            copy = sketch(*edit(news, rng), news.language)
            yield edit.__name__, sketched(news), copy
            yield edit.__name__, copy, sketched(news)


def different():
    """Yield pairs of different news, the nearly same ones first."""
    for at, one in enumerate(NEWS):
        for other in NEWS[:at]:
            if one.event != other.event:
                yield f"{one.event} {other.event}", sketched(one), sketched(other)
        parts = [sketch("", part, one.language) for part in one.paragraphs]
        for number, part in enumerate(parts):
            for other_part in parts[:number]:
                yield f"paragraphs of {one.event}", part, other_part
    weather = [SAID["weather"].format(*day) for day in WEATHERS]
    rates = [SAID["rates"].format(*day) for day in RATED]
    alarms = [
        (language, said.format(place[language][2 if language == "ru" else 0]))
        for language, said in ALARMS
        for place in SAID["places"]
    ]
    for series in ([("ru", one) for one in weather], [("ru", one) for one in rates], alarms):
        for at, (language, one) in enumerate(series):
            for _, other in series[:at]:
                yield one, sketch("", one, language), sketch("", other, language)


def test_ordinary_copies_are_found():
    found = Counter()
    tried = Counter()
    for edit, first, second in copies(COPIES, seed=5):
        tried[edit] += 1
        found[edit] += are_one_story(first, second)

    assert sum(tried.values()) >= 1_800
    assert sum(found.values()) >= 0.98 * sum(tried.values())
    assert min(found[edit] / tried[edit] for edit in tried) >= 0.95


def test_nine_of_ten_heavy_rewrites_are_found_too():
    found = [are_one_story(first, second) for _, first, second in copies([rewritten], seed=6)]

    assert sum(found) >= 0.9 * len(found)


@pytest.mark.parametrize("by", ["tass", "mod"])
def test_different_news_is_hardly_ever_one_story_whoever_says_it(by):
    pairs = [*different()]

    merged = [what for what, one, other in pairs if are_one_story(one, other, by=by)]

    assert len(pairs) >= 2_700
    assert len(merged) <= 0.005 * len(pairs), merged[:10]


def test_a_story_crosses_from_russian_to_ukrainian_and_back():
    russian, ukrainian = [*wire("ru")], [*wire("uk")]
    same = [(one, two) for one in russian for two in ukrainian if one.event == two.event]
    window = Window(SPAN)
    for number, one in enumerate(russian):
        window.add(number, number, "mod", sketched(one), NOW, begun_at=NOW)

    assert len(same) == 24
    for one, two in same:
        found = window.find(sketched(two), source="hur", at=NOW + MINUTE)
        assert found is not None
        assert found.crosses_language
        assert russian[found.story_id] == one
        assert are_one_story(sketched(two), sketched(one))


def test_a_report_in_russian_is_not_another_report_of_the_same_place_in_ukrainian():
    pairs = [(one, two) for one in wire("ru") for two in wire("uk") if one.event != two.event]

    merged = [(one.event, two.event) for one, two in pairs if _is_one(one, two)]

    assert len(pairs) == 840
    assert merged == []


def test_the_same_words_about_others_are_other_news():
    said = (
        "Президент принял верительные грамоты у посла, сообщила пресс-служба. Стороны обсудили"
        " сотрудничество и помощь пострадавшим районам. Послом стал {0}, раньше он работал в"
        " посольстве в {1}. На встрече был и министр {2}."
    )
    one = sketch("", said.format("Этьен де Понсен", "Найроби", "Кулеба"), "ru")
    two = sketch("", said.format("Мартин Йегер", "Багдаде", "Решетников"), "ru")

    assert not are_one_story(one, two)


def test_the_same_names_and_figures_abroad_are_not_enough():
    one = sketch(
        "",
        "Олег Синегубов рассказал 9 сентября, что в Балаклее открыли 3 пункта выдачи хлеба: пекарня"
        " работает круглосуточно, муку привозят волонтёры, а очереди стали короче. Городской совет"
        " просит экономить воду: насосная станция повреждена, документы на ремонт готовят."
        " Автобусы и магазины вернулись к расписанию, медики ведут приём в школе.",
        "ru",
    )
    two = sketch(
        "",
        "Олег Синєгубов повідомив 9 вересня, що в Балаклії затримали 3 мародерів: поліція вилучила"
        " зброю та викрадену з магазинів техніку, підозрюваних відвезли до суду. Прокурор району"
        " просить подавати документи про зниклі автобуси й насосну станцію. Волонтери й"
        " медики пишуть, що зі школи винесли меблі. Суд обере запобіжний захід за кілька днів.",
        "uk",
    )

    assert not are_one_story(one, two)
    assert not are_one_story(two, one)


def _is_one(one: News, two: News) -> bool:
    return are_one_story(sketched(one), sketched(two))


# --- Short texts ----------------------------------------------------------------------------------

ALARM = sketch("", "Воздушная тревога в Харькове", "ru")
ALL_CLEAR = sketch("", "Отбой воздушной тревоги в Харькове", "ru")
FLASH = sketch("", "Взрывы в Херсоне, работает ПВО", "ru")
MORE = sketch(
    "",
    "Взрывы в Херсоне, работает ПВО, сообщил Кирилл Стремоусов. По его словам, ракеты сбиты над"
    " рекой, а жителей просят не подходить к окнам и оставаться дома до отбоя тревоги.",
    "ru",
)


def test_an_alarm_that_its_source_says_again_is_another_alarm():
    assert not are_one_story(ALARM, ALARM, by="mod", after=2 * MINUTE)
    assert not are_one_story(ALARM, ALARM, by="mod", after=180 * MINUTE)


def test_an_alarm_that_somebody_else_says_within_half_an_hour_is_the_same():
    assert are_one_story(ALARM, ALARM, after=29 * MINUTE)
    assert not are_one_story(ALARM, ALARM, after=31 * MINUTE)


def test_an_all_clear_is_no_copy_of_the_alarm():
    assert not are_one_story(ALARM, ALL_CLEAR)
    assert not are_one_story(ALL_CLEAR, ALARM)


def test_a_flash_that_its_source_extends_is_one_story():
    assert are_one_story(FLASH, MORE, by="mod", after=5 * MINUTE)


def test_an_alarm_in_another_town_is_another_alarm():
    assert not are_one_story(ALARM, sketch("", "Воздушная тревога в Полтаве", "ru"))


# --- Real posts -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def posts():
    """Real Telegram posts of a week, oldest first, long enough to be copied."""
    from conftest import SHARED  # noqa: PLC0415 - a module's fixture cannot ask for `shared`

    file = SHARED / "posts" / "telegram_ru_2024.jsonl.gz"
    if not file.is_file():
        pytest.skip("needs the captures in ../shared/data, which are not part of the repository")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        read = [post for post in map(json.loads, lines) if len(post["text"].split()) >= 15]
    return read[::2]


def _edits_of(post) -> list[str]:
    words = post["text"].split()
    return [
        post["text"],
        " ".join(words[: max(12, round(0.6 * len(words)))]),
        f"⚡️{post['text']}\nПодписаться | Прислать новость — сообщает ТАСС",
        " ".join(word for at, word in enumerate(words) if at % 10 != 3),
    ]


def test_copies_of_real_posts_are_found_among_all_the_others(posts):
    window = Window(SPAN)
    chosen = posts[::4][:250]
    for number, post in enumerate(chosen):
        said = sketch("", post["text"], "ru")
        window.add(number, number, post["source"], said, NOW, begun_at=NOW)

    right, wrong = 0, []
    for number, post in enumerate(chosen):
        for edited in _edits_of(post):
            found = window.find(sketch("", edited, "ru"), source="another", at=NOW + MINUTE)
            right += found is not None and found.story_id == number
            if found is not None and found.story_id != number:
                wrong.append((post["text"][:80], chosen[found.story_id]["text"][:80]))

    assert right >= 0.97 * 4 * len(chosen)  # a few of the chosen are reposts of each other
    assert len(wrong) <= 0.02 * 4 * len(chosen), wrong


def test_real_posts_of_one_week_are_not_other_posts_of_the_next(posts):
    """What was posted half a week later is no copy, but for advertisements and the like."""
    texts = [sketch("", post["text"], "ru") for post in posts]
    half = len(posts) // 2
    window = Window(SPAN)
    for number in range(half - 200):
        window.add(number, number, posts[number]["source"], texts[number], NOW, begun_at=NOW)

    found = [
        number
        for number in range(half + 200, len(posts))
        if window.find(texts[number], source=posts[number]["source"], at=NOW + MINUTE)
    ]

    assert len(found) <= 0.01 * (len(posts) - half - 200)
