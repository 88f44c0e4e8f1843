"""mid.ru: the Russian Ministry of Foreign Affairs."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class MidSpider(ListingSpider):
    """Reads a list of mid.ru and the pages of its entries.

    `scrapy crawl mid -a url=https://mid.ru/ru/foreign_policy/news/ -O out.jsonl`

    Lists: /ru/foreign_policy/news/, /ru/press_service/spokesman/briefings/ and its siblings; the
    same under /en. A page shows date, title and text; briefings begin with a table of contents.

    Quirks: nothing is known of dates on the lists, so entries have the date of their page. The
    site's robots.txt forbids the older pages of a list, ?PAGEN_1=2. Now and then a page that wants
    JavaScript stands before everything. The site has a feed of the same.

    After the structure in jonawalb/rhetoric-corpus.
    """

    name = "mid"
    country = "ru"
    language = "ru"
    select: ClassVar[Select] = Select(
        entry="a.announce__link",
        body=".article-content",
        published=".photo-content__date",
        remove=('a[href^="#"]',),  # the table of contents, and the ways back to it
    )
