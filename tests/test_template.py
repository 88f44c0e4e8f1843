"""Templates: what they may do, what they cannot, and that no alert is lost by one."""

import logging
from zoneinfo import ZoneInfo

import pytest
from bot_api_html import checked
from hypothesis import given
from hypothesis import strategies as st
from said import delivery
from told import copied, post, rich

from monitor.notify.card import card
from monitor.notify.lint import lint, problems
from monitor.notify.message import Look, messages
from monitor.notify.phrases import ENGLISH
from monitor.notify.template import BRIEF, FULL, SHIPPED, Template, TemplateMistake, named, tree
from monitor.notify.view import NAMES, variables

KYIV = ZoneInfo("Europe/Kyiv")


def made(source: str, about=None) -> str:
    """Return what a template makes of an alert, as the stand-in reads it."""
    look = Look(zone=KYIV, template=Template("own", source))
    (part,) = messages(delivery(about or rich()), look)
    return checked(part.html, "HTML")[0]


def wrong(source: str) -> list[tuple[int, int]]:
    return [(each.line, each.column) for each in lint(source)]


def said_of(source: str) -> str:
    return " / ".join(each.text for each in lint(source))


@pytest.mark.parametrize("template", SHIPPED.values(), ids=lambda each: each.name)
def test_the_templates_that_come_with_the_program_are_good(template):
    assert lint(template.source) == []


def test_a_template_shows_chooses_and_repeats():
    source = (
        "{{ mark }} {{ headline|truncate(14) }}\n"
        "{% for one in copies|head(2) %}"
        "{{ one.name }}{% if not loop.last %}, {% endif %}"
        "{% endfor %}"
        "{% if edited %} edited{% else %} as it was{% endif %}"
    )

    assert made(source, copied()) == "🟠 Минобороны…\nТАСС, Укрінформ as it was"


def test_what_is_filled_in_is_escaped_and_bold_words_stay_bold():
    look = Look(zone=KYIV, template=Template("own", "<i>{{ body|first }}</i> &lt; {{ say.also }}"))
    (part,) = messages(delivery(post()), look)

    assert part.html.startswith("<i>Росіяни б'ють по Харкову.</i> &lt; also")


def test_empty_lines_are_drawn_together():
    assert (
        made("\n\n{{ mark }}  \n\n\n{% if edited %}x{% endif %}\n \n{{ ref }}\n\n")
        == "🟠\n\nk3f9q2"
    )


@pytest.mark.parametrize(
    ("source", "place", "text"),
    [
        ("{{ mark }}\n  {{ headlin }}", (2, 6), "there is no `headlin`; did you mean `headline`?"),
        ("{{ mark }}\n{{ source.nam }}", (2, 10), "there is no `.nam`"),
        ("{{ mark }} {{ first.name }}", (1, 20), "can be nothing: write {% if … %} around it"),
        ("{{ mark }}\n <div>x</div>", (2, 2), "Telegram has no <div>"),
        ("<b>{{ mark }}", (1, 1), "<b> is never closed"),
        ("{{ mark }}\n<b><i>x</b></i>", (2, 8), "</b> closes nothing; </i> must come first"),
        ("{{ mark }} R&D", (1, 13), "`&` stands alone"),
        ("{{ mark }} 2 < 3", (1, 14), "`<` begins no tag here"),
        ("{{ mark }} <a>x</a>", (1, 12), 'a link is written <a href="…">'),
        ('{{ mark }} <a href="{{ site }}">x</a>', (1, 12), "a link begins with https://"),
        ("{{ mark }} <b class='x'>x</b>", (1, 12), "<b> has no `class` in Telegram"),
        ("{{ mark }} <code><b>x</b></code>", (1, 18), "nothing can stand inside <code>"),
        ("{{ mark", (1, 1), "unexpected end of template"),
        ("x\n{% if mark %}", (2, 1), "Unexpected end of template"),
        (
            "{{ headline }}",
            (1, 1),
            "nothing (with an alert that has nothing but a source)",
        ),
        ("{{ mark|format }}", (1, 1), "No filter named 'format'"),
        ("{{ mark }}{{ url.upper() }}", (1, 1), "a template cannot use calls"),
        ("{{ mark }}{% set x = 1 %}", (1, 1), "a template cannot use {% set %}"),
        ("{{ mark }}{% include 'x' %}", (1, 1), "a template cannot use {% include %}"),
        ("{{ mark }}{{ copies[:3] }}", (1, 1), "|head(3) for a list"),
        ("{{ mark }}{{ mark * 9999 }}", (1, 1), "a template cannot use"),
        ("{{ mark }}{% for c in rule %}{{ c }}{% endfor %}", (1, 1), "only a list can be"),
        ("{{ mark }}{{ mark.__class__ }}", (1, 1), "unsafe"),
        ("{{ mark }}" * 2000, (1, 1), "at most 10,000 characters"),
    ],
)
def test_a_mistake_is_found_with_its_place(source, place, text):
    assert text in said_of(source)
    assert wrong(source)[0] == place


