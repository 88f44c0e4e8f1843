"""The files together: who has which name, and whether everything that is named exists."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.codes import Code
from monitor.config.files import Part
from monitor.config.schema import Rule
from monitor.config.source import Source
from monitor.config.text import Spot
from monitor.config.tree import Keys
from monitor.config.words import did_you_mean
from monitor.errors import Problem

#: The templates that come with the program.
BUILTIN_TEMPLATES: Final = ("full", "brief")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something that has a name, and where in which file it got it."""

    name: str
    part: Part
    keys: Keys  #: of the name itself

    @property
    def spot(self) -> Spot:
        """Return where the name stands."""
        return (
            self.part.tree.key_spot(self.keys)
            if self.keys[0] in {"lists", "forms"}
            else (self.part.tree.spot(self.part.tree.node(self.keys)))
        )

    @property
    def place(self) -> str:
        """Return file and line, for people."""
        return f"{self.part.tree.text.file}:{self.spot.line + 1}"

    def problem(self, code: Code, message: str, *, warning: bool = False) -> Problem:
        """Return a problem at the name."""
        return self.part.tree.text.problem(code, message, self.spot, warning=warning)


def same_names(what: str, names: Iterable[Named]) -> Iterator[Problem]:
    """Object to every name that was given before, in this file or in another."""
    first: dict[str, Named] = {}
    for named in names:
        before = first.setdefault(named.name, named)
        if before is not named:
            message = (
                f"there is a {what} `{named.name}` already, in {before.place}: give it another name"
            )
            yield named.problem(Code.DUPLICATE_ID, message)


def chats(main: Part) -> Iterator[Problem]:
    """Warn of chats that Telegram will not know."""
    for index, receiver in enumerate(main.tree.node(("receivers",)).items):
        keys: Keys = ("receivers", index, "telegram", "chat_id")
        telegram = receiver.fields.get("telegram")
        chat = telegram.fields["chat_id"].value if telegram and "chat_id" in telegram.fields else 0
        if isinstance(chat, str) and not (chat.startswith("@") or chat.lstrip("-").isdecimal()):
            named = Named(name=chat, part=main, keys=keys)
            message = f'Telegram names chats by number or with an @: write "@{chat}"'
            yield named.problem(Code.CHAT, message, warning=True)


def templates(main: Part) -> Iterator[Problem]:
    """Object to receivers whose template there is not, and to templates with a name of ours."""
    own = main.tree.root.fields.get("templates")
    names = [*BUILTIN_TEMPLATES, *(own.fields if own else ())]
    for name in BUILTIN_TEMPLATES:
        if own and name in own.fields:
            keys: Keys = ("templates", name)
            message = f"the template `{name}` comes with the program: give yours another name"
            yield main.tree.text.problem(Code.DUPLICATE_ID, message, main.tree.key_spot(keys))
    for index, receiver in enumerate(main.tree.node(("receivers",)).items):
        telegram = receiver.fields.get("telegram")
        asked = telegram.fields.get("template") if telegram else None
        if asked is None or not isinstance(asked.value, str) or asked.value in names:
            continue
        named = Named(
            name=asked.value, part=main, keys=("receivers", index, "telegram", "template")
        )
        hint = did_you_mean(asked.value, names) or f"; there is {', '.join(names)}"
        yield named.problem(Code.TEMPLATE, f"no template is called `{asked.value}`{hint}")


def receiver_names(main: Part) -> Iterator[Named]:
    """Return the receivers by name."""
    return section_names(main, "receivers")


def section_names(main: Part, section: str) -> Iterator[Named]:
    """Return what a section of the main file holds by name."""
    node = main.tree.root.fields.get(section)
    for index, item in enumerate(node.items if node is not None else ()):
        name = item.fields.get("name")
        if name is not None and isinstance(name.value, str):
            yield Named(name=name.value, part=main, keys=(section, index, "name"))


def list_names(parts: Iterable[Part]) -> Iterator[Named]:
    """Return the lists of all files by name."""
    for part in parts:
        lists = part.tree.root.fields.get("lists")
        for name in lists.fields if lists else ():
            yield Named(name=name, part=part, keys=("lists", name))


def words_with_forms(parts: Iterable[Part]) -> Iterator[Named]:
    """Return the words of all files whose forms are written down."""
    for part in parts:
        forms = part.tree.root.fields.get("forms")
        for word in forms.fields if forms else ():
            yield Named(name=word, part=part, keys=("forms", word))


def rule_names(parts: Iterable[Part]) -> Iterator[Named]:
    """Return the rules of all files by id, broken ones too."""
    for part in parts:
        ids = dict(part.broken) | {index: rule.id for index, rule in part.rules.items()}
        for index in sorted(ids):
            yield Named(name=ids[index], part=part, keys=("rules", index, "id"))


def timezone(main: Part) -> Iterator[Problem]:
    """Object to a time zone that does not exist."""
    node = main.tree.root.fields.get("timezone")
    if node is not None and isinstance(node.value, str) and not is_zone(node.value):
        hint = did_you_mean(node.value, available_timezones()) or "; write it as Europe/Kyiv"
        named = Named(name=node.value, part=main, keys=("timezone",))
        yield named.problem(Code.TIMEZONE, f"there is no time zone `{node.value}`{hint}")


def is_zone(name: str) -> bool:
    """Return whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a path; a folder, as "Europe" is
        return False
    return True


def unheard(parts: Iterable[Part], sources: Sequence[Source]) -> Iterator[Problem]:
    """Warn of rules that are limited to what no source has."""
    for part in parts:
        for index, rule in part.rules.items():
            for keys, value, known in _limits(rule, sources):
                if sources and not any(fnmatchcase(name, value) for name in known):
                    named = Named(name=value, part=part, keys=("rules", index, *keys))
                    message = f"no source has the {keys[-2]} `{value}`{did_you_mean(value, known)}"
                    yield named.problem(Code.NO_SUCH_SOURCE, message, warning=True)


def _limits(rule: Rule, sources: Sequence[Source]) -> Iterator[tuple[Keys, str, set[str]]]:
    """Return what a rule is limited to, beside everything that it can be limited to."""
    ids = {source.id for source in sources}
    countries = {source.country for source in sources}
    for index, country in enumerate(rule.where.country):
        yield ("where", "country", index), country, countries
    for index, name in enumerate(rule.where.source):
        yield ("where", "source", index), name, ids
    kinds = {source.kind.value for source in sources}
    for index, kind in enumerate(rule.where.kind):
        yield ("where", "kind", index), kind.value, kinds
