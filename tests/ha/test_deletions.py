"""Leases deleted by command stay deleted, at the partner and when it returns with its old leases."""

from __future__ import annotations

import pytest

from kea_twisted.ha.deletions import Deletion, Deletions
from kea_twisted.ha.states import State
from kea_twisted.lease.lease import DECLINED, Change
from tests.scenarios.pairworld import START, Node, World, lease_of


def delete(node: Node, number: int) -> None:
    """Delete as lease4-del does at a node."""
    lease = node.leases.pop(lease_of(number, START).address)
    node.perform(node.relationship.deleted([lease]))


def pair() -> tuple[World, Node, Node]:
    """Both work together and have two leases."""
    world = World()
    one, two = world.boot("server1"), world.boot("server2")
    world.settle()
    for number in (1, 2):
        one.client(lease_of(number, world.now))
    world.advance(5)
    assert one.leases == two.leases != {}
    return world, one, two


def test_the_partner_deletes_it_too() -> None:
    world, one, two = pair()
    delete(one, 1)
    world.settle()
    assert one.leases == two.leases and len(two.leases) == 1
    assert one.relationship.updates.owed == set()


def test_the_partner_that_is_away_is_told_later() -> None:
    world, one, two = pair()
    kept = dict(two.leases)
    two.stop()
    world.advance(60)
    assert one.state is State.PARTNER_DOWN
    delete(one, 1)
    two = world.boot("server2", leases=kept)
    world.advance(30)
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert one.leases == two.leases and len(one.leases) == 1
    assert one.relationship.updates.deletions.unconfirmed == set()


def test_the_partner_is_told_also_by_the_next_process() -> None:
    world, one, two = pair()
    kept = dict(two.leases)
    two.stop()
    world.advance(60)
    delete(one, 1)
    rows = one.relationship.updates.deletions.rows()
    one.stop()
    one = world.boot("server1", leases=dict(one.leases), recalled=rows)
    assert one.relationship.updates.owed == {lease_of(1, START).address}
    two = world.boot("server2", leases=kept)
    world.advance(30)
    assert (one.state, two.state) == (State.HOT_STANDBY, State.HOT_STANDBY)
    assert one.leases == two.leases and len(one.leases) == 1
    assert one.relationship.updates.deletions.rows() == []


def test_a_lease_that_is_given_up_while_the_partner_is_away_is_remembered() -> None:
    world, one, two = pair()
    two.stop()
    world.advance(60)
    lease = one.leases[lease_of(1, START).address]
    one.client(lease, Change(lease, True))
    assert one.relationship.updates.deletions.rows() == [
        Deletion(lease.address, int(world.now), lease.hwaddr, lease.cltt)
    ]


def test_a_lease_that_is_given_up_when_the_partner_dies_is_remembered() -> None:
    world, one, two = pair()
    two.stop()
    lease = one.leases[lease_of(1, START).address]
    one.client(lease, Change(lease, True))
    world.advance(0.1)
    assert lease.address in one.relationship.updates.deletions.unconfirmed


def test_a_deletion_that_the_process_did_not_complete_is_none() -> None:
    deletions, lease = Deletions(), lease_of(1, 100)
    deletions.recall([Deletion(lease.address, 150), Deletion(7, 150)], {lease.address: lease}.get, 200)
    assert deletions.rows() == [Deletion(7, 150)]
    deletions = Deletions()
    deletions.recall([Deletion(lease.address, 50)], {lease.address: lease}.get, 200)  # the client came again since
    assert deletions.rows() == [Deletion(lease.address, 50)]


def test_a_lease_given_since_counts() -> None:
    deletions = Deletions()
    lease = lease_of(1, 100)
    deletions.add([lease], 150.5)
    assert deletions.covers(lease, 200)
    assert deletions.revived([lease.address, 7], {lease.address: lease}.get, 200) == [lease]
    newer = lease_of(1, 150)
    assert not deletions.covers(newer, 200)
    assert deletions.revived([lease.address], {lease.address: newer}.get, 200) == []


def test_a_lease_given_and_deleted_in_one_second_stays_deleted() -> None:
    deletions, lease = Deletions(), lease_of(1, 100)
    deletions.add([lease], 100.9)
    assert deletions.covers(lease, 200)
    assert not deletions.covers(lease_of(2, 100, address=lease.address), 200)  # another client, since
    again = Deletions()
    again.recall(deletions.rows(), {}.get, 200)
    assert again.covers(lease, 200)


def test_the_oldest_deletions_are_forgotten() -> None:
    deletions = Deletions(limit=2)
    deletions.add([lease_of(number, 1, address=number) for number in (1, 2, 3)], 10.0)
    assert deletions.unconfirmed == {2, 3}


