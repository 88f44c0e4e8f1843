"""The routes held against everything that they name, and against each other.

This reads the tree of the file, so that it finds its mistakes beside those that the schema finds;
what the schema objects to is passed over here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from monitor.config.checks import Named, is_zone, receiver_names, rule_names, section_names
from monitor.config.codes import Code
from monitor.config.files import Part
from monitor.config.labels import OURS, RECEIVER, Vocabulary, known_labels
from monitor.config.matchers import ALIASES, Matcher, MatcherError, matcher
from monitor.config.source import Source
from monitor.config.tree import Keys, Node
from monitor.config.words import did_you_mean
from monitor.errors import Problem

_MUTES = ("mute_time_intervals", "active_time_intervals")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A text in the file, and where it stands."""

    text: str
    keys: Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """A route as it is written."""

    keys: Keys
    node: Node
    receiver: str  #: its own, or that of the route above; "" where neither says one
    matchers: tuple[Matcher, ...] | None  #: None where one of them cannot be read
    goes_on: bool
    grouped: bool  #: whether it or one above groups
    routes: tuple["_Route", ...] = ()

    def every(self) -> Iterator["_Route"]:
        """Yield it and all under it, in the order of the file."""
        yield self
        for route in self.routes:
            yield from route.every()


def routing(main: Part, parts: Sequence[Part], sources: Sequence[Source]) -> Iterator[Problem]:
    """Return what is wrong with routes, time intervals, and inhibit rules."""
    tree = main.tree.root.fields
    root = _route(tree["route"], ("route",), None) if "route" in tree else None
    yield from _receivers(main, root)
    yield from _intervals(main, root)
    yield from _zones(main, root)
    known = known_labels(
        (rule for part in parts for rule in part.rules.values()),
        {named.name for named in rule_names(parts)},
        sources,
    )
    yield from _labels(main, root, known)
    if root is not None:
        for route in root.every():
            yield from _unreachable(main, route)
            yield from _last(main, route)
            yield from _idle(main, route)
    yield from _inhibiting(main)
    yield from _hidden(parts)


def _route(node: Node, keys: Keys, above: _Route | None) -> _Route:
    """Return a route with those under it."""
    name = node.fields.get("receiver")
    own = name.value if name is not None and isinstance(name.value, str) else ""
    said = list(_texts(node, "matchers", keys))
    read = [one for one in map(_read, said) if one is not None]
    given = node.fields.get("matchers")
    whole = len(read) == len(said) and (given is None or bool(said))
    group_by = node.fields.get("group_by")
    goes_on = node.fields.get("continue")
    route = _Route(
        keys=keys,
        node=node,
        receiver=own or (above.receiver if above else ""),
        matchers=tuple(read) if whole else None,
        goes_on=goes_on is not None and goes_on.value is not False,
        grouped=(above is not None and above.grouped and "digest" not in node.fields)
        if group_by is None
        else group_by.value != ["..."],
    )
    under = node.fields.get("routes")
    return replace(
        route,
        routes=tuple(
            _route(item, (*keys, "routes", number), route)
            for number, item in enumerate(under.items if under is not None else ())
        ),
    )


def _texts(node: Node, key: str, keys: Keys) -> Iterator[_Text]:
    """Yield the texts of a list; of one that is a single text, that."""
    listed = node.fields.get(key)
    if listed is None:
        return
    if isinstance(listed.value, str):
        yield _Text(text=listed.value, keys=(*keys, key))
    for number, item in enumerate(listed.items):
        if isinstance(item.value, str):
            yield _Text(text=item.value, keys=(*keys, key, number))


def _read(said: _Text) -> Matcher | None:
    try:
        return matcher(said.text)
    except MatcherError:
        return None


def _problem(main: Part, said: _Text, code: Code, message: str, *, warning: bool) -> Problem:
    named = Named(name=said.text, part=main, keys=said.keys)
    return named.problem(code, message, warning=warning)


# --- What they name -------------------------------------------------------------------------------


