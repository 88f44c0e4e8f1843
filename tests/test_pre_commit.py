"""A commit of rules is checked before it is made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: monitor-check
        name: monitor check
        entry: monitor check
        language: system
        files: \\.ya?ml$
        pass_filenames: false
"""
CONFIG = """\
version: 1
route: {receiver: here}
rules:
  - id: bridges
    match: {any: [мост]}
    tests: [{catches: Мосты закрыты.}]
"""


def run(folder: Path, *command: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home or folder),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def repository(tmp_path):
    (tmp_path / ".pre-commit-config.yaml").write_text(HOOKS, encoding="utf-8")
    run(tmp_path, "git", "init", "-q")
    return tmp_path


@pytest.mark.parametrize(
    ("said", "status"),
    [(CONFIG, 0), (CONFIG.replace("Мосты закрыты", "Тихо"), 1)],
    ids=["a rule that passes its tests", "a rule that fails its tests"],
)
def test_the_hook_lets_through_what_is_right(repository, said, status):
    (repository / "config.yaml").write_text(said, encoding="utf-8")
    run(repository, "git", "add", ".")

    done = run(repository, "pre-commit", "run")

    assert done.returncode == status, done.stdout + done.stderr
    assert ("error MM150" in done.stdout) == bool(status)


def test_the_hook_that_is_offered_to_others_is_well_formed(tmp_path):
    manifest = ".pre-commit-hooks.yaml"

    done = run(ROOT, "pre-commit", "validate-manifest", manifest, home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
