"""kremlin.ru: what the President of Russia does, says and signs."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class KremlinSpider(ListingSpider):
    """Reads a list of kremlin.ru and the pages of its entries.

    `scrapy crawl kremlin -a url=http://kremlin.ru/events/president/news -O out.jsonl`

    Lists: /events/president/news, /events/president/transcripts, /acts/news; older entries under
    /page/2 and so on. A list shows twenty titles with date and place, no text; a page shows the
    lead, the text with every speaker's name in bold, and cards of the people it names.

    Quirks: always http. `datetime` holds only the day, the words beside it hold the minute, Moscow
    time; on a page, day and minute stand in elements of their own. Whoever asks some 150 times in
    a row is answered 403. The site has a feed of the same; this is for when the feed is blind.

    After the structure in yelex/npa-monitor (of August 2026) and jonawalb/rhetoric-corpus.
    """

    name = "kremlin"
    country = "ru"
    language = "ru"
    select: ClassVar[Select] = Select(
        entry=".hentry_event",
        link=".hentry__title a::attr(href)",
        title=".entry-title",
        date="time::text",
        body=".read__lead, .entry-content",
        published=".read__meta",
        remove=(".read__tooltip",),
    )
