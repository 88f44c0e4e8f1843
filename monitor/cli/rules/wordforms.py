"""`monitor rules forms`: what a word of a rule finds, what is left out, and why."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache, out
from monitor.cli.quoting import LANGUAGE_NAMES
from monitor.config.load import load
from monitor.errors import ConfigError, MonitorError
from monitor.match.text import fold, fold_lower, words
from monitor.match.words.account import Account, Pruned, Reading
from monitor.match.words.morphology import Expander

#: What may stand before a word in a rule, and changes nothing of its forms.
_MODIFIERS = re.compile(r"^(?:(?:title|text|name):)+")
_NO_WORD = re.compile(r"(?:(?:title|text):)*(?:=|case:|\$|.*\*$)")


def forms(
    asked: Annotated[list[str], typer.Argument(metavar="WORD…", help="words, as in a rule")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_yaml: Annotated[  # noqa: FBT002  # typer's way
        bool, typer.Option("--yaml", help="lines to put into a file, and to mend there")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,  # noqa: FBT002  # typer's way
) -> None:
    """Show in which forms a word is found, per language, and what is left out, and why."""
    expander = Expander(cache())
    given = _given(config)
    accounts = []
    for each in asked:
        if _NO_WORD.match(each.strip()):
            raise MonitorError(f"“{each}” is no word in any form: give a word, without = * $")
        each = _MODIFIERS.sub("", each.strip())  # noqa: PLW2901  # name:Изюм asks for Изюм
        found = words(fold(each))
        if not found:
            raise MonitorError(f"no word in “{each}”: write at least one letter or digit")
        shown = [each.strip()] if len(found) == 1 else found
        accounts += [
            replace(expander.account(word), word=name)
            for word, name in zip(found, shown, strict=True)
        ]
    expander.save()
    if as_json:
        out.print_json(json.dumps([_as_json(one, given) for one in accounts], ensure_ascii=False))
    elif as_yaml:
        out.print("forms:", markup=False)
        for one in accounts:
            listed = ", ".join(_found(one, expander)[1:] or [one.word.lower()])
            out.print(f"  {one.word}: [{listed}]", markup=False, soft_wrap=True)
    else:
        for one in accounts:
            _show(one, given.get(fold_lower(one.word)))


def _given(config: Path) -> dict[str, tuple[str, ...]]:
    """Return the words whose forms the configuration gives, if there is a configuration."""
    with suppress(ConfigError):
        return {fold_lower(word): of for word, of in load(config).config.forms.items()}
    return {}


def _found(account: Account, expander: Expander) -> tuple[str, ...]:
    return expander.expand(fold(account.word)).forms


def _show(account: Account, given: tuple[str, ...] | None) -> None:
    out.print(f"[bold]{escape(account.word)}[/]")
    if given is not None:
        out.print(f"  [green]as the configuration says[/]: {escape(', '.join(given))}")
        out.print("  [dim]otherwise it would be:[/]")
    if not account.readings:
        out.print("  found just as it is written")
    for reading in account.readings:
        _show_reading(reading)
    if account.pruned:
        out.print("  [cyan]in other languages[/]")
        out.print(Padding(_table(_reasons(account.pruned)), (0, 0, 0, 4), expand=False))
    if account.suggestions:
        said = [f"{one.word} [dim]({one.why})[/]" for one in account.suggestions]
        out.print(
            Padding(
                "words of their own, which you may want too: " + ", ".join(said),
                (0, 2),
                expand=False,
            )
        )


def _show_reading(reading: Reading) -> None:
    parts = f" {', '.join(reading.parts)}" if reading.parts else ""
    lemmas = ", ".join(reading.lemmas)
    said = ""
    if reading.is_form:
        said = f", read as {lemmas}"
    if reading.guessed:
        said += ", in no dictionary: guessed from words that end like it"
    name = LANGUAGE_NAMES[reading.language]
    out.print(f"  [cyan]{name}[/]{escape(parts)}[yellow]{escape(said)}[/]")
    own = [form for form in reading.forms if form not in reading.borrowed]
    rows = [("finds", escape(", ".join(own)))]
    if reading.borrowed:
        rows.append(("and", f"{escape(', '.join(reading.borrowed))} [dim](in quotations)[/]"))
    out.print(Padding(_table((*rows, *_reasons(reading.pruned))), (0, 0, 0, 4), expand=False))


def _table(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for label, text in rows:
        table.add_row(label, text)
    return table


def _reasons(pruned: tuple[Pruned, ...]) -> Iterator[tuple[str, str]]:
    """Yield the forms that are left out, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for one in pruned:
        by_reason.setdefault(one.why, []).append(one.form)
    for why, of in by_reason.items():
        yield "not", f"{escape(', '.join(of))} [dim]({escape(why)})[/]"


def _as_json(account: Account, given: dict[str, tuple[str, ...]]) -> dict[str, object]:
    return asdict(account) | {"given": given.get(fold_lower(account.word))}
