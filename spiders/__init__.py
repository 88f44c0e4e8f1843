"""Scrapy spiders: they read and describe what sources say, and decide nothing."""
