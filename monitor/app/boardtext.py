"""What a pinned board says, in three languages: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from monitor.errors import Cause

_NAMED = 12

Blind = tuple[str, Cause | None, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What is seen at a moment."""

    sources: int
    waiting: int = 0  #: those that were not read yet
    blind: Sequence[Blind] = ()  #: name, cause, since when; the latest first

    @property
    def seen(self) -> int:
        """Return how many are seen."""
        return self.sources - self.waiting - len(self.blind)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    seeing: str
    all_: str
    waiting: str
    blind: str
    since: str
    more: str
    unknown: str
    heard: str
    silent: str
    as_of: str
    date: str
    causes: Mapping[Cause, str]


def board_text(
    board: Board, heard_at: datetime | None, language: str, zone: ZoneInfo, now: datetime
) -> str:
    """Return the lines of a board. Only the last one changes where nothing has turned."""
    words = _WORDS.get(language, _WORDS["en"])
    mark = "🔴" if not board.seen else "🟢" if board.seen == board.sources else "🟡"
    seeing = words.all_ if 0 < board.seen == board.sources else words.seeing
    lines = [f"{mark} {seeing.format(seen=board.seen, sources=board.sources)}"]
    if board.blind:
        lines.append(words.blind)
        lines += [f"• {_blind(one, words, zone, now)}" for one in board.blind[:_NAMED]]
    if (more := len(board.blind) - _NAMED) > 0:
        lines.append(words.more.format(number=more))
    if board.waiting:
        lines.append(words.waiting.format(number=board.waiting))
    heard = words.silent
    if heard_at is not None:
        heard = words.heard.format(at=_moment(heard_at, words, zone, now))
    as_of = words.as_of.format(at=f"{now.astimezone(zone):%H:%M}")
    return "\n".join([*lines, f"{heard} · {as_of}"])


def facts(text: str) -> str:
    """Return what a board says but for its last line, which changes where nothing has turned."""
    return text.rpartition("\n")[0]


def _blind(blind: Blind, words: _Words, zone: ZoneInfo, now: datetime) -> str:
    name, cause, since = blind
    said = words.unknown if cause is None else words.causes.get(cause, cause.value)
    name = " ".join(name.split())
    return f"{name}: {said}, {words.since.format(at=_moment(since, words, zone, now))}"


def _moment(at: datetime, words: _Words, zone: ZoneInfo, now: datetime) -> str:
    """Return the time of day, with the date where that is not today's."""
    there = at.astimezone(zone)
    if there.date() == now.astimezone(zone).date():
        return f"{there:%H:%M}"
    return words.date.format(day=f"{there:%d.%m}", time=f"{there:%H:%M}")


_WORDS: Final[Mapping[str, _Words]] = {
    "en": _Words(
        seeing="Seeing {seen} of {sources} sources",
        all_="Seeing all {sources} sources",
        waiting="Not read yet: {number}",
        blind="Blind:",
        since="since {at}",
        more="and {number} more",
        unknown="unknown",
        heard="last alert {at}",
        silent="no alert yet",
        as_of="as of {at}",
        date="{day} {time}",
        causes={},
    ),
    "uk": _Words(
        seeing="Видно джерел: {seen} з {sources}",
        all_="Видно всі джерела: {sources}",
        waiting="Ще не прочитано: {number}",
        blind="Не видно:",
        since="з {at}",
        more="і ще {number}",
        unknown="причина невідома",
        heard="останнє сповіщення {at}",
        silent="сповіщень ще не було",
        as_of="станом на {at}",
        date="{time} {day}",
        causes={
            Cause.DNS: "адресу не знайдено",
            Cause.CONNECTION: "немає зʼєднання",
            Cause.TLS: "недовірений сертифікат",
            Cause.TIMEOUT: "не відповідає вчасно",
            Cause.WALL: "відмовляє у доступі",
            Cause.GEO_BLOCKED: "закрито для нашої країни",
            Cause.WITHHELD: "приховано в нашій країні",
            Cause.TOO_OFTEN: "просить питати рідше",
            Cause.SERVER: "помилка сервера",
            Cause.ROBOTS: "забороняє robots.txt",
            Cause.EGRESS: "адреса, до якої не звертаємося",
            Cause.GONE: "сторінки більше немає",
            Cause.MOVED: "переїхало",
            Cause.REDIRECTS: "нескінченні переадресації",
            Cause.NOT_A_FEED: "це не стрічка",
            Cause.LOGIN: "вимагає входу",
            Cause.NO_PREVIEW: "канал без відкритої сторінки",
            Cause.LAYOUT: "змінилася верстка",
            Cause.EMPTY: "порожня сторінка",
            Cause.MOJIBAKE: "пошкоджене кодування",
            Cause.FROZEN: "відповідає, але нового немає",
            Cause.UNREADABLE: "не вдається прочитати",
            Cause.TOO_LARGE: "завелика сторінка",
            Cause.TRUNCATED: "сторінка обривається",
            Cause.INCOMPLETE: "прочитано не все",
            Cause.HTTP: "неочікувана відповідь",
            Cause.ADDRESS: "хибна адреса",
            Cause.INTERNAL: "помилка цієї програми",
        },
    ),
    "ru": _Words(
        seeing="Видно источников: {seen} из {sources}",
        all_="Видны все источники: {sources}",
        waiting="Ещё не прочитано: {number}",
        blind="Не видно:",
        since="с {at}",
        more="и ещё {number}",
        unknown="причина неизвестна",
        heard="последнее оповещение {at}",
        silent="оповещений ещё не было",
        as_of="на {at}",
        date="{time} {day}",
        causes={
            Cause.DNS: "адрес не найден",
            Cause.CONNECTION: "нет соединения",
            Cause.TLS: "недоверенный сертификат",
            Cause.TIMEOUT: "не отвечает вовремя",
            Cause.WALL: "отказывает в доступе",
            Cause.GEO_BLOCKED: "закрыто для нашей страны",
            Cause.WITHHELD: "скрыто в нашей стране",
            Cause.TOO_OFTEN: "просит спрашивать реже",
            Cause.SERVER: "ошибка сервера",
            Cause.ROBOTS: "запрещает robots.txt",
            Cause.EGRESS: "адрес, к которому не обращаемся",
            Cause.GONE: "страницы больше нет",
            Cause.MOVED: "переехал",
            Cause.REDIRECTS: "бесконечные переадресации",
            Cause.NOT_A_FEED: "это не лента",
            Cause.LOGIN: "требует входа",
            Cause.NO_PREVIEW: "канал без открытой страницы",
            Cause.LAYOUT: "изменилась вёрстка",
            Cause.EMPTY: "пустая страница",
            Cause.MOJIBAKE: "испорченная кодировка",
            Cause.FROZEN: "отвечает, но нового нет",
            Cause.UNREADABLE: "не удаётся прочитать",
            Cause.TOO_LARGE: "слишком большая страница",
            Cause.TRUNCATED: "страница обрывается",
            Cause.INCOMPLETE: "прочитано не всё",
            Cause.HTTP: "неожиданный ответ",
            Cause.ADDRESS: "неверный адрес",
            Cause.INTERNAL: "ошибка этой программы",
        },
    ),
}
