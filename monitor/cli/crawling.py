"""`monitor crawl`: spiders by hand. Nothing is archived, nobody is alerted."""

import json
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err
from monitor.cli.sources.catalogue import find
from monitor.collect.crawl import project_settings
from monitor.collect.proxies import settings_of
from monitor.config.load import load
from monitor.errors import MonitorError
from monitor.model import Entry

# What only the archive wants: bytes, and what tells one version of them from another.
_KEPT_BACK = {"raw", "fingerprint"}
_SHOWN = [field.name for field in fields(Entry) if field.name not in _KEPT_BACK]


def crawl(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="ids, of config.yaml or of the catalogue")
    ],
    config: ConfigPath = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option("-O", "--output", help="write there instead of to standard output"),
    ] = None,
) -> None:
    """Fetch sources once and print every entry as a JSON line, in the shape that `match` reads."""
    loaded = load(config)
    known = find(loaded.config, sources)
    outward = settings_of(loaded.config)
    process = AsyncCrawlerProcess(project_settings({**outward, "LOG_LEVEL": "WARNING"}))
    entries: list[Entry] = []
    crawlers: dict[str, Crawler] = {}

    def take(item: Entry) -> None:
        entries.append(item)

    for source in known:
        crawlers[source.id] = crawler = process.create_crawler(source.spider)
        crawler.signals.connect(take, signals.item_scraped)
        process.crawl(crawler, source=source)
    process.start()
    _write("".join(_line(entry) for entry in entries), output)
    failed = [name for name, crawler in crawlers.items() if _failed(crawler)]
    if failed:
        err.print(f"could not be read whole: {', '.join(failed)}", style="red", soft_wrap=True)
        raise typer.Exit(1)


def _failed(crawler: Crawler) -> bool:
    """Return whether the spider says that it could not read something, or was never made."""
    return crawler.spider is None or bool(getattr(crawler.spider, "unread", ()))


def _line(entry: Entry) -> str:
    shown = {name: _plain(getattr(entry, name)) for name in _SHOWN}
    return json.dumps(shown, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MonitorError(f"cannot write {output}: {error.strerror}") from error
