"""A night at a desk, written for the tests: what is told, in every form."""

import struct
import zlib
from dataclasses import replace
from datetime import timedelta

from said import NOON, RIA, alert, delivery, match

from monitor.model import Alert, Delivery, Kind, Notice, Provenance, Severity
from monitor.model.telling import (
    AlertList,
    Copy,
    Count,
    Digest,
    Form,
    Gathered,
    News,
    Period,
    StatusBoard,
    Story,
    TopStory,
)

TASS = Provenance(id="tass", name="ТАСС", country="ru", kind=Kind.STATE, language="ru")
KREMLIN = Provenance(id="kremlin", name="Кремль", country="ru", kind=Kind.OFFICIAL, language="ru")
UKRINFORM = Provenance(
    id="ukrinform", name="Укрінформ", country="ua", kind=Kind.STATE, language="uk"
)
MEDUZA = Provenance(id="meduza", name="Медуза", country="ru", kind=Kind.INDEPENDENT, language="ru")
SUSPILNE = Provenance(
    id="suspilne", name="Суспільне", country="ua", kind=Kind.INDEPENDENT, language="uk"
)
GENSHTAB = Provenance(
    id="genshtab", name="Генштаб ЗСУ", country="ua", kind=Kind.OFFICIAL, language="uk"
)
HEADLINE = "Минобороны России объявило о перегруппировке войск под Балаклеей и Изюмом"
TEXT = (
    "На брифинге в субботу представитель ведомства сначала говорил о работе авиации и артиллерии."
    " Для достижения целей специальной операции принято решение перегруппировать войска,"
    " находящиеся в районах Балаклеи и Изюма, и нарастить усилия на донецком направлении."
    " Вопросов журналисты не задавали. Карту им показали без линии соприкосновения."
)
RULES = (
    match(
        "перегруппиров\\w+",
        title="Retreat called “regrouping”",
        severity=Severity.HIGH,
        tags=("euphemism", "kharkiv"),
    ),
    match(
        "Изюм\\w*",
        "Балакле\\w+",
        rule="kharkiv-front",
        title="Kharkiv front: Izium, Balakliia",
        severity=Severity.MEDIUM,
        tags=("front",),
    ),
)


def copy(source: Provenance, minutes: int, ref: str, title: str = HEADLINE) -> Copy:
    """The same news elsewhere, so many minutes after noon."""
    return Copy(
        ref=ref,
        source=source,
        title=title,
        url=f"https://{source.id}.example/news/2022/09/10/{ref}",
        at=NOON + timedelta(minutes=minutes),
    )


COPIES = (copy(TASS, 3, "aaaaaa"), copy(UKRINFORM, 20, "bbbbbb"), copy(MEDUZA, 41, "cccccc"))


def rich() -> Alert:
    """An alert with everything that an alert can have."""
    told = alert(HEADLINE, TEXT, *RULES)
    return replace(told, story=Story(id=17, first=copy(RIA, 0, told.ref)))


def copied(copies: tuple[Copy, ...] = COPIES) -> Alert:
    """The same, with what joined its story since; somebody else had it first."""
    told = rich()
    return replace(told, story=Story(id=17, first=copy(KREMLIN, -7, "ffffff"), copies=copies))


def post() -> Alert:
    """A Telegram post: no headline, passed on, edited."""
    return alert(
        "",
        "Росіяни б'ють по Харкову.\n\nУ місті зникло світло, метро зупинилося. Влучання в ТЕЦ-5,"
        " рятувальники вже на місці. Залишайтеся в укриттях!",
        match(
            "ТЕЦ-5",
            "зникло світло",
            rule="energy-strike",
            title="Удар по енергетиці",
            severity=Severity.CRITICAL,
            tags=("energy",),
        ),
        source=SUSPILNE,
        forwarded_from="Харків. Оперативно",
        revision=2,
        url="https://t.me/suspilne_example/20155",
        ref="p4q2wz",
    )


def joined() -> Alert:
    """News of a story: another side, a further rule, a higher severity."""
    told = alert(
        "Песков прокомментировал перегруппировку войск в Харьковской области",
        "Песков заявил, что перегруппировка идёт по плану, а вопросы о мобилизации надо адресовать"
        " Министерству обороны. Других подробностей он не сообщил.",
        match(
            "мобилизаци\\w+",
            rule="mobilization",
            title="Calls for mobilization",
            severity=Severity.CRITICAL,
            tags=("mobilization",),
        ),
        source=KREMLIN,
        published=NOON + timedelta(minutes=110),
        url="https://kremlin.example/events/69312",
        ref="m7x3ka",
    )
    return replace(
        told,
        story=Story(id=17, first=copy(RIA, 0, "k3f9q2"), copies=COPIES),
        news=News(
            sides=(("ru", Kind.OFFICIAL),), rules=("mobilization",), severity=Severity.CRITICAL
        ),
    )


