"""Try a template on everything that can happen to it, before anybody depends on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from monitor.config.codes import Code
from monitor.model import Alert, Document, Hit, Kind, Match, Provenance, Reason, Severity
from monitor.model.telling import Copy, Story
from monitor.notify.card import card
from monitor.notify.dividing import divided
from monitor.notify.phrases import PHRASES
from monitor.notify.template import Template, TemplateMistake, unknown
from monitor.notify.view import NAMES, variables

_UTC: Final = ZoneInfo("UTC")
_NOON: Final = datetime(2022, 9, 10, 12, tzinfo=UTC)
#: An alert that needs more messages than these is a flood of its own.
_MESSAGES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with a template. Line and column count from 1."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateProblem:
    """The same as a configuration places it: `path` leads to the text, `column` into it."""

    path: tuple[str, ...]
    column: int
    text: str
    rule: str = ""
    code: str = Code.TEMPLATE_MISTAKE
    warning: bool = False


def problems(templates: Mapping[str, str]) -> Iterator[TemplateProblem]:
    """Yield what is wrong with the templates of a configuration."""
    for name, source in templates.items():
        lines = source.split("\n")
        for mistake in lint(source):
            before = sum(len(row) + 1 for row in lines[: mistake.line - 1])
            yield TemplateProblem(
                path=("templates", name),
                column=before + mistake.column - 1,
                text=f"template `{name}`, line {mistake.line}: {mistake.text}",
            )


def lint(source: str) -> list[Mistake]:
    """Return what is wrong with a template, in the order of its lines; nothing where it is good.

    It is read, and then filled with alerts of every shape in every language; what it makes must
    be what Telegram takes.
    """
    try:
        template = Template("", source)
    except TemplateMistake as error:
        return [_mistake(error, source)]
    found = [_mistake(each, source) for each in unknown(source, NAMES)]
    return sorted(found or _tried(template), key=lambda each: (each.line, each.column))


def _tried(template: Template) -> Iterator[Mistake]:
    """Yield the mistakes that alerts bring out, each with the first of these."""
    told = set[tuple[int, str]]()
    for what, alert in _alerts():
        for say in PHRASES.values():
            shown = variables(card(alert, zone=_UTC, say=say), say)
            try:
                made = template.marked(shown)
            except TemplateMistake as error:
                if (error.line, str(error)) not in told:
                    yield _mistake(error, template.source, f" (with {what})")
                told.add((error.line, str(error)))
                break
            if len(divided(made)) > _MESSAGES:
                text = f"an alert takes more than {_MESSAGES} messages (with {what})"
                yield Mistake(line=1, column=1, text=text)
                break


def _mistake(error: TemplateMistake, source: str, when: str = "") -> Mistake:
    """Return it with a column, where the line has something that the error is about."""
    lines = source.split("\n")
    row = lines[min(error.line, len(lines)) - 1]
    at = row.find(error.about) if error.about else -1
    column = (at if at >= 0 else len(row) - len(row.lstrip())) + 1
    return Mistake(line=min(error.line, len(lines)), column=column, text=f"{error}{when}")


def _alerts() -> Iterator[tuple[str, Alert]]:
    """Yield what can happen to a template, each with a name for people."""
    yield "an ordinary alert", _alert()
    yield "an alert that has nothing but a source", _bare()
    yield "an edited post", replace(_alert(title=""), revision=2, reason=Reason.NEW_RULE)
    yield "an alert with copies", replace(_alert(), story=_story(3))
    yield "a huge alert", _huge()
    yield "hostile words", _hostile()


def _source(name: str = "РИА Новости", country: str = "ru") -> Provenance:
    return Provenance(id="ria", name=name, country=country, kind=Kind.STATE, language=None)


def _match(title: str, text: str, number: int = 0, tags: tuple[str, ...] = ("front",)) -> Match:
    hit = _hit(text, 0)
    return Match(
        rule=f"rule-{number}",
        title=title,
        severity=list(Severity)[number % 5],
        tags=tags,
        hits=(hit, replace(hit, field="title")),
    )


def _alert(  # noqa: PLR0913  # an alert is made of so much
    title: str = "Войска перегруппированы под Изюмом",
    text: str = "Войска перегруппированы.\nВопросов не было.",
    *,
    rules: tuple[Match, ...] = (),
    source: Provenance | None = None,
    url: str = "https://ria.example/20220910/1.html",
    author: str | None = "Корпус",
) -> Alert:
    document = Document(
        source="ria",
        uid="1",
        url=url,
        title=title,
        text=text,
        language="ru",
        published_at=_NOON,
        seen_at=_NOON + timedelta(minutes=42),
        forwarded_from=author,
    )
    return Alert(
        id=1,
        ref="k3f9q2",
        document=document,
        revision=1,
        source=source or _source(),
        matches=rules or (_match("Retreat", text, 3), _match("Izium", text, 2)),
        reason=Reason.FIRST,
        raised_at=_NOON + timedelta(minutes=43),
    )


def _hit(text: str, at: int) -> Hit:
    return Hit(field="text", start=at, end=at + 5, text=text[at : at + 5], term="x")


def _bare() -> Alert:
    rule = Match(rule="rule", title="", severity=Severity.LOW)
    told = _alert("", "", rules=(rule,), source=_source("x", "xx0"), url="", author=None)
    return replace(told, document=replace(told.document, published_at=None))


def _story(copies: int, name: str = "ТАСС") -> Story:
    several = [
        Copy(
            ref=f"c{number:05}",
            source=_source(name),
            title=name,
            url=f"https://tass.example/{number}",
            at=_NOON + timedelta(minutes=number),
        )
        for number in range(copies)
    ]
    first = replace(several[0], ref="first0", at=_NOON - timedelta(hours=1))
    return Story(id=17, first=first, copies=several)


def _huge() -> Alert:
    words = "Очень длинное предложение, у которого всё никак не находится конца"
    text = ". ".join(f"{words} {number}" for number in range(400))
    rules = tuple(_match("Долгий заголовок правила " * 10, text, n) for n in range(30))
    rules = tuple(
        replace(rule, hits=tuple(_hit(text, n * 997 % len(text)) for n in range(40)))
        for rule in rules
    )
    told = _alert(f"{words}! " * 30, text, rules=rules, source=_source("Источник " * 20))
    return replace(told, story=_story(40, "Источник " * 20))


def _hostile() -> Alert:
    text = "</b><a href='x'>&\"{{ x }}{% if %} \u202e\u0336\u200d<blockquote> & <"
    told = _alert(text, text, rules=(_match(text, text, 4),), source=_source(text), author=text)
    return replace(told, story=_story(2, text))
