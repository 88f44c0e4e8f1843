"""Sitemaps: those for news, and others."""

from spiders.base import SourceSpider


class SitemapSpider(SourceSpider):
    """Reads a sitemap.

    `scrapy crawl sitemap -a url=https://HOST/sitemap-news.xml -O out.jsonl`
    """

    name = "sitemap"
    page_kind = "sitemap"
    accept = "application/xml, text/xml;q=0.9, */*;q=0.5"
    articles = True
