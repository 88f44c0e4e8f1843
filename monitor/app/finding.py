"""A document by the name that a person has for it: its short one, or a link copied somewhere."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.archive import documents
from monitor.archive.store import Transaction
from monitor.collect.links import canonical
from monitor.model import Archived, Document


def called(tx: Transaction, name: str) -> Sequence[tuple[Archived, Document]]:
    """Return every revision of the document that is meant, oldest first."""
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
