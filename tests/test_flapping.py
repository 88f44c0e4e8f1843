"""A source that comes and goes is no alarm all day long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import DAY, HOUR, MINUTE, Newsroom


@pytest.fixture
async def newsroom(tmp_path, store_url, clock):
    one = Newsroom(tmp_path, store_url, clock)
    yield one
    await one.close()


async def test_a_source_that_flaps_is_not_told_of(newsroom):
    await newsroom.open("tass")

    for n in range(60):
        newsroom.sites["tass"].trouble = 503 if n % 2 else None
        await newsroom.live(5 * MINUTE)

    assert newsroom.heard() == []


async def test_a_source_that_answers_once_in_a_while_is_blind_until_it_is_read_reliably(newsroom):
    await newsroom.open("tass")
    for _ in range(6):
        newsroom.sites["tass"].trouble = 503
        await newsroom.live(40 * MINUTE)
        newsroom.sites["tass"].trouble = None
        while newsroom.state("tass").failures:
            await newsroom.live(MINUTE)
    before = newsroom.heard()

    await newsroom.live(HOUR)

    assert [one.split(":")[0] for one in before] == ["Blind"]
    _, again = newsroom.heard()
    assert again.startswith("Seen again: ТАСС (tass)\nblind from 15:01 (server fault, ")


async def test_a_source_that_is_blind_again_within_a_day_comes_and_goes_and_is_quiet(newsroom):
    await newsroom.open("tass")
    for _ in range(5):
        newsroom.sites["tass"].trouble = 503
        await newsroom.live(HOUR)
        newsroom.sites["tass"].trouble = None
        await newsroom.live(2 * HOUR)
    first_day = newsroom.heard()

    await newsroom.live(DAY)

    assert [one.split(":")[0] for one in first_day] == ["Blind", "Seen again", "Comes and goes"]
    assert "it comes and goes: nothing more is told of it before 11 Sep 1" in first_day[-1]
    _, _, _, again = newsroom.heard()
    assert "blind, off and on, from 10 Sep 18:02 (server fault, 10h" in again


@settings(max_examples=6)
@given(lengths=st.lists(st.integers(1, 30), min_size=4, max_size=20))
async def test_no_source_is_told_of_more_than_four_times_a_day(newsroom, lengths):
    """The examples are lived through one after the other."""
    if newsroom.program is None:
        await newsroom.open("tass", every="10m")

    for n, length in enumerate(lengths):
        newsroom.sites["tass"].trouble = 503 if n % 2 else None
        await newsroom.live(length * 10 * MINUTE, 10 * MINUTE)

    told = [notice.raised_at for notice in newsroom.notices()]
    assert all(later - first >= DAY for first, later in zip(told, told[4:], strict=False))
