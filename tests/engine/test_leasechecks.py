"""Loaded leases outside the subnet that they name."""

from __future__ import annotations

import pytest

from kea_twisted.engine.leasechecks import check_leases
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
