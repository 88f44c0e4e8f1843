"""`./run.sh record SPIDER URL`: keep a page and what the spider reads from it, as a test.

Writes tests/data/pages/<spider>/<name>.gz (the body as it was served) and <name>.json (its address,
content type and entries). Look at the entries before you commit them, and record only pages that
you may publish. `tests/test_recorded_pages.py` reads every recorded page again.
"""

import gzip
import json
import re
import sys
from pathlib import Path

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from monitor.collect.crawl import project_settings
from monitor.config.schema import Source
from monitor.model import Entry

PAGES = Path(__file__).parent / "data" / "pages"


def shown(entry) -> dict:
    """What is compared: all that a reader sees, and the fingerprint."""
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "text": entry.text,
        "published_at": entry.published_at and entry.published_at.isoformat(),
        "author": entry.author,
        "forwarded_from": entry.forwarded_from,
        "fingerprint": entry.fingerprint,
    }


def main(spider: str, url: str, *allow: str) -> int:
    process = AsyncCrawlerProcess(
        project_settings({"LOG_LEVEL": "WARNING", "EGRESS_ALLOW": list(allow)})
    )
    crawler = process.create_crawler(spider)
    entries, responses = [], []

    # Scrapy holds only weak references to whoever listens, and passes on more than we take.
    def take(item: Entry) -> None:
        entries.append(item)

    def keep(response: Response) -> None:
        responses.append(response)

    crawler.signals.connect(take, signals.item_scraped)
    crawler.signals.connect(keep, signals.response_received)
    source = Source(
        id="recorded", name="Recorded", country="zz", kind="independent", spider=spider, url=url
    )
    process.crawl(crawler, source=source)
    process.start()
    pages = [one for one in responses if not one.url.endswith("/robots.txt")]
    if not pages or not entries:
        print("nothing was read", file=sys.stderr)
        return 1
    page = pages[-1]
    folder = PAGES / spider
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", url.partition("://")[2]).strip("-")
    (folder / f"{name}.gz").write_bytes(gzip.compress(page.body, mtime=0))
    said = {
        "url": page.url,
        "content_type": (page.headers.get("Content-Type") or b"").decode("latin-1"),
        "entries": [shown(entry) for entry in entries],
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{folder / name}: {len(entries)} entries")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print("usage: ./run.sh record SPIDER URL [NETWORK that may be called]", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*sys.argv[1:]))
