"""What config.yaml may say. These models are the loader and the JSON Schema at once."""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, model_validator

from monitor.config.fields import (
    PROXY,
    STORE,
    TWO_LETTERS,
    Country,
    Id,
    LabelName,
    ListName,
    Many,
    Network,
    Some,
    Term,
    Text,
    Url,
    Word,
)
from monitor.config.intervals import NamedIntervals
from monitor.config.receivers import Bot, ConsoleReceiver, Heartbeat, Receiver
from monitor.config.routing import FloodLimit, InhibitRule, Operator, Route, Stories
from monitor.config.source import Source, SourceGroup, SourcePick, Strict
from monitor.config.vocabulary import Vocabulary
from monitor.model import Kind, Severity


class Where(Strict):
    """Which documents a rule reads; every key that is given must hold."""

    country: Many[Country] = ()
    kind: Many[Kind] = ()
    language: Many[str] = ()
    source: Many[str] = Field((), description="ids of sources; * stands for any characters")
    fields: Many[Literal["title", "text"]] = ()
    first_words: int | None = Field(
        None, ge=1, le=100_000, description="look only among so many words from the beginning"
    )


class Near(Strict):
    """Terms that stand close together."""

    terms: Annotated[tuple[Some[Term], ...], Field(min_length=2, max_length=8)]
    within: int = Field(8, ge=0, le=100, description="other words between them, at most")
    ordered: bool = False


class AtLeast(Strict):
    """A term that occurs several times."""

    n: int = Field(ge=1, le=100)
    of: Some[Term]


class MatchBlock(Strict):
    """The simple spelling of a rule: one item per line, each item one term."""

    any: Many[Term] = ()
    all: Many[Some[Term]] = Field((), description="every item; a nested list is an OR")
    near: Near | None = None
    at_least: AtLeast | None = None
    none: Many[Term] = Field((), description="discard the whole document")
    except_: Annotated[
        Many[Term], Field(alias="except", description="discard the hits that these overlap")
    ] = ()


class RuleTest(Strict):
    """A text that a rule must catch, or must ignore."""

    catches: Text | None = None
    ignores: Text | None = None
    language: str | None = Field(None, pattern=TWO_LETTERS)
    source: Id | None = None
    field: Literal["title", "text"] = Field("text", description="where the text stands")
    hits: Many[Text] = Field((), description="what must be found in a text that it catches")

    @model_validator(mode="after")
    def _one_of(self) -> "RuleTest":
        if (self.catches is None) == (self.ignores is None):
            raise ValueError("write either `catches:` or `ignores:`")
        if self.ignores is not None and self.hits:
            raise ValueError("`hits:` belong to `catches:`: what is ignored has none")
        return self

    @property
    def said(self) -> str:
        """Return the text."""
        return self.catches if self.catches is not None else self.ignores or ""


class Status(StrEnum):
    """How far a rule can be trusted, as its author sees it."""

    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Rule(Strict):
    """A stored query with what people need to know of it."""

    id: Id
    title: Text = Field("", max_length=256, description="what the alert says; the id by default")
    description: Text = ""
    status: Status = Status.STABLE
    severity: Severity = Severity.MEDIUM
    owner: Text = Field("", max_length=200, description="who answers for it: a desk, a person")
    tags: Many[Id] = ()
    labels: dict[LabelName, Text] = Field({}, description="free words, for routing and programs")
    references: Many[Url] = Field((), description="why it exists: links")
    flood_limit: int | None = Field(
        None, ge=1, le=1000, description="its alerts in ten minutes before they are gathered"
    )
    where: Where = Where()
    match: MatchBlock | None = None
    query: Text | None = Field(None, min_length=1, max_length=20_000)
    tests: tuple[RuleTest, ...] = ()

    @property
    def name(self) -> str:
        """Return what the alert says: the title, or the id, and whether the rule is on trial."""
        trial = " (experimental)" if self.status is Status.EXPERIMENTAL else ""
        return (self.title or self.id) + trial


