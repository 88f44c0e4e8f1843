"""Which documents a rule reads: what stands under its `where:`, but for the fields."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from monitor.config.schema import Where
from monitor.match.language import Tongue
from monitor.model import Provenance


def is_particular(where: Where) -> bool:
    """Return whether there are documents that are not read."""
    return bool(where.language or where.country or where.kind or where.source)


def wanted(where: Where, tongue: Tongue, source: Provenance | None) -> bool:
    """Return whether documents in this language from this source, where one is known, are read."""
    return next(objections(where, tongue, source), None) is None


def objections(where: Where, tongue: Tongue, source: Provenance | None) -> Iterator[str]:
    """Yield why such a document is not read."""
    if where.language and not _is_in(tongue, where.language):
        yield f"it is read as {tongue.code or 'no language'}, the rule wants {_any(where.language)}"
    if source is None:
        return
    if where.country and source.country not in where.country:
        yield f"its source is of {source.country}, the rule wants {_any(where.country)}"
    if where.kind and source.kind not in where.kind:
        yield f"its source is {source.kind}, the rule wants {_any(where.kind)}"
    if where.source and not any(fnmatchcase(source.id, name) for name in where.source):
        yield f"its source is {source.id}, the rule wants {_any(where.source)}"


def _is_in(tongue: Tongue, languages: Sequence[str]) -> bool:
    # A text that is both Russian and Ukrainian is in either.
    return tongue.code in languages or (tongue.mixed and bool({"ru", "uk"} & set(languages)))


def _any(of: Sequence[str]) -> str:
    return " or ".join(of)
