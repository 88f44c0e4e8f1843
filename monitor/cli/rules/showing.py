"""`monitor rules explain`: which part of a rule holds for a text, and which does not."""

import json
import sys
from dataclasses import asdict
from io import StringIO
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from monitor.cli.checking import many, report
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, out
from monitor.cli.quoting import LANGUAGE_NAMES
from monitor.cli.rules.chosen import chosen
from monitor.config.load import Loaded, load
from monitor.config.words import did_you_mean
from monitor.errors import MonitorError
from monitor.match.explain import Explanation, Part
from monitor.match.explain import explain as explained
from monitor.match.language import LANGUAGES, LanguageIdentifier, Tongue
from monitor.model import Hit, Provenance

_HIT = "bold black on yellow"


def explain(  # noqa: PLR0913, PLR0917  # every option is one
    rule: Annotated[str, typer.Argument(metavar="RULE", help="a rule's id")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="a text, or - for standard input")],
    title: Annotated[str, typer.Option("--title", help="the document's title")] = "",
    language: Annotated[
        str | None, typer.Option("--language", help="uk, ru, …; told by default")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="read it as if it came from this source")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,  # noqa: FBT002  # typer's way
) -> None:
    """Show which part of a rule holds for a text, and which does not."""
    loaded = load(config)
    found = chosen(loaded, [rule])
    report(found.errors)
    if not found.compiled:
        raise typer.Exit(1)
    said = sys.stdin.read() if text == "-" else text
    provenance = _source(loaded, source)
    declared = language or (provenance.language if provenance else None)
    tongue = LanguageIdentifier(loaded.config.language.engine).identify(title, said, declared)
    if language:
        tongue = Tongue(_known(language), mixed=tongue.mixed)
    answer = explained(found.compiled[0], title, said, tongue, provenance)
    if as_json:
        out.print_json(json.dumps(asdict(answer) | {"caught": answer.caught}, ensure_ascii=False))
        return
    show(answer, title, said)


def show(answer: Explanation, title: str, text: str) -> None:
    """Print the parts of a rule, and the text with what was found in it."""
    for name, said in (("title", title), ("text", text)):
        if said.strip():
            out.print(_highlighted(said, [hit for hit in answer.hits if hit.field == name]))
    verdict = "[green]catches it[/]" if answer.caught else "[red]does not catch it[/]"
    read_as = LANGUAGE_NAMES.get(answer.tongue.code or "", "no language")
    if answer.tongue.mixed:
        read_as = "Russian and Ukrainian mixed"
    out.print(f"\n[bold]{answer.rule}[/] {verdict} (read as {read_as})", soft_wrap=True)
    for objection in answer.excluded:
        out.print(f"[red]✗[/] where: {escape(objection)}", soft_wrap=True)
    out.print(_tree(answer.tree))


def outline(part: Part) -> list[str]:
    """Return the parts of a rule as lines without colours."""
    plain = Console(file=StringIO(), width=400, color_system=None, highlight=False)
    with plain.capture() as captured:
        plain.print(_tree(part))
    return captured.get().splitlines()


def _tree(part: Part) -> Tree:
    tree = Tree(_line(part))
    _grow(tree, part)
    return tree


def _grow(tree: Tree, part: Part) -> None:
    if _is_list(part):
        return
    for inner in part.parts:
        _grow(tree.add(_line(inner)), inner)
    if part.silent:
        tree.add(f"[dim]and {many(part.silent, 'other part')} that {_hold(part.silent)}[/]")


def _hold(number: int) -> str:
    return "does not hold" if number == 1 else "do not hold"


def _is_list(part: Part) -> bool:
    """Return whether a part is a choice of words and phrases, which fits into a line."""
    return part.is_choice and all(inner.is_term for inner in part.parts)


def _line(part: Part) -> str:
    mark = "[green]✓[/]" if part.held else "[red]✗[/]"
    said = _list(part) if _is_list(part) else _term(part)
    return f"{mark} {said}" + (f" [yellow]({escape(part.note)})[/]" if part.note else "")


def _term(part: Part) -> str:
    if part.is_choice:
        return f"any of {escape(part.said)}".rstrip()
    found = ", ".join(f"“{escape(passage)}”" for passage in part.found)
    return escape(part.said) + (f": [green]{found}[/]" if found else "")


def _list(part: Part) -> str:
    """Return a choice of terms in a line: those that are there, and how many there are in all."""
    count = f"{len(part.parts) + part.silent} terms of {part.said}".removesuffix(" of ")
    if not part.held:
        notes = "; ".join(f"{one.said} ({one.note})" for one in part.parts if one.note)
        names = ", ".join(one.said for one in part.parts) if not part.silent else ""
        return escape(f"any of {count}: {notes or names or 'none is there'}")
    return escape(f"any of {count}: ") + "; ".join(map(_term, part.parts))


def _highlighted(text: str, hits: list[Hit]) -> Text:
    shown = Text(text)
    for hit in hits:
        shown.stylize(_HIT, hit.start, hit.end)
    return shown


def _source(loaded: Loaded, name: str | None) -> Provenance | None:
    if name is None:
        return None
    known = {source.id: source.provenance for source in loaded.config.sources}
    if name not in known:
        raise MonitorError(f"there is no source `{name}`{did_you_mean(name, known)}")
    return known[name]


def _known(language: str) -> str:
    if language not in LANGUAGES:
        hint = did_you_mean(language, LANGUAGES) or f"; known are {', '.join(LANGUAGES)}"
        raise MonitorError(f"no language is written `{language}`{hint}")
    return language
