"""niss.gov.ua: Ukraine's National Institute for Strategic Studies."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class NissSpider(ListingSpider):
    """Reads a list of niss.gov.ua and the pages of its entries.

    `scrapy crawl niss -a url=https://niss.gov.ua/news -O out.jsonl`

    Lists: /news, /doslidzhennya (studies). A list shows titles with a day; a page shows title, day
    and text; studies are often PDF files, which are not read.

    Quirks: the day that is shown is Kyiv's, `datetime` beside it is in UTC.

    No public code reads this site. Its addresses (/sites/default/files/2016-12/…) are those of
    Drupal 8 or later, so these are the selectors of Drupal's own templates; a theme may have
    changed them, and then it says that it finds nothing.
    """

    name = "niss"
    country = "ua"
    language = "uk"
    select: ClassVar[Select] = Select(
        entry=".views-row",
        date="time",
        older=".pager__item--next a::attr(href)",
        body=".field--name-body",
    )
