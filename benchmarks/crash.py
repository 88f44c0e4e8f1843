"""Kills the whole program, again and again, and counts what was lost and what came twice.

Every named point on each database, several times; then at moments that nobody chose. Run it as
`./run.sh bench crash [--rounds N] [--random N]`; PostgreSQL too where MONITOR_TEST_DATABASE_URL
names one. Exits 1 if anything was lost, or repeated without saying so.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import uuid
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killing import POINTS, Scene, scene


async def at_every_point(store: str, rounds: int) -> Scene:
    """Kill it at every named point, `rounds` times."""
    with tempfile.TemporaryDirectory() as folder:
        async with scene(Path(folder), store.format(folder=folder)) as world:
            for _ in range(rounds):
                for point in POINTS:
                    await world.life_until(point)
                    world.publish()
            await world.last_life()
            return world


async def at_random(store: str, times: int, rng: random.Random) -> Scene:
    """Kill it at moments between its start and shortly after it has everything to do."""
    with tempfile.TemporaryDirectory() as folder:
        async with scene(Path(folder), store.format(folder=folder)) as world:
            for _ in range(times):
                await world.life_of(rng.uniform(1.0, 6.0))
                world.publish()
            await world.last_life()
            return world


def said(name: str, world: Scene) -> bool:
    """Print what became of it; return whether the promise held."""
    faults = world.faults()
    print(
        f"{name}: {world.deaths} deaths, {len(world.numbers)} messages,"
        f" {len(world.lost)} lost, {world.repeats} repeated and marked"
        f"{'; BROKEN: ' + faults if faults else ''}",
        flush=True,
    )
    return not faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="at every named point")
    parser.add_argument("--random", type=int, default=30, help="at moments that nobody chose")
    parser.add_argument("--seed", type=int, default=2022)
    options = parser.parse_args()
    stores = {"sqlite": "sqlite:///{folder}/monitor.db"}
    url = os.environ.get("MONITOR_TEST_DATABASE_URL")
    schemas = [f"crash_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    held = True
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"CREATE SCHEMA {schema}")
    for number in range(2):
        if url:
            stores["postgresql"] = f"{url}?options=-csearch_path%3D{schemas[number]}"
        for name, store in stores.items():
            rng = random.Random(options.seed)
            if number == 0:
                world = asyncio.run(at_every_point(store, options.rounds))
                held &= said(f"{name}, every named point", world)
            else:
                world = asyncio.run(at_random(store, options.random, rng))
                held &= said(f"{name}, at random", world)
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            for schema in schemas:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
