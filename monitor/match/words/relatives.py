"""Words of the same root that a rule's author may have forgotten: offered, never merged.

Made by the alternations of Russian and Ukrainian word formation, and kept only where the dictionary
has the result with the grammar it ought to have. What is not regular is not offered.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.match.text import fold_lower
from monitor.match.words.slavic import Dictionary, dictionary


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Another word that says much the same."""

    word: str
    language: str
    why: str  #: what it is to the word that was asked about


#: What the last consonants of a stem become before some endings.
_SOFTENED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ru": (
        ("ст", "щ"), ("т", "ч"), ("т", "щ"), ("д", "ж"), ("д", "жд"), ("с", "ш"), ("з", "ж"),
        ("б", "бл"), ("п", "пл"), ("в", "вл"), ("м", "мл"), ("ф", "фл"),
    ),
    "uk": (
        ("ст", "щ"), ("т", "ч"), ("зд", "ждж"), ("д", "дж"), ("с", "ш"), ("з", "ж"),
        ("б", "бл"), ("п", "пл"), ("в", "вл"), ("м", "мл"), ("ф", "фл"),
    ),
}  # fmt: skip
#: Ending of the perfective, endings of its imperfective; + stands for a softened stem, ^ for one
#: whose last о is а (остановить, останавливать).
_IMPERFECTIVE: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ru": (
        ("нести", ("носить",)), ("вести", ("водить",)), ("везти", ("возить",)),
        ("йти", ("ходить",)), ("пасть", ("падать",)), ("звать", ("зывать",)),
        ("слать", ("сылать",)), ("брать", ("бирать",)), ("рвать", ("рывать",)),
        ("гнать", ("гонять",)), ("нять", ("нимать",)), ("чать", ("чинать",)),
        ("дать", ("давать", "дывать")), ("стать", ("ставать",)), ("знать", ("знавать",)),
        ("нуть", ("ать", "ывать", "ивать")), ("сечь", ("секать",)), ("ступить", ("ступать",)),
        ("жить", ("жать", "живать", "^живать")), ("чить", ("чать", "чивать", "^чивать")),
        ("шить", ("шать", "шивать", "^шивать")), ("щить", ("щать", "щивать")),
        ("ить", ("ять", "+ать", "+ять", "ывать", "ивать", "+ивать", "^ивать", "+^ивать")),
        ("ыть", ("ывать",)), ("еть", ("евать",)),
        ("ать", ("ывать", "ивать", "^ывать")), ("ять", ("ивать", "евать")),
    ),
    "uk": (
        ("нести", ("носити",)), ("вести", ("водити",)), ("везти", ("возити",)),
        ("йти", ("ходити",)), ("звати", ("зивати",)), ("слати", ("силати",)),
        ("брати", ("бирати",)), ("гнати", ("ганяти",)), ("няти", ("німати",)),
        ("дати", ("давати",)), ("стати", ("ставати",)), ("знати", ("знавати",)),
        ("чати", ("чинати",)), ("нути", ("ати", "увати")), ("сікти", ("сікати",)),
        ("увати", ("овувати",)), ("ювати", ("ьовувати",)), ("ступити", ("ступати",)),
        ("жити", ("жати", "жувати")), ("чити", ("чати", "чувати")),
        ("шити", ("шати", "шувати")), ("щити", ("щати", "щувати")),
        ("ити", ("яти", "+ати", "+яти", "ювати", "увати", "+ювати", "+увати")),
        ("ути", ("увати",)), ("ати", ("увати",)), ("яти", ("ювати",)),
    ),
}  # fmt: skip
#: Verbs of one syllable behind a prefix: убить, налить, пришить.
_SHORT_ROOTS = re.compile(
    "(?:в|вы|ви|до|за|з|и[зс]|на|о|об|обо|ото?|від|пере|по|под|подо|під|при|про|ра[зс]|роз|с|у)"
    "(бит|вит|лит|пит|шит)[ьи]"
)
#: The pairs that no rule makes.
_IRREGULAR = {
    "ru": {"купить": "покупать", "взять": "брать", "сказать": "говорить", "поймать": "ловить"},
    "uk": {"купити": "купувати", "взяти": "брати", "сказати": "говорити", "впіймати": "ловити"},
}
_PREFIXES = {"ru": ("с", "по", "на", "раз", "рас", "за"), "uk": ("з", "с", "по", "на", "роз", "за")}
#: Ending of a verb, endings of the noun that names what it does.
_ACTION: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ru": (
        ("изовать", ("изация",)), ("ировать", ("ировка", "ация", "ирование")),
        ("овать", ("овка", "ование", "а")), ("звать", ("зыв",)), ("слать", ("сылка",)),
        ("ступить", ("ступление",)), ("ить", ("", "ение", "+ение", "ка")),
        ("ать", ("ание", "")), ("ять", ("", "яние", "ение")), ("нуть", ("новение",)),
    ),
    "uk": (
        ("ізувати", ("ізація",)), ("изувати", ("изація",)), ("увати", ("ування", "ація", "а")),
        ("ювати", ("ювання",)), ("звати", ("зив",)), ("ити", ("", "ення", "+ення")),
        ("ати", ("ання", "")), ("яти", ("", "яння", "ення")),
    ),
}  # fmt: skip
#: Ending of a noun, endings of the adjective that belongs to it.
_BELONGING: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ru": (
        ("ция", ("ционный",)), ("ия", ("ийский", "ский")), ("ск", ("ский",)), ("цк", ("цкий",)),
        ("а", ("ский", "ный")), ("я", ("ский", "ный")), ("о", ("ский", "ный")),
        ("ь", ("ьский", "ский", "ный")), ("", ("ский", "ный", "овый", "овой")),
    ),
    "uk": (
        ("ція", ("ційний",)), ("ія", ("ійський", "ський")), ("ськ", ("ський",)),
        ("цьк", ("цький",)), ("їв", ("ївський",)), ("ів", ("івський",)),
        ("а", ("ський", "ний")), ("я", ("ський", "ний")), ("о", ("ський", "ний")),
        ("ь", ("ський", "ний")), ("", ("ський", "альний", "ний", "овий")),
    ),
}  # fmt: skip
_PARTICIPLE = (
    ("нути", ("нутий", "нений")), ("увати", ("ований",)), ("ювати", ("йований", "ьований")),
    ("ити", ("ений", "+ений", "итий")), ("ати", ("аний",)), ("яти", ("яний", "ятий")),
    ("ути", ("утий",)),
)  # fmt: skip
_SHORTEST = 4  # letters: of shorter words, too much is made by chance (пол, полный)


