"""Scrapy settings for tests: loopback needs no politeness."""

DOWNLOAD_DELAY = 0
