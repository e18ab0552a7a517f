"""A pair keeps its promises under every fault, and is in normal operation when the fault has ended.

No client holds an ACK that is not in the server's file and, in normal operation, in its partner's; no address
has two clients unless the servers could not know of each other; both servers know what clients hold as soon as
they are together again; nothing waits for ever.

PAIR_MODEL_EXAMPLES=5000 looks longer, and HYPOTHESIS_PROFILE=search elsewhere each time; ``pairsearch`` is for a
million steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kea_twisted.ha.states import State
from kea_twisted.lease.lease import Change
from tests.scenarios.pairmodel import NAMES, World
from tests.scenarios.pairsteps import SCENARIOS, Steps, play
from tests.scenarios.pairworld import NO_ACK, decision

EXAMPLES: Final = os.environ.get("PAIR_MODEL_EXAMPLES")

Test = Callable[..., None]


def whatever_happens(examples: int) -> Callable[[Test], Test]:
    """Steps and settings as hypothesis draws them, so many times."""
    given_these = given(
        steps=SCENARIOS,
        seed=st.integers(0, 9),
        kea_like=st.booleans(),
        max_unacked_clients=st.sampled_from([0, 2]),
        group=st.sampled_from([200, 300]),
        spare=st.sampled_from([3, -2, -60]),
        sync_page_limit=st.sampled_from([37, 10000]),
        watch=st.just(True),
        probes=st.booleans(),
        relays=st.booleans(),
        reserves=st.booleans(),
        offer_lifetime=st.sampled_from([0, 20]),
    )
    number = int(EXAMPLES or examples)
    so_many = settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    return lambda test: so_many(given_these(test))


@whatever_happens(25)
def test_in_hot_standby_the_promises_hold(steps: Steps, **options: Any) -> None:
    play(steps, mode="hot-standby", **options)


@whatever_happens(25)
def test_in_load_balancing_the_promises_hold(steps: Steps, **options: Any) -> None:
    play(steps, mode="load-balancing", **options)


@whatever_happens(8)
def test_in_passive_backup_the_promises_hold(steps: Steps, **options: Any) -> None:
    play(steps, mode="passive-backup", **options)


@whatever_happens(8)
def test_with_a_backup_that_is_waited_for_the_promises_hold(steps: Steps, **options: Any) -> None:
    play(steps, mode="wait-backup-ack", **options)


def test_an_address_given_twice_in_a_split_is_noticed_when_the_servers_meet() -> None:
    with World(spare=-1) as world:
        world.deaf = {(server, client) for server in (1, 2) for client in (4, 5)}
        world.run(5.0)
        world.cuts |= {NAMES, NAMES[::-1]}
        world.run(30.0)
        assert [life.state for life in world.lives.values()] == [State.PARTNER_DOWN] * 2
        world.deaf = {(1, 4), (2, 5)}  # one address is left, and each server has one client more
        world.run(5.0)
        assert world.conflicts.keys() == {(4, 5)}
        world.heal()
        world.run(60.0)
        assert world.in_order
        assert sum(client.holds for client in world.clients.values()) == 5
        assert world.said_twice


def test_a_heartbeat_that_is_due_while_one_is_under_way_waits_for_its_answer() -> None:
    steps: Steps = [
        (("client_loss", 0.05), 12.0), (("loss", 0.3), 70.0), (("refusals", 2), 1.0),
        (("skew", "server1", -11), 4.0), (("kill", "server1"), 4.0),
    ]  # fmt: skip
    play(steps, seed=4, kea_like=True, max_unacked_clients=0)


def test_what_an_earlier_process_owed_the_partner_is_told_before_it_is_confirmed() -> None:
    steps: Steps = [
        (("one", "release", 1), 0.0005),
        (("boot", "server1"), 0.0005),
        (("cut", NAMES), 7.0),
        (("kill", "server1"), 0.0005),
    ]
    play(steps, seed=0, kea_like=False, max_unacked_clients=0)


def test_what_a_full_disk_kept_back_does_not_undo_what_the_partner_did_meanwhile() -> None:
    steps: Steps = [
        (("sync", "server1"), 1.0), (("loss", 0.3), 4.0), (("full", "server2", 1000), 20.0),
        (("skew", "server1", -6), 4.0), (("mend",), 12.0), (("sync", "server2"), 70.0),
    ]  # fmt: skip
    play(steps, mode="load-balancing", seed=5, max_unacked_clients=2, group=200, spare=-2)


def test_what_was_fetched_while_the_disk_was_full_is_owed_to_it_all() -> None:
    steps: Steps = [
        (("one", "rebind", 6), 1.0), (("sync", "server1"), 0.0005), (("client_loss", 0.3), 1.0),
        (("full", "server2", 0, True), 0.0015), (("full", "server1", 0, True), 0.0005), (("split", 8.0), 0.0005),
        (("group", "join", (19, 300), 3), 70.0),
    ]  # fmt: skip
    play(steps, mode="load-balancing", seed=5, group=200, spare=-2)


def test_hundreds_of_leases_that_were_given_alone_are_fetched_page_by_page() -> None:
    for kea_like in (False, True):
        steps: Steps = [(("kill", "server2"), 20.0), (("group", "join", (0, 300), 3), 1.0), (("boot", "server2"), 9.0)]
        play(steps, kea_like=kea_like, group=300, sync_page_limit=37)


def test_a_backup_that_missed_an_update_gets_it_before_the_lease_is_confirmed() -> None:
    play([(("split",), 7.0), (("mend",), 7.0)], mode="wait-backup-ack")


def test_what_an_earlier_process_gave_alone_is_at_the_partner_when_both_work_together() -> None:
    for mode in ("hot-standby", "load-balancing"):
        play([(("cut", NAMES), 20.0), (("kill", "server1"), 0.0005)], mode=mode, max_unacked_clients=2)


def test_of_two_clients_that_got_an_address_in_the_same_second_both_servers_choose_the_same() -> None:
    steps: Steps = [
        (("split",), 20.0), (("client_loss", 0.3), 0.0005), (("group", "join", (66, 300), 3), 12.0), (("mend",), 20.0),
    ]  # fmt: skip
    for mode in ("hot-standby", "load-balancing"):
        play(steps, mode=mode, group=300, spare=-2)


def test_an_update_that_comes_late_does_not_replace_a_newer_lease_of_the_client() -> None:
    steps: Steps = [
        (("clean", "server1", 2), 7.0), (("sync", "server1"), 0.0005), (("client_loss", 0.3), 4.0),
        (("split",), 0.0005), (("group", "join", (51, 300), 3), 4.0),
    ]  # fmt: skip
    for kea_like in (False, True):
        play(steps, seed=6, group=200, kea_like=kea_like)


def test_a_server_that_begins_anew_confirms_nothing_that_its_partner_has_not_got() -> None:
    for mode in ("hot-standby", "load-balancing"):
        play([(("pause", "server1", 40.0), 0.0005)], mode=mode)


def test_what_was_given_while_the_link_lost_packets_is_sent_when_it_is_back() -> None:
    steps: Steps = [(("loss", 0.8), 0.0005), (("boot", "server1"), 70.0), (("kill", "server1", 0), 0.0005)]
    for probes in (False, True):
        play(steps, kea_like=False, max_unacked_clients=0, group=200, sync_page_limit=37, watch=True, probes=probes)


def test_what_was_given_in_a_short_split_is_not_held_up_by_updates_that_were_lost_in_it() -> None:
    steps: Steps = [(("delay", 0.01), 70.0), (("one", "release", 1), 4.0), (("split",), 4.0)]
    for probes in (False, True):
        play(steps, kea_like=False, max_unacked_clients=0, group=200, sync_page_limit=37, watch=True, probes=probes)


def test_a_server_that_was_deaf_when_it_was_started_takes_its_role_back() -> None:
    steps: Steps = [(("deafen", "server2", True), 0.0015), (("restart", "server2", 20.0), 4.0)]
    play(steps, mode="load-balancing", watch=True, group=20)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_leases_from_a_clock_that_was_wrong_yield_to_those_given_since(mode: str) -> None:
    steps: Steps = [(("group", "join", (0, 5), 0), 0.0015), (("clock", "server1", 86400), 7.0)]
    play(steps, mode=mode, watch=True, probes=True, group=20, seed=1)


def test_a_lease_from_a_clock_that_was_wrong_yields_to_the_decline_that_it_ignored() -> None:
    steps: Steps = [
        (("clock", "server2", 86400), 0.003), (("one", "decline", 6), 0.0), (("group", "join", (12, 300), 3), 0.0005),
        (("one", "rebind", 6), 0.0015), (("full", "server1", 0, False), 0.0015), (("one", "release", 5), 0.2),
        (("kill", "server2"), 7.0), (("boot", "server2"), 12.0), (("group", "join", (7, 5), 0), 0.05),
    ]  # fmt: skip
    options: dict[str, Any] = {"max_unacked_clients": 2, "group": 300, "spare": -2, "sync_page_limit": 37}
    play(steps, mode="load-balancing", seed=6, kea_like=True, watch=True, probes=True, **options)


def test_a_server_that_begins_anew_is_not_counted_on_because_it_answers_probes() -> None:
    steps: Steps = [(("cut", NAMES[::-1]), 4.0), (("restart", "server1", 0.01), 70.0)]
    for mode in ("hot-standby", "load-balancing"):
        play(steps, mode=mode, max_unacked_clients=2, group=20, watch=True, probes=True)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_what_a_server_deleted_while_its_clock_was_wrong_can_be_given_again(mode: str) -> None:
    steps: Steps = [
        (("clock", "server2", 400 * 86400), 0.05), (("off", "server1"), 20.0), (("one", "decline", 2), 0.0),
        (("doubling", 0.8), 70.0),
    ]  # fmt: skip
    play(steps, mode=mode, seed=1, group=20, spare=-2, watch=True, probes=True, reserves=True)


@pytest.mark.parametrize("kea_like", [False, True])
def test_the_deletion_of_a_lease_is_none_of_what_a_clock_ahead_gave_since(kea_like: bool) -> None:
    steps: Steps = [(("clock", "server1", 86400), 30.0), (("part",), 20.0), (("delete", "server2", 1), 30.0)]
    play(steps, mode="load-balancing", seed=0, kea_like=kea_like, group=20, watch=True, probes=True)


@pytest.mark.parametrize(("kea_like", "cutter", "seconds"), [(False, "part", 8.0), (True, "split", 14.0)])
def test_a_deletion_by_a_clock_ahead_is_none_of_what_the_partner_gave_since(
    kea_like: bool, cutter: str, seconds: float
) -> None:
    steps: Steps = [(("skew", "server2", 12), 6.0), ((cutter, seconds), 1.0), (("delete", "server2", 1), 30.0)]
    play(steps, seed=0, kea_like=kea_like, watch=True, probes=True)


def test_a_reply_that_waits_at_the_end_does_not_wait_for_ever() -> None:
    steps: Steps = [
        (("one", "release", 5), 0.0015), (("kill", "server1", 2723), 12.0), (("one", "rebind", 3), 0.0005),
        (("group", "release", (250, 2)), 0.003), (("one", "rebind", 2), 0.05), (("one", "reboot", 6), 0.003),
        (("group", "join", (291, 2), 0), 0.003), (("group", "reboot", (151, 1)), 0.003),
        (("group", "rebind", (31, 5)), 0.0015), (("group", "release", (29, 1)), 0.003),
        (("group", "vanish", (133, 1)), 0.05),
    ]  # fmt: skip
    play(steps, seed=4, group=200, spare=-60, sync_page_limit=37, watch=True, probes=True, offer_lifetime=20)


def test_a_lease_that_is_given_soon_after_a_deletion_by_a_clock_ahead_is_at_the_partner() -> None:
    steps: Steps = [
        (("kill", "server2", 1890), 0.05), (("skew", "server2", 12), 0.003), (("one", "release", 5), 0.2),
        (("boot", "server2"), 4.0), (("delete", "server2", 4), 0.003),
    ]  # fmt: skip
    play(
        steps, mode="hot-standby", seed=1, group=200, spare=-2, watch=True, probes=True, relays=True, offer_lifetime=20
    )


def test_a_lease_that_is_given_while_an_older_state_of_it_is_on_its_way_stays_owed() -> None:
    steps: Steps = [(("group", "join", (269, 1), 1), 0.2), (("one", "release", 1), 0.0005), (("part", 8.0), 20.0)]
    play(steps, mode="load-balancing", watch=True, group=200, sync_page_limit=37)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_what_is_given_during_a_fetch_whose_end_is_said_twice_is_at_the_partner(mode: str) -> None:
    steps: Steps = [
        (("doubling", 0.8), 1.0), (("kill", "server2"), 20.0), (("delay", 0.01), 0.5), (("boot", "server2"), 0.025),
        (("group", "join", (0, 20), 0), 12.0),
    ]  # fmt: skip
    play(steps, mode=mode, seed=1, group=20, watch=True, probes=True)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_a_release_that_a_suspended_kea_carries_out_late_does_not_end_what_the_client_got_since(mode: str) -> None:
    steps: Steps = [(("pause", "server1", 12.0), 0.0005), (("one", "release", 3), 0.0015)]
    play(steps, mode=mode, seed=3, kea_like=True, group=20, watch=True, probes=True)


def test_nor_do_a_request_and_the_release_after_it() -> None:
    steps: Steps = [
        (("pause", "server1", 12.0), 0.003), (("one", "reboot", 3), 0.0), (("one", "reboot", 5), 0.0015),
        (("one", "release", 5), 0.0005), (("one", "release", 6), 0.0005), (("group", "join", (165, 2), 3), 0.003),
        (("group", "join", (74, 300), 1), 12.0), (("group", "join", (269, 1), 1), 0.003), (("one", "reboot", 6), 0.0),
    ]  # fmt: skip
    options: dict[str, Any] = {"max_unacked_clients": 2, "group": 300, "spare": -60, "offer_lifetime": 20}
    play(steps, seed=5, kea_like=True, watch=True, probes=True, reserves=True, **options)


@pytest.mark.parametrize("replayed_first", [False, True])
def test_a_promised_lease_counts_against_a_newer_one_whose_client_was_not_answered(replayed_first: bool) -> None:
    """A server that stood still for a moment handles a REQUEST for an address that its partner gave meanwhile."""
    with World(mode="load-balancing", watch=True, probes=True) as world:
        world.run(5.0)
        one, two = world.lives.values()
        ours = max(one.table.store)
        address = next(
            number for number in range(ours.address + 1, ours.address + 99) if not one.table.store.get(number)
        )
        ours = ours._replace(address=address, hwaddr=b"\2\0\0\0\7\1", client_id=b"", cltt=int(one.now()))
        theirs = ours._replace(hwaddr=b"\2\0\0\0\7\2", cltt=ours.cltt + 2)
        one.table.apply(Change(ours), given_out=False)
        one.relationship.updates.owe((address,))
        two.table.apply(Change(theirs), given_out=False)
        ticket, effects = two.relationship.committed(decision(theirs))
        assert ticket is not None
        outcome = two.driver.expect(ticket)
        if replayed_first:
            one.relationship.updates.replay(one.table.store.get)
            one.driver.perform(one.relationship.outbox.take())
        two.driver.perform(effects)
        world.run(25.0)
        assert outcome.result is NO_ACK
        assert one.table.store.get(address) == two.table.store.get(address) == ours
        assert address not in one.relationship.updates.owed | two.relationship.updates.owed


@pytest.mark.parametrize("older_first", [True, False])
def test_of_two_leases_that_both_servers_promised_both_take_the_newer(older_first: bool) -> None:
    with World(mode="load-balancing", watch=True, probes=True) as world:
        world.run(5.0)
        one, two = world.lives.values()
        lease = max(one.table.store)
        address = next(
            number for number in range(lease.address + 1, lease.address + 99) if not one.table.store.get(number)
        )
        older = lease._replace(address=address, hwaddr=b"\2\0\0\0\7\1", client_id=b"", cltt=int(one.now()))
        newer = older._replace(hwaddr=b"\2\0\0\0\7\2", cltt=older.cltt + 2)
        for life, given in ((one, older), (two, newer)):
            life.table.apply(Change(given), given_out=False)
            life.relationship.updates.owe((address,))
        for life in (one, two) if older_first else (two, one):
            life.relationship.updates.replay(life.table.store.get)
            life.driver.perform(life.relationship.outbox.take())
            world.run(0.1)
        world.run(25.0)
        assert one.table.store.get(address) == two.table.store.get(address) == newer
        assert address not in one.relationship.updates.owed | two.relationship.updates.owed
        assert world.said_twice
