"""`monitor sources status` and `monitor status`: how the sources fare, at a glance."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from monitor.app.once import one_round
from monitor.app.program import World
from monitor.archive import sources
from monitor.archive.store import Store
from monitor.config.load import load
from monitor.errors import Cause
from monitor.model import Day, Fetch, Outcome

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CONFIG = """\
version: 1
store: sqlite:///monitor.db
timezone: Europe/Kyiv
route: {receiver: here}
sources:
  - {id: zvezda, name: Звезда, country: ru, kind: state, url: "https://zvezda.test/",
     every: 2m, cadence: 12h}
  - {id: tass, name: ТАСС, country: ru, kind: state, url: "https://tass.test/rss", every: 2m}
  - {id: ria, name: РИА Новости, country: ru, kind: state, url: "https://ria.test/rss", every: 2m,
     fallbacks: [{url: "https://t.test/ria"}]}
  - {id: ukrinform, name: Укрінформ, country: ua, kind: state, url: "https://ukrinform.test/"}
  - {id: new, name: Новый, country: ru, kind: state, url: "https://new.test/"}
  - {id: off, name: Off, country: ru, kind: state, url: "https://off.test/", enabled: false}
"""
NOW = datetime.now(UTC)


def fetch(source: str, outcome: Outcome = Outcome.WHOLE, ago: timedelta = MINUTE, **more) -> Fetch:
    return Fetch(
        source=source,
        started_at=NOW - ago,
        finished_at=NOW - ago,
        outcome=outcome,
        next_poll_at=NOW + MINUTE,
        **more,
    )


@pytest.fixture
def archive(terminal, monkeypatch):
    """Tass is blind, ria is read by a detour after a gap, ukrinform fares well, new is new."""
    monkeypatch.setattr("monitor.cli.environment.out.width", 300)
    terminal.config(CONFIG)
    store = Store(f"sqlite:///{terminal.folder}/monitor.db", durable=False)
    configured = load(terminal.folder / "config.yaml", environ={}).config.sources
    wall = {"error": "http 403: the site refuses us", "cause": Cause.WALL}
    two_weeks = tuple(
        Day(date=NOW.date() - n * DAY, news=9, longest=7 * HOUR) for n in range(13, -1, -1)
    )

    def work(tx):
        pairs = [(one.provenance, one.url) for one in configured if one.enabled]
        sources.sync(tx, pairs, NOW)
        for ago in (150, 148, 140, 120, 60):
            sources.settle(tx, fetch("tass", Outcome.FAILED, ago * MINUTE, **wall))
        sources.settle(tx, fetch("zvezda", newest_at=NOW - 40 * HOUR))
        sources.settle(
            tx,
            fetch(
                "ria",
                newest_at=NOW - 4 * MINUTE,
                rhythm=two_weeks,
                pace=80 * MINUTE / 60,
                gap=True,
                gap_at=NOW - HOUR,
                hole="https://ria.test/rss?page=3",
                way="direct feed https://t.test/ria",
                detour="dns: no address is known for ria.test",
            ),
        )
        sources.settle(tx, fetch("ukrinform", newest_at=NOW - HOUR))

    store.write_now(work)
    yield store
    store.close()


def clock(ago: timedelta, zone="Europe/Kyiv") -> str:
    there = (NOW - ago).astimezone(ZoneInfo(zone))
    today = there.date() == NOW.astimezone(ZoneInfo(zone)).date()
    return f"{there:%H:%M}" if today else f"{there:%-d %b %H:%M}"


def test_the_first_line_says_it_all(terminal, archive):
    _, out, _ = terminal.call("status")

    assert out.splitlines()[0] == (
        f"Seeing 2 of 5 sources; blind: zvezda (frozen since {clock(40 * HOUR)}),"
        f" tass (refused since {clock(150 * MINUTE)}); not read yet: new"
    )


def test_the_table_says_what_is_wrong_worst_first(terminal, archive):
    status, out, _ = terminal.call("sources", "status")

    _, head, *rows = out.splitlines()
    by_id = {row.split()[1]: row for row in rows}
    assert status == 1
    assert " ".join(head.split()) == "source last news usual pace today how it is seen"
    assert list(by_id) == ["zvezda", "tass", "ria", "new", "ukrinform"]
    assert by_id["tass"].startswith("✗")
    assert f"refused since {clock(150 * MINUTE)} · http 403: the site refuses us" in by_id["tass"]
    assert "→ name a proxy under `via:`" in by_id["tass"]
    assert "1d16h" in by_id["zvezda"]
    assert "≤12h" in by_id["zvezda"]
    assert "●" in by_id["ria"]
    assert "≤7h" in by_id["ria"]
    assert "2m→1m20s" in by_id["ria"]
    assert "read by its 2nd way, because dns: no address is known for ria.test" in by_id["ria"]
    assert f"may have missed items before {clock(HOUR)}, they are looked for" in by_id["ria"]
    mark, name, last, *_ = by_id["ukrinform"].split()
    assert (mark, name, last[:2]) == ("●", "ukrinform", "1h")  # and the minutes of this suite
    assert "not asked yet" in by_id["new"]


def test_on_a_narrow_screen_nothing_is_cut(terminal, archive, monkeypatch):
    monkeypatch.setattr("monitor.cli.environment.out.width", 80)

    _, out, _ = terminal.call("sources", "status")

    table = out.split("how it is seen")[1]
    words = "".join(table.split())
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "…" not in table
    for said in ("zvezda", "2m→1m20s", "≤12h", "1d16h"):
        assert said in table
    for said in (f"refused since {clock(150 * MINUTE)}", "no address is known for ria.test"):
        assert "".join(said.split()) in words


def test_programs_are_told_everything(terminal, archive):
    _, out, _ = terminal.call("sources", "status", "--json")

    said = {one["id"]: one for one in json.loads(out)}
    assert said["tass"]["seeing"] == "blind"
    assert said["tass"]["cause"] == "refused"
    assert said["tass"]["since"] == (NOW - 150 * MINUTE).isoformat()
    assert said["ria"]["filling"] is True
    assert (said["ria"]["every"], said["ria"]["pace"]) == (120, 80)
    assert said["ria"]["usual_silence"] == 7 * 3600
    assert said["new"]["seeing"] == "waiting"


def test_one_may_ask_for_some(terminal, archive):
    status, out, _ = terminal.call("sources", "status", "ukrinform", "ria")

    assert status == 0
    assert out.startswith("Seeing 2 of 2 sources\n")
    assert "tass" not in out


def test_a_source_that_is_not_polled_is_refused(terminal, archive):
    status, _, err = terminal.call("sources", "status", "off")

    assert status == 2
    assert "no such source is polled: off" in err


def test_a_gap_of_last_week_is_no_news(terminal, archive):
    old = fetch("ukrinform", newest_at=NOW, gap_at=NOW - 7 * DAY)
    archive.write_now(lambda tx: sources.settle(tx, old))

    _, out, _ = terminal.call("sources", "status", "ukrinform")

    assert "missed" not in out


async def test_a_single_round_names_what_failed_with_its_cause(web, tmp_path, clock):
    web.say("/wall", status=403)
    file = tmp_path / "config.yaml"
    file.write_text(
        "version: 1\nstore: sqlite:///monitor.db\nroute: {receiver: here}\n"
        "egress: {allow: [127.0.0.0/8]}\nsources:\n"
        "  - {id: tass, name: ТАСС, country: ru, kind: state,"
        f" url: {web.url('/wall')}}}\n"
    )
    world = World(
        clock=clock,
        rng=Random(0),
        console=Console(quiet=True),
        crawl_settings=(("DOWNLOAD_DELAY", 0),),
        durable=False,
    )

    done = await one_round(load(file, environ={}), world)

    assert done.failed == {"tass": "refused: http 403: the site refuses us"}
