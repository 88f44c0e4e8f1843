"""gur.gov.ua: the Main Intelligence Directorate of Ukraine's Ministry of Defence."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class GurSpider(ListingSpider):
    """Reads the list of news of gur.gov.ua and the pages of its entries.

    `scrapy crawl gur -a url=https://gur.gov.ua/ua/content/list-of-news.html -O out.jsonl`

    The list, in Ukrainian and as /en/content/list-of-news.html in English, shows titles with a day,
    as `11.09.2022`, no time; older entries under list-of-news/1.html and so on. Pages are
    /content/NAME.html.

    Quirks: an entry is one link with everything in it. Days without a time count as their first
    minute in Kyiv. There is no feed, and a wall answers 403 to programs, at times to all: the
    Telegram channel and the YouTube feed say the same.

    After the structure in abrukhanska/alarm_prediction (the list). Nothing is known of the pages,
    so their text is found as on any page.
    """

    name = "gur"
    country = "ua"
    language = "uk"
    select: ClassVar[Select] = Select(
        entry="a.main-item, a.item",
        title=".title",
        date="a > :not(.title), a::text",  # the day stands beside the title, in whatever it is
    )
