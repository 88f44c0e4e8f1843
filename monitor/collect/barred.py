"""Pages that say, instead of what was asked for, that we are kept out: from where, or by what."""

import re
from collections.abc import Awaitable, Sequence

from monitor.errors import Cause, PageError, Trouble
from monitor.model import Page

_LONGEST = 32 * 1024  # bytes: pages of this kind are short, and this runs in the loop

_COUNTRY = r"(?:country|region|location|area|territory)"
_OUR_UK = r"(?:вашій|вашої|вашу) (?:країн|регіон)\w*|(?:вашому|вашого|ваш) регіон\w*"
_OUR_RU = r"(?:вашей|вашу) стран\w*|(?:вашем|вашего|ваш) регион\w*"
_BARRED_RU = r"(?:ограничен|запрещ|закрыт|заблокирован|недоступ)"
_BARRED_UK = r"(?:обмежен|заборонен|закрит|заблокован|недоступн)"
_HERE = re.compile(
    "|".join(
        (
            rf"banned the {_COUNTRY}(?: or {_COUNTRY})?",
            r"error (?:code:? ?)?1009\b",
            (
                r"(?:not|isn['’]t|no longer) (?:currently )?(?:available|accessible)"
                rf" (?:in|from|to) your {_COUNTRY}"
            ),
            rf"(?:unavailable|blocked|restricted|denied) (?:in|from|for) your {_COUNTRY}",
            (
                rf"access (?:to [^.<]{{1,60}} )?from your {_COUNTRY} (?:is|has been|was)"
                r" (?:denied|blocked|restricted|forbidden|not allowed)"
            ),
            rf"your {_COUNTRY} (?:is|has been|was) (?:blocked|banned|restricted)",
            rf"(?:доступ|{_BARRED_RU})[^.<]{{0,80}} (?:из|в|для|на территории) (?:{_OUR_RU})",
            rf"(?:из|в|для) (?:{_OUR_RU})[^.<]{{0,80}}{_BARRED_RU}",
            rf"(?:доступ|{_BARRED_UK})[^.<]{{0,80}} (?:з|із|зі|у|в|для) (?:{_OUR_UK})",
            rf"(?:з|із|зі|у|в|для) (?:{_OUR_UK})[^.<]{{0,80}}{_BARRED_UK}",
        )
    ),
    re.IGNORECASE,
)
# What only such a page holds: ordinary pages come through the same houses, with their scripts.
_WALLS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "Cloudflare",
            (
                r"just a moment\.\.\.</title|attention required! \| cloudflare|_cf_chl_opt"
                r"|cf-chl-|cf-error-details|challenge-platform/h/"
            ),
        ),
        ("DDoS-Guard", r"<title>\s*ddos-guard|check\.ddos-guard\.net|ddos-guard/js-challenge"),
        ("Qrator", r"__qrator|qauth\.js|<title>\s*qrator"),
        ("StormWall", r"<title>[^<]{0,60}stormwall|stormwall-challenge"),
        ("Variti", r"<title>[^<]{0,60}variti|variti\.(?:com|ru)/challenge"),
        ("ServicePipe", r"servicepipe\.ru/(?:static|challenge)|id_captcha_frame_div"),
        ("Imperva", r"_incapsula_resource|incapsula incident id"),
        ("Yandex SmartCaptcha", r"smartcaptcha\.yandexcloud|/showcaptcha"),
    )
)
_CAPTCHA = re.compile(r"captcha|капч[аиуе]|checking your browser", re.IGNORECASE)


def barrier(body: bytes, *, refused: bool = True) -> Trouble | None:
    """Return what keeps us out, if that is what a page says.

    A captcha alone tells that only where the site `refused` us: forms for readers have them too.
    """
    text = _text(body)
    if (said := _HERE.search(text)) is not None:
        words = " ".join(said[0].split())
        return Trouble(cause=Cause.GEO_BLOCKED, text=f"it is not shown where we are (“{words}”)")
    for name, signs in _WALLS:
        if signs.search(text):
            return Trouble(cause=Cause.WALL, text=f"{name} keeps programs out")
    if refused and _CAPTCHA.search(text):
        return Trouble(cause=Cause.WALL, text="a captcha keeps programs out")
    return None


async def read_or_barred(reading: Awaitable[Page], body: bytes) -> Page:
    """Return a page; where nothing can be read on it, raise PageError with what keeps us out."""
    try:
        page = await reading
    except PageError as error:
        if (found := barrier(body, refused=False)) is not None:
            raise PageError(found.text, found.cause) from error
        raise
    if not page.fingerprints and page.problem and (found := barrier(body, refused=False)):
        raise PageError(found.text, found.cause)
    return page


def _text(body: bytes) -> str:
    """Russian pages of this kind are UTF-8 or windows-1251, whatever they declare."""
    start = body[:_LONGEST]
    try:
        return start.decode("utf-8")
    except UnicodeDecodeError:
        half = len(start) == _LONGEST  # it may end in the middle of a character
        return start.decode("utf-8", "ignore") if half else start.decode("cp1251", "replace")
