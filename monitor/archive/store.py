"""The store: one writer, readers beside it, one owner. SQLite and PostgreSQL alike."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from monitor.archive.migrations import check, migrate
from monitor.errors import StoreLocked, StoreTooNew, StoreUnusable

Result = TypeVar("Result")
Transaction = Connection
Work = Callable[[Connection], Result]
Step = Callable[[str], None]


def no_step(_: str) -> None:
    """Do nothing; the crash tests put something else here."""


class Store:
    """The archive behind one URL. Every write is one transaction on one thread."""

    def __init__(
        self, url: str, *, step: Step = no_step, durable: bool = True, read_only: bool = False
    ) -> None:
        """Open (and create or migrate) the store; `durable=False` is for tests and the demo.

        Read-only, it is opened as it stands, and nothing can be written: for a look beside the
        daemon. Raises StoreUnusable where it must be migrated first.
        """
        self._url = _with_driver(make_url(url))
        if self._url.database and self._url.get_backend_name() == "sqlite" and not read_only:
            _make_room(Path(self._url.database))
        self._step = step
        how = _How(durable=durable, read_only=read_only)
        self._writer = _engine(self._url, begin="BEGIN IMMEDIATE", size=1, how=how)
        self._reader = _engine(self._url, begin="BEGIN", size=4, how=how)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="archive-writer")
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="archive-reader")
        self._lock: IO[str] | Connection | None = None
        try:
            if read_only:
                self.read_now(check)
            else:
                with self._writer.begin() as connection:
                    migrate(connection)
        except (StoreUnusable, StoreTooNew):
            self.close()
            raise
        except DBAPIError as error:
            self.close()
            where = self._url.render_as_string(hide_password=True)
            raise StoreUnusable(f"the store {where} cannot be used: {error.orig}") from error

    def write_now(self, work: Work[Result], *, name: str = "write") -> Result:
        """Run `work` in one transaction in this thread; its steps carry `name`.

        Raises StoreUnusable where the store itself is the trouble: no room, no connection.
        """
        with _in_words(), self._writer.begin() as connection:
            result = work(connection)
            self._step(f"{name}.written")
        self._step(f"{name}.committed")
        return result

    def read_now(self, work: Work[Result]) -> Result:
        """Run `work` on what was committed before, in this thread."""
        with _in_words(), self._reader.begin() as connection:
            return work(connection)

    async def write(self, work: Work[Result], *, name: str = "write") -> Result:
        """Run `work` in one transaction on the writer thread, in the order of the calls."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writing, lambda: self.write_now(work, name=name))

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` on what was committed before, beside the writer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, lambda: self.read_now(work))

    def lock(self) -> None:
        """Become the store's only owner until `close`; raise StoreLocked naming the other one."""
        if self._url.get_backend_name() == "sqlite":
            self._lock = _lock_file(Path(f"{self._url.database}.lock"))
        else:
            self._lock = _lock_session(self._writer.connect())

    def close(self) -> None:
        """Finish what was begun and let go of the store."""
        self._writing.shutdown()
        self._reading.shutdown()
        if self._lock is not None:
            self._lock.close()
        self._writer.dispose()
        self._reader.dispose()


@contextmanager
def _in_words() -> Iterator[None]:
    """Let what is wrong with the store itself, not with what is written, be known as that."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnusable(f"the store cannot be used: {error.orig}") from error


def _make_room(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"the store {file} cannot be used: {error}") from error


def exists(url: str) -> bool:
    """Return whether there is a store already; a PostgreSQL one is taken to be there."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


class _How(NamedTuple):
    """How carefully, and whether at all, a store is written."""

    durable: bool
    read_only: bool


def _engine(url: URL, *, begin: str, size: int, how: _How) -> Engine:
    """Return an engine whose transactions start with `begin` on SQLite."""
    if url.get_backend_name() != "sqlite":
        name = f"media-monitor {os.getpid()}"
        return create_engine(
            url,
            pool_size=size + 1,
            pool_pre_ping=True,
            connect_args={"application_name": name},
            execution_options={"postgresql_readonly": True} if how.read_only else {},
        )
    # A writer waits its turn instead of failing: half a minute outlasts any reader's checkpoint.
    engine = create_engine(
        url, pool_size=size, connect_args={"check_same_thread": False, "timeout": 30}
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        if how.read_only:
            connection.execute("PRAGMA query_only=ON")
            return
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if how.durable else 'OFF'}")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _lock_file(path: Path) -> IO[str]:
    """Return the open lock file; the operating system lets go of it whatever kills us."""
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreUnusable(f"the store beside {path} cannot be owned: {error}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise StoreLocked(
            f"another monitor (process {owner}) works on {path.with_suffix('')}; stop it first"
        ) from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


_LOCK_KEY = func.hashtext(func.concat("media-monitor ", func.current_schema()))
_LOCK_OWNER = text(
    "SELECT a.application_name || ' from ' || coalesce(host(a.client_addr), 'here')"
    " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objid::bigint"
    " = hashtext('media-monitor ' || current_schema())::bigint & 4294967295"
)


def _lock_session(connection: Connection) -> Connection:
    """Return a session that holds the advisory lock; the server frees it when we are gone."""
    if connection.execute(select(func.pg_try_advisory_lock(_LOCK_KEY))).scalar_one():
        connection.commit()
        return connection
    owner = connection.execute(_LOCK_OWNER).scalar()
    connection.close()
    raise StoreLocked(
        f"another monitor ({owner or 'unknown'}) works on this database; stop it first"
    )
