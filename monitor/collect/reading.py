"""The pages of entries, read one after the other, while their site lets us."""

from collections.abc import Collection

from monitor.collect import articles, verdict
from monitor.collect.articles import Completed
from monitor.collect.asking import Asking, Kind, answer_of
from monitor.collect.causes import explain
from monitor.errors import Cause, Trouble
from monitor.model import Entry, SourceState


class Reading:
    """Reads the pages of entries, one after the other, while their site lets us."""

    def __init__(self, kind: Kind, asking: Asking, wanted: Collection[str]) -> None:
        self._kind = kind
        self._asking = asking
        self._wanted = wanted
        self._asked = 0
        self._later = 0
        self._failures = 0  # in a row
        self._troubles: list[Trouble] = []

    async def completed(self, entry: Entry) -> Completed | None:
        """Return an entry with what its page says; None where its page is left for later."""
        request = self._kind.article(entry) if entry.id in self._wanted else None
        if request is None:
            return Completed(entry=entry)
        if self._asked >= articles.MOST:
            self._later += 1
            return None
        if self._failures >= articles.PATIENCE:
            return articles.without(entry, self._troubles[-1])
        self._asked += 1
        try:
            response = await self._asking.ask(request)
            end = verdict.unread(SourceState(id=""), answer_of(response))
            if isinstance(end, Trouble):
                return self._failed(entry, end)
            article = await self._kind.read_article(response)
        except Exception as error:
            if (trouble := explain(error, request.url)) is None:
                raise
            return self._failed(entry, trouble)
        self._failures = 0
        return Completed(entry=articles.complete(entry, article, response.body))

    def _failed(self, entry: Entry, trouble: Trouble) -> Completed:
        self._failures += 1
        self._troubles.append(trouble)
        return articles.without(entry, trouble)

    def problems(self, entries: int) -> list[Trouble]:
        """Return what is to be said of pages that were not read."""
        said = []
        if self._troubles:
            text = (
                f"the pages of {len(self._troubles)} of {entries} entries could not be read;"
                f" the first: {self._troubles[0].text}"
            )
            said.append(Trouble(cause=Cause.INCOMPLETE, text=text))
        if self._later:
            text = f"the pages of {self._later} more entries are read by the next fetch"
            said.append(Trouble(cause=Cause.INCOMPLETE, text=text))
        return said
