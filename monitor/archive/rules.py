"""The last version of every rule that was right, so that a slip of the pen silences nothing."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from monitor.archive.schema import rules


def good(tx: Connection) -> dict[str, str]:
    """Return the last good version of every rule, as it was given to `remember`."""
    return {row.id: row.body for row in tx.execute(select(rules.c.id, rules.c.body))}


def remember(tx: Connection, bodies: Mapping[str, str], now: datetime) -> None:
    """Make these the last good versions; rules that are not among them are forgotten."""
    known = good(tx)
    gone = [rule_id for rule_id in known if rule_id not in bodies]
    changed = [rule_id for rule_id, body in bodies.items() if known.get(rule_id) != body]
    tx.execute(delete(rules).where(rules.c.id.in_([*gone, *changed])))
    if changed:
        tx.execute(
            insert(rules),
            [{"id": one, "body": bodies[one], "good_since": now} for one in changed],
        )
