"""A file with one JSON object per alert, for programs that read on.

The keys, which stay: `delivery` (the same number means the same message, written again),
`receiver`, `repeat`, `type` ("alert" or "notice"), `id`, `ref`, `severity`, `raised_at`. An alert
adds `reason`, `revision`, `source` (`id`, `name`, `country`, `kind`, `language`), `url`, `title`,
`text`, `language`, `published_at`, `seen_at`, `forwarded_from`, `sha256`, `matches` (`rule`,
`title`, `severity`, `tags`, `hits` with `field`, `start`, `end`, `text`, `term`). A notice adds
`subject` and `text`. Times are ISO 8601 in UTC.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import RetryLater
from monitor.model import Alert, Delivery, Match, Notice
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
    return {
        "delivery": delivery.id,
        "receiver": delivery.receiver,
        "repeat": delivery.uncertain,
        "type": "alert" if isinstance(about, Alert) else "notice",
        "id": about.id,
        "ref": about.ref,
        "severity": about.severity.value,
        "raised_at": _time(about.raised_at),
        **(_alert(about) if isinstance(about, Alert) else _notice(about)),
    }


def _notice(notice: Notice) -> Json:
    return {"subject": notice.subject, "text": notice.text}


def _alert(alert: Alert) -> Json:
    document, source = alert.document, alert.source
    return {
        "reason": alert.reason.value,
        "revision": alert.revision,
        "source": {
            "id": source.id,
            "name": source.name,
            "country": source.country,
            "kind": source.kind.value,
            "language": source.language,
        },
        "url": document.url,
        "title": document.title,
        "text": document.text,
        "language": document.language,
        "published_at": _time(document.published_at),
        "seen_at": _time(document.seen_at),
        "forwarded_from": document.forwarded_from,
        "sha256": document.sha256,
        "matches": [_match(match) for match in alert.matches],
    }


def _match(match: Match) -> Json:
    return {
        "rule": match.rule,
        "title": match.title,
        "severity": match.severity.value,
        "tags": list(match.tags),
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
