"""What the archive has to say to those who ask the bot."""

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from monitor.app.asking import Compiled, Search, compiled
from monitor.app.finding import called
from monitor.archive import alerts, deliveries, documents, health, lately, silences, sources
from monitor.archive.documents import Selection
from monitor.archive.lately import Told
from monitor.archive.store import Store, Transaction
from monitor.config.matchers import MatcherError, all_hold, matchers
from monitor.config.schema import Config
from monitor.errors import MonitorError
from monitor.match.language import LanguageIdentifier
from monitor.match.matcher import Matcher
from monitor.match.words.morphology import Expander
from monitor.model import Archived, Document, Provenance, Silence
from monitor.notify.bot_desk import Found, Heard, Matched, Searched, Sights, Unseen, Why

#: How far a search in a chat looks back; `monitor search` has no such bounds.
BACK = timedelta(days=30)
#: How long a search in a chat may take.
SECONDS = 6.0
#: How many documents a list in a chat shows.
MOST = 8

_TITLE = 200
# What people looked for is remembered only for a while: words are free, memory is not.
_SEARCHES = 500


class Searcher:
    """Looks through the archive for those who ask in a chat."""

    def __init__(self, store: Store, timer: Callable[[], float] = time.monotonic) -> None:
        """Read this archive, measuring by that timer."""
        self._store = store
        self._timer = timer
        self._expander = Expander(None)
        self._searches = 0

    def search(self, query: str, config: Config, now: datetime) -> Searched:
        """Return the newest documents that the query finds, as far as there is time."""
        end = self._timer() + SECONDS
        self._searches += 1
        if self._searches % _SEARCHES == 0:
            self._expander = Expander(None)
        try:
            found = compiled(query, config.vocabulary, self._expander)
        except MonitorError as error:
            return Searched(mistakes=[str(error)])
        if found.rule is None:
            return Searched(mistakes=_mistakes(found))
        known = self._store.read_now(sources.known)
        known |= {one.id: one.provenance for one in config.sources}
        since = now - BACK
        ids = self._store.read_now(lambda tx: documents.select_ids(tx, Selection(since=since)))
        looking = Search(Matcher([found.rule]), LanguageIdentifier(config.language.engine), known)
        texts = takewhile(
            lambda _: self._timer() < end, documents.stream(self._store.read_now, ids)
        )
        shown: list[Found] = []
        whole = True
        for one in looking.findings(texts):
            if len(shown) == MOST:
                whole = False
                break
            shown.append(_found(one.archived, one.document, one.source))
        return Searched(
            found=shown,
            days=BACK.days,
            read=looking.read,
            whole=whole and looking.read == len(ids),
        )


def _mistakes(found: Compiled) -> list[str]:
    own = [one.text for one in found.own if not one.warning]
    return own or [one.text for one in found.problems if not one.warning]


def last(tx: Transaction, config: Config, rules: Collection[str] | None) -> tuple[Found, ...]:
    """Return what was told last for these rules, or for any."""
    known = _known(tx, config)
    return tuple(_told(one, known, rules) for one in lately.told(tx, rules, MOST))


def why(tx: Transaction, config: Config, name: str, names: Collection[str] | None) -> Why | None:
    """Return what became of a document at these receivers, or at all; None where there is none."""
    texts = called(tx, name.removeprefix("#"))
    if not texts:
        return None
    archived, document = texts[-1]
    found = _found(archived, document, _known(tx, config).get(document.source))
    matched = documents.matches_of(tx, archived.id)
    return Why(
        ref=archived.ref,
        title=found.title,
        url=document.url,
        source=found.source,
        seen_at=document.seen_at,
        reason=alerts.reason_of(tx, archived.id),
        matched=[
            Matched(
                rule=match.rule,
                severity=match.severity,
                words=list(dict.fromkeys(hit.text for hit in match.hits)),
            )
            for match in matched
        ],
        heard=[one for one in _heard(tx, archived.id) if names is None or one.receiver in names],
    )


def _heard(tx: Transaction, document_id: int) -> Iterator[Heard]:
    """Yield what became of it at each receiver, with the message that says it, if there is one."""
    sent = {one.receiver: one for one in deliveries.of_document(tx, document_id)}
    fates = {one.receiver: one for one in lately.fates(tx, document_id)}
    for receiver in sorted({*sent, *fates}):
        fate, message = fates.get(receiver), sent.get(receiver)
        yield Heard(
            receiver=receiver,
            fate=fate.fate if fate else None,
            state=message.state if message else None,
            at=message.sent_at if message else None,
            why=fate.why if fate else "",
        )


def sights(tx: Transaction, config: Config, names: Collection[str] | None, now: datetime) -> Sights:
    """Return how the program fares; what waits and is silent for these receivers, or for all."""
    states = health.states(tx)
    known = _known(tx, config)
    return Sights(
        sources=len(states),
        blind=[
            Unseen(name=known[one.id].name if one.id in known else one.id, since=one.blind_since)
            for one in states
            if one.blind_since is not None
        ],
        rules=0,
        newest=lately.newest(tx),
        waiting=lately.waiting(tx, names),
        silences=[one for one in silences.active(tx, now) if names is None or concerns(one, names)],
    )


def concerns(silence: Silence, names: Collection[str]) -> bool:
    """Return whether a silence is for one of these receivers, alone or with others."""
    try:
        wanted = [one for one in matchers(silence.matchers) if one.label == "receiver"]
    except MatcherError:  # of a later version: it silences nothing
        return False
    return any(all_hold(wanted, {"receiver": (name,)}) for name in names)


def silences_rule(silence: Silence, names: Collection[str], rule: str) -> bool:
    """Return whether one of these receivers hears nothing of a rule, whatever it finds."""
    try:
        wanted = matchers(silence.matchers)
    except MatcherError:
        return False
    whole = {one.label for one in wanted} <= {"receiver", "rule"}
    return whole and any(all_hold(wanted, {"receiver": (name,), "rule": (rule,)}) for name in names)


def receiver_is(name: str) -> str:
    """Return the matcher of what one receiver would hear."""
    return f'receiver="{name}"'


def rule_is(rule: str) -> str:
    """Return the matcher of what one rule finds."""
    return f'rule="{rule}"'


def story_is(story_id: int) -> str:
    """Return the matcher of what belongs to one story."""
    return f'story="s{story_id}"'


def _known(tx: Transaction, config: Config) -> dict[str, Provenance]:
    return sources.known(tx) | {one.id: one.provenance for one in config.sources}


def _told(one: Told, known: dict[str, Provenance], rules: Collection[str] | None) -> Found:
    found = _found(one.archived, one.document, known.get(one.document.source))
    matched = [match for match in one.matches if rules is None or match.rule in rules]
    return Found(
        ref=found.ref,
        title=found.title,
        url=found.url,
        source=found.source,
        at=found.at,
        severity=max((match.severity for match in matched), key=lambda s: s.rank, default=None),
        rules=[match.rule for match in matched],
    )


def _found(archived: Archived, document: Document, source: Provenance | None) -> Found:
    return Found(
        ref=archived.ref,
        title=" ".join((document.title or document.text[: 2 * _TITLE]).split())[:_TITLE] or "—",
        url=document.url,
        source=source.name if source else document.source,
        at=document.published_at or document.seen_at,
    )
