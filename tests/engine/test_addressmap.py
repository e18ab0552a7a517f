from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.engine.addressmap import AddressMap


@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 39))), st.integers(0, 45))
def test_it_finds_what_plain_sets_find(size, steps, start):
    addresses, taken, reserved = AddressMap(size), set(), set()
    acts = (
        (addresses.take, taken.add),
        (addresses.free, taken.discard),
        (addresses.reserve, reserved.add),
        (lambda offset: addresses.reserve(offset, False), reserved.discard),
    )
    for number, offset in steps:
        if offset < size:
            for act in acts[number]:
                act(offset)
    free = [offset for offset in range(start, size) if offset not in taken | reserved]
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
