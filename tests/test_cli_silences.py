"""`monitor silence …`: added, listed, ended, carried to another store; all of it noted."""

import json
import os
import pwd
from datetime import UTC, datetime, timedelta

import pytest

from monitor.archive import audit, silences
from monitor.archive.store import Store
from monitor.config.matchers import matchers
from monitor.notify.silence import MOST, is_everything, refusal

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = {
    "matchers": ["rule=~.*"],
    "starts_at": "2126-01-01T00:00:00Z",
    "ends_at": "2126-01-02T00:00:00Z",
    "created_by": "x",
}
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def here(terminal):
    """A terminal beside a store, as the daemon keeps it open."""
    with_store = Store(f"sqlite:///{terminal.folder}/monitor.db", durable=False)
    terminal.store = with_store
    yield terminal
    with_store.close()


def listed(here, *options: str) -> list[dict]:
    status, out, _ = here.call("silence", "list", "--json", *options)
    assert status == 0
    return json.loads(out)


def test_a_silence_is_added_and_listed_with_who_asked_for_it(here):
    status, out, err = here.call(
        "silence", "add", "rule=reshuffling", 'tag!="x"', "--for", "2h", "--comment", "вчення"
    )

    (row,) = listed(here)
    assert (status, err) == (0, "warning: no rule has the tag `x`; there is none\n")
    assert out.startswith("silence 1 until ")
    assert (row["matchers"], row["created_by"], row["comment"]) == (
        ['rule="reshuffling"', 'tag!="x"'],
        ME,
        "вчення",
    )
    lasts = datetime.fromisoformat(row["ends_at"]) - datetime.fromisoformat(row["starts_at"])
    assert lasts == 2 * HOUR
    (counts,) = here.store.read_now(lambda tx: silences.active(tx, datetime.now(UTC)))
    assert counts.id == 1


def test_a_silence_may_begin_later(here):
    here.call(
        "silence", "add", "kind=state", "--for", "1w", "--starts", "2126-01-01 03:00"
    )  # too far
    later = datetime.now(UTC) + timedelta(days=3)
    status, _, _ = here.call("silence", "add", "kind=state", "--for", "1w", "--starts", f"{later}")

    assert status == 0
    (row,) = listed(here)
    assert datetime.fromisoformat(row["starts_at"]) == later
    assert here.store.read_now(lambda tx: silences.active(tx, datetime.now(UTC))) == []
    assert "waits" in here.call("silence", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["rule=x", "--for", "soon"], "--for: “soon” is no length of time"),
        (["rule=x", "--for", "0h"], "no length of time"),
        (["rule=x", "--for", "367d"], "a year (366 days) is the longest"),
        (["rule=x", "--for", "999999w"], "a year (366 days) is the longest"),
        (["rule=x", "--for", "1h", "--starts", "2020-01-01"], "over before it begins"),
        (["rule=x", "--for", "1h", "--starts", "tomorrow"], "--starts: “tomorrow” is no time"),
        (["rule", "--for", "1h"], "`rule`, character 5: after `rule` stands one of"),
        (["rule=~(a", "--for", "1h"], "`rule=~(a`, character 7: this `(` is never closed"),
        (["rule=~.+", "--for", "1h"], "this would silence everything"),
        (["rule=x", "--for", "1h", "--comment", "x" * 1001], "at most 1000 characters"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_with_the_mend(here, arguments, why):
    status, _, err = here.call("silence", "add", *arguments)

    assert status == 2
    assert why in err
    assert listed(here) == []


def test_a_rule_that_does_not_exist_is_silenced_and_doubted(here):
    status, _, err = here.call("silence", "add", "rule=reshufling", "--for", "1h")

    assert status == 0
    assert "no rule is called `reshufling`; did you mean `reshuffling`?" in err


def test_a_silence_is_ended_and_stays_in_the_list_of_those_that_are_over(here):
    here.call("silence", "add", "rule=reshuffling", "--for", "2h")

    assert here.call("silence", "expire", "1")[:2] == (0, "silence 1 is over\n")
    assert listed(here) == []
    assert [row["silence"] for row in listed(here, "--expired")] == [1]
    assert here.call("silence", "expire", "1", "7")[:2] == (
        1,
        "silence 1 is unknown, or over already\nsilence 7 is unknown, or over already\n",
    )


def test_every_change_is_noted(here):
    here.call("silence", "add", "rule=reshuffling", "--for", "2h")
    here.call("silence", "expire", "1")

    ended, added = here.store.read_now(lambda tx: audit.rows(tx, 10))
    assert [(one.who, one.what) for one in (added, ended)] == [
        (ME, "silence added"),
        (ME, "silence expired"),
    ]
    assert added.detail["matchers"] == ['rule="reshuffling"']
    assert ended.detail == {"silence": 1}


def test_silences_are_carried_to_another_store_once(here):
    here.call("silence", "add", "rule=reshuffling", "--for", "2h", "--comment", "a")
    here.call("silence", "add", "kind=state", "--for", "2h")
    here.call("silence", "expire", "2")
    _, exported, _ = here.call("silence", "export")
    file = here.folder / "silences.json"
    file.write_text(exported, encoding="utf-8")

    assert "0 added, 1 left out" in here.call("silence", "import", str(file))[1]
    here.call("silence", "expire", "1")
    assert "1 added, 0 left out" in here.call("silence", "import", str(file))[1]
    (row,) = listed(here)
    assert (row["silence"], row["comment"], row["created_by"]) == (3, "a", ME)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{}", "is not what `export` writes"),
        ("[{}]", "silence 1 Field required"),
        ("[]x", "is not what `export` writes"),
        (
            json.dumps([EVERYTHING]),
            "silence 1 of",
        ),
    ],
)
def test_of_a_file_with_a_mistake_nothing_is_imported(here, said, why):
    file = here.folder / "silences.json"
    file.write_text(said, encoding="utf-8")

    status, _, err = here.call("silence", "import", str(file))

    assert (status, why in err) == (2, True), err
    assert listed(here, "--expired") == []


