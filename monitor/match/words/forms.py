"""The file that remembers expansions: JSON lines, the first of which names the dictionaries."""

import json
import logging
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from monitor.match.text import fold_lower

#: What no word holds: halves of a character, and what stands for bytes that were none.
_BROKEN = re.compile(r"\ufffd|\\u[dD][89a-fA-F]")

log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """What is remembered of a word."""

    forms: tuple[str, ...]
    foreign: Mapping[str, tuple[str, ...]]  #: per language, those that belong to other words
    read_as: tuple[str, ...]  #: the dictionary forms it was read as
    guessed: bool
    function_word: bool


class FormsCache:
    """Remembers across restarts; what is damaged or of another version is found anew."""

    def __init__(self, path: Path | None, key: str) -> None:
        """Take the file, and what its content depends on."""
        self._path = path
        self._key = key
        self._kept: dict[str, Kept] | None = None
        self._changed = False

    def get(self, word: str) -> Kept | None:
        """Return what is remembered of a word."""
        if self._kept is None:
            self._kept = self._read()
        return self._kept.get(word)

    def put(self, word: str, found: Kept) -> None:
        """Remember a word."""
        if self._kept is None:
            self._kept = self._read()
        self._kept[word] = found
        self._changed = True

    def save(self) -> None:
        """Replace the file in one step, so that a reader sees the old one or the new one whole."""
        if self._path is None or self._kept is None or not self._changed:
            return
        # Another process may have saved since: keep its words too.
        kept = {**self._read(), **self._kept}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write(self._path, kept)
        except OSError as error:
            # Slower next time, nothing else.
            log.warning("expansions not saved", extra={"path": str(self._path), "why": str(error)})
        self._kept = kept
        self._changed = False

    def _write(self, path: Path, kept: Mapping[str, Kept]) -> None:
        lines = [json.dumps(self._key)]
        lines += (json.dumps([word, *found], ensure_ascii=False) for word, found in kept.items())
        handle, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _read(self) -> dict[str, Kept]:
        if self._path is None:
            return {}
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return {}
        if not lines or lines[0] != json.dumps(self._key):
            return {}
        known: dict[str, str] = {}
        return dict(found for line in lines[1:] if (found := _entry(line, known)) is not None)


def _entry(line: str, known: dict[str, str]) -> tuple[str, Kept] | None:
    """Return what a line says, or None where it is damaged: the word is then looked up again.

    A form of several words is one string in all of them: `known` holds those seen before.
    """
    try:
        word, forms, foreign, read_as, guessed, function_word = json.loads(line)
        kept = Kept(
            forms=_strings(forms, known),
            foreign={code: _strings(taken, known) for code, taken in foreign.items()},
            read_as=_strings(read_as, known),
            guessed=bool(guessed),
            function_word=bool(function_word),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(word, str) or kept.forms[:1] != (fold_lower(word),) or _BROKEN.search(line):
        return None
    return word, kept


def _strings(value: object, known: dict[str, str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("not a list of strings")
    return tuple([known.setdefault(item, item) for item in value])
