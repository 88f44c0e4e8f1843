"""What config.yaml may say of who hears what, when, and how often."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config.fields import Duration, Id, Interval, Many, Some
from monitor.config.intervals import Clock
from monitor.config.matchers import Match
from monitor.config.source import Strict


class RouteDigest(Strict):
    """The hours at which a route tells what has gathered since the last one."""

    at: Some[Clock]
    timezone: str | None = Field(None, description="Europe/Kyiv; that of the file by default")
    max_items: int | None = Field(
        None, ge=1, le=10_000, description="how many are named; all by default"
    )


class _Plan(Strict):
    """What a route hands down to the routes under it."""

    group_by: Many[str] | None = Field(
        None, description="labels; told together where these are the same; ['...'] groups nothing"
    )
    group_wait: Duration | None = Field(
        None, description="from the first of a group to its message: 30s"
    )
    group_interval: Interval | None = Field(
        None, description="at least, between two messages of a group: 5m"
    )
    digest: RouteDigest | None = Field(None, description="told only at these hours, in one message")

    @model_validator(mode="after")
    def _one_way(self) -> "_Plan":
        if self.group_by is not None and self.digest is not None:
            raise ValueError("give either group_by: or digest:, or each to a route of its own")
        if self.group_by is not None and "..." in self.group_by and len(self.group_by) > 1:
            raise ValueError("group_by: ['...'] groups nothing: leave the other labels out")
        return self


class SubRoute(_Plan):
    """Who hears what satisfies its matchers, of what comes to the route above."""

    receiver: Id | None = Field(None, description="that of the route above by default")
    matchers: Many[Match] = Field((), description='severity=~"high|critical"; all must hold')
    continue_: bool = Field(
        False, alias="continue", description="let the routes after this one hear of it too"
    )
    mute_time_intervals: Many[Id] = Field((), description="names under `time_intervals:`")
    active_time_intervals: Many[Id] = Field((), description="muted at all other times")
    when_muted: Literal["hold", "drop"] = Field(
        "hold", description="told once the mute time is over, or never"
    )
    routes: "tuple[SubRoute, ...]" = ()


class Route(_Plan):
    """Who hears what: everything comes here, and goes to the first route under it that fits."""

    receiver: Id = Field(description="of what no other route takes")
    routes: tuple[SubRoute, ...] = ()


class InhibitRule(Strict):
    """When an alert need not be told because another one was."""

    name: Id
    source_matchers: Some[Match] = Field(description="what was told")
    target_matchers: Some[Match] = Field(description="what is not told then")
    equal: Many[str] = Field((), description="labels in which the two agree, such as story")
    for_: Annotated[
        Interval, Field(alias="for", description="how long after the first the second is kept back")
    ] = timedelta(hours=12)


class Operator(Strict):
    """Who hears of what keeps the program from its work."""

    receiver: Id


class Stories(Strict):
    """How long documents can be copies of each other."""

    window: Interval = Field(timedelta(days=2), description="since the first of them")


class FloodLimit(Strict):
    """How many messages a reader can take one by one; more are gathered in lists."""

    per_rule: int = Field(10, ge=1, le=1000, description="alerts of one rule within that time")
    per_receiver: int = Field(12, ge=1, le=1000, description="messages within that time")
    within: Interval = timedelta(minutes=10)
