"""Store, pools and statistics change together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.lease import DECLINED, DEFAULT, RECLAIMED, RELEASED, Change, Lease
from kea_twisted.lease.packed import pack
from kea_twisted.lease.store import LeaseStore
from tests.builders import NOW, World, ip, load_leases, mac, pool, subnet
from tests.builders import settings as configuration

SUBNETS = (
    subnet("10.0.0.0/24", pool("10.0.0.10-10.0.0.13", pool_id=1), pool("10.0.0.20-10.0.0.23", pool_id=2), id=1),
    subnet("10.0.1.0/24", "10.0.1.10-10.0.1.13", "10.0.1.20-10.0.1.23", id=2),
)
ADDRESSES = [ip("10.0.0.10") + offset for offset in (0, 1, 10, 11, 40, 256, 266)]


def table():
    made = LeaseTable(LeaseStore(), Statistics(NOW))
    made.configure(SUBNETS)
    return made


def lease(address, state=DEFAULT, subnet_id=1, **fields):
    return Lease(address, mac(1), b"", 7200, int(NOW), subnet_id, state=state, **fields)


CHANGES = st.builds(
    lambda address, state, subnet_id, deleted: Change(lease(address, state, subnet_id), deleted),
    st.sampled_from(ADDRESSES),
    st.sampled_from((DEFAULT, DECLINED, RECLAIMED, RELEASED)),
    st.sampled_from((1, 2, 3)),
    st.booleans(),
)


@settings(max_examples=200)
@given(st.lists(CHANGES, max_size=30))
def test_counting_change_by_change_is_counting_at_the_end(changes):
    lived = table()
    lived.apply_all(changes)
    loaded = LeaseTable(LeaseStore(), Statistics(NOW))
    for each in lived.store:
        loaded.store.put(each)
    loaded.configure(SUBNETS)
    names = [name for name in lived.statistics.names() if name.endswith(("assigned-addresses", "declined-addresses"))]
    for name in names:
        if "cumulative" not in name and "reclaimed" not in name:
            assert lived.statistics.value(name) == loaded.statistics.value(name), name
    assert free_in(lived) == free_in(loaded)


@settings(max_examples=100)
@given(
    st.lists(CHANGES, max_size=5),
    st.lists(CHANGES, min_size=1, max_size=7, unique_by=lambda change: change.lease.address),
)
def test_leases_taken_together_are_counted_as_one_by_one(before, changes):
    together, one_by_one = table(), table()
    for each in together, one_by_one:
        each.apply_all(before)
    new = [change.lease for change in changes if one_by_one.store.get(change.lease.address) is None]
    for each in new:
        one_by_one.apply(Change(each), given_out=False)
    if new:
        together.take([each.address for each in new], [pack(each) for each in new])
    assert {name: together.statistics.value(name) for name in together.statistics.names()} == {
        name: one_by_one.statistics.value(name) for name in one_by_one.statistics.names()
    }
    assert free_in(together) == free_in(one_by_one)
    assert sorted(together.store) == sorted(one_by_one.store)


def free_in(made):
    """Return the free addresses of every pool."""
    pools = made.book(1).pools + made.book(2).pools
    return [[each.taken.next_free(offset) for offset in range(4)] for each in pools]


def test_pools_with_one_id_share_their_counters():
    statistics = table().statistics
    assert statistics.value("subnet[2].pool[0].total-addresses") == 8
    assert statistics.value("subnet[1].pool[1].total-addresses") == 4
    assert statistics.value("subnet[1].total-addresses") == 8


def test_an_address_outside_the_pools_counts_for_the_subnet_only():
    made = table()
    made.apply(Change(lease(ip("10.0.0.50"))))
    assert made.statistics.value("subnet[1].assigned-addresses") == 1
    assert made.statistics.value("subnet[1].pool[1].assigned-addresses") == 0


def test_cumulative_counts_every_new_holder_and_no_renewal():
    made = table()
    first = lease(ADDRESSES[0])
    made.apply(Change(first))
    made.apply(Change(first._replace(cltt=first.cltt + 60)))
    assert made.statistics.value("cumulative-assigned-addresses") == 1
    made.apply(Change(first._replace(cltt=first.cltt + 9000)))
    assert made.statistics.value("cumulative-assigned-addresses") == 2
    assert made.statistics.value("assigned-addresses") == 1


def test_a_lease_that_moves_to_another_subnet_is_counted_there():
    made = table()
    made.apply(Change(lease(ip("10.0.0.10"), subnet_id=1)))
    made.apply(Change(lease(ip("10.0.0.10"), subnet_id=2)))
    assert made.statistics.value("subnet[1].assigned-addresses") == 0
    assert made.statistics.value("subnet[2].assigned-addresses") == 1
    assert made.statistics.value("assigned-addresses") == 1


def test_a_new_configuration_counts_what_is_there():
    world = World()
    for number in range(3):
        world.client(number).obtain()
    world.client(0).decline("10.0.0.10")
    world.reconfigure(configuration(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.11", id=1), SUBNETS[1]))
    assert world.count("subnet[1].assigned-addresses") == 3
    assert world.count("subnet[1].pool[0].assigned-addresses") == 2
    assert world.count("subnet[1].declined-addresses") == 1
    assert world.count("subnet[1].total-addresses") == 2
    assert world.client(9).discover() is None


def test_leases_from_the_file_are_counted_and_their_addresses_taken():
    made = table()
    load_leases(made, [lease(ADDRESSES[0]), lease(ADDRESSES[1], DECLINED), lease(ADDRESSES[2], RECLAIMED)])
    assert made.statistics.value("assigned-addresses") == 2
    assert made.statistics.value("declined-addresses") == 1
    assert made.book(1).pools[0].taken.next_free(0) == 2
