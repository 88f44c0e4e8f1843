"""YAML with places: a text becomes plain values, and each value knows where it stands."""

import gc
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import yaml

from monitor.config.codes import Code
from monitor.config.mends import FIRST_CHARACTERS, mend
from monitor.config.text import Spot, Text
from monitor.errors import ConfigError, Problem

DEEPEST: Final = 64

Keys = tuple[str | int, ...]
Value = str | int | bool | None | list["Value"] | dict[str, "Value"]

# Only numbers that look the same when written again: 1.10, 007 and 12:30 stay the text they are.
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS: Final[dict[str, bool | None]] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


_NONE: "Final[Mapping[str, Node]]" = MappingProxyType({})  # one for all scalars: it saves memory


@dataclass(slots=True)
class Node:
    """A value and where it stands; lines and columns count from 0. Frozen once it is read."""

    value: Value
    line: int
    column: int
    end_line: int
    end_column: int
    style: str = ""  #: of a scalar: "" where it is plain, else its quote, or "|" or ">"
    flow: bool = False  #: a list or mapping in brackets
    items: "Sequence[Node]" = ()  #: of a list
    fields: "Mapping[str, Node]" = field(default_factory=lambda: _NONE)  #: the values of a mapping
    keys: "Mapping[str, Node]" = field(default_factory=lambda: _NONE)  #: its keys, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem and the value that it is about."""

    keys: Keys
    problem: Problem


@dataclass(slots=True, kw_only=True)
class Tree:
    """A file that is YAML."""

    text: Text
    root: Node
    flaws: Sequence[Finding]  #: what YAML allows and we do not
    pruned: bool = False  #: the rules are not in it, until somebody asks for one

    def prune(self) -> None:
        """Let go of the rules: a thousand of them are 35,000 nodes that are hardly ever asked for.

        They are read from the text again when a mistake in one of them must be shown.
        """
        rules = self.root.fields.get("rules")
        if rules is not None:
            less = replace(rules, value=None, items=(), fields=_NONE, keys=_NONE)
            self.root = replace(self.root, value=None, fields={**self.root.fields, "rules": less})
            self.pruned = True

    def node(self, keys: Keys) -> Node:
        """Return the value at the end of that path, or the last one on the way that exists."""
        if self.pruned and keys[:1] == ("rules",):
            self.root, self.pruned = read_tree(self.text).root, False
        node = self.root
        for key in keys:
            if isinstance(key, str) and key in node.fields:
                node = node.fields[key]
            elif isinstance(key, int) and 0 <= key < len(node.items):
                node = node.items[key]
            else:
                break
        return node

    def spot(self, node: Node) -> Spot:
        """Return where a value stands, up to the end of its first line."""
        end = node.end_column if node.end_line == node.line else len(self.text.line(node.line))
        return Spot(node.line, node.column, max(end - node.column, 0))

    def inside(self, node: Node, offset: int) -> Spot:
        """Return where that character of a text stands; the whole value where it has none.

        Quotes, escapes, folded lines and indentation are skipped, because the characters of the
        value come in the same order in the file.
        """
        if (
            not isinstance(node.value, str)
            or not node.value
            or (offset <= 0 and node.style not in {"|", ">"})
        ):
            return self.spot(node)
        block = node.style in {"|", ">"}
        line, column = node.line + block, 0 if block else node.column + bool(node.style)
        for char in node.value[: max(offset, 0) + 1]:
            if char.isspace():
                continue
            while (found := self.text.line(line).find(char, column)) < 0:
                line, column = line + 1, 0
                if line > node.end_line:
                    return self.spot(node)
            column = found + 1
        return Spot(line, column if char.isspace() else column - 1)

    def lines(self, node: Node) -> str:
        """Return the lines that a value takes, as they stand."""
        last = node
        while last.items or last.fields:
            last = last.items[-1] if last.items else list(last.fields.values())[-1]
        # A block ends where the next line begins; a list or mapping, where the next token does.
        end = last.end_line if last.end_column or last.end_line == last.line else last.end_line - 1
        return "\n".join(self.text.lines[node.line : end + 1]).rstrip()

    def key_spot(self, keys: Keys) -> Spot:
        """Return where the last key of the path stands; the value where it has no key."""
        holder = self.node(keys[:-1])
        return self.spot(holder.keys.get(str(keys[-1]), self.node(keys)))


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking a growing tree again and again.

    Measured with 10,000 rules in one file: 0.9 s instead of 1.5 s for the tree alone.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_tree(text: Text) -> Tree:
    """Return what the text says; raise ConfigError where it is not YAML, or too deep."""
    builder = _Builder(text)
    try:
        with uncollected():
            for event in yaml.parse(text.text, Loader=yaml.CSafeLoader):
                builder.take(event)
    except yaml.MarkedYAMLError as error:
        problem = mend(error, text, builder.last)
        raise ConfigError([*(flaw.problem for flaw in builder.flaws), problem]) from error
    nothing = Node(None, 0, 0, 0, 0)
    return Tree(text=text, root=builder.root or nothing, flaws=builder.flaws)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    name: str | int
    items: list[Node] | None = None  #: of a list
    fields: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)
    key: Node | None = None  #: of a mapping, when its value comes next

    @property
    def expects_key(self) -> bool:
        return self.items is None and self.key is None