def _receivers(main: Part, root: _Route | None) -> Iterator[Problem]:
    """Object to routes that lead nowhere; warn of receivers that no route leads to."""
    if "receivers" in main.tree.root.fields:
        named = list(receiver_names(main))
    else:
        named = [Named(name="here", part=main, keys=("receivers",))]
    names = [one.name for one in named]
    told = [_Text(text="", keys=("operator",))]
    told += [_Text(text="", keys=route.keys) for route in root.every()] if root else []
    reached = set(_reached(root)) if root and root.receiver else set()
    for place in told:
        name = main.tree.root.fields.get(str(place.keys[0]))
        name = main.tree.node(place.keys).fields.get("receiver") if name is not None else None
        if name is None or not isinstance(name.value, str):
            continue
        if place.keys == ("operator",) and reached:
            reached.add(name.value)
        if name.value not in names:
            hint = did_you_mean(name.value, names) or f"; there is {', '.join(names) or 'none'}"
            message = f"no receiver is called `{name.value}`{hint}"
            said = _Text(text=name.value, keys=(*place.keys, "receiver"))
            yield _problem(main, said, Code.RECEIVER, message, warning=False)
    for one in named:
        if reached and one.name not in reached and one.keys != ("receivers",):
            message = f"no route leads to `{one.name}`, so it will hear nothing"
            yield one.problem(Code.UNREACHED, message, warning=True)


def _reached(route: _Route) -> Iterator[str]:
    """Yield the receivers that something can come to."""
    before: list[_Route] = []
    takes_all = False
    for one in route.routes:
        if not any(_takes_from(earlier, one) for earlier in before):
            yield from _reached(one)
        before.append(one)
        takes_all = takes_all or one.matchers == ()
    if route.receiver and not takes_all:
        yield route.receiver


def _intervals(main: Part, root: _Route | None) -> Iterator[Problem]:
    """Object to time intervals that do not exist."""
    names = {named.name for named in section_names(main, "time_intervals")}
    for route in root.every() if root else ():
        for key in _MUTES:
            for said in _texts(route.node, key, route.keys):
                if said.text not in names:
                    listed = f"; there is {', '.join(sorted(names)) or 'none'}"
                    hint = did_you_mean(said.text, names) or listed
                    message = f"no time interval is called `{said.text}`{hint}"
                    yield _problem(main, said, Code.TIME_INTERVAL, message, warning=False)


def _zones(main: Part, root: _Route | None) -> Iterator[Problem]:
    """Object to time zones that do not exist."""
    places: list[Keys] = [
        (*route.keys, "digest", "timezone") for route in (root.every() if root else ())
    ]
    section = main.tree.root.fields.get("time_intervals")
    for number, item in enumerate(section.items if section is not None else ()):
        inner = item.fields.get("time_intervals")
        places += [
            ("time_intervals", number, "time_intervals", index, "location")
            for index in range(len(inner.items) if inner is not None else 0)
        ]
    for keys in places:
        node = main.tree.node(keys[:-1]).fields.get(str(keys[-1]))
        if node is not None and isinstance(node.value, str) and not is_zone(node.value):
            hint = did_you_mean(node.value, available_timezones()) or "; write it as Europe/Kyiv"
            message = f"there is no time zone `{node.value}`{hint}"
            said = _Text(text=node.value, keys=keys)
            yield _problem(main, said, Code.TIMEZONE, message, warning=False)


def _labels(main: Part, root: _Route | None, known: Vocabulary) -> Iterator[Problem]:
    """Warn of labels and values that nothing has."""
    for said in _matchers(main, root):
        one = _read(said)
        if one is not None:
            for code, message in known.doubts(one):
                yield _problem(main, said, code, message, warning=True)
    for said in _label_names(main, root):
        name = ALIASES.get(said.text, said.text)
        if name != "..." and (message := known.doubt_of_label(name)):
            yield _problem(main, said, Code.UNKNOWN_LABEL, message, warning=True)


def _matchers(main: Part, root: _Route | None) -> Iterator[_Text]:
    for route in root.every() if root else ():
        yield from _texts(route.node, "matchers", route.keys)
    for number, item in _inhibit_rules(main):
        for key in ("source_matchers", "target_matchers"):
            yield from _texts(item, key, ("inhibit_rules", number))


