"""president.gov.ua: the President of Ukraine and his office."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class PresidentUaSpider(ListingSpider):
    """Reads a list of news of president.gov.ua and the pages of its entries.

    `scrapy crawl president_ua -a url=https://www.president.gov.ua/news/last -O out.jsonl`

    Lists: /news/last, /news/all (takes ?date-from=24-02-2022&date-to=…&page=2), /news/speeches; the
    same under /en and /ru. A list shows titles with date and minute, Kyiv time, as
    `13 вересня 2022 року - 23:58`; a page shows title, date, for some a lead, and the text.

    Quirks: a wall answers 403 to programs, at times to all. The site has a feed of the same; this
    is for when the feed is blind, and for older news. The link to the next page leads nowhere on
    the last one.

    After the structure in tougaj/rss-bridge (pages) and in many other public scrapers (lists).
    """

    name = "president_ua"
    country = "ua"
    language = "uk"
    select: ClassVar[Select] = Select(
        entry=".item_stat",
        link="h3 a::attr(href)",
        date=".date",
        older=".pagination li:has(> a.act) + li a::attr(href)",
        body=".short_desc, .article_content",
        published=".article .date",
    )
