"""The tables as they are now. How they came to be: migrations.py."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Time(TypeDecorator[datetime]):
    """An aware moment, kept and returned as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the database keeps; refuse a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A list of plain values, readable by eye in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text to keep."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the values."""
        return None if value is None else json.loads(value)


# SQLite gives automatic ids only to INTEGER, PostgreSQL should count further than that.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# What we know of a source between two fetches; config.yaml says which sources there are.
sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("language", Text),
    Column("url", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    Column("fingerprints", LargeBinary, nullable=False),
    Column("first_fetched_at", Time),
    Column("last_fetched_at", Time),
    Column("last_outcome", Text),
    Column("last_error", Text),
    Column("failures", Integer, nullable=False),
    Column("next_poll_at", Time),
    Column("last_cause", Text),
    Column("failing_since", Time),
    Column("read_at", Time),
    Column("pace", Integer),  # seconds
    Column("newest_at", Time),
    Column("rhythm", Json),
    Column("way", Text),
    Column("detour", Text),
    Column("ways_tried_at", Time),
    Column("hole", Text),
    Column("hole_since", Time),
    Column("gap_at", Time),
    Column("moved_to", Text),
    Column("blind_since", Time),
    Column("blind_cause", Text),
    Column("seen_since", Time),
    Column("seen_again_at", Time),
    Column("asked_as", Text),  # another word when it is asked in another manner
    Index("sources_due", "active", "next_poll_at"),
)

# One row per fetch that changed something or failed; unchanged ones only touch their source.
fetches = Table(
    "fetches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("started_at", Time, nullable=False),
    Column("finished_at", Time, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("seen", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("gap", Boolean, nullable=False),
    Column("error", Text),
    Column("cause", Text),
    Column("filled", Integer, nullable=False),
    Column("way", Text),
    Index("fetches_by_source", "source_id", "finished_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ref", Text, nullable=False, index=True),
    Column("source_id", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("url", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text),
    Column("published_at", Time),
    Column("seen_at", Time, nullable=False, index=True),
    Column("forwarded_from", Text),
    Column("content_hash", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("error", Text),  # why it could not be matched; NULL for nearly all
    Column("story_id", Id, index=True),
    UniqueConstraint("source_id", "uid", "content_hash", name="documents_once"),
    Index("documents_by_words", "source_id", "content_hash"),
    UniqueConstraint("source_id", "uid", "revision", name="documents_in_order"),
)

matches = Table(
    "matches",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("tags", Json, nullable=False),
    Column("labels", Json, nullable=False),
    Column("hits", Json, nullable=False),
)

match_errors = Table(
    "match_errors",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
)

# How often an entry could not be archived, until it was.
stumbles = Table(
    "stumbles",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("error", Text, nullable=False),
)

# A document's matches, or a notice of our own. One without deliveries says in `reason` why.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("documents.id"), unique=True),
    Column("reason", Text),
    Column("subject", Text),
    Column("text", Text),
    Column("severity", Text, nullable=False),
    Column("raised_at", Time, nullable=False),
)

# What becomes of an alert at one receiver, and why. Its message is the delivery, if it has one.
notifications = Table(
    "notifications",
    metadata,
    Column("alert_id", Id, ForeignKey("alerts.id"), primary_key=True),
    Column("receiver", Text, primary_key=True),
    Column("story_id", Id),
    Column("fate", Text, nullable=False),
    Column("why", Text, nullable=False),  # for a person; "" where the fate says it all
    Column("rules", Json, nullable=False),  # the ids of those that it hears of
    Column("adds", Boolean, nullable=False),  # a side, a rule or a severity to its story
    Column("batch_id", Id),
    Column("delivery_id", Id),
    Column("made_at", Time, nullable=False),
    Index("notifications_of_story", "story_id", "receiver", "adds"),
    Index("notifications_of_batch", "batch_id"),
    Index("notifications_of_delivery", "delivery_id"),
    Index("notifications_lately", "receiver", "made_at"),
)

# What one receiver hears together, later: a group, a digest, a flood, a night.
batches = Table(
    "batches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("opened_at", Time, nullable=False),
    Column("due_at", Time, nullable=False),
    Column("flushed_at", Time),
    Index("batches_due", "flushed_at", "due_at"),
    Index("batches_by_key", "receiver", "key"),
)

# The outbox: one row a message. What it says is looked up when it is claimed.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("form", Text, nullable=False),
    Column("alert_id", Id, ForeignKey("alerts.id")),  # what it is about: this,
    Column("batch_id", Id, ForeignKey("batches.id")),  # or these,
    Column("payload", Json),  # or what only this form knows
    Column("root_id", Id),  # the delivery whose message it changes or answers
    Column("receiver", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Time),
    Column("lease_until", Time),
    Column("parts_sent", Integer, nullable=False),
    Column("message_ids", Json, nullable=False),
    Column("chat", Text),  # where these messages are; NULL where there are no chats
    Column("uncertain", Boolean, nullable=False),
    Column("error", Text),
    Column("sent_at", Time),
    Index("deliveries_open", "state", "receiver", "id"),
    Index("deliveries_of_alert", "alert_id"),
    Index("deliveries_of_root", "root_id"),
)

receivers = Table(
    "receivers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("parked_until", Time),
    Column("parked_reason", Text),
    Column("probes", Integer, nullable=False),
    Column("not_before", Time),  # what a flood limit asked us to wait
)

# Groups get a new id when they grow into supergroups; config.yaml may still name the old one.
moved_chats = Table(
    "moved_chats",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("new_id", BigInteger, nullable=False),
)

# The last version of every rule that compiled, so that a slip of the pen silences nothing.
rules = Table(
    "rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("good_since", Time, nullable=False),
)

# Near-duplicates, whoever published them. Documents name their story.
stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("begun_at", Time, nullable=False, index=True),
    Column("last_at", Time, nullable=False, index=True),
)

# What likens one document to another, for as long as others may be like it.
sketches = Table(
    "sketches",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("story_id", Id, nullable=False, index=True),
    Column("seen_at", Time, nullable=False, index=True),
    Column("sketch", LargeBinary, nullable=False),
)

# What people do not want to hear for a while, as Alertmanager's: matchers, from, until.
silences = Table(
    "silences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("starts_at", Time, nullable=False),
    Column("ends_at", Time, nullable=False, index=True),
    Column("created_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", Time, nullable=False),
)

# Who changed what, by the command line or in a chat.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Time, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Json, nullable=False),
)

# Chats that asked the bot for rules; each is a receiver of its own, named chat<number>.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("rule_id", Text, primary_key=True),  # * is every rule
    Column("language", Text, nullable=False),  # that the bot speaks there
    Column("created_by", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("unheard_since", Time),  # out of reach since then
)

# What readers said of an alert; `rules backtest` counts it.
feedback = Table(
    "feedback",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id"), primary_key=True),
    Column("rule_id", Text, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("at", Time, nullable=False),
)

# The pictures that were sent: once a receiver, period and local date, whatever the clocks do.
digests = Table(
    "digests",
    metadata,
    Column("receiver", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("date", Text, primary_key=True),
    Column("delivery_id", Id),
    Column("picture", LargeBinary),
)
