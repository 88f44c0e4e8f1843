"""JSON Feed 1.x, https://www.jsonfeed.org/version/1.1/, as far as it says something."""

import json
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ValidationError

from monitor.collect import entries
from monitor.collect.entries import Item, Origin
from monitor.collect.links import onward
from monitor.collect.plaintext import lines, one_line, plain_text
from monitor.collect.scan import fingerprint
from monitor.errors import Cause, PageError
from monitor.model import Page

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")


def _lenient(value: object) -> str:
    """Read what is not text, where text should stand, as far as it means any."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


Words = Annotated[str, BeforeValidator(_lenient)]


class _Author(BaseModel):
    name: Words = ""


def _authors(value: object) -> object:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _author(value: object) -> object:
    return value if isinstance(value, dict) else {}


class _Item(BaseModel):
    id: Words = ""
    url: Words = ""
    external_url: Words = ""
    title: Words = ""
    content_html: Words = ""
    content_text: Words = ""
    summary: Words = ""
    date_published: Words = ""
    date_modified: Words = ""
    author: Annotated[_Author, BeforeValidator(_author)] = _Author()
    authors: Annotated[list[_Author], BeforeValidator(_authors)] = []

    def item(self) -> Item:
        """Return what the entry says, in plain text."""
        names = [author.name for author in self.authors] or [self.author.name]
        return Item(
            id=self.id.strip(),
            link=self.url or self.external_url,
            title=one_line(self.title),
            text=plain_text(self.content_html) or lines(self.content_text) or lines(self.summary),
            published=self.date_published,
            updated=self.date_modified,
            author=one_line(", ".join(filter(None, names))),
        )


def read(text: bytes, origin: Origin, known: Collection[str]) -> Page:
    """Return the entries of a JSON Feed whose fingerprints are not known, oldest first."""
    try:
        said, raws = _parts(text.decode())
    except (ValueError, RecursionError) as error:
        raise PageError(
            f"not a feed: it begins like JSON, but is broken: {error}", Cause.NOT_A_FEED
        ) from error
    if raws is None or "jsonfeed.org" not in said.get("version", ""):
        raise PageError("not a feed: JSON, but not JSON Feed", Cause.NOT_A_FEED)
    fingerprints = [fingerprint(raw) for raw in raws]
    choice = entries.choose(fingerprints, known)
    read_items = {}
    for number in range(len(raws)):
        if number not in choice.later:
            try:
                read_items[number] = _Item.model_validate(
                    _DECODER.decode(raws[number].decode())
                ).item()
            except ValidationError:
                continue  # assemble() says how many
    page = entries.assemble(read_items, raws, fingerprints, choice, origin)
    return replace(page, older=onward(said.get("next_url", ""), origin.url))


def _parts(text: str) -> tuple[dict[str, str], list[bytes] | None]:
    """Return what a feed says of itself, and the bytes of each of its items."""
    said: dict[str, str] = {}
    raws = None
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        return said, None
    position = _skip(text, position + 1)
    while text[position : position + 1] != "}":
        name, position = _DECODER.raw_decode(text, position)
        position = _expect(text, position, ":")
        if name == "items" and text[position : position + 1] == "[":
            raws, position = _elements(text, position)
        else:
            value, position = _DECODER.raw_decode(text, position)
            said[name] = str(value)
        position = _next(text, position, "}")
    return said, raws


def _elements(text: str, position: int) -> tuple[list[bytes], int]:
    """Return the bytes of each element of an array, and where it ends."""
    raws = []
    position = _skip(text, position + 1)
    while text[position : position + 1] != "]":
        _value, end = _DECODER.raw_decode(text, position)
        raws.append(text[position:end].encode(errors="replace"))
        position = _next(text, end, "]")
    return raws, position + 1


def _next(text: str, position: int, closing: str) -> int:
    """Return where the next element begins, or where the closing bracket stands."""
    position = _skip(text, position)
    return position if text[position : position + 1] == closing else _expect(text, position, ",")


def _expect(text: str, position: int, mark: str) -> int:
    position = _skip(text, position)
    if text[position : position + 1] != mark:
        raise ValueError(f"{mark!r} expected at character {position}")
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
