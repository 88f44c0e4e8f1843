"""How a source is asked: the spider that knows its pages, and the crawler that fetches them."""

import hashlib
from collections.abc import Collection
from typing import Protocol

from scrapy import Request
from scrapy.http import Response

from monitor.collect.verdict import Answer
from monitor.collect.ways import Way
from monitor.errors import MonitorError
from monitor.model import Article, Entry, Page, SourceState


class Kind(Protocol):
    """What a fetch needs of a spider."""

    @property
    def reads_articles(self) -> bool:
        """Return whether the pages of its entries are read."""

    def request(self, state: SourceState) -> Request:
        """Return the request that asks the source for what is new."""

    async def read(self, response: Response, known: Collection[str]) -> Page:
        """Return what a response says."""

    def older(self, url: str) -> Request:
        """Return the request for a page of what came before."""

    def article(self, entry: Entry) -> Request:
        """Return the request for the page of an entry."""

    async def read_article(self, response: Response) -> Article:
        """Return what the page of an entry says."""


class Asking(Protocol):
    """What a fetch needs of the crawler."""

    def kind(self, way: Way) -> Kind:
        """Return the spider that reads by this way."""

    async def ask(self, request: Request) -> Response:
        """Return what is answered."""


class NoSuchKind(MonitorError):
    """A source names a spider that is not there, or that cannot be used."""


def answer_of(response: Response) -> Answer:
    """Return what a server said."""

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1").strip() if value else None

    reasons = response.meta.get("redirect_reasons", ()) if response.request else ()
    return Answer(
        status=response.status,
        etag=header("ETag"),
        last_modified=header("Last-Modified"),
        retry_after=header("Retry-After"),
        body_hash=hashlib.sha256(response.body).hexdigest(),
        body=response.body,
        moved_to=response.url if reasons and set(reasons) <= {301, 308} else None,
    )
