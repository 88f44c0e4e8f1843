"""Rules as the archive remembers them: with the lists they refer to, in one line of JSON."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from monitor.config.schema import Rule
from monitor.errors import MonitorError

_LIST = re.compile(r"\$(\w[\w-]*)")


def rule_to_json(rule: Rule, lists: Mapping[str, Sequence[str]]) -> str:
    """Return the rule and the lists it refers to; the same for the same meaning."""
    said = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    needed = {name: list(lists[name]) for name in sorted(_needed(said, lists))}
    return json.dumps({"rule": said, "lists": needed}, ensure_ascii=False, sort_keys=True)


def rule_from_json(body: str) -> tuple[Rule, dict[str, tuple[str, ...]]]:
    """Return what `rule_to_json` was given; raise MonitorError if this version cannot read it."""
    try:
        said = json.loads(body)
        rule = Rule.model_validate(said["rule"], by_alias=True, by_name=False)
        return rule, {str(name): tuple(terms) for name, terms in said["lists"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise MonitorError(f"a remembered rule cannot be read: {error}") from error


def _needed(said: object, lists: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the lists that are referred to, directly or by another list."""
    found: set[str] = set()
    fresh = {name for name in _references(said) if name in lists}
    while fresh:
        found |= fresh
        referred = {name for one in fresh for name in _references(list(lists[one]))}
        fresh = {name for name in referred if name in lists} - found
    return found


def _references(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield from _LIST.findall(said)
    elif isinstance(said, dict):
        for value in said.values():
            yield from _references(value)
    elif isinstance(said, list):
        for value in said:
            yield from _references(value)
