"""English forms: a dictionary from form to lemma, read backwards, and regular endings beside it."""

import re
from collections.abc import Iterator
from functools import cache, cached_property

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
#: Pronouns, articles, auxiliaries, prepositions, conjunctions: a closed class, so a list.
_CLOSED = """
    i me my myself we us our ours ourselves you your yours yourself yourselves he him his
    himself she her hers herself it its itself they them their theirs themselves who whom whose
    which what that this these those such each every either neither both all any some
    none no nobody nothing nowhere somebody someone something anybody anyone anything everybody
    everyone everything other others another
    a an the
    am is are was were be been being 's 'm 're do does did done doing has have had having 've 'd
    will would 'll shall should can could may might must ought cannot not n't
    about above across after against along amid among around as at before behind below beneath
    beside besides between beyond but by despite during except for from in inside into like
    of off on onto out outside over per since than through throughout till to toward
    towards under underneath until unto up upon via with within without
    and or nor if because although though unless whereas whether while when where why how so
    then there here yet too very also only even
    """
_SHORTEST = 3  # letters that are left of a word
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", ""))
FUNCTION_WORDS = frozenset(_CLOSED.split())
#: What makes an adverb or an opposite of a participle that has become an adjective.
_OF_ADJECTIVES = ("{}ly", "{}ness", "un{}", "in{}", "dis{}")


def stem(word: str) -> str:
    """Return a word without its regular endings: the same for nearly all of its forms.

    That is no dictionary form, and some words share theirs. It is for likening texts, all day long,
    where the dictionary would take 60 MB.
    """
    bare = word.removesuffix("'s")
    for ending, instead in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= _SHORTEST:
            return bare.removesuffix(ending) + instead
    return bare


@cache
def dictionary() -> "English":
    """Return the dictionary: read-only, so one is enough for a process."""
    return English()


class English:
    """Knows the forms of English words."""

    def forms(self, word: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """Return the forms of a lower-case word, and the lemma it was read as if it is none."""
        lemma = self._lemma.get(word, word)
        if word in _THEIR_OWN:
            return frozenset({word}), ()
        if word in FUNCTION_WORDS:  # be has is and were; but willing is no will
            return self._of(word) & FUNCTION_WORDS | {word}, ()
        if lemma == word or self._stands_alone(word):
            return self._of(word), ()
        return self._of(lemma) | {word}, (lemma,)

    def knows(self, word: str) -> bool:
        """Return whether the dictionary has it, or it is a regular form of what it has."""
        known = word in self._lemma or word in self._inflected or word in FUNCTION_WORDS
        return known or any(
            word in _regular(word[:cut]) for cut in (-1, -2, -3) if word[:cut] in self._inflected
        )

    def abbreviation(self, word: str) -> frozenset[str]:
        """Return the forms of a word that is written in capitals: UAV, UAVs."""
        if word in FUNCTION_WORDS or word in _THEIR_OWN or not word.isalpha():
            return frozenset({word})
        return frozenset({word, word + "s"})

    def _stands_alone(self, word: str) -> bool:
        """Return whether it means itself, though the dictionary also has it as a form."""
        # An -ing word is a noun too, and who writes it means the noun. And "m" is no "am": so
        # short a piece of a word says too little to be read as another.
        alone = word in self._inflected or word.endswith("ing") or len(word) < 3
        return alone or self._is_adjective(word)

    def _is_adjective(self, word: str) -> bool:
        """Return whether a participle is an adjective too: interested has an uninterested."""
        if not word.endswith("ed"):
            return False
        return any(self._lemma.get(made.format(word)) for made in _OF_ADJECTIVES)

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
        yield word + "s"  # the Zelenskys
    else:
        yield word + ("es" if re.search("(s|x|z|ch|sh)$", word) else "s")
    if word.endswith("ing"):
        return
    stem = word.removesuffix("e")
    yield stem + "ing"
    yield word[:-1] + "ied" if soft else stem + "ed"
