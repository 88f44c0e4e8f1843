"""Every recorded page (`./run.sh record SPIDER URL`) is still read as it was then."""

import gzip
import json

import pytest
from record import PAGES, shown

from monitor.collect import feed, preview
from monitor.collect.served import Served

READERS = {"feed": feed.read, "telegram_preview": preview.read}
RECORDED = sorted(PAGES.glob("*/*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recorded_page_is_read_as_before(file):
    said = json.loads(file.read_text(encoding="utf-8"))
    body = gzip.decompress(file.with_suffix(".gz").read_bytes())

    page = READERS[file.parent.name](
        Served(body=body, content_type=said["content_type"], url=said["url"], source="recorded")
    )

    assert [shown(entry) for entry in page.entries] == said["entries"]


def test_there_is_a_recorded_page_of_every_kind():
    assert {file.parent.name for file in RECORDED} == set(READERS)
