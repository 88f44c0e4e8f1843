"""config.yaml and what it includes, as one Config; every mistake at once, each with its place.

A relative path in a file is meant from the folder of the main file, wherever the program was
started: the store of `sqlite:///data/monitor.db`, the `path` of a file receiver, the `ca` of a
source. What MONITOR_DATABASE_URL says replaces `store:` as it stands.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from monitor.config import checks
from monitor.config.checks import Named
from monitor.config.codes import Code
from monitor.config.fields import IN_WORDS, STORE
from monitor.config.files import Part
from monitor.config.include import Reader
from monitor.config.origins import Origin, same_sources, sources_of
from monitor.config.receivers import Receiver
from monitor.config.route_checks import routing
from monitor.config.routing import Route
from monitor.config.schema import Config, ConfigFile, Rule
from monitor.config.sources import settled, unsound
from monitor.config.text import Spot
from monitor.config.tree import Keys
from monitor.errors import ConfigError, Problem

_STORE_VARIABLE = "MONITOR_DATABASE_URL"
_SQLITE = "sqlite:///"
#: Stands for settings that cannot be read, so that the rules beside them can be checked.
_ANY = ConfigFile(version=1, route=Route(receiver="here"))


class Misstep(Protocol):
    """What is known of a mistake in a rule by those who know nothing of files."""

    @property
    def rule(self) -> str:
        """Return the rule's id; "" for a mistake in a list."""

    @property
    def path(self) -> Keys:
        """Return the way inside the rule; from `lists` on where there is no rule."""

    @property
    def column(self) -> int:
        """Return the offset in that text, from 0."""

    @property
    def code(self) -> str:
        """Return the code."""

    @property
    def text(self) -> str:
        """Return what is wrong, and what to write instead."""

    @property
    def warning(self) -> bool:
        """Return whether the rule can be used all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of one line of a file. Line and column count from 1."""

    file: str
    line: int
    column: int
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that can be used, though single rules of it may be wrong."""

    config: Config
    problems: tuple[Problem, ...]  #: warnings, and errors in single rules; in the files' order
    broken_rules: tuple[str, ...]  #: the ids of the rules that have errors; not in `config`
    files: tuple[Path, ...]  #: all that were read, but for those that come with the program
    main: Part
    names: Mapping[tuple[str, str], Named]  #: by section and name: ("sources", "ria")

    def place(self, keys: Keys, offset: int = 0) -> Place:
        """Return where a value stands, or the last one on the way to it that exists.

        `keys` begin with the section and the id or name, whatever file it is in:
        `("rules", "reshuffling", "match", "any", 2)`. `offset` counts characters into a text.
        """
        part, spot = self._spot(keys, offset)
        file = part.tree.text.file
        return Place(file=file, line=spot.line + 1, column=spot.column + 1, length=spot.length)

    def placed(self, found: Misstep) -> Problem:
        """Return a mistake that only shows when rules are compiled, with its place."""
        keys = ("rules", found.rule, *found.path) if found.rule else found.path
        part, spot = self._spot(keys, found.column)
        problem = part.tree.text.problem(Code.YAML, found.text, spot, warning=found.warning)
        return replace(problem, code=str(found.code))

    def rule_source(self, rule_id: str) -> str:
        """Return the lines of a rule as they stand in its file."""
        named = self.names["rules", rule_id]
        return named.part.tree.lines(named.part.tree.node(named.keys[:-1]))

    def _spot(self, keys: Keys, offset: int) -> tuple[Part, Spot]:
        named = self.names.get((str(keys[0]), str(keys[1]))) if len(keys) > 1 else None
        if named is None:
            tree, node = self.main.tree, self.main.tree.node(keys)
            return self.main, tree.inside(node, offset)
        holder = named.keys if keys[0] in {"lists", "forms"} else named.keys[:-1]
        tree = named.part.tree
        return named.part, tree.inside(tree.node((*holder, *keys[2:])), offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A configuration as it stands, whether or not it can be used."""

    problems: tuple[Problem, ...]
    readable: Loaded | None  #: what can be read of it; None where that is nothing
    is_usable: bool

    @property
    def usable(self) -> Loaded | None:
        """Return the configuration if it can be used."""
        return self.readable if self.is_usable else None


