"""The answer of `rules backtest` for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from monitor.cli.lines import hit_shape
from monitor.match.asked import Asked
from monitor.match.tally import Comparison, Messages, RuleTally, Sample, Tally


def show_tally(found: Tally, marked: Mapping[str, int]) -> None:
    """Print what rules catch as one JSON object; `marked` are alerts that nobody needed."""
    _print(
        {
            "documents": found.documents,
            "undated": found.undated,
            "first": _iso(found.first),
            "last": _iso(found.last),
            "messages": _messages(found.messages),
            "rules": [_rule(rule, marked.get(rule.rule, 0)) for rule in found.rules],
        }
    )


def show_comparison(found: Comparison) -> None:
    """Print what an edit adds and drops as one JSON object."""
    differences = [
        {
            "rule": one.rule,
            "change": one.change,
            "before": one.before,
            "after": one.after,
            "added": one.added,
            "dropped": one.dropped,
            "added_samples": _samples(one.added_samples),
            "dropped_samples": _samples(one.dropped_samples),
        }
        for one in found.differences
    ]
    _print({"documents": found.documents, "rules": differences})


def _messages(found: Messages) -> dict[str, object]:
    return {
        "documents": found.documents,
        "undated": found.undated,
        "a_day": None if found.a_day is None else round(found.a_day, 2),
        "busiest_day": _peak(found.busiest_day),
        "busiest_hour": _peak(found.busiest_hour),
        "busiest_minute": _peak(found.busiest_minute),
        "limit_a_minute": found.limit,
        "fits": found.fits,
        "late_seconds": int(found.late.total_seconds()),
    }


def _peak(peak: tuple[date, int] | None) -> dict[str, object] | None:
    return None if peak is None else {"at": peak[0].isoformat(), "messages": peak[1]}


def _rule(rule: RuleTally, marked: int) -> dict[str, object]:
    return {
        "rule": rule.rule,
        "documents": rule.documents,
        "share": round(rule.share, 4),
        "loud": rule.loud,
        "undated": rule.undated,
        "not_relevant": marked,
        "days": {day.isoformat(): number for day, number in rule.days.items()},
        "samples": _samples(rule.samples),
        "dead_terms": [_asked(one) for one in rule.dead],
        "failed": rule.failed,
        "failures": [{"document": name, "reason": reason} for name, reason in rule.failures],
    }


def _asked(one: Asked) -> dict[str, object]:
    if not one.is_list:
        return {"term": one.name}
    return {"list": one.name, "terms": list(one.members), "of": one.of}


def _samples(samples: Sequence[Sample]) -> list[dict[str, object]]:
    return [
        {
            "document": sample.case.name,
            "source": sample.case.source,
            "moment": _iso(sample.case.moment),
            "language": sample.case.tongue.code,
            "title": sample.case.title,
            "text": sample.case.text,
            "url": sample.case.url,
            "hits": [hit_shape(hit) for hit in sample.match.hits],
        }
        for sample in samples
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _print(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
