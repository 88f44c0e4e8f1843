"""What readers said of alerts."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select

from monitor.archive.schema import documents, feedback

#: The alert was none of its reader's business.
NOT_RELEVANT: Final = "not relevant"


def add(
    tx: Connection, document_id: int, rules: Collection[str], *, who: str, now: datetime
) -> bool:
    """Note that somebody found a document not relevant to these rules; return whether that is new.

    Each person counts once.
    """
    mine = (feedback.c.document_id == document_id, feedback.c.who == who)
    known = set(tx.execute(select(feedback.c.rule_id).where(*mine)).scalars())
    new = [rule for rule in rules if rule not in known]
    for rule in new:
        tx.execute(
            insert(feedback).values(
                document_id=document_id, rule_id=rule, who=who, verdict=NOT_RELEVANT, at=now
            )
        )
    return bool(new)


def not_relevant(
    tx: Connection, since: datetime | None = None, until: datetime | None = None
) -> Mapping[str, int]:
    """Return how many documents of that time were marked, by rule, by anybody.

    All revisions of a document are one, as `rules backtest` counts them.
    """
    moment = func.coalesce(documents.c.published_at, documents.c.seen_at)
    marked = (
        select(feedback.c.rule_id, documents.c.ref)
        .join(documents, documents.c.id == feedback.c.document_id)
        .where(feedback.c.verdict == NOT_RELEVANT)
        .distinct()
    )
    if since is not None:
        marked = marked.where(moment >= since)
    if until is not None:
        marked = marked.where(moment < until)
    rows = marked.subquery()
    counted = select(rows.c.rule_id, func.count().label("number")).group_by(rows.c.rule_id)
    return {row.rule_id: row.number for row in tx.execute(counted)}
