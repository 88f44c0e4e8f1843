"""Public Telegram channels, as t.me/s/NAME shows their last posts without an account."""

from spiders.base import SourceSpider


class TelegramPreviewSpider(SourceSpider):
    """Reads the preview page of a channel.

    `scrapy crawl telegram_preview -a url=https://t.me/s/NAME -O out.jsonl`
    """

    name = "telegram_preview"
    page_kind = "telegram_preview"
    accept = "text/html"
