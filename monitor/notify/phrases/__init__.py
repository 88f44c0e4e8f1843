"""What stands around the news, in the languages of those who read it."""

from collections.abc import Mapping
from typing import Final, Literal

from monitor.notify.phrases.en import ENGLISH
from monitor.notify.phrases.grammar import Phrases
from monitor.notify.phrases.ru import RUSSIAN
from monitor.notify.phrases.uk import UKRAINIAN

__all__ = ["ENGLISH", "PHRASES", "Language", "Phrases"]

Language = Literal["en", "uk", "ru"]

PHRASES: Final[Mapping[Language, Phrases]] = {"en": ENGLISH, "uk": UKRAINIAN, "ru": RUSSIAN}
