"""HTML to the plain text that a reader sees: one paragraph a line, nothing lost, nothing hidden."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator

from lxml import etree

# libxml2 stops reading where something is nested deeper than 2048 levels. Of what is, we keep the
# levels down to here.
_DEEPEST = 200

# The name is possessive: one that never ends would be tried again at each of its letters.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)[^<>]*?(/?)>")
_RAW = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_MARKUP = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_VOID = frozenset(
    {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# Nobody closes these: the next one does.
_SELF_CLOSING = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "option"})
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
    """Return the tree of an HTML fragment, wrapped in one element, with all of its text."""
    root, _whole = tree(f"<html><body><div>{markup}</div></body></html>")
    return root


def tree(
    markup: str, parser: type[etree.HTMLParser] = etree.HTMLParser
) -> tuple[etree._Element, bool]:
    """Return the tree of an HTML page, and whether it is nested as the page is.

    libxml2 would lose what is nested very deep and everything after it. Such a page keeps all of
    its text, and of its elements those that are not so deep.
    """
    root, whole = _parsed(clean(markup), parser)
    if not whole:
        root, _ = _parsed(_shallow(clean(markup)), parser)
    return root, whole


def _parsed(markup: str, kind: type[etree.HTMLParser]) -> tuple[etree._Element, bool]:
    # A new parser each time: lxml's keep the errors of what they read before.
    parser = kind(
        encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(markup.encode(), parser)
    except etree.XMLSyntaxError:  # there is nothing in it
        root = None
    if root is None:
        root = etree.fromstring(b"<html><body></body></html>", parser)
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    return root, all(error.type != limit for error in parser.error_log)


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


def _shallow(markup: str) -> str:
    """Return an HTML page without the tags, but with the text, of what is nested too deep."""
    opened: list[str] = []
    open_now: Counter[str] = Counter()

    def leave(name: str) -> None:
        while opened:
            left = opened.pop()
            open_now[left] -= 1
            if left == name:
                return

    def kept(found: re.Match[str]) -> str:
        closing, name, empty = found[1], found[2].lower(), found[3] or found[2].lower() in _VOID
        if closing:
            if not open_now[name]:
                return _boundary(name)
            leave(name)
            return found[0] if len(opened) < _DEEPEST else _boundary(name)
        if name in _SELF_CLOSING and opened and opened[-1] == name:
            leave(name)
        if not empty:
            opened.append(name)
            open_now[name] += 1
        return found[0] if len(opened) <= _DEEPEST else _boundary(name)

    return _TAG.sub(kept, _without_raw(markup))


def _boundary(name: str) -> str:
    return "<br>" if name in _BLOCKS else ""


def _without_raw(markup: str) -> str:
    """Return an HTML page without comments, scripts and styles, in which tags are no tags."""
    for opening, closing in _RAW:
        pieces, position = [], 0
        while (start := markup.find(opening, position)) >= 0:
            last = markup.find(closing, start)
            end = markup.find(">", last)
            if last < 0 or end < 0:
                break
            pieces.append(markup[position:start])
            position = end + 1
        markup = "".join([*pieces, markup[position:]])
    return markup
