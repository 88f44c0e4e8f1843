"""Why a rule catches a text, or does not: each part of it, and whether it holds."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from monitor.match.evaluate import Reading
from monitor.match.language import Tongue
from monitor.match.matcher import Matcher
from monitor.match.rules import CompiledRule
from monitor.match.text import Field
from monitor.match.tree import (
    And,
    AtLeast,
    Cased,
    Except,
    InField,
    Leaf,
    Named,
    Near,
    Node,
    Not,
    Opening,
    Or,
    Phrase,
    Sentence,
    Word,
    children,
)
from monitor.match.where import objections
from monitor.match.words.morphology import ANY
from monitor.match.words.slavic import CODES
from monitor.model import Hit, Provenance

#: A choice of more parts, of which nothing is there, only counts them.
_FEW = 4
_FARTHEST = 100  # words: farther apart is far

#: Puts a part where it is looked for: into its field, less what is excepted.
Wrap = Callable[[Node], Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a rule, and whether it holds for a text."""

    said: str  #: a term as the rule spells it, or what joins the parts
    held: bool
    found: tuple[str, ...] = ()  #: of a term: the passages
    note: str = ""  #: why it does not hold although something is there
    parts: tuple["Part", ...] = ()
    is_choice: bool = False  #: named after its list, if it is one
    silent: int = 0  #: of a choice: how many more parts it has, of which nothing is there

    @property
    def speaks(self) -> bool:
        """Return whether anything of it is there."""
        return bool(self.held or self.found or self.note) or any(p.speaks for p in self.parts)

    @property
    def is_term(self) -> bool:
        """Return whether it is a word or a phrase, and joins nothing."""
        return not self.parts and not self.silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a rule makes of a text."""

    rule: str
    tongue: Tongue
    excluded: tuple[str, ...]  #: what `where:` has against it
    tree: Part
    hits: tuple[Hit, ...]

    @property
    def caught(self) -> bool:
        """Return whether the rule matches."""
        return self.tree.held and not self.excluded


def explain(
    compiled: CompiledRule,
    title: str,
    text: str,
    tongue: Tongue,
    source: Provenance | None = None,
) -> Explanation:
    """Return which parts of a rule hold for a document, and which do not."""
    head, body, reading = Matcher([compiled]).reading(compiled, title, text, tongue)
    found = reading.find(compiled.tree)
    return Explanation(
        rule=compiled.rule.id,
        tongue=tongue,
        excluded=tuple(objections(compiled.rule.where, tongue, source)),
        tree=_Explainer(compiled, reading, tongue, (head, body)).part(compiled.tree, _as_it_is),
        hits=reading.hits(found or ()),
    )


class _Explainer:
    """Evaluates every part of a tree by itself, in the field and less the exceptions it is in."""

    def __init__(
        self, compiled: CompiledRule, reading: Reading, tongue: Tongue, fields: Sequence[Field]
    ) -> None:
        self._compiled = compiled
        self._reading = reading
        self._tongue = tongue
        self._fields = fields

    def part(self, node: Node, wrap: Wrap) -> Part:
        """Return what becomes of a part that is looked for as `wrap` says."""
        found = self._reading.find(wrap(node))
        held = found is not None
        match node:
            case Leaf() | Phrase():
                note = "" if held else self._not_found(node, wrap)
                passages = dict.fromkeys(hit.text for hit in self._reading.hits(found or ()))
                return Part(said=node.spelled, held=held, found=tuple(passages), note=note)
            case Or():
                return self._choice(node, wrap, held=held)
            case Except(of, without):
                return self._excepted(of, without, wrap, held=held)
            case InField(field, of):
                inner = self.part(of, lambda part: wrap(InField(field, part)))
                return Part(said=f"in the {field}", held=held, parts=(inner,))
            case Opening(n, of):
                inner = self.part(of, lambda part: wrap(Opening(n, part)))
                return Part(said=f"among the first {n} words", held=held, parts=(inner,))
        said, note = self._said(node, wrap, held=held)
        return Part(
            said=said,
            held=held,
            note=note,
            parts=tuple(self.part(inner, wrap) for inner in children(node)),
        )

    def _said(self, node: Node, wrap: Wrap, *, held: bool) -> tuple[str, str]:
        """Return what joins the parts, and why they do not hold together if each does."""
        match node:
            case And():
                return "all of", ""
            case Not():
                return "not", ""
            case Near(_, within, ordered):
                said = f"{'ONEAR' if ordered else 'NEAR'}/{within}"
                return said, "" if held else self._apart(node, wrap)
            case Sentence(of):
                apart = not held and self._each(of, wrap)
                return "in one sentence", "all there, in no one sentence" if apart else ""
            case AtLeast(n, of):
                return f"at least {n} times", "" if held else self._too_few(n, of, wrap)
        raise TypeError(f"not a part of a rule: {node!r}")

    def _choice(self, node: Or, wrap: Wrap, *, held: bool) -> Part:
        """Return the parts of a choice that hold; where none does, those that nearly do."""
        every = [self.part(part, wrap) for part in node.of]
        shown = [part for part in every if (part.held if held else part.speaks)]
        if not shown and len(every) <= _FEW:
            shown = every
        return Part(
            said=node.name,
            held=held,
            parts=tuple(shown),
            silent=len(every) - len(shown),
            is_choice=True,
        )

    def _excepted(self, of: Node, without: Node, wrap: Wrap, *, held: bool) -> Part:
        excluded = self.part(without, wrap)
        if not excluded.held:  # then nothing is taken away
            return self.part(of, wrap)
        kept = self.part(of, lambda part: wrap(Except(part, without)))
        note = ""
        if not held and self._reading.find(wrap(of)) is not None:
            note = "found only as a part of what is excepted"
        except_ = Part(said="except", held=True, parts=(excluded,))
        return Part(said="hits of", held=held, note=note, parts=(kept, except_))

    def _each(self, of: Sequence[Node], wrap: Wrap) -> bool:
        return all(self._reading.find(wrap(part)) for part in of)

    def _apart(self, node: Near, wrap: Wrap) -> str:
        """Say how far the parts of a NEAR are from it, where all of them are there."""
        if not self._each(node.of, wrap):
            return ""
        if node.ordered and self._near(node, node.within, wrap, ordered=False):
            return "all there and close enough, in another order"
        wider = range(node.within + 1, _FARTHEST + 1)
        nearest = bisect_left(wider, True, key=lambda n: self._near(node, n, wrap))
        if nearest == len(wider):
            return "all there, far from each other"
        return f"all there, with {wider[nearest]} other words between them"

    def _near(self, node: Near, within: int, wrap: Wrap, *, ordered: bool | None = None) -> bool:
        in_order = node.ordered if ordered is None else ordered
        return self._reading.find(wrap(Near(node.of, within, in_order))) is not None

    def _too_few(self, n: int, of: Node, wrap: Wrap) -> str:
        least = (k for k in range(n - 1, 0, -1) if self._reading.find(wrap(AtLeast(k, of))))
        times = next(least, 0)
        return f"there {times} time{'' if times == 1 else 's'}" if times else ""

    def _not_found(self, term: Leaf | Phrase, wrap: Wrap) -> str:
        """Say what of a term is there all the same."""
        if self._reading.find(term) is not None:
            return "there, but not where it is looked for"
        if isinstance(term, Phrase):
            there = [leaf.word for leaf in term.words if self._reading.find(wrap(leaf))]
            return "its words are there, not side by side" if len(there) == len(term.words) else ""
        if isinstance(term, Cased | Named):
            anyhow = self._written(self._compiled.forms[term.key].forms)
            if isinstance(term, Named):
                anyhow = tuple(word for word in anyhow if not word[:1].isupper())
            if anyhow:
                return f"there with other capitals: {_quoted(anyhow)}"
        if isinstance(term, Word | Named):
            code = None if self._tongue.mixed else self._tongue.code
            foreign = self._compiled.forms[term.key].foreign.get(code if code in CODES else ANY, ())
            other = self._written(foreign)
            return f"{_quoted(other)} is there, but belongs to another word" if other else ""
        return ""

    def _written(self, forms: Collection[str]) -> tuple[str, ...]:
        """Return the words of the document that are spelled like one of these forms."""
        found = (
            field.original[slice(*field.range(place))]
            for field in self._fields
            for form in forms
            for place in field.places(form)
        )
        return tuple(dict.fromkeys(found))


def _as_it_is(node: Node) -> Node:
    return node


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)
