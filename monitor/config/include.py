"""The main file and the files it includes, each read once and not again until it changes."""

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monitor.config.codes import Code
from monitor.config.fields import ID
from monitor.config.files import Part, read_bytes, read_catalogue, read_part
from monitor.config.source import Source
from monitor.config.words import did_you_mean
from monitor.errors import ConfigError, Problem

#: What comes with the program: the catalogue of sources, packs of rules, the file to begin with.
BUILTIN: Final = Path(__file__).parent / "builtin"

_CATALOGUE = BUILTIN / "sources.yaml"
_LISTS = BUILTIN / "lists.yaml"
_NO_PACKS = {"sources", "starter"}
_PREFIX = "builtin:"

_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class _Walk:
    """One reading of all files."""

    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: list[Path] = field(default_factory=list)
    awaited: list[Path] = field(default_factory=list)  #: folders that a line of include looks into


class Reader:
    """Reads files and what they include."""

    def __init__(self) -> None:
        self._remembered: dict[tuple[Path, bool], tuple[_Stamp, Part]] = {}
        self._groups: tuple[_Stamp, Mapping[str, Sequence[Source]]] | None = None
        self._ready: tuple[_Stamp, Mapping[str, tuple[str, ...]]] | None = None
        self.files: tuple[Path, ...] = ()  #: of the last reading, but for what we ship
        self.folders: tuple[Path, ...] = ()  #: in which a file that is included could appear

    def read(self, path: Path) -> tuple[list[Part], list[Problem]]:
        """Return what each file says, the main one first, and why the others could not be read."""
        walk = _Walk()
        self._walk(path, walk, chain=())
        self.files = tuple(one for one in walk.seen if one.parent != BUILTIN)
        own = {one.absolute().parent for one in self.files}
        self.folders = tuple(sorted(own | {_standing(one) for one in walk.awaited}))
        kept = {(one, one == path) for one in walk.seen}
        self._remembered = {key: was for key, was in self._remembered.items() if key in kept}
        return walk.parts, walk.problems

    def catalogue(self) -> Mapping[str, Sequence[Source]]:
        """Return the sources that come with the program, by group."""
        stamp = _stamp(_CATALOGUE)
        if self._groups is None or self._groups[0] != stamp:
            self._groups = (stamp, read_catalogue(_CATALOGUE))
        return self._groups[1]

    def lists(self) -> Mapping[str, tuple[str, ...]]:
        """Return the lists that come with the program."""
        stamp = _stamp(_LISTS)
        if self._ready is None or self._ready[0] != stamp:
            self._ready = (stamp, read_part(_LISTS, read_bytes(_LISTS), main=False).lists)
        return self._ready[1]

    def _walk(self, path: Path, walk: _Walk, chain: tuple[Path, ...]) -> None:
        walk.seen.append(path)
        try:
            part = self._part(path, main=not chain)
        except ConfigError as error:
            walk.problems += error.problems
            return
        walk.parts.append(part)
        chain = (*chain, path)
        for index, pattern in part.includes.items():
            for found in self._found(pattern, part, index, chain, walk):
                if all(not _same(found, one) for one in walk.seen):
                    self._walk(found, walk, chain)

    def _part(self, path: Path, *, main: bool) -> Part:
        stamp = _stamp(path)
        was = self._remembered.get((path, main))
        if was is not None and was[0] == stamp:
            return was[1]
        part = read_part(path, read_bytes(path), main=main)
        self._remembered[path, main] = stamp, part
        return part

    def _found(
        self, pattern: str, part: Part, index: int, chain: Sequence[Path], walk: _Walk
    ) -> Iterator[Path]:
        """Return the files that a line under `include:` names."""
        if "\0" in pattern:
            walk.problems.append(_problem(part, index, Code.INCLUDE, "no file has such a name"))
        elif pattern.startswith(_PREFIX):
            name = pattern.removeprefix(_PREFIX)
            path = BUILTIN / f"{name}.yaml"
            if re.fullmatch(ID, name) and name not in _NO_PACKS and path.is_file():
                yield path
                return
            packs = [f"{_PREFIX}{one.stem}" for one in BUILTIN.glob("*.yaml")]
            known = sorted(set(packs) - {f"{_PREFIX}{name}" for name in _NO_PACKS})
            hint = did_you_mean(pattern, known) or f"; there is {', '.join(known) or 'none'}"
            message = f"no pack called `{name}` comes with the program{hint}"
            walk.problems.append(_problem(part, index, Code.INCLUDE, message))
        elif glob.has_magic(pattern):
            walk.awaited.append(part.path.absolute().parent / _fixed(pattern))
            yield from _globbed(pattern, part, index, chain, walk)
        else:
            walk.awaited.append((part.path.absolute().parent / pattern).parent)
            yield from _named(pattern, part, index, chain, walk)


def _globbed(
    pattern: str, part: Part, index: int, chain: Sequence[Path], walk: _Walk
) -> Iterator[Path]:
    base = part.path.parent
    names = sorted(glob.glob(pattern, root_dir=base, recursive=True))  # noqa: PTH207 (root_dir)
    files = [base / name for name in names if _is_file(base / name)]
    if not files:
        message = f"no file fits `{pattern}`"
        walk.problems.append(_problem(part, index, Code.NO_FILES, message, warning=True))
    # `include: "*.yaml"` fits the including file too; nobody means that.
    yield from (one for one in files if all(not _same(one, above) for above in chain))


def _named(
    pattern: str, part: Part, index: int, chain: Sequence[Path], walk: _Walk
) -> Iterator[Path]:
    path = part.path.parent / pattern
    above = [_same(path, one) for one in chain]
    if any(above):
        circle = " → ".join(str(one) for one in (*chain[above.index(True) :], path))
        message = f"these files include each other in a circle: {circle}"
        walk.problems.append(_problem(part, index, Code.INCLUDE_CYCLE, message))
    elif not _is_file(path):
        near = [Path(name).name for name in glob.glob("*", root_dir=path.parent)]  # noqa: PTH207
        message = f"there is no file `{pattern}`{did_you_mean(path.name, near)}"
        walk.problems.append(_problem(part, index, Code.INCLUDE, message))
    else:
        yield path


def _problem(part: Part, index: int, code: Code, message: str, *, warning: bool = False) -> Problem:
    spot = part.tree.spot(part.tree.node(("include", index)))
    return part.tree.text.problem(code, message, spot, warning=warning)


def _fixed(pattern: str) -> Path:
    """Return the part of a pattern before its first wildcard: a folder."""
    parts = Path(pattern).parts
    count = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:count])


def _standing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if os.path.isdir(one))  # noqa: PTH112 (as below)


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file raises where a name is too long)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _stamp(path: Path) -> _Stamp:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)  # reading it says why
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
