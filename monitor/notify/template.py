"""How an alert looks: Jinja2 that makes Telegram's HTML."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A template that compiles."""

    name: str
    source: str


FULL = Template("full", "")
BRIEF = Template("brief", "")
