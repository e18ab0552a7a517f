"""A part of an address, a hardware address, a client identifier or a name leads to the lease."""

from __future__ import annotations

from random import Random

import pytest

from kea_twisted.lease.lease import Lease
from kea_twisted.lease.loading import Loading
from kea_twisted.lease.packed import pack
from kea_twisted.lease.search import SearchTerm, term_of
from kea_twisted.lease.searchtexts import LONGEST, MOST_ADDED
from kea_twisted.lease.store import LeaseStore
from kea_twisted.wire.address import address_number

BASE = address_number("10.0.0.0")


def lease(number: int, **more: object) -> Lease:
    hwaddr = b"\x08\x00\x27" + number.to_bytes(3, "big")
    return Lease(BASE + number, hwaddr, b"\1" + hwaddr, 3600, 1_795_000_000, 1)._replace(**more)  # type: ignore[arg-type]


def found(store: LeaseStore, text: str, blocks: int = 1000) -> list[int]:
    """The numbers of the leases that fit."""
    term = term_of(text)
    after: int | None = -1
    numbers = []
    while after is not None:
        addresses, after = store.scan(after, term, blocks, 1000)
        leases = [store.get(address) for address in addresses]
        numbers += [each.address - BASE for each in leases if each is not None and term.fits(each)]
    return numbers


def gathered(store: LeaseStore, text: str) -> list[int]:
    """The same, as they lie in memory."""
    term = term_of(text)
    addresses = sorted(address for some in store.gather(term) for address in some)
    leases = [store.get(address) for address in addresses if term.first <= address <= term.last]
    return [each.address - BASE for each in leases if each is not None and term.fits(each)]


@pytest.fixture
def store() -> LeaseStore:
    made = LeaseStore()
    for number in range(1, 3000, 3):
        made.put(lease(number))
    made.put(lease(7, hostname="printer.example.org."))
    made.put(lease(10, user_context='{"ISC": {"relay-agent-info": {"sub-options": "0x0105PORT7"}}}'))
    made.put(lease(13, client_id=b"\0\xab\xcd\xef"))
    return made


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("10.0.0.7", [7]),
        ("10.0.0.8", []),
        ("10.0.11.", list(range(2818, 3000, 3))),
        ("10.0.11", list(range(2818, 3000, 3))),
        ("10.0.11.0/28", [2818, 2821, 2824, 2827, 2830]),
        ("08:00:27:00:00:07", [7]),
        ("08-00-27-00-00-07", [7]),
        ("080027000007", [7]),
        ("00:0a:ff", [2815]),
        ("printer", [7]),
        ("EXAMPLE.org", [7]),
        ("PORT7", [10]),
        ("ab:cd:ef", [13]),
        ("nothing like it", []),
        ("10.0.0.300", []),
        ("1/2/3", []),
    ],
)
def test_a_part_is_enough(store: LeaseStore, text: str, numbers: list[int]) -> None:
    assert found(store, text) == numbers
    assert found(store, text, blocks=1) == numbers, "in slices"
    assert gathered(store, text) == numbers, "in no order"


def test_everything_fits_nothing_in_particular(store: LeaseStore) -> None:
    assert len(found(store, "  ")) == len(store) == 1000
    assert term_of("") == SearchTerm()


def test_leases_that_were_loaded_are_found_like_those_that_came_later() -> None:
    loading, store = Loading(), LeaseStore()
    loading.take_rows([tuple(lease(number)) for number in range(1, 600)])
    store.load(loading)
    store.put(lease(700))
    store.remove(BASE + 3)
    assert found(store, "08:00:27:00:02:bc") == [700]
    assert found(store, "08:00:27:00:00:02") == [2] and found(store, "08:00:27:00:00:03") == []
    assert gathered(store, "08:00:27:00:00:02") == [2] and gathered(store, "08:00:27:00:02:bc") == [700]


def test_leases_that_go_meanwhile_end_a_walk_in_no_order() -> None:
    loading, store = Loading(), LeaseStore()
    loading.take_rows([tuple(lease(number)) for number in range(1, 40000)])
    store.load(loading)
    walk = store.gather(term_of("08:00"))
    next(walk)
    store.remove(BASE + 3)
    with pytest.raises(RuntimeError):
        next(walk)


def prepared(store: LeaseStore) -> LeaseStore:
    """The store, with the texts for searches made."""
    after: int | None = -1
    while after is not None:
        after = store.prepare(after, 1)
    assert store.is_prepared
    return store


