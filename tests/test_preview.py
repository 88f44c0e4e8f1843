"""A channel's preview page is its posts and the way to older ones, or says why it is neither."""

from itertools import pairwise
from pathlib import Path

import pytest
from channel import STAND_IN, URL, page, picture, post, read, words

from monitor.errors import Cause, PageError

NOTICE = "This channel can’t be displayed because it violated local laws."
ELSEWHERE = (
    "read it from a country where it is shown (`via: proxy:NAME`), or name another source for it"
)


def test_the_oldest_post_comes_first_and_has_its_own_number() -> None:
    shown = read(page(*(post(words(f"№ {n}"), number=n) for n in (5, 6, 9))))

    assert [(e.id, e.text) for e in shown.entries] == [
        ("kanal/5", "№ 5"),
        ("kanal/6", "№ 6"),
        ("kanal/9", "№ 9"),
    ]


def test_service_messages_are_left_out() -> None:
    shown = read(page(post(words("Channel created"), number=1, kind="service_message")))

    assert (shown.entries, shown.fingerprints, shown.problem) == ((), (), None)


def test_a_post_that_cannot_be_read_is_a_problem_and_costs_only_itself() -> None:
    broken = '<div class="tgme_widget_message_wrap"><div>?</div></div>'

    shown = read(page(post(words("Раз")), broken))

    assert len(shown.entries) == 1
    assert (shown.problem, shown.cause) == ("1 of 2 posts cannot be read", Cause.INCOMPLETE)


def test_where_no_post_can_be_read_the_page_has_changed() -> None:
    broken = '<div class="tgme_widget_message_wrap"><div>?</div></div>'
    renamed = page('<article data-post="kanal/7">Слова</article>')

    assert read(page(broken, broken)).cause == Cause.LAYOUT
    assert read(renamed).cause == Cause.LAYOUT
    assert read(renamed).problem == "it shows posts in a way that we do not know"


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        (
            '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
            '<div class="tgme_widget_message_centered"><div class="tme_no_messages_found">'
            "No posts found</div></div></div>"
        ),
    ],
)
def test_a_channel_that_shows_no_posts_is_a_problem(nothing: str) -> None:
    shown = read(page(nothing))

    assert (shown.problem, shown.cause) == ("the preview shows no posts", Cause.EMPTY)
    assert shown.older is None


def test_a_post_may_say_how_a_page_without_posts_is_marked() -> None:
    assert len(read(page(post(words("tme_no_messages_found")))).entries) == 1


@pytest.mark.parametrize(
    ("url", "older"),
    [
        (URL, f"{URL}?before=5"),
        (f"{URL}?before=20", f"{URL}?before=5"),
        (f"{URL}?before=6", f"{URL}?before=5"),
        (f"{URL}?q=%23%D0%97%D0%A1%D0%A3&after=3", f"{URL}?q=%23%D0%97%D0%A1%D0%A3&before=5"),
        ("https://t.me/s/Kanal/12", "https://t.me/s/Kanal?before=5"),
        ("http://127.0.0.1:8000/kanal", "http://127.0.0.1:8000/kanal?before=5"),
        # Telegram or a cache answers with what we have already, whatever we ask for.
        (f"{URL}?before=5", None),
        (f"{URL}?before=3", None),
    ],
)
def test_older_posts_are_before_the_lowest_number(url: str, older: str | None) -> None:
    service = post(words("Photo changed"), number=5, kind="service_message")

    assert read(page(post(words("Далі"), number=8), service), url=url).older == older


def test_before_the_first_post_there_is_nothing() -> None:
    assert (
        read(page(post(words("Перший"), number=1), post(words("Другий"), number=2))).older is None
    )


def test_an_album_has_one_number_whatever_its_parts_have() -> None:
    parts = "".join(picture(number) for number in (3, 4, 5))

    shown = read(page(post(parts, number=6)))

    assert [entry.id for entry in shown.entries] == ["kanal/6"]
    assert shown.older == f"{URL}?before=6"


def test_following_older_pages_comes_to_an_end_and_loses_nothing() -> None:
    numbers = [1, 2, 5, 6, 7, 30, 31, 40, 41, 42]

    def shown(url: str):
        before = int(url.partition("before=")[2] or 100)
        last = [n for n in numbers if n < before][-3:]
        return read(page(*(post(words(f"№ {n}"), number=n) for n in last)), url=url)

    visited, seen = [URL], []
    while visited[-1]:
        answer = shown(visited[-1])
        seen += [int(entry.id.partition("/")[2]) for entry in reversed(answer.entries)]
        visited.append(answer.older or "")

    assert seen == numbers[::-1]
    assert all(one != other for one, other in pairwise(visited))


def landing(*, about: str = "", count: str = "", button: str = "View in Telegram", head: str = ""):
    return (
        f'<html><head><meta property="og:title" content="Д\'Артаньян &amp; Ко">{head}</head><body>'
        '<div class="tgme_page"><div class="tgme_page_title">Д\'Артаньян &amp; Ко</div>'
        f'<div class="tgme_page_extra">{count}</div>'
        f'<div class="tgme_page_description">{about}</div>'
        f'<div class="tgme_page_action"><a>{button}</a></div></div></body></html>'
    )


