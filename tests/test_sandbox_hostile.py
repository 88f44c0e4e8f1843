"""Whatever a page is made of, reading it ends, and the next page is read as if nothing had been."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from itertools import pairwise

import pytest
import pytest_asyncio
from feeds import rss

from monitor.collect.sandbox import Sandbox
from monitor.collect.served import Served
from monitor.config.source import Select
from monitor.errors import PageError
from monitor.model import Article, Page

SELECT = Select(entry="li", title="h3", text=".lead", date="time", older="a.next::attr(href)")
ITEM = "<rss><channel><item><guid>1</guid><title>Т</title>{}</item></channel></rss>"
POST = (
    '<section class="tgme_channel_history"><div class="tgme_widget_message_wrap">'
    '<div class="tgme_widget_message" data-post="kanal/7">'
    '<div class="tgme_widget_message_text">{}</div></div></div></section>'
)
LISTED = "<ul><li><a href=/1><h3>Раз</h3></a><div class=lead>{}</div></li></ul>"
MAPPED = "<urlset><url><loc>https://news.example/1</loc><lastmod>{}</lastmod></url></urlset>"
STORY = "<title>Раз</title><h1>Раз</h1><article><p>Два слова о мосте.</p>{}</article>"

#: How each kind of page holds what somebody put into it.
AROUND = {
    "feed": ITEM.format("<description>{}</description>"),
    "telegram_preview": POST,
    "listing": LISTED,
    "sitemap": MAPPED,
    "article": STORY,
}
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "слово слово">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + '<!ENTITY p "C:\\data"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
)
HOSTILE = {
    "a quadratic author": f"<author>{'a-' * 16_000}</author>",
    "a flood of comments": "<!--" * 50_000,
    "a flood of escaped comments": "&lt;!--" * 30_000,
    "200,000 levels": "<div>" * 200_000 + "слово" + "</div>" * 200_000,
    "20,000 levels that nobody closes": "<b>" * 20_000 + "слово",
    "links in links": "<a>" * 200_000,
    "a megabyte of <": "<" * 1_000_000,
    "a megabyte of &": "&" * 1_000_000,
    "a huge attribute": f'<i title="{"a" * 3_000_000}">слово</i>',
    "50,000 attributes": f"<i {' '.join(f'a{n}=1' for n in range(50_000))}>слово</i>",
    "halves of surrogate pairs": "&#xD800;&#x110000;&#99999999999;\ud800",
    "lists that nobody closes": "<li><a href=/2>Два" * 20_000,
    "deep JSON": f'<script type="application/ld+json">{"[" * 100_000}</script>',
    "a bad date": f"<time>{'1.' * 100_000}</time>",
}
FEEDS = (
    ITEM.format("<a>" * 200_000 + "</a>" * 200_000),
    ITEM.format("<a>" * 20_000),
    ITEM.format(f"<author>{'a-' * 16_000}</author>"),
    ITEM.format(f"<description>{'&lt;div&gt;' * 200_000}слово</description>"),
    "<item>" * 20_000,
    "<!DOCTYPE" + "\"'" * 100_000,
    '{"version": "https://jsonfeed.org/version/1", "items": [' + "[" * 100_000,
)
#: An address that is quadratic to look for, in an element that is not shortened; and attributes.
HANGS = {
    "feed": '<rss xmlns:d="http://purl.org/dc/elements/1.1/"><channel><item>'
    f"<d:creator>{'a-' * 400_000}</d:creator></item></channel></rss>",
    "listing": LISTED.format(f"<i {' '.join(f'a{n}=1' for n in range(60_000))}>слово</i>"),
    "article": STORY.format(f"<i {' '.join(f'a{n}=1' for n in range(60_000))}>слово</i>"),
}


# One sandbox for all of them: what a page has done to it would show in the next ones.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box() -> AsyncIterator[Sandbox]:
    box = Sandbox(workers=1, wall=timedelta(seconds=1.5))
    yield box
    await box.close()


def ask(box: Sandbox, kind: str, body: str | bytes) -> Awaitable[Page | Article]:
    raw = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    served = Served(url="https://news.example/", source="news", select=SELECT, body=raw)
    return box.read_article(served) if kind == "article" else box.read(kind, served)


async def ends(box: Sandbox, kind: str, body: str) -> Page | Article | None:
    """Read a page that may cost the worker its life; what it says must not be another's."""
    try:
        said = await ask(box, kind, body)
    except PageError:
        return None
    assert "root:" not in repr(said)  # of /etc/passwd
    return said


@pytest.mark.parametrize("kind", AROUND)
@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_page_gives_something_or_a_reason(
    box: Sandbox, kind: str, hostile: str
) -> None:
    await ends(box, kind, AROUND[kind].format(HOSTILE[hostile]))

    await reads_on(box, kind)


@pytest.mark.parametrize("kind", AROUND)
async def test_entities_are_not_expanded_and_files_not_read(box: Sandbox, kind: str) -> None:
    said = await ends(box, kind, BOMB + AROUND[kind].format("&i;&p;&x;"))

    assert len(repr(said)) < 10_000
    await reads_on(box, kind)


@pytest.mark.parametrize("hostile", FEEDS, ids=lambda text: f"{text[:30]}…{len(text)}")
async def test_a_hostile_feed_gives_entries_or_a_reason(box: Sandbox, hostile: str) -> None:
    said = await ends(box, "feed", hostile)

    assert not isinstance(said, Page) or all(entry.raw for entry in said.entries)
    await reads_on(box, "feed")


async def reads_on(box: Sandbox, kind: str) -> None:
    """Check that an ordinary page of this kind is read, and a feed."""
    said = await ask(box, kind, AROUND[kind].format("2022-09-10"))
    assert isinstance(said, Article) or len(said.entries) == 1
    feed = await ask(box, "feed", rss("<title>Раз</title>"))
    assert isinstance(feed, Page)
    assert feed.entries[0].title == "Раз"


@pytest.mark.parametrize("kind", HANGS)
async def test_the_loop_goes_on_while_a_page_hangs(kind: str) -> None:
    box = Sandbox(workers=1, wall=timedelta(seconds=2))
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    await ask(box, kind, AROUND[kind].format("2022-09-10"))  # so that a worker is there
    heart = asyncio.create_task(beat())
    with pytest.raises(PageError, match=r"longer than 2 s|crashed the parser"):
        await ask(box, kind, HANGS[kind])
    heart.cancel()

    assert beats > 20  # of 200, on a machine that may be busy; none where it was read in the loop
    await reads_on(box, kind)
    await box.close()


@pytest.mark.parametrize("depth", [300, 3_000])
@pytest.mark.parametrize("kind", ["feed", "telegram_preview", "listing", "article"])
async def test_words_however_deep_and_those_behind_them_are_read(
    box: Sandbox, kind: str, depth: int
) -> None:
    deep = "<div>" * depth + "перегруппировка" + "</div>" * depth + "<b>после</b>"
    if kind == "feed":
        deep = deep.replace("<", "&lt;")

    said = await ask(box, kind, AROUND[kind].format(deep))

    [text] = [said.text] if isinstance(said, Article) else [one.text for one in said.entries]
    assert "перегруппировка\nпосле" in text
