"""What a page says of itself to search engines and social networks: JSON-LD, meta, microdata."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from monitor.collect.plaintext import one_line, plain_text
from monitor.collect.selecting import select, time

_ARTICLES = frozenset({"BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting"})
_MOST = 200  # objects in the JSON-LD of one page
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says of its article. Dates as they are spelled, the surest first."""

    title: str
    body: str  #: the whole text, as JSON-LD has it
    published: tuple[str, ...]
    modified: tuple[str, ...]
    author: str
    addresses: tuple[str, ...]  #: what it calls its own
    free: bool  #: False where it says that readers must pay


def read(root: etree._Element) -> Metadata:
    """Return what a page says of its article; what it does not say is empty."""
    said = next(_articles(root), {})
    meta = _meta(root)
    canonical = select(root, "link[rel~=canonical]::attr(href)")
    headline = _text(said.get("headline")) or _text(said.get("name"))
    return Metadata(
        title="" if headline.endswith(("…", "...")) else headline,  # shortened by a program
        body=plain_text(_string(said.get("articleBody"))),
        published=_dates(root, said, meta, "datePublished", "article:published_time"),
        modified=_dates(root, said, meta, "dateModified", "article:modified_time"),
        author=_author(root, said, meta),
        addresses=tuple(str(one) for one in (*canonical, meta.get("og:url", "")) if one),
        free=not _says_no(said.get("isAccessibleForFree")),
    )


def social_title(root: etree._Element) -> str:
    """Return the title that social networks show; "" where there is none."""
    return one_line(_meta(root).get("og:title", ""))


def _dates(
    root: etree._Element,
    said: Mapping[str, Any],
    meta: Mapping[str, str],
    name: str,
    social: str,
) -> tuple[str, ...]:
    own = time(select(root, f'[itemprop~="{name}"]'))[:5]
    return tuple(filter(None, [_string(said.get(name)), meta.get(social, ""), *own]))


def _meta(root: etree._Element) -> dict[str, str]:
    """Return what the page's meta elements say, the first of each name."""
    said: dict[str, str] = {}
    for one in root.iter("meta"):
        for name in (one.get("property"), one.get("name")):
            if name and one.get("content"):
                said.setdefault(name.lower(), (one.get("content") or "").strip())
    return said


def _articles(root: etree._Element) -> Iterator[Mapping[str, Any]]:
    """Yield the articles in a page's JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            waiting = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(_MOST):
            if not waiting:
                break
            one = waiting.pop(0)
            if isinstance(one, list):
                waiting += one[:_MOST]
            elif isinstance(one, dict):
                if _is_article(one.get("@type")):
                    yield one
                waiting += [one[key] for key in ("@graph", "mainEntity") if key in one]


def _is_article(kind: object) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(k, str) and (k.endswith("Article") or k in _ARTICLES) for k in kinds)


def _author(root: etree._Element, said: Mapping[str, Any], meta: Mapping[str, str]) -> str:
    named = said.get("author")
    people = named if isinstance(named, list) else [named]
    names = [_text(one.get("name") if isinstance(one, dict) else one) for one in people[:20]]
    found = ", ".join(dict.fromkeys(filter(None, names))) or meta.get("author", "")
    if not found:
        signed = time(select(root, '[itemprop~="author"], [rel~=author]'))
        found = next(iter(signed), "")
    return found if len(found) <= _LONGEST_NAME and "://" not in found else ""


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    return one_line(plain_text(_string(value)))


def _says_no(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")
