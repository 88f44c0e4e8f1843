"""What has flooded other people's readers happens here, and floods nobody.

Feeds go through what reads them, the heart and a real archive; only the download is left out.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from feeds import NAMESPACES
from scrapy.http import Request, Response
from world import MOD, watch

from monitor.archive import deliveries, documents, sources
from monitor.archive.store import Store, no_step
from monitor.collect import feed
from monitor.collect.fetching import Fetching
from monitor.collect.served import Served
from monitor.collect.ways import Way
from monitor.ingest import Ingest
from monitor.model import Alert, Document, Notice, Outcome, Page, SourceState, State

NOW = datetime(2022, 9, 10, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class News:
    """An item of a feed; it holds a watched word."""

    number: int
    guid: str | None = ""  #: "" is one made of the number, None is none
    link: str = ""
    title: str = ""
    text: str = "На участке началась перегруппировка."
    date: datetime | str | None = NOW

    def xml(self) -> str:
        guid = f"n-{self.number}" if self.guid == "" else self.guid
        link = self.link or f"https://mod.test/news/{self.number}"
        date = (
            f"{self.date:%a, %d %b %Y %H:%M:%S} GMT"
            if isinstance(self.date, datetime)
            else self.date
        )
        fields = {
            "title": self.title or f"Сводка № {self.number}",
            "link": link.replace("&", "&amp;"),
            "guid": guid,
            "description": self.text,
            "pubDate": date,
        }
        said = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)
        return f"<item>{said}</item>"


class Site:
    """A source that serves a feed, and the kind of spider that reads it; nothing is downloaded."""

    body = b""

    def kind(self, way: Way) -> "Site":
        return self

    def request(self, state: SourceState) -> Request:
        return Request(MOD.url)

    reads_articles = False

    async def ask(self, request: Request) -> Response:
        return Response(request.url, body=self.body, request=request)

    async def read(self, response: Response, known: Collection[str]) -> Page:
        served = Served(
            url=response.url,
            source=MOD.id,
            language=MOD.language,
            country=MOD.country,
            known=frozenset(known),
            body=response.body,
        )
        return feed.read(served)


class Newsroom:
    """A source that is polled every hour, and what comes of it."""

    def __init__(self, store: Store, clock) -> None:
        self.store = store
        self.clock = clock
        self.ingest = Ingest(store, watch(), clock)
        self._site = Site()
        self._fetching = Fetching(self.ingest, clock, random.Random(0), no_step)

    async def serves(self, items: Sequence[News]) -> None:
        """Let the source serve these items, and poll it."""
        inside = "\n".join(item.xml() for item in items)
        feed = f"<rss {NAMESPACES}><channel><title>Лента</title>{inside}</channel></rss>"
        self._site.body = feed.encode()
        await self._fetching.fetch(MOD, await self.ingest.state(MOD.id), self._site)
        await self.ingest.flush()
        self.clock.forward(HOUR)

    def _queued(self) -> list[Alert | Notice]:
        rows = self.store.read_now(lambda tx: deliveries.rows(tx, list(State), 10_000))
        return [row.about for row in rows]

    @property
    def alerts(self) -> list[Document]:
        """The texts that somebody was to hear of, in order."""
        return [about.document for about in self._queued() if isinstance(about, Alert)]

    @property
    def notices(self) -> list[str]:
        return [about.subject for about in self._queued() if isinstance(about, Notice)]

    def archived(self, guid: str) -> list[Document]:
        found = self.store.read_now(lambda tx: documents.find(tx, documents.ref(MOD.id, guid)))
        return [document for _, document in found]

    @property
    def outcome(self) -> Outcome | None:
        return self.store.read_now(lambda tx: sources.state(tx, MOD.id)).last_outcome


@pytest.fixture
async def newsroom(store, clock):
    """A source that was fetched before, when it had one item."""
    store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], clock()))
    room = Newsroom(store, clock)
    await room.serves([News(0, text="В музее открылась выставка.")])
    assert room.outcome is Outcome.WHOLE
    return room


def news(count: int, **same) -> list[News]:
    return [News(n, date=NOW - n * timedelta(minutes=10), **same) for n in range(1, count + 1)]


# Guids


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_three_hundred_items_that_are_republished_under_new_guids_alert_nothing(newsroom):
    items = news(300)
    await newsroom.serves(items)
    before = len(newsroom.alerts)

    await newsroom.serves([replace(item, guid=f"new-{item.number}") for item in items])

    assert (before, len(newsroom.alerts)) == (300, 300)


async def test_what_a_new_address_shows_from_before_alerts_nothing_and_what_is_new_does(newsroom):
    before, now = len(newsroom.alerts), newsroom.clock()
    moved = (MOD.provenance, "https://mod.test/new")
    newsroom.store.write_now(lambda tx: sources.sync(tx, [moved], now))

    old = [News(n, text=f"Перегруппировка № {n}.", date=NOW - 30 * DAY) for n in range(100, 150)]
    await newsroom.serves([*old, News(151, text="Снова перегруппировка.", date=now)])
    await newsroom.serves([*old, News(152, text="Опять перегруппировка.", date=NOW - DAY)])

    assert len(newsroom.alerts) == before + 2
    assert newsroom.store.read_now(lambda tx: sources.state(tx, "mod")).gap_at is None


async def test_guids_that_change_every_day_alert_nothing_again(newsroom):
    for day in range(7):
        await newsroom.serves([replace(item, guid=f"{day}/{item.number}") for item in news(20)])
        newsroom.clock.forward(DAY)

    assert len(newsroom.alerts) == 20


async def test_guids_that_are_lost_and_come_back_alert_nothing_again(newsroom):
    items = news(20)

    for served in (items, [replace(item, guid=None) for item in items], items):
        await newsroom.serves(served)

    assert len(newsroom.alerts) == 20


async def test_guids_and_links_that_get_tracking_parameters_alert_nothing_again(newsroom):
    link = "https://mod.test/news/{}?{}"
    for mark in ("utm_source=rss", "utm_source=rss&utm_medium=feed", "yclid=1"):
        tracked = [
            replace(item, link=link.format(item.number, mark), guid=None) for item in news(9)
        ]
        await newsroom.serves(tracked)

    assert len(newsroom.alerts) == 9


async def test_guids_of_undated_items_that_change_with_every_fetch_alert_nothing_again(newsroom):
    for day in range(3):
        await newsroom.serves(
            [replace(item, guid=f"{day}/{item.number}", date=None) for item in news(20)]
        )

    assert len(newsroom.alerts) == 20


async def test_the_same_words_said_again_at_another_time_are_told_again(newsroom):
    """Under another guid, that is; a repeat is better than a miss."""
    for hour in range(2):
        when = newsroom.clock() + hour * HOUR
        await newsroom.serves([replace(item, guid=f"{hour}", date=when) for item in news(1)])

    assert len(newsroom.alerts) == 2


async def test_two_items_under_one_guid_are_told_once_each_however_often_they_are_served(newsroom):
    one = News(1, guid="same", title="Утро", text="Перегруппировка под Изюмом.")
    two = News(2, guid="same", title="Вечер", text="Перегруппировка под Лиманом.")

    for served in ([one], [two, one], [one, two], [two], [two, one]):
        await newsroom.serves(served)

    assert sorted(alert.title for alert in newsroom.alerts) == ["Вечер", "Утро"]


async def test_every_item_under_one_and_the_same_guid_is_told_once(newsroom):
    items = [replace(item, guid="0", text=f"Перегруппировка № {item.number}") for item in news(20)]

    await newsroom.serves(items)
    await newsroom.serves(items[::-1])

    assert len({alert.text for alert in newsroom.alerts}) == len(newsroom.alerts) == 20


# Edits


async def test_a_feed_that_alternates_between_two_versions_tells_each_text_once(newsroom):
    first = [replace(item, text=f"Перегруппировка, {item.number}-я часть.") for item in news(20)]
    second = [replace(item, text=f"Часть {item.number}: перегруппировка.") for item in first]

    for served in (first, second, first, second, first):
        await newsroom.serves(served)

    assert len(newsroom.alerts) == 20
    assert len(newsroom.archived("n-1")) == 2, "both texts are kept"


async def test_a_feed_that_alternates_between_an_old_and_a_new_list_tells_each_item_once(newsroom):
    items = news(40)

    for served in (items[20:], items[:20], items[20:], items[:20]):
        await newsroom.serves(served)

    assert len(newsroom.alerts) == 40


async def test_dates_that_are_edited_and_nothing_else_tell_nothing_again(newsroom):
    items = news(20)

    for hours in range(4):
        later = [replace(item, date=item.date + hours * HOUR / 2) for item in items]
        await newsroom.serves(later)

    assert len(newsroom.alerts) == 20
    assert len(newsroom.archived("n-1")) == 1


async def test_an_order_that_changes_tells_nothing_again(newsroom):
    items = news(20)

    for served in (items, items[::-1], items[10:] + items[:10]):
        await newsroom.serves(served)

    assert len(newsroom.alerts) == 20


# Dates


@pytest.mark.parametrize(
    "date",
    [
        datetime(2031, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2003, 1, 1, tzinfo=UTC),
        None,
        "",
        "Thu, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "вчера",
        "0000-00-00",
    ],
    ids=str,
)
async def test_what_is_new_to_us_is_told_once_whatever_its_date_says(newsroom, date):
    for text in ("Перегруппировка.", "Перегруппировка."):
        await newsroom.serves([News(1, date=date, text=text)])

    (told,) = newsroom.alerts
    assert told.seen_at == NOW + HOUR


@pytest.mark.parametrize(
    "date",
    [
        datetime(2031, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9998, 12, 31, tzinfo=UTC),
    ],
    ids=str,
)
async def test_a_date_that_cannot_be_is_no_date(newsroom, date):
    await newsroom.serves([News(1, date=date)])

    (told,) = newsroom.alerts
    assert told.published_at is None


async def test_local_time_that_is_marked_as_utc_is_local_time(newsroom):
    really = newsroom.clock() - timedelta(minutes=5)

    await newsroom.serves([News(1, date=really + 3 * HOUR)])

    (told,) = newsroom.alerts
    assert told.published_at == really


@pytest.mark.parametrize("ahead", [timedelta(minutes=16), 3 * HOUR, 23 * HOUR, 400 * DAY])
async def test_nothing_is_published_later_than_we_see_it(newsroom, ahead):
    await newsroom.serves([News(1, date=newsroom.clock() + ahead)])

    (told,) = newsroom.alerts
    assert told.published_at is None or told.published_at <= told.seen_at + timedelta(minutes=15)


# New sources, and sources that come back


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_new_source_with_a_thousand_old_items_gives_one_message(store, clock):
    store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], clock()))
    room = Newsroom(store, clock)

    old = [replace(item, date=NOW - 2 * DAY - item.number * HOUR) for item in news(1000)]
    await room.serves(old)
    await room.serves(old[1:])

    assert (room.alerts, len(room.notices)) == ([], 1)
    assert "1000 matching documents" in room.notices[0]


async def test_a_new_source_whose_dates_are_all_of_1970_gives_one_message(store, clock):
    store.write_now(lambda tx: sources.sync(tx, [(MOD.provenance, MOD.url)], clock()))
    room = Newsroom(store, clock)

    await room.serves([replace(item, date=datetime(1970, 1, 1, tzinfo=UTC)) for item in news(100)])

    assert (room.alerts, len(room.notices)) == ([], 1)


async def test_a_feed_that_is_emptied_and_comes_back_tells_nothing_again(newsroom):
    items = news(20)

    for served in (items, [], items, [], items[:5], items):
        await newsroom.serves(served)

    assert len(newsroom.alerts) == 20


async def test_a_feed_that_comes_back_damaged_tells_nothing_again(newsroom):
    items = news(20)
    await newsroom.serves(items)
    before = newsroom.outcome

    await newsroom.serves([replace(items[0], title="<b>Сводка № 1"), *items[1:]])
    await newsroom.serves(items)

    assert before is Outcome.WHOLE
    assert len(newsroom.alerts) == 20


async def test_an_outage_of_three_days_is_told_whole_when_it_ends(newsroom):
    await newsroom.serves(news(5))
    newsroom.clock.forward(3 * DAY)

    missed = [News(100 + n, date=NOW + n * HOUR) for n in range(60)]
    await newsroom.serves(missed)

    told = [alert.uid for alert in newsroom.alerts][5:]
    assert told == [f"n-{100 + n}" for n in range(60)], "all, and oldest first"
