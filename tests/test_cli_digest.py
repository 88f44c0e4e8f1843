"""`monitor digest show`, and what a started program does with digests, boards and the heartbeat."""

import asyncio
import json
import os
import signal
from datetime import timedelta
from random import Random

import pytest
from aiohttp import web as aio
from conftest import Clock
from digest_world import DAY, HOUR, SUNDAY, begin, hear, rows
from rich.console import Console

from monitor.app.daemon import Daemon
from monitor.app.program import Program, World
from monitor.app.receivers import Secrets
from monitor.app.reload import Reloader
from monitor.archive import boards, digests
from monitor.archive.store import Store
from monitor.config.fields import DURATION, IN_WORDS
from monitor.config.load import Loader
from monitor.config.receivers import TelegramReceiver
from monitor.config.schema import json_schema
from monitor.model import Form, State
from monitor.notify.drawing import can_be_sent

CONFIG = """\
version: 1
store: sqlite:///monitor.db
timezone: Europe/Kyiv
receivers:
  - {name: quiet, file: {path: quiet.jsonl}}
  - {name: desk, language: uk, file: {path: desk.jsonl}, digest: {daily: "09:00"}}
route: {receiver: desk}
"""


@pytest.fixture
def heard(terminal):
    terminal.config(CONFIG)
    store = Store(f"sqlite:///{terminal.folder}/monitor.db", durable=False)
    begin(store)
    hear(store, "1", story=1, title="Заявление о перегруппировке")
    hear(store, "2", source="tass", story=1)
    hear(store, "3", source="ukrinform", at=SUNDAY - DAY - HOUR)
    store.close()
    return terminal


def test_a_digest_is_shown_without_being_sent(heard):
    status, out, err = heard.call("digest", "show", "--date", "2022-09-11")

    assert (status, err) == (0, "")
    assert out.splitlines()[:3] == [
        "desk: 2 matches of 1 rule, 10 Sep 09:00 – 11 Sep 09:00",
        "     2  reshuffling: Rule reshuffling (ru official 1 · ru state 1)",
        "most copied:",
    ]
    assert "Заявление о перегруппировке (Минобороны, 11 Sep 07:59; 2 sources, 2 documents" in out
    store = Store(f"sqlite:///{heard.folder}/monitor.db", read_only=True)
    assert rows(store, Form.DIGEST) == []
    store.close()


def test_a_week_is_shown_of_a_receiver_that_gets_none_by_its_calendar(heard):
    status, out, _ = heard.call(
        "digest", "show", "quiet", "--period", "weekly", "--date", "2022-09-12"
    )

    assert status == 0
    assert out == "quiet: 0 matches of 0 rules, 5 Sep 00:00 – 12 Sep 00:00\n"


def test_without_a_date_it_is_the_day_up_to_now(heard):
    status, out, _ = heard.call("digest", "show", "desk")

    assert status == 0
    assert out.startswith("desk: 0 matches of 0 rules, ")


def test_its_picture_is_drawn_into_a_file(heard):
    status, *_ = heard.call(
        "digest", "show", "--date", "2022-09-11", "--picture", str(heard.folder / "day.png")
    )

    assert status == 0
    assert can_be_sent((heard.folder / "day.png").read_bytes())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "there is no receiver nobody"),
        (("--date", "11.09.2022"), "write 2022-09-10"),
    ],
)
def test_what_cannot_be_shown_is_said(heard, words, said):
    status, _, err = heard.call("digest", "show", *words)

    assert status == 2
    assert said in err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{daily: "9:00"}', "`9:00` does not fit: write a time of day, as in 09:00"),
        ('{daily: "24:00"}', "`24:00` does not fit: write a time of day"),
        (
            "{weekly: monday 09:00}",
            "`monday 09:00` does not fit: write a weekday in three letters and a time",
        ),
        ("{}", "nothing stands here"),
    ],
)
def test_a_time_that_is_none_is_explained(terminal, said, told):
    terminal.config(CONFIG.replace('{daily: "09:00"}', said))

    status, _, err = terminal.call("check")

    assert status == 1
    assert told in err


