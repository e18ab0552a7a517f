"""The store against a plain list of leases that is searched from end to end."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_twisted.lease.csvrow import RowReader, row_text
from kea_twisted.lease.lease import DECLINED, DEFAULT, INFINITE, RECLAIMED, RELEASED, Change, Lease, LeaseRow
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import Columns, pack, pack_columns, unpack
from kea_twisted.lease.rowblock import read_block
from kea_twisted.lease.store import LeaseStore

NOW = 1_800_000_000


def lease(address: int = 10, **fields: Any) -> Lease:
    """A lease that ends at NOW + 100 unless told otherwise."""
    plain = Lease(address, b"\x08\0\0\0\0\1", b"", valid_lifetime=4000, cltt=NOW - 3900, subnet_id=1)
    return plain._replace(**fields)


def store_of(*leases: Lease) -> LeaseStore:
    """A store into which these were put, in this order."""
    store = LeaseStore()
    for each in leases:
        store.put(each)
    return store


def addresses(leases: Any) -> list[int]:
    """Return the addresses of the found leases."""
    return [each.address for each in leases]


def loaded(leases: list[Lease]) -> LeaseStore:
    """A store that was loaded from the rows of these leases, in this order; a lifetime of 0 deletes."""
    loading, store = Loading(), LeaseStore()
    loading.take_rows([row(each) for each in leases[:2]])
    text = "".join(row_text(Change(each, False)) for each in leases[2:])
    block = read_block(text, RowReader(12))
    if block is not None:
        loading.take_block(block)
    else:
        loading.take_rows([row(each) for each in leases[2:]])
    store.load(loading)
    return store


def row(each: Lease) -> LeaseRow:
    """The same as a reader of rows has it."""
    fields: Any = tuple(each)
    return fields


HWADDRS = (b"", b"\1\2\3\4\5\6", b"\1\2\3\4\5\7")
KEYS = (b"\1a", b"\1b", b"\1", b"\1\1\2\3\4\5\6", b"\1\1\2\3\4\5\7", b"\2\1\2\3\4\5\6", *HWADDRS[1:])
few = st.integers(0, 3)
any_lease = st.builds(
    Lease,
    st.sampled_from([1, 2, 3, 255, 256, 257, 70_000]),
    st.sampled_from(HWADDRS),
    st.sampled_from([b"", *KEYS[:6]]),
    st.sampled_from([0, 10, 4000, INFINITE]),
    st.integers(NOW - 30, NOW + 30),
    st.integers(1, 2),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "a", "B", "é", "\U0001f600"]),
    few,
    st.sampled_from(["", '{"a": 1}']),
    st.sampled_from([0, 7]),
)
step = st.one_of(any_lease, st.integers(1, 3), st.sampled_from([("expired", NOW - 5), ("expired", NOW + 12.5)]))


@settings(max_examples=500, deadline=None)
@given(st.lists(any_lease, max_size=9), st.lists(step, max_size=60))
def test_every_question_is_answered_as_a_search_through_all_leases_would_answer_it(
    before: list[Lease], steps: list[Any]
) -> None:
    before = [each._replace(hostname="b" if each.hostname == "B" else "") for each in before]
    store, model = loaded(before), dict[int, Lease]()
    for each in before:
        model.pop(each.address, None)
        if each.valid_lifetime:
            model[each.address] = each
    for each in steps:
        if isinstance(each, Lease):
            assert store.put(each) == model.get(each.address)
            model[each.address] = each
        elif isinstance(each, int):
            assert store.remove(each) == model.pop(each, None)
        else:
            check_ends(store, model, each[1])
    everything = sorted(model.values())
    assert sorted(store) == everything
    assert len(store) == len(everything)
    assert store.page(-1, 100) == everything
    assert store.page(2, 2) == [each for each in everything if each.address > 2][:2]
    for key in KEYS:
        assert list(store.by_client_id(key)) == [each for each in everything if each.client_id == key]
        assert list(store.by_hwaddr(key)) == [each for each in everything if each.hwaddr == key]
    assert list(store.by_hostname("b")) == [each for each in everything if each.hostname in ("b", "B")]
    for state in range(4):
        assert list(store.by_state(state)) == [each for each in everything if each.state == state]
    check_ends(store, model, NOW)
    check_ends(store, model, NOW - 20)


def check_ends(store: LeaseStore, model: dict[int, Lease], when: float) -> None:
    """Compare both questions about ends, whatever the clock was before."""
    over = [each for each in model.values() if each.is_expired(when)]
    due, reclaimed = list(store.walk_expired(when)), list(store.walk_reclaimed(when))
    assert sorted(due) == sorted(each for each in over if each.state != RECLAIMED)
    assert sorted(reclaimed) == sorted(each for each in over if each.state == RECLAIMED)
    for found in (due, reclaimed):
        assert [each.expire for each in found] == sorted(each.expire for each in found)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(any_lease, max_size=6),
    st.lists(st.lists(any_lease, min_size=1, max_size=9, unique_by=lambda each: each.address), max_size=3),
    st.booleans(),
)
def test_leases_taken_over_together_are_found_as_those_put_one_by_one(
    before: list[Lease], rounds: list[list[Lease]], asked: bool
) -> None:
    store, one_by_one = store_of(*before), store_of(*before)
    if asked:  # what is made at the first question is kept from then on
        assert store.page(-1, 9) == one_by_one.page(-1, 9)
        assert list(store.walk_expired(NOW)) == list(one_by_one.walk_expired(NOW))
    for leases in rounds:
        new = [each for each in leases if one_by_one.get(each.address) is None]
        if new:
            store.take([each.address for each in new], [pack(each) for each in new])
        for each in new:
            one_by_one.put(each)
    check_same(store, one_by_one)
    for address in (1, 2, 257):
        assert store.remove(address) == one_by_one.remove(address)
    check_same(store, one_by_one)


@given(st.lists(any_lease, max_size=9), st.integers(1, 4), st.integers(1, 3))
def test_packed_pages_are_pages(leases: list[Lease], limit: int, blocks: int) -> None:
    store = store_of(*leases)
    after: int | None = -1
    found: list[Lease] = []
    while after is not None:
        addresses, packed, last = store.packed_page(after, limit, blocks)
        assert len(addresses) <= limit
        assert last is None or last > after
        found += [unpack(*each) for each in zip(addresses, packed, strict=True)]
        after = last
    assert found == store.page(-1, 100)
    known = {each.address: each for each in leases}
    asked = [1, 9, 2, 257]
    assert store.packed(asked) == [pack(known[each]) if each in known else None for each in asked]


def check_same(store: LeaseStore, other: LeaseStore) -> None:
    """Compare what every index says."""
    assert len(store) == len(other)
    assert store.page(-1, 10_000) == other.page(-1, 10_000)
    for key in KEYS:
        assert store.by_client_id(key) == other.by_client_id(key)
        assert store.by_hwaddr(key) == other.by_hwaddr(key)
    for name in ("a", "b", "é", "\U0001f600"):
        assert store.by_hostname(name) == other.by_hostname(name)
    for state in range(4):
        assert store.by_state(state) == other.by_state(state)
    for when in (NOW - 20, NOW, NOW + 5000, NOW - 5):
        assert sorted(store.walk_expired(when)) == sorted(other.walk_expired(when))
        assert sorted(store.walk_reclaimed(when)) == sorted(other.walk_reclaimed(when))
    found: dict[tuple[int, int], list[int]] = {}
    for found_some in store.addresses_by_state():
        for subnet_and_state, some in found_some.items():
            found[subnet_and_state] = sorted([*found.get(subnet_and_state, []), *some])
    expected: dict[tuple[int, int], list[int]] = {}
    for each in other.page(-1, 10_000):
        expected.setdefault((each.subnet_id, each.state), []).append(each.address)
    assert found == expected


@given(st.lists(any_lease, min_size=1, max_size=5))
def test_leases_are_packed_column_by_column_as_one_by_one(leases: list[Lease]) -> None:
    columns = list(zip(*leases, strict=True))
    for names, contexts in ((True, True), (False, False)):
        chosen = leases if names else [each._replace(hostname="", user_context="") for each in leases]
        made = pack_columns(
            Columns(
                *(columns[field] for field in (3, 4, 5, 11)),
                [each.fqdn_fwd | each.fqdn_rev << 1 for each in leases],
                *(columns[field] for field in (9, 1, 2)),
                [each.hostname.encode() for each in leases] if names else None,
                [each.user_context.encode() for each in leases] if contexts else None,
            )
        )
        assert made == [pack(each) for each in chosen]


@pytest.mark.parametrize("alike", [True, False])
def test_no_column_holds_what_no_lease_can_hold(alike: bool) -> None:
    hwaddrs = [b"\1", b"\1" if alike else b"\1\2"]
    with pytest.raises(ValueError, match="cannot hold"):
        pack_columns(Columns([1, 1 << 32], [1, 1], [1, 1], [0, 0], [0, 0], [0, 0], hwaddrs, [b"", b""]))


@given(any_lease)
def test_a_packed_lease_unpacks_to_itself(each: Lease) -> None:
    assert unpack(each.address, pack(each)) == each


@pytest.mark.parametrize(
    "fields",
    [{"state": 256}, {"cltt": 2**63}, {"subnet_id": -1}, {"hwaddr": bytes(256)}, {"hostname": "x" * 65536}],
)
def test_what_no_lease_can_hold_is_refused_and_changes_nothing(fields: dict[str, Any]) -> None:
    store = store_of(lease())
    with pytest.raises(ValueError, match="cannot hold"):
        store.put(lease(**fields))
    assert list(store) == [lease()]


def test_a_lease_found_is_a_lease_again() -> None:
    found = store_of(lease(fqdn_fwd=True)).get(10)
    assert type(found) is Lease
    assert found.fqdn_fwd is True


def test_an_unknown_address_has_no_lease() -> None:
    store = LeaseStore()
    assert store.get(1) is None
    assert store.remove(1) is None


def test_empty_identifiers_belong_to_nobody() -> None:
    store = store_of(lease(hwaddr=b"", state=DECLINED), lease(11, hwaddr=b"", state=DECLINED))
    assert store.by_hwaddr(b"") == ()
    assert store.by_client_id(b"") == ()


def test_states_are_found_in_one_subnet_or_in_all() -> None:
    store = store_of(lease(10, state=RELEASED), lease(11, state=RELEASED, subnet_id=2), lease(12, state=DEFAULT))
    assert addresses(store.by_state(RELEASED)) == [10, 11]
    assert addresses(store.by_state(RELEASED, 2)) == [11]


def test_expired_leases_come_oldest_first_and_no_more_than_asked_for() -> None:
    store = store_of(*(lease(number, cltt=NOW - 5000 - number) for number in range(10)))
    assert addresses(list(store.walk_expired(NOW))[:3]) == [9, 8, 7]
    assert len(list(store.walk_expired(NOW))) == 10


def test_a_lease_that_is_not_dealt_with_stays_expired() -> None:
    store = store_of(lease(cltt=NOW - 9000))
    assert list(store.walk_expired(NOW)) == list(store.walk_expired(NOW)) != []


def test_a_lease_ends_only_when_its_last_second_is_over() -> None:
    store = store_of(lease(cltt=NOW - 4000))
    assert list(store.walk_expired(NOW)) == []
    assert addresses(list(store.walk_expired(NOW + 0.5))) == [10]


def test_infinite_leases_never_end() -> None:
    assert not list(store_of(lease(valid_lifetime=INFINITE)).walk_expired(NOW + 10**10))


def test_a_renewed_lease_is_not_expired_any_more() -> None:
    store = store_of(lease(cltt=NOW - 9000))
    list(store.walk_expired(NOW))
    store.put(lease(cltt=NOW))
    assert list(store.walk_expired(NOW)) == []
    assert addresses(list(store.walk_expired(NOW + 4001))) == [10]


def test_a_clock_set_back_makes_leases_valid_again() -> None:
    store = store_of(lease(cltt=NOW - 9000))
    list(store.walk_expired(NOW))
    assert list(store.walk_expired(NOW - 8000)) == []
    assert addresses(list(store.walk_expired(NOW))) == [10]


def test_a_lease_that_arrives_expired_is_found() -> None:
    store = store_of(lease(9))
    list(store.walk_expired(NOW))
    store.put(lease(10, cltt=NOW - 9000))
    assert addresses(list(store.walk_expired(NOW))) == [10]


def test_renewals_leave_nothing_behind() -> None:
    store = LeaseStore()
    for second in range(5000):
        store.put(lease(cltt=NOW + second, client_id=b"\1x", hostname="h"))
    gc.collect()
    index = store._active
    assert len(index._buckets) == 1
    assert len(index._due) <= 1


def test_pages_hold_every_lease_once_while_leases_come_and_go_elsewhere() -> None:
    store = store_of(*(lease(number * 100) for number in range(1000)))
    seen: list[int] = []
    while page := store.page(seen[-1] if seen else -1, 7):
        seen += addresses(page)
        store.put(lease(2**32 - len(seen)))
        store.remove(2**32 - len(seen))
    assert seen == [number * 100 for number in range(1000)]


def test_the_garbage_collector_has_nothing_to_walk_over() -> None:
    store = store_of(*(lease(number, cltt=NOW + number % 50) for number in range(20_000)))
    gc.collect()
    tracked = sum(gc.is_tracked(each) for shard in store._shards for each in (shard, *shard.values()))
    assert tracked == 0
    assert not any(map(gc.is_tracked, store._by_client_id._one + store._active._buckets._one))
