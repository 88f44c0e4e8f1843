"""What all spiders of sources have in common."""

import os
from collections.abc import AsyncIterator, Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from monitor.collect.barred import read_or_barred
from monitor.collect.causes import explain, explain_status
from monitor.collect.proxies import settings_of
from monitor.collect.reading import Reading
from monitor.collect.sandbox import Sandbox
from monitor.collect.served import Served
from monitor.collect.ways import DIRECT, VIA, Via, ways
from monitor.config.include import Reader
from monitor.config.load import load
from monitor.config.schema import Config
from monitor.config.source import Select, Source
from monitor.errors import MonitorError
from monitor.model import Article, Entry, Kind, Page, SourceState

# Bytes, unpacked. A page of words is a tenth of it; one of 8 MB, thirty times, fills the memory.
_LONGEST_ARTICLE = 2 * 2**20


class NoSuchSource(MonitorError):
    """Somebody asked for a source that is neither configured nor in the catalogue."""


class SourceSpider(scrapy.Spider):
    """Asks one source and yields what it says, as entries.

    By hand: `scrapy crawl NAME -a source=ID`, an id of config.yaml or of the catalogue, or
    `-a url=URL` for any other page of its kind; `-a config=FILE` names another config.yaml.
    A kind of source of its own overrides `read`, and `request` where a plain GET will not do.
    """

    page_kind: ClassVar[str]  #: how the sandbox reads its pages
    accept: ClassVar[str] = "*/*"
    select: ClassVar[Select | None] = None  #: where things stand on its pages
    articles: ClassVar[bool] = False  #: whether the page of each entry is read, by default
    country: ClassVar[str] = "zz"  #: of the site it reads, if it is one; this code has none
    language: ClassVar[str | None] = None  #: of that site

    def __init__(
        self,
        name: str | None = None,
        *,
        source: Source | str | None = None,
        url: str | None = None,
        config: str | None = None,
        sandbox: Sandbox | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._sandbox = sandbox
        self._owns_sandbox = sandbox is None
        self.outward: Mapping[str, object] = {}  #: settings: what may be called, and by whom
        self.unread: list[str] = []  #: why something could not be read, for who asks afterwards
        if isinstance(source, Source):
            self.source: Source | None = source
            return
        read = _read_config(config)
        self.outward = {} if read is None else settings_of(read)
        self.source = None
        if source is not None:
            self.source = _find(source, read)
        elif url is not None:
            self.source = _unknown(url, type(self))

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Make a spider; one that read config.yaml goes out as that says."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name, value in spider.outward.items():
            if value:
                crawler.settings.set(name, value, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Yield the request of the source."""
        if self.source is None:
            self.logger.error("name a source: -a source=ID, or -a url=URL")
            raise CloseSpider("no source")
        request = self.request(SourceState(id=self.source.id))
        request.meta[VIA] = self._via
        yield request.replace(callback=self.parse, errback=self.failed)

    def request(self, state: SourceState) -> Request:
        """Return the request that asks for what is new since the last one."""
        headers = {"Accept": self.accept}
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.last_modified:
            headers["If-Modified-Since"] = state.last_modified
        return Request(self._known_source.url, headers=headers, dont_filter=True)

    def older(self, url: str) -> Request:
        """Return the request for a page of what came before."""
        return Request(url, headers={"Accept": self.accept}, dont_filter=True)

    @property
    def reads_articles(self) -> bool:
        """Return whether the page of each entry is read too."""
        own = self.source.article if self.source else None
        return self.articles if own is None else own

    def article(self, entry: Entry) -> Request:
        """Return the request for the page of an entry."""
        headers, meta = {"Accept": "text/html"}, {"download_maxsize": _LONGEST_ARTICLE}
        return Request(entry.url, headers=headers, meta=meta, dont_filter=True)

    async def read(self, response: Response, known: Collection[str]) -> Page:
        """Return what a response says; of its entries those whose fingerprint is not known.

        Raises PageError for what is no page of this kind.
        """
        served = self._served(response, frozenset(known))
        return await read_or_barred(self._parsers.read(self.page_kind, served), response.body)

    async def read_article(self, response: Response) -> Article:
        """Return what the page of an entry says. Raises PageError where it says nothing."""
        return await self._parsers.read_article(self._served(response))

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[Entry]:
        """Yield every entry of a page, each with what its own page says where that is read."""
        if not 200 <= response.status < 300:
            self._give_up(response.url, explain_status(response.status, response.body).text)
            return
        try:
            page = await self.read(response, frozenset())
        except Exception as error:
            if (why := explain(error, response.url)) is None:
                raise
            self._give_up(response.url, why.text)
            return
        if page.problem:
            self.logger.warning("%s: %s", response.url, page.problem)
        reading = Reading(self.ask, most=len(page.entries))
        for entry in page.entries:
            asks = self.reads_articles and entry.url
            done = await reading.completed(self, entry) if asks else None
            yield done.entry if done else entry
        for trouble in reading.problems():
            self.logger.warning("%s: %s", response.url, trouble.text)

    async def ask(self, request: Request) -> Response:
        """Return what is answered to a request that is no callback's."""
        request.callback = NO_CALLBACK
        request.meta[VIA] = self._via
        return await self.crawler.engine.download_async(request)

    def failed(self, failure: Failure) -> Failure | None:
        """Say in words why nothing could be read."""
        request: Request = failure.request  # type: ignore[attr-defined] # set by Scrapy
        why = explain(failure.value, request.url) if failure.value else None
        if why is None:
            return failure
        self._give_up(request.url, why.text)
        return None

    def _served(self, response: Response, known: frozenset[str] = frozenset()) -> Served:
        source = self.source or _unknown(response.url, type(self))
        return Served(
            body=response.body,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            url=response.url,
            source=source.id,
            language=source.language,
            country=source.country,
            select=source.select or self.select,
            known=known,
        )

    @property
    def _parsers(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = Sandbox(workers=1)
        return self._sandbox

    def _give_up(self, url: str, why: str) -> None:
        self.unread.append(why)
        self.logger.error("%s: %s", url, why)

    async def closed(self, reason: str) -> None:  # noqa: ARG002 - Scrapy's signature
        """End the worker that this spider started."""
        if self._owns_sandbox and self._sandbox is not None:
            await self._sandbox.close()

    @property
    def _via(self) -> Via:
        """By hand, a source is asked by the first of its ways."""
        return DIRECT if self.source is None else ways(self.source)[0].via

    @property
    def _known_source(self) -> Source:
        if self.source is None:
            raise ValueError("this spider was made without a source")
        return self.source


def _read_config(path: str | None) -> Config | None:
    """Read config.yaml; None where nobody named one and there is none here."""
    named = path or os.environ.get("MONITOR_CONFIG")
    file = Path(named or "config.yaml")
    return load(file).config if named or file.exists() else None


def _find(source_id: str, config: Config | None) -> Source:
    groups = Reader().catalogue().values()
    known = {source.id: source for group in groups for source in group}
    known |= {source.id: source for source in (config.sources if config else ())}
    if source_id not in known:
        near = " or ".join(f"`{one}`" for one in get_close_matches(source_id, known))
        mend = f"did you mean {near}?" if near else "see `monitor sources list`"
        raise NoSuchSource(f"there is no source `{source_id}`: {mend}")
    return known[source_id]


def _unknown(url: str, spider: type[SourceSpider]) -> Source:
    """Make a source of a page that nobody has described."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in urlsplit(url).netloc.lower())
    return Source(
        id=name.strip("-")[:64] or "page",
        name=urlsplit(url).netloc or url,
        country=spider.country,
        kind=Kind.INDEPENDENT,
        language=spider.language,
        spider=spider.name,
        url=url,
    )
