"""`monitor sources export`: the sources as an OPML file, for feed readers and other monitors."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from lxml import etree

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.sources.catalogue import Listed, chosen, configured, shipped
from monitor.cli.sources.listing import OfGroup, WholeCatalogue
from monitor.collect.opml import OURS
from monitor.config.source import Source
from monitor.errors import MonitorError

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN = "own"  #: the group of what the catalogue does not have


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="standard output by default")
    ] = None,
    opml: Annotated[bool, typer.Option("--opml", help="in this format, the only one")] = False,  # noqa: FBT002  # typer's way
    config: ConfigPath = DEFAULT_CONFIG,
    whole: WholeCatalogue = False,  # noqa: FBT002  # typer's way
    group: OfGroup = None,
) -> None:
    """Write the configured sources, or the catalogue, as a subscription list for feed readers."""
    if not opml:
        raise MonitorError("say in which format: --opml is the only one")
    listed = chosen(shipped(config) if whole else configured(config), group)
    text = as_opml(listed)
    if file is None:
        out.print(text, markup=False, soft_wrap=True, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MonitorError(f"cannot write {file}: {error.strerror}") from error


def as_opml(listed: Sequence[Listed]) -> str:
    """Return OPML 2.0 with an outline for each source inside of that of its group.

    What is no feed is a link. Id, country, kind, language and spider are categories, which feed
    readers keep or show as tags.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "media-monitor: sources"
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    ordered = sorted(listed, key=lambda one: one.group or "")  # stable: else as configured
    for group, members in groupby(ordered, key=lambda one: one.group or _OWN):
        outline = etree.SubElement(body, "outline", text=group)
        for one in members:
            etree.SubElement(outline, "outline", _attributes(one.source))
    etree.indent(root)
    said: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return said.decode() + "\n"


def _attributes(source: Source) -> dict[str, str]:
    is_feed = source.spider == "feed"
    said = {
        "type": "rss" if is_feed else "link",
        "text": source.name,
        "title": source.name,
        "xmlUrl" if is_feed else "url": source.url,
        "htmlUrl": _home(source),
        "description": source.english,
        "language": source.language or "",
        "category": ",".join(_categories(source)),
    }
    return {key: _NOT_XML.sub("\ufffd", value) for key, value in said.items() if value}


def _categories(source: Source) -> Iterator[str]:
    said = {
        "id": source.id,
        "country": source.country,
        "kind": source.kind.value,
        "language": source.language,
        "spider": source.spider,
        "enabled": "" if source.enabled else "false",
    }
    for key, value in said.items():
        if value and not re.search(r"[,/]", value):  # which divide categories
            yield f"/{OURS}/{key}/{value}"


def _home(source: Source) -> str:
    if source.spider == "telegram_preview":
        return source.url
    parts = urlsplit(source.url)
    return f"{parts.scheme}://{parts.netloc}/"
