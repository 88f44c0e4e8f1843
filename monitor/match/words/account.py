"""What a word is understood as: its readings, what it finds, what was left out and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.match.text import fold_lower
from monitor.match.words.relatives import Suggestion, relatives
from monitor.match.words.slavic import CODES, Words, dictionary

_NAMES = {"ru": "Russian", "uk": "Ukrainian", "en": "English"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """A form that is not looked for in documents of one language."""

    form: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a word is in one language."""

    language: str
    lemmas: tuple[str, ...]  #: the dictionary forms it was read as, itself where it is one
    parts: tuple[str, ...]  #: noun, verb, name …; nothing where the dictionary does not say
    forms: tuple[str, ...]  #: what it finds in documents of this language
    borrowed: tuple[str, ...] = ()  #: those of them that are forms in another language only
    pruned: tuple[Pruned, ...] = ()
    guessed: bool = False  #: this language's dictionary lacks it; inflected like others that end so
    is_form: bool = False  #: it is no dictionary form itself, and was read as a form of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that can be said of a word in a rule."""

    word: str
    readings: tuple[Reading, ...]  #: one per language in which it is a word; none for a number
    #: forms that are not looked for in documents of a language in which it is no word
    pruned: tuple[Pruned, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()  #: other words to think of; never looked for unasked


def slavic_account(
    typed: str,
    readings: Mapping[str, Words],
    forms: Iterable[str],
    foreign: Mapping[str, Iterable[str]],
) -> Account:
    """Give account of a Cyrillic word, from how it was read and what came of it."""
    found = tuple(forms)
    others = {code: frozenset(foreign.get(code, ())) for code in CODES}
    read = {code: words for code, words in readings.items() if words.forms}
    given = tuple(_reading(typed, code, words, found, others[code]) for code, words in read.items())
    lemmas = {fold_lower(lemma) for words in read.values() for lemma in words.named}
    elsewhere = (
        Pruned(form=form, why=_why(form, code, lemmas, ours=False))
        for code in CODES
        if code not in read
        for form in sorted(others[code])
    )
    return Account(
        word=typed, readings=given, pruned=tuple(elsewhere), suggestions=_suggestions(given)
    )


def _reading(
    typed: str, code: str, words: Words, found: tuple[str, ...], others: frozenset[str]
) -> Reading:
    kept = tuple(form for form in found if form not in others)
    return Reading(
        language=code,
        lemmas=words.named or (fold_lower(typed),),
        parts=words.parts,
        forms=kept,
        borrowed=tuple(form for form in kept[1:] if form not in words.forms),
        pruned=tuple(_pruned(code, words, others, frozenset(kept))),
        guessed=words.guessed,
        is_form=bool(words.lemmas),
    )


def english_account(
    typed: str, forms: tuple[str, ...], lemmas: tuple[str, ...], *, guessed: bool, closed: bool
) -> Account:
    """Give account of a word in Latin letters."""
    reading = Reading(
        language="en",
        lemmas=lemmas or (fold_lower(typed),),
        parts=("function word",) if closed else (),  # the dictionary does not tell
        forms=forms,
        guessed=guessed,
        is_form=bool(lemmas),
    )
    return Account(word=typed, readings=(reading,))


def _pruned(
    code: str, words: Words, others: frozenset[str], kept: frozenset[str]
) -> Iterator[Pruned]:
    lemmas = {fold_lower(lemma) for lemma in words.named}
    for form in sorted((words.dropped | others) - kept):
        yield Pruned(form=form, why=_why(form, code, lemmas, ours=form in words.dropped))


def _why(form: str, code: str, lemmas: set[str], *, ours: bool) -> str:
    own = dictionary(code)
    if own.is_function_word(form):
        return f"a function word in {_NAMES[code]}"
    other = own.other(form, lemmas) or "another word"
    if ours:
        return f"mostly a form of {other}"
    return f"belongs to {other} in {_NAMES[code]} documents"


def _suggestions(readings: Iterable[Reading]) -> tuple[Suggestion, ...]:
    """Return the relatives of what was read for certain, in its own language."""
    known = [r for r in readings if not r.guessed and r.language in CODES]
    found = {
        (each.word, each.language): each
        for reading in known
        for lemma in reading.lemmas
        for each in relatives(lemma, reading.language)
        if each.word not in reading.forms
    }
    return tuple(found.values())
