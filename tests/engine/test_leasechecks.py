"""Loaded leases outside the subnet that they name."""

from __future__ import annotations

import pytest

from kea_twisted.engine.leasechecks import check_extended_info, check_leases
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.store import LeaseStore
from tests.builders import ip, settings, subnet
from tests.fakes import RecordingLog

HERE, THERE, NOWHERE = ip("10.0.0.5"), ip("10.0.1.5"), ip("192.0.2.5")
SUBNETS = (subnet("10.0.0.0/24", "10.0.0.10-10.0.0.20", id=1), subnet("10.0.1.0/24", id=2))


def lease(address, subnet_id):
    """A lease in use."""
    return Lease(address, b"abcdef", b"", 100, 1000, subnet_id)


@pytest.mark.parametrize(
    ("mode", "left", "said"),
    [
        ("none", {HERE: 1, THERE: 1, NOWHERE: 7}, []),
        ("warn", {HERE: 1, THERE: 1, NOWHERE: 7}, ["FAIL", "FAIL"]),
        ("fix", {HERE: 1, THERE: 2, NOWHERE: 7}, ["FAIL", "FIXED"]),
        ("fix-del", {HERE: 1, THERE: 2}, ["FAIL_DISCARD", "FIXED"]),
        ("del", {HERE: 1}, ["FAIL_DISCARD", "FAIL_DISCARD"]),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_leases_in_the_wrong_subnet(mode, left, said, together):
    store, loading, log = LeaseStore(), Loading(), RecordingLog()
    rows = [lease(address, number) for address, number in ((HERE, 1), (THERE, 1), (NOWHERE, 7))]
    for some in [rows] if together else [[row] for row in rows]:
        loading.take_rows(some)
    store.load(loading)
    check_leases(store, settings(*SUBNETS, sanity_lease_checks=mode), log)
    assert {lease.address: lease.subnet_id for lease in store} == left
    assert sorted(log.identifiers()) == [f"DHCPSRV_LEASE_SANITY_{word}" for word in said]


def test_the_log_says_where_a_lease_belongs():
    store, log = LeaseStore(), RecordingLog()
    store.put(lease(THERE, 1))
    check_leases(store, settings(*SUBNETS), log)
    assert log.texts("DHCPSRV_LEASE_SANITY_FAIL") == [
        "The lease 10.0.1.5 with subnet-id 1 failed subnet-id checks (the lease should have subnet-id 2)."
    ]


@pytest.mark.parametrize(("mode", "left"), [("none", 0), ("fix", 1), ("strict", 2)])
def test_stored_options_of_relays_are_brought_up_to_date(mode, left):
    """Of four leases one has the form of an older Kea, one an identifier that only the strict mode minds."""
    contexts = ("", *(f'{{ "ISC": {{ "relay-agent-info": {info} }} }}' for info in (
        '"0x0C027879"', '{ "remote-id": "61" }', '{ "relay-id": 5 }',
    )))  # fmt: skip
    store, log = LeaseStore(), RecordingLog()
    for number, context in enumerate(contexts):
        store.put(lease(HERE + number, 1)._replace(user_context=context))
    check_extended_info(store, settings(*SUBNETS, sanity_extended_info_checks=mode), log)
    assert sum(store.get(HERE + number).user_context != context for number, context in enumerate(contexts)) == left
    assert log.texts("DHCPSRV_MEMFILE_EXTRACT_EXTENDED_INFO4") == [
        f"extracting extended info saw 4 leases, extended info sanity checks modified {left} / updated 0 leases "
        "and 2 leases have relay or remote id"
    ]
    assert len(log.texts("DHCPSRV_LEASE4_EXTENDED_INFO_SANITY_FAIL")) == max(0, left - 1)
