"""What a rule asks for, term by term, so that it can be said which terms never occurred."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.match.rules import CompiledRule
from monitor.match.tree import Except, Leaf, Node, Not, Or, Phrase, children


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


def asked(compiled: CompiledRule) -> tuple[Asked, ...]:
    """Return what a rule looks for, in its order; not what it excludes."""
    found: dict[str, dict[str, None]] = {}
    for name, term in _wanted(compiled.tree, ""):
        found.setdefault(name or term, {})[term] = None
    return tuple(
        Asked(name=name, members=tuple(members), of=len(members)) for name, members in found.items()
    )


def _wanted(node: Node, of_list: str) -> Iterator[tuple[str, str]]:
    """Yield the name of its list, or none, with each term."""
    match node:
        case Leaf() | Phrase():
            yield of_list, node.spelled
        case Not():
            return
        case Except(of, _):
            yield from _wanted(of, of_list)
        case Or(of, name):
            for part in of:
                yield from _wanted(part, of_list or name)
        case _:
            for child in children(node):
                yield from _wanted(child, of_list)
