"""`monitor match`: documents in, matches out, for other programs to call."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.checking import report
from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, cache, err
from monitor.cli.lines import Lines, Readable, hit_shape
from monitor.config.load import load
from monitor.config.source import Source
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher, compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import Match


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
        loaded.config.rules, loaded.config.vocabulary, Expander(cache()), advice=False
    )
    wrong = [*loaded.problems, *map(loaded.placed, problems)]
    errors = [problem for problem in wrong if not problem.warning]
    report(errors)
    matcher = Matcher(compiled)
    identifier = LanguageIdentifier(loaded.config.language.engine)
    sources = {source.id: source for source in loaded.config.sources}
    lines = Lines(file, Readable)
    for _, document in lines:
        sys.stdout.write(_answer(document, matcher, identifier, sources) + "\n")
    sys.stdout.flush()
    if lines.unreadable:
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
        "hits": [hit_shape(hit) for hit in found.hits],
    }
