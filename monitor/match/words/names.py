"""Names that no dictionary has, declined like those that end like them."""

import re

_SIBILANTS = "жчшщц"
#: How surnames end that are declined in their own way: Умеров, Умеровым.
_SURNAME = re.compile("..(?:[оеєё]в|[иіїы]н)$")


def is_surname(word: str) -> bool:
    """Return whether a word ends like a surname in -ов or -ин."""
    return _SURNAME.search(word) is not None


def declined(word: str, code: str) -> tuple[str, ...]:
    """Return the cases, in Russian (`ru`) or Ukrainian, of a name that ends like a nominative."""
    return _russian(word) if code == "ru" else _ukrainian(word)


def _russian(word: str) -> tuple[str, ...]:
    stem, last, before = word[:-1], word[-1], word[-2:-1]
    soft = before in _SIBILANTS
    if is_surname(word):  # nouns in -ин have -ом and -ов
        return _with(word, "", "а у ым ом е ы ых ов ыми")
    if last == "а":
        many = "и" if soft or before in "гкх" else "ы"
        return _with(stem, f"а {many} е у", "ей" if soft else "ой")
    if last in "яйь":
        return _with(stem, {"я": "я и е ю ей", "й": "й я ю ем е", "ь": "ь я ю ем е и ью"}[last])
    if last in "бвгджзклмнпрстфхцчшщ":
        return _with(word, "", "а у е ом", "ем" if last in _SIBILANTS else "")
    return ()


def _ukrainian(word: str) -> tuple[str, ...]:
    stem, last, before = word[:-1], word[-1], word[-2:-1]
    if is_surname(word):
        return _with(word, "", "а у ові им ом і и их ів ими")
    if last == "а":
        return _with(stem, "а і у ею" if before in _SIBILANTS else "а и і у ою о")
    if last in "яйь":
        return _with(stem, {"я": "я ї і ю єю ею є", "й": "й я ю єм ї", "ь": "ь я ю ем і ю"}[last])
    if last in "бвгґджзклмнпрстфхцчшщ":
        return _with(word, "", "а у ові ом ем і")
    return ()


def _with(stem: str, *endings: str) -> tuple[str, ...]:
    """Return the stem with each of the endings; "" is the stem itself."""
    return tuple(stem + end for listed in endings for end in listed.split() or [""])
