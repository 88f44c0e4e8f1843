"""Which sources are meant by `--source`, `--country`, `--kind`, `--language`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from monitor.config.words import did_you_mean
from monitor.errors import MonitorError
from monitor.match.language import LANGUAGES
from monitor.model import Kind, Provenance

_NAMED = 20  # in a message


def wanted_sources(
    known: Mapping[str, Provenance],
    ids: Sequence[str],
    countries: Sequence[str],
    kinds: Sequence[str],
) -> frozenset[str] | None:
    """Return the ids of the sources that are meant, None for all; raise MonitorError for unknown.

    Of one option any value may hold; every option that is given must.
    """
    for pattern in ids:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise MonitorError(_unknown("--source", pattern, known))
    there = {source.country for source in known.values()}
    for country in countries:
        if country not in there:
            raise MonitorError(_unknown("--country", country, there))
    for kind in kinds:
        if kind not in list(Kind):
            raise MonitorError(_unknown("--kind", kind, [one.value for one in Kind]))
    if not (ids or countries or kinds):
        return None
    return frozenset(
        source.id
        for source in known.values()
        if (not ids or any(fnmatchcase(source.id, pattern) for pattern in ids))
        and (not countries or source.country in countries)
        and (not kinds or source.kind.value in kinds)
    )


def wanted_languages(languages: Sequence[str]) -> Collection[str] | None:
    """Return the languages that are meant, None for all; raise MonitorError for unknown ones."""
    for code in languages:
        if code not in LANGUAGES:
            raise MonitorError(_unknown("--language", code, LANGUAGES))
    return languages or None


def _unknown(option: str, said: str, there: Iterable[str]) -> str:
    names = list(there) if there is LANGUAGES else sorted(there)
    if not names:
        return f"{option}: {said} is unknown; there are no sources yet"
    more = (
        f" and {len(names) - _NAMED} more (`monitor sources list`)" if len(names) > _NAMED else ""
    )
    listed = ", ".join(names[:_NAMED]) + more
    return f"{option}: {said} is unknown{did_you_mean(said, names)}; there are {listed}"
