"""config.yaml changes while the program runs: what can be taken is taken, the rest is said."""

import asyncio
import os
import shutil
import signal
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from rich.console import Console
from world import Item

from monitor.app.daemon import Daemon
from monitor.app.program import Program, World
from monitor.app.reload import Reloader
from monitor.archive import deliveries, sources
from monitor.config.load import Loader
from monitor.model import Fetch, Outcome, State

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
HEAD = """\
version: 1
route: {receiver: here}
operator: {receiver: ops}
receivers:
  - {name: here, console: {}}
  - {name: ops, console: {}}
sources:
  - {id: mod, name: Минобороны, country: ru, kind: official, language: ru, url: "https://mod.test/"}
rules:
"""
MOBILIZATION = "  - {id: mobilization, match: {any: [мобилизация]}}\n"
RETREAT = "  - {id: reshuffling, match: {any: [перегруппировка]}}\n"


class Desk:
    """A program that is not started, its configuration, and what its operator hears."""

    def __init__(self, folder, clock) -> None:
        self.file = folder / "config.yaml"
        self.clock = clock
        self.loader = Loader(environ={})
        self.program: Program | None = None

    def open(self) -> "Desk":
        world = World(clock=self.clock, rng=Random(0), console=Console(quiet=True), durable=False)
        self.program = Program(self.loader.load(self.file), world)
        self.reloader = Reloader(self.program, self.file, self.loader)
        return self

    async def close(self) -> None:
        await self.program.stop(timedelta(seconds=5))

    async def reload(self, said: str) -> None:
        self.file.write_text(said, encoding="utf-8")
        await self.reloader.reload()

    def notices(self) -> list[str]:
        rows = self.program.store.read_now(lambda tx: deliveries.rows(tx, list(State), 100))
        return [f"{r.about.subject}\n{r.about.text}" for r in rows if r.receiver == "ops"]

    def in_force(self) -> list[str]:
        return [rule.rule.id for rule in self.program.rulebook.rules]

    async def finds(self, text: str) -> list[str]:
        watch = self.program.ingest.watch
        tongue = watch.identifier.identify("", text, "ru")
        return [match.rule for match in watch.matcher.match("", text, tongue)[0]]


@pytest.fixture
async def desk(tmp_path, clock):
    one = Desk(tmp_path, clock)
    one.file.write_text(HEAD + RETREAT, encoding="utf-8")
    one.open()
    await one.program.use_sources(one.program.config.sources, clock())
    yield one
    await one.close()


async def test_a_new_rule_finds_from_then_on_and_the_operator_hears_what_it_would_have_found(desk):
    entry = Item("post-1", "О мобилизации речи не идёт.").entry()
    await desk.program.ingest.ingest(entry, desk.program.config.sources[0], fresh_since=None)

    await desk.reload(HEAD + RETREAT + MOBILIZATION)

    assert await desk.finds("О мобилизации") == ["mobilization"]
    (notice,) = desk.notices()
    assert "added: mobilization · matches 1 document of the last 24 hours" in notice


async def test_a_rule_with_a_mistake_keeps_its_last_good_version_and_the_others_swap(desk):
    wrong = "  - {id: reshuffling, match: {any: [перегруппировка, $unknown]}}\n"

    await desk.reload(HEAD + wrong + MOBILIZATION)

    assert sorted(desk.in_force()) == ["mobilization", "reshuffling"]
    assert await desk.finds("перегруппировка войск") == ["reshuffling"]
    (notice,) = desk.notices()
    assert f"{desk.file}:10:" in notice
    assert "no list is named unknown" in notice
    assert "in force as they last were: reshuffling" in notice


async def test_a_rule_that_does_not_fit_the_schema_keeps_its_last_good_version(desk):
    wrong = "  - {id: reshuffling, severity: loud, match: {any: [перегруппировка]}}\n"

    await desk.reload(HEAD + wrong + MOBILIZATION)

    assert await desk.finds("перегруппировка и мобилизация") == ["mobilization", "reshuffling"]
    (notice,) = desk.notices()
    assert "`loud` is not possible here" in notice


