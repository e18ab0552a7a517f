from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.engine.addressmap import AddressMap


@given(st.integers(1, 40), st.lists(st.tuples(st.booleans(), st.integers(0, 39))), st.integers(0, 45))
def test_it_finds_what_a_plain_set_finds(size, steps, start):
    addresses, taken = AddressMap(size), set()
    for take, offset in steps:
        if offset < size:
            (addresses.take if take else addresses.free)(offset)
            (taken.add if take else taken.discard)(offset)
    free = [offset for offset in range(start, size) if offset not in taken]
    assert addresses.next_free(start) == (free[0] if free else -1)


def test_blocks_that_are_full_are_passed_over():
    addresses = AddressMap(200_000)
    for offset in range(65_536 * 2 + 5):
        addresses.take(offset)
    assert addresses.next_free(3) == 65_536 * 2 + 5
    addresses.free(70_000)
    assert addresses.next_free(3) == 70_000


def test_taking_twice_is_taking_once():
    addresses = AddressMap(2)
    addresses.take(0)
    addresses.take(0)
    addresses.free(0)
    assert addresses.next_free(0) == 0
    addresses.free(0)
    addresses.take(0)
    addresses.take(1)
    assert addresses.next_free(0) == -1
