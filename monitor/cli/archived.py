"""The archive, opened for one command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from monitor.archive import documents
from monitor.archive.store import Store, Transaction, exists
from monitor.collect.links import canonical
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.model import Archived, Document


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


def documents_called(tx: Transaction, name: str) -> Sequence[tuple[Archived, Document]]:
    """Return every text of the document of a link or a #ref, also of one copied from somewhere."""
    spellings = [name, canonical(name), canonical(name).partition("#")[0]]
    if "://" not in name:
        spellings += [f"https://{one}" for one in spellings]
    for one in dict.fromkeys(spellings):
        parts = urlsplit(one)
        lowered = parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()
        for spelling in (one, lowered):
            if found := documents.find(tx, spelling):
                return found
    return ()