def test_there_are_only_so_many_silences_at_a_time(here):
    def fill(tx):
        for number in range(MOST):
            silences.add(
                tx,
                matchers=[f'rule="r{number}"'],
                starts_at=datetime.now(UTC),
                ends_at=datetime.now(UTC) + HOUR,
                created_by="x",
                comment="",
                now=NOW,
            )

    here.store.write_now(fill)

    status, _, err = here.call("silence", "add", "kind=state", "--for", "1h")

    assert (status, "there are 1000 silences already" in err) == (2, True)
    here.call("silence", "expire", "1")
    assert here.call("silence", "add", "kind=state", "--for", "1h")[0] == 0


def test_the_list_says_so_where_nothing_is_silenced(here):
    assert here.call("silence", "list")[1] == "nothing is silenced\n"


# --- What would silence everything ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "everything"),
    [
        (['rule=~".*"'], True),
        (['rule=~".+"'], True),
        (['rule!="bridges"'], True),
        (['tag!="war"'], True),
        (['desk=""'], False),
        (['rule=~"[a-z0-9-]+"'], True),
        (['severity=~"info|low|medium|high|critical"'], True),
        (['severity!="critical"'], False),
        (['rule=~".+"', 'kind="state"'], False),
        (['rule=~"z.*"'], False),
        (['country=~"r.|u."'], False),
        (['receiver=~".*"'], True),
        ([], True),
    ],
)
def test_a_silence_of_everything_is_known_as_one(texts, everything):
    assert is_everything(matchers(texts)) is everything
    assert (
        "everything" in (refusal(texts, NOW, NOW + HOUR, comment="", now=NOW) or "")
    ) is everything


# --- In the archive -------------------------------------------------------------------------------


def test_a_silence_counts_from_its_first_moment_to_before_its_last(store):
    number = store.write_now(
        lambda tx: silences.add(
            tx,
            matchers=['rule="x"'],
            starts_at=NOW,
            ends_at=NOW + HOUR,
            created_by="марія",
            comment="",
            now=NOW,
        )
    )

    def counted(moment: datetime) -> list[int]:
        return [one.id for one in store.read_now(lambda tx: silences.active(tx, moment))]

    moments = [NOW - HOUR, NOW, NOW + HOUR - timedelta(seconds=1), NOW + HOUR]
    assert [counted(moment) for moment in moments] == [[], [number], [number], []]
    assert store.read_now(lambda tx: silences.standing(tx, NOW - HOUR)) == 1
    assert store.write_now(lambda tx: silences.expire(tx, number, NOW - HOUR))
    assert counted(NOW) == []
    assert store.read_now(lambda tx: silences.rows(tx, NOW, expired=True))[0].ends_at == NOW - HOUR


def test_what_was_done_is_told_latest_first(store):
    for what in ("a", "b", "c"):
        store.write_now(lambda tx, what=what: audit.note(tx, NOW, "марія", what, {"n": [1]}))

    found = store.read_now(lambda tx: audit.rows(tx, 2))
    assert [(one.what, one.who, one.at, one.detail) for one in found] == [
        ("c", "марія", NOW, {"n": [1]}),
        ("b", "марія", NOW, {"n": [1]}),
    ]


def test_without_an_archive_there_is_nothing_to_silence(terminal):
    status, _, err = terminal.call("silence", "list")

    assert (status, "there is no archive yet" in err) == (2, True)


def test_the_audit_says_who_changed_what(here):
    assert here.call("audit")[1] == "nobody changed anything yet\n"
    here.call("silence", "add", 'rule="bridges"', "--for", "2h", "--comment", "exercise")

    _, out, _ = here.call("audit")

    assert "silence" in out
    assert "exercise" in out