async def test_a_rule_that_never_was_good_is_off_and_said_to_be(desk):
    await desk.reload(HEAD + RETREAT + "  - {id: new-one, match: {any: [$unknown]}}\n")

    assert desk.in_force() == ["reshuffling"]
    (notice,) = desk.notices()
    assert "NOT in force, they never had a good version: new-one" in notice


UNTRUE = "  - {id: reshuffling, match: {any: [мир]}, tests: [{catches: Идёт перегруппировка.}]}\n"


async def test_a_changed_rule_that_fails_its_own_tests_keeps_its_last_good_version(desk):
    await desk.reload(HEAD + UNTRUE + MOBILIZATION)

    assert await desk.finds("перегруппировка войск") == ["reshuffling"]
    (notice,) = desk.notices()
    assert f"{desk.file}:10:62: error MM150: should catch this text" in notice
    assert "in force as they last were: reshuffling" in notice


async def test_a_new_rule_that_fails_its_own_tests_is_in_force_and_the_operator_is_told(desk):
    new = UNTRUE.replace("reshuffling", "peace")

    await desk.reload(HEAD + RETREAT + new)

    assert await desk.finds("Миру мир") == ["peace"]
    (notice,) = desk.notices()
    assert "error MM150" in notice
    assert "in force, though not all of its own tests pass: peace" in notice


async def test_a_rule_that_fails_its_tests_is_in_force_until_a_better_one_is(desk):
    new = UNTRUE.replace("reshuffling", "peace")
    await desk.reload(HEAD + RETREAT + new)

    await desk.reload(HEAD + RETREAT + new.replace("мир]", "$nothing]"))

    assert await desk.finds("Миру мир") == ["peace"]
    assert "in force as they last were: peace" in desk.notices()[-1]


async def test_a_rule_that_says_the_same_is_not_compiled_again(desk):
    (before,) = desk.program.rulebook.rules

    await desk.reload(HEAD + MOBILIZATION + RETREAT)

    assert [rule for rule in desk.program.rulebook.rules if rule is before] == [before]


async def test_a_slip_in_the_forms_of_a_word_keeps_the_rules_that_use_it(desk):
    rule = "  - {id: scholz, match: {any: [Шольц]}}\n"
    await desk.reload(HEAD + rule + "forms: {Шольц: [Шольцыча]}\n")

    await desk.reload(HEAD + rule + "forms: {Шольц: [Шольцыча, Шoльца]}\n")

    assert await desk.finds("видели Шольцыча") == ["scholz"]
    assert "in force as they last were: scholz" in desk.notices()[-1]


async def test_the_last_good_version_outlives_a_restart(desk, tmp_path, clock):
    wrong = HEAD + "  - {id: reshuffling, match: {any: [$unknown]}}\n"
    await desk.reload(wrong)
    await desk.close()

    desk.loader = Loader(environ={})
    desk.open()

    assert await desk.finds("перегруппировка войск") == ["reshuffling"]
    assert desk.program.rulebook.kept == ("reshuffling",)


async def test_a_rule_that_is_gone_finds_nothing_any_more_and_is_forgotten(desk):
    await desk.reload(HEAD + MOBILIZATION)
    await desk.reload(HEAD + MOBILIZATION + "  - {id: reshuffling, match: {any: [$no]}}\n")

    assert desk.in_force() == ["mobilization"]


@pytest.mark.parametrize(
    "said",
    ["version: [", "version: 1\n", HEAD.replace("kind: official", "kind: secret") + RETREAT, ""],
    ids=["not YAML", "no route", "a wrong source", "empty"],
)
async def test_a_file_that_is_wrong_elsewhere_leaves_everything_as_it_was(desk, said):
    before = desk.program.config

    await desk.reload(said)

    assert desk.program.config is before
    assert desk.in_force() == ["reshuffling"]
    (notice,) = desk.notices()
    assert "Everything stays as it was" in notice
    assert str(desk.file) in notice


async def test_a_telegram_receiver_without_a_token_is_refused_while_running(desk):
    telegram = HEAD.replace("{name: here, console: {}}", "{name: here, telegram: {chat_id: 1}}")

    await desk.reload(telegram + RETREAT)

    assert "MONITOR_TELEGRAM_TOKEN" in desk.notices()[0]
    assert desk.program.config.receivers[0].console is not None


