"""The terminal and the file."""

import asyncio
import io
import json
import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from said import HEADLINE, NOON, TEXT, alert, delivery, match, notice

from monitor.errors import RetryLater
from monitor.notify.console import ConsoleSender
from monitor.notify.file import FileSender
from monitor.notify.message import REPEAT

KYIV = ZoneInfo("Europe/Kyiv")


async def printed(about, *, width=80, terminal=False, **how) -> str:
    console = Console(
        width=width,
        file=io.StringIO(),
        force_terminal=terminal,
        color_system="standard" if terminal else None,
    )
    sender = ConsoleSender(console, zone=KYIV)
    for part in sender.parts(delivery(about, **how)):
        await sender.send(part)
    return console.file.getvalue()


async def test_the_terminal_shows_an_alert_to_be_read():
    assert await printed(alert(seen=timedelta(minutes=42))) == (
        "🟠 HIGH  Retreat called “reshuffling”\n"
        "   🇷🇺 РИА Новости · Russian state media\n"
        "   Минобороны объявило о *перегруппировке* войск под Изюмом\n"
        "   │ На брифинге говорили о работе авиации. Принято решение *перегруппировать*\n"
        "   │ войска, стоящие у Балаклеи и Изюма. Вопросов журналисты не задавали.\n"
        "   12:00 EEST · seen 42 min late · #k3f9q2\n"
        "   https://ria.example/20220910/1.html\n"
        "\n"
    )


async def test_a_real_terminal_gets_colours_and_a_link_instead_of_asterisks():
    shown = await printed(alert(), terminal=True)

    assert "*перегруппировке*" not in shown
    assert "\x1b[1;7mперегруппировке\x1b[0m" in shown
    assert ";https://ria.example/20220910/1.html\x1b\\" in shown


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_no_row_is_wider_than_the_window(width):
    about = alert(HEADLINE * 3, TEXT * 9, match("войск", title="Rule " * 30), match("Изюм"))

    rows = (await printed(about, width=width)).splitlines()

    assert max(map(cell_len, rows)) <= width


async def test_a_notice_is_printed_line_by_line_and_a_repeat_says_so():
    shown = await printed(notice("first\n\nthird"), uncertain=True)

    assert shown.startswith(f"{REPEAT}\n🟡 MEDIUM  ria cannot be read\n   first\n")
    assert "\n   third\n" in shown


@given(text=st.text(alphabet="[/]\x1b[1m\\b*<a>א\u202e\ud83d\n", max_size=200))
def test_nothing_that_is_read_can_write_to_the_terminal(text):
    shown = asyncio.run(printed(alert(text, text, match("a", title=text), forwarded_from=text)))

    assert "\x1b" not in shown


class Broken(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _: str) -> int:
        raise self.error


async def test_a_terminal_that_cannot_be_written_to_is_tried_again():
    full = OSError(28, "No space left on device")
    sender = ConsoleSender(Console(file=Broken(full)), zone=KYIV)
    (part,) = sender.parts(delivery(notice()))

    with pytest.raises(RetryLater, match="No space left"):
        await sender.send(part)


async def written(path: Path, *deliveries) -> list[dict]:
    sender = FileSender(path)
    for each in deliveries:
        for part in sender.parts(each):
            await sender.send(part)
    return read(path)


def read(path: Path) -> list[dict]:
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]


async def test_the_file_has_one_object_per_alert_with_all_that_is_known(tmp_path):
    path = tmp_path / "deep" / "er" / "alerts.jsonl"

    (row,) = await written(path, delivery(alert(), uncertain=True))

    assert "перегруппировке" in path.read_text(encoding="utf-8")
    assert list(row) == [
        "delivery", "receiver", "repeat", "type", "id", "ref", "severity", "raised_at", "form",
        "reason", "revision", "source", "url", "title", "text", "language", "published_at",
        "seen_at", "forwarded_from", "sha256", "matches",
        "story", "copies",
    ]  # fmt: skip
    assert (row["delivery"], row["repeat"], row["type"]) == (7, True, "alert")
    assert row["published_at"] == NOON.isoformat()
    hit = row["matches"][0]["hits"][1]
    assert row[hit["field"]][hit["start"] : hit["end"]] == hit["text"] == "перегруппировке"


async def test_a_notice_stands_in_the_file_too(tmp_path):
    (row,) = await written(tmp_path / "a", delivery(notice("one\ntwo")))

    assert (row["type"], row["subject"], row["text"]) == (
        "notice",
        "ria cannot be read",
        "one\ntwo",
    )


async def test_a_line_torn_by_a_crash_spoils_only_itself(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"delivery": 6, "rec', encoding="utf-8")

    sender = FileSender(path)
    for part in sender.parts(delivery(notice())):
        await sender.send(part)

    torn, whole = path.read_text(encoding="utf-8").splitlines()
    assert torn == '{"delivery": 6, "rec'
    assert json.loads(whole)["delivery"] == 7


async def test_half_a_character_is_written_as_json_spells_it(tmp_path):
    (row,) = await written(tmp_path / "a", delivery(alert("\ud83d \\ \u2028")))

    assert row["title"] == "\ud83d \\ \u2028"


async def test_a_file_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "folder").mkdir()
    sender = FileSender(tmp_path / "folder")

    with pytest.raises(RetryLater, match="Is a directory"):
        await sender.send(sender.parts(delivery(notice()))[0])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
async def test_a_full_disk_is_tried_again():
    sender = FileSender(Path("/dev/full"))

    with pytest.raises(RetryLater, match="cannot write"):
        await sender.send(sender.parts(delivery(notice()))[0])
