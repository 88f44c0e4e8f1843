r"""Regular expressions whose cost grows with their text and not beyond, whoever wrote them.

Python's own try one way after the other: `(a|a)*b` takes it minutes to refuse thirty letters.
These follow all ways at once, as RE2 does: they carry the set of places that were reached so far.
What they know: letters, `.`, `[a-z]`, `\d \w \s`, groups, `|`, `* + ? {2,5}`, and `(?i)` at the
beginning. RE2 does not know looking around and back either; labels do not need it.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Protocol

LONGEST: Final = 500
_DEEPEST: Final = 20
_OFTEN: Final = 100

_TIMES = re.compile(r"\{([0-9]{1,3})(,([0-9]{1,3})?)?\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\\\]])*\]")
_ESCAPED = re.compile(r"\\(.)")
_IN_CLASS = frozenset("dDwWsS")


class PatternError(ValueError):
    """A text that is no pattern that we know."""

    def __init__(self, text: str, column: int) -> None:
        """Take what is wrong with the mend, and the place in the pattern, from 0."""
        super().__init__(text)
        self.column = column


class _Node(Protocol):
    def ends(self, text: str, starts: AbstractSet[int]) -> AbstractSet[int]:
        """Return where it can end that begins at one of those places."""


@dataclass(frozen=True, slots=True)
class _Char:
    """One character."""

    one: re.Pattern[str]
    letter: str = ""  #: where it can be no other

    def ends(self, text: str, starts: AbstractSet[int]) -> AbstractSet[int]:
        return {at + 1 for at in starts if self.one.match(text, at)}


@dataclass(frozen=True, slots=True)
class _Sequence:
    """One after the other."""

    nodes: tuple[_Node, ...]

    def ends(self, text: str, starts: AbstractSet[int]) -> AbstractSet[int]:
        for node in self.nodes:
            starts = node.ends(text, starts)
        return starts


@dataclass(frozen=True, slots=True)
class _Either:
    """One or the other."""

    nodes: tuple[_Node, ...]

    def ends(self, text: str, starts: AbstractSet[int]) -> AbstractSet[int]:
        return {at for node in self.nodes for at in node.ends(text, starts)}


@dataclass(frozen=True, slots=True)
class _Repeat:
    """The same several times."""

    node: _Node
    least: int
    most: int | None

    def ends(self, text: str, starts: AbstractSet[int]) -> AbstractSet[int]:
        for _ in range(self.least):
            starts = self.node.ends(text, starts)
        reached, latest, left = set(starts), set(starts), self.most and self.most - self.least
        while latest and left != 0:
            latest = set(self.node.ends(text, latest)) - reached
            reached |= latest
            left = left and left - 1
        return reached


class Pattern:
    """A pattern that a text must satisfy from its first character to its last."""

    def __init__(self, text: str) -> None:
        """Read the pattern; raise PatternError where it is none."""
        if len(text) > LONGEST:
            raise PatternError(f"a pattern has at most {LONGEST} characters", LONGEST)
        reader = _Reader(text)
        self._node = reader.whole()
        self.literals = _literals(self._node) if not reader.flags else None
        """The texts that satisfy it, where these can be counted; None where they cannot."""

    def matches(self, text: str) -> bool:
        """Return whether the whole text satisfies it."""
        if self.literals is not None:
            return text in self.literals
        return len(text) in self._node.ends(text, {0})


def _literals(node: _Node) -> tuple[str, ...] | None:
    branches = node.nodes if isinstance(node, _Either) else (node,)
    found = []
    for branch in branches:
        chars = branch.nodes if isinstance(branch, _Sequence) else (branch,)
        letters = [char.letter if isinstance(char, _Char) else "" for char in chars]
        if not all(letters):
            return None
        found.append("".join(letters))
    return tuple(found)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.flags = re.IGNORECASE if text.startswith("(?i)") else re.RegexFlag(0)
        self._text = text
        self._at = 4 if self.flags else 0
        self._depth = 0
        self._counted = False  # whether the last piece that was read holds a {2,5}

    def whole(self) -> _Node:
        node = self._either()
        if self._here == ")":
            raise PatternError("this `)` closes nothing: write `\\)` where it is meant", self._at)
        return node

    @property
    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _either(self) -> _Node:
        nodes, counted = [self._branch()], self._counted
        while self._here == "|":
            self._at += 1
            nodes.append(self._branch())
            counted = counted or self._counted
        self._counted = counted
        return nodes[0] if len(nodes) == 1 else _Either(tuple(nodes))

    def _branch(self) -> _Node:
        nodes, counted = [], False
        if not self._depth and self._here == "^":
            self._at += 1  # every pattern begins at the beginning
        while self._here not in {"", "|", ")"}:
            if (
                not self._depth
                and self._here == "$"
                and self._text[self._at + 1 :][:1] in {"", "|"}
            ):
                self._at += 1
                break
            nodes.append(self._piece())
            counted = counted or self._counted
        self._counted = counted
        return nodes[0] if len(nodes) == 1 else _Sequence(tuple(nodes))

    def _piece(self) -> _Node:
        self._counted = False
        start = self._at
        node = self._atom()
        least, most = self._often(start)
        if (least, most) == (1, 1):
            return node
        if self._here in {"*", "+", "{"}:
            raise PatternError("one such sign is enough: delete the second", self._at)
        return _Repeat(node, least, most)

    def _often(self, start: int) -> tuple[int, int | None]:
        sign = self._here
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (1, 1))
        if sign == "{":
            found = _TIMES.match(self._text, self._at)
            if found is None:
                raise PatternError("after `{` stands a number: a{2}, a{2,}, a{2,5}", self._at)
            least = int(found[1])
            most = least if not found[2] else int(found[3]) if found[3] else None
            if max(least, most or 0) > _OFTEN or (most is not None and most < least) or most == 0:
                raise PatternError(f"write the smaller number first, at most {_OFTEN}", self._at)
            if self._counted:
                raise PatternError("what is counted must not be counted again", start)
            self._counted = True
            self._at += len(found[0])
        elif sign and sign in "*+?":
            self._at += 1
        else:
            return 1, 1
        if self._here == "?":
            self._at += 1  # lazy: the same texts satisfy it
        return least, most

    def _atom(self) -> _Node:
        sign = self._here
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "*+?{":
            raise PatternError(f"nothing stands before this `{sign}`", self._at)
        if sign in "^$":
            raise PatternError(
                f"a pattern is always held against the whole: delete `{sign}`", self._at
            )
        self._at += 1
        return self._char("." if sign == "." else re.escape(sign), "" if sign == "." else sign)

    def _group(self) -> _Node:
        start = self._at
        if self._text.startswith("(?", start) and not self._text.startswith("(?:", start):
            raise PatternError("of `(?` only `(?:` is known, and `(?i)` at the beginning", start)
        self._at += 3 if self._text.startswith("(?:", start) else 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError(f"groups may be nested at most {_DEEPEST} deep", start)
        node = self._either()
        if self._here != ")":
            raise PatternError("this `(` is never closed", start)
        self._at += 1
        self._depth -= 1
        return node

    def _class(self) -> _Node:
        start = self._at
        found = _CLASS.match(self._text, start)
        if found is None:
            raise PatternError("this `[` is never closed: write `\\[` where it is meant", start)
        said = found[0]
        plain = _ESCAPED.sub("x", said[1:])
        known = all(one in _IN_CLASS or not one.isalnum() for one in _ESCAPED.findall(said))
        if not known or re.search(r"\[|--|&&|~~|\|\|", plain):
            raise PatternError(f"`{said}` is not known: write letters and ranges", start)
        self._at += len(said)
        try:
            return self._char(said)
        except re.error as error:
            raise PatternError(f"`{said}` is no set of characters: {error.msg}", start) from None

    def _escape(self) -> _Node:
        letter = self._text[self._at + 1 : self._at + 2]
        if not letter or (letter.isalnum() and letter not in _IN_CLASS):
            raise PatternError(f"`\\{letter}` is not known", self._at)
        self._at += 2
        if letter in _IN_CLASS:
            return self._char(f"\\{letter}")
        return self._char(re.escape(letter), letter)

    def _char(self, said: str, letter: str = "") -> _Char:
        return _Char(re.compile(said, self.flags), letter)