def test_a_time_needs_no_quotation_marks(terminal):
    terminal.config(CONFIG.replace('"09:00"', "18:30"))

    assert terminal.call("check")[0] == 0


def test_every_pattern_of_the_configuration_can_be_said_in_words():
    def patterns(node):
        if isinstance(node, dict) and isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for one in node.values() if isinstance(node, dict) else node:
            if isinstance(one, dict | list):
                yield from patterns(one)

    assert set(patterns(json.loads(json_schema()))) - {DURATION} <= set(IN_WORDS)


# --- The program ----------------------------------------------------------------------------------


def program_of(folder, more: str, clock, **secrets) -> Program:
    (folder / "config.yaml").write_text(CONFIG + more, encoding="utf-8")
    world = World(
        clock=clock,
        rng=Random(0),
        console=Console(quiet=True),
        secrets=Secrets(**secrets),
        durable=False,
    )
    loader = Loader(environ={"MONITOR_DATABASE_URL": f"sqlite:///{folder}/monitor.db"})
    return Program(loader.load(folder / "config.yaml"), world)


@pytest.fixture
async def called():
    """Return the address of somebody who counts calls, and the calls."""
    calls: list[str] = []

    async def answer(request: aio.Request) -> aio.Response:
        calls.append(request.path)
        return aio.Response()

    app = aio.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = aio.AppRunner(app)
    await runner.setup()
    await aio.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", calls
    await runner.cleanup()


async def test_the_program_queues_digests_and_calls_the_address_of_the_environment(
    tmp_path, called
):
    url, calls = called
    clock = Clock(SUNDAY - HOUR)
    said = f"heartbeat: {{url: '{url}/file', every: 5m}}\n"
    program = program_of(tmp_path, said, clock, heartbeat_url=f"{url}/environment")
    await program.use_sources((), clock())

    await program.look(clock())
    await program.publish(clock())
    assert await program.next_due() == SUNDAY - HOUR + timedelta(minutes=5)
    clock.now = SUNDAY
    await program.look(clock())
    await program.publish(clock())

    (row,) = rows(program.store, Form.DIGEST)
    digest = program.store.read_now(lambda tx: digests.of_delivery(tx, "desk", row.payload))
    assert can_be_sent(digest.picture)
    assert calls == ["/environment"] * 2
    await program.stop(timedelta(seconds=5))


async def test_the_daemon_publishes_beside_its_ticks(tmp_path, called):
    url, calls = called
    clock = Clock(SUNDAY - HOUR)
    program = program_of(tmp_path, f"heartbeat: {{url: '{url}/file', every: 1s}}\n", clock)
    daemon = Daemon(program, Reloader(program, tmp_path / "config.yaml", Loader(environ={})))
    running = asyncio.create_task(daemon.run(timedelta(seconds=5)))

    async with asyncio.timeout(60):
        while len(calls) < 2:
            clock.forward(timedelta(seconds=2))
            await asyncio.sleep(0.05)

    os.kill(os.getpid(), signal.SIGTERM)
    await running


async def test_a_board_is_queued_for_whoever_wants_one(tmp_path):
    clock = Clock(SUNDAY - HOUR)
    program = program_of(tmp_path, "", clock)
    asked = program.config.receivers[0].model_copy(
        update={
            "telegram": TelegramReceiver(chat_id=1, pinned_status=True),
            "file": None,
            "language": "ru",
        }
    )
    program.config = program.config.model_copy(update={"receivers": (asked,)})
    await program.use_sources((), clock())

    clock.forward(timedelta(minutes=1))
    await program.publish(clock())

    (row,) = rows(program.store, Form.STATUS)
    assert (row.receiver, State(row.state)) == ("quiet", State.QUEUED)
    assert boards.of_delivery(row.payload).text.startswith("🔴 Видно источников: 0 из 0")
    await program.stop(timedelta(seconds=5))


def test_an_address_of_the_environment_that_is_none_is_refused_without_being_said(
    heard, monkeypatch
):
    monkeypatch.setenv("MONITOR_HEARTBEAT_URL", "hc-ping.test/a-secret")

    status, _, err = heard.call("run", "--once")

    assert status == 2
    assert "MONITOR_HEARTBEAT_URL is no address" in err
    assert "a-secret" not in err
