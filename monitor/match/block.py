"""A `match:` block as a tree."""

from collections.abc import Sequence

from monitor.config.schema import MatchBlock
from monitor.config.schema import Near as NearBlock
from monitor.match.codes import Code
from monitor.match.lists import Lists
from monitor.match.problem import Mistake, RuleProblem, error
from monitor.match.term import TermReader, either
from monitor.match.tree import And, AtLeast, Except, Near, Node, Not, is_occurrence

Path = tuple[str | int, ...]


class BlockReader:
    """Reads one rule's `match:` block; every mistake has its place."""

    def __init__(self, rule: str, lists: Lists) -> None:
        """Take the rule's id and the lists it may refer to."""
        self._rule = rule
        self._lists = lists
        self.problems: list[RuleProblem] = []
        self.terms: list[tuple[Path, Node]] = []  #: each item that could be read, with its place

    def read(self, block: MatchBlock) -> Node | None:
        """Return the tree, or None where there is none to be had."""
        wanted = [*self._any(block), *self._all(block)]
        if block.near:
            wanted.append(self._near(block.near))
        if block.at_least:
            of = self._choice(block.at_least.of, ("match", "at_least", "of"), counted=True)
            wanted.append(None if of is None else AtLeast(block.at_least.n, of))
        none = self._choice(block.none, ("match", "none")) if block.none else None
        without = self._choice(block.except_, ("match", "except")) if block.except_ else None
        if not wanted:
            self._add(("match",), Code.ONLY_EXCLUDES, "nothing is asked for: add `any:` or `all:`")
        sound = [node for node in wanted if node is not None]
        if len(sound) != len(wanted) or not sound:
            return None
        tree: Node = sound[0] if len(sound) == 1 else And(tuple(sound))
        if without is not None:
            tree = Except(tree, without)
        return tree if none is None else And((tree, Not(none)))

    def _any(self, block: MatchBlock) -> list[Node | None]:
        return [self._choice(block.any, ("match", "any"))] if block.any else []

    def _all(self, block: MatchBlock) -> list[Node | None]:
        return [
            self._choice(terms, ("match", "all", index)) for index, terms in enumerate(block.all)
        ]

    def _near(self, block: NearBlock) -> Node | None:
        found = [
            self._choice(terms, ("match", "near", "terms", index), counted=True)
            for index, terms in enumerate(block.terms)
        ]
        sound = [node for node in found if node is not None]
        if len(sound) != len(found):
            return None
        return Near(tuple(sound), block.within, block.ordered)

    def _choice(self, terms: Sequence[str], path: Path, *, counted: bool = False) -> Node | None:
        found = [self._item(term, (*path, index)) for index, term in enumerate(terms)]
        sound = [node for node in found if node is not None]
        if not sound or len(sound) != len(found):
            return None
        choice = either(sound)
        if counted and not is_occurrence(choice):
            self._add(
                path, Code.NOT_A_TERM, "only words and phrases can be near each other or counted"
            )
            return None
        return choice

    def _item(self, term: str, path: Path) -> Node | None:
        mistakes: list[Mistake] = []
        reader = TermReader(
            lambda n, c, k: self._lists.look_up(n, c, k, mistakes), mistakes, self._lists.given
        )
        node = reader.item(term)
        self.problems += (mistake.at(self._rule, path) for mistake in mistakes)
        if node is not None and "$" not in term:
            self.terms.append((path, node))
        return node

    def _add(self, path: Path, code: Code, text: str) -> None:
        self.problems.append(error(0, code, text).at(self._rule, path))
