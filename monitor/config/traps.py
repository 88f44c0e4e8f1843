"""YAML's own traps in rules and lists: what is valid, and yet not what the person meant."""

import re
from collections.abc import Iterator
from itertools import pairwise

from monitor.config.codes import Code
from monitor.config.mends import quoted
from monitor.config.text import Spot
from monitor.config.tree import Finding, Keys, Node, Tree

_CUT = re.compile(r"[ \t]+(#[^\s#].*)")
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT|EXCEPT|O?NEAR/\d+|SENTENCE)\b|[()$=*\"«“:]")
# Words that a clause after a comma begins with, so that the comma belonged to the text.
_CLAUSE = re.compile(
    r"(?:что|чтобы|чтоб|который|которая|которое|которые|где|когда|если|хотя|но|а|"
    r"що|щоб|який|яка|яке|які|де|коли|якщо|хоча|але|that|which|who|but|if)\s",
    re.IGNORECASE,
)
_PAIRS = (("(", ")"), ("«", "»"), ("“", "”"), ("„", "“"))


def rule_traps(tree: Tree, keys: Keys) -> Iterator[Finding]:
    """Return the traps that the rule at that path has stepped into."""
    rule = tree.node(keys)
    if query := rule.fields.get("query"):
        yield from _query_traps(tree, (*keys, "query"), query)
    match = rule.fields.get("match")
    if match is None:
        return
    base: Keys = (*keys, "match")
    for name in ("any", "all", "none", "except"):
        if name in match.fields:
            yield from term_traps(tree, (*base, name))
    for name, inner in (("near", "terms"), ("at_least", "of")):
        if name in match.fields and inner in match.fields[name].fields:
            yield from term_traps(tree, (*base, name, inner))


def term_traps(tree: Tree, keys: Keys) -> Iterator[Finding]:
    """Return the traps in a list of terms, in the lists in it, or in the one term there."""
    node = tree.node(keys)
    if isinstance(node.value, dict):
        if node.fields and isinstance(keys[-1], int):
            yield _made_a_key(tree, keys, node)
        return
    if not isinstance(node.value, list):
        yield from _scalar_traps(tree, keys, node)
        return
    for index in range(len(node.items)):
        yield from term_traps(tree, (*keys, index))
    if node.flow:
        yield from _comma_traps(tree, keys, node)


def _scalar_traps(tree: Tree, keys: Keys, node: Node) -> Iterator[Finding]:
    if node.style:
        return
    if node.value is None:
        yield from _empty_traps(tree, keys, node)
        return
    is_item = isinstance(keys[-1], int)
    dashes = [node.line] if not is_item else []
    for number in [*dashes, *range(node.line + 1, node.end_line + 1)]:
        line = tree.text.line(number)
        column = node.column if number == node.line else len(line) - len(line.lstrip())
        if re.match(r"-[^\s\d-]", line[column:]) or (number > node.line and line[column] == "-"):
            yield _dash(tree, keys, Spot(number, column, 1))
            return
    if is_item and node.end_line > node.line:
        message = (
            "this term goes on in the next line, so both lines are one phrase: "
            "begin the next line with `- `, or write the phrase in one line"
        )
        problem = tree.text.problem(Code.RUN_ON, message, tree.spot(node), warning=True)
        yield Finding(keys=keys, problem=problem)
    yield from _cut_off(tree, keys, node)


def _dash(tree: Tree, keys: Keys, spot: Spot) -> Finding:
    rest = tree.text.line(spot.line)[spot.column + 1 :].strip()
    message = f"a list item needs a space after its dash: write `- {rest}`"
    if tree.text.line(spot.line)[spot.column + 1 : spot.column + 2] == " ":
        message = "the items of a list must be lined up: move this dash under the first one"
    return Finding(keys=keys, problem=tree.text.problem(Code.DASH, message, spot))


