"""How an alert looks: Jinja2 that makes Telegram's HTML, in a sandbox that cannot run away.

Who writes a template is trusted; what it is filled with is not, and nobody has tried it with
everything. So it may show, choose and repeat, and nothing else: no calls, no own variables, no
other files. What it makes is bounded, however it loops.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from monitor.config.words import did_you_mean
from monitor.notify.legible import clipped, visible
from monitor.notify.markup import Marked, MarkupError, parse, tidied

log = logging.getLogger(__name__)

#: Characters of HTML: a full message whose dozen links all lead to the longest of addresses.
LONGEST: Final = 100_000
#: Turns of all its loops together.
TURNS: Final = 2_000
#: Characters of a template, and loops inside each other.
SOURCE: Final = 10_000
DEEPEST: Final = 3

_TURN = "turn"
_NO_PART = re.compile(r"'?([A-Za-z_.]+?)(?: object)?'? has no attribute '(\w+)'")
_ALLOWED: Final[tuple[type[nodes.Node], ...]] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.Tuple,
    nodes.List,
    nodes.Keyword,
    nodes.Neg,
)
_WORDS: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Call: "calls",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Macro: "{% macro %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% import %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.With: "{% with %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Dict: "{ }",
    nodes.Slice: "[ : ]; write |truncate(80) for a text, |head(3) for a list",
}
TESTS: Final = ("defined", "none", "even", "odd", "in")


class TemplateMistake(ValueError):
    """What is wrong with a template, where, and about which of its words."""

    def __init__(self, text: str, line: int = 1, about: str = "") -> None:
        """Say it; lines count from 1."""
        super().__init__(text)
        self.line, self.about = max(line, 1), about


class Template:
    """A template that can be rendered."""

    def __init__(self, name: str, source: str) -> None:
        """Compile it; raise TemplateMistake where that cannot be."""
        self.name = name
        self.source = source
        try:
            self._compiled = _ENVIRONMENT.from_string(tree(source))
        except TemplateSyntaxError as error:  # a filter that there is not
            raise TemplateMistake(error.message or "it cannot be read", error.lineno) from error
        self._failed = False

    def html(self, context: Mapping[str, object]) -> str:
        """Return what it makes of an alert; raise TemplateMistake where it fails."""
        try:
            return "".join(_bounded(self._compiled.generate({**context, _BUDGET: _Budget()})))
        except _TooMuch as error:
            raise TemplateMistake(str(error)) from error
        except UndefinedError as error:
            raise _undefined(error) from error
        except Exception as error:  # a template can stumble over anything that it is filled with
            raise TemplateMistake(f"it fails: {error}", _line(error)) from error

    def marked(self, context: Mapping[str, object]) -> Marked:
        """Return what it makes as Telegram shows it; raise TemplateMistake where it fails."""
        html = self.html(context)
        try:
            made = tidied(parse(html))
        except MarkupError as error:
            token = re.match(r"<[^<>]*>|\S{1,20}", html[error.at :])
            raise self._misplaced(str(error), token[0] if token else "") from error
        if not visible(made.text):
            raise TemplateMistake("it shows nothing")
        return made

    def _misplaced(self, text: str, token: str) -> TemplateMistake:
        """Return the mistake where the template itself has that token; else with the token."""
        lines = self.source.split("\n")
        # A tag whose attribute is filled in begins like the one in the template.
        for about in filter(None, (token, token.split('"', maxsplit=1)[0] if '"' in token else "")):
            for number, row in enumerate(lines, 1):
                if about in row:
                    return TemplateMistake(text, number, about)
        return TemplateMistake(f"{text}, in what it makes: {token}")

    def fails_first(self) -> bool:
        """Return whether this is its first failure, which is worth a line in the log."""
        first, self._failed = not self._failed, True
        return first


class _TooMuch(Exception):
    """A template that does not come to an end."""


@dataclass(slots=True)
class _Budget:
    turns: int = field(default=TURNS)


_BUDGET: Final = "budget of turns"  # no name that a template could say


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LONGEST:
            raise _TooMuch(f"it makes more than {LONGEST:,} characters")
        yield piece


class _Sandbox(ImmutableSandboxedEnvironment):
    """Calls nothing, whatever it is."""

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002  # its parent's word for it
        return False


def _environment() -> _Sandbox:
    environment = _Sandbox(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # What is folded while compiling is under no budget.
        optimized=False,
    )
    environment.globals.clear()
    environment.filters = {
        name: made
        for name, made in environment.filters.items()
        if name in {"default", "d", "escape", "e", "first", "last", "length", "count"}
    }
    environment.filters |= FILTERS
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


def _join(values: object, by: object = "") -> Markup:
    pieces = [escape(value) for value in _several(values)]
    between = escape(by)
    if sum(map(len, pieces)) + len(between) * len(pieces) > LONGEST:
        raise _TooMuch(f"`join` makes more than {LONGEST:,} characters")
    return between.join(pieces)


def _plain(value: object) -> str:
    """Return a text; what is bold in it is so no more."""
    return value.striptags() if isinstance(value, Markup) else str(value)


def _trim(value: object) -> str:
    return value.strip() if isinstance(value, str) else str(value).strip()


def _truncate(value: object, length: int = 100) -> str:
    return clipped(_plain(value), max(int(length), 1))


def _head(values: object, length: int = 1) -> Sequence[object]:
    return list(islice(_several(values), max(int(length), 0)))


@pass_context
def _turn(context: Context, values: object) -> Iterator[object]:
    budget = context[_BUDGET]
    for value in _several(values):
        budget.turns -= 1
        if budget.turns < 0:
            raise _TooMuch(f"its loops take more than {TURNS:,} turns")
        yield value


def _several(values: object) -> Iterable[object]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError("only a list can be gone through")
    return values


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "head": _head,
    "join": _join,
    "lower": lambda value: _plain(value).lower(),
    "upper": lambda value: _plain(value).upper(),
    "trim": _trim,
    "truncate": _truncate,
    _TURN: _turn,
}
_ENVIRONMENT: Final = _environment()


def tree(source: str) -> nodes.Template:
    """Return a template that keeps to what it may do; raise TemplateMistake."""
    if len(source) > SOURCE:
        raise TemplateMistake(f"a template has at most {SOURCE:,} characters")
    try:
        parsed = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateMistake(error.message or "it cannot be read", error.lineno) from error
    _permitted(parsed, 0)
    for loop in list(parsed.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, _TURN, [], [], None, None, lineno=loop.iter.lineno)
    return parsed


def _permitted(node: nodes.Node, deep: int) -> None:
    """Object to whatever does more than show, choose and repeat."""
    if not isinstance(node, _ALLOWED):
        what = _WORDS.get(type(node), f"`{type(node).__name__.lower()}`")
        raise TemplateMistake(f"a template cannot use {what}", node.lineno)
    if isinstance(node, nodes.For):
        deep += 1
        if deep > DEEPEST:
            raise TemplateMistake(
                f"loops stand inside each other at most {DEEPEST} deep", node.lineno
            )
        if node.recursive or node.test is not None:
            raise TemplateMistake("write {% if %} inside the loop", node.lineno)
    for child in node.iter_child_nodes():
        _permitted(child, deep)


def _line(error: BaseException) -> int:
    """Return the line of the template in which it happened."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    lines = [at for frame, at in walk_tb(error.__traceback__) if _is_template(frame)]
    return lines[-1] if lines else 1