class Loader:
    """Loads a configuration again and again; files that did not change are not read again."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._reader = Reader()

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files of the last attempt, whether or not it came to anything."""
        return self._reader.files

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return the folders in which a change to these files, or a new one, would show."""
        return self._reader.folders

    def load(self, path: Path) -> Loaded:
        """Return the configuration; raise ConfigError with every mistake if it cannot be used.

        Mistakes inside single rules do not prevent its use: those rules are left out, and
        their problems stand in `Loaded.problems`.
        """
        draft = self.draft(path)
        if draft.usable is None:
            raise ConfigError(draft.problems)
        return draft.usable

    def draft(self, path: Path) -> Draft:
        """Return as much of a configuration as can be read, and every mistake."""
        parts, problems = self._reader.read(path)
        if not parts or parts[0].path != path:
            return Draft(problems=tuple(problems), readable=None, is_usable=False)
        main, said = parts[0], parts[0].said
        origins, found = sources_of(parts, self._reader.catalogue())
        problems += [*found, *self._override(), *_across(main, parts, origins)]
        problems += unsound(main, parts, origins, path.absolute().parent)
        problems += [problem for part in parts for problem in part.fatal]
        fatal = any(not problem.warning for problem in problems)
        problems += [problem for part in parts for problem in part.others]
        problems = _in_order(parts, problems)
        settings = said if isinstance(said, ConfigFile) else _ANY.model_copy(update=_looks(main))
        readable = Loaded(
            config=_config(path, settings, parts, origins, self._environ).model_copy(
                update={"ready": self._reader.lists()}
            ),
            problems=tuple(problems),
            broken_rules=tuple(name for part in parts for name in part.broken.values()),
            files=self._reader.files,
            main=main,
            names=_names(main, parts, origins),
        )
        return Draft(
            problems=tuple(problems), readable=readable, is_usable=not fatal and settings is said
        )

    def _override(self) -> Iterator[Problem]:
        """Object to a store in the environment that is none."""
        if self._environ.get(_STORE_VARIABLE) and not _store(self._environ):
            message = f"{_STORE_VARIABLE} does not fit: write {IN_WORDS[STORE]}"
            yield Problem(code=Code.FORM.value, file=f"${_STORE_VARIABLE}", text=message)


def _looks(main: Part) -> dict[str, dict[str, str]]:
    """Return the templates of a file whose settings cannot be read, so that they are tried too."""
    node = main.tree.root.fields.get("templates")
    fields = node.fields if node is not None else {}
    return {
        "templates": {name: one.value for name, one in fields.items() if isinstance(one.value, str)}
    }


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Return the configuration in that file; raise ConfigError as `Loader.load` does."""
    return Loader(environ).load(path)


def _across(main: Part, parts: Sequence[Part], origins: Sequence[Origin]) -> Iterator[Problem]:
    """Check what only shows when all files are together."""
    yield from checks.timezone(main)
    yield from checks.same_names("receiver", checks.receiver_names(main))
    yield from checks.same_names("time interval", checks.section_names(main, "time_intervals"))
    yield from checks.same_names("inhibit rule", checks.section_names(main, "inhibit_rules"))
    yield from routing(main, parts, [origin.source for origin in origins])
    yield from checks.chats(main)
    yield from checks.templates(main)
    yield from same_sources(origins)
    yield from checks.same_names("list", checks.list_names(parts))
    yield from checks.same_names("word", checks.words_with_forms(parts))
    yield from checks.same_names("rule", checks.rule_names(parts))
    yield from checks.unheard(parts, [origin.source for origin in origins])


def _in_order(parts: Sequence[Part], problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems in the order of the files and their lines, none twice."""
    files = {part.tree.text.file: number for number, part in enumerate(parts)}
    return sorted(
        dict.fromkeys(problems),
        key=lambda problem: (
            files.get(problem.file, len(files)),
            problem.file,
            problem.line,
            problem.column,
        ),
    )


def _config(
    path: Path,
    said: ConfigFile,
    parts: Sequence[Part],
    origins: Sequence[Origin],
    environ: Mapping[str, str],
) -> Config:
    folder = path.absolute().parent
    settings = {name: getattr(said, name) for name in Config.model_fields if hasattr(said, name)}
    return Config(
        **settings
        | {
            "store": _store(environ) or _placed(said.store, folder),
            "receivers": tuple(_settled(receiver, folder) for receiver in said.receivers),
            "sources": tuple(settled(origin.source, folder) for origin in origins),
            "lists": {name: terms for part in parts for name, terms in part.lists.items()},
            "forms": {word: forms for part in parts for word, forms in part.forms.items()},
            "rules": tuple(_first_of_each(parts)),
        }
    )


def _first_of_each(parts: Sequence[Part]) -> Iterator[Rule]:
    """Yield the rules; of two with the same id, which is a mistake, the first."""
    seen = set()
    for rule in (rule for part in parts for rule in part.rules.values()):
        if rule.id not in seen:
            seen.add(rule.id)
            yield rule


def _store(environ: Mapping[str, str]) -> str:
    """Return the store that the environment names; "" where it names none, or none that is one."""
    url = environ.get(_STORE_VARIABLE, "")
    return url if re.match(STORE, url) else ""


def _placed(store: str, folder: Path) -> str:
    """Return the store's URL with a relative SQLite path made absolute."""
    scheme, relative = store[: len(_SQLITE)], store[len(_SQLITE) :]
    if scheme != _SQLITE or relative.startswith(("/", ":memory:", "file:")) or not relative:
        return store
    return f"{_SQLITE}{quote(str(folder), safe='/ ')}/{relative}"


def _settled(receiver: Receiver, folder: Path) -> Receiver:
    """Return a receiver with the path of its file made absolute."""
    if receiver.file is None:
        return receiver
    path = str(folder / receiver.file.path)
    return receiver.model_copy(update={"file": receiver.file.model_copy(update={"path": path})})


def _names(
    main: Part, parts: Sequence[Part], origins: Sequence[Origin]
) -> dict[tuple[str, str], Named]:
    every = [
        *((("sources", origin.source.id), origin.named) for origin in origins),
        *((("rules", named.name), named) for named in checks.rule_names(parts)),
        *((("lists", named.name), named) for named in checks.list_names(parts)),
        *((("forms", named.name), named) for named in checks.words_with_forms(parts)),
        *((("receivers", named.name), named) for named in checks.receiver_names(main)),
    ]
    return dict(reversed(every))  # of two with the same name, which is a mistake, the first
