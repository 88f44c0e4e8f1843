"""One file, read and checked by itself: what it says, and every mistake in it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from monitor.config.codes import Code
from monitor.config.fields import Id
from monitor.config.schema import Catalogue, ConfigFile, IncludedFile, Rule
from monitor.config.source import Source, SourceGroup, SourcePick
from monitor.config.text import LARGEST, read_text, secrets
from monitor.config.traps import rule_traps, term_traps
from monitor.config.tree import Finding, Keys, Node, Tree, read_tree, uncollected
from monitor.config.words import objections
from monitor.errors import ConfigError, Problem

M = TypeVar("M", bound=BaseModel)

#: What is read by itself, so that a mistake elsewhere hides none in it.
_APART = frozenset({"rules", "sources", "lists", "forms"})
#: A source that says all of these stands alone; one that does not changes one of the catalogue.
STANDALONE: Final = ("name", "country", "kind", "url")
_ID: TypeAdapter[str] = TypeAdapter(Id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one file says. Whatever is wrong is left out and stands among the problems."""

    path: Path
    tree: Tree
    said: ConfigFile | IncludedFile | None  #: the rest of what it says; None where it is wrong
    #: the named lists of terms, each by itself; one with a mistake has no terms
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: the words whose forms are written down
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    includes: Mapping[int, str] = field(default_factory=dict)
    #: each a Source, a SourceGroup or a SourcePick
    sources: Mapping[int, BaseModel] = field(default_factory=dict)
    rules: Mapping[int, Rule] = field(default_factory=dict)
    broken: Mapping[int, str] = field(default_factory=dict)  #: ids of rules that are wrong
    fatal: Sequence[Problem] = ()  #: outside single rules
    others: Sequence[Problem] = ()  #: in single rules, and warnings


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than is allowed; raise ConfigError."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        missing = isinstance(error, FileNotFoundError)
        hint = "; `monitor init` writes one to begin with" if missing else ""
        problem = Problem(
            code=Code.UNREADABLE, file=str(path), text=f"cannot be read: {reason}{hint}"
        )
        raise ConfigError([problem]) from error


def read_part(path: Path, data: bytes, *, main: bool) -> Part:
    """Return what the file says; raise ConfigError where it is not even YAML."""
    with uncollected():
        return _read_part(path, data, main=main)


def _read_part(path: Path, data: bytes, *, main: bool) -> Part:
    text = read_text(data, str(path))
    hidden = secrets(text)
    try:
        tree = read_tree(text)
    except ConfigError as error:
        raise ConfigError([*hidden, *error.problems]) from error
    if isinstance(tree.root.value, dict) or (tree.root.value is None and not main):
        part = _Reader(path, tree, main=main).part(hidden)
        tree.prune()
        return part
    raise ConfigError([*hidden, _no_mapping(tree)])


def read_catalogue(path: Path) -> Mapping[str, tuple[Source, ...]]:
    """Return the sources that come with the program, by group."""
    tree = read_tree(read_text(read_bytes(path), str(path)))
    try:
        return Catalogue.model_validate(tree.root.value, by_alias=True, by_name=False).groups
    except ValidationError as error:
        found = objections(error, Catalogue, tree, ())
        raise ConfigError([finding.problem for finding in found]) from error


def _no_mapping(tree: Tree) -> Problem:
    message = "the file must consist of keys, such as `version: 1`"
    if isinstance(tree.root.value, list):
        message = "the file begins with a list: write `rules:` above it and indent the list"
    elif isinstance(tree.root.value, str) and re.search(r"\w:\S", tree.root.value):
        message = "a colon needs a space after it: write `version: 1`"
    elif tree.root.value is None:
        message = "the file is empty: `monitor init` writes one to begin with"
    return tree.text.problem(Code.SHAPE, message, tree.spot(tree.root))