def _undefined(error: UndefinedError) -> TemplateMistake:
    """Return in our words that something has no such part."""
    found = _NO_PART.search(error.message or "")
    if found is None:
        return TemplateMistake(error.message or "something is not there", _line(error))
    if found[1] == "None":
        text = f"`.{found[2]}` is asked of what can be nothing: write {{% if … %}} around it"
    else:
        text = f"there is no `.{found[2]}`"
    return TemplateMistake(text, _line(error), f".{found[2]}")


def _is_template(frame: FrameType) -> bool:
    return frame.f_code.co_filename == "<template>"


def unknown(source: str, names: Collection[str]) -> Iterator[TemplateMistake]:
    """Yield the variables of a template that there are not."""
    parsed = _ENVIRONMENT.parse(source)
    own = {"loop"}
    for loop in parsed.find_all(nodes.For):
        own |= {name.name for name in loop.target.find_all(nodes.Name)}
        own |= {loop.target.name} if isinstance(loop.target, nodes.Name) else set()
    for name in parsed.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in {*names, *own}:
            hint = did_you_mean(name.name, names)
            yield TemplateMistake(f"there is no `{name.name}`{hint}", name.lineno, name.name)


def shipped(name: str) -> Template:
    """Return a template that comes with the program."""
    file = files("monitor.notify") / "templates" / f"{name}.j2"
    return Template(name, file.read_text(encoding="utf-8"))


FULL: Final = shipped("full")
BRIEF: Final = shipped("brief")
#: Their names, which nobody else can give to a template.
SHIPPED: Final[Mapping[str, Template]] = {"full": FULL, "brief": BRIEF}


def named(name: str, own: Mapping[str, str]) -> Template:
    """Return the template of that name, one of ours or of the configuration's own.

    One that cannot be compiled, or that is not there, costs no alert: they look as usual.
    """
    if name in SHIPPED:
        return SHIPPED[name]
    try:
        return Template(name, own[name])
    except KeyError:
        log.warning("there is no template %s; alerts look as usual", name)
    except TemplateMistake as mistake:
        log.warning("template %s: line %d: %s; alerts look as usual", name, mistake.line, mistake)
    return FULL
