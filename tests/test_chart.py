"""The picture of a digest: its words, its limits, and the process that draws it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Count, Digest, Kind, Period, Severity
from monitor.notify import chart
from monitor.notify.chart import png
from monitor.notify.drawing import HEAVIEST, can_be_sent, draw, size
from monitor.notify.picture import COLOURS, MOST, sketch, spaced

KYIV = ZoneInfo("Europe/Kyiv")
UNTIL = datetime(2022, 9, 11, 6, tzinfo=UTC)
SIDES = {("ru", Kind.OFFICIAL): 5, ("ru", Kind.STATE): 3, ("ua", Kind.STATE): 2}
EVERY_SIDE = {(c, k): 7 for c in ("ru", "ua", "by") for k in Kind}


def count(rule: str, title: str = "Отступление названо перегруппировкой", sides=None) -> Count:
    given = SIDES if sides is None else sides
    return Count(rule=rule, title=title, severity=Severity.HIGH, sides=given)


def digest(*counts: Count, period: Period = Period.DAILY, blind=()) -> Digest:
    return Digest(
        ref="daily-2022-09-11",
        period=period,
        since=UNTIL - timedelta(days=1),
        until=UNTIL,
        counts=counts,
        stories=(),
        blind=blind,
        raised_at=UNTIL,
    )


def drawn(*counts: Count, language: str = "ru", **more) -> bytes:
    return png(sketch(digest(*counts, **more), language, KYIV))


# --- What it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("The day", "10 September, 09:00 – 11 September, 09:00", "10 matches · 1 rule")),
        ("ru", ("Сводка за сутки", "10 сентября, 09:00 – 11 сентября, 09:00")),
        (
            "uk",
            ("Зведення за добу", "10 вересня, 09:00 – 11 вересня, 09:00", "10 збігів · 1 правило"),
        ),
    ],
)
def test_it_speaks_the_language_of_its_receiver(language, said):
    one = sketch(digest(count("a")), language, KYIV)

    assert (one.title, one.period, one.total)[: len(said)] == said


@pytest.mark.parametrize(
    ("number", "ru", "uk", "en"),
    [
        (1, "1 совпадение", "1 збіг", "1 match"),
        (3, "3 совпадения", "3 збіги", "3 matches"),
        (11, "11 совпадений", "11 збігів", "11 matches"),
        (112, "112 совпадений", "112 збігів", "112 matches"),
        (121, "121 совпадение", "121 збіг", "121 matches"),
        (5000, "5\u2009000 совпадений", "5\u2009000 збігів", "5\u2009000 matches"),
    ],
)
def test_numbers_stand_with_the_right_form_of_their_noun(number, ru, uk, en):
    one = digest(count("a", sides={("ru", Kind.STATE): number}))

    totals = [sketch(one, language, KYIV).total for language in ("ru", "uk", "en")]

    assert [total.partition(" · ")[0] for total in totals] == [ru, uk, en]


def test_each_side_has_its_colour_whichever_others_there_are():
    few = sketch(digest(count("a", sides={("ua", Kind.STATE): 1})), "en", KYIV)
    many = sketch(digest(count("a", sides=EVERY_SIDE)), "en", KYIV)

    assert [key.colour for key in few.keys] == [COLOURS["ua", Kind.STATE]]
    assert [key.colour for key in many.keys] == list(COLOURS.values())
    assert [(key.country, key.label, key.number) for key in many.keys][-2:] == [
        ("Ukraine", "independent", 7),
        ("", "other countries", 21),
    ]


def test_twelve_rules_have_a_bar_and_the_others_a_line():
    counts = [count(f"r{n}", sides={("ru", Kind.STATE): 50 - n}) for n in range(40)]

    one = sketch(digest(*counts), "ru", KYIV)

    assert len(one.bars) == MOST
    assert one.rest == "и ещё 28 правил"
    assert one.rest_number + sum(sum(bar.numbers) for bar in one.bars) == one.keys[0].number


def test_a_quiet_day_says_so_and_that_sources_are_blind():
    one = sketch(digest(blind=("ТАСС", "РИА")), "uk", KYIV)

    assert (one.total, one.quiet) == ("Тихий день", "Жодне правило не спрацювало.")
    assert one.foot == "Зараз не видно джерел: 2"


# --- What is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [0, 1, 12, 40, 400])
def test_a_phone_shows_it_and_telegram_takes_it(rules):
    one = drawn(*(count(f"r{n}", sides=EVERY_SIDE) for n in range(rules)), blind=("ТАСС",))

    width, height = size(one)

    assert width == 1200
    assert 400 <= height <= 2700
    assert can_be_sent(one)


def test_what_telegram_would_refuse_is_known():
    one = drawn()
    header = one[:16]

    def sized(width, height):
        return header + width.to_bytes(4) + height.to_bytes(4) + one[24:]

    assert can_be_sent(sized(1200, 8800))
    assert not can_be_sent(sized(1200, 8801))
    assert can_be_sent(sized(2000, 100))
    assert not can_be_sent(sized(2001, 100))
    assert not can_be_sent(sized(0, 100))
    assert not can_be_sent(one + bytes(HEAVIEST))
    assert not can_be_sent(b"")
    assert not can_be_sent(b"<html>")


HOSTILE = [
    "$\\nonsense{$ for $5",
    "$\\frac{1}$",
    "$x^2 \\frac{1}{0}$ and $unclosed",
    "\x00\x07\x1b[31mcontrol\r\nlines",
    "שלום עולם مرحبا",
    "Z̸̢͇a̷l̵g̴o̸" * 30,
    "🚀🇺🇦👩‍👩‍👧‍👦",
    "\ud83d half a character",
    "очень длинный заголовок " * 50,
    "словобезпробелов" * 100,
    "\u202eпереворот\u2066",
    "",
    "{}%s%n<b>&amp;",
]


def test_hostile_titles_are_drawn_and_take_no_more_room_than_others():
    plain = drawn(*(count(f"r{n}") for n in range(len(HOSTILE))))

    hostile = drawn(*(count(f"r{n}", title=title) for n, title in enumerate(HOSTILE)))

    assert size(hostile) == size(plain)


@pytest.mark.parametrize("title", ["", "🚀🇺🇦", "\u202e\u200b", "\x00"])
def test_a_title_of_which_nothing_can_be_drawn_is_its_rule(title):
    assert drawn(count("bridges", title=title)) == drawn(count("bridges", title="bridges"))


@pytest.mark.parametrize("title", ["M\u202eост", "M\u0336о\u0321ст", " Mост\r\n"])
def test_signs_that_would_turn_or_smear_a_title_are_left_out(title):
    assert drawn(count("a", title=title)) == drawn(count("a", title="Mост"))


@settings(max_examples=8)
@given(
    title=st.text(max_size=300),
    numbers=st.lists(st.integers(0, 10**9), min_size=7, max_size=7).filter(any),
)
def test_any_title_and_any_numbers_can_be_drawn(title, numbers):
    sides = dict(zip([*list(COLOURS)[:6], ("by", Kind.STATE)], numbers, strict=True))

    one = drawn(count("a", title=title, sides={side: n for side, n in sides.items() if n}))

    assert can_be_sent(one)


def test_a_side_that_is_one_in_a_million_is_still_to_be_seen():
    lengths = chart._lengths([1_000_000, 1, 0.5], 900)

    assert lengths[1:] == [chart._THINNEST + chart._GAP] * 2
    assert sum(lengths) == pytest.approx(900)
    assert spaced(1_000_001) == "1\u2009000\u2009001"


# --- Who draws ------------------------------------------------------------------------------------


ONE = sketch(digest(count("a")), "ru", KYIV)


async def test_another_process_draws_the_same(caplog):
    one = sketch(digest(*(count(title, title=title) for title in HOSTILE)), "ru", KYIV)

    assert await draw(one) == png(one)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("raise ValueError('no ink')", "the drawing failed: ValueError: no ink"),
        ("import os; os.kill(os.getpid(), 9)", "the drawing failed: "),
        ("print('<html>')", "what came is none that Telegram takes"),
        ("", "what came is none that Telegram takes"),
    ],
)
async def test_where_the_drawing_fails_there_is_no_picture_and_the_log_says_why(
    program, said, caplog
):
    assert await draw(ONE, program=program) is None
    assert said in caplog.text


async def test_a_drawing_that_hangs_is_ended(tmp_path, caplog):
    mark = tmp_path / "pid"
    program = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    assert await draw(ONE, limit=timedelta(seconds=1), program=program) is None

    assert "it took too long" in caplog.text
    if mark.exists():
        assert not Path(f"/proc/{mark.read_text()}").exists()


async def test_the_process_knows_nothing_of_our_environment(monkeypatch, caplog):
    monkeypatch.setenv("MONITOR_TELEGRAM_TOKEN", "a secret")

    await draw(ONE, program="import os; raise ValueError(sorted(os.environ))")

    assert "['LANG', 'LC_CTYPE', 'MPLCONFIGDIR', 'TMPDIR']" in caplog.text.replace(
        "['LANG', 'MPLCONFIGDIR'", "['LANG', 'LC_CTYPE', 'MPLCONFIGDIR'"
    )


async def test_the_process_may_open_no_connection(caplog):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import io, socket, monitor.notify.chart as chart\n"
        "class Answer(io.BytesIO):\n"
        "    def write(self, _): socket.create_connection(('127.0.0.1', 9))\n"
        "chart.main(answer=Answer())\n"
    )

    assert await draw(ONE, program=program) is None
    assert "PermissionError: a drawing needs no connections" in caplog.text


def test_the_monitor_itself_never_loads_what_draws():
    code = (
        "import sys, monitor.cli, monitor.app.daemon; "
        "print([name for name in ('matplotlib', 'PIL') if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )

    assert done.stdout == "[]\n"
