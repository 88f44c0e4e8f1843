"""The answer of `rules backtest` for people."""

from collections.abc import Mapping
from datetime import tzinfo

from rich.text import Text

from monitor.cli.checking import many
from monitor.cli.environment import out
from monitor.cli.quoting import WIDEST, at, plain, said
from monitor.cli.rules import chart
from monitor.match.asked import Asked
from monitor.match.tally import LOUD, Comparison, Difference, Messages, RuleTally, Sample, Tally

_BARS = 31  # of a single rule: a month
_LONGEST_BAR = 40
_TERMS = 40  # that are named of what was never found, of a single rule
_TERMS_OF_MANY = 8
_MEMBERS = 5  # of one list
_STYLES = {"added": "green", "changed": "yellow", "removed": "red"}


def show_tally(found: Tally, zone: tzinfo, marked: Mapping[str, int]) -> None:
    """Print what rules catch: counts and days, messages, then each rule's samples.

    `marked` are alerts that readers did not need, by rule.
    """
    undated = f", {found.undated:,} of them undated" if found.undated else ""
    span = f", {at(found.first, zone)} to {at(found.last, zone)}" if found.first else ""
    _print(Text(f"{many(found.documents, 'document')}{span}{undated}", "bold"))
    if not found.documents:
        _print("nothing to hold the rules against; --since and --until say from when")
        return
    _print()
    if len(found.rules) == 1:
        _one(found.rules[0], found, zone)
    else:
        _rows(found, zone)
    _print()
    _messages(found.messages, zone)
    for rule in found.rules:
        number = marked.get(rule.rule, 0)
        if rule.documents or rule.failed or number:
            _print()
            _rule(rule, zone, _TERMS if len(found.rules) == 1 else _TERMS_OF_MANY, number)
    silent = [rule.rule for rule in found.rules if not rule.documents and not rule.failed]
    if silent:
        _print()
        _print_wrapped(Text(f"found nothing: {', '.join(silent)}"), 0)


def show_comparison(found: Comparison, zone: tzinfo) -> None:
    """Print what an edit adds and drops, rule by rule."""
    if not found.differences:
        _print("no rule differs")
        return
    _print(
        Text(f"{many(len(found.differences), 'rule')} differ", "bold")
        if len(found.differences) > 1
        else Text("1 rule differs", "bold"),
        f", held against {many(found.documents, 'document')}",
    )
    for one in found.differences:
        _print()
        _difference(one, zone)


def _rows(found: Tally, zone: tzinfo) -> None:
    """Print a line for each rule: how many documents, what share, and when."""
    name = max(len(rule.rule) for rule in found.rules)
    room = min(out.width, WIDEST) - name - 21
    axis = _axis(found, zone, max(room, 8))
    head = f"{'rule':<{name}} {'documents':>10} {'share':>7}"
    if axis is not None:
        each = "a day" if axis.step == 1 else f"{axis.step} days"
        head += f"  {each} each, {axis.first:%-d %b} to {axis.last:%-d %b}"
    _print(Text(head, "dim"))
    for rule in found.rules:
        row = chart.row(axis.sums(rule.days)) if axis is not None else ""
        style = "yellow" if rule.loud else "" if rule.documents else "dim"
        counts = f"{rule.rule:<{name}} {rule.documents:>10,} {_share(rule):>7}  "
        undated = f" + {rule.undated:,} undated" if rule.undated else ""
        _print(Text(counts, style), Text(row, "cyan"), undated)
    for rule in found.rules:
        if rule.loud:
            _print(_loud(rule))


def _one(rule: RuleTally, found: Tally, zone: tzinfo) -> None:
    """Print one rule: a bar for each day."""
    documents = many(rule.documents, "document")
    _print(Text(rule.rule, "bold"), f": {documents}, {_share(rule)} of all")
    axis = _axis(found, zone, _BARS)
    if axis is not None:
        sums = axis.sums(rule.days)
        width = min(out.width - 24, _LONGEST_BAR)
        for day, number in zip(axis.places(), sums, strict=True):
            bar = chart.bar(number, max(sums), width)
            _print(f"{day:%a %-d %b %Y}".ljust(15), "  ", Text(bar, "cyan"), f" {number:,}")
        if axis.step > 1:
            _print(Text(f"each bar is {axis.step} days, from that day on", "dim"))
    if rule.undated:
        _print(f"undated          {rule.undated:,}")
    if rule.loud:
        _print(_loud(rule))


def _axis(found: Tally, zone: tzinfo, places: int) -> chart.Axis | None:
    if found.first is None or found.last is None:
        return None
    first, last = found.first.astimezone(zone).date(), found.last.astimezone(zone).date()
    return chart.axis(first, last, places)


