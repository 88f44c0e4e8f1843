"""`./run.sh record SPIDER URL`: keep a page and what the spider reads from it, as a test.

Writes tests/data/pages/<spider>/<name>.gz (the body as it was served) and <name>.json (its address,
content type, and the entries, or the article). Record only pages that you may publish.
`tests/test_recorded_pages.py` reads every recorded page again.
"""

import argparse
import gzip
import json
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import scrapy
from rich.console import Console
from rich.table import Table
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.spiderloader import SpiderLoader

from monitor.collect import worker
from monitor.collect.causes import explain, explain_status
from monitor.collect.crawl import project_settings
from monitor.collect.served import Served
from monitor.errors import PageError
from monitor.model import Article, Entry, Page
from spiders.base import SourceSpider

PAGES = Path(__file__).parent / "data" / "pages"
_SHORT = 60  # characters of a text in the table


def main(arguments: Sequence[str]) -> int:
    """Record one page. Returns 1 where there was nothing to record, or it is recorded already."""
    asked = _parser().parse_args(arguments)
    # What pages say is no markup.
    out, err = (
        Console(markup=False, emoji=False, highlight=False, stderr=e) for e in (False, True)
    )
    kinds = spiders()
    if asked.spider not in kinds:
        err.print(f"there is no spider `{asked.spider}`; there are: {', '.join(kinds)}")
        return 2
    spider = kinds[asked.spider]
    name = asked.name or re.sub(r"\W+", "-", asked.url.partition("://")[2]).strip("-")
    file = asked.folder / asked.spider / f"{name}.json"
    if file.exists() and not asked.force:
        err.print(f"{file} is recorded already: --force records it anew, --name beside it")
        return 1
    try:
        page = _saved(asked.file, asked.url) if asked.file else _fetched(spider, asked)
        said = read(spider, page, article=asked.article)
    except PageError as error:
        err.print(f"nothing was recorded: {error}")
        return 1
    _write(file, page, said)
    out.print(_article(said) if isinstance(said, Article) else _table(said))
    out.print(_advice(asked, file, said), soft_wrap=True)
    return 0


@dataclass(frozen=True)
class Recorded:
    """What was served, as it is kept."""

    url: str  # after all redirects
    content_type: str
    body: bytes


def spiders() -> dict[str, type[SourceSpider]]:
    """Return every spider of a source, by name."""
    loader = SpiderLoader.from_settings(project_settings({}))
    return {name: loader.load(name) for name in sorted(loader.list())}


def read(spider: type[SourceSpider], page: Recorded, *, article: bool) -> Page | Article:
    """Return what a spider reads on a page. Raises PageError where it reads nothing."""
    served = Served(
        body=page.body,
        content_type=page.content_type,
        url=page.url,
        source="recorded",
        language=spider.language,
        country=spider.country,
        select=spider.select,
    )
    return worker._READERS["article" if article else spider.page_kind](served)


def shown(said: Page | Article) -> dict[str, object]:
    """Return what is compared: all that a reader sees, and the fingerprints."""
    if isinstance(said, Article):
        return {"article": _fields(said, "url title text published_at updated_at author problem")}
    parts = "id url title text published_at author forwarded_from fingerprint"
    page = {"problem": said.problem, "older": said.older}
    return {name: value for name, value in page.items() if value} | {
        "entries": [_fields(entry, parts) for entry in said.entries]
    }


def recorded(file: Path) -> tuple[Recorded, dict[str, object]]:
    """Return a page that was recorded, and what was read from it then."""
    said = json.loads(file.read_text(encoding="utf-8"))
    body = gzip.decompress(file.with_suffix(".gz").read_bytes())
    return Recorded(url=said.pop("url"), content_type=said.pop("content_type"), body=body), said


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run.sh record", description=__doc__)
    parser.add_argument("spider", help="as `scrapy list` names it")
    parser.add_argument("url")
    parser.add_argument("--article", action="store_true", help="it is the page of an entry")
    parser.add_argument("--force", action="store_true", help="over what is recorded already")
    parser.add_argument("--name", help="of the files; made from the URL by default")
    parser.add_argument(
        "--file", type=Path, help="the page, saved from elsewhere; nothing is asked"
    )
    parser.add_argument("--allow", action="append", default=[], help="a network that may be called")
    parser.add_argument("--folder", type=Path, default=PAGES, help="where recorded pages are")
    return parser


def _saved(file: Path, url: str) -> Recorded:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise PageError(f"{file} cannot be read: {error.strerror}") from error
    return Recorded(url=url, content_type="text/html", body=body)


def _fetched(spider: type[SourceSpider], asked: argparse.Namespace) -> Recorded:
    """Return a page as the spiders would get it: robots.txt, limits and all."""
    responses: list[Response] = []
    troubles: list[str] = []

    class Once(scrapy.Spider):
        name = "record"

        async def start(self):
            headers = {"Accept": "text/html" if asked.article else spider.accept}
            yield scrapy.Request(asked.url, headers=headers, callback=self.keep, errback=self.fail)

        def keep(self, response):
            responses.append(response)

        def fail(self, failure):
            why = explain(failure.value, asked.url)
            troubles.append(why.text if why else str(failure.value))

    process = AsyncCrawlerProcess(
        project_settings({"LOG_LEVEL": "WARNING", "EGRESS_ALLOW": asked.allow})
    )
    process.crawl(Once)
    process.start()
    if not responses:
        raise PageError(*troubles)
    (response,) = responses
    if not 200 <= response.status < 300:
        raise PageError(explain_status(response.status).text)
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return Recorded(url=response.url, content_type=content_type, body=response.body)


def _write(file: Path, page: Recorded, said: Page | Article) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_suffix(".gz").write_bytes(gzip.compress(page.body, mtime=0))
    kept = {"url": page.url, "content_type": page.content_type, **shown(said)}
    file.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _fields(said: Entry | Article, names: str) -> dict[str, object]:
    values = ((name, getattr(said, name)) for name in names.split())
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in values}


def _table(page: Page) -> Table:
    table = Table(title=f"{len(page.entries)} entries, oldest first", caption=page.problem)
    for title in ("published, UTC", "title", "text", "link"):
        table.add_column(title, overflow="fold")
    for entry in page.entries:
        words = entry.text if len(entry.text) <= _SHORT else f"{entry.text[:_SHORT]}…"
        table.add_row(_moment(entry.published_at), entry.title or "—", words or "—", entry.url)
    return table


def _article(article: Article) -> Table:
    table = Table(title="the article", caption=article.problem, show_header=False, show_lines=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("published, UTC", _moment(article.published_at)),
        ("title", article.title),
        ("author", article.author),
        ("link", article.url),
        ("text", article.text),
    ):
        table.add_row(name, value or "—")
    return table


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else "—"


def _advice(asked: argparse.Namespace, file: Path, said: Page | Article) -> str:
    steps = [
        "compare it with the page in a browser: every entry, its date in UTC, no menus, no buttons"
        if isinstance(said, Page)
        else "compare it with the page in a browser: the whole text, its date in UTC, nothing else",
        "where it is wrong, mend the selectors and record it again with --force",
        f"git add {file.with_suffix('')}.*",
        "./run.sh test tests/test_recorded_pages.py reads it again from now on",
    ]
    if isinstance(said, Page) and spiders()[asked.spider].articles and said.entries:
        link = said.entries[-1].url
        steps.append(
            "record the page of an entry:"
            f" ./run.sh record {asked.spider} {shlex.quote(link)} --article"
        )
    return "\n".join([f"recorded {file}. Now:", *(f"  • {step}" for step in steps)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
