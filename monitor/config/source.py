"""What config.yaml and the catalogue may say of a source."""

from copy import copy
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from monitor.config.fields import (
    TWO_LETTERS,
    Country,
    Id,
    Interval,
    Many,
    Selector,
    Text,
    Url,
    Via,
)
from monitor.model import Kind, Provenance


class Strict(BaseModel):
    """Unknown keys are mistakes; values never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Select(Strict):
    """Where things stand on an HTML page: CSS selectors, with ::text and ::attr(name)."""

    entry: Selector = Field("", description="each entry of a list of news")
    link: Selector = Field("a::attr(href)", description="in an entry: its address")
    title: Selector = Field(
        "", description="in an entry, by default the words of its link; without `entry` on its page"
    )
    date: Selector = Field("", description="in an entry")
    text: Selector = Field("", description="in an entry: its lead")
    older: Selector = Field("", description="on the list: the address of what came before")
    body: Selector = Field("", description="on the article's page: the element with its text")
    published: Selector = Field("", description="on the article's page: its date")
    remove: Many[Selector] = Field((), description="on the article's page: what is not its text")


class Fallback(Strict):
    """Another way to what a source says, for as long as its own address cannot be read."""

    spider: str = "feed"
    url: Url
    select: Select | None = None
    article: bool | None = None
    ca: str | None = None


class Pace(StrEnum):
    """Whether a source is polled at the same interval whatever it does."""

    STEADY = "steady"
    ADAPTIVE = "adaptive"


class Source(Strict):
    """A feed, listing or channel that we read."""

    id: Id
    name: Text = Field(
        min_length=1, max_length=200, description="in its own language, as subscribers read it"
    )
    english: Text = Field("", max_length=200, description="its name in English")
    country: Country
    kind: Kind
    language: str | None = Field(
        None, pattern=TWO_LETTERS, description="as a rule, in this language"
    )
    spider: str = Field(
        "feed", description="feed, telegram_preview, listing, sitemap, or one of your own"
    )
    url: Url
    telegram: Text = Field("", max_length=64, description="its channel: the name, without @")
    every: Interval = timedelta(minutes=5)
    pace: Pace = Field(
        Pace.ADAPTIVE,
        description="faster than `every` where little overlaps, slower where it rests",
    )
    cadence: Interval | None = Field(
        None, description="the longest that it is silent as a rule; learned once it is known better"
    )
    select: Select | None = Field(None, description="for listing: where things stand on the page")
    article: bool | None = Field(
        None, description="read the page of each entry too; listing and sitemap do, by default"
    )
    older: Url | None = Field(
        None, description="where missed entries are: an address with {page}, or a sitemap"
    )
    via: Many[Via] = Field(
        ("direct",), min_length=1, description="direct, or proxy:NAME; tried in this order"
    )
    fallbacks: tuple[Fallback, ...] = Field((), max_length=5)
    ca: str | None = Field(
        None, description="a further certificate authority: russian-trusted-root, or a PEM file"
    )
    enabled: bool = True
    quirks: Text = Field("", max_length=1000)
    terms: Text = Field("", max_length=1000, description="what robots.txt or its terms say of us")
    attested: Text = Field("", max_length=500, description="where its address is attested")
    note: Text | None = Field(None, max_length=1000)

    @property
    def provenance(self) -> Provenance:
        """Return what a reader must know of it."""
        return Provenance(
            id=self.id, name=self.name, country=self.country, kind=self.kind, language=self.language
        )


class SourceGroup(Strict):
    """Sources from the catalogue that comes with the program."""

    group: Id
    every: Interval | None = None
    pace: Pace | None = None
    via: Many[Via] | None = None
    enabled: bool | None = None
    except_: Annotated[Many[Id], Field(alias="except")] = ()


def _all_optional(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a model, none of which must be given but the id."""
    fields = {name: copy(field) for name, field in model.model_fields.items()}
    for name, field in fields.items():
        if name != "id":
            field.default = None
    return {name: (field.annotation, field) for name, field in fields.items()}


#: A source of the catalogue by its id, with what is to be different about it.
SourcePick: type[BaseModel] = create_model(
    "SourcePick",
    __base__=Strict,
    __doc__="A source of the catalogue by its id, with what is to be different about it.",
    **_all_optional(Source),
)
