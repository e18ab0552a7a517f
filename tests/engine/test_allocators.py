"""Every allocator gives out all free addresses, and nothing else."""

from __future__ import annotations

from random import Random

import pytest

from kea_twisted.config.allocators import ALLOCATORS
from kea_twisted.engine.allocators import allocator_class
from kea_twisted.engine.books import SubnetBook
from kea_twisted.lease.lease import Lease
from kea_twisted.lease.store import LeaseStore
from tests.builders import pool


def book_of(*pools: str) -> SubnetBook:
    return SubnetBook(1, [pool(text) for text in pools])


def drained(name: str, book: SubnetBook, **more) -> list[int]:
    """Every address it gives, each taken at once."""
    allocator, store, found = allocator_class(name)(book, chance=Random(7), **more), LeaseStore(), []
    while address := allocator.pick(store, 0):
        found.append(address)
        of = book.pool_of(address)
        assert of is not None
        of.taken.take(address - of.first)
    return found


@pytest.mark.parametrize("name", ALLOCATORS)
def test_each_address_of_all_pools_comes_once(name):
    book = book_of("10.0.0.10-10.0.0.200", "10.0.1.0-10.0.1.255", "10.0.2.1-10.0.2.1")
    found = drained(name, book)
    assert len(found) == len(set(found)) == 191 + 256 + 1


@pytest.mark.parametrize("name", ALLOCATORS)
def test_first_and_last_of_24_bits_can_be_left_out(name):
    found = drained(name, book_of("10.0.0.250-10.0.1.5"), exclude_first_last_24=True)
    assert len(found) == 12 - 2
    assert not {address & 0xFF for address in found} & {0, 255}


@pytest.mark.parametrize("name", ["random", "flq"])
def test_nobody_can_tell_which_address_comes_next(name):
    assert drained(name, book_of("10.0.0.0-10.0.0.99")) != sorted(drained(name, book_of("10.0.0.0-10.0.0.99")))


@pytest.mark.parametrize("name", ALLOCATORS)
def test_what_was_only_offered_is_not_offered_again_at_once(name):
    allocator, store = allocator_class(name)(book_of("10.0.0.0-10.0.0.255"), chance=Random(7)), LeaseStore()
    assert len({allocator.pick(store, 0) for _ in range(64)}) == 64


@pytest.mark.parametrize("name", ALLOCATORS)
def test_another_configuration_does_not_offer_again_what_was_only_offered(name):
    pools = ("10.0.0.0-10.0.0.255", "10.0.1.0-10.0.1.255")
    before, store = allocator_class(name)(book_of(*pools), chance=Random(7)), LeaseStore()
    offered = {before.pick(store, 0) for _ in range(200)}
    now = allocator_class(name)(book_of("10.0.9.0-10.0.9.9", *reversed(pools)), chance=Random(8))
    now.follow(before)
    assert not offered & {now.pick(store, 0) for _ in range(50)}


def test_a_pool_that_became_smaller_is_begun_anew_when_its_end_is_reached():
    before, store = allocator_class("iterative")(book_of("10.0.0.0-10.0.0.255")), LeaseStore()
    for _ in range(200):
        before.pick(store, 0)
    book = book_of("10.0.0.0-10.0.0.9")
    now = allocator_class("iterative")(book)
    now.follow(before)
    assert now.pick(store, 0) == book.pools[0].first


def test_an_exhausted_pool_is_left_where_it_was():
    book = book_of("10.0.0.0-10.0.0.9")
    allocator, store = allocator_class("iterative")(book), LeaseStore()
    for offset in range(10):
        assert allocator.pick(store, 0) == book.pools[0].first + offset
        book.pools[0].taken.take(offset)
    for offset in (2, 5):
        book.pools[0].taken.free(offset)
    assert allocator.pick(store, 0) & 0xFF == 2
    book.pools[0].taken.take(2)
    book.pools[0].taken.take(5)
    assert allocator.pick(store, 0) == 0
    for offset in (1, 4):
        book.pools[0].taken.free(offset)
    assert allocator.pick(store, 0) & 0xFF == 4


