"""Why somebody heard of a document, or did not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.app.finding import called
from monitor.archive import alerts, deliveries, documents, notifications, sources
from monitor.archive import stories as archived_stories
from monitor.archive.store import Store, Transaction
from monitor.cli.rules.showing import outline
from monitor.config.load import Loaded
from monitor.config.source import Source
from monitor.match.explain import explain
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import CompiledRule, compile_rules
from monitor.match.words.morphology import Expander
from monitor.model import (
    Archived,
    Delivery,
    Document,
    Fate,
    Match,
    MatchError,
    Notice,
    Notification,
    Outcome,
    Reason,
    State,
)

_STORY = re.compile(r"s[0-9]+")
_NOTICE = re.compile(r"#?n([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of one revision of a document."""

    archived: Archived
    document: Document
    matches: tuple[Match, ...]
    errors: tuple[MatchError, ...]
    reason: Reason | None
    story: int | None
    notifications: tuple[Notification, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to "I saw this, why no alert?"."""

    stories: tuple[Story, ...]
    unknown: str = ""  #: why there is no such document
    notices: tuple[Delivery, ...] = ()  #: of something that the program itself had to say
    rule: str = ""  #: what is to say of the rule that was asked about

    @property
    def told(self) -> bool:
        """Return whether somebody heard of it."""
        heard = [one for story in self.stories for one in story.deliveries]
        return any(one.state is State.SENT for one in [*heard, *self.notices])

    def lines(self, zone: ZoneInfo) -> Iterator[str]:
        """Yield it for people."""
        if self.unknown:
            yield self.unknown
        for story in self.stories:
            yield from _lines(story, zone)
        for one in self.notices:
            said = one.about.subject if isinstance(one.about, Notice) else ""
            yield f"{said}\n  {one.receiver}: {_state(one, zone)}"
        if self.rule:
            yield self.rule


def explained(
    loaded: Loaded, store: Store, expander: Expander, name: str, rule: str | None
) -> Explanation:
    """Return what became of a document and, where asked, why the rule does not find it."""
    if notice := _NOTICE.fullmatch(name):
        return _notice(store, int(notice[1]))
    found = store.read_now(lambda tx: called(tx, name))
    if not found:
        said = "" if rule is None else "ask about a rule with a document that is in the archive"
        return Explanation(stories=(), unknown=_unknown(loaded, store, name), rule=said)
    stories = store.read_now(lambda tx: tuple(_story(tx, *one) for one in found))
    said = "" if rule is None else _rule_said(loaded, expander, stories[-1], rule)
    return Explanation(stories=stories, rule=said)


def _notice(store: Store, notice_id: int) -> Explanation:
    heard = store.read_now(lambda tx: deliveries.of_notice(tx, notice_id))
    if not heard:
        return Explanation(stories=(), unknown=f"no notice n{notice_id} was sent to anybody")
    return Explanation(stories=(), notices=heard)


def _story(tx: Transaction, archived: Archived, document: Document) -> Story:
    return Story(
        archived=archived,
        document=document,
        matches=documents.matches_of(tx, archived.id),
        errors=documents.errors_of(tx, archived.id),
        reason=alerts.reason_of(tx, archived.id),
        story=archived_stories.of_document(tx, archived.id),
        notifications=notifications.of_document(tx, archived.id),
        deliveries=deliveries.of_document(tx, archived.id),
    )


def _unknown(loaded: Loaded, store: Store, name: str) -> str:
    """Say why the archive has no such document: not a source, or not fetched, and the cause."""
    link = urlsplit(name if "://" in name or "/" not in name else f"https://{name}")
    host = link.hostname
    if host is None:
        story = f"; for a story: monitor story {name}" if _STORY.fullmatch(name) else ""
        return f"nothing in the archive is called {name}{story}"
    linking = store.read_now(lambda tx: documents.sources_of(tx, host))
    near = [
        one for one in loaded.config.sources if one.id in linking or _reads(one, host, link.path)
    ]
    if not near:
        return (
            f"{name} is not in the archive. No source is configured for {host}, and none ever"
            " linked there; a feed on another host may still bring its articles"
        )
    rows = {row.provenance.id: row for row in store.read_now(sources.rows)}
    lines = [f"{name} is not in the archive; sources for {host}:"]
    for source in near:
        row = rows.get(source.id)
        if not source.enabled:
            lines.append(f"  {source.id} is off: {source.note or 'enabled: false'}")
        elif row is None or row.state.last_fetched_at is None:
            lines.append(f"  {source.id} was not fetched yet")
        elif row.state.last_outcome is Outcome.FAILED:
            since = row.state.failing_since
            begun = f" since {since:%d %b %H:%M} UTC" if since else ""
            lines.append(f"  {source.id} cannot be read{begun}: {row.state.last_error}")
        else:
            when = f"{row.state.last_fetched_at:%d %b %H:%M} UTC"
            lines.append(f"  {source.id} was read at {when} and never showed this link")
            if row.state.gap_at is not None:
                missed = f"{row.state.gap_at:%d %b %H:%M} UTC"
                lines.append(f"    it may have been missed: some items before {missed} were")
    return "\n".join(lines)


def _reads(source: Source, host: str, path: str) -> bool:
    """Return whether a source is of this host and, of a channel, whether it is that channel."""
    mine = urlsplit(source.url)
    if mine.hostname != host:
        return False
    channel = mine.path.removeprefix("/s/") if mine.path.startswith("/s/") else None
    return channel is None or path.strip("/").partition("/")[0].lower() == channel.lower()


def _rule_said(loaded: Loaded, expander: Expander, story: Story, rule: str) -> str:
    """Say which part of a rule holds for a document, as the rule is written now."""
    if rule in {match.rule for match in story.matches}:
        return f"rule {rule} found it"
    compiled, _ = compile_rules(
        loaded.config.rules, loaded.config.vocabulary, expander, advice=False
    )
    found = {one.rule.id: one for one in compiled}.get(rule)
    if found is None:
        wrong = rule in {one.id for one in loaded.config.rules} | set(loaded.broken_rules)
        reason = "has a mistake: `monitor check`" if wrong else "is not in the configuration"
        return f"rule {rule} {reason}"
    return _held(loaded, found, story.document)


def _held(loaded: Loaded, rule: CompiledRule, document: Document) -> str:
    source = {one.id: one.provenance for one in loaded.config.sources}.get(document.source)
    identifier = LanguageIdentifier(loaded.config.language.engine)
    declared = source.language if source else document.language
    tongue = identifier.identify(document.title, document.text, declared)
    answer = explain(rule, document.title, document.text, tongue, source)
    name = rule.rule.id
    if answer.caught:
        return f"rule {name} would find it as it is written now"
    if answer.excluded:
        return f"rule {name} does not read it: {'; '.join(answer.excluded)}"
    parts = "\n".join(f"  {line}" for line in outline(answer.tree))
    return f"rule {name} does not find it (read as {tongue.code}):\n{parts}"


def _lines(story: Story, zone: ZoneInfo) -> Iterator[str]:
    document, archived = story.document, story.archived
    edited = f", revision {archived.revision}" if archived.revision > 1 else ""
    words = " ".join((document.title or document.text).split())[:100]
    yield f"#{archived.ref}{edited} {document.source}: {words}"
    yield f"  {document.url}"
    yield f"  seen {_time(document.seen_at, zone)}, in {document.language or 'no language'}"
    if document.problem:
        yield f"  not whole: {document.problem}"
    for error in story.errors:
        yield f"  rule {error.rule} failed on it: {error.reason}"
    for match in story.matches:
        hits = ", ".join(dict.fromkeys(f"“{hit.text}”" for hit in match.hits))
        yield f"  matches {match.rule} ({match.severity}): {hits}"
    if not story.matches:
        yield "  no rule matched"
    elif story.reason is not None and not story.reason.told:
        summed = "; a first look at its source is summed up in one message"
        old = story.reason is Reason.TOO_OLD
        yield f"  nobody was told of it alone: {story.reason}{summed if old else ''}"
    yield from _heard(story, zone)


def _heard(story: Story, zone: ZoneInfo) -> Iterator[str]:
    """Yield what became of it at each receiver, and why."""
    messages = {one.id: one for one in story.deliveries}
    for one in story.notifications:
        message = None if one.delivery is None else messages.get(one.delivery)
        how = _FATES[one.fate].format(story=f"s{story.story}")
        until = f"until {_time(one.due_at, zone)}" if one.due_at else ""
        said = ": ".join(filter(None, [how, until, _state(message, zone) if message else ""]))
        yield f"  {one.receiver}: {said}" + (f" ({one.why})" if one.why else "")


#: What became of an alert, for people.
_FATES = {
    Fate.TOLD: "",
    Fate.JOINED: "named in the message of its story, {story}",
    Fate.NEWS: "told as news of its story, {story}",
    Fate.WAITS: "waits to be told with others",
    Fate.LISTED: "in a list with others",
    Fate.REPEATED: "not told: the same source said the same before, in {story}",
    Fate.SILENCED: "not told: silenced",
    Fate.MUTED: "not told: its route is muted",
    Fate.INHIBITED: "not told: inhibited",
}


def _state(one: Delivery, zone: ZoneInfo) -> str:
    if one.state is State.SENT and one.sent_at is not None:
        return f"sent {_time(one.sent_at, zone)} as message {', '.join(one.message_ids)}"
    wait = f", not before {_time(one.not_before, zone)}" if one.not_before else ""
    return f"{one.state}{wait}" + (f" ({one.error})" if one.error else "")


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %b %Y %H:%M:%S %Z}"
