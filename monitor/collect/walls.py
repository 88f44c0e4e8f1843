"""Pages that stand in the way of the one that was asked for: checks for robots, and logins."""

import re

from lxml import etree

from monitor.collect.plaintext import element_text, one_line
from monitor.collect.selecting import title_of
from monitor.errors import Cause, PageError

_TITLES = re.compile(
    r"just a moment|attention required|один момент|checking your browser|ddos-guard|qrator"
    r"|access denied|доступ (?:ограничен|запрещ[её]н)|доступ (?:обмежено|заборонено)"
    r"|are you (?:not )?a robot|вы не робот|ви не робот|подтвердите, что вы|captcha|капча",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"checking (?:if the site connection is secure|your browser)|enable javascript and cookies"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human|проверка браузера|перевірка браузера"
    r"|подтвердите, что (?:запросы отправляли )?вы|я не робот|введите символы с картинки"
    r"|підтвердьте, що ви|unusual traffic",
    re.IGNORECASE,
)
_MARKS = re.compile(
    r"cf-chl-|_cf_chl_opt|/cdn-cgi/challenge-platform/|ddos-guard|__qrator|qrator\.net"
    r"|servicepipe|g-recaptcha|h-captcha|hcaptcha\.com|smartcaptcha|showcaptcha",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:вход|войти|войдите|авторизац\w+|вхід|увійти|увійдіть|log ?in|sign ?in)\b", re.IGNORECASE
)
_SHORT = 600  # characters: what a wall says at most


def wall(root: etree._Element, text: bytes, *, certain: bool = False) -> PageError | None:
    """Return that a page is a wall, or asks to log in; None where it does not look like one.

    An ordinary page may have a form to log in and a captcha under its comments: ask this of a page
    on which there is not what was looked for, or only for what is `certain`, for what it says.
    """
    title = title_of(root)
    called = f" titled “{title}”" if title else ""
    said = one_line(element_text(root))
    markup = "" if certain else text.decode(errors="replace")
    short = len(said) <= _SHORT
    if short and (_TITLES.search(title) or _SAID.search(said) or _MARKS.search(markup)):
        return PageError(f"a page{called} that keeps programs out", Cause.WALL)
    fields = (field.get("type") or "" for field in root.iter("input"))
    asks = not certain or (short and _LOGIN.search(title))
    if asks and any(kind.lower() == "password" for kind in fields):
        return PageError(f"a page{called} that asks to log in", Cause.LOGIN)
    return None
