"""government.ru: news and documents of the Russian government."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class GovernmentSpider(ListingSpider):
    """Reads a list of government.ru and the pages of its entries.

    `scrapy crawl government -a url=http://government.ru/news/ -O out.jsonl`

    Lists: /news/, /docs/; older entries with ?page=2 and so on. A list shows title, lead and date
    with the minute; a page shows date and minute, title, lead, text, then what it is filed under.

    Quirks: always http, https does not answer. There is no robots.txt: its address shows the home
    page. A link to pictures stands in the text as a paragraph of its own.

    After the structure in yelex/npa-monitor (lists, August 2026) and jonawalb/rhetoric-corpus
    (pages).
    """

    name = "government"
    country = "ru"
    language = "ru"
    select: ClassVar[Select] = Select(
        entry=".headline",
        title=".headline_title_link",
        date="time",
        text=".headline_lead",
        body=".reader_article_lead, .reader_article_body",
        published=".reader_article_dateline",
        remove=(".gallery",),
    )
