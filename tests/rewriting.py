"""What editors do to a text before they publish it as their own."""

import re
from collections.abc import Callable
from random import Random

from newswire import SAID, News

from monitor.match.words import slavic

Edited = tuple[str, str]  # title and text


def copied(news: News, _: Random) -> Edited:
    return news.title, news.text


def without_a_title(news: News, _: Random) -> Edited:
    return "", f"{news.title}\n{news.text}"


def shortened(news: News, _: Random) -> Edited:
    words = news.text.split()
    return news.title, " ".join(words[: round(0.6 * len(words))])


def cut_down(news: News, _: Random) -> Edited:
    words = news.text.split()
    return news.title, " ".join(words[: round(0.4 * len(words))]) + "…"


def attributed(news: News, rng: Random) -> Edited:
    says = rng.choice(SAID["attributions"][news.language])
    first, *rest = news.paragraphs
    return f"{news.title} — {says}", "\n".join([f"{first[:-1]}, {says}.", *rest])


def reordered(news: News, _: Random) -> Edited:
    first, *rest = news.paragraphs
    return news.title, "\n".join([*rest[::-1], first])


def framed(news: News, _: Random) -> Edited:
    before, after = SAID["frames"][news.language]
    return news.title, f"{before}\n{news.text}\n{after}"


def shortened_and_framed(news: News, rng: Random) -> Edited:
    title, text = attributed(news, rng)
    words = text.split()
    return title, " ".join(words[: len(words) // 2]) + "\n" + SAID["frames"][news.language][1]


def corrected(news: News, rng: Random) -> Edited:
    """A tenth of the words gone, a tenth swapped with what stands beside them."""
    words = news.text.split()
    words = [word for word in words if rng.random() > 0.1]
    for at in range(len(words) - 1):
        if rng.random() < 0.1:
            words[at], words[at + 1] = words[at + 1], words[at]
    return news.title, " ".join(words)


def inflected(news: News, rng: Random, share: float = 0.25) -> Edited:
    return news.title, re.sub(r"\w+", lambda word: _inflect(word[0], news, rng, share), news.text)


def lead_of_25(news: News, _: Random) -> Edited:
    return "", " ".join(news.text.split()[:25])


def lead_of_12(news: News, _: Random) -> Edited:
    return "", " ".join(news.text.split()[:12])


def embedded(news: News, _: Random) -> Edited:
    before, after = SAID["beside"][news.language]
    return "", f"{before}\n{news.text}\n{after}"


def rewritten(news: News, rng: Random) -> Edited:
    """Of the words: 15 % gone, 15 % elsewhere, 15 % in another form."""
    _, text = inflected(news, rng, 0.15)
    words = [word for word in text.split() if rng.random() > 0.15]
    for _ in range(round(0.15 * len(words))):
        words.insert(rng.randrange(len(words)), words.pop(rng.randrange(len(words))))
    return "", " ".join(words)


Edit = Callable[[News, Random], Edited]
#: What makes a copy, as one newsroom takes it over from another.
COPIES: tuple[Edit, ...] = (
    *(copied, without_a_title, shortened, cut_down, attributed, reordered, framed),
    *(shortened_and_framed, corrected, inflected, lead_of_25, lead_of_12, embedded),
)


def _inflect(word: str, news: News, rng: Random, share: float) -> str:
    if rng.random() > share or len(word) < 4 or not word.islower():
        return word
    if news.language == "en":
        return word.removesuffix("s") if word.endswith("s") else f"{word}s"
    forms = {form.word for form in slavic.dictionary(news.language)._parses(word)[0].lexeme}
    return rng.choice(sorted(forms))
