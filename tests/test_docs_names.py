"""What the documentation names exists: commands, options, variables, files, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from guide import DOCS, FENCE, NAMES, ROOT

from monitor.cli import app


def spans(path: Path) -> Iterator[str]:
    """Return the code in a text: inline, fenced, and indented, line by line."""
    text = path.read_text(encoding="utf-8").replace("\\|", "|")
    for fence in FENCE.finditer(text):
        yield from fence[2].splitlines()
    rest = FENCE.sub("", text)
    yield from re.findall(r"`([^`\n]+)`", rest)
    yield from re.findall(r"^ {4}(\S.*)$", rest, re.MULTILINE)


def commands(word: str, path: Path) -> Iterator[list[str]]:
    """Return what follows that word, up to a pipe or a comment."""
    for span in spans(path):
        for piece in re.split(r"\s[|#]\s|\s#", span):
            words = piece.strip("[] ").split()
            if words[:1] == [word]:
                yield words[1:]


def command_of(words: list[str]) -> tuple[list, list[str]]:
    """Return the commands that the words name (`list|retry` names two), and the other words."""
    known = [typer.main.get_command(app)]
    while words and hasattr(known[0], "commands"):
        group, (name, *words) = known[0], words
        if name.startswith("-"):
            return known, [name, *words]
        known = [group.commands[one] for one in name.split("|")]
    return known, words


@pytest.mark.parametrize("path", DOCS, ids=NAMES)
def test_every_command_and_option_that_is_named_exists(path):
    for words in commands("monitor", path):
        found, rest = command_of(words)
        for command in found:
            options = {name for param in command.params for name in param.opts} | {"--help"}
            named = {word.strip("[]") for word in rest if word.lstrip("[").startswith("-")}
            assert named <= options, words


def test_every_command_there_is_is_named():
    group = typer.main.get_command(app)
    named = {words[0] for path in DOCS for words in commands("monitor", path) if words}

    assert set(group.commands) <= named


def test_the_words_of_run_sh_are_the_ones_that_are_named():
    script = (ROOT / "run.sh").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+)\)", script, re.MULTILINE))
    helped = set(re.findall(r"^\./run\.sh (\w+)", script, re.MULTILINE))
    files = [*DOCS, ROOT / "CONTRIBUTING.md"]
    named = {words[0] for path in files for words in commands("./run.sh", path) if words}

    assert named <= known
    assert helped == known


def test_the_variables_that_are_named_are_the_ones_that_are_read():
    # Of a variable that belongs to one receiver or proxy, the program knows only how it begins.
    variable = re.compile(r"\bMONITOR_(?:(?:APPRISE|PROXY|WEBHOOK)_|[A-Z_]+\b)")
    code = [*(ROOT / "monitor").rglob("*.py"), *(ROOT / "spiders").rglob("*.py")]
    named, read = (
        {name for path in paths for name in variable.findall(path.read_text(encoding="utf-8"))}
        for paths in (DOCS, code)
    )

    assert {name for name in named | read if not name.startswith("MONITOR_TEST_")} - {
        "MONITOR_FAULT"
    } == named & read


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", DOCS, ids=NAMES)
def test_every_link_leads_somewhere(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name) if name else path
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("path", DOCS, ids=NAMES)
def test_every_file_that_is_named_is_there(path):
    named = {span for span in spans(path) if re.fullmatch(r"[\w./]+\.(py|md|sh|toml|txt)", span)}

    assert [name for name in named if not any(ROOT.glob(f"**/{name}"))] == []