def test_a_deletion_that_a_wrong_clock_dated_leaves_the_leases_of_right_ones() -> None:
    deletions, right = Deletions(), lease_of(1, 100)
    wrong = right._replace(cltt=86500)
    deletions.add([wrong], 86550)
    assert deletions.covers(wrong, 200)
    assert not deletions.covers(right, 200)
    assert deletions.covers(right, 86600)  # that clock was right


def test_the_deletion_of_a_lease_that_a_wrong_clock_dated_covers_it() -> None:
    deletions, wrong = Deletions(), lease_of(1, 86500)
    deletions.add([wrong], 150)
    assert deletions.covers(wrong, 200)
    assert deletions.covers(wrong._replace(cltt=100), 200)
    assert not deletions.covers(lease_of(2, 86500, address=wrong.address), 200)


def test_what_a_wrong_clock_gave_after_the_lease_that_was_deleted_is_not_covered() -> None:
    deletions, wrong = Deletions(), lease_of(1, 86500)
    deletions.add([wrong], 150)
    assert deletions.covers(wrong._replace(cltt=86499), 200)
    assert not deletions.covers(wrong._replace(cltt=86501), 200)
    deletions = Deletions()
    deletions.add([wrong], 172950)  # by a clock that was even further ahead
    assert not deletions.covers(wrong._replace(cltt=86501), 200)


def test_the_deletion_of_a_lease_that_a_clock_a_little_ahead_gave_covers_it() -> None:
    deletions, lease = Deletions(), lease_of(1, 130)
    deletions.add([lease], 100)
    assert deletions.covers(lease, 100)
    assert not deletions.covers(lease._replace(cltt=110), 110)  # the same client got it again since


def test_the_deletion_of_a_lease_by_a_wrong_clock_covers_it() -> None:
    deletions, lease = Deletions(), lease_of(1, 100)
    deletions.add([lease], 86550)
    assert deletions.covers(lease, 200)
    assert not deletions.covers(lease._replace(cltt=160), 200)


def test_a_lease_of_another_client_is_not_covered() -> None:
    deletions = Deletions()
    lease = lease_of(1, 100)
    deletions.add([lease], 150)
    other = lease_of(2, 120, address=lease.address)  # given by the partner, unseen
    assert deletions.covers(lease, 200) and not deletions.covers(other, 200)


def test_a_decline_that_the_partner_took_is_not_covered_by_the_deletion_of_a_client_s_lease() -> None:
    deletions, lease = Deletions(), lease_of(1, 100)
    declined = lease._replace(hwaddr=b"", client_id=b"", state=DECLINED, cltt=120)
    deletions.add([lease], 150)
    assert not deletions.covers(declined, 200)
    deletions.add([declined], 150)
    assert deletions.covers(declined, 200)


@pytest.mark.parametrize("ahead", [-12, 12])
def test_what_either_server_may_have_given_since_is_not_covered(ahead: int) -> None:
    deletions, lease = Deletions(), lease_of(1, 149)
    deletions.add([lease], 150)
    given = lease._replace(cltt=151 + min(ahead, 0))
    assert deletions.covers(lease, 200, ahead)
    assert deletions.covers(lease._replace(cltt=137), 200, ahead)
    assert not deletions.covers(given, 200, ahead)
    assert deletions.revived([lease.address], {lease.address: given}.get, 200, ahead) == []


@pytest.mark.parametrize("ahead", [-12, 12])
def test_what_a_partner_gives_after_a_confirmed_deletion_has_a_time_of_its_clock(ahead: int) -> None:
    deletions, lease = Deletions(), lease_of(1, 100)
    deletions.add([lease], 150)
    given = lease._replace(cltt=155 + ahead)
    assert not deletions.covers_update(given, 200, ahead)
    deletions.confirmed(lease.address)
    assert not deletions.covers_update(given, 200, ahead)
    assert deletions.covers_update(lease._replace(cltt=145 + ahead), 200, ahead)


def test_a_kea_is_not_made_to_delete_what_it_has_given_since() -> None:
    for given, client, is_left, skew in ((0, 1, False, 0), (90, 1, True, 0), (-10, 2, True, 0), (60, 1, True, -12)):
        world, one, two = pair()
        kept = dict(two.leases)
        two.stop()
        world.advance(60)
        delete(one, 1)
        address = lease_of(1, START).address
        kept[address] = lease_of(client, kept[address].cltt + given, address=address)
        two = world.boot("server2", leases=kept)
        two.skew = skew
        world.advance(30)
        assert (address in two.leases) is is_left


def test_a_lease_that_ended_by_itself_and_is_gone_is_not_owed() -> None:
    world, one, two = pair()
    kept = dict(two.leases)
    two.stop()
    world.advance(60)
    one.client(lease_of(3, world.now))
    address = lease_of(3, START).address
    assert one.relationship.updates.owed == {address}
    del one.leases[address]
    kept[address] = lease_of(4, world.now, address=address)
    two = world.boot("server2", leases=kept)
    world.advance(30)
    assert "lease4-del" not in two.received and address in two.leases
    assert one.relationship.updates.owed == set()