class _Reader:
    """Reads one tree and collects every mistake on the way."""

    def __init__(self, path: Path, tree: Tree, *, main: bool) -> None:
        self._path = path
        self._tree = tree
        self._model: type[ConfigFile | IncludedFile] = ConfigFile if main else IncludedFile
        self._findings = list(tree.flaws)
        self._ids: dict[int, str] = {}

    def part(self, hidden: Sequence[Problem]) -> Part:
        """Return what the tree says; `hidden` are the secrets in its text."""
        said = self._said()
        lists, forms = dict(self._lists()), dict(self._forms())
        sources = dict(self._sources())
        rules = dict(self._rules())
        findings = list(_first_of_each(self._findings))
        fatal = [finding for finding in findings if self._is_fatal(finding)]
        others = [finding for finding in findings if not self._is_fatal(finding)]
        wrong = {found.keys[1] for found in others if not found.problem.warning}
        return Part(
            path=self._path,
            tree=self._tree,
            said=said,
            lists=lists,
            forms=forms,
            includes=self._includes(),
            sources=sources,
            rules={index: rule for index, rule in rules.items() if index not in wrong},
            broken={index: name for index, name in self._ids.items() if index in wrong},
            fatal=(*hidden, *(finding.problem for finding in fatal)),
            others=tuple(finding.problem for finding in others),
        )

    def _said(self) -> ConfigFile | IncludedFile | None:
        rest = {key: value for key, value in self._raw.items() if key not in _APART}
        return self._validated(self._model, rest, ())

    def _lists(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each list, even where another or something else is wrong: rules refer to them."""
        for name, terms in self._entries("lists"):
            self._findings += term_traps(self._tree, ("lists", name))
            read = self._validated(IncludedFile, {"lists": {name: terms}}, ())
            yield name, (read.lists or {}).get(name, ()) if read else ()

    def _forms(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for word, forms in self._entries("forms"):
            read = self._validated(IncludedFile, {"forms": {word: forms}}, ())
            if read is not None:
                yield from (read.forms or {}).items()

    def _entries(self, section: str) -> Iterable[tuple[str, object]]:
        """Return what stands under the keys of a section; a section without keys is a mistake."""
        said = self._raw.get(section)
        if isinstance(said, dict):
            return said.items()
        self._validated(IncludedFile, {section: said}, ())
        return ()

    @property
    def _raw(self) -> Mapping[str, object]:
        return self._tree.root.value if isinstance(self._tree.root.value, dict) else {}

    def _includes(self) -> Mapping[int, str]:
        """Return what is included, even where something else is wrong: all mistakes at once."""
        node = self._tree.root.fields.get("include")
        nodes = (node.items or [node]) if node else []
        return {i: item.value for i, item in enumerate(nodes) if isinstance(item.value, str)}

    def _sources(self) -> Iterator[tuple[int, BaseModel]]:
        for index, item in enumerate(self._items("sources")):
            model = _kind_of_source(item.fields)
            source = self._validated(model, item.value, ("sources", index))
            if source is not None:
                yield index, source

    def _rules(self) -> Iterator[tuple[int, Rule]]:
        for index, item in enumerate(self._items("rules")):
            keys: Keys = ("rules", index)
            self._note_id(index, item)
            self._findings += rule_traps(self._tree, keys)
            rule = self._validated(Rule, item.value, keys)
            if rule is not None:
                yield index, rule

    def _note_id(self, index: int, item: Node) -> None:
        """Remember a rule's id; where it cannot be read, the schema objects to it."""
        name = item.fields.get("id")
        if name is not None:
            with suppress(ValidationError):
                self._ids[index] = _ID.validate_python(name.value)

    def _items(self, section: str) -> Sequence[Node]:
        """Return the items of a section; a section that is no list is a mistake."""
        node = self._tree.root.fields.get(section)
        if node is None or node.value is None or isinstance(node.value, list):
            return node.items if node else ()
        message = f"a list belongs under `{section}:`: begin each item with `- id:`"
        problem = self._tree.text.problem(Code.SHAPE, message, self._tree.spot(node))
        self._findings.append(Finding(keys=(section,), problem=problem))
        return ()

    def _validated(self, model: type[M], value: object, keys: Keys) -> M | None:
        try:
            return model.model_validate(value, by_alias=True, by_name=False)
        except ValidationError as error:
            self._findings += objections(error, model, self._tree, keys)
            return None

    def _is_fatal(self, finding: Finding) -> bool:
        """Return whether the mistake stands outside of any rule that has an id."""
        in_a_rule = (
            finding.keys[:1] == ("rules",)
            and finding.keys[1:2]
            and (finding.keys[1] in self._ids and finding.keys[2:] != ("id",))
        )
        return not finding.problem.warning and not in_a_rule


def _kind_of_source(keys: Collection[str]) -> type[BaseModel]:
    """Return the model of an item under `sources:` that has these keys."""
    if "group" in keys:
        return SourceGroup
    return Source if "id" not in keys or all(key in keys for key in STANDALONE) else SourcePick


def _first_of_each(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Drop what is said of a value after a mistake in it, or in what holds it, is known."""
    wrong: set[Keys] = set()
    for finding in findings:
        if any(finding.keys[:length] in wrong for length in range(1, len(finding.keys) + 1)):
            continue
        if not finding.problem.warning:
            wrong.add(finding.keys)
        yield finding
