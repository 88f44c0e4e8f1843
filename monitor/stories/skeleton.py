"""Names as Russian and Ukrainian have in common: Балаклея and Балаклія, Изюм and Ізюм."""

import re
from functools import lru_cache

# The vowels tell them apart; the consonants do not.
_SOUNDS = (
    ("щ", "шч"),
    ("ґ", "г"),
    ("йо", "о"),
    ("ьо", "о"),
    ("ь", ""),
    ("ъ", ""),
    ("'", ""),
    ("-", ""),
    ("й", ""),
)
_VOWELS = {
    **dict.fromkeys("аоя", "а"),
    **dict.fromkeys("еєэиіїы", "и"),
    **dict.fromkeys("ую", "у"),
}
_VOWEL = re.compile("[аеєиіїоуюяыэ]")
_DOUBLE = re.compile(r"(.)\1+")
_ONLY = re.compile("[а-яіїєґ'-]+")
_SHORT = 3  # consonants; with fewer of them the vowels count too, by their kind
# Whose names neither vowels nor endings make alike.
_CALLED = {
    "николаев": "миколаїв",
    "николаевский": "миколаївський",
    "николай": "микола",
    "никита": "микита",
    "филипп": "пилип",
    "анна": "ганна",
    "екатерина": "катерина",
    "александр": "олександр",
    "алексей": "олексій",
    "днепропетровский": "дніпропетровський",
    "львов": "львів",
    "ровно": "рівне",
    "беларусь": "білорусь",
    "белоруссия": "білорусь",
    "германия": "німеччина",
    "венгрия": "угорщина",
    "румыния": "румунія",
    "всу": "зсу",
    "вс": "зс",
    "оон": "оон",
    "ес": "єс",
    "сша": "сша",
    "рф": "рф",
}
# What stands in every second report tells none from another.
_EVERYDAY_NAMES = """
    украина украинский росія російський россия российский киев киевский москва московский
    зеленский владимир путин рф сша всу вс ес нато оон европа европейский мид
    """


@lru_cache(maxsize=1 << 14)
def skeleton(name: str) -> str:
    """Return what a folded name has in common with its likes; "" where that is too little."""
    name = _CALLED.get(name, name)
    if not _ONLY.fullmatch(name):
        return name if len(name) >= _SHORT else ""
    for sound, spelled in _SOUNDS:
        name = name.replace(sound, spelled)
    name = _DOUBLE.sub(r"\1", name)
    bare = _VOWEL.sub("", name)
    if len(bare) >= _SHORT:
        return f"*{bare}" if _VOWEL.match(name) else bare
    return "".join(_VOWELS.get(letter, letter) for letter in name)


EVERYDAY = frozenset(map(skeleton, _EVERYDAY_NAMES.split()))
