"""What an alert says, and that Telegram takes every way of saying it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import LIMIT, Rejected, checked, units
from said import HEADLINE, NOON, RIA, alert, delivery, match, notice

from monitor.model import Severity
from monitor.model.telling import Form
from monitor.notify.card import card
from monitor.notify.dividing import divided
from monitor.notify.legible import boundary, line
from monitor.notify.markup import Marked
from monitor.notify.message import REPEAT, Look, messages

KYIV = ZoneInfo("Europe/Kyiv")
MOBILIZATION = match(
    "мобилизац\\w+",
    rule="mobilization",
    title="Calls for mobilization",
    severity=Severity.MEDIUM,
    tags=("state-duma",),
)


def parts(about, *, language="en", form=Form.ALERT, repeat=False, zone=KYIV, **how):
    """Return the messages to a receiver of that language."""
    look = Look(zone=zone, language=language)
    return messages(delivery(about, form=form, uncertain=repeat, **how), look)


def said(about, **how) -> str:
    """Return the plain spelling of a message that fits into one."""
    (part,) = parts(about, **how)
    return part.plain


def bold(about) -> list[str]:
    """Return the bold words, as the stand-in reads them."""
    (part,) = parts(about)
    text, entities = checked(part.html, "HTML")
    raw = text.encode("utf-16-le")
    return [
        raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in sorted(entities, key=lambda e: e["offset"])
        if e["type"] == "bold"
    ]


def test_an_alert_says_what_by_whom_when_and_where():
    told = alert(HEADLINE, "", match("перегруппировк\\w+", tags=("euphemism",)))

    assert said(told) == (
        "🟠 High · Retreat called “reshuffling”\n"
        "🇷🇺 РИА Новости · Russian state media\n"
        "\n"
        "Минобороны объявило о перегруппировке войск под Изюмом\n"
        "\n"
        "12:00 EEST · https://ria.example/20220910/1.html\n"
        "#k3f9q2 · #euphemism"
    )


def test_the_rule_and_the_words_that_matched_are_bold():
    assert bold(alert()) == [
        "Retreat called “reshuffling”",
        "перегруппировке",
        "перегруппировать",
    ]


def test_a_post_without_a_headline_is_told_by_its_text():
    post = alert("", "Нужна мобилизация.\n\nСегодня же.", MOBILIZATION, forwarded_from="Корпус")

    assert (
        "🇷🇺 РИА Новости · Russian state media · forwarded from Корпус\n\n"
        "Нужна мобилизация.\nСегодня же." in said(post)
    )
    assert bold(post) == ["Calls for mobilization", "мобилизация"]


def test_a_post_of_very_many_lines_does_not_become_a_tower():
    assert said(alert("", "раз\n" * 100, match("раз"))).count("\n") < 10


def test_a_text_that_only_repeats_the_headline_is_not_repeated():
    assert said(alert("Перегруппировка", "Перегруппировка.")).count("ерегруппировка") == 1


def test_further_rules_follow_the_loudest_with_their_tags():
    told = said(alert(HEADLINE, "Нужна мобилизация.", match("перегруппир\\w+"), MOBILIZATION))

    assert told.splitlines()[:2] == [
        "🟠 High · Retreat called “reshuffling”",
        "🟡 also Calls for mobilization #state_duma",
    ]


def test_of_very_many_rules_the_number_is_told():
    rules = [match("войск", rule=f"r{n}", title=f"Rule {n}") for n in range(30)]

    assert "🟠 also Rule 8\nand 21 more rules\n" in said(alert(HEADLINE, "", *rules))


@pytest.mark.parametrize(
    ("published", "seen", "revision", "when"),
    [
        (NOON, timedelta(minutes=10), 1, "12:00 EEST"),
        (NOON, timedelta(minutes=11), 1, "12:00 EEST · seen 11 min late"),
        (NOON, timedelta(hours=5), 1, "12:00 EEST · seen 5 h late"),
        (NOON, timedelta(days=3), 1, "10 Sep, 12:00 EEST · seen 3 days late"),
        (NOON, timedelta(days=300), 1, "10 Sep 2022, 12:00 EEST · seen 300 days late"),
        (NOON, timedelta(hours=5), 2, "12:00 EEST · edited, seen 17:00"),
        (NOON, timedelta(days=1), 2, "10 Sep, 12:00 EEST · edited, seen 12:00"),
        (NOON, timedelta(minutes=-10), 1, "12:00 EEST"),
        (NOON, timedelta(days=-40), 1, "dated 10 Sep, 12:00 EEST (?)"),
        (None, timedelta(0), 1, "undated, seen 12:00 EEST"),
        (None, timedelta(0), 2, "undated, seen 12:00 EEST · edited"),
    ],
)
def test_times_are_told_in_the_zone_with_all_that_is_odd_about_them(
    published, seen, revision, when
):
    told = said(alert(published=published, seen=seen, revision=revision))

    assert f"\n{when} · https" in told


def test_a_zone_without_a_name_is_told_by_its_offset():
    assert "\n12:00 UTC+03 · " in said(alert(), zone=ZoneInfo("Europe/Istanbul"))


def test_the_day_is_that_of_the_zone_and_not_of_utc():
    late_evening = datetime(2022, 9, 10, 20, 55, tzinfo=UTC)

    told = said(alert(published=late_evening, seen=timedelta(minutes=9)))

    assert "\n10 Sep, 23:55 EEST · " in told


def test_a_possible_repeat_says_so_first():
    assert said(alert(), repeat=True).startswith(f"{REPEAT}\n🟠")


def test_only_an_address_that_people_can_follow_becomes_a_link():
    for url in ("javascript:alert(1)", "https://", "http://[bad", "https://a.example/\u202e", "x"):
        (part,) = parts(alert(url=url))

        assert "<a" not in part.html
        assert part.plain.endswith(" · no link\n#k3f9q2")


def test_a_link_shows_the_host_that_it_leads_to():
    (part,) = parts(alert(url='https://ria.example@evil.example/?a="&b'))

    text, entities = checked(part.html, "HTML")
    link = next(e for e in entities if e["type"] == "text_link")

    assert link["url"] == 'https://ria.example@evil.example/?a="&b'
    assert text.endswith(" · evil.example\n#k3f9q2")


def test_a_long_text_is_quoted_around_its_hits_by_whole_sentences():
    filler = "Карту журналистам показали без линии соприкосновения. "
    text = f"{filler * 20}Принято решение перегруппировать войска у Изюма. {filler * 20}"

    shown = card(alert("Брифинг", text), zone=KYIV).body

    assert [spans[0].text for spans in shown] == ["Принято решение "]
    assert len("".join(span.text for span in shown[0])) < 200


def test_a_text_without_sentences_is_cut_between_words_with_ellipses():
    text = "слово " * 100 + "перегруппировка " + "слово " * 100

    (shown,) = card(alert("Заголовок", text), zone=KYIV).body
    whole = "".join(span.text for span in shown)

    assert whole.startswith("…слово ")
    assert whole.endswith(" слово…")
    assert set(whole.strip("…").split()) == {"слово", "перегруппировка"}


def test_the_passages_show_every_rule_before_they_repeat_one():
    filler = "Больше ничего важного сказано не было, как ни старались. " * 8
    text = f"Перегруппировка. {filler}Перегруппировка. {filler}Потом вспомнили про мобилизацию."

    shown = card(alert("Итоги", text, match("ерегруппировк\\w"), MOBILIZATION), zone=KYIV).body

    assert len(shown) == 2
    assert "".join(span.text for span in shown[1]).endswith("про мобилизацию.")


def test_a_text_without_a_hit_lends_its_beginning():
    told = said(alert(HEADLINE, "Первое предложение сообщения. " * 40))

    assert "\n\nПервое предложение сообщения. Первое" in told
    assert len(told) < 500


def test_a_long_notice_is_divided_between_lines_and_every_line_arrives():
    told = "\n".join(f"source-{n}: HTTP 403 since 08:12, tried {n} times" for n in range(400))

    told_in = parts(notice(told))

    assert len(told_in) > 1
    assert told_in[1].plain.startswith(f"#n2 · 2/{len(told_in)}\nsource-")
    assert [part.silent for part in told_in] == [False] + [True] * (len(told_in) - 1)
    arrived = [row for part in told_in for row in part.plain.split("\n") if row.startswith("so")]
    assert "\n".join(arrived) == told


def test_where_messages_divide_does_not_depend_on_the_repeat_mark():
    told = notice("слово " * 5000)

    once, again = parts(told), parts(told, repeat=True, parts_sent=2)

    assert again[2].plain.startswith(f"{REPEAT} · #n2 · 3/")
    assert [p.plain.split("\n", 1)[1] for p in once] == [p.plain.split("\n", 1)[1] for p in again]


def test_the_mark_and_the_number_of_a_part_have_their_room():
    told = notice("слово" * 5000)

    for number, _ in enumerate(parts(told)):
        for part in parts(told, repeat=True, parts_sent=number):
            assert units(checked(part.html, "HTML")[0]) <= LIMIT


def test_a_family_or_a_flag_is_never_torn_apart():
    family = "👩‍👩‍👧‍👦"
    pieces = divided(Marked((family + "🇺🇦" + "е́") * 400), 300)

    assert len(pieces) > 10
    for piece in pieces:
        left = piece.text.replace(family, "").replace("🇺🇦", "").replace("е́", "")
        assert not left


def test_a_boundary_never_stands_before_a_mark():
    assert boundary("е\u0301е\u0301", 3) == 2


def test_a_boundary_never_stands_within_a_flag():
    assert boundary("🇺🇦🇷🇺", 3) == 2


def test_no_message_has_more_bold_words_than_telegram_takes():
    crowded = alert("и мы " * 59, "и мы " * 79, match("и"))

    (part,) = parts(crowded)

    assert len(checked(part.html, "HTML")[1]) <= 100


def test_controls_towers_and_stray_directions_are_tamed():
    assert line("a\x00b\x1b[31m\ufeffc") == "ab[31mc"
    assert line("a" + "\u0301" * 50) == "a" + "\u0301" * 4
    assert line("\ud83d") == "\N{REPLACEMENT CHARACTER}"
    assert line("a\u202eb") == "\u2068a\u202eb\u2069"
    assert line("a\u2069\u2067b") == "\u2068a\u2067b\u2069\u2069"
    assert line(" a \n\t b ") == "a b"


def test_the_same_alert_is_always_said_in_the_same_words():
    assert said(alert()) == said(alert())


def test_the_stand_in_refuses_what_telegram_refuses():
    for text in ("", " \n", "a" * 4097, "😀" * 2049, "<b>a", "a<b", "a & b", "<x>a</x>", "\ud800"):
        with pytest.raises(Rejected):
            checked(text, "HTML")
    assert checked("<b>a &lt;</b>" + "é" * 4093, "HTML")[1][0]["length"] == 3


def test_a_source_without_a_country_has_no_flag():
    assert "\nTASS · state media\n" in said(alert(source=replace(RIA, name="TASS", country="xxx")))
