"""What single values in config.yaml may be: durations, ids, terms, addresses."""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlsplit

from cssselect import ExpressionError, SelectorError
from parsel.csstranslator import HTMLTranslator
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

DURATION: Final = r"^([0-9]{1,8})(s|m|h|d)$"
ID: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
TWO_LETTERS: Final = r"^[a-z]{2}$"
URL: Final = r"^https?://[^\s/]+"
STORE: Final = r"^(sqlite|postgresql)://"
LIST_NAME: Final = r"^\w[\w-]{0,63}$"
WORD: Final = r"^[^\W_]+(['’ʼ`-][^\W_]+){0,9}$"
CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
WEEKLY: Final = r"^(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]$"
LABEL: Final = r"^[a-z][a-z0-9_]{0,63}$"
VIA: Final = r"^(direct|proxy:[a-z0-9][a-z0-9-]{0,63})$"
LISTEN: Final = r"^[^\s/:]+:[0-9]{1,5}$"
PROXY: Final = r"^(http|https|socks5)://[^\s/@]+/?$"

#: What these patterns ask for, in words: pydantic names only the pattern.
IN_WORDS: Final[Mapping[str, str]] = {
    ID: "1 to 64 characters of a-z, 0-9 and -, not beginning with -",
    TWO_LETTERS: "two small letters, as in ru, ua, uk, en",
    URL: "an address that begins with https:// or http://",
    STORE: "sqlite:///data/monitor.db or postgresql://user@host/name",
    LIST_NAME: "1 to 64 letters, digits, _ and -, without the $",
    WORD: "one word: letters and digits, with hyphens and apostrophes between them",
    VIA: "direct, or proxy:NAME with a name under `proxies:`",
    PROXY: "http://host:port or socks5://host:port; a name and a password are in the environment",
    CLOCK: "a time of day, as in 09:00",
    WEEKLY: "a weekday in three letters and a time, as in mon 09:00",
    LISTEN: "an address and a port of this machine: 127.0.0.1:8443",
    LABEL: "1 to 64 characters of a-z, 0-9 and _, beginning with a letter",
}

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)  # so that now + duration is always a date

_CSS = HTMLTranslator()

T = TypeVar("T")


class _ScalarToo:
    """Lets one scalar stand where a list stands, for the loader and for the JSON Schema."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Wrap a scalar before the list is read."""
        return core_schema.no_info_before_validator_function(self._wrap, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Offer the item beside the list."""
        listed = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [listed["items"], listed]}

    @staticmethod
    def _wrap(value: object) -> object:
        return [value] if isinstance(value, str | int) else value


def _duration(value: object) -> object:
    """Read `30s`, `2m`, `1h`, `1d`; leave a timedelta as it is."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(DURATION, value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a duration as a number and s, m, h or d: 30s, 2m, 1h, 1d")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise ValueError("a year (366d) is the longest duration")
    return duration


def _spell(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _at_least_a_second(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("1s is the shortest")
    return value


def _text(value: object) -> object:
    """Accept what YAML reads as a number or as true/false where a person wrote a word.

    `places` reads as numbers only those that look the same when they are written again.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        known = parts.hostname is not None and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("this is no address: its host or its port cannot be read")
    return value


def _selector(value: str) -> str:
    try:
        return value and _CSS.css_to_xpath(value) and value
    except (SelectorError, ExpressionError) as error:
        raise ValueError(f"this is no CSS selector: {error}") from None


def _network(value: object) -> object:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(value if isinstance(value, str) else "", strict=False)
    except ValueError:
        raise ValueError("write an address or a range of addresses: 127.0.0.0/8") from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(_spell, return_type=str),
    WithJsonSchema({"type": "string", "pattern": DURATION, "examples": ["2m", "1h"]}),
]
Interval = Annotated[Duration, AfterValidator(_at_least_a_second)]

Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int | float | bool)]
Term = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=str | int | float | bool),
    Field(min_length=1, max_length=500),
]
Id = Annotated[
    str,
    Field(pattern=ID, description="1 to 64 of a-z 0-9 -"),
    BeforeValidator(_text),
]
Url = Annotated[str, Field(pattern=URL, max_length=2000), AfterValidator(_address)]
Via = Annotated[str, Field(pattern=VIA)]
Selector = Annotated[str, Field(max_length=500), AfterValidator(_selector)]
Word = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=str | int | float | bool),
    Field(pattern=WORD),
]
ListName = Annotated[str, Field(pattern=LIST_NAME)]
LabelName = Annotated[str, Field(pattern=LABEL)]
Country = Annotated[str, Field(pattern=TWO_LETTERS, description="two letters: ru, ua, …")]
Network = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(_network, json_schema_input_type=str)
]

Many = Annotated[tuple[T, ...], _ScalarToo()]
Some = Annotated[tuple[T, ...], Field(min_length=1), _ScalarToo()]
