"""The terminal and the file, for every form of message."""

import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from said import NOON, delivery
from told import board, copied, digest, flood, joined, night, notice, png

from monitor.model.telling import Form
from monitor.notify.console import ConsoleSender
from monitor.notify.file import FileSender, as_json
from monitor.notify.message import REPEAT

KYIV = ZoneInfo("Europe/Kyiv")


async def printed(about, form=Form.ALERT, *, language="en", **how) -> list[str]:
    console = Console(width=90, file=io.StringIO())
    sender = ConsoleSender(console, zone=KYIV, language=language)
    for part in sender.parts(delivery(about, form=form, **how)):
        await sender.send(part)
    return console.file.getvalue().rstrip("\n").split("\n")


async def test_the_terminal_names_who_had_it_first_and_who_has_said_it_since():
    rows = await printed(copied())

    assert rows[-4:-2] == [
        "   first: Кремль 11:53, +7 min",
        "   also: ТАСС 12:03 · Укрінформ 12:20 · Медуза 12:41",
    ]


async def test_copies_are_a_short_entry_there():
    assert await printed(copied(), Form.COPIES) == [
        "Минобороны России объявило о перегруппировке войск под Балаклеей и Изюмом",
        "first: Кремль 11:53, +7 min",
        "also: ТАСС 12:03 · Укрінформ 12:20 · Медуза 12:41",
        "#k3f9q2",
    ]


async def test_news_is_printed_with_its_address():
    rows = await printed(joined(), Form.REPLY)

    assert rows[0] == "🔴 🇷🇺 now also Russian official: Кремль, 13:50, +1 h 50"
    assert rows[-1] == "https://kremlin.example/events/69312"


async def test_a_list_has_a_line_for_each_alert_with_its_reference():
    rows = await printed(flood(3), Form.LIST)

    assert rows[0] == "3 alerts in 1 minute: told together"
    assert rows[1].endswith("под Изюмом · РИА Новости #l00000")
    assert len(rows) == 4


async def test_a_digest_and_a_status_are_printed_as_text():
    rows = await printed(digest(png()), Form.DIGEST)

    assert rows[0] == "The day · 10 Sep"
    assert rows[8] == "Top stories"
    assert "https://ria.example/news/2022/09/10/t00000" in rows[9]
    assert await printed(board(), Form.STATUS) == board().text.split("\n")


async def test_the_terminal_speaks_the_language_of_its_reader():
    rows = await printed(copied(), language="uk", uncertain=True)

    assert rows[0] == "↻ можливо, повтор"
    assert rows[1].startswith("🟠 ВАЖЛИВЕ  Retreat called")
    assert rows[3] == "   🇷🇺 РИА Новости · російські державні ЗМІ"


async def test_a_possible_repeat_says_so_in_every_form_there():
    for each in night():
        rows = await printed(each.about, each.form, uncertain=True)

        assert rows[0] == REPEAT


def test_every_form_has_its_type_in_the_file():
    kinds = {each.form: as_json(each)["type"] for each in night()}

    assert kinds == {
        Form.ALERT: "alert",
        Form.EDIT: "alert",
        Form.REPLY: "news",
        Form.COPIES: "copies",
        Form.LIST: "list",
        Form.NOTICE: "notice",
        Form.DIGEST: "digest",
        Form.STATUS: "status",
    }


def test_every_form_is_json_on_one_line(tmp_path):
    sender = FileSender(tmp_path / "a.jsonl")

    for each in night(png()):
        (part,) = sender.parts(each)
        assert "\n" not in part.plain
        assert json.loads(part.plain)["form"] == each.form.value


def test_an_alert_has_its_story_and_its_copies_in_the_file():
    row = as_json(delivery(copied(), form=Form.COPIES))

    assert row["story"]["ref"] == "s17"
    assert row["story"]["first"]["source"]["id"] == "kremlin"
    assert [copy["ref"] for copy in row["copies"]] == ["aaaaaa", "bbbbbb", "cccccc"]
    assert row["copies"][0]["at"] == (NOON + timedelta(minutes=3)).isoformat()
    assert "news" not in row


def test_news_has_what_is_new_in_the_file():
    assert as_json(delivery(joined(), form=Form.REPLY))["news"] == {
        "sides": [{"country": "ru", "kind": "official"}],
        "rules": ["mobilization"],
        "severity": "critical",
    }


def test_a_list_has_its_alerts_in_the_file():
    row = as_json(delivery(flood(3), form=Form.LIST))

    assert (row["ref"], row["gathered"]) == ("b12", "flood")
    assert [each["ref"] for each in row["alerts"]] == ["l00000", "l00001", "l00002"]
    assert row["alerts"][0]["title"].startswith("Военные объяснили")


def test_a_digest_has_its_counts_in_the_file_but_no_picture():
    row = as_json(delivery(digest(png()), form=Form.DIGEST))

    assert row["counts"][0]["sides"][0] == {"country": "ru", "kind": "official", "count": 27}
    assert row["stories"][0]["sources"] == 9
    assert row["blind"] == ["РИА Новости", "mil.ru"]
    assert "picture" not in row


def test_the_keys_that_were_there_before_are_there_still():
    assert list(as_json(delivery(notice(), form=Form.NOTICE))) == [
        "delivery", "receiver", "repeat", "type", "id", "ref", "severity", "raised_at", "form",
        "subject", "text",
    ]  # fmt: skip
