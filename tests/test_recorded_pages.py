"""Every recorded page (`./run.sh record SPIDER URL`) is still read as it was then."""

import pytest
from record import PAGES, read, recorded, shown, spiders

SPIDERS = spiders()
RECORDED = sorted(PAGES.glob("*/*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recorded_page_is_read_as_before(file):
    page, then = recorded(file)

    now = read(SPIDERS[file.parent.name], page, article="article" in then)

    assert shown(now) == then


def test_there_is_a_recorded_page_of_every_spider():
    # `listing` reads by the selectors of its source alone: tests/test_listing.py
    assert {file.parent.name for file in RECORDED} == set(SPIDERS) - {"listing"}
