"""Lists of news in HTML, by CSS selectors."""

from spiders.base import SourceSpider


class ListingSpider(SourceSpider):
    """Reads a list of news by the selectors of its source in config.yaml, under `select:`.

    `scrapy crawl listing -a source=ID -O out.jsonl`
    """

    name = "listing"
    page_kind = "listing"
    accept = "text/html"
    articles = True
