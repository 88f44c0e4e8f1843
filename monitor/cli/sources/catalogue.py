"""What is configured and what the catalogue has, for the commands that show or compare the two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.config.include import Reader
from monitor.config.load import Loader, load
from monitor.config.schema import Config
from monitor.config.source import Source
from monitor.config.words import did_you_mean
from monitor.errors import MonitorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A source, the group of the catalogue that it is in, and whether the monitor reads it."""

    source: Source
    group: str | None  #: None for one of the user's own
    read: bool


def configured(config: Path) -> list[Listed]:
    """Return the configured sources. Raises ConfigError where the file cannot be used."""
    groups = _group_of()
    return [
        Listed(source=one, group=groups.get(one.id), read=one.enabled)
        for one in load(config).config.sources
    ]


def shipped(config: Path) -> list[Listed]:
    """Return the whole catalogue, by group; needs no configuration that can be used."""
    read = {one.id for one in readable(config).sources if one.enabled}
    return [
        Listed(source=one, group=group, read=one.id in read)
        for group, members in Reader().catalogue().items()
        for one in members
    ]


def chosen(listed: Sequence[Listed], group: str | None) -> list[Listed]:
    """Return those of a group of the catalogue; all where no group is asked for."""
    known = Reader().catalogue()
    if group is not None and group not in known:
        hint = did_you_mean(group, known) or f"; it has {', '.join(known)}"
        raise MonitorError(f"the catalogue has no group `{group}`{hint}")
    return [one for one in listed if group is None or one.group == group]


def find(config: Config, names: Sequence[str]) -> list[Source]:
    """Return sources by their ids: the configured ones, then those of the catalogue.

    Raises MonitorError for ids that neither has.
    """
    known = {**catalogued(), **{one.id: one for one in config.sources}}
    missing = [name for name in names if name not in known]
    if missing:
        hints = "".join(did_you_mean(name, known) for name in missing)
        raise MonitorError(
            f"there is no source {', '.join(missing)}{hints}; "
            "`monitor sources list --all` shows those of the catalogue"
        )
    return [known[name] for name in dict.fromkeys(names)]


def readable(path: Path) -> Config:
    """Return what can be read of a configuration; an empty one where that is nothing."""
    draft = Loader().draft(path)
    if draft.readable is not None:
        return draft.readable.config
    return Config.model_validate({"version": 1, "route": {"receiver": "here"}})


def catalogued() -> dict[str, Source]:
    """Return the whole catalogue by id."""
    return {one.id: one for members in Reader().catalogue().values() for one in members}


def _group_of() -> dict[str, str]:
    return {one.id: group for group, members in Reader().catalogue().items() for one in members}
