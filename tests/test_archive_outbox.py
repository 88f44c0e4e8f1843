"""The outbox: whose turn it is, what comes back, and in which order."""

from dataclasses import replace

from archived import FOUND, MINUTE, MOD, NOW, RETREAT, claim, told

from monitor.archive import deliveries, receivers
from monitor.model import Alert, Severity, State


def test_a_claimed_delivery_carries_all_that_its_message_needs(store):
    told(store, RETREAT, "desk")

    claimed = claim(store)

    assert isinstance(claimed.about, Alert)
    assert claimed.about.document == RETREAT
    assert claimed.about.source == MOD
    assert claimed.about.matches == (FOUND,)
    assert claimed.about.severity is Severity.HIGH
    assert (claimed.state, claimed.uncertain) == (State.SENDING, False)


def test_a_receiver_has_one_delivery_under_way_and_others_go_on(store):
    told(store, RETREAT, "desk", "night")
    told(store, replace(RETREAT, uid="post/2", text="Войска отведены."), "desk")

    first, second, third = claim(store), claim(store), claim(store)

    assert (first.receiver, second.receiver, third) == ("desk", "night", None)


def test_deliveries_of_a_receiver_come_in_the_order_of_their_alerts(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2", text="Войска отведены."), "desk")

    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))
    second = claim(store)

    assert (first.about.document.uid, second.about.document.uid) == ("post/1", "post/2")


def test_a_delivery_that_waits_holds_back_its_receiver_but_no_other(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2", text="Войска отведены."), "desk", "night")
    first = claim(store)
    store.write_now(
        lambda tx: deliveries.settle_retry(
            tx,
            first.id,
            not_before=NOW + MINUTE,
            reason="502",
            uncertain=False,
            counts=True,
        )
    )

    now, later = claim(store), claim(store, NOW + MINUTE)

    assert now.receiver == "night"
    assert (later.id, later.attempts, later.error) == (first.id, 1, "502")


def test_only_receivers_that_are_named_are_served(store):
    told(store, RETREAT, "desk")

    assert claim(store, NOW, "night") is None


def test_a_lease_that_ran_out_comes_back_marked_as_a_possible_repeat(store):
    told(store, RETREAT, "desk")
    first = claim(store)

    again = claim(store, NOW + MINUTE)

    assert (again.id, again.uncertain) == (first.id, True)


def test_at_start_every_lease_is_taken_back(store):
    told(store, RETREAT, "desk")
    claim(store)

    released = store.write_now(deliveries.release_leases)

    assert released == 1
    assert claim(store).uncertain


def test_a_delivery_that_was_never_claimed_is_not_marked_at_start(store):
    told(store, RETREAT, "desk")

    store.write_now(deliveries.release_leases)

    assert not claim(store).uncertain


def test_what_is_uncertain_stays_so_until_it_is_settled(store):
    told(store, RETREAT, "desk")
    for uncertain in (True, False):
        one = claim(store)
        store.write_now(
            lambda tx, one=one, uncertain=uncertain: deliveries.settle_retry(
                tx, one.id, not_before=NOW, reason="", uncertain=uncertain, counts=True
            )
        )

    assert claim(store).uncertain


def test_parts_that_arrived_are_not_sent_again(store):
    told(store, RETREAT, "desk")
    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_part(tx, first.id, "77"))

    again = claim(store, NOW + MINUTE)

    assert (again.parts_sent, again.message_ids) == (1, ("77",))


def test_a_parked_receiver_is_probed_again_and_comes_back(store):
    told(store, RETREAT, "desk")
    claim(store)
    first = store.write_now(
        lambda tx: receivers.park(tx, "desk", until=NOW + MINUTE, reason="kicked")
    )

    before, (parked,) = (
        claim(store),
        store.read_now(lambda tx: deliveries.rows(tx, [State.PARKED], 10)),
    )
    probe = claim(store, NOW + MINUTE)
    back = store.write_now(lambda tx: receivers.unpark(tx, "desk"))

    assert (first, before, back) == (1, None, True)
    assert (parked.state, parked.error) == (State.PARKED, "kicked")
    assert probe.id == parked.id
    assert not store.write_now(lambda tx: receivers.unpark(tx, "desk"))


def test_at_start_a_parked_receiver_is_tried_at_once(store):
    told(store, RETREAT, "desk")
    claim(store)
    store.write_now(lambda tx: receivers.park(tx, "desk", until=NOW + MINUTE, reason="kicked"))

    store.write_now(lambda tx: receivers.probe(tx, NOW))

    assert claim(store) is not None
    again = store.write_now(
        lambda tx: receivers.park(tx, "desk", until=NOW + MINUTE, reason="kicked")
    )
    assert again == 2, "the operator was told already"


def test_a_paused_receiver_waits_as_long_as_it_was_asked(store):
    told(store, RETREAT, "desk")
    store.write_now(lambda tx: receivers.pause(tx, "desk", NOW + MINUTE))

    assert claim(store) is None
    assert store.read_now(lambda tx: deliveries.next_due(tx, NOW, ["desk"])) == NOW + MINUTE
    assert claim(store, NOW + MINUTE) is not None


def test_an_empty_outbox_is_never_due(store):
    assert store.read_now(lambda tx: deliveries.next_due(tx, NOW, ["desk"])) is None


def test_a_dead_delivery_lets_the_next_one_pass_and_can_be_tried_again(store):
    told(store, RETREAT, "desk")
    told(store, replace(RETREAT, uid="post/2", text="Войска отведены."), "desk")
    dead = claim(store)
    store.write_now(lambda tx: deliveries.settle_dead(tx, dead.id, "message is too long"))

    after = claim(store)
    revived = store.write_now(lambda tx: deliveries.retry(tx, dead.id, NOW))

    assert after.about.document.uid == "post/2"
    assert revived
    assert store.read_now(deliveries.counts) == {State.QUEUED: 1, State.SENDING: 1}


def test_a_person_can_drop_what_waits_but_not_what_was_sent(store):
    told(store, RETREAT, "desk", "night")
    first = claim(store)
    store.write_now(lambda tx: deliveries.settle_sent(tx, first.id, NOW))
    (waiting,) = store.read_now(lambda tx: deliveries.rows(tx, [State.QUEUED], 10))

    dropped = store.write_now(lambda tx: deliveries.drop(tx, waiting.id))
    sent = store.write_now(lambda tx: deliveries.drop(tx, first.id))

    assert (dropped, sent) == (True, False)


def test_a_chat_that_moved_twice_is_known_by_its_last_address(store):
    store.write_now(lambda tx: receivers.moved(tx, "-5", -100))
    store.write_now(lambda tx: receivers.moved(tx, "-5", -101))

    assert store.read_now(receivers.moved_chats) == {"-5": -101}
