"""Scrapy's settings, each with its reason; all can be overridden with -s."""

from monitor import __version__

BOT_NAME = "media-monitor"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"

# One asyncio loop carries everything; experimental upstream, so the minor version is pinned.
TWISTED_REACTOR_ENABLED = False
# Off: an HTTP server that evaluates code, and a console that does the same.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Who we are and what we may call. Only our handler: it refuses addresses that are not public,
# after DNS and at every redirect, except those in EGRESS_ALLOW, a list of networks. Spiders
# take that list from config.yaml, and PROXIES, by name.
USER_AGENT = f"media-monitor/{__version__} (reads news feeds; obeys robots.txt)"
EGRESS_ALLOW: list[str] = []
PROXIES: dict[str, object] = {}
DOWNLOAD_HANDLERS = {
    "http": "monitor.collect.downloading.GuardedHandler",
    "https": "monitor.collect.downloading.GuardedHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
# Scrapy would accept any certificate.
DOWNLOAD_VERIFY_CERTIFICATES = True
# The environment of a process must not redirect its requests. By which proxy a source is asked
# stands in config.yaml.
HTTPPROXY_ENABLED = False
# Sites need not know where we come from, nor who we were the last time.
REFERRER_POLICY = "no-referrer"
COOKIES_ENABLED = False

# What sites wish. Scrapy's own middleware lets waiting requests through, so ours replaces it.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "media-monitor"
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "monitor.collect.robots.RobotsMiddleware": 100,
}
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1  # second between two requests to one host, and never less
DOWNLOAD_DELAY_JITTER = 0

# How much at once, and how much at all.
CONCURRENT_REQUESTS = 32
# Scrapy makes that many tasks for every response, even for one without items: 100 cost twice
# as much CPU as 1. It also keeps the order of a page.
CONCURRENT_ITEMS = 1
DOWNLOAD_TIMEOUT = 20  # seconds, from the connection to the last byte
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, before and after unpacking
DOWNLOAD_WARNSIZE = 0  # no warning on the way there
# Seconds until the daemon gives up a request of which Scrapy says nothing, as when a middleware
# keeps it: all redirects, each with its robots.txt, each as slow as it may be, take less.
FETCH_DEADLINE = 600
REDIRECT_MAX_TIMES = 5
# A feed is not HTML, and HTML must not send us elsewhere.
METAREFRESH_ENABLED = False
# The address of a source is what somebody configured, however long it is when it is encoded;
# Scrapy would drop it without a word.
URLLENGTH_LIMIT = 0

# Whether and when to ask again is decided for each source: statuses come to the spider, and
# nothing is asked twice at once.
HTTPERROR_ALLOW_ALL = True
RETRY_ENABLED = False
# It would answer from disk without asking, or turn a 304 into a page.
HTTPCACHE_ENABLED = False

# `scrapy crawl feed -a source=ria -O out.jsonl`: what `monitor match` reads, in this order.
FEED_EXPORT_ENCODING = "utf-8"
FEED_EXPORT_FIELDS = [
    "id",
    "source",
    "language",
    "published_at",
    "title",
    "text",
    "url",
    "updated_at",
    "author",
    "forwarded_from",
    "problem",
]
FEED_EXPORTERS = {
    "json": "spiders.exporters.Json",
    "jsonl": "spiders.exporters.JsonLines",
    "jsonlines": "spiders.exporters.JsonLines",
    "jl": "spiders.exporters.JsonLines",
    "csv": "spiders.exporters.Csv",
    "xml": "spiders.exporters.Xml",
}

# Failures are said by the spiders; the rest is for somebody who asks for it.
LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []
LOGSTATS_INTERVAL = 0
MEMUSAGE_ENABLED = False