def relatives(lemma: str, code: str) -> tuple[Suggestion, ...]:
    """Return the words that a dictionary form of `ru` or `uk` brings along."""
    known = dictionary(code)
    found: dict[str, str] = {}
    for word, why in _relatives(fold_lower(lemma), code, known):
        if word != fold_lower(lemma):
            found.setdefault(word, why)
    return tuple(Suggestion(word=word, language=code, why=why) for word, why in found.items())


def _relatives(word: str, code: str, known: Dictionary) -> Iterator[tuple[str, str]]:
    marks = known.marks(word)
    if any(map(_verb, marks)):
        yield from _of_verb(word, code, known)
    if any("NOUN" in mark for mark in marks) and len(word) >= _SHORTEST:
        adjectives = _made(word, _BELONGING[code], code)
        yield from _first(adjectives, {"ADJF"}, known, "the adjective of this noun")
        for verb in _verbs_of(word, code):
            if any(map(_verb, known.marks(verb))):
                yield verb, "the verb of this noun"
                break


def _of_verb(word: str, code: str, known: Dictionary) -> Iterator[tuple[str, str]]:
    perfective, imperfective = (_is(aspect, word, known) for aspect in ("perf", "impf"))
    if perfective and not imperfective:
        for partner in _imperfectives(word, code, known):
            yield partner, "the same action, going on or repeated (imperfective)"
    elif imperfective and not perfective:
        for partner in _perfectives(word, code, known):
            yield partner, "the same action, completed (perfective)"
    if _SHORT_ROOTS.fullmatch(word) is None:
        nouns = (noun for noun in _made(word, _ACTION[code], code) if len(noun) >= _SHORTEST)
        yield from _first(nouns, {"NOUN", "inan"}, known, "the noun of this verb")
    if code == "uk":
        made = _made(word, _PARTICIPLE, code)
        yield from _first(made, {"ADJF", "pssv"}, known, "the participle, a word of its own")