def _empty_traps(tree: Tree, keys: Keys, node: Node) -> Iterator[Finding]:
    """Find the term that begins with # and so became a comment."""
    line = tree.text.line(node.line)
    found = re.match(r"[ \t]*(#.*)", line[node.column :]) or re.fullmatch(
        r"[ \t]*-[ \t]+(#.*)", line
    )
    if found and isinstance(keys[-1], int):
        term = found[1].rstrip()
        spot = Spot(node.line, line.index("#"), len(term))
        message = f"a # begins a comment, so no term stands here: write `- {quoted(term)}`"
        yield Finding(keys=keys, problem=tree.text.problem(Code.HASH, message, spot))


def _cut_off(tree: Tree, keys: Keys, node: Node) -> Iterator[Finding]:
    """Find a # that cuts off what was meant as text: one with no space after it."""
    if node.style:
        return
    line = tree.text.line(node.end_line)
    found = _CUT.fullmatch(line[node.end_column :])
    if found is None:
        return
    start = node.column if node.line == node.end_line else len(line) - len(line.lstrip())
    whole = line[start:].rstrip()
    mended = (line[:start] + quoted(whole)).strip()
    spot = Spot(node.end_line, node.end_column + found.start(1), len(found[1].rstrip()))
    message = (
        f"a # after a space begins a comment and cuts this off: write `{mended}`, "
        "or put a space after the # if it is a comment"
    )
    problem = tree.text.problem(Code.HASH, message, spot, warning=True)
    yield Finding(keys=keys, problem=problem)


def _made_a_key(tree: Tree, keys: Keys, node: Node) -> Finding:
    """Explain an item such as `- title: мобилизация`, which YAML reads as key and value."""
    name, value = next(iter(node.fields.items()))
    message = "a colon followed by a space makes a key, but a term belongs here"
    if len(node.fields) == 1 and isinstance(value.value, str) and value.line == node.line:
        if name in {"title", "text", "case", "name"}:
            message += f": write `- {name}:{value.value}`"
        else:
            message += f": write `- {quoted(f'{name}: {value.value}')}`"
    key = node.keys[name]
    spot = Spot(key.end_line, key.end_column, 1)
    return Finding(keys=keys, problem=tree.text.problem(Code.COLON, message, spot))


def _comma_traps(tree: Tree, keys: Keys, node: Node) -> Iterator[Finding]:
    for index, (left, right) in enumerate(pairwise(node.items)):
        if left.style or right.style or left.flow or right.flow:
            continue
        line = tree.text.line(left.end_line)
        between = line[left.end_column : right.column] if left.end_line == right.line else ", "
        if _belong_together(str(left.value), between, str(right.value)):
            whole = f"{left.value}{between}{right.value}"
            message = (
                f"this comma makes two terms, `{left.value}` and `{right.value}`: "
                f"write {quoted(whole)} if they are one"
            )
            spot = Spot(left.end_line, left.end_column, 1)
            problem = tree.text.problem(Code.COMMA, message, spot, warning=True)
            yield Finding(keys=(*keys, index), problem=problem)


def _belong_together(left: str, between: str, right: str) -> bool:
    """Return whether a comma divided one text: a number, a bracket, a quotation, a clause."""
    if between == "," and left[-1:].isdigit() and right[:1].isdigit():
        return True
    if any(left.count(a) > left.count(b) and right.count(b) > right.count(a) for a, b in _PAIRS):
        return True
    return _CLAUSE.match(right) is not None


def _query_traps(tree: Tree, keys: Keys, node: Node) -> Iterator[Finding]:
    """Find a query whose quotes YAML took away, or that a # cuts off."""
    if not isinstance(node.value, str):
        return
    if node.style in {'"', "'"} and " " in node.value and not _OPERATOR.search(node.value):
        message = (
            "YAML takes these quotes for its own, and the words lose theirs: "
            f"write `query: '\"{node.value}\"'`"
        )
        problem = tree.text.problem(Code.QUOTES, message, tree.spot(node))
        yield Finding(keys=keys, problem=problem)
    yield from _cut_off(tree, keys, node)
