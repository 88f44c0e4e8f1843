"""`monitor match`: documents in, matches out, for other programs to call."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, BeforeValidator, ValidationError

from monitor.cli.checking import report
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache, err
from monitor.config.load import load
from monitor.config.schema import Source
from monitor.errors import MonitorError
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.morphology import Expander
from monitor.model import Hit, Match

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Readable(BaseModel):
    """One line of input; what matching does not need, as `published_at`, is left alone."""

    id: str | int
    title: _Text = ""
    text: _Text = ""
    language: str | None = None
    source: str | None = None


def match(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[INPUT]", help="JSON lines; standard input by default"),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Hold documents against the rules: JSON lines in, JSON lines out, in the same order.

    In: id, title, text, language?, source?, published_at?. Out: id, language, matches.
    """
    loaded = load(config)
    compiled, problems = compile_rules(
        loaded.config.rules, loaded.config.vocabulary, Expander(cache())
    )
    wrong = [*loaded.problems, *map(loaded.placed, problems)]
    errors = [problem for problem in wrong if not problem.warning]
    report(errors)
    matcher = Matcher(compiled)
    identifier = LanguageIdentifier(loaded.config.language.engine)
    sources = {source.id: source for source in loaded.config.sources}
    unreadable = 0
    with _opened(file) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                document = Readable.model_validate_json(line)
            except ValidationError as error:
                unreadable += 1
                err.print(f"{file or '<stdin>'}:{number}: {_why(error)}", soft_wrap=True)
                continue
            sys.stdout.write(_answer(document, matcher, identifier, sources) + "\n")
    sys.stdout.flush()
    if unreadable:
        raise typer.Exit(2)
    if errors:
        raise typer.Exit(1)


def _answer(
    document: Readable,
    matcher: Matcher,
    identifier: LanguageIdentifier,
    sources: dict[str, Source],
) -> str:
    source = sources.get(document.source or "")
    declared = document.language or (source.language if source else None)
    tongue = identifier.identify(document.title, document.text, declared)
    found, errors = matcher.match(
        document.title, document.text, tongue, source.provenance if source else None
    )
    for error in errors:
        err.print(f"{document.id}: rule {error.rule} failed: {error.reason}", soft_wrap=True)
    answer = {
        "id": document.id,
        "language": tongue.code,
        "matches": [_match(one) for one in found],
    }
    return json.dumps(answer, ensure_ascii=False)


def _match(found: Match) -> dict[str, object]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "hits": [_hit(hit) for hit in found.hits],
    }


def _hit(hit: Hit) -> dict[str, object]:
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


@contextmanager
def _opened(file: Path | None) -> Iterator[Iterable[str]]:
    if file is None or str(file) == "-":
        if isinstance(sys.stdin, TextIOWrapper):  # UTF-8, whatever the locale says
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        yield sys.stdin
        return
    try:
        lines = file.open(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise MonitorError(f"cannot read {file}: {error.strerror}") from error
    with lines:
        yield lines
