from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.engine.addressmap import LONGEST, AddressMap, FreeQueue


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


@given(
    st.sampled_from((1, 7, 40, 65_536, 140_001)),
    st.lists(st.integers(0, 140_000), max_size=60),
    st.integers(),
    st.data(),
)
def test_it_counts_free_ones_round_the_pool(size, taken, start, data):
    addresses = AddressMap(size)
    for offset in taken:
        addresses.take(offset % size)
    start %= size
    used = {offset % size for offset in taken}
    free = [offset for offset in (*range(start, size), *range(start)) if offset not in used]
    skip = data.draw(st.integers(0, len(free)))
    assert addresses.nth_free(start, skip) == (free[skip] if skip < len(free) else -1)


@given(st.lists(st.integers(0, 140_000), max_size=9), st.lists(st.integers(0, 140_000), max_size=9), st.booleans())
def test_many_are_taken_as_one_by_one(before, more, reserved):
    together, one_by_one = AddressMap(140_001), AddressMap(140_001)
    for offset in before:
        for each in together, one_by_one:
            each.reserve(offset) if reserved else each.take(offset)
    together.take_all([offset + 100 for offset in sorted(more)], 100)
    for offset in more:
        one_by_one.take(offset)
    assert together.kept_back == one_by_one.kept_back
    assert together._blocks == one_by_one._blocks
    assert together._free == one_by_one._free
    assert together._full == one_by_one._full


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


def queue_of(addresses: AddressMap) -> FreeQueue:
    assert addresses.queue is not None
    return addresses.queue


def drained(queue: FreeQueue) -> list[int]:
    """The offsets in their order, each left out."""
    found = []
    while (offset := queue.oldest()) >= 0:
        queue.drop(offset)
        found.append(offset)
    return found


def never_used(queue: FreeQueue, size: int) -> set[int]:
    return {offset for offset in range(size) if queue.used.is_free(offset)}


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 11))))
def test_each_free_offset_is_in_the_queue_or_was_never_used(size, steps):
    addresses = AddressMap(size)
    addresses.begin_queue()
    acts = (
        addresses.take,
        addresses.free,
        addresses.reserve,
        lambda offset: addresses.reserve(offset, False),
        addresses.keep_back,
        lambda offset: addresses.keep_back(offset, False),
        lambda offset: addresses.take_all(range(offset + 5, size + 5), 5),
        lambda offset: addresses.take_all([offset + 5], 5),
        lambda offset: queue_of(addresses).put(offset) if addresses.is_free(offset) else None,
    )
    for number, offset in steps:
        if offset < size:
            acts[number](offset)
        free = {each for each in range(size) if addresses.is_free(each)}
        queue = queue_of(addresses.copy())
        new, queued = never_used(queue, size), drained(queue)
        assert new | set(queued) == free and not new & set(queued)
        assert len(queued) == len(set(queued))


def test_many_that_are_taken_at_once_leave_the_queue():
    addresses = AddressMap(100)
    addresses.begin_queue()
    for offset in range(100):
        addresses.take(offset)
    for offset in (*range(50, 100), 7, 3):
        addresses.free(offset)
    addresses.take_all(range(1050, 1100), 1000)
    assert drained(queue_of(addresses)) == [7, 3]


def test_an_offset_that_was_freed_while_reserved_is_queued_neither_then_nor_twice():
    addresses = AddressMap(3)
    addresses.begin_queue()
    for offset in range(3):
        addresses.take(offset)
    addresses.reserve(1)
    for offset in (0, 1, 2):
        addresses.free(offset)
    addresses.reserve(0)
    assert drained(queue_of(addresses)) == [2]


def test_the_queue_has_an_end_beyond_which_the_oldest_count_as_never_used():
    addresses = AddressMap(LONGEST + 500)
    addresses.begin_queue()
    addresses.take_all(range(addresses.size), 0)
    for offset in range(addresses.size):
        addresses.free(offset)
    queue = queue_of(addresses)
    assert len(queue) == LONGEST
    assert never_used(queue, 1000) == set(range(500))
    assert queue.oldest() == 500
    assert drained(queue_of(addresses.copy())) == list(range(500, addresses.size))
