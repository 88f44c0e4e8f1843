"""An entry as it is archived: text that every store can hold."""

from datetime import datetime

from monitor.model import Document, Entry


def document_of(entry: Entry, seen_at: datetime, *, language: str | None = None) -> Document:
    """Return what we archive of an entry: all of it, with text that every store can hold."""
    return Document(
        source=entry.source,
        uid=_storable(entry.id),
        url=_storable(entry.url),
        title=_storable(entry.title),
        text=_storable(entry.text),
        language=language,
        published_at=entry.published_at,
        seen_at=seen_at,
        forwarded_from=None if entry.forwarded_from is None else _storable(entry.forwarded_from),
        problem=None if entry.problem is None else _storable(entry.problem),
        raw=entry.raw,
    )


def _storable(text: str) -> str:
    """Return text without what PostgreSQL or UTF-8 refuse: NUL and halves of characters."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
