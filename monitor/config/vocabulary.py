"""What rules refer to besides themselves: lists of terms, and words with forms of their own."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_APOSTROPHES = re.compile("[’ʼ‘`´ʹ′＇]")
_MARKS = re.compile("[\u00ad\u0300\u0301\u200b-\u200f\u2060\ufeff]")
_LIST = re.compile(r"\$(\w[\w-]*)")

Terms = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that all rules of a configuration share."""

    lists: Terms = field(default_factory=dict)  #: named lists of terms
    #: lists that come with the program; one of `lists` with the same name goes before
    ready: Terms = field(default_factory=dict)
    #: words whose forms somebody wrote down, since the dictionaries have others or none
    forms: Terms = field(default_factory=dict)

    def list(self, name: str) -> Sequence[str] | None:
        """Return the members of a list; None where there is none of that name."""
        return self.lists.get(name, self.ready.get(name))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all lists."""
        return tuple(dict.fromkeys((*self.lists, *self.ready)))

    def needed(self, texts: Iterable[str]) -> "Vocabulary":
        """Return what these texts refer to, directly or by a list."""
        found: dict[str, Sequence[str]] = {}
        fresh = list(texts)
        said = list(fresh)
        while fresh:
            named = {name for text in fresh for name in _LIST.findall(text)} - found.keys()
            members = {name: of for name in sorted(named) if (of := self.list(name)) is not None}
            found |= members
            fresh = [text for of in members.values() for text in of]
            said += fresh
        low = _plain("\n".join(said)) if self.forms else ""
        forms = {word: of for word, of in sorted(self.forms.items()) if _plain(word) in low}
        return Vocabulary(lists=dict(sorted(found.items())), forms=forms)


def texts_in(said: object) -> Iterator[str]:
    """Yield every text in nested lists and dictionaries."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for value in said.values():
            yield from texts_in(value)
    elif isinstance(said, list):
        for value in said:
            yield from texts_in(value)


def _plain(text: str) -> str:
    """Return a text without what one word may be spelled with and another without."""
    text = unicodedata.normalize("NFC", _MARKS.sub("", text)).lower().replace("ё", "е")
    return _APOSTROPHES.sub("'", text)
