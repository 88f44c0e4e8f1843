"""What ships with the program: schemas, the first config, the codes."""

import json
import re
from pathlib import Path

import pytest

import monitor.config
from monitor.config.codes import Code
from monitor.config.files import read_catalogue
from monitor.config.include import BUILTIN
from monitor.config.load import load
from monitor.config.schema import SHIPPED, json_schema

ROOT = Path(__file__).parents[1]
GROUPS = read_catalogue(BUILTIN / "sources.yaml")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_schema_is_what_the_models_say(name):
    shipped = (Path(monitor.config.__file__).parent / name).read_text(encoding="utf-8")

    assert shipped == json_schema(SHIPPED[name]), "run ./run.sh fmt"


def test_the_schema_knows_the_keys_of_a_file_by_their_written_names():
    schema = json.loads(json_schema())

    assert set(schema["properties"]) >= {"include", "sources", "rules", "lists", "receivers"}
    assert schema["required"] == ["version", "route"]
    assert "except" in schema["$defs"]["MatchBlock"]["properties"]
    assert "group" in json.dumps(schema["$defs"]["SourceGroup"])


def test_the_config_at_the_root_is_the_one_that_init_writes():
    starter = (BUILTIN / "starter.yaml").read_text(encoding="utf-8")

    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == starter


def test_the_config_at_the_root_can_be_used_as_it_is():
    loaded = load(ROOT / "config.yaml", {})

    assert loaded.problems == ()
    assert loaded.config.rules
    assert len(loaded.config.sources) == sum(map(len, GROUPS.values()))


def test_the_editor_finds_the_schema_that_the_config_names():
    first = (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)

    assert named is not None
    assert (ROOT / named[1]).is_file()


def test_a_code_means_one_thing_and_is_explained():
    assert len({code.value for code in Code}) == len(Code)
    assert all(re.fullmatch(r"MM0\d\d", code.value) for code in Code)
    assert all(code.explanation.endswith((".", "…")) for code in Code)
