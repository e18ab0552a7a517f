"""Leases that the partner turns out to lack are owed to it."""

from __future__ import annotations

import pytest

from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.missingleases import MissingLeases
from kea_twisted.ha.sync import newer
from kea_twisted.lease.lease import DECLINED, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, lease_of

NOW = START + 100


def store_of(*leases: Lease) -> LeaseStore:
    store = LeaseStore()
    for lease in leases:
        store.put(lease)
    return store


def test_what_is_not_in_any_part_is_lacking() -> None:
    ours = [lease_of(client, START) for client in range(1, 8)]
    addresses = [lease.address for lease in ours]
    lacking = MissingLeases(())
    store = store_of(*ours)
    lacking.compare({addresses[1], addresses[2]}, (), False, store, NOW)
    assert lacking.addresses == {addresses[0]}
    lacking.compare({addresses[4]}, (), False, store, NOW)
    assert lacking.addresses == {addresses[0], addresses[3]}
    lacking.compare(set(), (), False, store, NOW)
    lacking.compare({addresses[5]}, (), True, store, NOW)
    assert lacking.addresses == {addresses[0], addresses[3], addresses[6]}


def test_what_nobody_holds_any_more_and_what_is_of_other_subnets_is_not() -> None:
    held, old, gone, declined = (lease_of(client, START) for client in range(1, 5))
    store = store_of(
        held, old._replace(valid_lifetime=10), gone._replace(state=RELEASED), declined._replace(state=DECLINED)
    )
    lacking = MissingLeases(())
    lacking.compare(set(), (), True, store, NOW)
    assert lacking.addresses == {held.address, declined.address}
    elsewhere = MissingLeases({2})
    elsewhere.compare(set(), (), True, store, NOW)
    assert not elsewhere.addresses


def test_what_the_partner_knows_an_older_state_of_is_lacking() -> None:
    ours, same, theirs = (lease_of(client, START) for client in range(1, 4))
    store = store_of(ours, same, theirs)
    page = [ours._replace(cltt=ours.cltt - 5), same, theirs._replace(cltt=theirs.cltt + 5)]
    changes, ahead = newer(page, store.get, "server1", RecordingLog(), NOW, Conflicts("server1", RecordingLog()), 1)
    assert ([change.lease for change in changes], ahead) == (page[2:], [ours])
    lacking = MissingLeases(())
    lacking.compare({lease.address for lease in page}, ahead, True, store, NOW)
    assert lacking.addresses == {ours.address}


def test_of_two_clients_leases_of_one_second_both_servers_choose_the_same() -> None:
    one = lease_of(1, START)
    other = lease_of(2, START, one.address)
    chosen, log = set(), RecordingLog()
    conflicts = Conflicts("server1", log)
    for ours, theirs in ((one, other), (other, one)):
        changes, _ = newer([theirs], {ours.address: ours}.get, "server1", log, NOW, conflicts, 1)
        chosen.add(changes[0].lease if changes else ours)
    assert len(chosen) == 1
    assert conflicts.count == len(conflicts.recent) == len(log.texts("HA_LEASE_GIVEN_TWICE")) == 2
    assert {each.own for each in conflicts.recent} == {one.hwaddr.hex(":"), other.hwaddr.hex(":")}


def test_both_servers_keep_an_address_on_probation_while_a_client_may_hold_a_lease_of_a_wrong_clock() -> None:
    held = lease_of(1, int(NOW) + 86400)
    declined = held._replace(hwaddr=b"", client_id=b"", state=DECLINED, cltt=int(NOW) - 5, valid_lifetime=30)
    for ours, theirs in ((declined, held), (held, declined)):
        log = RecordingLog()
        changes, ahead = newer([theirs], {held.address: ours}.get, "server1", log, NOW, Conflicts("server1", log), 1)
        ((stored, gone),) = changes
        assert not gone and stored.state == DECLINED and stored.expire > NOW + held.valid_lifetime
        assert ahead == [stored]  # it is sent to the partner


def test_both_servers_keep_an_address_on_probation_as_long_as_another_client_may_hold_it() -> None:
    held = lease_of(1, NOW - 10)
    declined = held._replace(hwaddr=b"", client_id=b"", state=DECLINED, cltt=int(NOW) - 5, valid_lifetime=30)
    for ours, theirs in ((declined, held), (held, declined)):
        log = RecordingLog()
        changes, ahead = newer([theirs], {held.address: ours}.get, "server1", log, NOW, Conflicts("server1", log), 1)
        ((stored, gone),) = changes
        assert not gone and stored.state == DECLINED and stored.expire == held.expire
        assert ahead == [stored]  # it is sent to the partner


@pytest.mark.parametrize("state", [RELEASED, RECLAIMED])
def test_both_servers_keep_a_lease_that_may_be_younger_than_the_end_of_another_one(state: int) -> None:
    held = lease_of(1, NOW - 12)
    ended = held._replace(state=state, cltt=int(NOW) - 2, valid_lifetime=0)
    for apart, kept in ((11, held), (9, ended)):
        for ours, theirs in ((ended, held), (held, ended)):
            log = RecordingLog()
            conflicts = Conflicts("server1", log)
            changes, ahead = newer([theirs], {held.address: ours}.get, "server1", log, NOW, conflicts, apart)
            assert (changes, ahead) == (([], [ours]) if ours == kept else ([Change(theirs)], []))
