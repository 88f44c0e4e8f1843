"""The documentation, read: its fenced blocks, its tables, and what `monitor check` says of them."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from monitor.cli.checking import findings
from monitor.config.load import Loaded, load
from monitor.errors import ConfigError, Problem
from monitor.match.words.morphology import Expander

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RULES = ROOT / "docs" / "rules.md"
READY = ROOT / "docs" / "lists.md"
NAMES = [path.name for path in DOCS]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MISTAKE = re.compile(r"<!-- mistake: (MM\d{3}(?: MM\d{3})*) -->\n$")
FILE_NAME = re.compile(r"# (\S+\.yaml)\n")
ENDS = {"version": "version: 1\n", "route": "route: {receiver: here}\n"}


class Block(NamedTuple):
    """A fenced block, with what stands around it."""

    place: str
    kind: str
    text: str
    mistakes: tuple[str, ...]  #: the codes that it must yield
    answer: str  #: the text block right after it

    @property
    def name(self) -> str:
        """Return the name that the block gives its file."""
        named = FILE_NAME.match(self.text)
        return named[1] if named else "config.yaml"


def blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for fence, after in pairwise([*found, None]):
        mistake = MISTAKE.search(text[: fence.start()])
        follows = after is not None and after[1] == "text"
        near = follows and not text[fence.end() : after.start()].strip()
        line = 1 + text.count("\n", 0, fence.start())
        yield Block(
            place=f"{path.name}:{line}",
            kind=fence[1],
            text=fence[2],
            mistakes=tuple(mistake[1].split()) if mistake else (),
            answer=after[2] if near else "",
        )


def of_kind(kind: str, *paths: Path) -> list[Block]:
    return [block for path in paths or DOCS for block in blocks(path) if block.kind == kind]


def by_place(*found: Block) -> list:
    return [pytest.param(block, id=block.place) for block in found]


@cache
def expander() -> Expander:
    return Expander(None)


def lay_down(folder: Path, block: Block) -> None:
    """Write a block to its file; make a configuration around it where it is not one itself."""
    file = folder / block.name
    file.parent.mkdir(exist_ok=True)
    said = block.text
    if block.name == "config.yaml":
        missing = [line for key, line in ENDS.items() if f"\n{key}:" not in f"\n{said}"]
        said += "".join(missing)
    else:
        main = "".join(ENDS.values()) + f"include: [{block.name}]\n"
        (folder / "config.yaml").write_text(main, encoding="utf-8")
    file.write_text(said, encoding="utf-8")


def checked(folder: Path) -> list[Problem]:
    """Return what `monitor check` finds in the folder's config.yaml."""
    try:
        loaded: Loaded = load(folder / "config.yaml", {})
    except ConfigError as error:
        return list(error.problems)
    return list(findings(loaded, expander()).problems)


def codes(problems: list[Problem]) -> set[str]:
    return {problem.code for problem in problems}


def rows(path: Path, mark: str) -> Iterator[list[str]]:
    """Return the cells of each row of the tables under that comment."""
    for part in path.read_text(encoding="utf-8").split(f"<!-- {mark} -->\n")[1:]:
        table = part.split("\n\n")[0].splitlines()
        for line in table[2:]:
            yield [cell.strip() for cell in line.strip("|").split("|")]


@cache
def lists_of_the_guide() -> dict[str, list[str]]:
    said = [yaml.safe_load(block.text) for block in of_kind("yaml", RULES) if not block.mistakes]
    return {name: terms for one in said for name, terms in one.get("lists", {}).items()}
