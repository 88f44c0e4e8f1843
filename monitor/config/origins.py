"""Which sources there are: those that stand alone, groups of the catalogue, and picks from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from monitor.config.checks import Named
from monitor.config.codes import Code
from monitor.config.files import STANDALONE, Part
from monitor.config.source import Source, SourceGroup
from monitor.config.words import did_you_mean
from monitor.errors import Problem

#: What a group may say of all of its sources.
_FOR_ALL = ("every", "pace", "via", "enabled")
_SHOWN = 3  # sources that are named in a warning

Groups = Mapping[str, Sequence[Source]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A source, and the line that brought it in or changed it."""

    source: Source
    named: Named
    group: str = ""  #: of the catalogue, where no line of its own speaks of it
    given: frozenset[str] = frozenset()  #: the keys that stand in that line


def sources_of(parts: Sequence[Part], groups: Groups) -> tuple[list[Origin], list[Problem]]:
    """Return the sources of all files, and what is wrong with the lines that name the catalogue.

    A pick is laid over what the catalogue says, or a group of it here, before or after.
    """
    walk = _Walk(parts, groups)
    for part in parts:
        for index, item in part.sources.items():
            if isinstance(item, Source):
                walk.standalone(part, index, item)
            elif isinstance(item, SourceGroup):
                walk.group(part, index, item)
            else:
                walk.pick(part, index, item)
    return walk.origins, walk.problems


@dataclass(frozen=True, slots=True)
class _Pick:
    """A line that changes a source of the catalogue."""

    said: BaseModel
    named: Named

    @property
    def given(self) -> frozenset[str]:
        return frozenset(self.said.model_fields_set)

    def over(self, source: Source) -> Source:
        """Return the source with what is said of it."""
        return source.model_copy(update={key: getattr(self.said, key) for key in self.given})


class _Walk:
    """Goes through the lines under `sources:` of all files, in their order."""

    def __init__(self, parts: Sequence[Part], groups: Groups) -> None:
        self.origins: list[Origin] = []
        self.problems: list[Problem] = []
        self._groups = groups
        self._catalogue = {one.id: one for members in groups.values() for one in members}
        self._picks: dict[str, _Pick] = {}  #: the first of each
        self._of_groups: set[str] = set()  #: what groups bring here
        for part in parts:
            for index, item in part.sources.items():
                if isinstance(item, SourceGroup):
                    members = groups.get(item.group, ())
                    self._of_groups |= {one.id for one in members} - set(item.except_)
                elif not isinstance(item, Source):
                    pick = _Pick(item, _named(part, index, "id", str(getattr(item, "id", ""))))
                    self._picks.setdefault(pick.named.name, pick)
        self._changed: set[str] = set()  #: sources of groups that their pick was laid over

    def standalone(self, part: Part, index: int, source: Source) -> None:
        """Take a source that is described here."""
        named = _named(part, index, "id", source.id)
        given = frozenset(source.model_fields_set)
        self.origins.append(Origin(source=source, named=named, given=given))

    def pick(self, part: Part, index: int, said: BaseModel) -> None:
        """Take a source of the catalogue, unless a group brings it here."""
        pick = _Pick(said, _named(part, index, "id", str(getattr(said, "id", ""))))
        name = pick.named.name
        if name not in self._catalogue:
            self.problems.append(self._unknown(pick))
        elif (first := self._picks[name].named) != pick.named:
            message = f"`{name}` is picked already, in {first.place}: join the two"
            self.problems.append(pick.named.problem(Code.DUPLICATE_ID, message))
        elif name not in self._of_groups:
            self.origins.append(self._picked(pick, self._catalogue[name]))

    def group(self, part: Part, index: int, item: SourceGroup) -> None:
        """Take the sources of a group, each with what its pick says of it."""
        named = _named(part, index, "group", item.group)
        members = self._groups.get(item.group)
        if members is None:
            hint = did_you_mean(item.group, self._groups) or f"; it has {', '.join(self._groups)}"
            message = f"the catalogue has no group `{item.group}`{hint}"
            self.problems.append(named.problem(Code.GROUP, message))
            return
        self.problems += _excepted(item, members, named)
        said = {key: getattr(item, key) for key in _FOR_ALL if getattr(item, key) is not None}
        switched_on = []
        for source in members:
            if source.id in item.except_:
                continue
            update = said
            if item.enabled and not source.enabled:
                if _is_readable(source):
                    switched_on.append(source)
                else:
                    update = {key: value for key, value in said.items() if key != "enabled"}
            self.origins.append(self._member(source.model_copy(update=update), item.group, named))
        on = [one for one in switched_on if self._left_to_the_group(one)]
        if on:
            self.problems.append(_switched_on(item.group, on, part, index))

    def _member(self, source: Source, group: str, named: Named) -> Origin:
        pick = self._picks.get(source.id)
        if pick is None or source.id in self._changed:
            return Origin(source=source, named=named, group=group)
        self._changed.add(source.id)
        return self._picked(pick, source)

    def _picked(self, pick: _Pick, base: Source) -> Origin:
        source = pick.over(base)
        kept_off = not self._catalogue[source.id].enabled and not source.enabled
        if kept_off and "enabled" not in pick.given:
            message = (
                f"`{source.id}` stays off: {_why_off(source)}; "
                "write `enabled: true` to read it all the same"
            )
            self.problems.append(pick.named.problem(Code.STILL_OFF, message, warning=True))
        return Origin(source=source, named=pick.named, given=pick.given)

    def _left_to_the_group(self, source: Source) -> bool:
        pick = self._picks.get(source.id)
        return pick is None or "enabled" not in pick.given

    def _unknown(self, pick: _Pick) -> Problem:
        """Return what is wrong with a source that neither the catalogue nor its line describes."""
        missing = [key for key in STANDALONE if key not in pick.given]
        needed = " and ".join([", ".join(missing[:-1])] * (len(missing) > 1) + missing[-1:])
        hint = did_you_mean(pick.named.name, self._catalogue)
        message = f"`{pick.named.name}` is not in the catalogue, so it needs {needed}{hint}"
        return pick.named.problem(Code.GROUP, message)