def test_a_mistake_says_with_which_alert_it_shows():
    source = "{{ mark }}{% if copies %}<{% endif %}"

    assert said_of(source).endswith("(with an alert with copies)")


def test_a_template_that_makes_a_flood_of_one_alert_is_a_mistake():
    loops = "{% for a in also %}{% for b in also %}{% for c in also %}{{ body|join }}"

    assert "more than 2 messages (with a huge alert)" in said_of(loops + "{% endfor %}" * 3 + "x")


def test_loops_come_to_an_end():
    turns = ["{% for " + name + " in copies %}" for name in "abcd"]
    deep = "".join(turns[:3]) + "%s" + "{% endfor %}" * 3

    assert "at most 3 deep" in said_of("".join(turns) + "{% endfor %}" * 4)
    assert said_of("{{ mark }}" + deep.replace("%s", "")) == ""
    quiet = Template("own", "{{ mark }}" + deep.replace("%s", "{% if a.x is defined %}{% endif %}"))
    many = dict(variables(card(copied(), zone=KYIV), ENGLISH))
    many["copies"] = tuple(many["copies"]) * 9
    with pytest.raises(TemplateMistake, match="more than 2,000 turns"):
        quiet.html(many)


def test_what_a_template_makes_is_bounded():
    loop = "{% for one in copies %}{{ one.name }}{% endfor %}"
    filled = dict(variables(card(copied(), zone=KYIV), ENGLISH))
    filled["copies"] = [{"name": "x" * 60_000}] * 2

    with pytest.raises(TemplateMistake, match="more than 100,000 characters"):
        Template("own", loop).html(filled)
    with pytest.raises(TemplateMistake, match="`join` makes more"):
        Template("own", "{{ tags|join(rule) }}").html(
            filled | {"tags": ["a"] * 1000, "rule": "x" * 200}
        )


def test_an_alert_whose_template_fails_looks_as_usual_and_the_log_says_so_once(caplog):
    caplog.set_level(logging.WARNING)
    failing = Look(zone=KYIV, template=Template("mine", "{{ mark }}{{ first.name }}"))
    usual = Look(zone=KYIV)

    first, second = (messages(delivery(rich()), failing) for _ in range(2))

    assert first == second == messages(delivery(rich()), usual)
    (record,) = caplog.records
    assert record.message.startswith("template mine fails: `.name` is asked of what can be nothing")
    assert messages(delivery(copied()), failing) != messages(delivery(copied()), usual)


def test_a_template_that_does_not_compile_or_exist_costs_no_alert(caplog):
    own = {"mine": "{{ mark }}", "broken": "{{"}

    assert named("mine", own).source == "{{ mark }}"
    assert named("brief", own) is BRIEF
    assert named("broken", own) is FULL
    assert named("nobody", own) is FULL
    assert len(caplog.records) == 2


def test_every_variable_has_a_name_that_can_be_said():
    assert set(NAMES) == set(variables(card(rich(), zone=KYIV), ENGLISH))
    assert lint("{{ mark }}" + "".join(f"{{% if {name} %}}{{% endif %}}" for name in NAMES)) == []


def test_a_problem_leads_to_the_character_in_the_text():
    (found,) = problems({"good": "{{ mark }}", "bad": "a\n  {{ wen }}"})

    assert (found.path, found.column, found.code) == (("templates", "bad"), 7, "MM041")


@given(st.text(alphabet="{}%<>&/ab;\n |'\"[]().#_=if", max_size=60))
def test_no_template_breaks_the_linter(source):
    for mistake in lint(source):
        assert mistake.line >= 1
        assert mistake.column >= 1


def test_a_template_without_loops_or_calls_is_left_alone():
    assert tree("{{ mark }}").body
