"""`monitor sources import`: subscription lists of feed readers, as sources for config.yaml."""

import asyncio
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
import yaml
from pydantic import ValidationError

from monitor.cli.environment import DEFAULT_CONFIG, ConfigPath, err, out
from monitor.cli.sources.catalogue import catalogued, readable
from monitor.collect.opml import Outline, outline
from monitor.collect.sandbox import Sandbox
from monitor.collect.served import Served
from monitor.config.fields import ID, TWO_LETTERS
from monitor.config.source import Source
from monitor.errors import MonitorError
from monitor.model import Kind

_LARGEST: Final = 8 * 1024 * 1024  # bytes
_SHOWN = 3  # addresses that are named where something is missing
_LONGEST_NAME = 200
_CHANNEL = re.compile(r"https?://(?:t|telegram)\.me/(?:s/)?(\w{4,32})/?")
_ONE = zip("абвгґдеёзиійклмнопрстуфыэ", "abvggdeeziiyklmnoprstufye", strict=True)
_MORE = "ж=zh х=kh ц=ts ч=ch ш=sh щ=shch ю=yu я=ya є=ye ї=yi ъ= ь= ’= '="
_LATIN: Final = str.maketrans({**dict(_ONE), **dict(re.findall(r"(\S)=(\S*)", _MORE))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the person says of the sources, where the list does not."""

    country: str | None = None
    kind: Kind | None = None
    language: str | None = None


@dataclass(slots=True)
class Imported:
    """What becomes of a list."""

    items: list[dict[str, object]] = field(default_factory=list)  #: for `sources:`
    unknown: list[str] = field(default_factory=list)  #: addresses of which nobody says whose
    passed_over: Counter[str] = field(default_factory=Counter)  #: how many, by reason


def import_(  # noqa: PLR0913, PLR0917 - as many options as the command has
    file: Annotated[Path, typer.Argument(metavar="FILE", help="an OPML file")],
    config: ConfigPath = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option("-O", "--output", help="write there instead of to standard output"),
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="of those that the catalogue does not have")
    ] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help="of the same")] = None,
    language: Annotated[str | None, typer.Option("--language", help="of the same")] = None,
) -> None:
    """Print the sources of a subscription list as YAML; what is configured is passed over.

    What the catalogue knows by its address is picked from there. Of everything else you must say
    whose it is: nothing can be guessed from an address.
    """
    for option, value in (("--country", country), ("--language", language)):
        if value is not None and not re.fullmatch(TWO_LETTERS, value):
            raise MonitorError(f"{option}: write two small letters, as in ru, ua, uk, en")
    if output is not None and output.exists():
        # What stands in it may be configured, and would be passed over.
        raise MonitorError(f"{output} is there already: name another file, or delete it first")
    found = asyncio.run(_outlines(_bytes(file), file))
    told = Told(country=country, kind=kind, language=language)
    done = imported(found, catalogued(), readable(config).sources, told)
    if done.unknown:
        shown = ", ".join(done.unknown[:_SHOWN]) + (" …" if done.unknown[_SHOWN:] else "")
        raise MonitorError(
            f"{len(done.unknown)} addresses are not in the catalogue, and the list does not say"
            f" whose they are ({shown}): say it with --country and --kind, such as"
            " --country ua --kind independent; divide the list where they differ"
        )
    text = yaml.safe_dump({"sources": done.items}, allow_unicode=True, sort_keys=False, width=100)
    if output is None:
        out.print(text, markup=False, soft_wrap=True, end="")
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MonitorError(f"cannot write {output}: {error.strerror}") from error
    reasons = "".join(f"; {count} {why}" for why, count in done.passed_over.items())
    err.print(f"{len(done.items)} sources{reasons}", markup=False, soft_wrap=True)


def imported(
    found: Sequence[Outline],
    catalogue: Mapping[str, Source],
    configured: Collection[Source],
    told: Told,
) -> Imported:
    """Return what to write under `sources:` for a subscription list.

    The ids are those of the list where it has any, or are made of the names; they are those of no
    other source, and the same whenever the same list is read with the same configuration.
    """
    done = Imported()
    seen = {source.url for source in configured}
    taken = {source.id for source in configured}
    by_address = {source.url: source for source in catalogue.values()}
    for one in found:
        url = _address(one)
        if url is None:
            done.passed_over["no http address"] += 1
        elif url in seen:
            done.passed_over["there already"] += 1
        elif (shipped := by_address.get(url)) and _is_same(shipped, one, taken):
            done.items.append(_picked(shipped, one))
            seen.add(url)
            taken.add(shipped.id)
        elif one.is_feed or "spider" in one.ours or _CHANNEL.fullmatch(one.url.strip()):
            source = _own(one, url, told, taken | catalogue.keys())
            seen.add(url)
            if source is None:
                done.unknown.append(url)
            else:
                done.items.append(source)
                taken.add(str(source["id"]))
        else:
            done.passed_over["no feeds"] += 1
    return done


def _is_same(shipped: Source, one: Outline, taken: Collection[str]) -> bool:
    """Return whether an outline with the address of a source of the catalogue is that source."""
    return shipped.id not in taken and one.ours.get("id", shipped.id) == shipped.id


def _picked(shipped: Source, one: Outline) -> dict[str, object]:
    """Return a pick from the catalogue, with what a list of ours says otherwise."""
    item: dict[str, object] = {"id": shipped.id}
    if "id" not in one.ours:
        return item  # a stranger's list: it does not know why the catalogue keeps some off
    said = {"name": one.title, **one.ours}
    is_on = "enabled" not in one.ours
    for key in ("name", "country", "kind", "language", "spider"):
        if key in said and said[key] != getattr(shipped, key):
            item[key] = said[key]
    return item if is_on and shipped.enabled else item | {"enabled": is_on}


def _own(one: Outline, url: str, told: Told, taken: Collection[str]) -> dict[str, object] | None:
    """Return a source that the catalogue does not have; None where nobody says whose it is."""
    said = one.ours
    name = " ".join(_visible(one.title).split())[:_LONGEST_NAME] or urlsplit(url).netloc
    country, kind = said.get("country", told.country), said.get("kind", told.kind)
    if country is None or kind is None:
        return None
    channel = "/t.me/" in url
    spider = said.get("spider", "telegram_preview" if channel else "feed")
    item = {
        "id": _id(said.get("id", ""), name, url, taken),
        "name": name,
        "country": country,
        "kind": str(kind),
        "language": said.get("language", told.language),
        "spider": spider,
        "url": url,
        "enabled": "enabled" not in said,
    }
    if spider == "listing":
        item |= {"enabled": False, "note": "Off until somebody writes its selectors."}
    try:
        source = Source.model_validate(item)
    except ValidationError:
        return None  # the list says something of it that cannot be
    return source.model_dump(mode="json", exclude_defaults=True)


def _address(one: Outline) -> str | None:
    """Return the address as a source has it; None where it is none."""
    url = one.url.strip()
    if channel := _CHANNEL.fullmatch(url):
        return f"https://t.me/s/{channel[1]}"
    try:
        Source(id="a", name="a", country="zz", kind=Kind.STATE, url=url)
    except ValidationError:
        return None
    return url


def _id(said: str, name: str, url: str, taken: Collection[str]) -> str:
    made = said if re.fullmatch(ID, said) else _slug(name) or _slug(urlsplit(url).netloc) or "feed"
    return next(one for one in _numbered(made) if one not in taken)


def _numbered(made: str) -> Iterator[str]:
    yield made
    number = 2
    while True:
        yield f"{made[:58]}-{number}"
        number += 1


def _slug(name: str) -> str:
    latin = name.lower().translate(_LATIN)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _visible(text: str) -> str:
    return "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise MonitorError(f"cannot read {file}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise MonitorError(f"{file} has more than {_LARGEST // 2**20} MiB: divide it")
    return data


async def _outlines(data: bytes, file: Path) -> list[Outline]:
    """Return what the list says, read in a process that may be killed."""
    sandbox = Sandbox(workers=1)
    try:
        page = await sandbox.read("opml", Served(url=f"file:{file.name}", source="opml", body=data))
    except MonitorError as error:
        raise MonitorError(f"{file}: {error}") from error
    finally:
        await sandbox.close()
    return [outline(entry) for entry in page.entries]
