"""An index finds the same whichever way its entries came in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kea_twisted.lease.indexes import AddressIndex

KEYS, ADDRESSES = st.integers(0, 5), st.integers(1, 8)
ENTRIES = st.lists(st.tuples(KEYS, ADDRESSES), max_size=12, unique_by=lambda entry: entry[1])
STEPS = st.lists(st.tuples(st.sampled_from(["add", "discard"]), KEYS, ADDRESSES), max_size=20)


def found(index):
    """All there is, by key, and the index's own idea of how much."""
    inside = {key: sorted(index.find(key)) for key in index}
    assert len(index) == len(inside) and all(key in index for key in inside)
    return inside


@given(st.lists(ENTRIES, max_size=3), STEPS, ENTRIES)
def test_loaded_entries_are_entries_like_others(blocks, steps, late):
    loaded, added = AddressIndex(), AddressIndex()
    for block in blocks:
        if block:
            loaded.load(*zip(*block, strict=True))
            for entry in block:
                added.add(*entry)
    for index in (loaded, added):
        for step, *entry in steps:
            getattr(index, step)(*entry)
    if late:
        loaded.add_all(*zip(*late, strict=True))
        for entry in late:
            added.add(*entry)
    assert found(loaded) == found(added)


def test_no_key_is_added_later_to_the_table_from_the_start():
    index = AddressIndex()
    index.load([b"one", b"two"], [1, 2])
    index.add(b"three", 3)
    index.add_all([b"four"], [4])
    assert set(index._loaded) == {b"one", b"two"}
    index.load([b"five"], [5])  # too late: somebody may be waiting
    assert set(index._loaded) == {b"one", b"two"}