def _label_names(main: Part, root: _Route | None) -> Iterator[_Text]:
    for route in root.every() if root else ():
        yield from _texts(route.node, "group_by", route.keys)
    for number, item in _inhibit_rules(main):
        yield from _texts(item, "equal", ("inhibit_rules", number))


def _inhibit_rules(main: Part) -> Iterable[tuple[int, Node]]:
    section = main.tree.root.fields.get("inhibit_rules")
    return enumerate(section.items if section is not None else ())


# --- What they are to each other ------------------------------------------------------------------


def _takes_from(earlier: _Route, later: _Route) -> bool:
    """Return whether nothing that satisfies the later of two routes gets past the earlier."""
    if earlier.goes_on or earlier.matchers is None or later.matchers is None:
        return False
    return set(earlier.matchers) <= set(later.matchers)


def _unreachable(main: Part, above: _Route) -> Iterator[Problem]:
    """Warn of routes that nothing comes to because one before takes it all."""
    for number, route in enumerate(above.routes):
        for earlier in above.routes[:number]:
            if _takes_from(earlier, route):
                line = main.tree.spot(earlier.node).line + 1
                message = (
                    f"nothing comes to this route: the one in line {line} takes it all; "
                    "write `continue: true` there, or this one above it"
                )
                yield _at_route(main, route, Code.UNREACHABLE, message)
                break


def _last(main: Part, above: _Route) -> Iterator[Problem]:
    """Warn of a `continue` after which nothing comes."""
    if above.routes and above.routes[-1].goes_on:
        message = (
            "no route comes after this one, so nothing goes on: for what it takes to come to "
            f"`{above.receiver}` too, add a last one, `- receiver: {above.receiver}`"
        )
        yield _at_key(main, above.routes[-1], "continue", message)


def _idle(main: Part, route: _Route) -> Iterator[Problem]:
    """Warn of keys that change nothing where they stand."""
    fields = route.node.fields
    if "when_muted" in fields and not any(key in fields for key in _MUTES):
        message = "this route is never muted: give mute_time_intervals: or active_time_intervals:"
        yield _at_key(main, route, "when_muted", message)
    for key in ("group_wait", "group_interval"):
        if key in fields and not any(one.grouped for one in route.every()):
            message = "nothing is grouped here: give group_by:, such as `group_by: [rule]`"
            yield _at_key(main, route, key, message)


def _at_route(main: Part, route: _Route, code: Code, message: str) -> Problem:
    spot = main.tree.spot(route.node)
    return main.tree.text.problem(code, message, spot, warning=True)


def _at_key(main: Part, route: _Route, key: str, message: str) -> Problem:
    spot = main.tree.key_spot((*route.keys, key))
    return main.tree.text.problem(Code.IDLE, message, spot, warning=True)


def _inhibiting(main: Part) -> Iterator[Problem]:
    """Object to inhibit rules by which an alert would keep itself back."""
    for number, item in _inhibit_rules(main):
        sides = []
        for key in ("source_matchers", "target_matchers"):
            read = [_read(said) for said in _texts(item, key, ("inhibit_rules", number))]
            sides.append(None if None in read or not read else set(read))
        if sides[0] is not None and sides[0] == sides[1]:
            message = "both sides are the same, so it keeps nothing back: change one of them"
            spot = main.tree.key_spot(("inhibit_rules", number, "target_matchers"))
            yield main.tree.text.problem(Code.INHIBITS_ITSELF, message, spot)


def _hidden(parts: Sequence[Part]) -> Iterator[Problem]:
    """Warn of labels of rules that have the name of one of ours, which stands in their place."""
    for part in parts:
        for number, rule in part.rules.items():
            for name in rule.labels:
                if name in {*OURS, *ALIASES, RECEIVER}:
                    keys: Keys = ("rules", number, "labels", name)
                    message = f"every alert has a `{name}` of its own: give this another name"
                    spot = part.tree.key_spot(keys)
                    yield part.tree.text.problem(Code.HIDDEN_LABEL, message, spot, warning=True)