TITLES = (
    (RIA, "Военные объяснили, почему оставили позиции под Изюмом", Severity.HIGH),
    (TASS, "ВС России нанесли удар по складам боеприпасов в Харьковской области", Severity.MEDIUM),
    (UKRINFORM, "Сили оборони звільнили Балаклію: над міськрадою підняли прапор", Severity.HIGH),
    (MEDUZA, "Как отступление из Изюма объясняют зрителям государственных каналов", Severity.LOW),
    (SUSPILNE, "У Харкові після обстрілу відновлюють електропостачання", Severity.CRITICAL),
    (GENSHTAB, "Оперативна інформація станом на 18:00 щодо російського вторгнення", Severity.INFO),
    (KREMLIN, "Телефонный разговор с Президентом Турции", Severity.MEDIUM),
)


def flood(number: int = 37, gathered: Gathered = Gathered.FLOOD) -> AlertList:
    """Many alerts of a few minutes."""
    alerts = []
    for n in range(number):
        source, title, severity = TITLES[n % len(TITLES)]
        told = alert(
            title,
            "",
            match("а", rule=f"r{n % 3}", title=f"Rule {n % 3}", severity=severity),
            source=source,
            published=NOON + timedelta(seconds=15 * n),
            url=f"https://{source.id}.example/news/2022/09/10/{n:04}-a-rather-long-address.html",
            ref=f"l{n:05}",
        )
        story = Story(id=n, first=copy(source, 0, told.ref), copies=COPIES[: n % 4])
        alerts.append(replace(told, story=story if n % 3 == 0 else None))
    return AlertList(
        id=12, ref="b12", gathered=gathered, alerts=alerts, raised_at=alerts[-1].raised_at
    )


def board() -> StatusBoard:
    """What is seen."""
    text = "Seeing 76 of 83 sources\nblind: ria (refused, since 08:12), mil.ru (geo-blocked)\n12:00"
    return StatusBoard(text=text, raised_at=NOON)


def notice() -> Notice:
    """What the program itself has to say."""
    return Notice(
        id=2,
        ref="n2",
        subject="ria cannot be read",
        text="HTTP 403 since 08:12, tried 14 times.\nThe next attempt is at 12:30.",
        severity=Severity.MEDIUM,
        raised_at=NOON,
    )


def digest(picture: bytes | None = None, stories: int = 6) -> Digest:
    """A day in a picture."""
    sides = {("ru", Kind.OFFICIAL): 9, ("ru", Kind.STATE): 31, ("ua", Kind.STATE): 7}
    counts = (
        ("regrouping", "Retreat called “regrouping”", Severity.HIGH, 3),
        ("energy", "Удар по енергетиці", Severity.CRITICAL, 2),
        ("mobilization", "Calls for mobilization", Severity.MEDIUM, 1),
    )
    return Digest(
        ref="daily-2022-09-10",
        period=Period.DAILY,
        since=NOON - timedelta(hours=12),
        until=NOON + timedelta(hours=12),
        counts=[
            Count(
                rule=rule,
                title=title,
                severity=severity,
                sides={side: number * times for side, number in sides.items()},
            )
            for rule, title, severity, times in counts
        ],
        stories=[
            TopStory(
                first=copy(source, 30 * n, f"t{n:05}", title),
                severity=severity,
                sources=9 - n,
                documents=20 - n,
            )
            for n, (source, title, severity) in enumerate(TITLES[:stories])
        ],
        blind=("РИА Новости", "mil.ru"),
        raised_at=NOON + timedelta(hours=12),
        picture=picture,
    )


def night(picture: bytes | None = None) -> tuple[Delivery, ...]:
    """A message in every form."""
    return (
        delivery(rich(), id=1),
        delivery(copied(), id=1, form=Form.EDIT, root=("100",)),
        delivery(joined(), id=2, form=Form.REPLY, root=("100",)),
        delivery(copied(), id=3, form=Form.COPIES, root=("100",)),
        delivery(post(), id=4, uncertain=True),
        delivery(flood(12), id=5, form=Form.LIST),
        delivery(notice(), id=6, form=Form.NOTICE),
        delivery(digest(picture), id=7, form=Form.DIGEST),
        delivery(board(), id=8, form=Form.STATUS),
    )


def png(width: int = 360, height: int = 200) -> bytes:
    """A picture of bars, which stands for that of a digest."""
    bars = (120, 90, 150, 60, 175, 110)
    rows = []
    for y in range(height):
        row = bytearray([0])
        for x in range(width):
            bar = bars[min(x * len(bars) // width, len(bars) - 1)]
            inside = x * len(bars) % width > width // 5 and height - y < bar
            row += bytes((0x4A, 0x8C, 0xC8) if inside else (0xF4, 0xF6, 0xF8))
        rows.append(bytes(row))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
