"""Two servers that do not hear each other give no address twice while both have some of their own left."""

from __future__ import annotations

from kea_twisted.config import load_tree
from kea_twisted.engine.allocators import IterativeAllocator, RandomAllocator
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.share import Share
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore

NOW = 1_795_344_650
SIZE = 100


def table() -> LeaseTable:
    settings = load_tree({"Dhcp4": {"subnet4": [
        {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.109"}]}
    ]}})  # fmt: skip
    made = LeaseTable(LeaseStore(), Statistics(float(NOW)))
    made.configure(settings.subnets)
    return made


def given(share: Share, count: int, kind: type[IterativeAllocator] = IterativeAllocator) -> list[int]:
    """The addresses that so many new clients get."""
    leases, found = table(), []
    allocator = kind(leases.book(1))
    for number in range(count):
        address = share.pick(1, allocator, leases.store, NOW, None)
        hwaddr = number.to_bytes(6, "big")
        leases.apply(Change(Lease(address, hwaddr, b"", 3600, NOW, 1)), given_out=True)
        found.append(address)
    return found


def test_both_halves_are_about_equal_and_have_no_address_in_common() -> None:
    for kind in (IterativeAllocator, RandomAllocator):
        first, second = (given(Share(odd, False), 40, kind) for odd in (False, True))
        assert not set(first) & set(second)
        assert len(set(first)) == len(set(second)) == 40


def test_a_server_whose_half_is_used_up_goes_on_with_the_rest() -> None:
    assert sorted(given(Share(False, False), SIZE)) == [0x0A00000A + number for number in range(SIZE)]


def test_the_server_that_takes_over_begins_far_from_what_the_other_gave_last() -> None:
    found = given(Share(True, True, 0x0A00000A + 29), SIZE)
    assert found[0] == 0x0A00000A + 79
    assert len(set(found)) == SIZE
    halves = given(Share(True, False, 0x0A00000A + 29), 10)
    assert min(halves) >= 0x0A00000A + 79
