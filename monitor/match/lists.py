"""Named lists: each is read once, with its own mistakes, however many rules refer to it."""

from collections.abc import Iterator, Sequence

from monitor.config.vocabulary import Vocabulary
from monitor.match.codes import Code
from monitor.match.problem import Mistake, RuleProblem, error
from monitor.match.term import TermReader, did_you_mean
from monitor.match.text import fold_lower
from monitor.match.tree import Exact, Node, Or

_DEEPEST = 20  # references from list to list


class Lists:
    """The lists of a configuration, resolved when a rule first asks for one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the lists and the forms of words as they are written."""
        self._vocabulary = vocabulary
        self._read: dict[tuple[str, str], Node | None] = {}
        self._members: dict[tuple[str, int], Node] = {}
        self._reading: list[str] = []
        self.problems: list[RuleProblem] = []
        #: word -> its forms, both folded, where somebody wrote them down; None with a mistake
        self.given: dict[str, tuple[str, ...] | None] = dict(self._given())

    def read_all(self) -> dict[tuple[str, int], Node]:
        """Read every list of the user's own, and return each member that could be read."""
        for name in self._vocabulary.lists:
            self.resolve(name, "")
        return {
            place: node
            for place, node in self._members.items()
            if place[0] in self._vocabulary.lists
        }

    def look_up(self, name: str, column: int, kind: str, mistakes: list[Mistake]) -> Node | None:
        """Return the members of a list as a choice, or add the mistake of the reference."""
        if self._vocabulary.list(name) is None:
            known = self._vocabulary.names
            mend = did_you_mean(name, known) or f"add it under `lists:` as `{name}:`"
            mistakes.append(error(column, Code.UNKNOWN_LIST, f"no list is named {name}; {mend}"))
            return None
        if name in self._reading:
            chain = " → ".join(f"${step}" for step in [*self._reading, name])
            mistakes.append(
                error(
                    column,
                    Code.LIST_CYCLE,
                    f"the list leads back to itself: {chain}; remove one of them",
                )
            )
            return None
        if len(self._reading) >= _DEEPEST:
            text = f"lists refer to each other more than {_DEEPEST} deep: put the words into one"
            mistakes.append(error(column, Code.LISTS_TOO_DEEP, text))
            return None
        node = self.resolve(name, kind)
        if node is None:
            text = f"list {name} cannot be used: mend it under `lists:` first"
            mistakes.append(error(column, Code.BROKEN_LIST, text))
        return node

    def resolve(self, name: str, kind: str) -> Node | None:
        """Return the members of a known list; None where it has a mistake or nothing in it."""
        if (name, kind) not in self._read:
            self._reading.append(name)
            self._read[name, kind] = self._all(name, kind)
            self._reading.pop()
        return self._read[name, kind]

    def _all(self, name: str, kind: str) -> Node | None:
        nodes: list[Node | None] = []
        members: Sequence[str] = self._vocabulary.list(name) or ()
        for index, member in enumerate(members):
            mistakes: list[Mistake] = []
            node = self._member(member, kind, mistakes)
            nodes.append(node)
            if not kind:
                if node is not None and not member.lstrip().startswith("$"):
                    self._members[name, index] = node
                self.problems += (m.at("", ("lists", name, index)) for m in mistakes)
        if not nodes and not kind:
            text = f"list {name} is empty: give it at least one term"
            self.problems.append(error(0, Code.EMPTY_LIST, text).at("", ("lists", name)))
        sound = [node for node in nodes if node is not None]
        if not sound or len(sound) < len(nodes):
            return None
        # Lists that hold each other's words hold them once, and whose they are is forgotten.
        flat = dict.fromkeys(
            part for node in sound for part in (node.of if isinstance(node, Or) else (node,))
        )
        return Or(tuple(flat), f"${name}") if len(flat) > 1 else next(iter(flat))

    def _member(self, member: str, kind: str, mistakes: list[Mistake]) -> Node | None:
        reader = TermReader(lambda n, c, k: self.look_up(n, c, k, mistakes), mistakes, self.given)
        return reader.item(member, kind)

    def _given(self) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """Yield the words whose forms are written down; what is no word is a mistake."""
        for word, forms in self._vocabulary.forms.items():
            every = [word, *forms]
            read = [self._form(word, index, form) for index, form in enumerate(every, start=-1)]
            sound = [form for form in read if form is not None]
            whole = len(sound) == len(read)
            yield fold_lower(word), tuple(dict.fromkeys(sound)) if whole else None

    def _form(self, word: str, index: int, form: str) -> str | None:
        mistakes: list[Mistake] = []
        leaf = TermReader(lambda *_: None, mistakes).term(form, 0, "=")
        path = ("forms", word) if index < 0 else ("forms", word, index)
        self.problems += (mistake.at("", path) for mistake in mistakes)
        return leaf.word if isinstance(leaf, Exact) and not mistakes else None
