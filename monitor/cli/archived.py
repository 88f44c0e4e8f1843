"""The archive, opened for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.archive.store import Store, exists
from monitor.config.schema import Config
from monitor.errors import MonitorError


@contextmanager
def opened(config: Config, *, read_only: bool = False) -> Iterator[Store]:
    """Open the archive that there is; MonitorError says how to begin one."""
    if not exists(config.store):
        raise MonitorError(f"there is no archive yet at {config.store}; `monitor run` begins one")
    store = Store(config.store, read_only=read_only)
    try:
        yield store
    finally:
        store.close()
