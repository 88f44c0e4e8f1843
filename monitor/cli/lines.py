"""Documents as JSON lines, as `match` and `rules backtest` read them; the shape of a hit."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from monitor.cli.environment import err
from monitor.errors import MonitorError
from monitor.model import Hit

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_GZIP = b"\x1f\x8b"


class Readable(BaseModel):
    """One line of input; what matching does not need, as `published_at`, is left alone."""

    id: str | int
    title: _Text = ""
    text: _Text = ""
    language: str | None = None
    source: str | None = None


class Dated(Readable):
    """The same, where it matters when it was published."""

    published_at: datetime | None = None
    url: _Text = ""


Shape = TypeVar("Shape", bound=Readable)


class Lines(Generic[Shape]):
    """The documents of a file, or of standard input; gzip is seen by itself.

    A line that cannot be read is named on standard error, and counted; the others go on.
    """

    def __init__(self, file: Path | None, shape: type[Shape]) -> None:
        """Read nothing yet."""
        self.name = "<stdin>" if file is None or str(file) == "-" else str(file)
        self.unreadable = 0
        self.size = 0  #: of the file, in bytes
        self._file = file
        self._shape = shape
        self._raw: BufferedReader | None = None

    @property
    def done(self) -> int:
        """Return how many bytes of the file were read."""
        return 0 if self._raw is None or self._raw.closed else self._raw.tell()

    def __iter__(self) -> Iterator[tuple[int, Shape]]:
        """Yield the documents, each with the number of its line; raise MonitorError for no file."""
        number = 0
        with self._opened() as lines:
            try:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield from self._read(number, line)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self._unreadable(number + 1, f"the rest cannot be unpacked: {error}")

    def _read(self, number: int, line: str) -> Iterator[tuple[int, Shape]]:
        try:
            yield number, self._shape.model_validate_json(line)
        except ValidationError as error:
            self._unreadable(number, _why(error))

    def _unreadable(self, number: int, why: str) -> None:
        self.unreadable += 1
        err.print(f"{self.name}:{number}: {why}", soft_wrap=True, markup=False)

    @contextmanager
    def _opened(self) -> Iterator[Iterable[str]]:
        if self._file is None or str(self._file) == "-":
            if isinstance(sys.stdin, TextIOWrapper):  # UTF-8, whatever the locale says
                sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
            yield sys.stdin
            return
        try:
            self._raw = self._file.open("rb")
            self.size = self._file.stat().st_size
            packed = self._raw.peek(2)[:2] == _GZIP
        except OSError as error:
            raise MonitorError(f"cannot read {self._file}: {error.strerror}") from error
        plain = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        with self._raw, TextIOWrapper(plain, encoding="utf-8", errors="surrogateescape") as lines:
            yield lines


def hit_shape(hit: Hit) -> dict[str, object]:
    """Return a hit as programs get it."""
    return {
        "field": hit.field,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "term": hit.term,
    }


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
