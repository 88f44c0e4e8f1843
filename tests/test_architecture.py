"""What holds for the files themselves: their size, what they import, and what they must not hold.

The floors of the house are import-linter's, in `./run.sh check`.
"""

import ast
import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = [path for room in ("monitor", "spiders") for path in sorted((ROOT / room).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

#: Libraries without types: the one file that imports each answers for what it returns.
UNTYPED = {
    "apscheduler": "monitor/app/daemon.py",
    "fasttext": "monitor/match/lid_fasttext.py",
    "feedparser": "monitor/collect/syndication.py",
    "langdetect": "monitor/match/lid_langdetect.py",
    "pymorphy3": "monitor/match/words/slavic.py",
}
LONGEST = 400

SECRETS = re.compile(
    r"(?<!\d)(?P<bot>\d{6,}):[A-Za-z0-9_-]{30,}"  # a Telegram token
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[oprsu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}"
)
#: The bot that the tests invented, and the one of Telegram's own documentation.
NOBODYS_BOTS = {"123456789", "110201543"}
MACHINE = re.compile(r"(?<![\w.~}])/(?:home|Users|root|work)/\w|\b[A-Z]:\\Users\\")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the names of all packages that a file imports, inside of functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def importers(package: str) -> list[str]:
    return [name(path) for path in PROGRAM if package in imported(path)]


def tracked() -> list[Path]:
    """Return what is in the repository, or would be with the next commit."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git, and a clone of the repository")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found = [ROOT / one for one in listed.stdout.decode().split("\0") if one]
    return [path for path in found if path.is_file()]


def texts() -> list[tuple[str, str]]:
    return [(name(path), path.read_bytes().decode("utf-8", "replace")) for path in tracked()]


def dependencies() -> set[str]:
    return {re.split(r"[\[<>=~! ]", one)[0].lower() for one in PROJECT["project"]["dependencies"]}


def test_no_file_is_longer_than_one_can_read_in_a_sitting():
    lengths = {name(path): path.read_text(encoding="utf-8").count("\n") for path in PROGRAM + TESTS}

    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_is_a_drawer_for_everything():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}

    assert [name(path) for path in PROGRAM + TESTS if path.stem in drawers] == []


@pytest.mark.parametrize("package", UNTYPED)
def test_a_library_without_types_is_imported_in_one_file(package):
    assert importers(package) == [UNTYPED[package]]


def test_every_library_that_mypy_is_told_to_pass_over_is_imported_in_one_file_at_most():
    [override] = PROJECT["tool"]["mypy"]["overrides"]
    packages = {pattern.partition(".")[0] for pattern in override["module"]}

    assert packages >= UNTYPED.keys()
    assert [one for one in packages if len(importers(one)) > 1] == []


def test_only_the_files_named_after_it_and_the_bot_may_know_telegram():
    named = re.compile(r"monitor/notify/(telegram|bot)\w*\.py")

    assert "monitor/notify/telegram.py" in importers("telegram")
    assert [file for file in importers("telegram") if not named.fullmatch(file)] == []


@pytest.mark.parametrize("package", ["sqlalchemy", "sqlite3", "psycopg"])
def test_only_the_archive_speaks_sql(package):
    assert [file for file in importers(package) if not file.startswith("monitor/archive/")] == []


def test_the_program_imports_no_spider():
    found = importers("spiders")

    assert [file for file in found if not file.startswith("spiders/")] == []


def test_nothing_in_the_repository_looks_like_a_secret():
    found = [
        (file, text.count("\n", 0, secret.start()) + 1)
        for file, text in texts()
        for secret in SECRETS.finditer(text)
        if secret["bot"] not in NOBODYS_BOTS
    ]

    assert found == []


def test_nothing_in_the_repository_names_a_place_on_somebodys_machine():
    found = [
        (file, text.count("\n", 0, place.start()) + 1)
        for file, text in texts()
        for place in MACHINE.finditer(text)
    ]

    assert found == []


def test_every_pinned_library_has_a_hash_and_none_an_address():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())

    assert "://" not in text
    assert [one.split("\n")[0] for one in entries if not re.match(r"[\w.\[\]-]+==\S+", one)] == []
    assert [one.split("\n")[0] for one in entries if "--hash=sha256:" not in one] == []


def test_every_dependency_is_pinned():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {found.lower() for found in re.findall(r"^([\w.-]+)", text, re.MULTILINE)}

    assert dependencies() - pinned == set()


def test_every_dependency_has_its_reason_in_the_design_notes():
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    table = text.partition("## Libraries")[2].partition("\n## ")[0]
    cells = [row.split("|")[1] for row in re.findall(r"^\|.+$", table, re.MULTILINE)[2:]]
    named = {one.split()[0].lower() for cell in cells for one in cell.split(",")}

    assert named == dependencies()
