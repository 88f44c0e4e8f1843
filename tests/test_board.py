"""The pinned message that says what is seen."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from digest_world import DAY, HOUR, SOURCES, SUNDAY, begin, receiver, rows, settle
from hypothesis import given
from hypothesis import strategies as st

from monitor.app.board import Boards
from monitor.app.boardtext import Board, board_text, facts
from monitor.archive import boards, deliveries, health, sources
from monitor.config.source import Source
from monitor.errors import Cause
from monitor.model import Fetch, Form, Outcome, State

KYIV = ZoneInfo("Europe/Kyiv")
MINUTE = timedelta(minutes=1)
BOARD = Board(
    sources=83,
    waiting=1,
    blind=(("РИА Новости", Cause.WALL, SUNDAY - HOUR), ("ТАСС", None, SUNDAY - 2 * DAY)),
)
DESK = receiver(telegram={"chat_id": 1, "pinned_status": True})
WATCHED = {
    one.id: Source(
        id=one.id, name=one.name, country=one.country, kind=one.kind, url=f"https://{one.id}.test/"
    )
    for one in SOURCES.values()
}


# --- What it says ---------------------------------------------------------------------------------


def test_it_says_what_is_seen_what_is_not_and_since_when():
    text = board_text(BOARD, SUNDAY - 2 * HOUR, "en", KYIV, SUNDAY)

    assert text == (
        "🟡 Seeing 80 of 83 sources\n"
        "Blind:\n"
        "• РИА Новости: refused, since 08:00\n"
        "• ТАСС: unknown, since 09.09 09:00\n"
        "Not read yet: 1\n"
        "last alert 07:00 · as of 09:00"
    )


@pytest.mark.parametrize(
    ("language", "first", "blind", "last"),
    [
        (
            "uk",
            "🟡 Видно джерел: 80 з 83",
            "• РИА Новости: відмовляє у доступі, з 08:00",
            "сповіщень ще не було · станом на 09:00",
        ),
        (
            "ru",
            "🟡 Видно источников: 80 из 83",
            "• РИА Новости: отказывает в доступе, с 08:00",
            "оповещений ещё не было · на 09:00",
        ),
    ],
)
def test_it_speaks_the_language_of_its_receiver(language, first, blind, last):
    lines = board_text(BOARD, None, language, KYIV, SUNDAY).splitlines()

    assert (lines[0], lines[2], lines[-1]) == (first, blind, last)


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_each_cause_has_its_words(language):
    for cause in Cause:
        board = Board(sources=1, blind=(("ТАСС", cause, SUNDAY),))

        assert f"ТАСС: {cause.value}, " not in board_text(board, None, language, KYIV, SUNDAY)


def test_its_colour_says_it_at_a_glance():
    def first(board):
        return board_text(board, None, "en", KYIV, SUNDAY).splitlines()[0]

    assert first(Board(sources=3)) == "🟢 Seeing all 3 sources"
    assert first(Board(sources=3, waiting=3)) == "🔴 Seeing 0 of 3 sources"
    assert first(Board(sources=0)) == "🔴 Seeing 0 of 0 sources"


@given(st.lists(st.text(max_size=200), max_size=200), st.sampled_from(["en", "uk", "ru"]))
def test_however_many_are_blind_it_fits_into_a_message(names, language):
    blind = tuple((name, Cause.NO_PREVIEW, SUNDAY - DAY) for name in names)
    board = Board(sources=len(names), blind=blind)

    text = board_text(board, None, language, KYIV, SUNDAY)

    assert len(text.encode("utf-16-le", "surrogatepass")) // 2 <= 4096
    assert len(text.split("\n")) <= 16


@given(st.integers(0, 9 * 60), st.none() | st.just(SUNDAY))
def test_where_nothing_turned_only_its_last_line_is_another_one(minutes, heard_at):
    later = SUNDAY + minutes * MINUTE

    before = board_text(BOARD, None, "uk", KYIV, SUNDAY)
    after = board_text(BOARD, heard_at, "uk", KYIV, later)

    assert facts(before) == facts(after)


# --- When it is written ---------------------------------------------------------------------------


class Chat:
    """A receiver's side: what is queued is read, and settled as the outbox does."""

    def __init__(self, store) -> None:
        self.store = store

    @property
    def waits(self) -> list:
        return [row for row in rows(self.store, Form.STATUS) if row.state == "queued"]

    def take(self, now: datetime, state: State = State.SENT):
        """Settle what waits, and return its root and its first line."""
        (row,) = self.waits
        settle(self.store, row.id, state, now)
        return row.id, row.root_id, row.payload["text"].splitlines()[0]


@pytest.fixture
def chat(store):
    begin(store)
    for name in WATCHED:
        _read(store, name)
    return Chat(store)


def _read(store, name: str) -> None:
    fetch = Fetch(
        source=name,
        started_at=SUNDAY - DAY,
        finished_at=SUNDAY - DAY,
        outcome=Outcome.WHOLE,
        next_poll_at=SUNDAY + 30 * DAY,
    )
    store.write_now(lambda tx: sources.settle(tx, fetch))


class Life:
    """A program that keeps boards."""

    def __init__(self, store, begun: datetime = SUNDAY - MINUTE) -> None:
        self.store, self.woken = store, 0
        self.boards = Boards(store, self._wake, begun)

    def _wake(self) -> None:
        self.woken += 1

    async def tick(self, now: datetime, *receivers) -> None:
        await self.boards.tick(now, receivers or (DESK,), WATCHED, KYIV)


def go_blind(store, name: str, since: datetime = SUNDAY) -> None:
    store.write_now(lambda tx: health.blind(tx, name, since, Cause.TIMEOUT))


