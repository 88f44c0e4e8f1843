"""HTML lists of news to entries, by the selectors that somebody wrote for the page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from lxml import etree

from monitor.collect import entries
from monitor.collect.charset import to_utf8
from monitor.collect.dates import home_zone, moment
from monitor.collect.entries import Item, Origin
from monitor.collect.links import absolute, onward
from monitor.collect.plaintext import element_text, one_line
from monitor.collect.selecting import (
    address,
    document,
    first_words,
    select,
    time,
    title_of,
    words,
)
from monitor.collect.served import Served
from monitor.collect.walls import wall
from monitor.config.source import Select
from monitor.errors import Cause, PageError
from monitor.model import Page

_TOO_DEEP = "it is nested so deep that only its text is sure, not which entry it belongs to"


@dataclass(frozen=True, slots=True)
class _Card:
    """An entry on the list, as it stands there."""

    link: str  #: absolute; "" where it has none
    title: str
    text: str
    date: str  #: as it is spelled, where it says a moment; else ""
    raw: bytes

    @property
    def fingerprint(self) -> str:
        said = f"{self.link}\0{self.title}\0{self.text}\0{self.date}"
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16]


def read(served: Served) -> Page:
    """Return the entries of a list whose fingerprints are not known, oldest first.

    An entry is its link; one that stands on the page twice is read once, with the longer of its
    titles and texts. The fingerprint is of what a reader sees: counters and classes may change.
    A date that does not say its day, as `14:20` or `вчера`, is none. What has neither a link nor
    words is left out, and `problem` counts it. Raises PageError where there is no entry.
    """
    rules = served.select
    if rules is None or not rules.entry:
        raise PageError("nobody says where its entries stand: add `select: {entry: …}`")
    text = to_utf8(served.body, served.content_type)
    if not text:
        raise PageError("the body is empty", Cause.EMPTY)
    root, whole = document(text)
    found = [one for one in select(root, rules.entry) if not isinstance(one, str)]
    if not found:
        raise wall(root, text) or _changed(root, f"`entry` ({rules.entry}) finds nothing")
    base = _base(root, served.url)
    zone = home_zone(served.country)
    cards = [_card(one, rules, base, zone) for one in found]
    if not any(card.link for card in cards):
        count = f"`link` ({rules.link}) finds nothing in any of {len(cards)} entries"
        raise wall(root, text) or _changed(root, count)
    origin = Origin(
        url=base, source=served.source, language=served.language or _language(root), zone=zone
    )
    page = _page(_merged(cards), origin, served)
    problems = [page.problem, *_missing(cards, rules), None if whole else _TOO_DEEP]
    problem = "; ".join(filter(None, problems)) or None
    named = [absolute(address(one), base) for one in select(root, rules.older)]
    return replace(
        page,
        problem=problem,
        cause=Cause.INCOMPLETE if problem else None,
        older=onward(named[0], served.url) if named else None,
    )


def _page(cards: Sequence[_Card], origin: Origin, served: Served) -> Page:
    items = [Item(link=c.link, title=c.title, text=c.text, published=c.date) for c in cards]
    fingerprints = [card.fingerprint for card in cards]
    choice = entries.choose(fingerprints, served.known)
    chosen = {number: items[number] for number in choice.new}
    return entries.assemble(chosen, [c.raw for c in cards], fingerprints, choice, origin)


def _card(element: etree._Element, rules: Select, base: str, zone: tzinfo) -> _Card:
    links = [(absolute(address(one), base), one) for one in select(element, rules.link)]
    link = next((url for url, _ in links if url), "")
    if rules.title:
        title = first_words(select(element, rules.title))
    else:
        title = _own_words(element, link, base)
    dates = time(select(element, rules.date))
    return _Card(
        link=link,
        title=title,
        text=words(select(element, rules.text)),
        date=next((spelled for spelled in dates if moment(spelled, zone)), ""),
        raw=etree.tostring(element, encoding="utf-8", method="html", with_tail=False),
    )


def _own_words(element: etree._Element, link: str, base: str) -> str:
    """Return the longest that a link says which leads where the entry does."""
    anchors = [one for one in element.iter("a") if absolute(one.get("href") or "", base) == link]
    said = [one_line(element_text(one)) for one in anchors]
    named = [one_line(one.get("title") or "") for one in anchors]
    return max(said, key=len, default="") or max(named, key=len, default="")


def _merged(cards: Sequence[_Card]) -> list[_Card]:
    """Return the entries of a list, each link once, without those that say nothing at all."""
    by_link: dict[str, list[_Card]] = {}
    for number, card in enumerate(cards):
        if card.link or card.title or card.text:
            by_link.setdefault(card.link or f"\0{number}", []).append(card)
    return [_one(same) for same in by_link.values()]


def _one(cards: Sequence[_Card]) -> _Card:
    return _Card(
        link=cards[0].link,
        title=max((card.title for card in cards), key=len),
        text=max((card.text for card in cards), key=len),
        date=next((card.date for card in cards if card.date), ""),
        raw=b"\n".join(dict.fromkeys(card.raw for card in cards)),
    )


def _missing(cards: Sequence[_Card], rules: Select) -> list[str]:
    """Return what is wrong with the entries of a list, counted."""
    merged = _merged(cards)
    linkless = sum(not card.link for card in cards)
    untitled = sum(not card.title for card in merged if card.link)
    problems = []
    if linkless:
        problems.append(f"{linkless} of {len(cards)} entries have no link")
    if untitled == len(merged) and rules.title:
        problems.append(f"`title` ({rules.title}) finds nothing in any of {len(merged)} entries")
    elif untitled:
        problems.append(f"{untitled} of {len(merged)} entries have no title")
    return problems


def _changed(root: etree._Element, what: str) -> PageError:
    title = title_of(root)
    called = f"on the page titled “{title}”" if title else "on a page without a title"
    return PageError(f"{what} {called}", Cause.LAYOUT)


def _base(root: etree._Element, url: str) -> str:
    """Return the address from which the page's links count."""
    href = next((one.get("href") for one in root.iter("base")), None)
    return absolute(href or "", url) or url


def _language(root: etree._Element) -> str | None:
    language = (root.get("lang") or "")[:2].lower()
    return language if language.isascii() and language.isalpha() and len(language) == 2 else None
