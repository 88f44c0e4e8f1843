"""The tree of routes with everything that each inherits from the one above."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from monitor.config.intervals import clock
from monitor.config.matchers import ALIASES, Labels, Matcher, all_hold
from monitor.config.routing import Route, RouteDigest, SubRoute
from monitor.config.schema import Config
from monitor.notify.calendar import Calendar, Stretch, first_moment, next_hour

WAIT: Final = timedelta(seconds=30)
INTERVAL: Final = timedelta(minutes=5)
_EACH: Final = ("...",)
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))

How = Literal["now", "group", "digest", "held", "muted"]
_SOONEST: Final[Sequence[How]] = ("now", "group", "digest", "held", "muted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a receiver hears an alert, and with which others."""

    how: How
    key: str  #: the same for alerts that are told together
    route: str  #: a path, for people: "route.routes[1]"
    why: str  #: for people
    due: datetime | None = None  #: of a digest, and of what is held; None otherwise
    wait: timedelta = timedelta()  #: of a group: from its first alert to its message
    interval: timedelta = timedelta()  #: of a group: between two messages
    max_items: int | None = None  #: that a digest names
    branch: "Branch" = field(repr=False, compare=False)

    def flush_at(self, now: datetime, last_flush: datetime | None) -> datetime:
        """Return when what has begun to gather now is told, after the last message of its key.

        A group that is due while its route is muted is told once that is over.
        """
        if self.how != "group":
            return self.due or now
        due = now + self.wait
        if last_flush is not None:
            due = max(due, last_flush + self.interval)
        return self.branch.open_at(due) or due

    @property
    def order(self) -> tuple[int, datetime | None]:
        """Return what sorts the sooner one before the later one; dues are only among equals."""
        rank = _SOONEST.index(self.how)
        return (rank, None) if self.due is None else (_SOONEST.index("digest"), self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a route tells, mute times apart."""

    digest_zone: ZoneInfo
    group_by: Sequence[str] | None = None  #: None: each alert at once
    wait: timedelta = WAIT
    interval: timedelta = INTERVAL
    digest: RouteDigest | None = None

    @property
    def how(self) -> How:
        """Return it in a word."""
        if self.digest is not None:
            return "digest"
        return "now" if self.group_by is None else "group"

    def __str__(self) -> str:
        """Return it for people."""
        if self.digest is not None:
            hours = ", ".join(map(clock, self.digest.at))
            most = f", at most {self.digest.max_items}" if self.digest.max_items else ""
            return f"digest at {hours} ({self.digest_zone.key}){most}"
        if self.group_by is None:
            return "at once"
        by = f"by {', '.join(self.group_by)}" if self.group_by else "all together"
        return f"grouped {by}, after {_short(self.wait)}, then every {_short(self.interval)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A route with what it inherits."""

    path: str  #: for people: "route.routes[1]"
    key: str  #: the matchers on the way to it: the same wherever in the file it stands
    receiver: str
    plan: Plan
    zone: ZoneInfo  #: of times for people
    matchers: Sequence[Matcher] = ()
    goes_on: bool = False  #: whether the routes after it hear of it too
    mute: Sequence[Calendar] = ()
    active: Sequence[Calendar] = ()
    drops: bool = False  #: what comes while it is muted
    branches: Sequence["Branch"] = ()

    def taking(self, labels: Labels) -> Iterator["Branch"]:
        """Yield the routes that take an alert, in the order of the tree, as Alertmanager does.

        The first route that fits takes it, and others after it if it says `continue`; where none
        below fits, it stays here.
        """
        found = False
        for branch in self.branches:
            if all_hold(branch.matchers, labels):
                found = True
                yield from branch.taking(labels)
                if not branch.goes_on:
                    break
        if not found:
            yield self

    def muted(self, now: datetime) -> str:
        """Return why it is muted, for people; "" where it is not."""
        for calendar in self.mute:
            if calendar.holds(now):
                return f"`{calendar.name}`"
        if self.active and not any(calendar.holds(now) for calendar in self.active):
            return f"outside of {' and '.join(f'`{one.name}`' for one in self.active)}"
        return ""

    def open_at(self, moment: datetime) -> datetime | None:
        """Return the first moment from that one on at which it is not muted; None for a year."""
        calendars = (*self.mute, *self.active)
        return first_moment(lambda then: not self.muted(then), calendars, moment)

    def timing(self, labels: Labels, now: datetime) -> Timing:
        """Return when its receiver hears an alert that is raised now."""
        muted = self.muted(now)
        opens = self.open_at(now) if muted else now
        if muted and (self.drops or opens is None):
            ever = "" if opens else " for more than a year"
            return self._timing("muted", f"not told at this time{ever}: {muted}")
        plan = self.plan
        if plan.digest is not None:
            due = next_hour(plan.digest.at, plan.digest_zone, now)
            due = self.open_at(due) or due
            why = f"in the digest of {self._clock(due)}"
            return self._timing("digest", why, due=due)
        if muted and opens is not None:
            return self._timing("held", f"held until {self._clock(opens)}: {muted}", due=opens)
        if plan.group_by is None:
            return self._timing("now", "at once")
        same = group(plan.group_by, labels)
        why = f"with others that have {same}" if same else "with all others of its route"
        return self._timing("group", why, same=same)

    def _timing(self, how: How, why: str, *, same: str = "", due: datetime | None = None) -> Timing:
        return Timing(
            how=how,
            key=f"{self.receiver} {how} {self.key}" + (f" {same}" if same else ""),
            route=self.path,
            why=why,
            due=due,
            wait=self.plan.wait,
            interval=self.plan.interval,
            max_items=self.plan.digest.max_items if self.plan.digest else None,
            branch=self,
        )

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%a %d %b %H:%M}"

    @property
    def mutes(self) -> str:
        """Return when it is muted, for people; "" where it never is."""
        then = "dropped" if self.drops else "held"
        during = [f"{then} during {', '.join(one.name for one in self.mute)}"] * bool(self.mute)
        outside = [f"{then} outside of {', '.join(one.name for one in self.active)}"]
        return "; ".join([*during, *outside * bool(self.active)])


