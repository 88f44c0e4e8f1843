"""English forms: a dictionary from form to lemma, read backwards, and regular endings beside it."""

import re
from collections.abc import Iterator
from functools import cached_property

_VOWELS = "aeiou"
#: Forms that the dictionary takes for words of their own, or for forms of another word.
_IRREGULAR = {
    "bad": ("worse",),
    "bear": ("bore",),
    "bend": ("bent",),
    "bind": ("bound",),
    "bite": ("bit",),
    "break": ("broke",),
    "drink": ("drunk",),
    "far": ("further",),
    "feel": ("felt",),
    "go": ("gone",),
    "half": ("halves",),
    "leaf": ("leaves",),
    "leave": ("left",),
    "life": ("lives",),
    "ring": ("rung",),
    "rise": ("rose",),
    "shake": ("shook",),
    "shoot": ("shot",),
    "swear": ("swore",),
    "thief": ("thieves",),
    "think": ("thought",),
    "wife": ("wives",),
    "win": ("won",),
    "wind": ("wound",),
}
#: Words that only look like plurals, and abbreviations that only look like pronouns.
_THEIR_OWN = frozenset({"customs", "news", "us", "it", "its", "who"})


class English:
    """Knows the forms of English words."""

    def forms(self, word: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """Return the forms of a lower-case word, and the lemma it was read as if it is none."""
        lemma = self._lemma.get(word, word)
        # An -ing word is a noun too, and who writes it means the noun.
        own = lemma == word or word in self._inflected or word.endswith("ing")
        if word in _THEIR_OWN:
            return frozenset({word}), ()
        return (self._of(word), ()) if own else (self._of(lemma) | {word}, (lemma,))

    def _of(self, lemma: str) -> frozenset[str]:
        regular = set(_regular(lemma)) - _THEIR_OWN
        if lemma in self._lemma:
            # The dictionary knows the word, so what it does not know is not a form of it.
            regular = {form for form in regular if self._lemma.get(form) == form}
        return frozenset(
            {lemma, *self._inflected.get(lemma, ()), *_IRREGULAR.get(lemma, ())} | regular
        )

    @cached_property
    def _lemma(self) -> dict[str, str]:
        # 0.2 s and 40 MB that a warm cache spares us.
        from simplemma.strategies import DefaultDictionaryFactory  # noqa: PLC0415

        pairs = DefaultDictionaryFactory(cache_max_size=1).get_dictionary("en").items()
        return {form.lower(): lemma.lower() for form, lemma in pairs}

    @cached_property
    def _inflected(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for form, lemma in self._lemma.items():
            found.setdefault(lemma, []).append(form)
        return found


def _regular(word: str) -> Iterator[str]:
    """Yield what a noun or verb would look like if it were regular."""
    if not word.isalpha() or len(word) < 3:
        return
    soft = word.endswith("y") and word[-2] not in _VOWELS
    if soft:
        yield word[:-1] + "ies"
    else:
        yield word + ("es" if re.search("(s|x|z|ch|sh)$", word) else "s")
    if word.endswith("ing"):
        return
    stem = word.removesuffix("e")
    yield stem + "ing"
    yield word[:-1] + "ied" if soft else stem + "ed"
