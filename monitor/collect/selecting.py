"""CSS selectors on HTML pages, with ::text and ::attr(name), as parsel spells them."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

from lxml import etree, html
from parsel.csstranslator import HTMLTranslator

from monitor.collect.plaintext import element_text, lines, one_line, tree

#: What a selector finds: elements, or the strings that ::text and ::attr(name) ask for.
Found = etree._Element | str  # noqa: SLF001 - lxml has no other name for the type

_CSS = HTMLTranslator()


def document(text: bytes) -> tuple[html.HtmlElement, bool]:
    """Return the tree of a page in UTF-8, and whether it is nested as the page is."""
    root, whole = tree(text.decode(errors="replace"), html.HTMLParser)
    return cast("html.HtmlElement", root), whole


def select(root: etree._Element, css: str) -> list[Found]:
    """Return what a selector finds at or below an element, in the order of the page."""
    return cast("list[Found]", _path(css)(root)) if css else []


def drop(root: etree._Element, css: str) -> None:
    """Take everything that a selector finds out of the tree; what stands behind it stays."""
    for found in select(root, css):
        if isinstance(found, html.HtmlElement) and found.getparent() is not None:
            found.drop_tree()


def depth(root: etree._Element) -> int:
    """Return how deep the elements below this one are nested."""
    deepest = level = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        level += 1 if event == "start" else -1
        deepest = max(deepest, level)
    return deepest


def words(found: Iterable[Found]) -> str:
    """Return the text of everything that a selector found."""
    return "\n".join(filter(None, map(_words, found)))


def first_words(found: Sequence[Found]) -> str:
    """Return the text of the first thing that was found and has one, on one line.

    The pieces that ::text makes of one element are one thing.
    """
    for one in found:
        if _words(one):
            pieces = [one]
            if isinstance(one, str):
                pieces = [other for other in found if _parent(other) is _parent(one)]
            return one_line(" ".join(map(_words, pieces)))
    return ""


def address(found: Found) -> str:
    """Return the address in what a selector found: that of a link, or what stands there."""
    if isinstance(found, str):
        return found.strip()
    return (found.get("href") or "").strip()


def time(found: Sequence[Found]) -> list[str]:
    """Return what may be a date in what a selector found: first what is meant for machines."""
    said = []
    for one in found:
        if not isinstance(one, str):
            said += [one.get(name) or "" for name in ("datetime", "content", "title")]
        said.append(one_line(_words(one)))
    return [spelled for spelled in said if spelled]


def title_of(root: etree._Element) -> str:
    """Return what the page calls itself."""
    for title in root.iter("title"):
        return one_line(title.text or "")[:200]
    return ""


def _words(found: Found) -> str:
    return lines(found) if isinstance(found, str) else element_text(found)


def _parent(found: Found) -> object:
    """Return the element in which a string stands."""
    parent = getattr(found, "getparent", lambda: None)()
    return parent.getparent() if parent is not None and getattr(found, "is_tail", False) else parent


@cache
def _path(css: str) -> etree.XPath:
    return etree.XPath(_CSS.css_to_xpath(css))
