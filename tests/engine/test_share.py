"""Two servers that do not hear each other give no address twice while both have some of their own left."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from kea_twisted.config import load_tree
from kea_twisted.engine.allocators import FreeQueueAllocator, IterativeAllocator, RandomAllocator
from kea_twisted.engine.books import SubnetBook
from kea_twisted.engine.leases import LeaseTable
from kea_twisted.engine.share import Share
from kea_twisted.engine.statistics import Statistics
from kea_twisted.lease.lease import Change, Lease
from kea_twisted.lease.store import LeaseStore
from tests.builders import World, load_leases, pool, settings, subnet

NOW = 1_795_344_650
SIZE = 100


def table() -> LeaseTable:
    configuration = load_tree({"Dhcp4": {"subnet4": [
        {"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.109"}]}
    ]}})  # fmt: skip
    made = LeaseTable(LeaseStore(), Statistics(float(NOW)))
    made.configure(configuration.subnets)
    return made


def picked(share: Share, leases: LeaseTable, allocator: IterativeAllocator, classes: set[str] | None = None) -> int:
    return share.pick(1, allocator, leases.store, leases.release_overdue, NOW, classes)


def given(
    share: Share, count: int, kind: type[IterativeAllocator] = IterativeAllocator, latest: int | None = None
) -> list[int]:
    """The addresses that so many new clients get; the other server has given ``latest``."""
    leases, found = table(), []
    if latest is not None:
        leases.apply(Change(Lease(latest, b"other", b"", 3600, NOW, 1)), given_out=False)
    allocator = kind(leases.book(1))
    for number in range(count):
        address = picked(share, leases, allocator)
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


def test_a_client_gets_what_it_is_offered_when_the_half_is_used_up() -> None:
    for share in (Share(False), Share(False, True, is_owed=lambda address: address & 1 == 0)):
        world = World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.19")))
        world.table.use_share(share)
        assert len({world.client(number).obtain() for number in range(10)}) == 10


@pytest.mark.parametrize("is_full", [False, True])
def test_addresses_of_leases_that_are_over_come_before_those_of_the_other_half(is_full: bool) -> None:
    world = World(settings(subnet("10.0.0.0/24", "10.0.0.10-10.0.0.29")))
    share = Share(True)
    world.table.use_share(share)
    addresses = range(0x0A00000A, 0x0A00001E)
    for address in addresses:
        if share.holds(address) or is_full:
            lease = Lease(address, address.to_bytes(6, "big"), b"", 60, int(world.now) - 100, 1)
            world.table.apply(Change(lease), given_out=False)
    held = sum(map(share.holds, addresses))
    assert 0 < held < 20
    found = [world.client(number).obtain() for number in range(held)]
    assert all(map(share.holds, found))


def test_the_server_that_takes_over_begins_far_from_what_the_other_gave_last() -> None:
    found = given(Share(True, True), SIZE - 1, latest=0x0A00000A + 29)
    assert found[0] == 0x0A00000A + 79
    assert len(set(found)) == SIZE - 1
    halves = given(Share(True, False, True), 10, latest=0x0A00000A + 29)
    assert min(halves) >= 0x0A00000A + 79
    assert min(given(Share(True), 10, latest=0x0A00000A + 29)) < 0x0A00000A + 30


def test_what_was_loaded_or_fetched_counts_as_given_up_to_its_end() -> None:
    leases = table()
    load_leases(leases, (Lease(0x0A00000A + number, b"other", b"", 3600, NOW, 1) for number in range(30)))
    assert picked(Share(True, True), leases, IterativeAllocator(leases.book(1))) == 0x0A00000A + 65  # 30 to 99 are free


@pytest.mark.parametrize("used", [10, 60, 90, 95])
@pytest.mark.parametrize("whole", [False, True])
def test_what_the_other_server_gives_unseen_is_not_given_here_while_it_is_less_than_half_of_the_rest(
    used: int, whole: bool
) -> None:
    addresses = [0x0A00000A + number for number in range(SIZE)]
    leases = table()
    load_leases(leases, (Lease(address, b"other", b"", 3600, NOW, 1) for address in addresses[:used]))
    unseen = addresses[used : used + (SIZE - used) // 2]
    share, allocator = Share(True, whole, True), IterativeAllocator(leases.book(1))
    for number in range((SIZE - used) // (2 if whole else 5)):
        address = picked(share, leases, allocator)
        leases.apply(Change(Lease(address, number.to_bytes(6, "big"), b"", 3600, NOW, 1)), given_out=True)
        assert address not in unseen


def test_in_load_balancing_only_the_pools_of_the_other_server_are_begun_far_away() -> None:
    settings = load_tree({"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [
        {"pool": "10.0.0.0 - 10.0.0.99", "client-class": "HA_one"},
        {"pool": "10.0.0.100 - 10.0.0.199", "client-class": "HA_two"},
    ]}]}})  # fmt: skip
    for own, other, is_first in (("one", "two", True), ("two", "one", False)):
        leases = LeaseTable(LeaseStore(), Statistics(float(NOW)))
        leases.configure(settings.subnets)
        for address in (0x0A000014, 0x0A00006E):  # 10.0.0.20, 10.0.0.110
            leases.apply(Change(Lease(address, b"x", b"", 3600, NOW, 1)), given_out=False)
        share = Share(not is_first, False, not is_first, f"HA_{own}", f"HA_{other}")
        allocator = IterativeAllocator(leases.book(1))
        offsets = {
            name: (picked(share, leases, allocator, {f"HA_{name}"}) - 0x0A000000) % 100 for name in ("one", "two")
        }
        latest = {"one": 20, "two": 10}
        assert offsets[own] < latest[own] + 10
        assert offsets[other] >= latest[other] + 50


def test_a_server_that_may_lack_leases_goes_on_far_away_in_its_own_pools_too() -> None:
    assert Share(False, False, True, "", "HA_two").moves_in({"HA_one"})
    assert not Share(False, False, True, "HA_one", "HA_two").moves_in({"HA_one"})


def test_an_address_whose_release_the_other_server_does_not_know_comes_last() -> None:
    released = 0x0A00000A + 7
    share = Share(False, True, is_owed=lambda address: address == released)
    assert not share.holds(released)
    assert given(share, SIZE)[-1] == released


def test_an_offer_of_the_other_server_is_confirmed_to_who_names_it() -> None:
    theirs = next(address for address in range(0x0A00000A, 0x0A00006E) if not Share(False).holds(address))
    owed: set[int] = set()
    share = Share(
        False, is_owed=owed.__contains__, strict=frozenset((2,)), names_other={b"\x0a\0\0\2"}.__contains__
    ).copy()
    assert share.confirms(theirs, 1, b"\x0a\0\0\2")
    assert not share.confirms(theirs, 1, b"\x0a\0\0\3") and not share.confirms(theirs, 1, None)
    assert not share.confirms(theirs, 2, b"\x0a\0\0\2"), "the other server does not take this lease in"
    owed.add(theirs)
    assert not share.confirms(theirs, 1, b"\x0a\0\0\2"), "it does not know what became of the lease before"


def lines_run(share: Share, kind: type[IterativeAllocator]) -> int:
    """The lines of code run for an address of a /19 when all of this part are taken, and half of the rest was offered.

    None is counted where the modules are compiled.
    """
    book, store, count = SubnetBook(1, [pool("10.0.0.0-10.0.31.255")]), LeaseStore(), 0
    allocator, first, taken = kind(book), book.pools[0].first, book.pools[0].taken
    for offset in range(taken.size):
        if share.holds(first + offset):
            taken.take(offset)
    for _ in range((taken.size - taken.kept_back) // 2):
        allocator.pick(store, NOW)

    def count_line(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return count_line

    traced_before = sys.gettrace()
    sys.settrace(count_line)
    try:
        address = share.pick(1, allocator, store, lambda now: False, NOW, None)
    finally:
        sys.settrace(traced_before)
    assert address and not share.holds(address)
    return count


def test_a_free_queue_finds_that_nothing_of_this_part_is_left_as_fast_as_another_allocator() -> None:
    assert lines_run(Share(False), FreeQueueAllocator) <= 3 * lines_run(Share(False), RandomAllocator)
