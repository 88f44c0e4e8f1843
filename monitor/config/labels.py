"""What alerts can be told apart by, as far as a configuration says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.config.codes import Code
from monitor.config.matchers import Matcher
from monitor.config.schema import Rule
from monitor.config.source import Source
from monitor.config.words import did_you_mean
from monitor.model import Kind, Severity

#: The labels that every alert has, whatever its rule says.
OURS: Final = (
    "rule",
    "severity",
    "tag",
    "source",
    "country",
    "kind",
    "language",
    "story",
    "document",
)
#: What only silences know: who would have heard of it.
RECEIVER: Final = "receiver"

_SHOWN = 8
_WHAT: Final[Mapping[str, str]] = {
    "rule": "no rule is called",
    "tag": "no rule has the tag",
    "source": "no source is called",
    "country": "no source has the country",
    "kind": "there is no kind",
    "severity": "there is no severity",
    RECEIVER: "no receiver is called",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The labels there are, with those of their values that can be known."""

    labels: Collection[str]
    values: Mapping[str, Collection[str]]  #: without those of which anything may come
    whole: bool = True  #: whether rules may bring no other labels

    def doubts(self, one: Matcher) -> Iterator[tuple[Code, str]]:
        """Yield why a matcher may not be what its author meant."""
        if message := self.doubt_of_label(one.label):
            yield Code.UNKNOWN_LABEL, message
            return
        known = self.values.get(one.label)
        if known is None:
            return
        what = _WHAT.get(one.label, f"no rule has a label {one.label} that is")
        if one.named is None:
            if not any(map(one.fits, ("", *known))):
                yield Code.UNKNOWN_VALUE, f"{what} anything like `{one.value}`{_choice('', known)}"
            return
        for value in one.named:
            if value and value not in known:
                yield Code.UNKNOWN_VALUE, f"{what} `{value}`{_choice(value, known)}"

    def doubt_of_label(self, name: str) -> str:
        """Return why nothing may have that label; "" where something can."""
        if name == RECEIVER and name not in self.labels:
            return "only silences know `receiver`: it is the route that decides it"
        if name in self.labels or not self.whole:
            return ""
        return f"no alert has a label `{name}`{_choice(name, self.labels)}"


def known_labels(
    rules: Iterable[Rule],
    rule_ids: Collection[str],
    sources: Sequence[Source],
    receivers: Collection[str] = (),
) -> Vocabulary:
    """Return the labels of these rules and sources; with `receivers`, as silences know them."""
    values: dict[str, set[str]] = {
        "severity": {severity.value for severity in Severity},
        "kind": {kind.value for kind in Kind},
    }
    if rule_ids:  # without rules, or sources, the file is only begun
        values |= {"rule": set(rule_ids), "tag": set()}
    if sources:
        values["source"] = {source.id for source in sources}
        values["country"] = {source.country for source in sources}
    for rule in rules:
        values["tag"] |= set(rule.tags)
        for name, value in rule.labels.items():
            if name not in OURS:
                values.setdefault(name, set()).add(value)
    if receivers:
        values[RECEIVER] = set(receivers)
    return Vocabulary(labels={*OURS, *values}, values=values, whole=bool(rule_ids))


def _choice(value: str, known: Collection[str]) -> str:
    """Return what may have been meant."""
    if hint := did_you_mean(value, known):
        return hint
    shown = ", ".join(sorted(known)[:_SHOWN])
    return f"; there is {shown or 'none'}" + (" …" if len(known) > _SHOWN else "")
