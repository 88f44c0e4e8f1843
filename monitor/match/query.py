"""A `query:` string as a tree: operators by precedence, but never by guess where they are mixed."""

from dataclasses import dataclass

from monitor.match.codes import Code
from monitor.match.lists import Lists
from monitor.match.problem import Mistake, error
from monitor.match.term import TermReader
from monitor.match.tokens import Token, tokenise
from monitor.match.tree import (
    And,
    AtLeast,
    Except,
    InField,
    Near,
    Node,
    Not,
    Or,
    Sentence,
    groups,
    is_occurrence,
)

_BINDING = {"OR": 1, "AND": 2, "EXCEPT": 3, "NEAR": 4, "ONEAR": 4}
_OPENING = frozenset({"(", "TERM", "NOT", "SENTENCE", "ATLEAST", "FIELD"})
_FARTHEST = 100
_MOST = 8  # terms in one NEAR
_DEEPEST = 50

#: A term with the column at which it begins.
Placed = tuple[int, Node]


@dataclass(frozen=True, slots=True)
class _Part:
    """A tree with the operator at its top, where no brackets settle how it joins others."""

    node: Node | None  #: None where it holds a mistake
    operator: Token | None = None
    #: operands of that operator, as long as more of the same may follow
    operands: tuple[Node | None, ...] = ()


class _Stop(Exception):
    """The rest of the query cannot be read."""


def read_query(
    query: str, lists: Lists, mistakes: list[Mistake]
) -> tuple[Node | None, list[Placed]]:
    """Return the tree, None where there is none to be had, and the terms; add the mistakes."""
    parser = _Parser(query, lists, mistakes)
    return parser.whole(), parser.terms


