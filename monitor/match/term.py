"""The spelling of one term, the same in a `match:` block, in a `query:` and in a list."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from monitor.match.codes import Code
from monitor.match.problem import Mistake, error, warning
from monitor.match.text import LOOKALIKES, fold, fold_lower, words
from monitor.match.tree import (
    Cased,
    Exact,
    Given,
    GivenName,
    InField,
    Leaf,
    Named,
    Node,
    Or,
    Phrase,
    Prefix,
    Word,
)
from monitor.match.words.english import FUNCTION_WORDS

QUOTES = {'"': '"', "«": "»", "“": "”", "„": "“”"}

# Not the comma in 1,5 or the stroke in and/or; or between two words is no word of a phrase.
_COMMA = re.compile(r"(?<![0-9]),|,(?![0-9])|[|;]|(?<=\s)/(?=\s)|(?<=\s)(?:или|або|or)(?=\s)")
_SIGN = re.compile(r"[-!+](?=[^\W\d_])")
_OPERATOR = re.compile(
    r"(?<!\S)(AND|OR|NOT|EXCEPT|NEAR(/\d+)?|ONEAR(/\d+)?)(?!\S)|(SENTENCE|atleast\d+)\("
)
_MODIFIER = re.compile(r"(title:|text:|case:|name:|=)(?=\S)")
_PREFIX = re.compile(r"([^\W\d]+):(?=[^\s/])")
_WHERE = {name: name for name in ("language", "source", "country", "kind")} | {"lang": "language"}
_LATIN = "a-zà-ɏ"
_MIXED = re.compile(rf"(?=[^-]*[{_LATIN}])(?=[^-]*[\u0400-\u04ff])[^-]+", re.IGNORECASE)
_LONE = re.compile(r"\S+")
_SHORTEST_PREFIX = 4

#: Resolves `$list` in a column, read with a modifier: the members, or None where it is a mistake.
Resolve = Callable[[str, int, str], Node | None]


class TermReader:
    """Reads terms; collects every mistake instead of stopping at the first."""

    def __init__(
        self,
        resolve: Resolve,
        mistakes: list[Mistake],
        given: Mapping[str, Sequence[str] | None] = MappingProxyType({}),
    ) -> None:
        """Take what knows the lists, where to put mistakes, and the words with given forms."""
        self._resolve = resolve
        self._mistakes = mistakes
        self._given = given

    def item(self, text: str, mode: str = "") -> Node | None:
        """Read a whole scalar as one term: several words are a phrase, quotes may stand."""
        start = len(text) - len(text.lstrip())
        operator = _OPERATOR.search(text)
        if operator and not text.lstrip().startswith(tuple(QUOTES)):
            self._mistakes.append(
                error(
                    operator.start(),
                    Code.OPERATOR_IN_ITEM,
                    f"{operator[0].rstrip('(')} means nothing in an item: write several items, "
                    "or write the rule as `query:`",
                )
            )
            return None
        comma = _COMMA.search(text)
        if comma and not any(quote in text for quote in QUOTES):
            self._mistakes.append(
                warning(
                    comma.start(),
                    Code.COMMA,
                    f"{comma[0]} divides nothing, this is one phrase: give each term its own line",
                )
            )
        return self.term(text.strip(), start, mode)

    def term(self, text: str, column: int, mode: str = "") -> Node | None:
        """Read one term that begins at a column."""
        place, kind, rest = None, mode, text
        while found := _MODIFIER.match(rest):
            taken = place if found[1] in {"title:", "text:"} else kind
            if taken:
                text_ = f"{found[1]} cannot stand beside {taken.rstrip(':')}: keep one of them"
                at = column + len(text) - len(rest)
                self._mistakes.append(error(at, Code.MODIFIER, text_))
                return None
            rest = rest[found.end() :]
            if found[1] in {"title:", "text:"}:
                place = found[1][:-1]
            else:
                kind = found[1]
        at = column + len(text) - len(rest)
        node = self._list(rest, at, kind) if rest.startswith("$") else None
        if not rest.startswith("$"):
            node = self._words(rest, at, kind, text)
        return InField(place, node) if place and node else node

    def _list(self, rest: str, column: int, kind: str) -> Node | None:
        name = rest[1:].strip()
        return self._resolve(name, column, kind)

    def _words(self, rest: str, column: int, kind: str, spelled: str) -> Node | None:
        bare = rest
        if bare[:1] in QUOTES and bare:
            closing = QUOTES[bare[0]]
            if len(bare) > 1 and bare[-1] in closing:
                bare, column = bare[1:-1], column + 1
        elif not self._prefix_is_known(bare, column):
            return None
        if spelled == rest:
            spelled = bare.strip()
        found: list[Leaf] = []
        sound = True
        for chunk in _LONE.finditer(bare):
            read = self._chunk(chunk[0], column + chunk.start(), kind, spelled)
            sound = sound and read is not None
            found += read or ()
        if not sound:
            return None
        if not found:
            self._empty(bare, column)
            return None
        return found[0] if len(found) == 1 else Phrase(tuple(found), spelled)

    def _chunk(self, chunk: str, column: int, kind: str, spelled: str) -> list[Leaf] | None:
        """Read what stands between two spaces; None where it is a mistake."""
        if chunk.startswith("$"):
            text = "a list cannot stand inside a phrase: write NEAR/0, or the phrases one by one"
            self._mistakes.append(error(column, Code.LIST_IN_PHRASE, text))
            return None
        if sign := _SIGN.match(chunk):
            text = f"{sign[0]} does not exclude or demand: write NOT, `none:` or `except:`, or AND"
            self._mistakes.append(error(column, Code.MODIFIER, text))
            return None
        if chunk.startswith("=") and not kind:
            kind, chunk, column = "=", chunk[1:], column + 1
        core = chunk.strip('.,;:!?()[]«»"“”„…')
        if "*" in core:
            return self._prefix(core, column + chunk.index(core), spelled)
        found = words(fold(chunk))
        if self._mixes_alphabets(chunk, column):
            return None
        if kind in {"", "name:"} and self._has_broken_forms(found, column):
            return None
        return [self._leaf(word, kind, spelled) for word in found]

    def _has_broken_forms(self, found: Sequence[str], column: int) -> bool:
        broken = [word for word in found if self._given.get(fold_lower(word), ()) is None]
        for word in broken:
            text = f"the forms of {word} cannot be used: mend them under `forms:` first"
            self._mistakes.append(error(column, Code.BROKEN_LIST, text))
        return bool(broken)

    def _leaf(self, word: str, kind: str, spelled: str) -> Leaf:
        if kind == "case:":
            return Cased(word, spelled)
        low = fold_lower(word)
        if kind == "=":
            return Exact(low, spelled)
        forms = self._given.get(low)
        if forms is not None:
            return (GivenName if kind else Given)("/".join(forms), spelled)
        if word.isupper() and low in FUNCTION_WORDS:
            return Cased(word, spelled)  # who writes US does not look for us
        # Capitals tell abbreviations from words: ОП is no form of опа.
        return (Named if kind else Word)(word if word.isupper() else low, spelled)

    def _prefix(self, chunk: str, column: int, spelled: str) -> list[Leaf] | None:
        stem = words(fold_lower(chunk.rstrip("*")))
        if not stem:
            text = "a lone * would match everything: write at least four letters before it"
            self._mistakes.append(error(column, Code.LONE_STAR, text))
        elif "*" in chunk[:-1] or len(stem) != 1:
            text = "* may stand only at the end of a word: " + chunk.replace("*", "") + "*"
            self._mistakes.append(error(column + chunk.index("*"), Code.STAR, text))
        elif sum(map(str.isalnum, stem[0])) < _SHORTEST_PREFIX:
            text = f"{chunk} would match too much: write at least four letters before *"
            self._mistakes.append(error(column, Code.SHORT_PREFIX, text))
        elif not self._mixes_alphabets(chunk, column):
            return [Prefix(stem[0], spelled)]
        return None

    def _mixes_alphabets(self, chunk: str, column: int) -> bool:
        mixed = [m for word in re.finditer(r"[^\W_]+", chunk) for m in [_MIXED.match(word[0])] if m]
        for found in mixed:
            word = found[0]
            mend = word.translate(LOOKALIKES)
            hint = f": write {mend} with Cyrillic letters only" if not _MIXED.match(mend) else ""
            text = f"{word} mixes Latin and Cyrillic letters{hint or ': write it in one alphabet'}"
            self._mistakes.append(error(column + chunk.index(word), Code.MIXED_ALPHABETS, text))
        return bool(mixed)

    def _prefix_is_known(self, text: str, column: int) -> bool:
        found = _PREFIX.match(text)
        if not found:
            return True
        name = found[1]
        if name.lower() in _WHERE:
            mend = f"write it under `where:`, as `{_WHERE[name.lower()]}: …`"
        else:
            mend = did_you_mean(name, ("title", "text", "case", "name")) or (
                "known are title:, text:, case:, name:; put quotes around text with a colon"
            )
        self._mistakes.append(error(column, Code.MODIFIER, f"{name}: is not known here; {mend}"))
        return False

    def _empty(self, text: str, column: int) -> None:
        operators = {"|": "OR", "||": "OR", "&": "AND", "&&": "AND", "+": "AND", "!": "NOT"}
        mend = operators.get(text.strip())
        hint = f"write {mend}" if mend else "write at least one letter or digit"
        self._mistakes.append(error(column, Code.NO_WORD, f"no word in “{text}”: {hint}"))


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return a suggestion, or nothing."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def either(nodes: Sequence[Node]) -> Node:
    """Return a choice of nodes, flat but for lists, which keep their names; or the one there is."""
    if len(nodes) == 1:
        return nodes[0]
    every = (
        part
        for node in nodes
        for part in (node.of if isinstance(node, Or) and not node.name else (node,))
    )
    flat = list(dict.fromkeys(every))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