class _Builder:
    """Takes YAML's events one by one.

    The event stream is flat, so that neither our stack nor libyaml's can overflow: composing
    200,000 nested lists with libyaml crashes the process.
    """

    def __init__(self, text: Text) -> None:
        self.root: Node | None = None
        self.flaws: list[Finding] = []
        self.last: yaml.ScalarEvent | None = None
        self._text = text
        self._open: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        """Add what the event says."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            name = self._hang(_node(event, None))
            self._flaw(Code.ALIAS, FIRST_CHARACTERS["*"], event, name)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            message = "`---` begins a second document here: keep one, or use include"
            problem = self._text.problem(Code.YAML, message, _spot(event))
            raise ConfigError([*(flaw.problem for flaw in self.flaws), problem])

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self.last = event
        text = event.value
        value: Value = text
        style = event.style or ""
        if not style and not (self._open and self._open[-1].expects_key):
            if text in _WORDS:
                value = _WORDS[text]
            elif _NUMBER.fullmatch(text):
                value = int(text)
        name = self._hang(_node(event, value, style))
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, name)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = _node(event, [] if is_list else {})
        node.flow = bool(event.flow_style)
        if self._open and self._open[-1].expects_key:
            self._flaw(Code.SHAPE, "a key must be a plain word: put this text in quotes", event)
        name = self._hang(node)
        if event.anchor is not None or event.tag is not None:
            self._refuse(event, name)
        self._open.append(_Open(node, name, [] if is_list else None))
        if len(self._open) > DEEPEST:
            problem = self._text.problem(Code.TOO_DEEP, Code.TOO_DEEP.explanation, _spot(event))
            raise ConfigError([problem])

    def _end(self, event: yaml.Event) -> None:
        done = self._open.pop()
        node = done.node
        _, _, node.end_line, node.end_column = _range(event)
        node.items, node.fields, node.keys = done.items or (), done.fields, done.keys

    def _refuse(self, event: yaml.NodeEvent, name: str | int) -> None:
        """Refuse an anchor or a tag before a value."""
        if event.anchor is not None:
            self._flaw(Code.ALIAS, FIRST_CHARACTERS["&"], event, name)
        else:
            self._flaw(Code.TAG, FIRST_CHARACTERS["!"], event, name)

    def _hang(self, node: Node) -> str | int:
        """Put a value where it belongs; return its last key."""
        if not self._open:
            self.root = node
            return ""
        top = self._open[-1]
        holder = top.node.value
        if top.items is not None and isinstance(holder, list):
            holder.append(node.value)
            top.items.append(node)
            return len(top.items) - 1
        if top.key is None:
            top.key = node
            return str(node.value)
        key, top.key = top.key, None
        name = str(key.value)
        if name in top.keys:
            self._twice(key, top.keys[name], name)
        elif isinstance(holder, dict) and isinstance(key.value, str):
            holder[name] = node.value
            top.keys[name], top.fields[name] = key, node
        return name

    def _twice(self, key: Node, first: Node, name: str) -> None:
        message = (
            f"`{name}` stands here twice, first in line {first.line + 1}: "
            "keep one of them, or join them"
        )
        spot = Spot(key.line, key.column, key.end_column - key.column)
        problem = self._text.problem(Code.DUPLICATE_KEY, message, spot)
        self.flaws.append(Finding(keys=(*self._path(), name), problem=problem))

    def _path(self) -> Keys:
        return tuple(level.name for level in self._open[1:])

    def _flaw(self, code: Code, text: str, event: yaml.Event, name: str | int = "") -> None:
        problem = self._text.problem(code, text, _spot(event))
        self.flaws.append(Finding(keys=(*self._path(), name), problem=problem))


def _node(event: yaml.Event, value: Value, style: str = "") -> Node:
    return Node(value, *_range(event), style)


def _spot(event: yaml.Event) -> Spot:
    line, column, end_line, end_column = _range(event)
    return Spot(line, column, end_column - column if end_line == line else 0)


def _range(event: yaml.Event) -> tuple[int, int, int, int]:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise ValueError("YAML's parser gives marks to every event")
    return start.line, start.column, end.line, end.column
