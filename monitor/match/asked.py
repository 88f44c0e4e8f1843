"""What a rule asks for, term by term, so that it can be said which terms never occurred."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.match.lists import Lists
from monitor.match.rules import CompiledRule
from monitor.match.tree import Except, Leaf, Node, Not, Phrase, children, terms

_LIST = re.compile(r"\$(\w[\w-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A term of a rule, or a list with its members."""

    name: str  #: as the rule spells it: "перегруппировка", "$cities"
    members: Sequence[str]  #: of a list; of a term only itself
    of: int  #: how many there are, also when some were taken out

    @property
    def is_list(self) -> bool:
        """Return whether it is a list."""
        return self.name.startswith("$")

    def without(self, found: Collection[str]) -> "Asked":
        """Return it with only those members that are not among the found ones."""
        return replace(self, members=tuple(one for one in self.members if one not in found))


def asked(compiled: CompiledRule, lists: Lists) -> tuple[Asked, ...]:
    """Return what a rule looks for, in its order; not what it excludes."""
    of_list = _members(compiled, lists)
    found: dict[str, list[str]] = {}
    for term in dict.fromkeys(one.spelled for one in _wanted(compiled.tree)):
        found.setdefault(of_list.get(term, term), []).append(term)
    return tuple(
        Asked(name=name, members=tuple(members), of=len(members)) for name, members in found.items()
    )


def _wanted(node: Node) -> Iterator[Leaf | Phrase]:
    match node:
        case Leaf() | Phrase():
            yield node
        case Not():
            return
        case Except(of, _):
            yield from _wanted(of)
        case _:
            for child in children(node):
                yield from _wanted(child)


def _members(compiled: CompiledRule, lists: Lists) -> dict[str, str]:
    """Return for each member of the lists that the rule itself names the name of the list."""
    rule = compiled.rule
    said = rule.query or ""
    if rule.match is not None:
        said = rule.match.model_dump_json()
    found: dict[str, str] = {}
    for name in dict.fromkeys(_LIST.findall(said)):
        node = lists.resolve(name, "")
        if node is not None:
            for term in terms(node):
                found.setdefault(term.spelled, f"${name}")
    return found