def _first(
    made: Iterator[str], grammar: set[str], known: Dictionary, why: str
) -> Iterator[tuple[str, str]]:
    for word in made:
        if any(grammar <= mark for mark in known.marks(word)):
            yield word, why
            return


def _verb(mark: frozenset[str]) -> bool:
    return bool({"INFN", "VERB"} & mark) and bool({"perf", "impf"} & mark)


def _imperfectives(word: str, code: str, known: Dictionary) -> list[str]:
    """Return the first regular imperfective that the dictionary has; else the bare verb."""
    bare, back = _without_back(word)
    if bare in _IRREGULAR[code]:
        return [_IRREGULAR[code][bare] + back]
    if _SHORT_ROOTS.fullmatch(bare):
        candidates = [bare[:-2] + bare[-2:].replace("т", "ват", 1)]
    else:
        candidates = list(_made(bare, _IMPERFECTIVE[code], code))
    for made in candidates:
        if _is("impf", made + back, known):
            return [made + back]
    for prefix in _PREFIXES[code]:
        plain = word.removeprefix(prefix)
        if plain != word and len(plain) > _SHORTEST and _is("impf", plain, known):
            return [plain]
    return []


def _perfectives(word: str, code: str, known: Dictionary) -> Iterator[str]:
    """Yield perfective verbs of which this is the regular imperfective."""
    ends = {end for _, ends in _IMPERFECTIVE[code] for end in ends}
    bare, back = _without_back(word)
    seen = {word}
    for perfective, imperfective in _IRREGULAR[code].items():
        if imperfective == bare:
            yield perfective + back
    for end in sorted((end.lstrip("+^") for end in ends), key=len, reverse=True):
        if not bare.endswith(end) or len(bare) <= len(end) + 1:
            continue
        stem = bare[: -len(end)]
        stems = {stem, *(stem[: -len(b)] + a for a, b in _SOFTENED[code] if stem.endswith(b))}
        stems |= {re.sub("а([^аеиоуыэюяіїє]+)$", r"о\1", each) for each in stems}
        for each in sorted(stems):
            for ending, _ in _IMPERFECTIVE[code]:
                made = each + ending + back
                if made in seen:
                    continue
                seen.add(made)
                if _is("perf", made, known) and word in _imperfectives(made, code, known):
                    yield made


def _is(aspect: str, word: str, known: Dictionary) -> bool:
    return any(aspect in mark for mark in known.marks(word) if _verb(mark))


def _verbs_of(noun: str, code: str) -> Iterator[str]:
    pairs = {
        "ru": (("изация", "изовать"), ("ация", "ировать"), ("ировка", "ировать")),
        "uk": (
            ("ізація", "ізувати"),
            ("изація", "изувати"),
            ("ація", "увати"),
            ("ування", "увати"),
        ),
    }
    for ending, verb in pairs[code]:
        if noun.endswith(ending):
            yield noun.removesuffix(ending) + verb


def _without_back(word: str) -> tuple[str, str]:
    back = re.search("с[яь]$", word)
    return (word[: back.start()], back[0]) if back else (word, "")


def _made(word: str, table: tuple[tuple[str, tuple[str, ...]], ...], code: str) -> Iterator[str]:
    """Yield what the first ending that fits makes of a word."""
    for ending, results in table:
        stem = word.removesuffix(ending)
        if not word.endswith(ending) or not stem:
            continue
        for result in results:
            stems = [stem]
            if "+" in result:
                stems = [stem[: -len(a)] + b for a, b in _SOFTENED[code] if stem.endswith(a)]
            if "^" in result:
                stems = [re.sub("о([^аеиоуыэюяіїє]+)$", r"а\1", each) for each in stems]
            yield from (each + result.lstrip("+^") for each in stems)
        return
