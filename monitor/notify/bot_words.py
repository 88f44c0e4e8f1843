"""The bot's menu, and its words for what becomes of alerts, in the languages it speaks."""

from collections.abc import Mapping
from typing import Final

from monitor.model import Fate, Reason, State

#: What a command is for, as the menu of the chat shows it.
COMMANDS: Final[Mapping[str, Mapping[str, str]]] = {
    "start": {
        "en": "who I am",
        "uk": "хто я",
        "ru": "кто я",
    },
    "help": {
        "en": "what I can do",
        "uk": "що я вмію",
        "ru": "что я умею",
    },
    "rules": {
        "en": "what is watched for",
        "uk": "за чим я стежу",
        "ru": "за чем я слежу",
    },
    "subscribe": {
        "en": "RULE: hear of it here",
        "uk": "ПРАВИЛО: отримувати сповіщення тут",
        "ru": "ПРАВИЛО: получать уведомления здесь",
    },
    "unsubscribe": {
        "en": "[RULE]: hear of it no more, or of nothing",
        "uk": "[ПРАВИЛО]: відписатися від нього або від усього",
        "ru": "[ПРАВИЛО]: отписаться от него или от всего",
    },
    "last": {
        "en": "[RULE]: the latest alerts",
        "uk": "[ПРАВИЛО]: останні сповіщення",
        "ru": "[ПРАВИЛО]: последние уведомления",
    },
    "search": {
        "en": "QUERY: look through the archive",
        "uk": "ЗАПИТ: пошук в архіві",
        "ru": "ЗАПРОС: поиск в архиве",
    },
    "mute": {
        "en": "RULE 2h: silence for a while",
        "uk": "ПРАВИЛО 2h: тиша на певний час",
        "ru": "ПРАВИЛО 2h: тишина на время",
    },
    "unmute": {
        "en": "RULE: hear it again",
        "uk": "ПРАВИЛО: знову отримувати",
        "ru": "ПРАВИЛО: снова получать",
    },
    "status": {
        "en": "what is seen, and what is not",
        "uk": "що видно, а що ні",
        "ru": "что видно, а что нет",
    },
    "why": {
        "en": "ID or link: what became of a report",
        "uk": "ID або посилання: що сталося з повідомленням",
        "ru": "ID или ссылка: что стало с сообщением",
    },
    "language": {
        "en": "en, uk or ru",
        "uk": "en, uk або ru",
        "ru": "en, uk или ru",
    },
}

REASONS: Final[Mapping[Reason, Mapping[str, str]]] = {
    Reason.FIRST: {
        "en": "Told: it was new.",
        "uk": "Повідомлено: це було нове.",
        "ru": "Сообщено: это было новое.",
    },
    Reason.NEW_RULE: {
        "en": "Told: its text was edited, and a further rule found it.",
        "uk": "Повідомлено: текст змінили, і його знайшло ще одне правило.",
        "ru": "Сообщено: текст изменили, и его нашло ещё одно правило.",
    },
    Reason.ALREADY_TOLD: {
        "en": "Not told again: an earlier text of it was told.",
        "uk": "Повторно не повідомлено: про попередній текст уже було сповіщення.",
        "ru": "Повторно не сообщено: о прежнем тексте уже было уведомление.",
    },
    Reason.TOO_OLD: {
        "en": "Not told: it was old when its source was first read.",
        "uk": "Не повідомлено: воно було старе, коли джерело прочитали вперше.",
        "ru": "Не сообщено: оно было старым, когда источник прочитали впервые.",
    },
}

FATES: Final[Mapping[Fate, Mapping[str, str]]] = {
    Fate.TOLD: {
        "en": "a message of its own",
        "uk": "окреме повідомлення",
        "ru": "отдельное сообщение",
    },
    Fate.JOINED: {
        "en": "added to the message of its story",
        "uk": "додано до повідомлення про ту саму історію",
        "ru": "добавлено к сообщению о той же истории",
    },
    Fate.NEWS: {
        "en": "an answer to the message of its story",
        "uk": "відповідь на повідомлення про ту саму історію",
        "ru": "ответ на сообщение о той же истории",
    },
    Fate.WAITS: {
        "en": "waits for the next list",
        "uk": "чекає на наступний список",
        "ru": "ждёт следующего списка",
    },
    Fate.LISTED: {
        "en": "in a list with others",
        "uk": "у списку з іншими",
        "ru": "в списке с другими",
    },
    Fate.REPEATED: {
        "en": "not sent: the same source said the same before",
        "uk": "не надіслано: те саме джерело вже це писало",
        "ru": "не отправлено: тот же источник уже это писал",
    },
    Fate.SILENCED: {
        "en": "not sent: somebody asked for silence",
        "uk": "не надіслано: хтось увімкнув тишу",
        "ru": "не отправлено: кто-то включил тишину",
    },
    Fate.MUTED: {
        "en": "not sent: nothing is sent at this time of day",
        "uk": "не надіслано: у цей час нічого не надсилають",
        "ru": "не отправлено: в это время ничего не отправляют",
    },
    Fate.INHIBITED: {
        "en": "not sent: a louder alert had said enough",
        "uk": "не надіслано: про це вже сказало важливіше сповіщення",
        "ru": "не отправлено: об этом уже сказало более важное уведомление",
    },
}

STATES: Final[Mapping[State, Mapping[str, str]]] = {
    State.QUEUED: {"en": "waits for its turn", "uk": "чекає на чергу", "ru": "ждёт очереди"},
    State.SENDING: {"en": "on its way", "uk": "у дорозі", "ru": "в пути"},
    State.SENT: {"en": "sent", "uk": "надіслано", "ru": "отправлено"},
    State.PARKED: {
        "en": "waits until the chat can be reached",
        "uk": "чекає, доки чат стане доступним",
        "ru": "ждёт, пока чат станет доступен",
    },
    State.DEAD: {
        "en": "refused by Telegram",
        "uk": "Telegram відмовив",
        "ru": "Telegram отказал",
    },
    State.DROPPED: {
        "en": "dropped by a person",
        "uk": "скасовано людиною",
        "ru": "отменено человеком",
    },
}

#: A moment of another day than today is written with its date.
MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "uk": (
        *("січня", "лютого", "березня", "квітня", "травня", "червня"),
        *("липня", "серпня", "вересня", "жовтня", "листопада", "грудня"),
    ),
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
}