def group(group_by: Sequence[str], labels: Labels) -> str:
    """Return what alerts have in common that are told together: `rule="bridges"`."""
    named = [(name, sorted(labels.get(name) or ("",))) for name in group_by]
    return " ".join(str(Matcher(name, "=", ",".join(values))) for name, values in named)


def grown(config: Config) -> Branch:
    """Return the tree of a configuration."""
    zone = ZoneInfo(config.timezone)
    calendars = {
        named.name: Calendar(
            name=named.name,
            stretches=[
                Stretch(zone=ZoneInfo(one.location) if one.location else zone, said=one)
                for one in named.time_intervals
            ],
        )
        for named in config.time_intervals
    }
    root = Branch(
        path="route",
        key="{}",
        receiver=config.route.receiver,
        plan=_plan(config.route, Plan(digest_zone=zone), zone),
        zone=zone,
    )
    return replace(root, branches=_branches(config.route.routes, root, calendars))


def _branches(
    routes: Sequence[SubRoute], above: Branch, calendars: Mapping[str, Calendar]
) -> tuple[Branch, ...]:
    found = []
    for number, said in enumerate(routes):
        branch = Branch(
            path=f"{above.path}.routes[{number}]",
            key=f"{above.key}/{{{','.join(map(str, said.matchers))}}}",
            receiver=said.receiver or above.receiver,
            plan=_plan(said, above.plan, above.zone),
            zone=above.zone,
            matchers=said.matchers,
            goes_on=said.continue_,
            mute=[calendars[name] for name in said.mute_time_intervals],
            active=[calendars[name] for name in said.active_time_intervals],
            drops=said.when_muted == "drop",
        )
        found.append(replace(branch, branches=_branches(said.routes, branch, calendars)))
    return tuple(found)


def _plan(said: Route | SubRoute, above: Plan, zone: ZoneInfo) -> Plan:
    """Return when a route tells: as it says itself, otherwise as the one above."""
    plan = replace(
        above,
        wait=above.wait if said.group_wait is None else said.group_wait,
        interval=said.group_interval or above.interval,
    )
    if said.group_by is not None:
        names = tuple(ALIASES.get(name, name) for name in said.group_by)
        return replace(plan, group_by=None if names == _EACH else names, digest=None)
    if said.digest is not None:
        digest_zone = ZoneInfo(said.digest.timezone) if said.digest.timezone else zone
        return replace(plan, group_by=None, digest=said.digest, digest_zone=digest_zone)
    return plan


def _short(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    size, unit = next(
        ((size, unit) for size, unit in _UNITS if seconds % size == 0 and seconds), (1, "s")
    )
    return f"{seconds // size} {unit}"