@pytest.mark.parametrize(
    ("said", "at_once"),
    [
        ("every: 1m", True),
        ("via: [direct, direct]", True),
        ("article: true", True),
        ("fallbacks: [{url: 'https://t.test/mod'}]", True),
        ("cadence: 3h", False),
        ("note: read by hand too", False),
    ],
)
async def test_a_source_that_is_to_be_asked_in_another_manner_is_asked_at_once(desk, said, at_once):
    now, store = desk.clock(), desk.program.store
    fetch = Fetch(
        source="mod",
        started_at=now,
        finished_at=now,
        outcome=Outcome.FAILED,
        next_poll_at=now + timedelta(days=1),
    )
    store.write_now(lambda tx: sources.settle(tx, fetch))

    await desk.reload(HEAD.replace('test/"}', f'test/", {said}}}') + RETREAT)

    due = store.read_now(lambda tx: sources.due(tx, now))
    assert [state.id for state in due] == ["mod"] * at_once


async def test_a_source_that_is_added_is_polled_and_one_that_is_removed_is_not(desk):
    await desk.reload(HEAD.replace("id: mod", "id: moscow") + RETREAT)

    assert list(desk.program._sources) == ["moscow"]
    (notice,) = desk.notices()
    assert "source added: moscow\nsource removed: mod" in notice


async def test_what_needs_a_restart_is_said(desk):
    await desk.reload("egress: {allow: [127.0.0.0/8]}\n" + HEAD + RETREAT)

    assert "egress: takes effect after a restart" in desk.notices()[0]


async def test_a_file_that_says_the_same_as_before_is_not_news(desk):
    await desk.reload(HEAD + "# a comment\n" + RETREAT)

    assert desk.notices() == []


async def test_at_the_start_the_operator_hears_which_rules_are_not_as_they_are_written(desk):
    await desk.close()
    wrong = RETREAT.replace("[перегруппировка]", "[$unknown]")
    never_good = "  - {id: bad, match: {any: [$no]}}\n"
    desk.file.write_text(HEAD + wrong + never_good, encoding="utf-8")
    desk.open()

    await desk.program.start()

    (notice,) = desk.notices()
    assert f"{desk.file}:10:" in notice
    assert "in force as they last were: reshuffling" in notice
    assert "NOT in force, they never had a good version: bad" in notice


HOW = ["saved", "replaced", "a new file beside it", "a new file in a new folder", "SIGHUP"]


@pytest.mark.parametrize("how", HOW)
async def test_the_daemon_reloads_when_told_by_the_file_or_by_a_signal(desk, how):
    mod = next(line for line in HEAD.splitlines() if "id: mod" in line)
    include = "include: ['rules-*.yaml', 'rules/*.yaml']\nsources:\n"
    head = HEAD.replace("sources:\n", include).replace(mod, "  []")
    desk.file.write_text(head + RETREAT, encoding="utf-8")
    await desk.reloader.reload()
    changed = head + RETREAT + MOBILIZATION
    if how == "SIGHUP":
        desk.file.write_text(changed, encoding="utf-8")  # before anybody watches
    daemon = asyncio.create_task(Daemon(desk.program, desk.reloader).run(timedelta(seconds=5)))

    def change() -> None:
        if how == "saved":
            desk.file.write_text(changed, encoding="utf-8")
        elif how == "replaced":
            other = desk.file.with_suffix(".new")
            other.write_text(changed, encoding="utf-8")
            other.replace(desk.file)
        elif how == "SIGHUP":
            os.kill(os.getpid(), signal.SIGHUP)
        else:
            new = "rules-1.yaml" if how == "a new file beside it" else "rules/1.yaml"
            shutil.rmtree(desk.file.parent / "rules", ignore_errors=True)
            (desk.file.parent / new).parent.mkdir(exist_ok=True)
            (desk.file.parent / new).write_text("rules:\n" + MOBILIZATION, encoding="utf-8")

    # The watch may not be set yet when the first change is made: change until it is seen.
    async with asyncio.timeout(30):
        while signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            await asyncio.sleep(0.01)
        while "mobilization" not in desk.in_force():
            change()
            await asyncio.sleep(0.3)

    os.kill(os.getpid(), signal.SIGTERM)
    await daemon
    desk.open()
