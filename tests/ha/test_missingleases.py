"""Leases that the partner turns out to lack are owed to it."""

from __future__ import annotations

import pytest

from kea_twisted.engine.service_state import ServiceState
from kea_twisted.ha.claims import Claims
from kea_twisted.ha.conflicts import Conflicts
from kea_twisted.ha.missingleases import MissingLeases
from kea_twisted.ha.relationship import Relationship
from kea_twisted.ha.sync import newer
from kea_twisted.lease.lease import DECLINED, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.lease.store import LeaseStore
from tests.fakes import RecordingLog
from tests.scenarios.pairworld import START, lease_of, tutorial

NOW = START + 100


def store_of(*leases: Lease) -> LeaseStore:
    store = LeaseStore()
    for lease in leases:
        store.put(lease)
    return store


def claims_of(promised: bool = False, apart_since: int = 0, apart: int = 1) -> Claims:
    """Return the claims of a server that owes its partner the lease of client 1, or has been out of touch since."""
    relationship = Relationship(tutorial("server1"), ServiceState(), lambda address: None, RecordingLog(), START)
    if promised:
        relationship.updates.owe((lease_of(1, START).address,))
    relationship.link.apart = apart
    relationship.claims.lose_touch(apart_since)
    return relationship.claims


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
    changes, ahead = newer(
        page, store.get, "server1", RecordingLog(), NOW, Conflicts("server1", RecordingLog()), claims_of()
    )
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
        changes, _ = newer([theirs], {ours.address: ours}.get, "server1", log, NOW, conflicts, claims_of())
        chosen.add(changes[0].lease if changes else ours)
    assert len(chosen) == 1
    assert conflicts.count == len(conflicts.recent) == len(log.texts("HA_LEASE_GIVEN_TWICE")) == 2
    assert {each.own for each in conflicts.recent} == {one.hwaddr.hex(":"), other.hwaddr.hex(":")}


def test_both_servers_keep_an_address_on_probation_while_a_client_may_hold_a_lease_of_a_wrong_clock() -> None:
    held = lease_of(1, int(NOW) + 86400)
    declined = held._replace(hwaddr=b"", client_id=b"", state=DECLINED, cltt=int(NOW) - 5, valid_lifetime=30)
    for ours, theirs in ((declined, held), (held, declined)):
        log = RecordingLog()
        changes, ahead = newer(
            [theirs], {held.address: ours}.get, "server1", log, NOW, Conflicts("server1", log), claims_of()
        )
        ((stored, gone),) = changes
        assert not gone and stored.state == DECLINED and stored.expire > NOW + held.valid_lifetime
        assert ahead == [stored]  # it is sent to the partner


def newer_of(ours: Lease, theirs: Lease, claims: Claims) -> tuple[list[Change], list[Lease]]:
    """Return what a fetch changes here, and what the partner is to get."""
    log = RecordingLog()
    return newer([theirs], {ours.address: ours}.get, "server1", log, NOW, Conflicts("server1", log), claims)


HELD = lease_of(1, NOW - 12)
DECLINE = HELD._replace(hwaddr=b"", client_id=b"", state=DECLINED, cltt=int(NOW) - 5, valid_lifetime=30)
PROLONGED = DECLINE._replace(valid_lifetime=HELD.expire - DECLINE.cltt)
RELEASE = HELD._replace(state=RELEASED, cltt=int(NOW) - 2, valid_lifetime=0)
END = RELEASE._replace(state=RECLAIMED)


@pytest.mark.parametrize(
    ("ours", "promised", "known"), [(HELD, True, PROLONGED), (HELD, False, DECLINE), (DECLINE, True, DECLINE)]
)
def test_a_probation_lasts_as_long_as_a_lease_that_is_owed_to_the_server_which_took_the_decline(
    ours: Lease, promised: bool, known: Lease
) -> None:
    theirs = HELD if ours is DECLINE else DECLINE
    changes, ahead = newer_of(ours, theirs, claims_of(promised=promised))
    assert changes == ([] if known is ours else [Change(known)])
    assert ahead == ([known] if known is not theirs else [])


@pytest.mark.parametrize(("since", "known"), [(0, DECLINE), (13, PROLONGED), (11, PROLONGED), (10, DECLINE)])
def test_nor_is_it_shorter_than_a_lease_that_the_partner_gave_out_of_touch(since: int, known: Lease) -> None:
    changes, ahead = newer_of(DECLINE, HELD, claims_of(apart_since=int(NOW) - since if since else 0))
    assert changes == ([] if known is DECLINE else [Change(known)]) and ahead == [known]


@pytest.mark.parametrize("ended", [RELEASE, END])
@pytest.mark.parametrize(
    ("promised", "since", "apart", "stands"),
    [(True, 0, 10, True), (True, 0, 9, False), (False, 0, 10, False), (False, 22, 10, True), (False, 1, 10, False)],
)
def test_the_end_of_a_lease_does_not_end_one_that_was_unknown_to_its_server(
    ended: Lease, promised: bool, since: int, apart: int, stands: bool
) -> None:
    claims = claims_of(promised=promised, apart_since=int(NOW) - since if since else 0, apart=apart)
    if not since:  # what a client has is ours
        assert newer_of(HELD, ended, claims) == (([], [HELD]) if stands else ([Change(ended)], []))
    else:
        assert newer_of(ended, HELD, claims) == (([Change(HELD)], []) if stands else ([], [ended]))
