"""From what a parser found to entries: identity, order, and who is the same as whom."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from monitor.collect.dates import credible, moment
from monitor.collect.links import absolute, canonical
from monitor.errors import Cause
from monitor.model import Entry, Page

_LONGEST_ID = 500
_MOST = 5000  # entries read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What all entries of a page have in common."""

    url: str  #: of the page
    source: str
    language: str | None
    zone: tzinfo  #: of times that name none


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry as its format spells it: text is plain already, the rest is not judged yet."""

    id: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    published: str = ""
    updated: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which entries of a page are read, by their numbers on it."""

    new: Sequence[int]
    later: frozenset[int]  #: new ones as well, but too many for one reading
    problem: str | None


def choose(fingerprints: Sequence[str], known: Collection[str]) -> Choice:
    """Return which entries of a page are new, the first of them if there are very many."""
    known = frozenset(known)
    new = [number for number, mark in enumerate(fingerprints) if mark not in known]
    later = new[_MOST:]
    problem = None
    if later:
        problem = (
            f"{len(new)} new entries at once: the first {_MOST} are read now,"
            f" {len(later)} when it is fetched again"
        )
    return Choice(new=new[:_MOST], later=frozenset(later), problem=problem)


def assemble(
    items: Mapping[int, Item],
    raws: Sequence[bytes],
    fingerprints: Sequence[str],
    choice: Choice,
    origin: Origin,
) -> Page:
    """Return the page that these items are, by their numbers on it.

    What could not be read, and what is left for later, is not among the fingerprints: it will be
    new again.
    """
    numbers = sorted(items)
    built = [entry(items[n], raws[n], fingerprints[n], origin) for n in numbers]
    own = dict(zip(numbers, distinct(built), strict=True))
    missing = frozenset(choice.new) - items.keys()
    problems = [choice.problem] if choice.problem else []
    if missing:
        problems.append(f"{len(missing)} of {len(fingerprints)} entries cannot be read")
    unread = missing | choice.later
    return Page(
        entries=oldest_first(e for e in map(own.get, choice.new) if e is not None),
        fingerprints=tuple(m for n, m in enumerate(fingerprints) if n not in unread),
        problem="; ".join(problems) or None,
        cause=Cause.INCOMPLETE if problems else None,
    )


def troubled(page: Page, problem: str, cause: Cause) -> Page:
    """Return a page that has a problem besides those that are known of it.

    Its cause is the last one: troubles of single entries are found before those of the page.
    """
    said = f"{page.problem}; {problem}" if page.problem else problem
    return replace(page, problem=said, cause=cause)


def believed(page: Page, seen_at: datetime, zone: tzinfo) -> Page:
    """Return a page with the dates of its entries as far as one can believe them: see `credible`.

    `zone` is the home of its source. The entries are in the order of those dates.
    """

    def judged(when: datetime | None) -> datetime | None:
        return None if when is None else credible(when, seen_at, zone)

    dated = [
        replace(e, published_at=judged(e.published_at), updated_at=judged(e.updated_at))
        for e in reversed(page.entries)  # oldest_first() takes them as they stand on the page
    ]
    return replace(page, entries=oldest_first(dated))


def entry(item: Item, raw: bytes, fingerprint: str, origin: Origin) -> Entry:
    """Return the entry that an item of this page is."""
    url = absolute(item.link, origin.url) or absolute(_as_link(item.id), origin.url)
    return Entry(
        id=identity(item, url),
        source=origin.source,
        url=url,
        title=item.title,
        text=item.text,
        language=origin.language,
        published_at=moment(item.published, origin.zone) or moment(item.updated, origin.zone),
        updated_at=moment(item.updated, origin.zone),
        author=item.author or None,
        fingerprint=fingerprint,
        raw=raw,
    )


def identity(item: Item, url: str) -> str:
    """Return what stays the same for the same item: its id, else its link, else what it says."""
    own = key(item.id) or url
    if not own:
        return f"text:{_digest(item.title, item.text)}"
    return own if len(own) <= _LONGEST_ID else f"long:{_digest(own)}"


def key(spelled: str) -> str:
    """Return an id as it counts: one that is a link carries no tracking parameters."""
    spelled = spelled.strip()
    return canonical(spelled) if _as_link(spelled) else spelled


def distinct(entries: Sequence[Entry]) -> list[Entry | None]:
    """Return the entries of a page with an id each of their own, None for mere repetitions.

    Where two entries that say different things share an id, the older one keeps it: it had it
    already when the newer one was not there yet.
    """
    result: list[Entry | None] = list(entries)
    seen: dict[str, list[Entry]] = {}
    for number in _by_age(entries):
        this = entries[number]
        others = seen.setdefault(this.id, [])
        if any((o.title, o.text, o.url) == (this.title, this.text, this.url) for o in others):
            result[number] = None
        elif others:
            result[number] = replace(this, id=f"{this.id}#{_difference(this, others)}")
        others.append(this)
    return result


def oldest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries by date; without one, what stands lower on the page is older."""
    ordered = list(entries)
    return tuple(ordered[number] for number in _by_age(ordered))


def _by_age(entries: Sequence[Entry]) -> list[int]:
    upwards = list(range(len(entries)))[::-1]
    known = [e.published_at for e in entries if e.published_at is not None]
    if not known:
        return upwards
    latest: datetime = min(known)
    when = {}
    for number in upwards:
        # One without a date belongs where it stands, next to the one below it.
        latest = entries[number].published_at or latest
        when[number] = latest
    return sorted(upwards, key=when.__getitem__)


def _difference(this: Entry, others: Sequence[Entry]) -> str:
    """Return a mark of what tells an entry from others, the steadiest thing that does."""
    if all(this.url != other.url for other in others):
        return _digest(this.url)
    if all(this.title != other.title for other in others):
        return _digest(this.url, this.title)
    return _digest(this.url, this.title, this.text)


def _as_link(spelled: str) -> str:
    return spelled if spelled.strip().lower().startswith(("http://", "https://")) else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:16]
