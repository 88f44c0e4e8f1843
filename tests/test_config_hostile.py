"""No file, however broken or hostile, does more than be refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.load import load
from monitor.config.report import FORMATS
from monitor.errors import ConfigError, Problem

GOOD = """version: 1
store: sqlite:///data/monitor.db
timezone: Europe/Kyiv
egress: {allow: [127.0.0.0/8]}
sources:
  - {id: one, name: Один, country: ru, kind: state, language: ru, url: "https://one.ru/", every: 2m}
  - {group: ua-official, except: [ua-niss]}
lists:
  kyiv: [Київ, Киев, Kyiv]
rules:
  - id: reshuffling
    title: Retreat called “reshuffling”
    severity: high
    tags: [euphemism, kharkiv]
    where: {country: [ru], kind: [official, state]}
    match:
      any:
        - перегруппировка
        - отвлекающий манёвр
      near: {terms: [[удар, обстріл], $kyiv], within: 8}
      except:
        - перегруппировка активов
    tests:
      - catches: Войска перегруппированы в районе Изюма
      - {ignores: Совет директоров перегруппировал активы, language: ru}
  - id: mobilization
    query: |
      (мобилизация OR мобілізація) NEAR/8 ($kyiv OR "полный")
receivers:
  - {name: desk, telegram: {chat_id: "@our_desk"}}
  - {name: here, console: {}}
route: {receiver: here}
operator: {receiver: desk}
"""
PIECES = [*" \n\t-:#'\"[]{}&*!|>%@`,?\\\r\x00\x85\u2028\ufeff", "- ", ": ", " #", "--- ", "<<: "]
PIECES += ["null", "~", "1e9", "*x", "&x", "!!int ", "🔥", "\U0010ffff", "Ж", "%YAML 9\n", "? "]

edits = st.lists(
    st.tuples(
        st.integers(0, len(GOOD) - 1),
        st.integers(0, 12),
        st.sampled_from(PIECES) | st.text(max_size=6),
    ),
    min_size=1,
    max_size=4,
)


def check(folder: Path, data: bytes) -> None:
    """Load the bytes; whatever is wrong must be a problem with a place and a mend."""
    path = folder / "config.yaml"
    path.write_bytes(data)
    try:
        problems = load(path, {}).problems
    except ConfigError as error:
        problems = error.problems
        assert any(not problem.warning for problem in problems)
    for problem in problems:
        assert_is_whole(problem)
    for render in FORMATS.values():
        render(problems)


def assert_is_whole(problem: Problem) -> None:
    assert problem.text
    assert problem.file
    assert problem.line >= 1
    assert problem.column >= 1
    assert problem.column <= len(problem.source_line) + 1
    assert "\n" not in str(problem)


def test_the_good_one_is_good(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")

    assert load(path, {}).problems == ()


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=edits)
def test_no_change_of_a_good_file_makes_the_loader_fall(tmp_path, changes):
    text = GOOD
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]

    check(tmp_path, text.encode("utf-8", errors="replace"))


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_loader_fall(tmp_path, data):
    check(tmp_path, b"version: 1\nroute: {receiver: here}\n" + data)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    lines=st.permutations(GOOD.splitlines(keepends=True)), dropped=st.integers(0, GOOD.count("\n"))
)
def test_no_order_of_its_lines_makes_the_loader_fall(tmp_path, lines, dropped):
    check(tmp_path, "".join(lines[dropped:]).encode())


BOMBS = {
    "200,000 lists in each other": "'[' * 200_000",
    "200,000 mappings in each other": "'{a: ' * 200_000",
    "200,000 items in each other": "'- ' * 200_000",
    "100,000 indentations": r"'\n'.join(' ' * n + 'a:' for n in range(2_000))",
    "aliases of aliases": (
        r"'a0: &a0 [x, x]\n' + ''.join("
        r"f'a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n' for n in range(1, 60))"
    ),
    "a million commas": "'a: [' + ',' * 1_000_000",
    "one long word": "'a' * 5_000_000",
    "an endless quote": "'a: \"' + 'x ' * 1_000_000",
    "100,000 keys that are one": r"'a: 1\n' * 100_000",
    "a number of a million digits": "'version: ' + '9' * 1_000_000",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_a_process_that_lives_on(tmp_path, name):
    # In a process of its own: composing such a file with libyaml ends the process that does it.
    program = (
        "import sys, pathlib, resource\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))\n"
        "from monitor.config.load import load\n"
        "from monitor.errors import ConfigError\n"
        f"text = {BOMBS[name]}\n"
        "path = pathlib.Path(sys.argv[1], 'config.yaml')\n"
        "path.write_text(text)\n"
        "try:\n"
        "    load(path, {})\n"
        "except ConfigError as error:\n"
        "    sys.exit(0 if error.problems else 3)\n"
        "sys.exit(4)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )

    assert done.returncode == 0, done.stderr[-2000:]
