"""HTML to the plain text that a reader sees: one paragraph a line, nothing lost, nothing hidden."""

import html
import re
from collections.abc import Callable, Iterator

from lxml import etree

# libxml2 drops what is nested deeper than its limits and says nothing.
_DEEPEST = 250

# The name is possessive: one that never ends would be tried again at each of its letters.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)[^<>]*?(/?)>")
_MARKUP = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_VOID = frozenset(
    {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "title", "iframe"})
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details"),
        *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre"),
        *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_BREAKS = re.compile(r"[\n\r\u2028\u2029]")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain_text(markup: str) -> str:
    """Return the text of an HTML fragment, or of a text that only may be one."""
    if "<" not in markup:
        return lines(html.unescape(markup) if "&" in markup else markup)
    if not _MARKUP.search(markup):
        return lines(html.unescape(markup))
    if too_deep(markup):
        return _stripped(markup)
    return element_text(fragment(markup))


def lines(text: str) -> str:
    """Return a plain text with its lines trimmed and the empty ones left out."""
    trimmed = (" ".join(line.split()) for line in clean(text).splitlines())
    return "\n".join(line for line in trimmed if line)


def one_line(text: str) -> str:
    """Return a text without line breaks or runs of white space."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Return a text without control characters and halves of surrogate pairs."""
    return _UNFIT.sub("", text) if _UNFIT.search(text) else text


def fragment(markup: str) -> etree._Element:
    """Return the tree of an HTML fragment, wrapped in one element."""
    # A new parser each time: lxml's keep the errors of what they read before.
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    body = f"<html><body><div>{clean(markup)}</div></body></html>"
    return etree.fromstring(body.encode(), parser)


def element_text(
    root: etree._Element, skip: Callable[[etree._Element], bool] = lambda _: False
) -> str:
    """Return the text of an element, without those inside it that are hidden or skipped."""
    return lines("".join(_pieces(root, skip)))


def _pieces(root: etree._Element, skip: Callable[[etree._Element], bool]) -> Iterator[str]:
    """Yield the text in document order, a line break where a paragraph begins or ends."""
    walk = etree.iterwalk(root, events=("start", "end"))
    verbatim = 0  # how many <pre> we are in
    for event, element in walk:
        block = element.tag in _BLOCKS
        if event == "start":
            verbatim += element.tag == "pre"
            if block:
                yield "\n"
            if element.tag in _HIDDEN or skip(element):
                walk.skip_subtree()
            elif element.text:
                yield element.text if verbatim else _BREAKS.sub(" ", element.text)
            continue
        verbatim -= element.tag == "pre"
        if block:
            yield "\n"
        if element.tail and element is not root:
            yield element.tail if verbatim else _BREAKS.sub(" ", element.tail)


def too_deep(markup: str) -> bool:
    """Return whether a tree of this markup would not hold all of it."""
    if markup.count("<") <= _DEEPEST:
        return False
    depth = 0
    for closing, name, empty in _TAG.findall(markup):
        if empty or name.lower() in _VOID:
            continue
        depth += -1 if closing else 1
        if depth > _DEEPEST:
            return True
    return False


def _stripped(markup: str) -> str:
    """Return everything between the tags, where no tree can be trusted to hold it."""

    def boundary(found: re.Match[str]) -> str:
        name = re.match(r"</?([a-zA-Z0-9]*)", found[0])
        return "\n" if name is not None and name[1].lower() in _BLOCKS else ""

    flat = " ".join(markup.split())
    return lines(html.unescape(_MARKUP.sub(boundary, flat)))
