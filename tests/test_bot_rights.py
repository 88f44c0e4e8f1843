"""Who may ask the bot for what, and where: the whole table."""

import pytest

from monitor.notify.bot_desk import Permits, Place, Standing
from monitor.notify.bot_rights import Person, Right, verdict

BOSS, ANNA = Person(id=1), Person(id=2)
NAMELESS = Person(id=1, nameless=True)  # as the group; with the number of a listed person, even
PRIVATE, GROUP = Place(id=2, private=True), Place(id=-1, private=False)
BOSSES = Place(id=1, private=True)
CONFIGURED = Standing(receivers=("newsroom",), language="uk")
SUBSCRIBED = Standing(subscriber="chat-1", language="en")
UNKNOWN = Standing()

# Each row: who, where, what that place is, which subscriptions are allowed, and for each right
# whether it is y(es), . (nothing at all), or refused in words: s(tranger), o(ff), n(ot you),
# g (nameless), a(dmins only).
#              hello help rules read subscribe unsubscribe silence all language feedback
TABLE = """
 anna      private unknown    off      s  .  .  .  .  .  .  .  .  .
 anna      private unknown    private  y  y  y  .  y  .  .  .  .  .
 anna      private unknown    groups   y  y  y  .  y  .  .  .  .  .
 anna      private subscribed private  y  y  y  y  y  y  y  a  y  y
 anna      private configured off      y  y  y  y  o  y  y  a  y  y
 anna      group   unknown    off      s  .  .  .  .  .  .  .  .  .
 anna      group   unknown    private  s  .  .  .  .  .  .  .  .  .
 anna      group   unknown    groups   y  y  y  .  n  .  .  .  .  .
 anna      group   subscribed groups   y  y  y  y  n  n  n  a  n  y
 anna      group   configured off      y  y  y  y  o  n  n  a  n  y
 anna      group   configured groups   y  y  y  y  n  n  n  a  n  y
 admin     group   unknown    off      s  .  .  .  .  .  .  .  .  .
 admin     group   unknown    private  s  .  .  .  .  .  .  .  .  .
 admin     group   unknown    groups   y  y  y  .  y  .  .  .  .  .
 admin     group   subscribed groups   y  y  y  y  y  y  y  a  y  y
 admin     group   configured off      y  y  y  y  o  y  y  a  y  y
 nameless  group   unknown    groups   y  y  y  .  g  .  .  .  .  .
 nameless  group   subscribed groups   y  y  y  y  g  g  g  a  g  y
 nameless  group   configured off      y  y  y  y  o  g  g  a  g  y
 boss      private unknown    off      y  y  y  y  o  y  y  y  y  .
 boss      private unknown    private  y  y  y  y  y  y  y  y  y  .
 boss      group   unknown    off      y  y  y  y  o  y  y  y  y  .
 boss      group   subscribed groups   y  y  y  y  y  y  y  y  y  y
 boss      group   configured off      y  y  y  y  o  y  y  y  y  y
"""
ROWS = [row.split() for row in TABLE.strip().splitlines()]
LETTERS = {
    "yes": "y",
    "nothing": ".",
    "stranger": "s",
    "off": "o",
    "not you": "n",
    "nameless": "g",
    "admins": "a",
}
PEOPLE = {"anna": ANNA, "admin": ANNA, "nameless": NAMELESS, "boss": BOSS}
STANDINGS = {"unknown": UNKNOWN, "subscribed": SUBSCRIBED, "configured": CONFIGURED}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:4]))
def test_everything_is_denied_that_the_table_does_not_allow(row):
    who, where, what, subscriptions, *letters = row
    place = {"private": BOSSES if who == "boss" else PRIVATE, "group": GROUP}[where]
    permits = Permits(admins=[1], subscriptions=subscriptions)

    found = [
        LETTERS[
            verdict(
                right,
                PEOPLE[who],
                place,
                STANDINGS[what],
                permits,
                chat_admin=who == "admin",
            )
        ]
        for right in Right
    ]

    assert found == letters


def test_nobody_may_anything_where_nothing_is_configured():
    found = {
        verdict(right, ANNA, place, UNKNOWN, Permits(), chat_admin=True)
        for right in Right
        for place in (PRIVATE, GROUP)
    }

    assert {LETTERS[one] for one in found} == {".", "s"}


def test_a_private_chat_is_changed_only_by_its_own_person():
    other = Place(id=99, private=True)

    found = verdict(Right.SILENCE, ANNA, other, CONFIGURED, Permits())

    assert LETTERS[found] == "."