def test_occupancy_counts_an_address_that_is_going_to_be_taken():
    book = book_of("10.0.0.0-10.0.0.3")
    allocator = allocator_class("flq")(book)
    assert allocator.occupancy(book.pools[0].first) == 0.25
    assert allocator.occupancy(1) == 0.0


def test_what_was_free_longest_comes_first_when_everything_was_in_use():
    """Kea's free lease queue."""
    book, store = book_of("10.0.0.0-10.0.0.255"), LeaseStore()
    allocator, taken = allocator_class("flq")(book, chance=Random(7)), book.pools[0].taken
    for offset in range(256):
        taken.take(offset)
    freed = [9, 200, 3, 77, 40]
    for offset in freed:
        taken.free(offset)
        taken.free(offset)  # once more, as when a released lease is reclaimed
    found = [allocator.pick(store, 0) & 0xFF for _ in range(7)]
    assert found == [*freed, 9, 200]
    taken.take(3)
    taken.free(3)
    assert [allocator.pick(store, 0) & 0xFF for _ in range(4)] == [77, 40, 9, 200]


def test_what_nobody_had_comes_before_what_became_free():
    book, store = book_of("10.0.0.0-10.0.0.99"), LeaseStore()
    allocator, taken = allocator_class("flq")(book, chance=Random(7)), book.pools[0].taken
    for offset in range(50):
        taken.take(offset)
    for offset in range(50):
        taken.free(offset)
    found = [allocator.pick(store, 0) & 0xFF for _ in range(100)]
    assert set(found[:50]) == set(range(50, 100)) and found[50:] == list(range(50))


def test_an_address_that_is_free_comes_again_after_all_others():
    """However few of those are left that were never used, and however far they lie apart."""
    allocator, store = allocator_class("flq")(book_of("10.0.0.0-10.0.15.255"), chance=Random(7)), LeaseStore()
    order = [allocator.pick(store, 0) for _ in range(2 * 4096)]
    assert len(set(order[:4096])) == 4096
    assert order[4096:] == order[:4096]


def test_what_the_partner_brings_does_not_disturb_the_order():
    book, store = book_of("10.0.0.0-10.0.15.255"), LeaseStore()
    allocator, pool = allocator_class("flq")(book, chance=Random(7)), book.pools[0]
    for offset in range(4096):
        pool.taken.take(offset)
    for offset in (*range(1000, 2000), *range(1000)):
        pool.taken.free(offset)
    pool.taken.take_all(range(pool.first + 1000, pool.first + 2000), pool.first)
    assert [allocator.pick(store, 0) - pool.first for _ in range(8)] == list(range(8))


def test_an_address_leased_in_another_subnet_is_left_out_of_the_queue_until_that_lease_is_over():
    book, store = book_of("10.0.0.0-10.0.0.9"), LeaseStore()
    allocator, pool = allocator_class("flq")(book, chance=Random(7)), book.pools[0]
    foreign = pool.first + 4
    store.put(Lease(foreign, b"x", b"", 100, 1000, 9))
    assert [allocator.pick(store, 1000) for _ in range(40)].count(foreign) == 0
    for offset in range(10):
        if offset != 4:
            pool.taken.take(offset)
    assert allocator.pick(store, 1000) == 0
    assert allocator.pick(store, 1101) == foreign
    pool.taken.free(2)
    assert [allocator.pick(store, 1101) - pool.first for _ in range(4)] == [4, 2, 4, 2]


def test_the_queue_stays_over_a_reconfiguration():
    book, store = book_of("10.0.0.0-10.0.0.9"), LeaseStore()
    before, taken = allocator_class("flq")(book, chance=Random(7)), book.pools[0].taken
    for offset in range(10):
        taken.take(offset)
    for offset in (7, 2, 5):
        taken.free(offset)
    now = allocator_class("flq")(book.copy(1), chance=Random(8))
    now.follow(before)
    assert [now.pick(store, 0) & 0xFF for _ in range(3)] == [7, 2, 5]