class Egress(Strict):
    """What we may call besides public addresses."""

    allow: Many[Network] = ()


class Proxy(Strict):
    """A way to sites that do not answer here; its password is in MONITOR_PROXY_<NAME>."""

    url: Annotated[str, Field(pattern=PROXY, max_length=500)]


class Language(Strict):
    """How the language of a document is told."""

    engine: Literal["letters+fasttext", "letters+langdetect", "fasttext", "langdetect"] = (
        "letters+fasttext"
    )


class _Settings(Strict):
    """What only the main file says."""

    version: Literal[1]
    store: str = Field("sqlite:///data/monitor.db", pattern=STORE)
    timezone: str = "UTC"
    egress: Egress = Egress()
    proxies: dict[Id, Proxy] = Field({}, description="ways that a source may name under `via:`")
    language: Language = Language()
    receivers: tuple[Receiver, ...] = Field(
        (Receiver(name="here", console=ConsoleReceiver()),), min_length=1
    )
    route: Route
    time_intervals: tuple[NamedIntervals, ...] = Field(
        (), description="times that routes name: nights, weekends, office hours"
    )
    inhibit_rules: tuple[InhibitRule, ...] = Field(
        (), description="what need not be told when something else was"
    )
    operator: Operator | None = Field(
        None, description="who hears about blind sources, refused reloads, parked chats"
    )
    stories: Stories = Stories()
    flood_limit: FloodLimit = FloodLimit()
    templates: dict[Id, Text] = Field(
        {}, description="how an alert looks: Jinja2 that makes Telegram's HTML"
    )
    bot: Bot = Bot()
    heartbeat: Heartbeat | None = Field(
        None, description="an address that is called for as long as all is well"
    )


class _Shared(Strict):
    """What every file may say. A section whose every line is commented out is None."""

    include: Many[str] | None = Field(
        None, description="files and globs, beside this file, and builtin:NAME"
    )
    sources: tuple[Source | SourceGroup | SourcePick, ...] | None = None
    lists: dict[ListName, Some[Term]] | None = Field(
        None, description="named lists of terms; a rule says $name"
    )
    forms: dict[Word, Some[Word]] | None = Field(
        None, description="all forms of a word that the dictionaries do not know, or get wrong"
    )
    rules: tuple[Rule, ...] | None = None


class IncludedFile(_Shared):
    """What a file may say that another one includes."""

    version: Literal[1] = 1


class ConfigFile(_Settings, _Shared):
    """What config.yaml may say, before what it refers to is filled in."""


class Catalogue(Strict):
    """The sources that come with the program, by group."""

    groups: dict[Id, tuple[Source, ...]]


class Config(_Settings):
    """The whole of config.yaml, with its included files and the catalogue resolved."""

    sources: tuple[Source, ...] = ()
    lists: dict[str, tuple[str, ...]] = Field({})
    ready: dict[str, tuple[str, ...]] = Field({}, description="the lists that come with it")
    forms: dict[str, tuple[str, ...]] = Field({})
    rules: tuple[Rule, ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the words that the rules share."""
        return Vocabulary(lists=self.lists, ready=self.ready, forms=self.forms)


#: The JSON Schemas that ship beside this file, for editors, and what each describes.
SHIPPED: Final[Mapping[str, type[BaseModel]]] = {
    "config.schema.json": ConfigFile,
    "include.schema.json": IncludedFile,
}


def json_schema(model: type[BaseModel] = ConfigFile) -> str:
    """Return the JSON Schema of what a file may say, as it is shipped."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= model.model_json_schema(by_alias=True, mode="validation")
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Rewrite the shipped JSON Schemas: `python -m monitor.config.schema`."""
    for name, model in SHIPPED.items():
        (Path(__file__).parent / name).write_text(json_schema(model), encoding="utf-8")


if __name__ == "__main__":
    main()
