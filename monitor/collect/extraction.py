"""The text of an article on a page of which nobody has said where it stands: trafilatura.

No other file knows it. Only what reads a tree is used of it: its fetcher follows any address.
"""

from copy import deepcopy

from lxml.html import HtmlElement

from monitor.collect.plaintext import lines

# Of a short text it cannot tell well what is the menu: then it had better be strict.
_SHORT = 600  # characters


def main_text(root: HtmlElement) -> str:
    """Return the text of the article on a page; "" where there seems to be none."""
    text = _extracted(root, strict=False)
    return (len(text) < _SHORT and _extracted(root, strict=True)) or text


def _extracted(root: HtmlElement, *, strict: bool) -> str:
    # Here: it costs memory and time, and a process that reads no article needs neither.
    import trafilatura  # noqa: PLC0415

    try:
        found = trafilatura.bare_extraction(
            deepcopy(root), include_comments=False, favor_precision=strict
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - it raises nearly anything on hostile pages
        return ""
    text = getattr(found, "text", None)
    return lines(text) if isinstance(text, str) else ""
