"""What a hostile page can do, it does to a process that nobody misses."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from feeds import NAMESPACES, read, rss

from monitor.collect import article, sandbox
from monitor.collect.sandbox import Sandbox
from monitor.collect.served import Served
from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Page

Open = Callable[..., Sandbox]

# An address that is quadratic to look for, in an element that we do not shorten.
HANGS = (
    f'<rss {NAMESPACES} xmlns:d="http://purl.org/dc/elements/1.1/"><channel><item><d:creator>'
    f"{'a-' * 400_000}</d:creator></item></channel></rss>"
).encode()


@pytest.fixture
async def open_sandbox() -> AsyncIterator[Open]:
    opened: list[Sandbox] = []

    def open_(**limits: Any) -> Sandbox:
        opened.append(Sandbox(**{"workers": 1, "wall": timedelta(seconds=60), **limits}))
        return opened[-1]

    yield open_
    for box in opened:
        await box.close()


def ask(box: Sandbox, body: bytes, kind: str = "feed", **others: Any) -> Awaitable[Page]:
    said = {"url": "https://news.example/", "source": "news", "language": "ru"}
    return box.read(kind, Served(body=body, **{**said, **others}))


def process_of(box: Sandbox) -> asyncio.subprocess.Process:
    [worker] = box._all
    assert worker._process is not None
    return worker._process


def peak_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmHWM"))


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_page_comes_back_as_the_parser_made_it(open_sandbox: Open) -> None:
    body = rss(
        "<guid>1</guid><title>Пожар</title><pubDate>10.09.2022 15:30</pubDate>",
        "<guid>2</guid><title>Ґанок 🔥</title><description>a&lt;br&gt;b</description>",
        encoding="utf-8",
    )
    own = read(body, url="https://news.example/", country="ua", content_type="")

    there = await ask(open_sandbox(), body, country="ua")
    known = await ask(open_sandbox(), body, known=frozenset(own.fingerprints[:1]))

    assert there == own
    assert [entry.id for entry in known.entries] == ["2"]


async def test_a_telegram_preview_is_read_too(open_sandbox: Open, shared: Path) -> None:
    body = (shared / "telegram_preview" / "full.html").read_bytes()

    assert len((await ask(open_sandbox(), body, "telegram_preview")).entries) == 12


ARTICLE = (
    "<html lang=ru><title>Мост закрыт</title><h1>Мост закрыт</h1><article class=text>"
    f"<p>{'Движение остановлено. ' * 30}</p><p>Объезд открыт.</p></article></html>"
).encode()


def about(body: bytes, **others: Any) -> Served:
    return Served(url="https://news.example/1", source="news", body=body, **others)


async def test_a_list_and_a_sitemap_are_read_too(open_sandbox: Open) -> None:
    box = open_sandbox()
    listed = b"<ul><li><a href=/2>Second</a><li><a href=/1>First</a></ul>"
    mapped = b"<urlset><url><loc>https://news.example/1</loc></url></urlset>"

    page = await ask(box, listed, "listing", select=Select(entry="li"))
    assert [entry.title for entry in page.entries] == ["First", "Second"]
    assert (await ask(box, mapped, "sitemap")).entries[0].url == "https://news.example/1"


async def test_an_article_comes_back_as_the_parser_made_it(open_sandbox: Open) -> None:
    served = about(ARTICLE, select=Select(body=".text"), country="ru")

    assert await open_sandbox().read_article(served) == article.read(served)


async def test_the_class_of_what_was_wrong_comes_back_with_its_reason(open_sandbox: Open) -> None:
    box = open_sandbox()

    with pytest.raises(PageError, match="keeps programs out") as caught:
        await box.read_article(about(b"<title>Just a moment...</title>"))
    assert caught.value.cause is Cause.WALL
    with pytest.raises(PageError, match="`entry`") as caught:
        await ask(box, b"<p>", "listing", select=Select(entry="li"))
    assert caught.value.cause is Cause.LAYOUT


async def test_a_page_is_no_answer_where_an_article_was_asked_for(open_sandbox: Open) -> None:
    with pytest.raises(PageError, match="gave no answer"):
        await open_sandbox().read("article", about(ARTICLE))


async def test_encodings_that_are_loaded_late_are_read(open_sandbox: Open) -> None:
    for encoding in ("koi8-u", "mac-cyrillic", "cp866"):
        page = await ask(open_sandbox(), rss("<title>Пожар</title>", encoding=encoding))
        assert page.entries[0].title == "Пожар"


async def test_what_the_parser_refuses_comes_back_as_its_reason(open_sandbox: Open) -> None:
    with pytest.raises(PageError, match="not a feed: an HTML page titled “Вход”"):
        await ask(open_sandbox(), "<html><title>Вход</title>".encode())


async def test_a_kind_without_a_parser_is_an_error_not_a_crash(open_sandbox: Open) -> None:
    box = open_sandbox()

    with pytest.raises(PageError, match="the parser failed"):
        await ask(box, rss(), "poetry")

    assert alive(process_of(box).pid)


async def test_a_page_that_takes_too_long_ends_its_worker_and_nothing_else(
    open_sandbox: Open,
) -> None:
    box = open_sandbox(wall=timedelta(seconds=2))
    await ask(box, rss())
    before = process_of(box)

    with pytest.raises(PageError, match="reading it took longer than 2 s"):
        await ask(box, HANGS)

    assert await before.wait() < 0
    assert (await ask(box, rss("<title>Раз</title>"))).entries[0].title == "Раз"
    assert process_of(box).pid != before.pid


async def test_another_feed_is_read_while_one_hangs(open_sandbox: Open) -> None:
    box = open_sandbox(workers=2)
    hanging = asyncio.create_task(_read(box, HANGS))

    for _ in range(3):
        assert len((await ask(box, rss("<title>Раз</title>"))).entries) == 1

    assert not hanging.done()
    hanging.cancel()


async def _read(box: Sandbox, body: bytes) -> Page:
    return await ask(box, body)


async def test_a_page_that_needs_too_much_memory_is_refused(open_sandbox: Open) -> None:
    box = open_sandbox(memory=128 * 2**20)
    huge = rss(f"<description>{'слово &lt;br&gt; ' * 800_000}</description>")

    with pytest.raises(PageError, match=r"needed more than 128 MB|crashed the parser"):
        await ask(box, huge)

    assert len((await ask(box, rss("<title>Раз</title>"))).entries) == 1


async def test_a_worker_that_dies_is_replaced(open_sandbox: Open) -> None:
    box = open_sandbox()
    await ask(box, rss())
    process_of(box).kill()

    with pytest.raises(PageError, match=r"it crashed the parser \(SIGKILL\)"):
        await ask(box, rss())

    assert (await ask(box, rss())).entries == ()


async def test_a_worker_that_died_idle_costs_no_page(open_sandbox: Open) -> None:
    box = open_sandbox()
    await ask(box, rss())
    process = process_of(box)
    process.kill()
    await process.wait()

    assert (await ask(box, rss())).entries == ()


async def test_cancelling_a_read_ends_its_worker_and_frees_its_place(open_sandbox: Open) -> None:
    box = open_sandbox()
    await ask(box, rss())
    process = process_of(box)
    task = asyncio.create_task(_read(box, HANGS))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not box._idle

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await process.wait() < 0
    assert (await ask(box, rss())).entries == ()


async def test_closing_leaves_no_process_and_no_place(open_sandbox: Open) -> None:
    box = open_sandbox()
    await ask(box, rss())
    process = process_of(box)

    await box.close()

    assert not alive(process.pid)
    with pytest.raises(PageError, match="closed"):
        await ask(box, rss())


async def test_closing_ends_what_hangs_and_what_is_only_starting(open_sandbox: Open) -> None:
    hanging, starting = open_sandbox(), open_sandbox()
    await ask(hanging, rss())
    process = process_of(hanging)
    tasks = [asyncio.create_task(_read(box, HANGS)) for box in (hanging, starting)]
    for _ in range(3):
        await asyncio.sleep(0)

    await hanging.close()
    await starting.close()

    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(result, PageError)
    assert not alive(process.pid)
    assert starting._all[0]._process is None


async def test_a_worker_is_replaced_after_so_many_pages(open_sandbox: Open) -> None:
    box = open_sandbox(recycle=2)
    pids = []
    for _ in range(2):
        await ask(box, rss())
        pids.append(process_of(box).pid) if box._all[0]._process else None
        await ask(box, rss())
        assert box._all[0]._process is None

    assert len(set(pids)) == 2


async def test_pages_are_read_in_the_order_they_were_asked_for(open_sandbox: Open) -> None:
    box = open_sandbox()
    done: list[int] = []

    async def read_one(number: int) -> None:
        await ask(box, rss())
        done.append(number)

    await asyncio.gather(*(read_one(number) for number in range(8)))

    assert done == list(range(8))


async def test_a_worker_knows_nothing_and_cannot_write_or_open_much(open_sandbox: Open) -> None:
    box = open_sandbox()
    await ask(box, rss())
    there = Path(f"/proc/{process_of(box).pid}")

    assert (there / "environ").read_bytes() in {b"", b"LC_CTYPE=C.UTF-8\0"}
    assert (there / "cwd").readlink() == Path("/")
    limits = (there / "limits").read_text()
    assert "Max file size             0 " in limits
    assert "Max core file size        0 " in limits
    assert "Max open files            16 " in limits
    assert f"Max address space         {512 * 2**20} " in limits


async def test_a_worker_stays_small_on_ordinary_feeds(open_sandbox: Open) -> None:
    box = open_sandbox()
    body = rss(*(f"<guid>{n}</guid><description>{'слово ' * 60}</description>" for n in range(100)))
    for _ in range(20):
        await ask(box, body)

    assert peak_of(process_of(box).pid) < 120 * 2**20


async def test_a_worker_stays_small_on_ordinary_articles(open_sandbox: Open) -> None:
    box = open_sandbox()
    for number in range(20):
        body = ARTICLE.replace(b"<p>", f"<p>{number} {'слово ' * 2_000}".encode(), 1)
        await box.read_article(about(body))

    assert peak_of(process_of(box).pid) < 120 * 2**20


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{",
        b'{"page": 5}',
        b'{"page": {"entries": [{}], "fingerprints": []}}',
        b'{"evil": 1}',
        b'{"page": {"entries": [], "fingerprints": 7}}',
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(answer: bytes) -> None:
    with pytest.raises(PageError, match="makes no sense"):
        sandbox._checked(answer, "news")


@pytest.mark.parametrize(
    ("source", "time"), [("other", "2022-09-10T12:00:00Z"), ("news", "2022-09-10T12:00:00")]
)
def test_an_answer_about_another_source_or_without_a_zone_is_refused(
    source: str, time: str
) -> None:
    entry = (
        f'{{"id": "1", "source": "{source}", "url": "", "title": "", "text": "",'
        f' "language": null, "published_at": "{time}"}}'
    )

    with pytest.raises(PageError, match="makes no sense"):
        sandbox._checked(
            f'{{"page": {{"entries": [{entry}], "fingerprints": ["a"]}}}}'.encode(), "news"
        )


@pytest.mark.parametrize(
    "article",
    [
        '{"url": "", "title": "", "text": "", "published_at": "2022-09-10T12:00:00"}',
        '{"url": "javascript:alert(1)", "title": "", "text": ""}',
        '{"url": "", "title": "", "text": 7}',
        '{"url": "", "title": ""}',
    ],
)
def test_an_article_that_makes_no_sense_is_refused(article: str) -> None:
    with pytest.raises(PageError, match="makes no sense"):
        sandbox._checked_article(f'{{"article": {article}}}'.encode())


def test_the_interpreter_is_the_one_that_runs_us() -> None:
    assert Path(sys.executable).exists()
    assert (Path(sandbox._ROOT) / "monitor" / "collect" / "worker.py").exists()