async def test_the_first_board_is_a_new_message_and_later_ones_change_it(chat):
    life = Life(chat.store)
    await life.tick(SUNDAY)
    first, root, said = chat.take(SUNDAY)
    go_blind(chat.store, "tass")

    await life.tick(SUNDAY + MINUTE)
    second = chat.take(SUNDAY + MINUTE)
    chat.store.write_now(lambda tx: health.sees(tx, "tass", SUNDAY))
    await life.tick(SUNDAY + 2 * MINUTE)
    third = chat.take(SUNDAY + 2 * MINUTE)

    assert (root, said) == (None, "🟢 Seeing all 4 sources")
    assert second[1:] == (first, "🟡 Seeing 3 of 4 sources")
    assert third[1:] == (second[0], "🟢 Seeing all 4 sources")
    assert life.woken == 3


async def test_a_board_that_has_nothing_new_to_say_is_written_each_quarter_of_an_hour(chat):
    life, written = Life(chat.store), []

    for minute in range(61):
        await life.tick(SUNDAY + minute * MINUTE)
        if chat.waits:
            written.append(minute)
            chat.take(SUNDAY + minute * MINUTE)

    assert written == [0, 15, 30, 45, 60]


async def test_it_is_looked_at_once_a_minute(chat):
    life = Life(chat.store)
    await life.tick(SUNDAY)
    chat.take(SUNDAY)
    go_blind(chat.store, "tass")

    await life.tick(SUNDAY + timedelta(seconds=59))

    assert chat.waits == []
    assert life.boards.next_due((DESK,)) == SUNDAY + MINUTE
    assert life.boards.next_due((receiver(),)) is None


async def test_while_a_board_waits_it_is_kept_up_to_date_and_stays_one(chat):
    life = Life(chat.store)
    await life.tick(SUNDAY)
    go_blind(chat.store, "tass")
    await life.tick(SUNDAY + MINUTE)
    go_blind(chat.store, "mod")
    await life.tick(SUNDAY + 2 * MINUTE)

    assert chat.take(SUNDAY)[1:] == (None, "🟡 Seeing 2 of 4 sources")


async def test_while_a_board_is_under_way_the_next_one_waits_until_its_message_is_known(chat):
    life = Life(chat.store)
    await life.tick(SUNDAY)
    first, *_ = chat.take(SUNDAY, State.SENDING)
    go_blind(chat.store, "tass")

    await life.tick(SUNDAY + MINUTE)
    assert chat.waits == []
    settle(chat.store, first, State.SENT)
    await life.tick(SUNDAY + 2 * MINUTE)

    assert chat.take(SUNDAY)[1] == first


async def test_a_restart_changes_the_same_message(chat):
    await Life(chat.store).tick(SUNDAY)
    first, *_ = chat.take(SUNDAY)

    again = Life(chat.store, SUNDAY)
    await again.tick(SUNDAY + MINUTE)
    assert chat.waits == []
    await again.tick(SUNDAY + 15 * MINUTE)

    assert chat.take(SUNDAY)[1] == first


async def test_where_the_sender_replaced_its_message_the_new_one_is_changed(chat):
    life, ids = Life(chat.store), []
    for number, message in enumerate(["5", "5", "9", "9"]):
        await life.tick(SUNDAY + number * 15 * MINUTE)
        delivery, root, _ = chat.take(SUNDAY)
        chat.store.write_now(lambda tx, m=message, d=delivery: deliveries.settle_part(tx, d, m))
        ids.append((root, delivery))

    assert [root for root, _ in ids[1:]] == [delivery for _, delivery in ids[:-1]]
    last = rows(chat.store, Form.STATUS)
    assert [row.message_ids for row in last] == [["9"], ["9"]]


async def test_where_its_message_was_deleted_a_new_one_is_pinned(chat):
    life = Life(chat.store)
    await life.tick(SUNDAY)
    chat.take(SUNDAY)
    await life.tick(SUNDAY + 15 * MINUTE)
    (edit,) = chat.waits

    chat.store.write_now(lambda tx: deliveries.begin_anew(tx, edit.id, "gone"))
    assert chat.take(SUNDAY)[:2] == (edit.id, None)
    await life.tick(SUNDAY + 30 * MINUTE)

    assert chat.take(SUNDAY)[1] == edit.id


async def test_a_board_that_is_refused_is_tried_again_after_a_day(chat):
    life, tried = Life(chat.store), []

    for hour in range(50):
        await life.tick(SUNDAY + hour * HOUR)
        if chat.waits:
            tried.append(hour)
            chat.take(SUNDAY, State.DEAD)

    assert tried == [0, 24, 48]


async def test_a_year_of_boards_leaves_a_few_rows(chat):
    life = Life(chat.store)

    for quarter in range(40):
        await life.tick(SUNDAY + quarter * 15 * MINUTE)
        chat.take(SUNDAY)

    assert len(rows(chat.store, Form.STATUS)) <= 2


async def test_whoever_wants_no_board_gets_none(chat):
    life = Life(chat.store)

    await life.tick(SUNDAY, receiver(), receiver(telegram={"chat_id": 1}))

    assert chat.waits == []


async def test_a_source_that_was_not_read_yet_is_not_seen(store):
    begin(store)
    _read(store, "mod")

    await Life(store).tick(SUNDAY)

    (row,) = rows(store, Form.STATUS)
    board = boards.of_delivery(row.payload)
    assert board.text.splitlines()[:2] == ["🟡 Seeing 1 of 4 sources", "Not read yet: 3"]
    assert board.raised_at == SUNDAY
