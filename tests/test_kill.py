"""The whole program, killed for real: `kill -9` at every named point, on both databases."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from killing import POINTS, scene

# The rest of the points are the same code on both databases; the long run tries them all.
ON_POSTGRESQL = ("ingest.written", "settle.written", "outbox.accepted", "outbox.settle.written")


def points_on(store_url: str) -> Sequence[str]:
    """Every second point at every change: tests/test_crash.py cuts the power at each step."""
    if not store_url.startswith("sqlite"):
        return ON_POSTGRESQL
    return POINTS if os.environ.get("MONITOR_TEST_PROFILE") == "long" else POINTS[::3]


async def test_killed_at_every_named_point_it_loses_nothing(tmp_path, store_url):
    async with scene(tmp_path, store_url) as world:
        for point in points_on(store_url):
            await world.life_until(point)
            world.publish()

        status = await world.last_life()

        assert world.faults() == ""
        assert status == 0, world.log()


async def test_asked_to_stop_under_load_it_finishes_what_is_under_way(tmp_path):
    async with scene(tmp_path, f"sqlite:///{tmp_path}/monitor.db") as world:
        world.publish(loud=6)
        world.api.fault("slow", seconds=1.5)
        process = await world.start()
        async with asyncio.timeout(60):
            while not world.api.messages:
                await asyncio.sleep(0.05)
        children = _children(process.pid)

        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), 40)

        assert status == 0, world.log()
        assert children
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
        await world.last_life()
        assert world.faults() == ""
        assert world.repeats == 0


async def test_a_second_program_on_the_same_store_refuses_and_says_why(tmp_path, store_url):
    async with scene(tmp_path, store_url) as world:
        first = await world.start()
        async with asyncio.timeout(60):
            while not world.api.messages:
                await asyncio.sleep(0.05)

        second = await world.start()
        status = await asyncio.wait_for(second.wait(), 60)

        first.send_signal(signal.SIGTERM)
        await first.wait()
        assert status == 2
        assert f"another monitor (process {first.pid})" in world.log() or (
            f"media-monitor {first.pid}" in world.log()
        )


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        pytest.skip(f"this kernel does not list children ({os.uname().release})")
    return [int(one) for one in text.split()]