def _named(part: Part, index: int, key: str, name: str) -> Named:
    return Named(name=name, part=part, keys=("sources", index, key))


def _is_readable(source: Source) -> bool:
    """Return whether a source says enough of itself to be read."""
    return source.spider != "listing" or bool(source.select and source.select.entry)


def _switched_on(group: str, on: Sequence[Source], part: Part, index: int) -> Problem:
    """Warn of what the catalogue had turned off for a reason."""
    shown = "; ".join(f"{one.id}: {_why_off(one)}" for one in on[:_SHOWN])
    more = f" (and {len(on) - _SHOWN} more)" if len(on) > _SHOWN else ""
    message = (
        f"this turns on {len(on)} of `{group}` that the catalogue keeps off{more}: {shown}"
        f"; see `monitor sources list --all --group {group}`"
    )
    named = _named(part, index, "enabled", group)
    return named.problem(Code.SWITCHED_ON, message, warning=True)


def _why_off(source: Source) -> str:
    """Return the sentence of a source's note that says why it is off, on one line."""
    sentences = " ".join((source.note or "").split()).split(". ")
    said = next((one for one in sentences if one.startswith("Off")), sentences[0])
    return said.rstrip(".")


def _excepted(item: SourceGroup, members: Sequence[Source], named: Named) -> Iterator[Problem]:
    ids = [source.id for source in members]
    for index, name in enumerate(item.except_):
        if name not in ids:
            message = f"the group `{item.group}` has no source `{name}`{did_you_mean(name, ids)}"
            keys = (*named.keys[:-1], "except", index)
            yield Named(name=name, part=named.part, keys=keys).problem(Code.GROUP, message)


def same_sources(origins: Iterable[Origin]) -> Iterator[Problem]:
    """Object to every source that was there before; what a group brings twice, once."""
    first: dict[str, Origin] = {}
    told: set[tuple[str, int]] = set()
    for origin in origins:
        before = first.setdefault(origin.source.id, origin)
        where = (origin.named.part.tree.text.file, origin.named.spot.line)
        if before is origin or (origin.group and where in told):
            continue
        told.add(where)
        message = _twice(origin, before)
        yield origin.named.problem(Code.DUPLICATE_ID, message)


def _twice(origin: Origin, before: Origin) -> str:
    name, place = origin.source.id, before.named.place
    if origin.group and origin.group == before.group:
        return f"the group `{origin.group}` is here already, in {place}: delete one of them"
    if origin.group or before.group:
        group = origin.group or before.group
        return (
            f"the group `{group}` has a source `{name}` too (see {place}): rename yours, leave its"
            f" name, country, kind or url out to change the group's, or write"
            f" `{{group: {group}, except: [{name}]}}`"
        )
    return f"there is a source `{name}` already, in {place}: rename one"
