"""Which alerts need not be told, because another one has said enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitor.config.matchers import ALIASES, Labels, all_hold
from monitor.config.routing import InhibitRule

_NONE: Final = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An alert that was told: one rule of one document."""

    labels: Labels
    ref: str  #: of its document, for people
    at: datetime


class Inhibitions:
    """The rules of a configuration about what keeps what back."""

    def __init__(self, rules: Sequence[InhibitRule]) -> None:
        self._rules = tuple(rules)

    @property
    def longest(self) -> timedelta:
        """Return how far back what was said still matters; nothing where there are no rules."""
        return max((rule.for_ for rule in self._rules), default=timedelta())

    def inhibited(self, labels: Labels, now: datetime, recent: Iterable[Said]) -> str | None:
        """Return why an alert is not told, for people; None where it is.

        An alert never keeps itself back: the same rule of the same document. One that is on both
        sides of a rule is not kept back by others that are on both, as with Alertmanager.
        """
        rules = [rule for rule in self._rules if all_hold(rule.target_matchers, labels)]
        said = tuple(recent) if rules else ()
        for rule in rules:
            found = _first(rule, labels, now - rule.for_, said)
            if found is not None:
                other = " ".join(found.labels.get("rule", ()))
                return f"{other} #{found.ref} was told ({rule.name})"
        return None

    def concern(self, alerts: Iterable[Labels]) -> bool:
        """Return whether any of these could be kept back at all."""
        return any(
            all_hold(rule.target_matchers, labels) for labels in alerts for rule in self._rules
        )

    def inhibited_together(
        self, alerts: Sequence[Labels], ref: str, now: datetime, recent: Iterable[Said]
    ) -> tuple[str | None, ...]:
        """Return the same for the matches of one document, which can keep each other back.

        Give the loudest first. Where two would keep each other back, the louder is told; at least
        one of them is, unless something earlier keeps them all back.
        """
        recent = tuple(recent)
        found: list[str | None] = [self.inhibited(labels, now, recent) for labels in alerts]
        for number in reversed(range(len(alerts))):
            if found[number] is None:
                others = [
                    Said(labels=labels, ref=ref, at=now)
                    for place, labels in enumerate(alerts)
                    if place != number and found[place] is None
                ]
                found[number] = self.inhibited(alerts[number], now, others)
        return tuple(found)


def _first(
    rule: InhibitRule, target: Labels, since: datetime, recent: Sequence[Said]
) -> Said | None:
    """Return what was said first, after that moment, that keeps an alert back by this rule."""
    names = [ALIASES.get(name, name) for name in rule.equal]
    equal = [(name, frozenset(target.get(name) or _NONE)) for name in names]
    on_both_sides = all_hold(rule.source_matchers, target)
    for said in recent:
        if said.at <= since or not _agree(said.labels, equal):
            continue
        if (
            all_hold(rule.source_matchers, said.labels)
            and not (on_both_sides and all_hold(rule.target_matchers, said.labels))
            and not _is_same(said.labels, target)
        ):
            return said
    return None


def _is_same(one: Labels, other: Labels) -> bool:
    return one.get("rule") == other.get("rule") and one.get("document") == other.get("document")


def _agree(labels: Labels, equal: Sequence[tuple[str, frozenset[str]]]) -> bool:
    """Return whether an alert has one of these values of each label; of one it lacks, ""."""
    for name, values in equal:  # noqa: SIM110  # several times as fast as all(): it is the hot path
        if values.isdisjoint(labels.get(name) or _NONE):
            return False
    return True
