"""What an alert says, and that Telegram takes every way of saying it."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import Rejected, checked, units
from hypothesis import given, settings
from hypothesis import strategies as st
from said import HEADLINE, NOON, RIA, alert, match, notice

from monitor.model import Hit, Kind, Provenance, Severity
from monitor.notify.legible import boundary, line
from monitor.notify.message import LIMIT, REPEAT, card, parts

KYIV = ZoneInfo("Europe/Kyiv")
MOBILIZATION = match(
    "мобилизац\\w+",
    rule="mobilization",
    title="Calls for mobilization",
    severity=Severity.MEDIUM,
    tags=("state-duma",),
)


def said(about, *, zone=KYIV, repeat=False) -> str:
    """Return the plain spelling of a message that fits into one."""
    (part,) = parts(card(about, zone=zone, repeat=repeat))
    return part.plain


def bold(about) -> list[str]:
    """Return the bold words, as the stand-in reads them."""
    (part,) = parts(card(about, zone=KYIV, repeat=False))
    text, entities = checked(part.html, "HTML")
    raw = text.encode("utf-16-le")
    return [
        raw[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in entities
        if e["type"] == "bold"
    ]


def test_an_alert_says_what_by_whom_when_and_where():
    told = alert(HEADLINE, "", match("перегруппировк\\w+", tags=("euphemism",)))

    assert said(told) == (
        "🟠 High · Retreat called “reshuffling”\n"
        "🇷🇺 РИА Новости · state\n"
        "\n"
        "Минобороны объявило о перегруппировке войск под Изюмом\n"
        "\n"
        "12:00 EEST\n"
        "https://ria.example/20220910/1.html\n"
        "#k3f9q2 · #euphemism"
    )


def test_the_words_that_matched_are_bold_in_headline_and_text():
    assert bold(alert()) == ["перегруппировке", "перегруппировать"]


def test_a_post_without_a_headline_is_told_by_its_text():
    post = alert("", "Нужна мобилизация.\n\nСегодня же.", MOBILIZATION, forwarded_from="Корпус")

    assert (
        "🇷🇺 РИА Новости · state · forwarded from Корпус\n\nНужна мобилизация.\nСегодня же."
        in said(post)
    )
    assert bold(post) == ["мобилизация"]


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

    assert f"\n{when}\n" in told


def test_a_zone_without_a_name_is_told_by_its_offset():
    assert "\n12:00 UTC+03\n" in said(alert(), zone=ZoneInfo("Europe/Istanbul"))


def test_the_day_is_that_of_the_zone_and_not_of_utc():
    late_evening = datetime(2022, 9, 10, 20, 55, tzinfo=UTC)

    told = said(alert(published=late_evening, seen=timedelta(minutes=9)))

    assert "\n10 Sep, 23:55 EEST\n" in told


def test_a_possible_repeat_says_so_first():
    assert said(alert(), repeat=True).startswith(f"{REPEAT}\n🟠")


def test_only_an_address_that_people_can_follow_becomes_a_link():
    for url in ("javascript:alert(1)", "https://", "http://[bad", "https://a.example/\u202e", "x"):
        (part,) = parts(card(alert(url=url), zone=KYIV, repeat=False))

        assert "<a" not in part.html
        assert part.plain.endswith("\nno link · #k3f9q2")


def test_a_link_shows_the_host_that_it_leads_to():
    (part,) = parts(
        card(alert(url='https://ria.example@evil.example/?a="&b'), zone=KYIV, repeat=False)
    )

    text, entities = checked(part.html, "HTML")
    link = next(e for e in entities if e["type"] == "text_link")

    assert link["url"] == 'https://ria.example@evil.example/?a="&b'
    assert text.endswith("\nevil.example · #k3f9q2")


def test_a_long_text_is_quoted_around_its_hits_by_whole_sentences():
    filler = "Карту журналистам показали без линии соприкосновения. "
    text = f"{filler * 20}Принято решение перегруппировать войска у Изюма. {filler * 20}"

    shown = card(alert("Брифинг", text), zone=KYIV, repeat=False).body

    assert [spans[0].text for spans in shown] == ["Принято решение "]
    assert len("".join(span.text for span in shown[0])) < 200


def test_a_text_without_sentences_is_cut_between_words_with_ellipses():
    text = "слово " * 100 + "перегруппировка " + "слово " * 100

    (shown,) = card(alert("Заголовок", text), zone=KYIV, repeat=False).body
    whole = "".join(span.text for span in shown)

    assert whole.startswith("…слово ")
    assert whole.endswith(" слово…")
    assert set(whole.strip("…").split()) == {"слово", "перегруппировка"}


def test_the_passages_show_every_rule_before_they_repeat_one():
    filler = "Больше ничего важного сказано не было, как ни старались. " * 8
    text = f"Перегруппировка. {filler}Перегруппировка. {filler}Потом вспомнили про мобилизацию."

    shown = card(
        alert("Итоги", text, match("ерегруппировк\\w"), MOBILIZATION), zone=KYIV, repeat=False
    ).body

    assert len(shown) == 2
    assert "".join(span.text for span in shown[1]).endswith("про мобилизацию.")


def test_a_text_without_a_hit_lends_its_beginning():
    told = said(alert(HEADLINE, "Первое предложение сообщения. " * 40))

    assert "\n\nПервое предложение сообщения. Первое" in told
    assert len(told) < 500


def test_a_long_notice_is_divided_between_lines_and_every_line_arrives():
    told = "\n".join(f"source-{n}: HTTP 403 since 08:12, tried {n} times" for n in range(400))

    messages = parts(card(notice(told), zone=KYIV, repeat=False))

    assert len(messages) > 1
    assert messages[1].plain.startswith(f"#n2 · 2/{len(messages)}\nsource-")
    assert [part.silent for part in messages] == [False] + [True] * (len(messages) - 1)
    arrived = [row for part in messages for row in part.plain.split("\n") if row.startswith("so")]
    assert "\n".join(arrived) == told


def test_where_messages_divide_does_not_depend_on_the_repeat_mark():
    told = card(notice("слово " * 5000), zone=KYIV, repeat=False)

    once, again = parts(told), parts(replace(told, repeat=True))

    assert [p.plain.split("\n", 1)[1] for p in once] == [p.plain.split("\n", 1)[1] for p in again]


def test_a_family_or_a_flag_is_never_torn_apart():
    family = "👩‍👩‍👧‍👦"
    told = card(notice((family + "🇺🇦" + "е́") * 400), zone=KYIV, repeat=False)

    for part in parts(told, limit=300):
        row = part.plain.split("\n")[-1] if "2/" not in part.plain else part.plain.split("\n")[1]
        left = row.replace(family, "").replace("🇺🇦", "").replace("е́", "")
        assert not set(left) & set("👩👧👦🇺🇦\u0301\u200d")


def test_a_boundary_never_stands_before_a_mark():
    assert boundary("е\u0301е\u0301", 3) == 2


def test_a_boundary_never_stands_within_a_flag():
    assert boundary("🇺🇦🇷🇺", 3) == 2


def test_no_message_has_more_bold_words_than_telegram_takes():
    crowded = alert("и мы " * 59, "и мы " * 79, match("и"))

    (part,) = parts(card(crowded, zone=KYIV, repeat=False))

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


nasty = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=200),
    st.text(alphabet="<>&\"'/ab; #x", max_size=200),
    st.text(
        alphabet="\ud83d\ude00\u202e\u2066\u2069\u0301\u0336\u200d👩🇺🇦א\x00\x07\n\r\u2028",
        max_size=200,
    ),
    st.builds(lambda s, n: s * n, st.text(min_size=1, max_size=12), st.integers(1, 3000)),
)
kinds = st.builds(
    Provenance,
    id=st.just("x"),
    name=nasty,
    country=st.text(alphabet=string.ascii_lowercase + "я", max_size=3),
    kind=st.sampled_from(Kind),
    language=st.none(),
)


@st.composite
def alerts(draw):
    title, text = draw(nasty), draw(nasty)
    edges = [0, 1, 2, 3, len(text) // 2, len(text) - 1, len(text), len(text) + 5]
    told = alert(
        title,
        text,
        *draw(
            st.lists(
                st.builds(match, title=nasty, severity=st.sampled_from(Severity)),
                min_size=1,
                max_size=12,
            )
        ),
        source=draw(kinds),
        forwarded_from=draw(st.none() | nasty),
        url=draw(st.just("https://ria.example/1") | nasty.map(lambda s: f"https://e.example/{s}")),
    )
    hits = tuple(
        Hit(field=field, start=a, end=b, text="", term=str(a))
        for field, a, b in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(("title", "text")),
                    st.sampled_from(edges),
                    st.sampled_from(edges),
                ),
                max_size=6,
            )
        )
    )
    return replace(told, matches=tuple(replace(each, hits=hits) for each in told.matches))


@settings(max_examples=max(200, settings().max_examples))
@given(about=alerts() | st.builds(notice, nasty, nasty), repeat=st.booleans())
def test_telegram_takes_whatever_anybody_writes(about, repeat):
    shown = card(about, zone=KYIV, repeat=repeat)

    for part in parts(shown):
        assert units(checked(part.html, "HTML")[0]) <= LIMIT
        checked(part.plain, None)
        checked(part.minimal, None)


@settings(max_examples=max(100, settings().max_examples))
@given(text=nasty, limit=st.integers(200, 600))
def test_nothing_of_a_long_message_is_lost_or_torn(text, limit):
    shown = card(notice(text), zone=KYIV, repeat=False)

    messages = parts(shown, limit=limit)

    heads = 1 if len(messages) > 1 else 0
    read = ["\n".join(checked(p.html, "HTML")[0].split("\n")[heads:]) for p in messages]
    kept = "".join("".join(read).split())
    assert all(units(checked(part.html, "HTML")[0]) <= limit for part in messages)
    assert "".join("".join(s.text for row in shown.body for s in row).split()) in kept


def test_the_stand_in_refuses_what_telegram_refuses():
    for text in ("", " \n", "a" * 4097, "😀" * 2049, "<b>a", "a<b", "a & b", "<x>a</x>", "\ud800"):
        with pytest.raises(Rejected):
            checked(text, "HTML")
    assert checked("<b>a &lt;</b>" + "é" * 4093, "HTML")[1][0]["length"] == 3


def test_a_source_without_a_country_has_no_flag():
    assert "\nTASS · state\n" in said(alert(source=replace(RIA, name="TASS", country="xxx")))
