"""Ends that were loaded count like ends that were added, until they are discarded."""

from __future__ import annotations

from array import array
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.lease.expiry import ExpiryIndex

second = st.integers(0, 12)
address = st.integers(1, 6)
step = st.tuples(st.sampled_from(["end", "end", "no end", "ask"]), address, second)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(address, second), st.lists(step, max_size=30))
def test_what_was_loaded_is_what_was_added(loaded: dict[int, int], steps: list[Any]) -> None:
    index = ExpiryIndex(array("Q", sorted(end << 32 | each for each, end in loaded.items())))
    model = dict(loaded)
    for what, each, when in steps:
        if what == "ask":
            found = [each for part in index.ended_by_second(when + 0.5) for each in part]
            assert sorted(found) == sorted(one for one, end in model.items() if end < when + 0.5)
            assert [model[one] for one in found] == sorted(model[one] for one in found)
            continue
        if each in model:
            index.discard(each, model.pop(each))
        if what == "end":
            index.add(each, when)
            model[each] = when
    assert sorted(index) == sorted(model)


def test_many_that_end_in_one_second_are_listed_in_parts() -> None:
    index = ExpiryIndex(array("Q", [7 << 32 | each for each in range(2500)]))
    found = [len(addresses) for addresses in index.ended_by_second(8)]
    assert sum(found) == 2500
    assert max(found) == 1000
    assert not list(index.ended_by_second(7))


def test_a_walk_goes_on_while_what_it_found_goes() -> None:
    index = ExpiryIndex(array("Q", [each << 32 | each for each in range(20)]))
    seen = []
    for addresses in index.ended_by_second(15):
        for each in addresses:
            index.discard(each, each)
            seen.append(each)
        assert not list(index.ended_by_second(seen[-1] + 1))
    assert seen == list(range(15))
    assert sorted(index) == list(range(15, 20))
