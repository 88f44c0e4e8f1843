"""duma.gov.ru: news of the State Duma."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class DumaSpider(ListingSpider):
    """Reads a list of news of duma.gov.ru and the pages of its entries.

    `scrapy crawl duma -a url=http://duma.gov.ru/news/ -O out.jsonl`

    Lists: /news/, /news/duma/; older entries under page/2/ and so on. Pages are /news/N/, N counts
    up. A page shows date, title, lead, text, then tags.

    Quirks: a name in the text carries a card with a photograph and the person's office, which is no
    part of the sentence. The lead ends without a full stop. http works where https does not.

    After the structure in jonawalb/rhetoric-corpus (pages) and itmo-cet-sem/news_feed_repository
    (lists). What a list calls its titles and dates is our guess.
    """

    name = "duma"
    country = "ru"
    language = "ru"
    select: ClassVar[Select] = Select(
        entry="article.article--post",
        title='[class*="title"]',
        date="time",
        body=".article__lead, .article__content",
        remove=(".person__content-tooltip",),
    )
