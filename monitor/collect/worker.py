"""The program that reads foreign bytes: a process that may hang, bloat or crash, and is replaced.

It takes one question at a time from standard input and answers on standard output, both as frames:
four bytes of length, then as many bytes. A question is two frames, a JSON object and the body; an
answer is one, JSON. It never writes a file and soon cannot: see `_confine`.
"""

import json
import os
import resource
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from monitor.collect import article, feed, listing, opml, preview, sitemap
from monitor.collect.served import Served
from monitor.errors import PageError
from monitor.model import Article, Page

# A process that has read something huge keeps the memory: it says so, and is replaced.
_WORN = 110 * 2**20

_LENGTH = struct.Struct(">I")
_SERVED = TypeAdapter(Served)
_PAGE = TypeAdapter(Page)
_ARTICLE = TypeAdapter(Article)

# Read once at the start, so that the first real page does not wait for what Python loads lazily.
_SAMPLE = (
    b'<rss version="2.0"><channel><item><title>a&nbsp;b</title>'
    b"<description>&lt;p&gt;a</description><pubDate>Mon, 05 Sep 2022 09:00:00 +0300</pubDate>"
    b"</item></channel></rss>"
)


_READERS: Mapping[str, Callable[[Served], Page | Article]] = {
    "feed": feed.read,
    "telegram_preview": preview.read,
    "listing": listing.read,
    "sitemap": sitemap.read,
    "article": article.read,
    "opml": opml.read,
}


def main(memory: int, seconds: int) -> None:
    """Answer questions until standard input ends, within so many bytes, and seconds for each."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    for kind in _READERS.keys() - {"article", "opml"}:  # which would load what most never need
        _answer(kind, Served(url="https://example.org/", body=_SAMPLE))
    _confine(memory)
    _write(answers, b"{}")  # ready
    while (question := _read(questions)) is not None:
        body = _read(questions) or b""
        _limit_cpu(seconds)
        asked = json.loads(question)
        served = replace(_SERVED.validate_python(asked["served"]), body=body)
        answer = _answer(asked["kind"], served)
        if _resident() > _WORN:
            answer = b'{"worn":true,' + answer[1:]
        _write(answers, answer)


def _answer(kind: str, served: Served) -> bytes:
    """Return a page or an article, or what went wrong, as JSON."""
    try:
        read = _READERS[kind](served)
        if isinstance(read, Article):
            return b'{"article":' + _ARTICLE.dump_json(read) + b"}"
        return b'{"page":' + _PAGE.dump_json(read) + b"}"
    except PageError as error:
        return json.dumps({"error": str(error), "cause": error.cause}).encode()
    except MemoryError:
        megabytes = resource.getrlimit(resource.RLIMIT_AS)[0] // 2**20
        return json.dumps({"error": f"reading it needed more than {megabytes} MB"}).encode()
    except Exception as error:  # noqa: BLE001 - whatever a parser does, the next page is another
        return json.dumps({"error": f"the parser failed: {error!r:.500}"}).encode()


def _confine(memory: int) -> None:
    """Give up what a parser does not need: memory, files, core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """Let the system end this process even if nobody is left to do it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _resident() -> int:
    """Return how much memory this process holds; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _read(stream: BinaryIO) -> bytes | None:
    """Return one frame; None where the stream has ended."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    frame = stream.read(length)
    return frame if len(frame) == length else None


def _write(stream: BinaryIO, frame: bytes) -> None:
    stream.write(_LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()
