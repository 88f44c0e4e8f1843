"""The pages of entries, read one after the other, while their site lets us."""

import logging
from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.http import Response

from monitor.collect import articles, verdict
from monitor.collect.articles import Completed
from monitor.collect.asking import Kind, answer_of
from monitor.collect.causes import explain
from monitor.errors import Cause, Trouble
from monitor.model import Entry, SourceState

log = logging.getLogger(__name__)

Ask = Callable[[Request], Awaitable[Response]]


class Reading:
    """Reads the pages of entries, one after the other, while their site lets us: of one fetch."""

    def __init__(self, ask: Ask, most: int = articles.MOST) -> None:
        """Take what fetches a page, and how many are read at the most."""
        self._ask = ask
        self._left = most
        self._later = 0
        self._failures = 0  # in a row
        self._troubles: list[Trouble] = []

    async def completed(self, kind: Kind, entry: Entry) -> Completed | None:
        """Return an entry with what its page says; None where its page is left for later."""
        if not self._left:
            self._later += 1
            return None
        if self._failures >= articles.PATIENCE:
            return articles.without(entry, self._troubles[-1])
        self._left -= 1
        try:
            response = await self._ask(kind.article(entry))
            answer = answer_of(response)
            end = verdict.unread(SourceState(id=entry.source), answer)
            if isinstance(end, Trouble):
                return self._failed(entry, end)
            article = await kind.read_article(response)
        except Exception as error:
            trouble = explain(error, entry.url)
            if trouble is None:  # a fault of our own must not cost the other entries too
                log.exception("%s: the page of %s", entry.source, entry.url)
                text = f"internal: {type(error).__name__}: {error}"
                trouble = Trouble(cause=Cause.INTERNAL, text=text)
            return self._failed(entry, trouble)
        self._failures = 0
        return Completed(entry=articles.complete(entry, article, response.body))

    def _failed(self, entry: Entry, trouble: Trouble) -> Completed:
        self._failures += 1
        self._troubles.append(trouble)
        return articles.without(entry, trouble)

    def problems(self) -> list[Trouble]:
        """Return what is to be said of pages that were not read."""
        said = []
        if self._troubles:
            count = len(self._troubles)
            pages = "the page of an entry" if count == 1 else f"the pages of {count} entries"
            text = f"{pages} could not be read; the first: {self._troubles[0].text}"
            said.append(Trouble(cause=Cause.INCOMPLETE, text=text))
        if self._later:
            text = f"{self._later} more entries are read, with their pages, by the next fetch"
            said.append(Trouble(cause=Cause.INCOMPLETE, text=text))
        return said