NOINDEX = '<meta name="robots" content="noindex, nofollow">'
ANOTHER = "name another source for it: its site, or a feed"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            landing(count="12 345 subscribers"),
            f"the channel is there, and its preview is switched off; {ANOTHER}",
        ),
        (landing(count="99 members, 3 online"), "it is a group, and only channels have one"),
        (landing(button="Start Bot"), "it is a bot, and only channels have one"),
        (landing(count="7 monthly users"), "it is a bot, and only channels have one"),
        (
            landing(head=NOINDEX, about="If you have Telegram, you can contact @kanal right away."),
            "nobody has this name any more; see whether the channel has another one",
        ),
        (
            landing(),
            (
                "the channel is private, has none, or does not exist, or the name is a person's,"
                f" a group's or a bot's; {ANOTHER}"
            ),
        ),
    ],
)
def test_a_name_without_a_preview_is_called_what_it_is(body: str, why: str) -> None:
    with pytest.raises(PageError) as error:
        read(body)

    assert str(error.value) == f"{URL} (“Д'Артаньян & Ко”) shows no preview: {why}"
    assert error.value.cause == Cause.NO_PREVIEW


@pytest.mark.parametrize(
    "body",
    [
        landing(about=NOTICE),
        page(f"<div>{NOTICE}</div>"),
        page(post(words(NOTICE), number=6), post(words(NOTICE))),
    ],
)
def test_a_channel_that_telegram_withholds_is_named_with_its_reason_and_a_way_out(
    body: str,
) -> None:
    with pytest.raises(PageError) as error:
        read(body)

    assert str(error.value) == f"{URL} is withheld: Telegram says “{NOTICE}”; {ELSEWHERE}"
    assert error.value.cause == Cause.WITHHELD


def test_a_channel_whose_very_name_is_kept_back_is_withheld_too() -> None:
    about = "If you have Telegram, you can view posts by @kanal right away."

    with pytest.raises(PageError) as error:
        read(landing(head=NOINDEX, about=about))

    assert error.value.cause == Cause.WITHHELD
    assert ELSEWHERE in str(error.value)


@pytest.mark.parametrize(
    ("body", "reason", "cause"),
    [
        ("", "the body is empty", Cause.EMPTY),
        (" \n", "the body is empty", Cause.EMPTY),
        (
            "<html><title>Доступ обмежено</title></html>",
            "not a Telegram preview: a page titled “Доступ обмежено”",
            Cause.NOT_A_FEED,
        ),
        ("<p>502", "not a Telegram preview, and no post in it", Cause.NOT_A_FEED),
        ("{}", "not a Telegram preview, and no post in it", Cause.NOT_A_FEED),
    ],
)
def test_what_is_no_preview_is_called_what_it_is(body: str, reason: str, cause: Cause) -> None:
    with pytest.raises(PageError) as error:
        read(body)

    assert (str(error.value), error.value.cause) == (reason, cause)


@pytest.mark.parametrize(
    "end",
    ["", "</div", "</div ", "<div", '<div class="tgme_widget_message_wrap', "<!--", "</section"],
)
def test_a_page_that_breaks_off_keeps_its_posts(end: str) -> None:
    whole = post(words("Друге"), number=8)
    cut = whole[: whole.index("Друге") + len("Друге")]

    shown = read(page(post(words("Перше"))) + cut + end)

    assert [entry.text for entry in shown.entries][:1] == ["Перше"]
    assert shown.entries[-1].id == "kanal/8"


def test_a_page_may_break_off_within_the_last_tag_of_a_post() -> None:
    shown = read(post(words("Слова")).removesuffix(">") + "/")

    assert [entry.text for entry in shown.entries] == ["Слова"]


def test_bytes_that_are_no_text_cost_no_post() -> None:
    broken = page(post(words("Раз"), number=6), post(words("Два"))).encode()
    broken = broken.replace("Раз".encode(), "Раз".encode() + b"\xff\xfe\xd0").replace(
        b"K<", b"\xc3<"
    )

    assert [entry.id for entry in read(broken).entries] == ["kanal/6", "kanal/7"]


@pytest.mark.parametrize(
    "body",
    [
        '<div class="tgme_widget_message_wrap">' + "<div>" * 300_000,
        '<div class="tgme_widget_message_wrap">' * 50_000,
        page("<div " * 500_000),
        page("<div " + 'class="tgme_widget_message_wrap ' * 100_000),
        page(post("<b>" * 300 + "<" + "a" * 2_000_000)),
        page(post('<div class="tgme_widget_message_document_wrap">' * 50_000)),
        page("<title" * 500_000),
    ],
    ids=["deep", "wraps", "open tags", "open classes", "open name", "media", "titles"],
)
def test_hostile_pages_are_answered(body: str) -> None:
    assert len(read(body + STAND_IN).entries) <= 1


def test_a_page_of_a_hundred_thousand_posts_is_read_from_its_end() -> None:
    slim = (
        '<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="k/{}">'
    )
    shown = read(page(*(slim.format(n) for n in range(1, 100_001))))

    assert [entry.id for entry in shown.entries] == [f"k/{n}" for n in range(95_001, 100_001)]
    assert shown.problem == "it shows 100000 posts; only the last 5000 are read"
    assert (shown.cause, shown.older) == (Cause.TOO_LARGE, f"{URL}?before=95001")


def test_a_real_preview_is_read_whole(shared: Path) -> None:
    body = (shared / "telegram_preview" / "full.html").read_bytes()

    shown = read(body, url="https://t.me/s/topwar_official")

    assert len(shown.entries) == len(set(shown.fingerprints)) == 12
    assert (shown.problem, shown.cause) == (None, None)
    assert all(entry.text and entry.published_at and entry.raw in body for entry in shown.entries)
    assert not any(entry.problem or "[" in entry.text for entry in shown.entries)
    assert shown.entries[0].id == "topwar_official/70989"
    assert shown.entries[4].forwarded_from == "Военкор Ярем (@yaremshooter)"
    assert [entry.published_at for entry in shown.entries] == sorted(
        entry.published_at for entry in shown.entries if entry.published_at
    )
    # as its own link to the page before it says
    assert shown.older == "https://t.me/s/topwar_official?before=70989"
    assert b'rel="prev" href="/s/topwar_official?before=70989"' in body
