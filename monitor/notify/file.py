"""A file with one JSON object per message, for programs that read on.

The keys, which stay: `delivery` (the same number means the same message, written again),
`receiver`, `repeat`, `type`, `ref`, `severity`, `raised_at`, `form`; all but digests and status
have an `id`.

- `alert`: `reason`, `revision`, `source` (`id`, `name`, `country`, `kind`, `language`), `url`,
  `title`, `text`, `language`, `published_at`, `seen_at`, `forwarded_from`, `sha256`, `matches`
  (`rule`, `title`, `severity`, `tags`, `labels`, `hits` with `field`, `start`, `end`, `text`,
  `term`), `story` (`id`, `ref`, `first`; null where there is none), and `copies` (`ref`,
  `source`, `title`, `url`, `at`), as is `first`.
- `copies`: an alert that has been written before, with the `copies` of now.
- `news`: an alert that adds something to a story: `news` has `sides` (`country`, `kind`), `rules`
  and `severity` (null where it is no higher).
- `list`: `gathered` (group, digest, held or flood) and `alerts`, each like an alert.
- `notice`: `subject`, `text`.
- `digest`: `period`, `since`, `until`, `counts` (`rule`, `title`, `severity`, `total`, `sides`
  with `country`, `kind`, `count`), `stories` (`first`, `severity`, `sources`, `documents`),
  `blind`; no picture.
- `status`: `text`.

Times are ISO 8601 in UTC.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import RetryLater
from monitor.model import Alert, Delivery, Match, Notice, Provenance
from monitor.model.telling import About, AlertList, Copy, Digest, Form, News, StatusBoard
from monitor.notify.message import Part

Json = dict[str, object]


class FileSender:
    """Appends to one file, and waits until the disk has it."""

    chat = None
    edits = False

    def __init__(self, path: Path) -> None:
        """Create the file, and the folders above it, with the first alert."""
        self._path = path

    def parts(self, delivery: Delivery) -> Sequence[Part]:
        """Return the line that will be written."""
        line = json.dumps(as_json(delivery), ensure_ascii=False)
        # Many programs take these for line ends, too.
        for char in "\x85\u2028\u2029":
            line = line.replace(char, f"\\u{ord(char):04x}")
        return (Part(html="", plain=line),)

    async def send(self, part: Part) -> str:
        """Write it."""
        try:
            return str(await asyncio.to_thread(_append, self._path, part.plain))
        except OSError as error:
            raise RetryLater(f"cannot write {self._path}: {error.strerror}") from error

    async def close(self) -> None:
        """Do nothing: the file is open only while a line is written."""


def as_json(delivery: Delivery) -> Json:
    """Return the delivery under the keys that are documented above."""
    about = delivery.about
    kind, said = _said(about, delivery.form)
    return {
        "delivery": delivery.id,
        "receiver": delivery.receiver,
        "repeat": delivery.uncertain,
        "type": kind,
        **({} if isinstance(about, Digest | StatusBoard) else {"id": about.id}),
        "ref": about.ref,
        "severity": about.severity.value,
        "raised_at": _time(about.raised_at),
        "form": delivery.form.value,
        **said,
    }


def _said(about: About, form: Form) -> tuple[str, Json]:
    match about:
        case Alert():
            kind = {Form.COPIES: "copies", Form.REPLY: "news"}.get(form, "alert")
            return kind, _alert(about)
        case AlertList():
            alerts = [{**_head(alert), **_alert(alert)} for alert in about.alerts]
            return "list", {"gathered": about.gathered.value, "alerts": alerts}
        case Notice():
            return "notice", {"subject": about.subject, "text": about.text}
        case Digest():
            return "digest", _digest(about)
        case StatusBoard():
            return "status", {"text": about.text}


def _head(alert: Alert) -> Json:
    return {
        "id": alert.id,
        "ref": alert.ref,
        "severity": alert.severity.value,
        "raised_at": _time(alert.raised_at),
    }


def _digest(digest: Digest) -> Json:
    return {
        "period": digest.period.value,
        "since": _time(digest.since),
        "until": _time(digest.until),
        "counts": [
            {
                "rule": count.rule,
                "title": count.title,
                "severity": count.severity.value,
                "total": count.total,
                "sides": [
                    {"country": country, "kind": kind.value, "count": number}
                    for (country, kind), number in count.sides.items()
                ],
            }
            for count in digest.counts
        ],
        "stories": [
            {
                "first": _copy(story.first),
                "severity": story.severity.value,
                "sources": story.sources,
                "documents": story.documents,
            }
            for story in digest.stories
        ],
        "blind": list(digest.blind),
    }


def _alert(alert: Alert) -> Json:
    document, story, news = alert.document, alert.story, alert.news
    return {
        "reason": alert.reason.value,
        "revision": alert.revision,
        "source": _source(alert.source),
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "language": document.language,
        "published_at": _time(document.published_at),
        "seen_at": _time(document.seen_at),
        "forwarded_from": document.forwarded_from,
        "sha256": document.sha256,
        "matches": [_match(match) for match in alert.matches],
        "story": story and {"id": story.id, "ref": story.ref, "first": _copy(story.first)},
        "copies": [_copy(copy) for copy in story.copies] if story else [],
        **({"news": _news(news)} if news else {}),
    }


def _news(news: News) -> Json:
    return {
        "sides": [{"country": country, "kind": kind.value} for country, kind in news.sides],
        "rules": list(news.rules),
        "severity": news.severity and news.severity.value,
    }


def _copy(copy: Copy) -> Json:
    return {
        "ref": copy.ref,
        "source": _source(copy.source),
        "title": copy.title,
        "url": copy.url,
        "at": _time(copy.at),
    }


def _source(source: Provenance) -> Json:
    return {
        "id": source.id,
        "name": source.name,
        "country": source.country,
        "kind": source.kind.value,
        "language": source.language,
    }


def _match(match: Match) -> Json:
    return {
        "rule": match.rule,
        "title": match.title,
        "severity": match.severity.value,
        "tags": list(match.tags),
        "labels": dict(match.labels),
        "hits": [
            {
                "field": hit.field,
                "start": hit.start,
                "end": hit.end,
                "text": hit.text,
                "term": hit.term,
            }
            for hit in match.hits
        ],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _append(path: Path, line: str) -> int:
    """Append one line and return where it begins; a line torn by a crash is ended first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        begin = file.seek(0, os.SEEK_END)
        if begin:
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
            begin += torn
            line = "\n" * torn + line
        # A lone surrogate has no UTF-8; spelt \udXXX it is what JSON calls it.
        file.write(line.encode(errors="backslashreplace") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return begin
