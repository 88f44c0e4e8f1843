"""A `query:` string cut into tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.match.codes import Code
from monitor.match.problem import Mistake, error, warning
from monitor.match.term import QUOTES

_SPACE = re.compile(r"\s+")
_NEAR = re.compile(r"(O?NEAR)(?:/(\d+))?(?=[\s()]|$)", re.IGNORECASE)
_CALL = re.compile(r"(SENTENCE|atleast(\d*))\s*\(", re.IGNORECASE)
_FIELD = re.compile(r"(title|text):\s*\(")
_LEAD = re.compile(r"(?:(?:title|text|case|name):|=)*")
_BARE = re.compile(r"[^\s(),\"«»“”„]+")
_OPERATORS = ("AND", "OR", "NOT", "EXCEPT")
_IN_WORDS = {
    "or": "OR",
    "или": "OR",
    "або": "OR",
    "and": "AND",
    "и": "AND",
    "і": "AND",
    "та": "AND",
}
_IN_WORDS["except"] = "EXCEPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a query."""

    kind: str  #: AND OR NOT EXCEPT NEAR ONEAR SENTENCE ATLEAST FIELD ( ) , TERM END
    text: str  #: as it is written
    column: int
    number: int = 0  #: of NEAR and atleast; -1 where it is missing


def tokenise(query: str, mistakes: list[Mistake]) -> Iterator[Token]:
    """Yield the tokens of a query and then END; what it cannot read it adds to the mistakes."""
    at = 0
    after_term = False
    while at < len(query):
        space = _SPACE.match(query, at)
        if space:
            at = space.end()
            continue
        token = _token(query, at, mistakes, after_term=after_term)
        after_term = token.kind in {"TERM", ")"}
        at += len(token.text)
        yield token
    yield Token(kind="END", text="", column=len(query))


def _token(query: str, at: int, mistakes: list[Mistake], *, after_term: bool) -> Token:
    if query[at] in "(),":
        return Token(kind=query[at], text=query[at], column=at)
    return (
        _call(query, at)
        or (_operator(query, at, mistakes) if after_term else None)
        or _capital_operator(query, at)
        or Token(kind="TERM", text=_term(query, at, mistakes), column=at)
    )


def _call(query: str, at: int) -> Token | None:
    if found := _CALL.match(query, at):
        kind = "SENTENCE" if found[2] is None else "ATLEAST"
        return Token(kind=kind, text=found[0], column=at, number=int(found[2] or -1))
    found = _FIELD.match(query, at)
    return Token(kind="FIELD", text=found[0], column=at) if found else None


def _capital_operator(query: str, at: int) -> Token | None:
    if (found := _NEAR.match(query, at)) and found[1].isupper():
        return _near(found, at)
    bare = _BARE.match(query, at)
    if bare and bare[0] in _OPERATORS:
        return Token(kind=bare[0], text=bare[0], column=at)
    return None


def _operator(query: str, at: int, mistakes: list[Mistake]) -> Token | None:
    """Return the operator that a word between two terms is, in capitals or not."""
    if found := _NEAR.match(query, at):
        if not found[1].isupper():
            mistakes.append(_small(found[0], found[0].upper(), at))
        return _near(found, at)
    bare = _BARE.match(query, at)
    meant = _IN_WORDS.get(bare[0].lower()) if bare else None
    if bare is None or meant is None or bare[0] == meant:
        return None
    mistakes.append(_small(bare[0], meant, at))
    return Token(kind=meant, text=bare[0], column=at)


def _near(found: re.Match[str], at: int) -> Token:
    number = -1 if found[2] is None else int(found[2])
    return Token(kind=found[1].upper(), text=found[0], column=at, number=number)


def _small(written: str, meant: str, at: int) -> Mistake:
    note = f"“{written}” is read as {meant}: write {meant}, or quotes around the word itself"
    return warning(at, Code.SMALL_OPERATOR, note)


def _term(query: str, at: int, mistakes: list[Mistake]) -> str:
    """Return a term with its modifiers, through the closing quote where it has quotes."""
    begin = at
    lead = _LEAD.match(query, at)
    at = lead.end() if lead else at
    if at < len(query) and query[at] in QUOTES:
        closing = QUOTES[query[at]]
        ends = [end for sign in closing if (end := query.find(sign, at + 1)) >= 0]
        if ends:
            return query[begin : min(ends) + 1]
        mend = f"{query[at]} is never closed: add {closing[0]} after the phrase"
        mistakes.append(error(at, Code.QUOTES, mend))
        return query[begin:]
    bare = _BARE.match(query, at)
    if bare is None and at == begin:  # a stray closing quote
        mistakes.append(error(at, Code.QUOTES, f"{query[at]} closes nothing: remove it"))
        return query[at]
    return query[begin : bare.end() if bare else at]
