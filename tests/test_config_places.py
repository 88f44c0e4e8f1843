"""Every kind of mistake, with the exact place where it is shown and its code."""

from pathlib import Path

import pytest

from monitor.config.load import Loader
from monitor.errors import ConfigError, Problem

GOOD = "version: 1\nroute: {receiver: here}\n"  # two lines: what follows begins in line 3


def problems_of(folder: Path, text: str | bytes) -> list[Problem]:
    path = folder / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    try:
        return list(Loader({}).load(path).problems)
    except ConfigError as error:
        return list(error.problems)


def places(problems: list[Problem]) -> list[str]:
    return [f"{problem.line}:{problem.column} {problem.code}" for problem in problems]


RULE = GOOD + "rules:\n  - id: a\n"  # what follows begins in line 5

MISTAKES = {
    # the file
    "empty": ("", ["1:1 MM009"]),
    "only a comment": ("# nothing\n", ["1:1 MM009"]),
    "a list": ("- a\n", ["1:1 MM009"]),
    "no space after colons": ("version:1\nroute:x\n", ["1:1 MM009"]),
    "windows-1251": ("version: 1\nstore: ж".encode("cp1251"), ["2:8 MM003"]),
    "utf-16": ("version: 1".encode("utf-16"), ["1:1 MM003"]),
    "control character": (GOOD + "store: a\x07b\n", ["3:9 MM003"]),
    "byte order mark inside": (GOOD + "store: \ufeffa\n", ["3:8 MM003"]),
    "too deep": (GOOD + "rules: " + "[" * 70 + "]" * 70 + "\n", ["3:71 MM005"]),
    "anchor and alias": (GOOD + "lists: {a: &x [b], c: *x}\n", ["3:12 MM006", "3:23 MM006"]),
    "tag": (GOOD + "store: !!python/name:os.system x\n", ["3:8 MM007"]),
    "bare tag": (GOOD + "lists: {a: ! b}\n", ["3:12 MM007"]),
    "duplicate key": (GOOD + "version: 1\n", ["3:1 MM008"]),
    "duplicate key below": (GOOD + "egress:\n  allow: []\n  allow: []\n", ["5:3 MM008"]),
    "second document": (GOOD + "---\nversion: 1\n", ["3:1 MM004"]),
    "key that is a list": (GOOD + "? [a]\n: b\n", ["3:3 MM009"]),
    # YAML's own errors
    "query that begins with a quote": (
        RULE + '    query: "a b" OR c\n',
        ["5:12 MM030"],
    ),
    "item that begins with a quote": (
        RULE + '    match:\n      any:\n        - "a b" c\n',
        ["7:11 MM030"],
    ),
    "apostrophe ends the text": (GOOD + "store: 'мобілізація п'ять'\n", ["3:8 MM030"]),
    "quote never closed": (GOOD + 'store: "a\n', ["3:8 MM037"]),
    "bracket never closed": (GOOD + "include: [a, b\nstore: x\n", ["3:10 MM037"]),
    "brace never closed": (GOOD + "egress: {allow: a\nstore: x\n", ["3:9 MM037"]),
    "tab as indentation": (GOOD + "egress:\n\tallow: []\n", ["4:1 MM036"]),
    "colon in a text": (RULE + "    title: Изюм: что дальше\n", ["5:16 MM034"]),
    "colon in braces": (RULE + "    tests:\n      - {catches: Он сказал: нет}\n", ["6:28 MM034"]),
    "at sign": (
        GOOD + "receivers:\n  - name: here\n    telegram: {chat_id: @desk}\n",
        ["5:25 MM035"],
    ),
    "star": (RULE + "    match:\n      any:\n        - *санкц\n", ["7:11 MM035"]),
    "star before a Latin word": (RULE + "    match: {any: [*abc]}\n", ["5:19 MM006"]),
    "exclamation mark": (RULE + "    match:\n      any:\n        - !санкц x\n", ["7:11 MM035"]),
    "percent sign": (RULE + "    title: %5\n", ["5:12 MM035"]),
    "block sign": (RULE + "    title: >5 шт\n", ["5:12 MM035"]),
    "backslash": (GOOD + 'store: "\\d"\n', ["3:9 MM004"]),
    "deeper than a value": (GOOD + "store: x\n  timezone: UTC\n", ["4:3 MM004"]),
    "odd indentation": (GOOD + "egress:\n    allow: []\n  b: 1\n", ["5:3 MM004"]),
    "neither key nor item": (GOOD + "nonsense\nstore: x\n", ["3:1 MM004"]),
    "no space after a colon": (GOOD + "store:x\ntimezone: UTC\n", ["3:1 MM004"]),
    "dash without a space": (
        RULE + "    match:\n      any:\n        - a\n        -other\n",
        ["8:9 MM031"],
    ),
    # the schema
    "version": ("version: 2\nroute: {receiver: here}\n", ["1:10 MM012"]),
    "version in quotes": ('version: "1"\nroute: {receiver: here}\n', ["1:10 MM012"]),
    "both required keys": ("store: sqlite:///a.db\n", ["1:1 MM011", "1:1 MM011"]),
    "unknown key": (GOOD + "operater: {receiver: here}\n", ["3:1 MM010"]),
    "unknown engine": (GOOD + "language: {engine: fastext}\n", ["3:20 MM012"]),
    "store": (GOOD + "store: postgres://x/y\n", ["3:8 MM013"]),
    "time zone": (GOOD + "timezone: Europe/Kiyv\n", ["3:11 MM025"]),
    "time zone that is a folder": (GOOD + "timezone: Europe\n", ["3:11 MM025"]),
    "egress": (GOOD + "egress: {allow: [127.0.0.0/8, x]}\n", ["3:31 MM013"]),
    "egress that is a number": (GOOD + "egress: {allow: [127]}\n", ["3:18 MM013"]),
    "no receiver of that name": (
        "version: 1\nroute: {receiver: hre}\noperator: {receiver: x}\n",
        ["2:19 MM021", "3:22 MM021"],
    ),
    "receiver of no kind": (GOOD + "receivers:\n  - name: here\n", ["4:5 MM016"]),
    "receiver of two kinds": (
        GOOD + "receivers:\n  - {name: here, console: {}, file: {path: x}}\n",
        ["4:5 MM016"],
    ),
    "no receivers": (GOOD + "receivers: []\n", ["2:19 MM021", "3:12 MM015"]),
    "receiver twice": (
        GOOD + "receivers:\n  - {name: here, console: {}}\n  - {name: here, console: {}}\n",
        ["5:12 MM020"],
    ),
    "receiver unreached": (
        GOOD + "receivers:\n  - {name: here, console: {}}\n  - {name: b, console: {}}\n",
        ["5:12 MM051"],
    ),
    "chat without an @": (
        GOOD + "receivers:\n  - {name: here, telegram: {chat_id: our_desk}}\n",
        ["4:38 MM054"],
    ),
    "source": (
        GOOD + "sources:\n"
        "  - {id: A b, name: x, country: RU, kind: stat, url: ftp://x, every: 2}\n",
        ["4:10 MM013", "4:33 MM013", "4:43 MM012", "4:54 MM013", "4:70 MM013"],
    ),
    "address that is none": (
        GOOD
        + "sources:\n  - {id: a, name: x, country: ru, kind: state, url: 'https://[one.ru/'}\n",
        ["4:53 MM013"],
    ),
    "port that is none": (
        GOOD
        + "sources:\n  - {id: a, name: x, country: ru, kind: state, url: 'https://x:99999/'}\n",
        ["4:53 MM013"],
    ),
    "source too often": (
        GOOD
        + "sources:\n  - {id: a, name: x, country: ru, kind: state, url: https://x, every: 0s}\n",
        ["4:71 MM013"],
    ),
    "source with a duration out of this world": (
        GOOD + "sources:\n"
        "  - {id: a, name: x, country: ru, kind: state, url: https://x, every: 99999999d}\n",
        ["4:71 MM013"],
    ),
    "source over http": (
        GOOD + "sources:\n  - {id: a, name: x, country: ru, kind: state, url: http://x.ru/}\n",
        ["4:53 MM052"],
    ),
    "source twice": (
        GOOD + "sources:\n"
        "  - {id: a, name: x, country: ru, kind: state, url: https://x}\n"
        "  - {id: a, name: x, country: ru, kind: state, url: https://x}\n",
        ["5:10 MM020"],
    ),
    "sources as keys": (GOOD + "sources:\n  ria: https://ria.ru\n", ["4:3 MM009"]),
    "unknown group": (GOOD + "sources:\n  - {group: ua-offical}\n", ["4:13 MM022"]),
    "unknown source in a group": (
        GOOD + "sources:\n  - {group: ru-state, except: [riaa]}\n",
        ["4:32 MM022"],
    ),
    "group twice": (
        GOOD + "sources:\n  - {group: ru-state}\n  - {group: ru-state}\n",
        ["5:13 MM020"],
    ),
    "source that a group has": (
        GOOD + "sources:\n  - {group: ru-state}\n"
        "  - {id: ria, name: x, country: ru, kind: state, url: https://x}\n",
        ["5:10 MM020"],
    ),
    "empty list of terms": (GOOD + "lists: {a: []}\n", ["3:12 MM015"]),
    "name of a list": (GOOD + "lists:\n  $a: [b]\n", ["4:3 MM013"]),
    "include that is not there": (GOOD + "include: [rules.yaml]\n", ["3:11 MM023"]),
    "pack that is not there": (GOOD + "include: builtin:kharkov\n", ["3:10 MM023"]),
    "the catalogue is no pack": (GOOD + "include: builtin:sources\n", ["3:10 MM023"]),
    "way out of the packs": (GOOD + "include: builtin:../schema\n", ["3:10 MM023"]),
    "include of an impossible name": (
        GOOD + 'include: ["a\\0/*.yaml", "b\\0", ' + "c" * 300 + ", " + "d" * 300 + "/*]\n",
        ["3:11 MM023", "3:25 MM023", "3:32 MM023", "3:334 MM050"],
    ),
    "glob that fits nothing": (GOOD + "include: [rules/*.yaml]\n", ["3:11 MM050"]),
    "includes itself": (GOOD + "include: [config.yaml]\n", ["3:11 MM024"]),
    "token": (
        GOOD + "# 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1\n",
        ["3:3 MM026"],
    ),
    # rules
    "rule without an id": (GOOD + "rules:\n  - query: abcd\n", ["4:5 MM011"]),
    "rule with a bad id": (GOOD + "rules:\n  - {id: Плохой, query: abcd}\n", ["4:10 MM013"]),
    "rule with two ids": (GOOD + "rules:\n  - id: a\n    id: b\n    query: x\n", ["5:5 MM008"]),
    "rule that is a text": (GOOD + "rules:\n  - abcd\n", ["4:5 MM009"]),
    "rules as keys": (GOOD + "rules:\n  a: {query: x}\n", ["4:3 MM009"]),
    "rule twice": (
        GOOD + "rules:\n  - {id: a, query: x}\n  - {id: a, query: x}\n",
        ["5:10 MM020"],
    ),
    "severity": (RULE + "    query: abcd\n    severity: hight\n", ["6:15 MM012"]),
    "tag of a rule": (RULE + "    query: abcd\n    tags: [ok, не ok]\n", ["6:16 MM013"]),
    "key under match": (RULE + "    any: [x]\n    query: abcd\n", ["5:5 MM010"]),
    "key under where": (RULE + "    country: [ru]\n    query: abcd\n", ["5:5 MM010"]),
    "duplicate key in a rule": (RULE + "    query: a\n    query: b\n", ["6:5 MM008"]),
    "match that is a text": (RULE + "    match: слово\n", ["5:12 MM009"]),
    "one term for near": (RULE + "    match: {near: {terms: [a]}}\n", ["5:27 MM014"]),
    "number": (RULE + "    match: {at_least: {n: 300, of: x}}\n", ["5:27 MM014"]),
    "no number": (RULE + "    match: {at_least: {n: x, of: x}}\n", ["5:27 MM013"]),
    "two kinds of test": (
        RULE + "    query: x\n    tests:\n      - {catches: a, ignores: b}\n",
        ["7:9 MM016"],
    ),
    "where kind": (RULE + "    query: x\n    where: {kind: [offical]}\n", ["6:20 MM012"]),
    "country no source has": (
        RULE + "    query: x\n    where: {country: [uk]}\nsources: [{group: ua-state}]\n",
        ["6:23 MM053"],
    ),
    "source that is not there": (
        RULE + "    query: x\n    where: {source: ukrinfrm}\nsources: [{group: ua-state}]\n",
        ["6:21 MM053"],
    ),
    # YAML's traps
    "quotes taken away": (RULE + '    query: "отвлекающий манёвр"\n', ["5:12 MM030"]),
    "dash without a space, alone": (
        RULE + "    match:\n      any:\n        -word\n      all: [x]\n",
        ["7:9 MM031"],
    ),
    "dashes without a space": (
        RULE + "    match:\n      any:\n        -word\n        -other\n",
        ["7:9 MM031"],
    ),
    "dash too deep": (
        RULE + "    match:\n      any:\n        - word\n          - other\n",
        ["8:11 MM031"],
    ),
    "no dash": (
        RULE + "    match:\n      any:\n        - word\n          other\n",
        ["7:11 MM038"],
    ),
    "hash begins a term": (RULE + "    match:\n      any:\n        - #война\n", ["7:11 MM032"]),
    "hash cuts a term": (RULE + "    match:\n      any:\n        - школа #5\n", ["7:17 MM032"]),
    "hash cuts a query": (RULE + "    query: школа #5\n", ["5:18 MM032"]),
    "hash cuts a list": (GOOD + "lists:\n  a: школа #5\n", ["4:12 MM032"]),
    "term that became a key": (
        RULE + "    match:\n      any:\n        - title: мобилизация\n",
        ["7:16 MM034"],
    ),
    "comma in a number": (RULE + "    match: {any: [1,5 млн]}\n", ["5:20 MM033"]),
    "comma in brackets": (RULE + "    match: {any: [SENTENCE(a, b)]}\n", ["5:29 MM033"]),
    "comma before a clause": (RULE + "    match: {any: [заявил, что ушли]}\n", ["5:25 MM033"]),
    "comma in a quotation": (RULE + "    match: {any: [«Град, Смерч»]}\n", ["5:24 MM033"]),
    "comma in braces": (
        RULE + "    query: x\n    tests:\n      - {catches: Ушли, сказал он}\n",
        ["7:25 MM033"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_shown_in_its_place(tmp_path, name):
    text, expected = MISTAKES[name]

    found = problems_of(tmp_path, text)

    assert places(found) == expected, "\n".join(map(str, found))
    assert all(problem.file == str(tmp_path / "config.yaml") for problem in found)


FINE = {
    "the least": GOOD,
    "byte order mark": "\ufeff" + GOOD,
    "windows line ends": GOOD.replace("\n", "\r\n") + "rules:\r\n",
    "empty sections": GOOD + "rules:\nsources:\nlists:\ninclude:\n",
    "flow list": RULE + "    match: {any: [отвлекающий манёвр, Изюм]}\n",
    "comments after terms": RULE + "    match:\n      any:\n        - слово # в любой форме\n",
    "numbers and yes": RULE + "    match: {any: [200, yes, 1.10, 12:30, 007, true]}\n",
    "one scalar for a list": RULE + "    match: {any: слово, none: 5}\n    tags: one\n",
    "query in a block": RULE + '    query: |\n      "a b" OR c\n',
    "query in single quotes": RULE + "    query: '\"a b\" OR c'\n",
    "a title that is a year": RULE + "    title: 2022\n    query: abcd\n",
    "http on this machine": GOOD
    + "sources: [{id: a, name: x, country: ru, kind: state, url: 'http://127.0.0.1:8000/'}]\n",
    "numbers for chats": GOOD
    + "receivers: [{name: here, telegram: {chat_id: -1001234567890, message_thread_id: 3}}]\n",
    "a pattern of sources": RULE
    + "    query: x\n    where: {source: 'ukr*', country: ua}\nsources: [{group: ua-state}]\n",
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_is_accepted_without_a_word(tmp_path, name):
    assert places(problems_of(tmp_path, FINE[name])) == []


MENDS = {
    "quote": (RULE + '    query: "a b" OR c\n', "write `query: '\"a b\" OR c'`"),
    "quote of a phrase": (RULE + '    query: "a b"\n', "write `query: '\"a b\"'`"),
    "apostrophe": (RULE + "    title: 'п'ять'\n", 'write `title: "п\'ять"`'),
    "at": (RULE + "    title: @desk\n", "write `title: '@desk'`"),
    "colon": (RULE + "    title: Изюм: итог\n", "write `title: 'Изюм: итог'`"),
    "dash": (RULE + "    match:\n      any:\n        -слово\n", "write `- слово`"),
    "hash": (RULE + "    match:\n      any:\n        - #слово\n", "write `- '#слово'`"),
    "cut": (RULE + "    match:\n      any:\n        - школа #5\n", "write `- 'школа #5'`"),
    "key": (RULE + "    match:\n      any:\n        - title: слово\n", "write `- title:слово`"),
    "comma": (RULE + "    match: {any: [1,5 млн]}\n", "write '1,5 млн'"),
    "slug": (GOOD + "rules: [{id: My Rule, query: x}]\n", "such as `my-rule`"),
    "near key": (RULE + "    severty: high\n", "did you mean `severity`?"),
    "near value": (RULE + "    severity: hihg\n", "did you mean `high`?"),
    "near receiver": ("version: 1\nroute: {receiver: hear}\n", "did you mean `here`?"),
    "near group": (GOOD + "sources: [{group: ru-offical}]\n", "did you mean `ru-official`?"),
    "near zone": (GOOD + "timezone: europe/kiyv\n", "did you mean `Europe/Kyiv`?"),
    "wrong level": (RULE + "    except: [x]\n", "`except` belongs under `match:`"),
}


@pytest.mark.parametrize("name", MENDS)
def test_a_mistake_comes_with_its_mend(tmp_path, name):
    text, mend = MENDS[name]

    assert any(mend in problem.text for problem in problems_of(tmp_path, text))


def test_the_offending_line_comes_with_the_mistake(tmp_path):
    [problem] = problems_of(tmp_path, GOOD + "timezone: Europe/Kiyv   # home\n")

    assert problem.source_line == "timezone: Europe/Kiyv   # home"
    assert problem.length == len("Europe/Kiyv")


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "one.yaml").write_text("rules: [{id: a, query: x, severity: no}]\n")
    (tmp_path / "two.yaml").write_text("lists: {a: b\n")
    (tmp_path / "three.yaml").write_text("lists: {a: []}\nroute: {receiver: x}\n")

    found = problems_of(
        tmp_path,
        "version: 3\ninclude: [one.yaml, two.yaml, three.yaml, four.yaml]\n"
        "route: {receiver: nobody}\ntimezone: Nowhere\nsources: [{group: none}, {id: x}]\n",
    )

    told = [f"{Path(one.file).name}:{one.line} {one.code}" for one in found]
    assert told == [
        "config.yaml:1 MM012",
        "config.yaml:2 MM023",
        "config.yaml:3 MM021",
        "config.yaml:4 MM025",
        "config.yaml:5 MM022",
        "config.yaml:5 MM022",
        "one.yaml:1 MM012",
        "three.yaml:1 MM015",
        "three.yaml:2 MM017",
        "two.yaml:1 MM037",
    ]


def test_no_token_gets_into_a_problem(tmp_path):
    token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    text = f"version: {token}\nroute: {{receiver: {token}}}\n{token}: {token} # {token}\n"

    found = problems_of(tmp_path, text)

    assert {problem.code for problem in found} >= {"MM026", "MM012", "MM010"}
    assert not any(token in f"{problem}{problem.source_line}" for problem in found)


def test_nothing_in_a_value_breaks_the_line_of_a_problem(tmp_path):
    [problem] = problems_of(tmp_path, GOOD + 'store: "a\\n\\e[2Jb\\Pc"\n')

    assert "`a [2Jb c`" in problem.text


def test_no_password_of_a_store_gets_into_a_problem(tmp_path):
    [problem] = problems_of(tmp_path, GOOD + "store: mysql://desk:hunter2@host/db\n")

    assert "hunter2" not in f"{problem}{problem.source_line}"