def _share(rule: RuleTally) -> str:
    return f"{100 * rule.share:.1f} %"


def _loud(rule: RuleTally) -> Text:
    said = f"warning: {rule.rule} matches more than {LOUD * 100:.0f} % of all documents: narrow it"
    return Text(said, "yellow")


def _messages(found: Messages, zone: tzinfo) -> None:
    """Say how many messages that is, and whether a chat takes them."""
    _print(Text("messages", "bold"), f": {found.documents:,}, one for each document with a match")
    if found.a_day is not None:
        _print(f"  {found.a_day:,.1f} a day on average")
    if found.busiest_day and found.busiest_hour and found.busiest_minute:
        day, in_day = found.busiest_day
        hour, in_hour = found.busiest_hour
        minute, in_minute = found.busiest_minute
        _print(f"  {in_day:,} on the busiest day, {day:%-d %b %Y}")
        _print(f"  {in_hour:,} in the busiest hour, {at(hour, zone)}")
        _print(f"  {in_minute:,} in the busiest minute, {at(minute, zone)}")
    if found.undated:
        _print(f"  {found.undated:,} without a date are in none of these")
    limit = f"Telegram takes {found.limit} a minute for one group or channel"
    if found.fits:
        _print(Text(f"  it fits: {limit}", "green"))
        return
    minutes = int(found.late.total_seconds() // 60) or 1
    late = f"the last one would come about {many(minutes, 'minute')} late; none is lost"
    _print(Text(f"  it does not fit at once: {limit}, so {late}", "yellow"))


def _rule(rule: RuleTally, zone: tzinfo, most: int, marked: int) -> None:
    _print(Text(rule.rule, "bold"))
    if marked:
        _print(Text(f"  {marked:,} marked not relevant", "yellow"))
    for sample in rule.samples:
        _sample(sample, zone)
    if rule.documents and rule.dead:
        _dead(rule, most)
    if rule.failed:
        _print(Text(f"  failed on {many(rule.failed, 'text')}:", "red"))
        for name, reason in rule.failures:
            _print(f"    {plain(name)}: {plain(reason)}")


def _dead(rule: RuleTally, most: int) -> None:
    parts = [_never(one) for one in rule.dead[:most]]
    if len(rule.dead) > most:
        parts.append(f"and {len(rule.dead) - most:,} more")
    _print_wrapped(Text(f"never found: {', '.join(parts)}", "dim"), 2)


def _never(one: Asked) -> str:
    """Return a term or, of a list, how many of its terms, and some of them."""
    if not one.is_list:
        return plain(one.name)
    if len(one.members) == one.of:
        return f"{one.name} (none of its {one.of:,})"
    some = ", ".join(map(plain, one.members[:_MEMBERS]))
    more = ", …" if len(one.members) > _MEMBERS else ""
    return f"{one.name} ({len(one.members):,} of {one.of:,}: {some}{more})"


def _difference(one: Difference, zone: tzinfo) -> None:
    counts = []
    if one.change != "removed":
        counts.append(f"+ {many(one.added, 'document')}")
    if one.change != "added":
        counts.append(f"− {one.dropped:,}" if counts else f"− {many(one.dropped, 'document')}")
    rest = f" ({one.before:,} before, {one.after:,} now)" if one.change == "changed" else ""
    _print(
        Text(f"{one.change} ", _STYLES[one.change]),
        Text(one.rule, "bold"),
        f": {', '.join(counts)}{rest}",
    )
    for sign, style, samples in (
        ("+", "green", one.added_samples),
        ("−", "red", one.dropped_samples),
    ):
        for sample in samples:
            _sample(sample, zone, Text(f"{sign} ", style))


def _sample(sample: Sample, zone: tzinfo, sign: Text | None = None) -> None:
    case = sample.case
    heading = [("  ", ""), sign or ("", ""), (f"{at(case.moment, zone)}  ", "dim")]
    if case.source:
        heading.append((f"{plain(case.source)}  ", "cyan"))
    heading.append((plain(case.name), "dim"))
    _print(Text.assemble(*heading))
    for text in said(case.title, case.text, sample.match, terminal=out.is_terminal):
        _print_wrapped(text, 4)
    if case.url:
        url = plain(case.url)
        _print(Text.assemble("    ", (url, f"blue link {url}")))


def _print_wrapped(text: Text, indent: int) -> None:
    for row in text.wrap(out, min(out.width, WIDEST) - indent):
        row.rstrip()
        _print(" " * indent, row)


def _print(*parts: str | Text) -> None:
    out.print(Text.assemble(*parts), soft_wrap=True)
