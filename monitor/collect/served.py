"""What a site served, as the parsers get it."""

from dataclasses import dataclass, field

from monitor.config.source import Select


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The bytes of one answer, and what we know of where they are from."""

    url: str  #: after all redirects
    content_type: str = ""
    source: str = ""  #: the source's id
    language: str | None = None  #: as a rule, in this language
    country: str | None = None  #: times without a zone are those of this country
    known: frozenset[str] = frozenset()  #: fingerprints of entries that need not be read
    select: Select | None = None  #: where things stand on an HTML page
    body: bytes = field(default=b"", repr=False)
