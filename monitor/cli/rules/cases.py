"""What rules are held against before they go live: the archive, or JSON lines."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.archive import documents, sources
from monitor.archive.documents import Selection
from monitor.archive.store import Store
from monitor.cli.lines import Dated, Lines
from monitor.cli.moments import Window, credible
from monitor.cli.progress import Advance
from monitor.config.schema import Config
from monitor.match.language import LanguageIdentifier
from monitor.match.tally import Case
from monitor.model import Provenance


class Material(Protocol):
    """Texts to hold against rules."""

    @property
    def unreadable(self) -> int:
        """Return how many of them could not be read so far."""

    def cases(self, advance: Advance) -> Iterator[Case]:
        """Yield them, and tell how far that is."""


class ArchivedTexts:
    """The archive, newest document first."""

    unreadable = 0

    def __init__(self, store: Store, config: Config, when: Window) -> None:
        """Read nothing yet."""
        self._store = store
        self._identifier = LanguageIdentifier(config.language.engine)
        self._known = store.read_now(sources.known) | _configured(config)
        self._selection = Selection(since=when.since, until=when.until)

    def cases(self, advance: Advance) -> Iterator[Case]:
        """Yield every text; a source that is no longer configured counts as it last was."""
        ids = self._store.read_now(lambda tx: documents.select_ids(tx, self._selection))
        texts = documents.stream(self._store.read_now, ids)
        for number, (archived, document) in enumerate(texts):
            advance(number, len(ids))
            source = self._known.get(document.source)
            declared = source.language if source else document.language
            yield Case(
                document=(document.source, document.uid),
                name=f"#{archived.ref}",
                source=document.source,
                url=document.url,
                title=document.title,
                text=document.text,
                moment=credible(document.published_at, document.seen_at) or document.seen_at,
                tongue=self._identifier.identify(document.title, document.text, declared),
                provenance=source,
            )


class GivenLines:
    """Files of JSON lines; every line is a document, undated ones are in every window."""

    def __init__(self, files: Sequence[Path], config: Config, when: Window, now: datetime) -> None:
        """Read nothing yet; a date that is not credible `now` is none."""
        self._now = now
        self._files = [Lines(file, Dated) for file in files]
        self._identifier = LanguageIdentifier(config.language.engine)
        self._known = _configured(config)
        self._when = when
        self._zone = ZoneInfo(config.timezone)

    @property
    def unreadable(self) -> int:
        """Return how many lines could not be read so far."""
        return sum(file.unreadable for file in self._files)

    def cases(self, advance: Advance) -> Iterator[Case]:
        """Yield the lines of all files in their order."""
        for file in self._files:
            for number, line in file:
                advance(
                    sum(each.done for each in self._files), sum(each.size for each in self._files)
                )
                moment = self._moment(line)
                if moment is None or self._when.holds(moment):
                    yield self._case(line, f"{file.name}:{number}", moment)

    def _moment(self, line: Dated) -> datetime | None:
        said = line.published_at
        there = said.replace(tzinfo=self._zone) if said and said.tzinfo is None else said
        return credible(there, self._now)

    def _case(self, line: Dated, place: str, moment: datetime | None) -> Case:
        source = self._known.get(line.source or "")
        declared = line.language or (source.language if source else None)
        return Case(
            document=(place, ""),
            name=str(line.id),
            source=line.source or "",
            url=line.url,
            title=line.title,
            text=line.text,
            moment=moment,
            tongue=self._identifier.identify(line.title, line.text, declared),
            provenance=source,
        )


def _configured(config: Config) -> dict[str, Provenance]:
    return {source.id: source.provenance for source in config.sources}
