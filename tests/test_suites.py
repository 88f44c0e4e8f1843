"""Feeds that other people collected to break parsers: none breaks ours, none loses an entry."""

import re
import tarfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from feeds import read

from monitor.errors import PageError

HEADER = re.compile(rb"^Header:\s*Content-type:\s*(.*)$", re.IGNORECASE | re.MULTILINE)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None and member.name.endswith((".xml", ".json")):
                yield member.name, file.read()


def served_as(name: str, body: bytes) -> str:
    """Return the content type that a test case asks to be served with."""
    found = HEADER.search(body[:1000])
    default = "application/json" if name.endswith(".json") else "application/xml"
    return found[1].decode().strip() if found else default


def counted_by_feedparser(body: bytes, content_type: str) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own past
        return len(feedparser.parse(body, response_headers={"content-type": content_type}).entries)


@pytest.mark.parametrize("suite", ["feedparser", "gofeed"])
def test_every_feed_of_the_suite_gives_at_least_what_feedparser_gives(
    shared: Path, suite: str
) -> None:
    lost, read_ = [], 0
    for name, body in members(shared / "suites" / f"{suite}.tar.gz"):
        content_type = served_as(name, body)
        expected = counted_by_feedparser(body, content_type)
        try:
            found = len(read(body, content_type=content_type).fingerprints)
        except PageError:
            found = 0
        read_ += 1
        if found < expected:
            lost.append((name, expected, found))

    assert lost == []
    assert read_ > 500
