"""What every test may ask for: a store on SQLite and on PostgreSQL, and a clock it can turn."""

import os
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import GRACE, QUICK, LinesReader, MemoryDesk
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text
from terminal import Terminal
from web import Web

from monitor.archive.store import Store, no_step
from monitor.collect.crawl import Crawl

settings.register_profile(
    "ci",
    max_examples=25,  # of each property, at every change; `MONITOR_TEST_PROFILE=long` tries 2,000
    deadline=None,  # no timed assertions on a shared machine
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("long", parent=settings.get_profile("ci"), max_examples=2000)
settings.load_profile(os.environ.get("MONITOR_TEST_PROFILE", "ci"))

SHARED = Path(__file__).parents[2] / "shared" / "data"
POSTGRES = os.environ.get("MONITOR_TEST_DATABASE_URL")


# Files whose tests take longest: begun first, so that no core waits for them at the end.
LONGEST = ("test_kill", "test_crash", "test_real_input")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture
def shared() -> Path:
    """The captures of real sources; they are not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip("needs the captures in ../shared/data, which are not part of the repository")
    return SHARED


class Clock:
    """A clock that stands still until somebody turns it."""

    def __init__(self, now: datetime = datetime(2022, 9, 10, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _postgres_schema() -> Iterator[str]:
    """A fresh schema in the test database, dropped afterwards."""
    if POSTGRES is None:
        pytest.skip("needs PostgreSQL: set MONITOR_TEST_DATABASE_URL=postgresql://user@host/db")
    admin = create_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    schema = f"test_{uuid.uuid4().hex[:12]}"
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    # What these tests write need not outlive the power.
    yield f"{POSTGRES}?options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff"
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store, on each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/monitor.db"
    else:
        yield from _postgres_schema()


@pytest.fixture
def open_store(store_url: str) -> Iterator[Callable[..., Store]]:
    """Open the same store as often as one likes; all are closed in the end."""
    opened: list[Store] = []

    def open_(step: Callable[[str], None] = no_step) -> Store:
        opened.append(Store(store_url, step=step, durable=False))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()


@pytest.fixture
def terminal(tmp_path, capfd, monkeypatch):
    for name in list(os.environ):
        if name.startswith("MONITOR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path, capfd)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """Some hosts on loopback that say what a test tells them."""
    web = Web()
    await web.start()
    yield web
    await web.stop()


@pytest.fixture
def memory(clock: Clock) -> MemoryDesk:
    """The archive's side of a fetch, in memory."""
    return MemoryDesk(clock)


@pytest.fixture
async def crawl(memory: MemoryDesk, clock: Clock) -> AsyncIterator[Callable[..., Awaitable[Crawl]]]:
    """Start hubs; all are stopped in the end."""
    made: list[Crawl] = []

    async def start(**settings: object) -> Crawl:
        hub = Crawl(memory, LinesReader(), clock, random.Random(1), QUICK | settings)
        made.append(hub)
        await hub.start()
        return hub

    yield start
    for hub in made:
        await hub.stop(GRACE)
