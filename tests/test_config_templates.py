"""What `monitor check` says of templates in the file."""

import pytest
from guide import checked

BASE = """\
version: 1
receivers:
  - name: here
    telegram: {{chat_id: -100, template: {asked}}}
route: {{receiver: here}}
templates:
{templates}
"""
GOOD = '  desk: "{{ mark }} {{ lead }}"\n'


def found(tmp_path, templates=GOOD, asked="desk"):
    said = BASE.format(templates=templates, asked=asked)
    (tmp_path / "config.yaml").write_text(said, encoding="utf-8")
    return [(one.line, one.column, str(one.code), one.text) for one in checked(tmp_path)]


@pytest.mark.parametrize("asked", ["desk", "full", "brief"])
def test_templates_that_are_there_are_fine(asked, tmp_path):
    assert found(tmp_path, asked=asked) == []


def test_a_receiver_whose_template_there_is_not_is_an_error_with_a_hint(tmp_path):
    assert found(tmp_path, asked="dekk") == [
        (4, 41, "MM040", "no template is called `dekk`; did you mean `desk`?")
    ]


def test_a_template_with_a_name_of_ours_is_an_error(tmp_path):
    ((line, column, code, _),) = found(tmp_path, GOOD + '  full: "{{ mark }}"')

    assert (line, column, code) == (8, 3, "MM020")


def test_a_mistake_in_a_template_stands_where_it_is_written(tmp_path):
    block = "  desk: |\n    {{ mark }} {{ lead }}\n\n    {{ source.name }} <div>x</div>\n"

    ((line, column, code, text),) = found(tmp_path, block)

    assert (line, column, code) == (10, 23, "MM041")
    assert text.startswith("template `desk`, line 3: Telegram has no <div>")


def test_a_mistake_in_a_quoted_template_stands_where_it_is_written(tmp_path):
    ((line, column, code, text),) = found(tmp_path, '  desk: "{{ mark }} {{ wen }}"')

    assert (line, column, code) == (7, 24, "MM041")
    assert text.endswith("there is no `wen`; did you mean `when`?")
