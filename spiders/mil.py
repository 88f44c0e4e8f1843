"""function.mil.ru: news of the Russian Ministry of Defence, as its site showed them until 2025."""

from typing import ClassVar

from monitor.config.source import Select
from spiders.listing import ListingSpider


class MilSpider(ListingSpider):
    """Reads the list of news of function.mil.ru and the pages of its entries.

    `scrapy crawl mil -a url=https://function.mil.ru/news_page/country.htm -O out.jsonl`

    The list shows titles with date and minute, Moscow time, as `10.09.2022 (20:40)`; a page shows
    the date above the title, then the text, then links to share it, tags and a script.

    Quirks: pages are /news_page/country/more.htm?id=N@egNews. Nothing on them is named for what it
    is: the text ends where a line set to the right begins. The site answers only at home, and with
    a certificate of the Russian national root. Since 2025 mil.ru is another site with other
    addresses, which nobody has described yet; this one finds nothing there and says so.

    After the structure in jonawalb/rhetoric-corpus (pages of 2021 to 2025). Where the date stands
    on the list is our guess: without it, entries have the date of their page.
    """

    name = "mil"
    country = "ru"
    language = "ru"
    select: ClassVar[Select] = Select(
        entry="#center .newsitem",
        date="span",
        body="#center",
        published="#center .gray",
        remove=(
            ".gray",
            'div[style*="text-align:right"] ~ *',  # one after the other: first what follows it
            'div[style*="text-align:right"]',
        ),
    )
