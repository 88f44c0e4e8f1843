"""What is published in the demo, and when: september.yaml as nouns."""

from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from monitor.model import Kind


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edit(_Part):
    """A later text of an item."""

    at: datetime
    title: str = ""
    text: str
    expect: tuple[str, ...] = ()


class Item(_Part):
    """Something that is published; `expect` are the rules that must find it."""

    id: str
    at: datetime
    title: str = ""
    text: str
    link: str = ""
    forwarded_from: str = ""
    expect: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    def said(self, now: datetime) -> Edit:
        """Return its text as it stands now."""
        first = Edit(at=self.at, title=self.title, text=self.text)
        return [first, *(edit for edit in self.edits if edit.at <= now)][-1]


class Medium(_Part):
    """A source and all that it publishes."""

    id: str
    name: str
    country: str
    kind: Kind
    language: str
    medium: Literal["rss", "rss-windows-1251", "atom", "json", "telegram"]
    items: tuple[Item, ...]

    def published(self, now: datetime) -> Sequence[Item]:
        """Return what stands on its page now, newest first."""
        return sorted(
            (item for item in self.items if item.at <= now), key=lambda item: item.at, reverse=True
        )[:20]


class September(_Part):
    """The whole of it."""

    sources: tuple[Medium, ...]

    @property
    def moments(self) -> Sequence[datetime]:
        """Return when something is published or edited, in order."""
        items = [item for source in self.sources for item in source.items]
        edits = [edit.at for item in items for edit in item.edits]
        return sorted({*(item.at for item in items), *edits})


def september() -> September:
    """Return the September that comes with the program."""
    text = (resources.files("monitor.demo") / "september.yaml").read_text(encoding="utf-8")
    return September.model_validate(yaml.safe_load(text))
