"""What config.yaml may say of who hears what, when, and how often."""

from datetime import timedelta

from pydantic import Field

from monitor.config.fields import Id, Interval
from monitor.config.source import Strict


class Route(Strict):
    """Who hears what."""

    receiver: Id


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