class _Parser:
    def __init__(self, query: str, lists: Lists, mistakes: list[Mistake]) -> None:
        self._mistakes = mistakes
        self._tokens = list(tokenise(query, mistakes))
        self._at = 0
        self._depth = 0
        self._terms = TermReader(
            lambda n, c, k: lists.look_up(n, c, k, mistakes), mistakes, lists.given
        )
        self.terms: list[Placed] = []

    def whole(self) -> Node | None:
        if self._next.kind == "END":
            self._mistakes.append(
                error(0, Code.NOTHING, "the query is empty: say what to look for")
            )
            return None
        try:
            part = self._expression(0)
            if self._next.kind == ",":
                raise self._stop(self._next, "a comma joins nothing here: write OR")
            if self._next.kind != "END":
                raise self._stop(self._next, "there is no ( that this closes: remove it")
        except _Stop:
            return None
        broken = any(not mistake.warning for mistake in self._mistakes)
        return None if broken else part.node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "END"
        return token

    def _wrong(self, token: Token, code: Code, text: str) -> None:
        self._mistakes.append(error(token.column, code, text))

    def _stop(self, token: Token, text: str) -> _Stop:
        self._wrong(token, Code.INCOMPLETE, text)
        return _Stop()

    def _expression(self, binding: int) -> _Part:
        """Read operands joined by operators that bind tighter than the one before."""
        self._deeper()
        left = self._operand()
        while True:
            token = self._next
            if token.kind in _OPENING:
                left = self._side_by_side(left, token)
            elif _BINDING.get(token.kind, 0) > binding:
                self._take()
                left = self._joined(left, token, self._expression(_BINDING[token.kind]))
            else:
                break
        self._depth -= 1
        return left

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._stop(
                self._next, f"more than {_DEEPEST} brackets or NOTs deep: use `lists:`"
            )

    def _operand(self) -> _Part:
        token = self._take()
        match token.kind:
            case "TERM":
                return _Part(self._term(token))
            case "NOT":
                self._deeper()
                node = self._operand().node
                self._depth -= 1
                return _Part(None if node is None else Not(node), token)
            case "(":
                return _Part(self._bracketed(token).node)
            case "FIELD":
                node = self._bracketed(token).node
                name = token.text.partition(":")[0]
                return _Part(None if node is None else InField(name, node))
            case "SENTENCE":
                return _Part(self._sentence(token))
            case "ATLEAST":
                return _Part(self._at_least(token))
            case "END":
                raise self._stop(
                    token, "something is missing at the end: add a term, or remove what joins"
                )
            case _:
                raise self._stop(token, f"a term is missing before {token.text}: add it")

    def _term(self, token: Token) -> Node | None:
        node = self._terms.term(token.text, token.column)
        if node is not None and "$" not in token.text:
            self.terms.append((token.column, node))
        return node

    def _bracketed(self, opening: Token) -> _Part:
        part = self._expression(0)
        self._close(opening)
        return part

    def _close(self, opening: Token) -> None:
        if self._next.kind == ",":
            raise self._stop(self._next, "a comma joins nothing here: write OR")
        if self._next.kind != ")":
            raise self._stop(opening, f"the bracket of {opening.text} is never closed: add )")
        self._take()

    def _sentence(self, token: Token) -> Node | None:
        parts = [self._expression(0).node]
        while self._next.kind == ",":
            self._take()
            parts.append(self._expression(0).node)
        self._close(token)
        sound = tuple(part for part in parts if part is not None)
        return Sentence(sound) if len(sound) == len(parts) else None

    def _at_least(self, token: Token) -> Node | None:
        node = self._bracketed(token).node
        if token.number < 1:
            self._wrong(token, Code.NUMBER, "say how often, as in atleast3(…)")
        elif node is not None and not is_occurrence(node):
            self._wrong(token, Code.NOT_A_TERM, "only words, phrases and OR of them can be counted")
        elif node is not None:
            return AtLeast(token.number, node)
        return None

    def _side_by_side(self, left: _Part, token: Token) -> _Part:
        text = "two terms side by side: put quotes around them for a phrase, or AND or OR between"
        if token.kind == "NOT":
            text = "NOT stands beside a term: write AND NOT"
        self._wrong(token, Code.SIDE_BY_SIDE, text)
        self._operand()
        return _Part(None, left.operator, left.operands)

    def _joined(self, left: _Part, token: Token, right: _Part) -> _Part:
        self._check_mixture(left, token, right)
        if token.kind in {"NEAR", "ONEAR"} and not 0 <= token.number <= _FARTHEST:
            text = f"say how many other words may stand between, 0 to {_FARTHEST}: {token.kind}/8"
            self._wrong(token, Code.NUMBER, text)
        chain = left.operator is not None and left.operator.kind == token.kind != "EXCEPT"
        operands = (*(left.operands if chain else (left.node,)), right.node)
        sound = tuple(operand for operand in operands if operand is not None)
        if len(sound) < len(operands):
            return _Part(None, token, operands)
        return _Part(self._combined(token, sound), token, operands)

    def _combined(self, token: Token, operands: tuple[Node, ...]) -> Node | None:
        match token.kind:
            case "AND":
                return And(operands)
            case "OR":
                return Or(operands)
            case "EXCEPT":
                if not groups(operands[1]):
                    self._wrong(token, Code.NOT_A_TERM, "EXCEPT takes what a text may say, not NOT")
                return Except(operands[0], operands[1])
        if not all(map(is_occurrence, operands)):
            text = "only words, phrases and OR of them can be near: write A NEAR/8 B AND C NEAR/8 D"
            self._wrong(
                token,
                Code.NOT_A_TERM,
                text.replace("A NEAR/8 B AND C NEAR/8 D", "the rest with AND"),
            )
        elif len(operands) > _MOST:
            self._wrong(token, Code.NOT_A_TERM, f"at most {_MOST} terms can be near each other")
        return Near(operands, max(token.number, 0), token.kind == "ONEAR")

    def _check_mixture(self, left: _Part, token: Token, right: _Part) -> None:
        for part in (left, right):
            other = part.operator
            if other is None or other.kind == "NOT":
                continue
            if (other.kind, other.number) == (token.kind, token.number):
                continue
            names = {other.kind, token.kind}
            code = Code.AND_OR
            if names & {"NEAR", "ONEAR"}:
                code = Code.NEAR_MIXED
            elif "EXCEPT" in names:
                code = Code.EXCEPT_MIXED
            later = max(other, token, key=lambda one: one.column)
            text = f"{other.text} and {token.text} are mixed: put brackets around one of them"
            self._wrong(later, code, text)