def test_texts_that_are_made_follow_each_change(store: LeaseStore) -> None:
    prepared(store)
    for blocks in (1, 1000):
        assert found(store, "printer", blocks) == [7] and found(store, "00:0a:ff", blocks) == [2815]
    store.put(lease(7, hostname="scanner", cltt=1_795_000_500))
    store.put(lease(8, hostname="copier"))
    store.put(lease(10, user_context='{"comment": "moved"}'))
    store.put(lease(50_000, hostname="far"))
    store.take([BASE + 14, BASE + 60_000], [pack(lease(14, hostname="taken")), pack(lease(60_000, hostname="taken"))])
    store.remove(BASE + 13)
    for text, numbers in (
        ("printer", []), ("scanner", [7]), ("copier", [8]), ("moved", [10]), ("PORT7", []), ("far", [50_000]),
        ("taken", [14, 60_000]), ("ab:cd:ef", []),
    ):  # fmt: skip
        assert found(store, text) == found(store, text, blocks=1) == numbers, text


def test_texts_follow_many_changes_of_one_block(store: LeaseStore) -> None:
    prepared(store)
    for turn in range(3 * MOST_ADDED):
        store.put(lease(7, hostname=f"name{turn}"))
        assert found(store, f"name{turn}") == [7]
    assert found(store, "name") == [7] and found(store, f"name{turn - 1}.") == []


def test_subnets_and_states_are_told_apart_before_and_after_texts_are_made(store: LeaseStore) -> None:
    store.put(lease(1600, subnet_id=2))
    store.put(lease(1700, subnet_id=2, state=2))
    for _ in range(2):
        for subnet, state, numbers in ((2, None, [1600, 1700]), (2, 2, [1700]), (1, 2, []), (3, None, [])):
            term = term_of("08:00:27")._replace(subnet=subnet.to_bytes(4))
            term = term._replace(state=bytes((state,)) if state is not None else b"")
            assert [address - BASE for address in store.scan(-1, term, 1000, 1000)[0]] == numbers
            assert sorted(each - BASE for some in store.gather(term) for each in some) == numbers
        prepared(store)


def test_a_renewal_changes_no_text(store: LeaseStore) -> None:
    prepared(store)
    for turn in range(2 * MOST_ADDED):
        store.put(lease(2815, cltt=1_795_000_001 + turn))
    assert found(store, "00:0a:ff") == [2815]


def test_what_lies_across_two_leases_is_not_in_one() -> None:
    store = LeaseStore()
    for number in range(1, 60):
        store.put(lease(number, hostname=f"host{number}"))
    assert found(store, "host1\n") == found(store, "host1") == [1, *range(10, 20)]


def test_texts_follow_any_changes_also_while_they_are_made() -> None:
    """A random walk: at any time a search finds what a look at every lease finds."""
    random, store, after = Random(4), LeaseStore(), -1  # type: ignore[var-annotated]
    terms = [
        term_of(text)._replace(subnet=subnet, state=state)
        for text in ("", "host1", "00:27:00:01", "long")
        for subnet in (b"", (2).to_bytes(4))
        for state in (b"", b"\2")
    ]
    for step in range(1600):
        number = random.choice((random.randrange(3000), random.randrange(40)))
        if random.random() < 0.3:
            store.remove(BASE + number)
        else:
            context = '{"comment": "' + "x" * LONGEST + 'long"}' if number % 500 == 7 else ""
            name = f"host{random.randrange(30)}"
            subnet, state = random.choice((1, 1, 2)), random.choice((0, 0, 0, 2))
            store.put(lease(number, hostname=name, subnet_id=subnet, state=state, user_context=context))
        if after is not None and step > 300:
            after = store.prepare(after, 1) if step % 25 == 0 else after
        if step % 200 == 0:
            store.tidy_texts(2)
        if step % 80 == 0:
            for term in terms:
                expected = sorted(
                    each.address
                    for each in store
                    if term.fits(each)
                    and (not term.subnet or each.subnet_id == 2)
                    and (not term.state or each.state == 2)
                )
                got, _ = store.scan(-1, term, 1000, 10_000)
                assert [each for each in got if term.fits(store.get(each))] == expected, (step, term)
    assert store.is_prepared and not store.tidy_texts(1000)


def test_a_long_context_is_searched_and_not_kept(store: LeaseStore) -> None:
    prepared(store)
    long = '{"comment": "' + "x" * 5000 + ' the end"}'
    for _ in range(2):
        store.put(lease(700, user_context=long))
        assert found(store, "the end") == [700] and found(store, "the start") == []
        store.remove(BASE + 700)
        store.put(lease(700, user_context=long, hostname="again"))
        assert found(store, "again") == [700]
    assert store._texts is not None
    assert max(len(text) for texts in store._texts._texts.values() for text in texts.values()) < 256 * LONGEST


def test_texts_are_forgotten_with_the_leases_and_when_no_page_needs_them(store: LeaseStore) -> None:
    prepared(store)
    texts = store._texts
    assert texts is not None and 0 in [block - (BASE >> 8) for block in texts._texts]
    for number in range(256):
        store.remove(BASE + number)
    assert BASE >> 8 not in texts
    store.put(lease(9, hostname="new"))
    assert found(store, "new") == [9]
    store.forget_texts()
    assert not store.is_prepared and found(store, "new") == [9]
