"""What is told in every form, to readers of three languages."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import CAPTION, LIMIT, checked, units
from said import NOON, alert, delivery, match
from told import (
    COPIES,
    KREMLIN,
    board,
    copied,
    copy,
    digest,
    flood,
    joined,
    night,
    notice,
    png,
    post,
    rich,
)

from monitor.model import Kind, Severity
from monitor.model.telling import Form, Gathered, News, Period
from monitor.notify.message import REPEAT, Look, messages
from monitor.notify.template import BRIEF, Template

KYIV = ZoneInfo("Europe/Kyiv")


def told(about, form=Form.ALERT, *, look=None, **how):
    return messages(delivery(about, form=form, **how), look or Look(zone=KYIV))


def said(about, form=Form.ALERT, *, language="en", **how) -> str:
    (part,) = told(about, form, look=Look(zone=KYIV, language=language), **how)
    return checked(part.html, "HTML")[0]


def links(part) -> list[str]:
    return [e["url"] for e in checked(part.html, "HTML")[1] if e["type"] == "text_link"]


# The story beside an alert


def test_an_alert_names_who_had_it_first_and_who_has_said_it_since():
    assert "\nfirst: Кремль 11:53, +7 min\nalso: ТАСС 12:03 · Укрінформ 12:20 · Медуза 12:41\n" in (
        said(copied())
    )


def test_an_alert_that_was_first_says_nothing_of_it():
    assert "first" not in said(rich())
    assert "also: " not in said(rich())


def test_neither_the_document_itself_nor_the_first_is_told_as_a_copy():
    own, first = copy(rich().source, 0, "k3f9q2"), copy(KREMLIN, -7, "ffffff")

    assert "also: ТАСС 12:03\n" in said(copied((first, own, COPIES[0])))


def test_each_of_the_others_leads_to_its_text():
    (part,) = told(copied())

    assert [url.split("/")[2] for url in links(part)[2:]] == [
        "kremlin.example",
        "tass.example",
        "ukrinform.example",
        "meduza.example",
    ]


def test_of_very_many_copies_the_number_is_told():
    many = [copy(KREMLIN, n, f"c{n:05}") for n in range(30)]

    assert "Кремль 12:11 and 18 more\n" in said(copied(tuple(many)))


def test_a_copy_of_another_day_has_its_date():
    assert "also: ТАСС 9 Sep, 12:03\n" in said(copied((copy(COPIES[0].source, 3 - 1440, "a"),)))


def test_an_edit_is_the_same_message_as_it_is_now_and_never_a_possible_repeat():
    (first,) = told(copied())
    (edit,) = told(copied(), Form.EDIT, root=("100",), uncertain=True)

    assert edit.html == first.html
    assert edit.silent
    assert not first.silent


def test_an_edit_never_needs_more_messages_than_there_are():
    names = [copy(replace(KREMLIN, name=f"Источник {n} " * 12), n, f"c{n:05}") for n in range(30)]
    wordy = Template(
        "wordy", "{{ mark }}{% for one in copies %}{{ body|join }} {{ one.name }}\n{% endfor %}"
    )
    look = Look(zone=KYIV, template=wordy)

    before = told(copied(), look=look)
    after = told(copied(tuple(names)), look=look)
    edit = told(copied(tuple(names)), Form.EDIT, root=("100",), look=look)

    assert (len(before), len(after), len(edit)) == (1, 2, 1)
    assert "Источник" in edit[0].plain


def test_copies_are_a_short_answer_without_a_sound():
    (part,) = told(copied(), Form.COPIES)

    assert checked(part.html, "HTML")[0] == (
        "first: Кремль 11:53, +7 min\nalso: ТАСС 12:03 · Укрінформ 12:20 · Медуза 12:41\n#k3f9q2"
    )
    assert part.silent
    assert part.buttons == ()


# News of a story


def test_news_says_who_joins_what_further_rule_and_how_loud_it_has_become():
    assert said(joined(), Form.REPLY).splitlines() == [
        "🔴 🇷🇺 now also Russian official: Кремль, 13:50, +1 h 50",
        "🔴 further rule: Calls for mobilization #mobilization",
        "▲ raised to critical",
        "",
        "Песков прокомментировал перегруппировку войск в Харьковской области",
        joined().document.text,
        "kremlin.example · #m7x3ka",
    ]


def test_news_makes_a_sound_by_its_severity_and_its_title_leads_to_it():
    (loud,) = told(joined(), Form.REPLY)
    (quiet,) = told(joined(), Form.REPLY, look=Look(zone=KYIV, silent_below=Severity("critical")))
    low = replace(joined(), matches=(match("а", severity=Severity.LOW),))
    (silent,) = told(low, Form.REPLY)

    assert [loud.silent, quiet.silent, silent.silent] == [False, False, True]
    assert links(loud) == ["https://kremlin.example/events/69312"]
    assert loud.preview == "https://kremlin.example/events/69312"


def test_news_of_a_rule_alone_names_no_side_that_joins():
    only = replace(joined(), news=News(rules=("mobilization",)))

    assert said(only, Form.REPLY).startswith(
        "🔴 🇷🇺 Кремль · Russian official, 13:50, +1 h 50\n🔴 further rule: "
    )


def test_news_can_be_of_several_sides():
    sides = (("ru", Kind.OFFICIAL), ("ua", Kind.INDEPENDENT))
    more = replace(joined(), news=News(sides=sides))

    assert said(more, Form.REPLY).splitlines()[1] == "🇺🇦 now also Ukrainian independent media"


# Lists


def forty_five():
    title = "Военные объяснили, почему позиции под Изюмом и Балаклеей оставлены так"
    assert len(title) == 70
    made = []
    for n in range(45):
        url = f"https://ria.example/2022/09/10/{n:02}".ljust(80, "x")
        each = alert(title, "", match("Изюм\\w+", rule=f"r{n}", title=f"R{n}"), url=url)
        made.append(replace(each, ref=f"l{n:05}", story=rich().story if n % 2 else None))
    return replace(flood(1), alerts=made)


def test_forty_five_alerts_fit_into_one_message_with_and_without_links():
    (part,) = told(forty_five(), Form.LIST)

    text, entities = checked(part.html, "HTML")
    assert len(links(part)) == 45
    assert len(entities) == 46
    assert text.splitlines()[1].startswith(
        "🟠 12:00 Военные объяснили, почему позиции под Изюмом и Балаклеей"
    )
    assert all(f"#l{n:05}" in part.plain for n in range(45))
    checked(part.plain, None)


def test_more_alerts_take_more_messages_none_with_too_many_links():
    parts = told(flood(300), Form.LIST)

    entities = [checked(part.html, "HTML")[1] for part in parts]
    assert len(parts) <= 7
    assert sum(len(links(part)) for part in parts) == 300
    assert max(map(len, entities)) <= 100
    assert [part.silent for part in parts] == [False] + [True] * (len(parts) - 1)


def test_a_list_is_in_order_and_says_how_many_copies_there_are():
    shuffled = replace(flood(12), alerts=list(reversed(flood(12).alerts)))

    rows = said(shuffled, Form.LIST).splitlines()[1:]

    assert [row[2:7] for row in rows] == sorted(row[2:7] for row in rows)
    assert rows[3].endswith(" · Медуза +3")
    assert rows[1].endswith(" · ТАСС")


def test_no_title_in_a_list_is_empty():
    bare = [
        alert("", "Нужна мобилизация.\nСегодня же.", match("Нужна")),
        alert("\u200b", "", match("x")),
        alert("", "", match("x"), url="x"),
    ]

    assert said(replace(flood(1), alerts=bare), Form.LIST).splitlines()[2:] == [
        "🟠 12:00 Нужна мобилизация. Сегодня же. · РИА Новости",
        "🟠 12:00 ria.example · РИА Новости",
        "🟠 12:00 no text · РИА Новости #k3f9q2",
    ]


def test_a_list_of_one_rule_names_it_once_above():
    same = [replace(each, matches=(match("x"),)) for each in flood(3).alerts]

    rows = said(replace(flood(1), alerts=same), Form.LIST).splitlines()

    assert rows[1] == "Retreat called “reshuffling”"
    assert said(flood(3), Form.LIST).count("Rule") == 0


def test_a_list_of_several_days_names_them():
    days = [
        replace(each, document=replace(each.document, published_at=NOON - timedelta(days=2 - n)))
        for n, each in enumerate(flood(3).alerts)
    ]

    rows = said(replace(flood(1), alerts=days, raised_at=NOON), Form.LIST).splitlines()

    assert [row for row in rows if "Sep" in row] == ["8 Sep", "9 Sep", "10 Sep"]


@pytest.mark.parametrize(
    ("gathered", "language", "heading"),
    [
        (Gathered.FLOOD, "en", "37 alerts in 9 minutes: told together"),
        (Gathered.FLOOD, "uk", "37 повідомлень за 9 хвилин: одним списком"),
        (Gathered.FLOOD, "ru", "37 сообщений за 9 минут: одним списком"),
        (Gathered.GROUP, "en", "37 alerts in 9 minutes"),
        (Gathered.HELD, "en", "37 alerts held since 12:02"),
        (Gathered.HELD, "uk", "Відкладено з 12:02: 37 повідомлень"),
        (Gathered.DIGEST, "ru", "37 сообщений с 12:02"),
    ],
)
def test_a_list_says_how_many_there_are_and_why(gathered, language, heading):
    assert said(flood(37, gathered), Form.LIST, language=language).splitlines()[0] == heading


# What the program itself says


def test_a_notice_says_what_when_and_its_reference():
    assert said(notice(), Form.NOTICE) == (
        "🟡 Medium · ria cannot be read\n\nHTTP 403 since 08:12, tried 14 times.\n"
        "The next attempt is at 12:30.\n\n12:00 EEST\n#n2"
    )


def test_a_status_is_its_text_and_makes_no_sound():
    (part,) = told(board(), Form.STATUS)

    assert part.plain == board().text
    assert part.silent


# A digest


def test_a_digest_is_a_caption_with_counts_and_blind_sources_and_then_the_stories():
    caption, stories = told(digest(png()), Form.DIGEST)

    assert caption.photo is not None
    assert stories.photo is None
    assert caption.plain.splitlines() == [
        "The day · 10 Sep",
        "282 alerts by 3 rules",
        "🟠 141 · Retreat called “regrouping”",
        "🔴 94 · Удар по енергетиці",
        "🟡 47 · Calls for mobilization",
        "",
        "Not seen now: РИА Новости, mil.ru",
    ]
    assert len(links(stories)) == 6
    assert (
        checked(stories.html, "HTML")[0]
        .splitlines()[1]
        .endswith("под Изюмом · РИА Новости, 12:00 · 9 sources")
    )


def test_a_digest_that_fits_under_its_picture_is_one_message():
    (part,) = told(digest(png(), stories=2), Form.DIGEST)

    text, _ = checked(part.html, "HTML", CAPTION)
    assert "Top stories" in text


def test_a_digest_without_a_picture_is_one_message():
    (part,) = told(digest(), Form.DIGEST)

    assert part.photo is None
    assert units(part.plain) < LIMIT


def test_a_week_in_which_nothing_was_said_says_so():
    quiet = replace(
        digest(stories=0),
        period=Period.WEEKLY,
        since=NOON - timedelta(days=6, hours=12),
        counts=(),
        blind=(),
    )

    assert said(quiet, Form.DIGEST) == (
        "The week · 4 Sep – 10 Sep\nNothing that you asked for was said."
    )


def test_buttons_carry_the_number_of_the_delivery():
    look = Look(zone=KYIV, buttons=True)
    (part,) = told(rich(), look=look, id=12)
    (single,) = told(alert(), look=look, id=12)

    assert [[key.data for key in row] for row in part.buttons] == [
        ["mute:12", "story:12"],
        ["not:12"],
    ]
    assert [[key.data for key in row] for row in single.buttons] == [["mute:12"], ["not:12"]]
    assert told(rich())[0].buttons == ()
    assert all(part.buttons == () for part in told(flood(), Form.LIST, look=look))


def test_the_preview_may_be_that_of_the_alert_and_of_nothing_else():
    assert told(rich())[0].preview == "https://ria.example/20220910/1.html"
    assert told(alert(url="x"))[0].preview is None
    assert told(flood(), Form.LIST)[0].preview is None


def test_the_brief_look_is_two_or_three_lines():
    look = Look(zone=KYIV, template=BRIEF)
    (short,), (with_copies,), (headless,) = (
        told(each, look=look) for each in (rich(), copied(), post())
    )

    assert checked(short.html, "HTML")[0].splitlines() == [
        "🟠 Минобороны России объявило о перегруппировке войск под Балаклеей и Изюмом",
        "🇷🇺 РИА Новости · 12:00 EEST · ria.example · #k3f9q2",
    ]
    assert with_copies.html.count("\n") == 2
    assert checked(headless.html, "HTML")[0].startswith("🔴 У місті зникло світло, метро")


@pytest.mark.parametrize("form", [Form.ALERT, Form.REPLY, Form.LIST, Form.NOTICE, Form.DIGEST])
def test_a_possible_repeat_says_so_in_every_form(form):
    (about,) = [each.about for each in night() if each.form is form][:1]

    assert told(about, form, uncertain=True)[0].plain.startswith(REPEAT)
