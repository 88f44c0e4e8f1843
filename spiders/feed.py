"""Feeds: RSS, Atom, RDF and JSON Feed."""

from spiders.base import SourceSpider


class FeedSpider(SourceSpider):
    """Reads a feed.

    `scrapy crawl feed -a source=ria -O out.jsonl`
    """

    name = "feed"
    page_kind = "feed"
    accept = (
        "application/rss+xml, application/atom+xml, application/feed+json, "
        "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
    )
