"""A store that was loaded from rows knows what one knows that was told of the same leases one by one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.adapters.memfile import leasefile
from kea_twisted.lease import csvrow
from kea_twisted.lease.csvrow import row_text
from kea_twisted.lease.lease import INFINITE, RECLAIMED, Change, Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import pack, unpack
from kea_twisted.lease.replay import Rows, replay_file, rows
from kea_twisted.lease.store import LeaseStore
from tests.lease.plainly import replay
from tests.lease.test_store import NOW, any_lease, check_same, lease

events = st.tuples(any_lease, st.booleans())


def fail(number: int, reason: str) -> None:
    """No row is bad."""
    pytest.fail(f"row {number}: {reason}")


def from_files(*files: str) -> tuple[LeaseStore, LeaseStore]:
    """A store loaded from the rows, and one told of the leases that they leave one by one."""
    loading, store, told = Loading(), LeaseStore(), LeaseStore()
    leases: dict[int, bytes] = {}
    for text in files:
        replay_file(loading, io.StringIO(text, newline="\n"), Rows(12, fail))
        replay(leases, rows(io.StringIO(text, newline="\n"), 12, fail))
    store.load(loading)
    for address, packed in leases.items():
        told.put(unpack(address, packed))
    return store, told


def text_of(changes: list[tuple[Lease, bool]]) -> str:
    """Their rows; such as no reader would take are left out."""
    good = [(each, deleted) for each, deleted in changes if each.hwaddr or each.client_id or each.state]
    return "".join(row_text(Change(each, deleted)) for each, deleted in good)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(events, max_size=9), max_size=4), st.lists(any_lease, max_size=9))
def test_whatever_the_rows_are_all_indexes_say_the_same(files: list[Any], then: list[Lease]) -> None:
    store, told = from_files(*map(text_of, files))
    check_same(store, told)
    for each in then:
        assert store.put(each) == told.put(each)
    new = [each for each in then if not told.get(each.address + 1)]
    for each in {each.address: each._replace(address=each.address + 1) for each in new}.values():
        store.take([each.address], [pack(each)])
        told.put(each)
    check_same(store, told)
    for address in (1, 2, 3, 256, 257):
        assert store.remove(address) == told.remove(address)
    check_same(store, told)


def many(numbers: range, **fields: Any) -> str:
    """The rows of leases of other clients, one for each number, which is its address."""
    cards = [(number, number.to_bytes(6, "big")) for number in numbers]
    leases = [lease(number, hwaddr=card, client_id=b"\1" + card, **fields) for number, card in cards]
    return "".join(row_text(Change(each, False)) for each in leases)


@pytest.mark.parametrize("again", [0, 10, 3000])
def test_leases_that_come_again_count_as_they_came_last(again: int) -> None:
    later = many(range(again), cltt=NOW + 4000, hostname="b")
    store, told = from_files(many(range(5000)), later + many(range(7), state=RECLAIMED))
    check_same(store, told)
    assert len(list(store.walk_reclaimed(NOW + 9000))) == 7
    assert len(list(store.walk_expired(NOW + 101))) == 5000 - max(again, 7)


def test_ends_that_are_unusual_are_known() -> None:
    early, late = many(range(3), cltt=-9000), many(range(3, 6), cltt=1 << 40)
    store, told = from_files(early + late + many(range(6, 9), valid_lifetime=INFINITE))
    check_same(store, told)
    for when in (-6000, -4999, NOW, 1 << 41):
        assert list(store.walk_expired(when)) == list(told.walk_expired(when))


address = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,4}){2,4}", fullmatch=True) | st.sampled_from(
    ["1.2.3", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\0", "0x1.2.3.4", "1.2.3.٣", "", "1.2.3.-4", "+1.2.3.4"]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(address, min_size=1, max_size=3))
def test_both_ways_to_read_addresses_agree(texts: list[str]) -> None:
    def answer(octets: csvrow.Octets) -> bytes | None:
        try:
            return octets(texts)
        except ValueError:
            return None

    assert answer(leasefile.octets) == answer(csvrow.octets)


def test_between_which_addresses_the_leases_of_a_subnet_are() -> None:
    ones, others = many(range(5, 900)) + many(range(2, 5)), many(range(1000, 1700), subnet_id=2)
    assert from_files(ones, others)[0].loaded_spans == {1: (2, 899), 2: (1000, 1699)}
    assert from_files(ones + others)[0].loaded_spans is None
    assert LeaseStore().loaded_spans is None


def test_a_lease_that_was_deleted_may_come_back_in_another_file() -> None:
    gone = row_text(Change(lease(3, hwaddr=b"\3", client_id=b"\1z"), True))
    store, told = from_files(many(range(9)), gone, many(range(3, 4), hostname="b"))
    check_same(store, told)
    assert len(store.by_hostname("b")) == 1
    assert len(store) == 9
